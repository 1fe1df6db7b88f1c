"""`Payments`: what the API, the platform and jobs ask of fees, beside the commands. One object a process.

A callback is believed only by its signature, its time and its transaction; whatever comes twice is answered alike and
done once. What came is kept by its hash, with its outcome.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import structlog

from verifier.audit import Actor
from verifier.cases.desk import Cases, seen
from verifier.cases.kernel import Asker, system
from verifier.cases.paying import RecordPayment
from verifier.cases.records import Case
from verifier.cases.refunds import RecordRefund
from verifier.errors import BadRequest
from verifier.law_desk import answered
from verifier.payments.port import Platform, PlatformDown
from verifier.payments.records import (
    VND,
    Bill,
    Callback,
    CaseMoney,
    Channel,
    Notice,
    Order,
    Payment,
    Refund,
    RefundState,
)
from verifier.payments.references import read_reference
from verifier.storage.database import UnitOfWork
from verifier.storage.scope import SYSTEM, of
from verifier.workers.jobs import OFTEN, Job

NAME = "payments"
"""Of the service itself as who gives commands."""
LINK_LASTS = timedelta(minutes=15)
"""How long an address at the platform is given again; then it is asked for another."""
ASK_AFTER = timedelta(minutes=10)
"""How long a callback is waited for before the platform is asked."""
ASK_FOR = timedelta(days=2)
"""How long after its address was given an order is asked about."""

UNREAD_WITHIN, MOST_UNREAD = timedelta(days=1), 1000
"""Anybody may call: so many bodies that are not believed are kept, each by its hash; the rest is only counted."""
OF_THE_REST = hashlib.sha256().hexdigest()
"""Under which the rest is counted: that of an empty body."""
NOTES_OF_MISMATCH = frozenset({"amount", "currency", "payee"})

log = structlog.get_logger("verifier.payments")


@dataclass(frozen=True)
class Link:
    """Where an order is paid."""

    url: str
    reference: str
    amount: int
    currency: str


@dataclass(frozen=True)
class Heard:
    """What became of what the platform told; the same whenever it tells it again."""

    outcome: str
    """`recorded`, `mismatch`, `surplus`, `refunded` or `not-paid`."""
    reference: str
    transaction: str
    receipt: str = ""
    """Number of the receipt; empty where there is none."""


class Payments:
    """Fees, beside the commands on dossiers."""

    def __init__(self, cases: Cases, platform: Platform | None = None) -> None:
        """Without `platform` nothing is paid online."""
        self._cases, self._platform = cases, platform
        self._database, self._clock, self._book = cases.house.database, cases.house.clock, cases.house.book

    @property
    def online(self) -> bool:
        """Whether fees can be paid on the payment platform."""
        return self._platform is not None

    # --- of one dossier ----------------------------------------------------------------------------------------------

    def of_case(self, asker: Asker, case: UUID) -> CaseMoney:
        """Return all money of a dossier that the asker sees; BadRequest `not-found`."""
        with self._database.unit(asker.scope) as unit:
            return unit.payments.of_case(seen(unit, asker, case).id)

    def link(self, asker: Asker, case: UUID) -> Link:
        """Return where the open order is paid online.

        BadRequest `not-found`, `fee-not-due`, `no-online-payment` where this service or currency has none,
        `payment-platform-down`.
        """
        now = self._clock()
        with self._database.unit(asker.scope) as unit:
            found = seen(unit, asker, case)
            order = unit.payments.of_case(case).open
            if order is None:
                raise BadRequest("fee-not-due")
            bill = self._bill(unit, found, order)
        if self._platform is None or order.currency != VND:
            raise BadRequest("no-online-payment")
        url = order.link if order.link and order.link_at and now - order.link_at < LINK_LASTS else ""
        if not url:
            url = self._created(self._platform, bill, now)
            with self._database.unit(of(order.authority_id)) as unit:
                if not unit.payments.link_order(order, url, now):
                    raise BadRequest("fee-not-due")
        return Link(url, order.reference, order.amount, order.currency)

    def _created(self, platform: Platform, bill: Bill, now: datetime) -> str:
        try:
            return platform.create(bill, now)
        except PlatformDown as down:
            log.warning("payment platform down", reason=str(down))
            raise BadRequest("payment-platform-down", str(down)) from None

    def _bill(self, unit: UnitOfWork, case: Case, order: Order) -> Bill:
        payee = unit.authorities.get(order.authority_id)
        with answered():
            procedure = self._book.at(case.law_day).procedure(case.procedure)
        who = case.applicant
        return Bill(
            order,
            case.code,
            procedure.national_ids[0].id if procedure.national_ids else procedure.id,
            procedure.name.vi,
            who.name,
            who.id_number,
            who.address,
            payee.code if payee else "",
            payee.name_vi if payee else "",
            who.lang,
        )

    # --- what the platform tells -------------------------------------------------------------------------------------

    def called(self, body: bytes) -> Heard:
        """Take a callback in.

        BadRequest `no-online-payment`; `callback-malformed`, `callback-signature`, `callback-stale`,
        `callback-not-ours`; and as `heard`. Whatever comes is kept by its hash.
        """
        now, notice = self._clock(), None
        if self._platform is None:
            raise BadRequest("no-online-payment")
        try:
            notice = self._platform.read(body, now)
            heard = self.heard(notice)
        except BadRequest as refusal:
            self._keep(body, refusal.problem.code, notice, now)
            raise
        self._keep(body, heard.outcome, notice, now)
        return heard

    def heard(self, notice: Notice) -> Heard:
        """Do what a notice of the platform asks for, once.

        BadRequest `payment-order-unknown`; `payment-contradicts` where this transaction was told otherwise before;
        `payment-unknown` and `refund-not-approved` of a refund.
        """
        if notice.kind == "refunded":
            return self._given_back(notice)
        if known := self._answer(notice):
            return known
        order = self._order(notice)
        if notice.kind == "failed":
            return Heard("not-paid", notice.reference, notice.transaction)
        said = RecordPayment(
            order=order.id,
            transaction=notice.transaction,
            amount=notice.amount,
            currency=notice.currency,
            payee=notice.payee,
            paid_at=notice.at,
        )
        try:
            self._cases.do(self._asker(order.case_id, order.authority_id), order.case_id, said)
        except BadRequest as refusal:
            if refusal.problem.code != "payment-known":  # else somebody was told the same at the same time
                raise
        found = self._answer(notice)
        if found is None:
            raise LookupError(f"payment {notice.transaction} is gone")
        return found

    def _answer(self, notice: Notice) -> Heard | None:
        """Return what was answered of a transaction before; BadRequest `payment-contradicts`."""
        with self._database.unit(SYSTEM) as unit:
            payment = unit.payments.payment_told(Channel.PLATFORM.value, notice.transaction)
            if payment is None:
                return None
            order, receipt = unit.payments.order(payment.order_id), unit.payments.receipt_of(payment.id)
        same = (payment.amount, payment.currency) == (notice.amount, notice.currency)
        if notice.kind != "paid" or not same or order is None or order.reference != _quoted(notice):
            raise BadRequest("payment-contradicts", notice.transaction)
        return Heard(_outcome(payment), order.reference, payment.transaction, receipt.text if receipt else "")

    def _order(self, notice: Notice) -> Order:
        with self._database.unit(SYSTEM) as unit:
            order = unit.payments.order_quoted(_quoted(notice))
        if order is None:
            raise BadRequest("payment-order-unknown")
        return order

    def _given_back(self, notice: Notice) -> Heard:
        """Note that the platform gave back what two people approved.

        Where somebody is told of it, or of one alike, at the same time, it is looked again for one that is left.
        """
        while refund := self._approved(notice):
            said = RecordRefund(refund=refund.id, transaction=notice.transaction)
            try:
                self._cases.do(self._asker(refund.case_id, refund.authority_id), refund.case_id, said)
            except BadRequest as refusal:
                if refusal.problem.code != "refund-not-approved":
                    raise
        return Heard("refunded", notice.reference, notice.transaction)

    def _approved(self, notice: Notice) -> Refund | None:
        """Return the approved refund that a notice tells of; None where it is noted already.

        BadRequest `payment-unknown`, `refund-not-approved`.
        """
        with self._database.unit(SYSTEM) as unit:
            payment = unit.payments.payment_told(Channel.PLATFORM.value, notice.original)
            if payment is None:
                raise BadRequest("payment-unknown", notice.original)
            refunds = [one for one in unit.payments.of_case(payment.case_id).refunds if one.payment_id == payment.id]
        if any(one.state == RefundState.DONE and one.transaction == notice.transaction for one in refunds):
            return None
        wanted = (RefundState.APPROVED.value, notice.amount, notice.currency)
        refund = next((one for one in refunds if (one.state, one.amount, one.currency) == wanted), None)
        if refund is None:
            raise BadRequest("refund-not-approved", notice.original)
        return refund

    def _asker(self, case: UUID, payee: UUID) -> Asker:
        """Return the service itself, for the authority that is paid wherever the dossier is by now."""
        with self._database.unit(SYSTEM) as unit:
            found = unit.cases.get(case)
        if found is None:
            raise BadRequest("payment-order-unknown")
        asker = system(NAME, found)
        if payee == found.intake_id != found.authority_id:
            return replace(asker, scope=of(payee), actor=Actor("system", NAME, authority_id=payee))
        return asker

    def _keep(self, body: bytes, outcome: str, notice: Notice | None, now: datetime) -> None:
        """Keep that something came: its hash, never its content, and of signed ones whose it is."""
        told = Callback(uuid4(), hashlib.sha256(body).hexdigest(), now, outcome, now)
        with self._database.unit(SYSTEM) as unit:
            if notice is None and unit.payments.unread_callbacks(now - UNREAD_WITHIN) >= MOST_UNREAD:
                told = replace(told, sha256=OF_THE_REST)
            if notice:
                order = unit.payments.order_quoted(_quoted(notice))
                payment = unit.payments.payment_told(Channel.PLATFORM.value, notice.original or notice.transaction)
                told = replace(
                    told,
                    authority_id=order.authority_id if order else _payee(unit, notice),
                    case_id=order.case_id if order else None,
                    payment_id=payment.id if payment else None,
                    reference=notice.reference,
                    transaction=notice.transaction,
                    amount=notice.amount,
                )
            unit.payments.note_callback(told)

    @property
    def job(self) -> Job:
        """The recurring job: callbacks that were lost."""
        return Job("ask-payments", OFTEN, self.ask_open)

    def ask_open(self, now: datetime) -> int:
        """Ask the platform about orders of which no callback came; return how many were asked about."""
        if self._platform is None:
            return 0
        with self._database.unit(SYSTEM) as unit:
            orders = unit.payments.orders_to_ask(now - ASK_FOR, now - ASK_AFTER)
        asked = 0
        for order in orders:
            try:
                notices = self._platform.query(order.reference, now)
            except PlatformDown as down:
                log.warning("payment platform down", reason=str(down))
                break
            asked += 1
            self._take(order, notices, now)
        return asked

    def _take(self, order: Order, notices: Iterable[Notice], now: datetime) -> None:
        for notice in notices:
            try:
                self.heard(notice)
            except BadRequest as refusal:
                log.warning("notice of the payment platform refused", order=str(order.id), code=refusal.problem.code)
        with self._database.unit(SYSTEM) as unit:
            unit.payments.note_asked(order, now)


def _quoted(notice: Notice) -> str:
    """Return the reference of a notice as it is kept; what is none is looked for as it is."""
    return read_reference(notice.reference) or notice.reference


def _outcome(payment: Payment) -> str:
    """Return what was answered of a payment when it came."""
    if not payment.note:
        return "recorded"
    return "mismatch" if payment.note in NOTES_OF_MISMATCH else "surplus"


def _payee(unit: UnitOfWork, notice: Notice) -> UUID | None:
    found = unit.authorities.by_code(notice.payee)
    return found.id if found else None
