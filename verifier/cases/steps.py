"""At which step of its procedure a dossier is (bước xử lý), with the internal target of that step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from verifier.cases.acceptance import reckoned
from verifier.cases.kernel import Turn


def at_step(turn: Turn, role: str) -> Mapping[str, Any]:
    """Return the columns of a case that comes to the first step of a role; nothing before it was accepted.

    The target never moves the legal limit.
    """
    if turn.case.accepted_at is None:
        return {}
    targets = reckoned(turn, turn.case.accepted_at).steps
    for step, one in zip(turn.law.procedure(turn.case.procedure).steps, targets, strict=True):
        if step.role == role:
            return {"step": step.id, "step_due": one.target}
    return {}
