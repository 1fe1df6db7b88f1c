"""Money comes for a dossier (nộp phí): it pays an order to the đồng and a receipt is made, or it is kept apart."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from verifier.accounts.plain_text import clean_text
from verifier.accounts.roles import Role
from verifier.audit import Detail
from verifier.cases import acceptance, delivery, letters
from verifier.cases.kernel import CLERK, OPEN, RECEPTION, SYSTEM_ASKER, Command, Done, Letter, Turn, handles
from verifier.cases.owed import abroad, printed, spoken
from verifier.cases.staff import holders
from verifier.cases.statuses import Status, final
from verifier.errors import BadRequest
from verifier.payments.reckoning import AT_RETURN
from verifier.payments.records import VND, Carried, Channel, Order, OrderState, Payment, PaymentState, Receipt
from verifier.storage.authorities import Authority

METHODS = {Channel.COUNTER: "cash", Channel.TRANSFER: "transfer", Channel.PLATFORM: "portal"}
"""By channel, what the receipt says (hình thức nộp)."""
EVERYWHERE = frozenset(Status)
"""Money comes when it comes, to dossiers that have ended too."""


@dataclass(frozen=True)
class Came:
    """Money as it came."""

    channel: Channel
    amount: int
    currency: str
    transaction: str
    paid_at: datetime
    payee: str
    """Code of the authority that was paid."""


def came(turn: Turn, order: Order, money: Came) -> Done:
    """Record money for an order: it pays it exactly, or is kept apart and officers are told.

    Only for a dossier that is held, so that an order is paid once. BadRequest `payment-known` where this transaction
    is there already.
    """
    payee = collecting(turn)
    if money.transaction and turn.unit.payments.payment_told(money.channel, money.transaction, _own(money, payee)):
        raise BadRequest("payment-known")
    state, note = judged(turn, order, money)
    payment = Payment(
        uuid4(),
        turn.case.id,
        order.id,
        payee.id,
        money.channel.value,
        state.value,
        money.amount,
        money.currency,
        money.transaction,
        min(money.paid_at, turn.now),
        turn.now,
        turn.asker.person,
        note,
    )
    turn.unit.payments.add_payment(payment)
    told: dict[str, Detail] = {"payment": str(payment.id), "order": str(order.id), "channel": payment.channel}
    told |= {"amount": payment.amount, "currency": payment.currency, "outcome": payment.state}
    if state is not PaymentState.MATCHED:
        return Done(told={**told, "note": note}, letters=tuple(_apart(turn, order, payment)))
    turn.unit.payments.close_order(order, OrderState.PAID.value, turn.now)
    receipt = issued(turn, order, payment, payee)
    values = {"amount": spoken(payment.amount, payment.currency, turn.case.applicant.lang), "receipt": receipt.text}
    letter = Letter("fee-paid", values, (receipt.record_id,) if receipt.record_id else ())
    done = Done(change={"paid_at": payment.paid_at}, told={**told, "receipt": receipt.text}, letters=(letter,))
    return done.and_then(onward(turn, order.when_paid))


def _own(money: Came, payee: Authority) -> UUID | None:
    """Numbers of a bank are unique within an authority only."""
    return payee.id if money.channel is Channel.TRANSFER else None


def judged(turn: Turn, order: Order, money: Came) -> tuple[PaymentState, str]:
    """Return what is to be thought of money that came, and why it is kept apart."""
    if order.state != OrderState.OPEN:
        return PaymentState.SURPLUS, f"order-{order.state}"
    if turn.case.status in final():
        return PaymentState.SURPLUS, "case-ended"
    owner = turn.unit.authorities.get(order.authority_id)
    if owner is None or money.payee != owner.code:
        return PaymentState.MISMATCH, "payee"
    if money.currency != order.currency:
        return PaymentState.MISMATCH, "currency"
    if money.amount != order.amount:
        return PaymentState.MISMATCH, "amount"
    return PaymentState.MATCHED, ""


def issued(turn: Turn, order: Order, payment: Payment, payee: Authority) -> Receipt:
    """Write the receipt (biên lai) of a payment with the next number of its authority and year."""
    symbol, year = turn.house.receipts, turn.now.astimezone(ZoneInfo(payee.time_zone)).year
    receipt = Receipt(
        id=uuid4(),
        authority_id=payee.id,
        symbol=symbol,
        year=year,
        number=turn.unit.payments.next_receipt(payee.id, symbol, year),
        case_id=turn.case.id,
        order_id=order.id,
        payment_id=payment.id,
        amount=payment.amount,
        currency=payment.currency,
        issued_at=turn.now,
        issued_by=turn.asker.person,
    )
    if order.currency == VND:  # a mission writes its own in its currency
        record = letters.form_record(turn, "fee-receipt", receipt_values(turn, order, payment, receipt), kind="receipt")
        receipt = replace(receipt, record_id=record.id)
    turn.unit.payments.add_receipt(receipt)
    return receipt


def receipt_values(turn: Turn, order: Order, payment: Payment, receipt: Receipt) -> dict[str, Any]:
    """Return what stands on a receipt."""
    return {
        "number": receipt.text,
        "payer": turn.case.applicant.name,
        "lines": table(order, turn.money().carried),
        "total": payment.amount,
        "method": METHODS[Channel(payment.channel)],
        "paid": payment.paid_at.astimezone(turn.zone).date(),
        "collector": turn.asker.actor.name if turn.asker.person else "",
        "payer-name": turn.case.applicant.name,
    }


def table(order: Order, carried: Carried | None = None) -> list[dict[str, Any]]:
    """Return the lines of an order as the sheets show them; what was paid before stands as a line of its own.

    `carried`: by which receipts of an earlier dossier.
    """
    rows: list[dict[str, Any]] = [
        {"what": one.vi, "count": one.count, "unit": one.unit, "citation": one.citation, "amount": one.amount}
        for one in order.lines
    ]
    before = f"Đã nộp trước: {printed(order.credit, order.currency)}"
    if carried:
        before += f", trong đó theo biên lai số {', '.join(carried.receipts)} của hồ sơ {carried.earlier_code}"
    return [*rows, {"what": before}] if order.credit else rows


def onward(turn: Turn, when_paid: str) -> Done:
    """Return what becomes of a dossier whose fee is settled: one that waited for it goes on, also a signed result."""
    case = turn.case
    if case.status == Status.SIGNED.value:
        return delivery.once_settled(turn)
    unsaid = case.status == Status.FILED.value and case.complete_at is not None and abroad(turn) is not None
    waits = case.status == Status.PAYMENT.value or unsaid
    if not waits or case.accepted_at is not None or when_paid == AT_RETURN:
        return Done()
    if case.complete_at is None:
        return Done(Status.FILED, {"step_due": acceptance.check_due(turn, turn.now), "warned": ""})
    return acceptance.accepted(turn)


def collecting(turn: Turn) -> Authority:
    """Return the authority for which the money is taken: that of who asks."""
    found = turn.unit.authorities.get(turn.asker.scope.authority or turn.case.authority_id)
    if found is None:
        raise LookupError(f"no authority for {turn.asker.id}")
    return found


def officers(turn: Turn, order: Order) -> list[UUID]:
    """Return who is told of money that is kept apart: who demanded it, who has the dossier, else reception."""
    known = [one for one in (order.made_by, turn.case.officer_id) if one]
    if known:
        return list(dict.fromkeys(known))
    return holders(turn, Role.RECEPTION)


def _apart(turn: Turn, order: Order, payment: Payment) -> list[Letter]:
    values = {"amount": spoken(payment.amount, payment.currency), "note": payment.note, "reference": order.reference}
    return [Letter("payment-apart", values, to=f"person:{one}") for one in officers(turn, order)]


def open_order(turn: Turn) -> Order:
    """Return what is to be paid; BadRequest `fee-not-due` where nothing is."""
    found = turn.money().open
    if found is None:
        raise BadRequest("fee-not-due")
    return found


def exactly(order: Order, amount: int) -> None:
    """Refuse another amount than is due, before anything is taken; BadRequest `amount-differs` (`due`)."""
    if isinstance(amount, bool) or amount != order.amount:
        raise BadRequest(
            "amount-differs", f"{order.amount} {order.currency} is due", due=str(order.amount), field="amount"
        )


@dataclass(frozen=True, kw_only=True)
class PayAtCounter(Command):
    """Take the fee at the desk (thu phí tại quầy) and write its receipt."""

    amount: int
    """What was taken: exactly what is due, in minor units (whole đồng)."""


def refuse_undue(turn: Turn) -> None:
    """Refuse money for which nothing is open, or that another authority asked for."""
    refuse_anothers(turn, open_order(turn))


def refuse_anothers(turn: Turn, order: Order) -> None:
    """Refuse money for what another authority asked, where the dossier is not here; BadRequest `case-elsewhere`."""
    own = turn.asker.scope.authority
    if own not in (turn.case.authority_id, order.authority_id):
        raise BadRequest("case-elsewhere")


@handles(
    PayAtCounter,
    "pay-at-counter",
    event="fee-paid",
    by=(RECEPTION,),
    within=OPEN,
    intake=True,
    refuses=refuse_undue,
)
def pay_at_counter(turn: Turn, said: PayAtCounter) -> Done:
    """Take the fee; where it was filed also what was asked for there before the dossier was forwarded.

    BadRequest `fee-not-due`, `amount-differs`; `case-elsewhere` where another authority asked for it.
    """
    order = open_order(turn)
    refuse_anothers(turn, order)
    exactly(order, said.amount)
    owner = turn.unit.authorities.get(order.authority_id)
    payee = owner.code if owner else ""
    return came(turn, order, Came(Channel.COUNTER, said.amount, order.currency, "", turn.now, payee))


@dataclass(frozen=True, kw_only=True)
class NoteTransfer(Command):
    """Note money that was found on the authority's account (chuyển khoản), as its bank tells."""

    transaction: str
    """The bank's number of it."""
    amount: int
    paid_at: datetime
    reference: str = ""
    """Of the order that the payer quoted; empty: the one that is open."""


