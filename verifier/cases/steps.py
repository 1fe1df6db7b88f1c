"""At which step of its procedure a dossier is (bước xử lý), with the internal target of that step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from verifier.cases.acceptance import reckoned, target_of
from verifier.cases.kernel import Turn
from verifier.errors import BadRequest


def at_step(turn: Turn, role: str) -> Mapping[str, Any]:
    """Return the columns of a case that comes to the first step of a role; nothing before it was accepted.

    The target never moves the legal limit, and holds nothing up where the law book does not tell it. While the time of
    the case stands still no target runs: there is a new one once it goes on.
    """
    since = turn.case.accepted_at
    if since is None:
        return {}
    since = max(since, turn.case.supplemented_at or since)
    try:
        found = target_of(turn, role, reckoned(turn, since, since))
    except BadRequest:
        return {}
    return {**found, "step_due": None} if found and turn.case.paused_at else found
