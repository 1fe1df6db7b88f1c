"""The words of fees: orders of payment, payments, receipts (biên lai), refunds, callbacks, reconciliations; frozen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

VND = "VND"
CURRENCIES = (VND, "USD")
"""What a fee may be taken in; at home in đồng alone (Circular 157/2016/TT-BTC Art. 5(2))."""


class Channel(StrEnum):
    """By which way money comes (hình thức nộp)."""

    COUNTER = "counter"
    """Cash or card at the desk."""
    PLATFORM = "platform"
    """The online payment platform (nền tảng thanh toán trực tuyến)."""
    TRANSFER = "transfer"
    """Into the authority's account, found there by an officer."""


class OrderState(StrEnum):
    """What became of an order."""

    OPEN = "open"
    PAID = "paid"
    EXEMPT = "exempt"
    """A person decided that nothing is due."""
    CANCELLED = "cancelled"
    """Another took its place, or the dossier ended."""


class PaymentState(StrEnum):
    """What is to be thought of money that came."""

    MATCHED = "matched"
    """It paid an order, to the đồng."""
    MISMATCH = "mismatch"
    """Another amount, currency or payee: kept apart, the dossier waits."""
    SURPLUS = "surplus"
    """The order was paid or closed already: to be given back."""
    RETURNED = "returned"
    """Given back whole."""


APART = (PaymentState.MISMATCH, PaymentState.SURPLUS)
"""Money that paid nothing: it is given back whatever the rule on fees."""


class RefundState(StrEnum):
    """How far giving back is."""

    ASKED = "asked"
    APPROVED = "approved"
    REJECTED = "rejected"
    DONE = "done"


@dataclass(frozen=True)
class OrderLine:
    """One line of an order, as the law book reckoned it."""

    tariff: str
    vi: str
    en: str
    count: int
    unit: int
    """Price of one, in minor units of the currency: whole đồng, or cents."""
    amount: int
    citation: str
    status: str
    """How sure the basis is: `verified`, `partial` or `unverified`."""


@dataclass(frozen=True)
class Order:
    """An order of payment (yêu cầu nộp phí): what one dossier is to pay; it is never changed but closed."""

    id: UUID
    case_id: UUID
    authority_id: UUID
    """Who collects."""
    reference: str
    """What the payer quotes (nội dung thanh toán); unique."""
    state: str
    lines: tuple[OrderLine, ...]
    total: int
    """Sum of the lines."""
    credit: int
    """Paid for this dossier before and set off."""
    amount: int
    """What is to be paid: `total` less `credit`."""
    currency: str
    when_paid: str
    """`at-filing`, `before-acceptance` or `at-return`."""
    law_sha256: str
    made_at: datetime
    made_by: UUID | None = None
    """The officer who demanded it; None: the service by itself."""
    due_at: datetime | None = None
    """By when it should be paid; our own aim, no limit of the law."""
    link: str = field(default="", repr=False)
    """Address at the platform where it is paid; empty before it was asked for."""
    link_at: datetime | None = None
    asked_at: datetime | None = None
    """When the platform was last asked what became of it."""
    closed_at: datetime | None = None
    exemption: str = ""
    """Id in the law data, of who is exempt."""
    ground: str = ""
    """Why it was exempted or cancelled, in the officer's words."""
    decided_by: UUID | None = None
    notice_id: UUID | None = None
    """The stored record that is the notice (thông báo nộp phí)."""


@dataclass(frozen=True)
class Payment:
    """Money that came (khoản đã nộp); nothing of it changes but its state."""

    id: UUID
    case_id: UUID
    order_id: UUID
    authority_id: UUID
    channel: str
    state: str
    amount: int
    """In minor units of the currency."""
    currency: str
    transaction: str
    """Id of the platform or the bank; empty at the counter."""
    paid_at: datetime
    """When the payer paid, as the channel tells."""
    recorded_at: datetime
    recorded_by: UUID | None = None
    note: str = ""
    """Why it is kept apart: `amount`, `currency`, `payee`, `order-paid`, `order-exempt`, `order-cancelled`,
    `case-ended`."""


@dataclass(frozen=True)
class Receipt:
    """A receipt (biên lai): a number of its own, without a gap in authority, symbol and year."""

    id: UUID
    authority_id: UUID
    symbol: str
    """Ký hiệu."""
    year: int
    number: int
    case_id: UUID
    order_id: UUID
    payment_id: UUID
    amount: int
    currency: str
    issued_at: datetime
    issued_by: UUID | None = None
    record_id: UUID | None = None
    """The stored record that is the sheet; None where the authority writes its own."""

    @property
    def text(self) -> str:
        """The number as it is printed."""
        return f"{self.symbol}-{self.year}-{self.number:07d}"


