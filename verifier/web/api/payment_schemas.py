"""The wire types of fees; a test holds them against what the views write."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from verifier.payments.records import Channel, OrderState, PaymentState, RefundState
from verifier.web.api.schemas import TIME, Wire

MINOR = "In minor units of the currency: whole đồng, or cents."


class OrderLineNote(Wire):
    """One line of an order, as the law book reckoned it."""

    tariff: str
    vi: str
    en: str
    count: int
    unit: int = Field(description=MINOR)
    amount: int = Field(description=MINOR)
    citation: str
    certainty: str = Field(description="How sure the basis is: `verified`, `partial` or `unverified`.")


class OrderNote(Wire):
    """An order of payment."""

    id: str
    reference: str = Field(description="What the payer quotes.", examples=["P4GT292FGS96KX"])
    state: OrderState
    lines: list[OrderLineNote]
    total: int = Field(description=MINOR)
    credit: int = Field(description="Paid before and set off.")
    amount: int = Field(description="What is to be paid: `total` less `credit`.")
    currency: str
    when_paid: str = Field(description="`at-filing`, `before-acceptance` or `at-return`.")
    made_at: str = Field(examples=[TIME])
    due_at: str | None = Field(description="By when it should be paid; no limit of the law.", examples=[TIME])
    closed_at: str | None = Field(examples=[TIME])
    exemption: str | None = Field(description="Id in the law data, of who is exempt.")
    notice: str | None = Field(description="Id of the stored record that is the notice.")
    ground: str | None = Field(description="Officers: why it was exempted or cancelled.")
    law_sha256: str = Field(description="Of the law book by which it was reckoned.")


class PaymentNote(Wire):
    """Money that came."""

    id: str
    order: str
    channel: Channel
    state: PaymentState = Field(description="`mismatch` and `surplus` paid nothing and are kept apart.")
    amount: int = Field(description=MINOR)
    currency: str
    transaction: str | None = Field(description="Id of the platform or the bank; null at the counter.")
    paid_at: str = Field(examples=[TIME])
    recorded_at: str = Field(examples=[TIME])
    note: str | None = Field(description="Why it is kept apart.")


class ReceiptNote(Wire):
    """A receipt (biên lai)."""

    number: str = Field(description="As printed.", examples=["BLP-2026-0000001"])
    payment: str
    amount: int = Field(description=MINOR)
    currency: str
    issued_at: str = Field(examples=[TIME])
    record: str | None = Field(description="Id of the stored record that is the sheet.")


class RefundNote(Wire):
    """Giving back."""

    id: str
    payment: str
    amount: int = Field(description=MINOR)
    currency: str
    state: RefundState
    reason: str
    basis: str | None = Field(description="Citation of the rule on which it rests.")
    asked_at: str = Field(examples=[TIME])
    asked_by: str | None = Field(description="Officers: id of the person.")
    decided_at: str | None = Field(examples=[TIME])
    decided_by: str | None = Field(description="Officers: id of the person.")
    note: str | None = Field(description="Officers: the decider's words.")
    transaction: str | None
    done_at: str | None = Field(examples=[TIME])


class CarriedFee(Wire):
    """That the fee of a dossier that was given back unverified counts for the one that was filed again."""

    dossier: str = Field(description="Code of the dossier that was filed again.")
    earlier: str = Field(description="Code of the one that was given back, where payment and receipt stay.")
    count: int = Field(description="Papers and copies that were paid for.")
    receipts: list[str] = Field(description="Numbers of the receipts.", examples=[["BLP-2026-0000001"]])
    at: str = Field(description=TIME)


class DossierMoney(Wire):
    """All money of a dossier, oldest first."""

    open: str | None = Field(description="Id of the order that is to be paid; null where none is.")
    exempt: bool
    paid: int = Field(description="Paid for orders and not given back, in minor units.")
    online: bool = Field(description="Whether it can be paid on the payment platform.")
    orders: list[OrderNote]
    payments: list[PaymentNote]
    receipts: list[ReceiptNote]
    refunds: list[RefundNote]
    carried: CarriedFee | None = Field(description="The fee of an earlier dossier that counts for this one.")
    used: CarriedFee | None = Field(description="The later dossier for which the fee of this one counts.")


class PaymentLink(Wire):
    """Where the open order is paid online."""

    url: str = Field(examples=["https://thanhtoan.example.vn/P4GT292FGS96KX"])
    reference: str
    amount: int
    currency: str


class PaymentHeard(Wire):
    """What became of a callback; the same however often it comes."""

    outcome: Literal["recorded", "mismatch", "surplus", "refunded", "not-paid"]
    reference: str
    transaction: str
    receipt: str | None = Field(description="Number of the receipt; null where there is none.")


class MoneySum(Wire):
    """How many, and how much."""

    which: str = Field(description="State of orders, or channel.")
    currency: str
    count: int
    amount: int = Field(description=MINOR)


class ReceiptSpan(Wire):
    """The receipts of a day."""

    count: int
    first: str | None
    last: str | None


class ReconciledPayment(PaymentNote):
    """Money, with whose it is."""

    dossier: str = Field(description="Code.")
    reference: str


class StatementNote(Wire):
    """A line of the platform's statement."""

    transaction: str
    reference: str
    amount: int
    currency: str
    paid_at: str = Field(examples=[TIME])


