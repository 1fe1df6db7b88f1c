"""What stands beside the commands: signing what is issued electronically, and annulling it, by `CaseSigning`.

Both need the officer's own session, so they are no commands. They are offered with them, by rules of the same kind.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from verifier.cases.decision import refuse_swapped
from verifier.cases.examination import proposal_of
from verifier.cases.kernel import LEADER, Rule, Turn
from verifier.cases.onpaper import unissued, waiting_on_paper
from verifier.cases.statuses import Status
from verifier.errors import BadRequest
from verifier.signing.records import State


@dataclass(frozen=True, kw_only=True)
class Signature:
    """Sign every granted paper of a dossier: nothing more is said."""


@dataclass(frozen=True, kw_only=True)
class Annulment:
    """Annul what was issued for one paper (hủy bỏ, thu hồi)."""

    paper: UUID
    ground: str
    decision: str
    """Number of the decision by which it is annulled."""


def refuse_unsignable(turn: Turn) -> None:
    """Refuse to sign where nothing waits for it, or what is not as it was approved.

    BadRequest `issuing-off`, `document-changed`, `document-missing`, `signed-on-paper`, `signing-goes-on`, and as the
    law answers.
    """
    if not turn.house.issues:
        raise BadRequest("issuing-off")
    papers, records, proposal = turn.papers(), turn.records(), proposal_of(turn.case)
    if proposal is not None:
        refuse_swapped(papers, proposal)
    by_hand = waiting_on_paper(turn.house.book, turn.case, papers, records, turn.now)
    electronic = [one for one in unissued(papers) if one.id not in by_hand]
    if not electronic:
        raise BadRequest("signed-on-paper", turn.case.procedure)
    begun = {one.id for one in turn.acts() if one.state != State.ORDERED}
    waiting = [one for one in electronic if one.issuance_id not in begun]
    if not waiting:
        raise BadRequest("signing-goes-on")
    kept = {one.id for one in records if one.blob}
    for one in waiting:
        if one.issuance_id is None and one.record_id not in kept:
            raise BadRequest("document-missing", f"paper {one.number}", paper=str(one.number))


def refuse_unissued(turn: Turn) -> None:
    """Refuse to annul where nothing that was issued electronically is in force.

    BadRequest `issuing-off`, `not-released`, `not-in-force`.
    """
    if not turn.house.issues:
        raise BadRequest("issuing-off")
    issued = [one for one in turn.papers() if one.issuance_id and one.issued_at]
    if not issued:
        raise BadRequest("not-released")
    if all(one.annulled_at for one in issued):
        raise BadRequest("not-in-force")


SIGN = Rule(
    name="sign", kind=Signature, by=frozenset({LEADER}), within=frozenset({Status.SIGNING}), step_up=True,
    refuses=refuse_unsignable,
)  # fmt: skip
ANNUL = Rule(
    name="annul", kind=Annulment, by=frozenset({LEADER}), within=frozenset(Status), step_up=True,
    refuses=refuse_unissued,
)  # fmt: skip
BESIDE = {one.name: one for one in (SIGN, ANNUL)}
"""By name, what is offered beside the commands."""
