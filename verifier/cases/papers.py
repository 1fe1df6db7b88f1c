"""Papers of the dossier that a command is about."""

from __future__ import annotations

from uuid import UUID

from verifier.cases.kernel import Turn
from verifier.cases.records import Paper
from verifier.errors import BadRequest


def paper_of(turn: Turn, id_: UUID) -> Paper:
    """Return a paper of the case; BadRequest `paper-unknown`."""
    found = turn.unit.cases.paper(id_)
    if found is None or found.case_id != turn.case.id:
        raise BadRequest("paper-unknown", str(id_), field="paper")
    return found
