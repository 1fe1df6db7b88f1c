"""Repository of fees: orders, payments, receipts with numbers without a gap, refunds, callbacks, reconciliations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from verifier.errors import BadRequest
from verifier.payments.records import (
    Callback,
    Carried,
    CaseMoney,
    Order,
    OrderLine,
    Payment,
    Receipt,
    Reconciliation,
    Refund,
)
from verifier.storage.parts import parts
from verifier.storage.rows import records, touched, values
from verifier.storage.scope import Scope
from verifier.storage.tables import (
    CaseRow,
    PaymentCallbackRow,
    PaymentCarriedRow,
    PaymentCounterRow,
    PaymentOrderRow,
    PaymentReceiptRow,
    PaymentReconciliationRow,
    PaymentRefundRow,
    PaymentRow,
)
from verifier.storage.tables.base import NOBODY

R = TypeVar("R")


class Payments:
    """The tables `payment_…`: what the scope's authority collects, and what belongs to dossiers that it sees.

    Whoever changes money of a dossier holds the dossier first.
    """

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session, self._scope = session, scope

    # --- of one dossier -----------------------------------------------------------------------------------------------

    def of_case(self, case: UUID, *, carries: bool = True) -> CaseMoney:
        """Return all money of a dossier, oldest first; `carries`: whether its fee may count for another dossier."""
        return CaseMoney(
            self._orders(PaymentOrderRow.case_id == case),
            self._records(Payment, PaymentRow, PaymentRow.recorded_at, PaymentRow.case_id == case),
            self._records(Receipt, PaymentReceiptRow, PaymentReceiptRow.issued_at, PaymentReceiptRow.case_id == case),
            self._records(Refund, PaymentRefundRow, PaymentRefundRow.asked_at, PaymentRefundRow.case_id == case),
            *(self.carried(case) if carries else ()),
        )

    def carried(self, case: UUID) -> tuple[Carried | None, Carried | None]:
        """Return the fee of an earlier dossier that counts for this one, and where this one's counts for a later."""
        row = PaymentCarriedRow
        found = self._records(Carried, row, row.made_at, or_(row.case_id == case, row.earlier_id == case))
        own = {one.case_id == case: one for one in found}
        return own.get(True), own.get(False)

    def add_carried(self, one: Carried) -> None:
        """Store that a fee counts for another dossier; BadRequest `earlier-used` where it does already."""
        try:
            with self._session.begin_nested():
                self._session.add(PaymentCarriedRow(**values(one)))
                self._session.flush()
        except IntegrityError as clash:
            if "payment_carried_once" not in str(clash.orig):
                raise
            raise BadRequest("earlier-used", one.earlier_code, field="continues") from None

    def add_order(self, order: Order) -> None:
        """Store a new order; its dossier has no other open one."""
        self._session.add(PaymentOrderRow(**(values(order) | {"lines": [asdict(one) for one in order.lines]})))
        self._session.flush()

    def order(self, id_: UUID) -> Order | None:
        """Find an order by id."""
        return next(iter(self._orders(PaymentOrderRow.id == id_)), None)

    def order_quoted(self, reference: str) -> Order | None:
        """Find an order by what the payer quotes."""
        return next(iter(self._orders(PaymentOrderRow.reference == reference)), None)

    def close_order(self, order: Order, state: str, at: datetime, **told: Any) -> bool:
        """Close an open order; False where it is open no more."""
        row = PaymentOrderRow
        wanted = update(row).where(row.id == order.id, row.state == "open")
        return touched(self._session, wanted.values(state=state, closed_at=at, **told))

    def cancel_open(self, case: UUID, at: datetime, ground: str) -> None:
        """Cancel what is open of a dossier that is held, if anything is."""
        row = PaymentOrderRow
        wanted = update(row).where(row.case_id == case, row.state == "open")
        self._session.execute(wanted.values(state="cancelled", closed_at=at, ground=ground))

    def link_order(self, order: Order, link: str, at: datetime) -> bool:
        """Note where an open order is paid; False where it is open no more."""
        row = PaymentOrderRow
        wanted = update(row).where(row.id == order.id, row.state == "open")
        return touched(self._session, wanted.values(link=link, link_at=at))

    def orders_to_ask(self, since: datetime, before: datetime, limit: int = 100) -> tuple[Order, ...]:
        """Return open orders whose link was given between two instants, and that were not asked about meanwhile."""
        row = PaymentOrderRow
        quiet = or_(row.asked_at.is_(None), row.asked_at < before)
        which = (row.state == "open", row.link != "", row.link_at >= since, row.link_at < before, quiet)
        wanted = parts(self._scope, row, *which).order_by(row.asked_at.nulls_first(), row.link_at).limit(limit)
        return tuple(_order(one) for one in self._session.scalars(wanted))

    def paid_online(self, since: datetime) -> frozenset[UUID]:
        """Return the authorities of which orders were given a link since an instant."""
        row = PaymentOrderRow
        wanted = select(row.authority_id).where(row.link_at >= since).distinct()
        return frozenset(self._session.scalars(wanted))

    def note_asked(self, order: Order, at: datetime) -> None:
        """Note that the platform was asked about an order."""
        self._session.execute(update(PaymentOrderRow).where(PaymentOrderRow.id == order.id).values(asked_at=at))

    def add_payment(self, payment: Payment) -> None:
        """Store money that came; BadRequest `payment-known` where another dossier took its transaction just now."""
        try:
            with self._session.begin_nested():
                self._session.add(PaymentRow(**values(payment)))
                self._session.flush()
        except IntegrityError as clash:
            if "payment_by_" not in str(clash.orig):
                raise
            raise BadRequest("payment-known") from None

    def payment(self, id_: UUID) -> Payment | None:
        """Find a payment by id."""
        return next(iter(self._payments(PaymentRow.id == id_)), None)

    def payment_told(self, channel: str, transaction: str, authority: UUID | None = None) -> Payment | None:
        """Find a payment by the id of the platform, or of the bank of an authority."""
        which = [PaymentRow.channel == channel, PaymentRow.transaction == transaction]
        if authority:
            which.append(PaymentRow.authority_id == authority)
        return next(iter(self._payments(*which)), None)

    def change_payment(self, id_: UUID, state: str) -> None:
        """Note what is to be thought of a payment whose dossier is held."""
        self._session.execute(update(PaymentRow).where(PaymentRow.id == id_).values(state=state))

    def next_receipt(self, authority: UUID, symbol: str, year: int) -> int:
        """Take the next number of receipts; others wait until the unit ends, and none is gone where it fails."""
        fresh = insert(PaymentCounterRow).values(authority_id=authority, symbol=symbol, year=year, last=1)
        counted = fresh.on_conflict_do_update(
            index_elements=["authority_id", "symbol", "year"], set_={"last": PaymentCounterRow.last + 1}
        )
        return int(self._session.execute(counted.returning(PaymentCounterRow.last)).scalar_one())

    def add_receipt(self, receipt: Receipt) -> None:
        """Store a receipt."""
        self._session.add(PaymentReceiptRow(**values(receipt)))
        self._session.flush()

    def receipt_of(self, payment: UUID) -> Receipt | None:
        """Find the receipt of a payment."""
        row = PaymentReceiptRow
        return next(iter(self._records(Receipt, row, row.issued_at, row.payment_id == payment)), None)

    def add_refund(self, refund: Refund) -> None:
        """Store a refund that is asked for."""
        self._session.add(PaymentRefundRow(**values(refund)))
        self._session.flush()

    def change_refund(self, refund: Refund, **told: Any) -> bool:
        """Change a refund that stands as in `refund`; False where it does not."""
        row = PaymentRefundRow
        return touched(self._session, update(row).where(row.id == refund.id, row.state == refund.state).values(**told))

    # --- callbacks ----------------------------------------------------------------------------------------------------

    def note_callback(self, one: Callback) -> None:
        """Keep what came; where this body came and ended so before, count it."""
        row = PaymentCallbackRow
        fresh = insert(row).values(**values(one))
        again = {"times": row.times + 1, "last_at": fresh.excluded.last_at}
        self._session.execute(fresh.on_conflict_do_update(constraint="payment_callback_body", set_=again))

    def unread_callbacks(self, since: datetime) -> int:
        """Count the bodies that nobody signed, or that nobody could read, which came first since an instant."""
        row = PaymentCallbackRow
        wanted = select(func.count()).where(row.came_at >= since, row.authority_id.is_(None), row.reference == "")
        return int(self._session.execute(wanted).scalar_one())

    def callbacks(self, since: datetime, until: datetime) -> tuple[Callback, ...]:
        """Return what came from one instant up to another, oldest first."""
        row = PaymentCallbackRow
        which = (row.came_at >= since, row.came_at < until)
        wanted = select(row).where(*which).order_by(row.came_at)
        if not self._scope.everything:
            wanted = wanted.where(row.authority_id == (self._scope.authority or NOBODY))
        return records(Callback, self._session.scalars(wanted))

    # --- by day -------------------------------------------------------------------------------------------------------

    def orders_between(self, authority: UUID, since: datetime, until: datetime) -> tuple[Order, ...]:
        """Return what an authority demanded, oldest first."""
        row = PaymentOrderRow
        return self._orders(row.authority_id == authority, row.made_at >= since, row.made_at < until)

    def payments_between(self, authority: UUID, since: datetime, until: datetime) -> tuple[Payment, ...]:
        """Return what came to an authority, by when it was paid."""
        row = PaymentRow
        return self._payments(row.authority_id == authority, row.paid_at >= since, row.paid_at < until)

    def payments_apart(self, authority: UUID) -> tuple[Payment, ...]:
        """Return money that is kept apart, whenever it came."""
        return self._payments(PaymentRow.authority_id == authority, PaymentRow.state.in_(("mismatch", "surplus")))

    def named(self, payments: Iterable[UUID]) -> Mapping[UUID, tuple[str, str]]:
        """Return the dossier's code and the order's reference of each payment, by its id."""
        row = PaymentRow
        wanted = select(row.id, CaseRow.code, PaymentOrderRow.reference).where(
            row.id.in_(list(payments)), CaseRow.id == row.case_id, PaymentOrderRow.id == row.order_id
        )
        return {found[0]: (found[1], found[2]) for found in self._session.execute(wanted)}

    def codes(self, cases: Iterable[UUID]) -> Mapping[UUID, str]:
        """Return the codes of dossiers, by id."""
        wanted = select(CaseRow.id, CaseRow.code).where(CaseRow.id.in_(list(cases)))
        return {found[0]: found[1] for found in self._session.execute(wanted)}

    def receipts_between(self, authority: UUID, since: datetime, until: datetime) -> tuple[Receipt, ...]:
        """Return receipts of an authority, oldest first."""
        row = PaymentReceiptRow
        which = (row.authority_id == authority, row.issued_at >= since, row.issued_at < until)
        return self._records(Receipt, row, row.number, *which)

    def refunds_between(self, authority: UUID, since: datetime, until: datetime) -> tuple[Refund, ...]:
        """Return what an authority gave back, oldest first."""
        row = PaymentRefundRow
        which = (row.authority_id == authority, row.done_at >= since, row.done_at < until)
        return self._records(Refund, row, row.done_at, *which)

    def add_reconciliation(self, one: Reconciliation) -> None:
        """Keep that a day was reconciled."""
        self._session.add(PaymentReconciliationRow(**values(one)))
        self._session.flush()

    def reconciliations(self, authority: UUID, day: date) -> tuple[Reconciliation, ...]:
        """Return how a day was reconciled, oldest first."""
        row = PaymentReconciliationRow
        which = (row.authority_id == authority, row.day == day)
        wanted = select(row).where(*which).order_by(row.made_at, row.id)
        return records(Reconciliation, self._session.scalars(wanted))

    # --- how ----------------------------------------------------------------------------------------------------------

    def _orders(self, *which: ColumnElement[bool]) -> tuple[Order, ...]:
        row = PaymentOrderRow
        found = self._session.scalars(parts(self._scope, row, *which).order_by(row.made_at, row.id))
        return tuple(_order(one) for one in found)

    def _payments(self, *which: ColumnElement[bool]) -> tuple[Payment, ...]:
        return self._records(Payment, PaymentRow, PaymentRow.paid_at, *which)

    def _records(self, kind: type[R], row: Any, by: Any, *which: ColumnElement[bool]) -> tuple[R, ...]:
        return records(kind, self._session.scalars(parts(self._scope, row, *which).order_by(by, row.id)))


def _order(row: Any) -> Order:
    told = {name: getattr(row, name) for name in Order.__dataclass_fields__}
    return Order(**{**told, "lines": tuple(OrderLine(**one) for one in row.lines)})
