"""Tables of fees: orders, payments, receipts with their counters, refunds, callbacks, reconciliations."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from verifier.storage.tables.base import Base


class PaymentOrderRow(Base):
    """One order of payment; a dossier has one open order at most."""

    __tablename__ = "payment_order"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    authority_id: Mapped[UUID] = mapped_column(ForeignKey("authority.id"))
    reference: Mapped[str] = mapped_column(unique=True)
    state: Mapped[str]
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    total: Mapped[int] = mapped_column(BigInteger)
    credit: Mapped[int] = mapped_column(BigInteger)
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    when_paid: Mapped[str]
    law_sha256: Mapped[str]
    made_at: Mapped[datetime]
    made_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    due_at: Mapped[datetime | None]
    link: Mapped[str]
    link_at: Mapped[datetime | None]
    asked_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    exemption: Mapped[str]
    ground: Mapped[str]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    notice_id: Mapped[UUID | None]

    __table_args__ = (
        CheckConstraint("state in ('open', 'paid', 'exempt', 'cancelled')", name="payment_order_state"),
        CheckConstraint("amount = total - credit and amount >= 0 and credit >= 0", name="payment_order_amount"),
        Index("payment_order_of_case", "case_id"),
        Index("payment_order_open", "case_id", unique=True, postgresql_where="state = 'open'"),
        Index("payment_order_made", "authority_id", "made_at"),
        Index("payment_order_asked", "link_at", postgresql_where="state = 'open' and link <> ''"),
    )


class PaymentRow(Base):
    """Money that came; a transaction of the platform is there once, whoever's it is."""

    __tablename__ = "payment"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    order_id: Mapped[UUID] = mapped_column(ForeignKey("payment_order.id"))
    authority_id: Mapped[UUID] = mapped_column(ForeignKey("authority.id"))
    channel: Mapped[str]
    state: Mapped[str]
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    transaction: Mapped[str]
    paid_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    note: Mapped[str]

    __table_args__ = (
        CheckConstraint("channel in ('counter', 'platform', 'transfer')", name="payment_channel"),
        CheckConstraint("state in ('matched', 'mismatch', 'surplus', 'returned')", name="payment_state"),
        CheckConstraint("amount > 0", name="payment_amount"),
        CheckConstraint("channel = 'counter' or transaction <> ''", name="payment_transaction"),
        Index("payment_of_case", "case_id"),
        Index("payment_of_order", "order_id", unique=True, postgresql_where="state = 'matched'"),
        Index("payment_by_platform", "transaction", unique=True, postgresql_where="channel = 'platform'"),
        Index(
            "payment_by_transfer", "authority_id", "transaction", unique=True, postgresql_where="channel = 'transfer'"
        ),
        Index("payment_day", "authority_id", "paid_at"),
        Index("payment_apart", "authority_id", postgresql_where="state in ('mismatch', 'surplus')"),
    )


class PaymentReceiptRow(Base):
    """One receipt; a payment has one at most."""

    __tablename__ = "payment_receipt"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    authority_id: Mapped[UUID] = mapped_column(ForeignKey("authority.id"))
    symbol: Mapped[str]
    year: Mapped[int]
    number: Mapped[int]
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    order_id: Mapped[UUID] = mapped_column(ForeignKey("payment_order.id"))
    payment_id: Mapped[UUID] = mapped_column(ForeignKey("payment.id"), unique=True)
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    issued_at: Mapped[datetime]
    issued_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    record_id: Mapped[UUID | None]

    __table_args__ = (
        UniqueConstraint("authority_id", "symbol", "year", "number", name="payment_receipt_number"),
        CheckConstraint("number > 0", name="payment_receipt_counted"),
        Index("payment_receipt_of_case", "case_id"),
        Index("payment_receipt_day", "authority_id", "issued_at"),
    )


class PaymentCounterRow(Base):
    """The last number of receipts of an authority, a symbol and a year."""

    __tablename__ = "payment_counter"

    authority_id: Mapped[UUID] = mapped_column(ForeignKey("authority.id"), primary_key=True)
    symbol: Mapped[str] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int]


class PaymentRefundRow(Base):
    """Giving back; the database holds that who asked is not who decided."""

    __tablename__ = "payment_refund"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    payment_id: Mapped[UUID] = mapped_column(ForeignKey("payment.id"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    authority_id: Mapped[UUID] = mapped_column(ForeignKey("authority.id"))
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    state: Mapped[str]
    reason: Mapped[str]
    basis: Mapped[str]
    asked_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    asked_at: Mapped[datetime]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    note: Mapped[str]
    transaction: Mapped[str]
    done_at: Mapped[datetime | None]
    done_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))

    __table_args__ = (
        CheckConstraint("state in ('asked', 'approved', 'rejected', 'done')", name="payment_refund_state"),
        CheckConstraint("amount > 0", name="payment_refund_amount"),
        CheckConstraint("decided_by is null or decided_by <> asked_by", name="payment_refund_two_people"),
        CheckConstraint("(state = 'asked') = (decided_by is null)", name="payment_refund_decided"),
        Index("payment_refund_of_case", "case_id"),
        Index("payment_refund_of_payment", "payment_id"),
        Index("payment_refund_day", "authority_id", "done_at"),
    )


class PaymentCarriedRow(Base):
    """That the fee of a dossier that was given back counts for the one filed again: once, and of one dossier alone."""

    __tablename__ = "payment_carried"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), unique=True)
    earlier_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    authority_id: Mapped[UUID] = mapped_column(ForeignKey("authority.id"))
    code: Mapped[str]
    earlier_code: Mapped[str]
    count: Mapped[int]
    receipts: Mapped[tuple[str, ...]] = mapped_column(ARRAY(Text(), as_tuple=True))
    made_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("earlier_id", name="payment_carried_once"),
        CheckConstraint("count > 0", name="payment_carried_count"),
    )


class PaymentCallbackRow(Base):
    """What came from the platform, by hash; of nobody where it could not be told whose it is."""

    __tablename__ = "payment_callback"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    authority_id: Mapped[UUID | None] = mapped_column(ForeignKey("authority.id"))
    sha256: Mapped[str]
    came_at: Mapped[datetime]
    outcome: Mapped[str]
    last_at: Mapped[datetime]
    times: Mapped[int]
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("case_file.id"))
    payment_id: Mapped[UUID | None] = mapped_column(ForeignKey("payment.id"))
    reference: Mapped[str]
    transaction: Mapped[str]
    amount: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (
        UniqueConstraint("sha256", "outcome", name="payment_callback_body"),
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="payment_callback_sha256"),
        Index("payment_callback_day", "came_at"),
    )


class PaymentReconciliationRow(Base):
    """That a day was reconciled."""

    __tablename__ = "payment_reconciliation"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    authority_id: Mapped[UUID] = mapped_column(ForeignKey("authority.id"))
    day: Mapped[date]
    source: Mapped[str]
    statement_sha256: Mapped[str]
    agrees: Mapped[bool]
    counts: Mapped[dict[str, Any]]
    made_at: Mapped[datetime]
    made_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))

    __table_args__ = (
        CheckConstraint("source in ('platform', 'upload')", name="payment_reconciliation_source"),
        CheckConstraint("statement_sha256 ~ '^[0-9a-f]{64}$'", name="payment_reconciliation_sha256"),
        Index("payment_reconciliation_day", "authority_id", "day"),
    )