@dataclass(frozen=True)
class Refund:
    """Giving back what was paid (hoàn trả): one person asks, another approves, a third step notes the money."""

    id: UUID
    payment_id: UUID
    case_id: UUID
    authority_id: UUID
    amount: int
    currency: str
    state: str
    reason: str
    basis: str
    """Citation of the rule on which it rests."""
    asked_by: UUID
    asked_at: datetime
    decided_by: UUID | None = None
    decided_at: datetime | None = None
    note: str = ""
    """The decider's words."""
    transaction: str = ""
    """Of the bank or the platform."""
    done_at: datetime | None = None
    done_by: UUID | None = None


@dataclass(frozen=True)
class Carried:
    """That the fee of a dossier that was given back counts for the one that was filed again (phí đã nộp).

    No money moves: payment and receipt stay with the earlier dossier, and are counted there alone.
    """

    id: UUID
    case_id: UUID
    """The dossier that was filed again."""
    earlier_id: UUID
    """The dossier that was given back; its fee is used once."""
    authority_id: UUID
    """Who took the money."""
    code: str
    """Of the dossier that was filed again."""
    earlier_code: str
    count: int
    """How many papers and copies were paid for."""
    receipts: tuple[str, ...]
    """Numbers of the receipts, as printed."""
    made_at: datetime


@dataclass(frozen=True)
class Callback:
    """One call that came from the platform; of its body the hash is kept, nothing else."""

    id: UUID
    sha256: str
    came_at: datetime
    outcome: str
    """`recorded`, `mismatch`, `surplus`, `not-paid`, `refunded`, or the code of the refusal."""
    last_at: datetime
    times: int = 1
    """How many times this very body came and ended so."""
    authority_id: UUID | None = None
    case_id: UUID | None = None
    payment_id: UUID | None = None
    reference: str = ""
    transaction: str = ""
    amount: int | None = None


@dataclass(frozen=True)
class Reconciliation:
    """That a day was reconciled (đối soát), and how it came out."""

    id: UUID
    authority_id: UUID
    day: date
    source: str
    """Of the statement: `platform` or `upload`."""
    statement_sha256: str
    agrees: bool
    counts: Mapping[str, Any]
    """By name: how many lines agree, are missing here or there, or differ."""
    made_at: datetime
    made_by: UUID | None = None


@dataclass(frozen=True)
class StatementLine:
    """One line of the platform's statement (sao kê)."""

    transaction: str
    reference: str
    amount: int
    currency: str
    paid_at: datetime


@dataclass(frozen=True)
class Notice:
    """What the platform tells of one transaction; its signature was checked."""

    kind: str
    """`paid`, `failed` or `refunded`."""
    transaction: str
    """The platform's id of what it tells of; unique."""
    reference: str
    """Of our order."""
    amount: int
    currency: str
    payee: str
    """Code of the authority that is paid (MaDonVi)."""
    at: datetime
    """When it happened there."""
    original: str = ""
    """Of a refund: the transaction that it gives back."""


@dataclass(frozen=True)
class Bill:
    """What the platform is told of an order."""

    order: Order
    code: str
    """Of the dossier."""
    procedure: str
    procedure_name: str
    payer: str
    payer_id: str
    payer_address: str
    payee: str
    payee_name: str
    lang: str


@dataclass(frozen=True)
class CaseMoney:
    """Everything of money that belongs to one dossier, oldest first."""

    orders: Sequence[Order] = ()
    payments: Sequence[Payment] = ()
    receipts: Sequence[Receipt] = ()
    refunds: Sequence[Refund] = ()
    carried: Carried | None = None
    """The fee of an earlier dossier that counts for this one."""
    used: Carried | None = None
    """Where the fee of this dossier counts for a later one."""

    @property
    def open(self) -> Order | None:
        """The order that is to be paid; there is one at most."""
        return next((one for one in self.orders if one.state == OrderState.OPEN), None)

    @property
    def exempt(self) -> bool:
        """Tell whether a person decided that nothing is due."""
        return any(one.state == OrderState.EXEMPT for one in self.orders)

    @property
    def paid(self) -> int:
        """What was paid for orders and not given back, in minor units."""
        matched = {one.id for one in self.payments if one.state in (PaymentState.MATCHED, PaymentState.RETURNED)}
        back = sum(one.amount for one in self.refunds if one.payment_id in matched and gone(one))
        return sum(one.amount for one in self.payments if one.id in matched) - back

    def payment(self, id_: UUID) -> Payment | None:
        """Find a payment."""
        return next((one for one in self.payments if one.id == id_), None)

    def refundable(self, payment: Payment) -> int:
        """What may still be asked back of a payment."""
        taken = (one for one in self.refunds if one.payment_id == payment.id and one.state != RefundState.REJECTED)
        return payment.amount - sum(one.amount for one in taken)


def gone(refund: Refund) -> bool:
    """Tell whether money of a refund counts as given back: approved, or done."""
    return refund.state in (RefundState.APPROVED, RefundState.DONE)
