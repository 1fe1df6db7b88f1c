"""Which of the commands that might be given now there is anything to do for; the others are left out of the page.

The handlers decide what is refused: nothing here lets anything through.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from verifier.cases.desk import View
from verifier.cases.examination import OWN_BASIS
from verifier.cases.found import rests_on_signature
from verifier.cases.kernel import Spec
from verifier.cases.paperwork import BOOKS
from verifier.payments.records import CaseMoney, RefundState
from verifier.storage.authorities import Authority
from verifier.storage.scope import SYSTEM
from verifier.web.casework.base import desk


@dataclass(frozen=True)
class Standing:
    """What it is asked of."""

    view: View
    here: Authority | None
    """Who has the dossier."""
    money: CaseMoney
    packages: int
    """How many packages were made for the archive."""


def sensible(view: View, offered: Sequence[Spec]) -> list[Spec]:
    """Leave out the commands that would be refused by anybody who looks at the dossier."""
    standing = standing_of(view)
    return [one for one in offered if one.name not in _ASKS or _ASKS[one.name](standing)]


def standing_of(view: View) -> Standing:
    """Read what sense depends on."""
    with desk().house.database.unit(SYSTEM) as unit:
        here, money = unit.authorities.get(view.case.authority_id), unit.payments.of_case(view.case.id)
        return Standing(view, here, money, len(unit.archive.packages(view.case.id)))


def _requests(*states: str) -> Callable[[Standing], bool]:
    return lambda one: any(asked.state in states for asked in one.view.confirmations)


def _refunds(state: RefundState) -> Callable[[Standing], bool]:
    return lambda one: any(back.state == state for back in one.money.refunds)


def _on_paper(one: Standing) -> bool:
    return any(paper.issued_at and not paper.issuance_id and not paper.annulled_at for paper in one.view.papers)


_ASKS: Mapping[str, Callable[[Standing], bool]] = {
    "send-confirmation": _requests("drafted"),
    "remind-confirmation": _requests("sent"),
    "record-answer": _requests("sent", "answered"),
    "close-confirmation": _requests("drafted", "sent"),
    "take": lambda one: one.view.case.officer_id is None,
    "record-basis": lambda one: any(paper.work in OWN_BASIS for paper in one.view.papers),
    "judge-anew": lambda one: rests_on_signature(one.view.case.procedure),
    "forward": lambda one: one.here is not None and one.here.forwards_to is not None,
    "set-fee-abroad": lambda one: one.here is not None and one.here.kind == "mission",
    "demand-fee": lambda one: one.view.case.fee_vnd is None,
    "correct-fee": lambda one: one.money.open is not None,
    "exempt-fee": lambda one: one.view.case.paid_at is None,
    "pay-at-counter": lambda one: one.money.open is not None,
    "note-transfer": lambda one: one.money.open is not None,
    "ask-refund": lambda one: bool(one.money.payments),
    "approve-refund": _refunds(RefundState.ASKED),
    "reject-refund": _refunds(RefundState.ASKED),
    "note-refund": _refunds(RefundState.APPROVED),
    "sign-on-paper": lambda one: one.view.case.procedure in BOOKS,
    "annul-on-paper": _on_paper,
    "archive": lambda one: one.view.case.archived_at is None,
    **dict.fromkeys(("hand-over", "propose-removal", "remove"), lambda one: one.packages > 0),
}
"""By name of the command; what is not named always makes sense."""
