"""Giving a fee back (hoàn trả phí): one person asks, a leader who is another one approves, and the money is noted."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID, uuid4

from verifier.accounts.plain_text import clean_text, reason_of
from verifier.audit import Detail
from verifier.cases.kernel import (
    CLERK,
    LEADER,
    OFFICERS,
    RECEPTION,
    SYSTEM_ASKER,
    Command,
    Done,
    Letter,
    Turn,
    handles,
)
from verifier.cases.owed import abroad, cost_of, spoken
from verifier.cases.paying import EVERYWHERE
from verifier.errors import BadRequest
from verifier.payments.records import APART, CaseMoney, Payment, PaymentState, Refund, RefundState


@dataclass(frozen=True, kw_only=True)
class AskRefund(Command):
    """Ask that a payment be given back, or a part of it."""

    payment: UUID
    reason: str
    amount: int | None = None
    """In minor units (whole đồng); None: all that is left of it."""


def refuse_nothing_left(turn: Turn) -> None:
    """Refuse to ask back where this authority took nothing of which anything is left and may be given back."""
    money = turn.money()
    own = [one for one in money.payments if one.authority_id == turn.asker.scope.authority]
    left = [one for one in own if money.refundable(one) > 0]
    if not left:
        raise BadRequest("payment-unknown", field="payment")
    if all(one.state not in APART for one in left):
        _rule(turn, money)


@handles(
    AskRefund,
    "ask-refund",
    event="refund-asked",
    by=OFFICERS,
    within=EVERYWHERE,
    intake=True,
    refuses=refuse_nothing_left,
)
def ask_refund(turn: Turn, said: AskRefund) -> Done:
    """Ask; of a fee that was due it follows the law's rule, and missions give nothing back.

    Only the authority that took the money gives it back, wherever the dossier is by now. BadRequest
    `reason-missing`; `payment-unknown`; `case-elsewhere`; `refund-not-allowed` (`rule_vi`, `rule_en`, `citation`);
    `fee-used-again` (`dossier`); `refund-too-much` (`most`).
    """
    reason, money = reason_of(said.reason), turn.unit.payments.of_case(turn.case.id)
    payment = money.payment(said.payment)
    if payment is None:
        raise BadRequest("payment-unknown", field="payment")
    _own(turn, payment.authority_id)
    basis = "" if payment.state in APART else _rule(turn, money)
    most = money.refundable(payment)
    amount = most if said.amount is None else said.amount
    if isinstance(amount, bool) or not 1 <= amount <= most:
        raise BadRequest("refund-too-much", f"{most} {payment.currency} is left", most=str(most), field="amount")
    refund = Refund(
        uuid4(),
        payment.id,
        turn.case.id,
        payment.authority_id,
        amount,
        payment.currency,
        RefundState.ASKED.value,
        reason,
        basis,
        turn.person(),
        turn.now,
    )
    turn.unit.payments.add_refund(refund)
    return Done(told=_told(refund), reason=reason)


def _rule(turn: Turn, money: CaseMoney) -> str:
    """Return the citation of the rule on giving back; BadRequest `refund-not-allowed` where it says no.

    Missions: Circular 264/2016/TT-BTC Art. 6(5). At home no rule was found, so it is for the leader to decide; a fee
    that counts for the dossier that was filed again is used (`fee-used-again`, `dossier`: its code).
    """
    if money.used is not None:
        raise BadRequest("fee-used-again", money.used.code, field="payment", dossier=money.used.code)
    found = abroad(turn)
    if found is None:
        return cost_of(turn).refund_basis.citation
    words, citation = found.refund.words, found.refund.basis.citation
    raise BadRequest("refund-not-allowed", citation, rule_vi=words.vi, rule_en=words.said("en"), citation=citation)


@dataclass(frozen=True, kw_only=True)
class ApproveRefund(Command):
    """Approve what another person asked to be given back."""

    refund: UUID


def refuse_undecidable(turn: Turn) -> None:
    """Refuse to decide where nobody asks, or nobody else does."""
    asked = _waiting(turn, RefundState.ASKED)
    if all(one.asked_by == turn.asker.person for one in asked):
        raise BadRequest("own-proposal")


def _waiting(turn: Turn, state: RefundState) -> list[Refund]:
    """Return the own refunds of a state; BadRequest `refund-unknown` where there is none."""
    own = [one for one in turn.money().refunds if one.authority_id == turn.asker.scope.authority]
    if not (found := [one for one in own if one.state == state]):
        raise BadRequest("refund-unknown", field="refund")
    return found


@handles(
    ApproveRefund,
    "approve-refund",
    event="refund-approved",
    by=(LEADER,),
    within=EVERYWHERE,
    intake=True,
    refuses=refuse_undecidable,
)
def approve_refund(turn: Turn, said: ApproveRefund) -> Done:
    """Approve; BadRequest `refund-unknown`, `own-proposal`, `already-decided`."""
    return _decided(turn, said.refund, RefundState.APPROVED, "")


@dataclass(frozen=True, kw_only=True)
class RejectRefund(Command):
    """Reject what another person asked to be given back."""

    refund: UUID
    reason: str


@handles(
    RejectRefund,
    "reject-refund",
    event="refund-rejected",
    by=(LEADER,),
    within=EVERYWHERE,
    intake=True,
    refuses=refuse_undecidable,
)
def reject_refund(turn: Turn, said: RejectRefund) -> Done:
    """Reject; BadRequest `refund-unknown`, `own-proposal`, `already-decided`, `reason-missing`."""
    return _decided(turn, said.refund, RefundState.REJECTED, reason_of(said.reason))


def _decided(turn: Turn, id_: UUID, state: RefundState, note: str) -> Done:
    refund, person = refund_of(turn.unit.payments.of_case(turn.case.id), id_), turn.person()
    _own(turn, refund.authority_id)
    if refund.asked_by == person:
        raise BadRequest("own-proposal")
    told = {"state": state.value, "decided_by": person, "decided_at": turn.now, "note": note}
    if refund.state != RefundState.ASKED or not turn.unit.payments.change_refund(refund, **told):
        raise BadRequest("already-decided")
    return Done(told=_told(refund), reason=note)


@dataclass(frozen=True, kw_only=True)
class NoteRefund(Command):
    """Note that the money went back (đã chi hoàn trả), at the desk or through the bank."""

    refund: UUID
    transaction: str = ""
    """The bank's number; empty where it was paid out at the desk."""