class Difference(Wire):
    """A transaction that is told differently."""

    statement: StatementNote
    payment: ReconciledPayment


class Comparison(Wire):
    """Payments of the platform beside its statement."""

    agrees: bool
    agree: int = Field(description="How many lines agree.")
    missing_here: list[StatementNote]
    missing_there: list[ReconciledPayment]
    differ: list[Difference]


class CallbackNote(Wire):
    """A call of the platform of which something is to be looked at; its content is not kept."""

    sha256: str
    outcome: str = Field(examples=["payment-order-unknown"])
    came_at: str = Field(examples=[TIME])
    times: int
    reference: str | None
    transaction: str | None
    amount: int | None


class ReconciliationRun(Wire):
    """How the day was reconciled once."""

    made_at: str = Field(examples=[TIME])
    made_by: str | None = Field(description="Id of the officer; null for the service by itself.")
    source: Literal["platform", "upload"]
    statement_sha256: str
    agrees: bool
    counts: dict[str, int]


class ReconciliationDay(Wire):
    """Fees of an authority on a day of its own zone."""

    authority: str = Field(description="Code.")
    day: str = Field(examples=["2026-11-23"])
    due: str | None = Field(description="By when the day is to be reconciled.", examples=[TIME])
    orders: list[MoneySum] = Field(description="By state.")
    channels: list[MoneySum] = Field(description="What paid orders, by channel.")
    payments: list[ReconciledPayment]
    apart: list[ReconciledPayment] = Field(description="All that is kept apart and not given back, of any day.")
    refunds: list[RefundNote] = Field(description="Given back on this day.")
    receipts: ReceiptSpan
    callbacks: list[CallbackNote]
    comparison: Comparison | None = Field(description="Null where no statement was compared.")
    runs: list[ReconciliationRun]


class Remittance(Wire):
    """What an authority is to remit for a month."""

    authority: str = Field(description="Code.")
    month: str = Field(examples=["2026-11"])
    due: str | None = Field(description="By when; null at missions, whose rule was not found.", examples=[TIME])
    citation: str = Field(description="Empty at missions.")
    taken: list[MoneySum] = Field(description="By channel.")
    returned: list[MoneySum] = Field(description="Given back this month, by channel of the payment.")
    totals: dict[str, int] = Field(description="Taken less given back, by currency.")


MODELS: tuple[type[BaseModel], ...] = (
    DossierMoney,
    PaymentLink,
    PaymentHeard,
    ReconciliationDay,
    Remittance,
)
