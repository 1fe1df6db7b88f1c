"""In whose hands a dossier is: what decides on its substance is done by the specialist who has it (phân công)."""

from __future__ import annotations

from verifier.cases.kernel import Turn
from verifier.errors import BadRequest


def refuse_others(turn: Turn, *beside: str) -> None:
    """Refuse what decides on a dossier that another specialist has; nobody is refused while it is assigned to nobody.

    Whoever has a role of `beside` may do it all the same. BadRequest `not-assigned` (`officer`: id of who has it).
    """
    has = turn.case.officer_id
    if has is not None and has != turn.asker.person and not turn.asker.may & set(beside):
        raise BadRequest("not-assigned", officer=str(has))