def refuse_unapproved(turn: Turn) -> None:
    """Refuse to note what nobody approved."""
    _waiting(turn, RefundState.APPROVED)


@handles(
    NoteRefund,
    "note-refund",
    event="fee-refunded",
    by=(RECEPTION, CLERK),
    within=EVERYWHERE,
    intake=True,
    refuses=refuse_unapproved,
)
def note_refund(turn: Turn, said: NoteRefund) -> Done:
    """Note it; BadRequest `refund-unknown`, `refund-not-approved`."""
    return given_back(turn, said.refund, clean_text(said.transaction), turn.person())


@dataclass(frozen=True, kw_only=True)
class RecordRefund(Command):
    """Record that the platform gave money back, after its signature was checked."""

    refund: UUID
    transaction: str


@handles(RecordRefund, "record-refund", event="fee-refunded", by=(SYSTEM_ASKER,), within=EVERYWHERE, intake=True)
def record_refund(turn: Turn, said: RecordRefund) -> Done:
    """Record it; BadRequest as `note_refund`."""
    return given_back(turn, said.refund, said.transaction, None)


def given_back(turn: Turn, id_: UUID, transaction: str, by: UUID | None) -> Done:
    """Note a refund as done; a payment of which nothing is left is `returned`, and the applicant is told."""
    money = turn.unit.payments.of_case(turn.case.id)
    refund = refund_of(money, id_)
    _own(turn, refund.authority_id)
    told = {"state": RefundState.DONE.value, "transaction": transaction, "done_at": turn.now, "done_by": by}
    if refund.state != RefundState.APPROVED or not turn.unit.payments.change_refund(refund, **told):
        raise BadRequest("refund-not-approved", refund.state, state=refund.state)
    payment = money.payment(refund.payment_id)
    if payment is not None and _whole(turn, payment):
        turn.unit.payments.change_payment(payment.id, PaymentState.RETURNED.value)
    amount = spoken(refund.amount, refund.currency, turn.case.applicant.lang)
    values = {"amount": amount, "reason": refund.reason, "reference": transaction}
    return Done(told=_told(refund), letters=(Letter("fee-refunded", values),))


def _whole(turn: Turn, payment: Payment) -> bool:
    """Tell whether all of a payment went back."""
    refunds = turn.unit.payments.of_case(turn.case.id).refunds
    back = sum(one.amount for one in refunds if one.payment_id == payment.id and one.state == RefundState.DONE)
    return back == payment.amount


def refund_of(money: CaseMoney, id_: UUID) -> Refund:
    """Return a refund of the case; BadRequest `refund-unknown`."""
    found = next((one for one in money.refunds if one.id == id_), None)
    if found is None:
        raise BadRequest("refund-unknown", field="refund")
    return found


def _own(turn: Turn, authority: UUID) -> None:
    """Refuse money that another authority took; BadRequest `case-elsewhere`."""
    if turn.asker.scope.authority != authority:
        raise BadRequest("case-elsewhere")


def _told(refund: Refund) -> dict[str, Detail]:
    told: dict[str, Detail] = {"refund": str(refund.id), "payment": str(refund.payment_id)}
    return {**told, "amount": refund.amount, "currency": refund.currency}