def refuse_unasked(turn: Turn) -> None:
    """Refuse money for which nothing was ever asked, or nothing here where the dossier is not here."""
    orders = turn.money().orders
    if not orders:
        raise BadRequest("fee-not-due")
    if turn.asker.scope.authority not in {turn.case.authority_id, *(one.authority_id for one in orders)}:
        raise BadRequest("case-elsewhere")


@handles(
    NoteTransfer,
    "note-transfer",
    event="transfer-noted",
    by=(RECEPTION, CLERK),
    within=EVERYWHERE,
    intake=True,
    refuses=refuse_unasked,
)
def note_transfer(turn: Turn, said: NoteTransfer) -> Done:
    """Note it, also where the amount is another.

    BadRequest `field-missing`, of the reference too where what was asked for is not open any more, as when the dossier
    has ended; `field-wrong`, `fee-not-due` where nothing was ever asked for, `payment-order-unknown`, `payment-known`;
    `case-elsewhere` as `pay_at_counter`.
    """
    if not (transaction := clean_text(said.transaction)):
        raise BadRequest("field-missing", field="transaction")
    if isinstance(said.amount, bool) or said.amount <= 0:
        raise BadRequest("field-wrong", field="amount", allowed="≥ 1")
    if said.paid_at.utcoffset() is None or said.paid_at > turn.now:
        raise BadRequest("field-wrong", field="paid_at", allowed=f"≤ {turn.now.isoformat()}")
    money = turn.unit.payments.of_case(turn.case.id)
    if not said.reference and money.open is None and money.orders:
        raise BadRequest("field-missing", "nothing is open: only the reference tells the order", field="reference")
    order = turn.unit.payments.order_quoted(said.reference) if said.reference else open_order(turn)
    if order is None or order.case_id != turn.case.id:
        raise BadRequest("payment-order-unknown", field="reference")
    refuse_anothers(turn, order)
    owner = turn.unit.authorities.get(order.authority_id)
    payee = owner.code if owner else ""
    return came(turn, order, Came(Channel.TRANSFER, said.amount, order.currency, transaction, said.paid_at, payee))


@dataclass(frozen=True, kw_only=True)
class RecordPayment(Command):
    """Record what the platform told, after its signature was checked."""

    order: UUID
    transaction: str
    amount: int
    currency: str
    payee: str
    paid_at: datetime


@handles(RecordPayment, "record-payment", event="payment-recorded", by=(SYSTEM_ASKER,), within=EVERYWHERE, intake=True)
def record_payment(turn: Turn, said: RecordPayment) -> Done:
    """Record it; BadRequest `payment-known`, `payment-order-unknown`."""
    order = turn.unit.payments.order(said.order)
    if order is None or order.case_id != turn.case.id:
        raise BadRequest("payment-order-unknown")
    return came(
        turn, order, Came(Channel.PLATFORM, said.amount, said.currency, said.transaction, said.paid_at, said.payee)
    )
