"""`Days`: fees by day and month, for officers and for the daily job: reconciliation, and what is to be remitted."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import date, datetime, time, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import structlog

from verifier.audit import Actor, Detail, Event
from verifier.cases.kernel import Asker, CaseHouse
from verifier.errors import BadRequest
from verifier.law.records import NoAnswer
from verifier.law_desk import answered
from verifier.payments.port import Platform, PlatformDown
from verifier.payments.reconciling import QUIET, Day, Matched, Month, compared, is_fee, read_statement, summed
from verifier.payments.records import Channel, Payment, Reconciliation, StatementLine
from verifier.storage.authorities import Authority
from verifier.storage.database import UnitOfWork
from verifier.storage.scope import SYSTEM, of
from verifier.workers.jobs import HOURLY, Job

RECONCILED = "payments-reconciled"
"""Event of the audit log; its subject is the authority."""
ONLINE = timedelta(days=60)
"""An authority of which somebody was led to the platform within this time is reconciled by itself."""
PLATFORM_DOWN = "payment-platform-down"
BEFORE_CLOSING = timedelta(minutes=30)
"""How long before the office closes the day's statement is asked for."""

log = structlog.get_logger("verifier.payments")


class Days:
    """Fees of an authority by day."""

    def __init__(self, house: CaseHouse, platform: Platform | None = None) -> None:
        self._house, self._platform = house, platform

    # --- what officers ask -------------------------------------------------------------------------------------------

    def day(self, asker: Asker, day: date) -> Day:
        """Return a day of the asker's authority as it stands now, compared with nothing."""
        with self._house.database.unit(asker.scope) as unit:
            return self._day(unit, _own(unit, asker), day)

    def month(self, asker: Asker, month: date) -> Month:
        """Return what the asker's authority is to remit for the month in which a day lies.

        By when is the rule of collectors at home (Circular 157/2016/TT-BTC); that of missions was not found.
        """
        first = month.replace(day=1)
        with self._house.database.unit(asker.scope) as unit:
            authority = _own(unit, asker)
            since, until = _span(authority, first)[0], _span(authority, _next_month(first))[0]
            payments = unit.payments.payments_between(authority.id, since, until)
            refunds = unit.payments.refunds_between(authority.id, since, until)
            origins = {one.id: unit.payments.payment(one.payment_id) for one in refunds}
        due, citation = None, ""
        if authority.kind != "mission":
            with answered():
                term = self._house.book.at(first).term("fee-remittance", since, authority.code)
            due, citation = term.due, term.basis.citation
        channels = {id_: one.channel for id_, one in origins.items() if one and is_fee(one)}
        taken = summed([one for one in payments if is_fee(one)], lambda one: (one.channel, one.currency))
        back = (one for one in refunds if one.id in channels)
        returned = summed(back, lambda one: (channels[one.id], one.currency))
        return Month(authority.code, first, due, citation, taken, returned)

    def reconcile(self, asker: Asker, day: date, statement: bytes | None = None) -> Day:
        """Hold a day against a statement brought as CSV, or else that of the platform, and keep how it came out.

        BadRequest `statement-unclear`, `no-online-payment`, `payment-platform-down`, `day-not-over` for a day to come.
        """
        now = self._house.clock()
        with self._house.database.unit(asker.scope) as unit:
            authority = _own(unit, asker)
        if _span(authority, day)[0] > now:
            raise BadRequest("day-not-over", day.isoformat())
        lines: Sequence[StatementLine]
        if statement is not None:
            lines, source = read_statement(statement), "upload"
            digest = hashlib.sha256(statement).hexdigest()
        else:
            lines, source = self._asked(authority, day, now), "platform"
            digest = _digest(lines)
        return self._reconciled(asker, authority, day, lines, source, digest, now)

    # --- what the job does -------------------------------------------------------------------------------------------

    @property
    def job(self) -> Job:
        """The recurring job: every day is reconciled."""
        return Job("reconcile-payments", HOURLY, self.reconcile_due)

    def reconcile_due(self, now: datetime) -> int:
        """Reconcile yesterday, and today once the office is about to close, wherever somebody pays online.

        Return how many days were reconciled.
        """
        if self._platform is None:
            return 0
        with self._house.database.unit(SYSTEM) as unit:
            found = (unit.authorities.get(id_) for id_ in sorted(unit.payments.paid_online(now - ONLINE)))
            wanted = [(one, day) for one in found if one for day in self._due(unit, one, now)]
        done = 0
        for authority, day in wanted:
            asker = _system(authority)
            try:
                self.reconcile(asker, day)
            except BadRequest as refusal:
                log.warning("day not reconciled", authority=authority.code, day=str(day), code=refusal.problem.code)
                if refusal.problem.code == PLATFORM_DOWN:  # for all, and asked again in an hour
                    break
                continue
            done += 1
        return done

    def _due(self, unit: UnitOfWork, authority: Authority, now: datetime) -> list[date]:
        """Return the days of an authority that nobody has reconciled since they could be."""
        today = now.astimezone(ZoneInfo(authority.time_zone)).date()
        ready = {today - timedelta(days=1): _span(authority, today)[0]}
        try:
            closes = self._house.book.calendars.of(authority.code).closes(today)
        except NoAnswer:  # no calendar is known, or not of this year: the day is closed by the morning after
            closes = None
        if closes and now >= closes - BEFORE_CLOSING:
            ready[today] = closes - BEFORE_CLOSING
        runs = {day: unit.payments.reconciliations(authority.id, day) for day in ready}
        return [day for day, since in ready.items() if not any(one.made_at >= since for one in runs[day])]

    # --- how ---------------------------------------------------------------------------------------------------------

    def _asked(self, authority: Authority, day: date, now: datetime) -> Sequence[StatementLine]:
        if self._platform is None:
            raise BadRequest("no-online-payment")
        try:
            return self._platform.statement(authority.code, day, now)
        except PlatformDown as down:
            log.warning("payment platform down", reason=str(down))
            raise BadRequest(PLATFORM_DOWN, str(down)) from None

    def _reconciled(
        self,
        asker: Asker,
        authority: Authority,
        day: date,
        lines: Sequence[StatementLine],
        source: str,
        digest: str,
        now: datetime,
    ) -> Day:
        with self._house.database.unit(asker.scope) as unit:
            found = self._day(unit, authority, day)
            matched = self._matched(unit, found, lines)
            run = Reconciliation(
                uuid4(), authority.id, day, source, digest, matched.agrees, matched.counts, now, asker.person
            )
            unit.payments.add_reconciliation(run)
            told: dict[str, Detail] = {
                "day": day.isoformat(),
                "source": source,
                "agrees": matched.agrees,
                **matched.counts,
            }
            unit.audit.append(
                Event("authority", str(authority.id), RECONCILED, asker.actor, now, authority.id, details=told)
            )
        return replace(found, matched=matched, runs=(*found.runs, run))

    def _matched(self, unit: UnitOfWork, found: Day, lines: Sequence[StatementLine]) -> Matched:
        ours = {one.transaction for one in found.payments}
        others: dict[str, Payment] = {}
        for line in lines:
            if line.transaction not in ours:
                one = unit.payments.payment_told(Channel.PLATFORM.value, line.transaction)
                others |= {line.transaction: one} if one else {}
        return compared(found.payments, lines, others)

    def _day(self, unit: UnitOfWork, authority: Authority, day: date) -> Day:
        since, until = _span(authority, day)
        with answered():
            term = self._house.book.at(day).term("payment-reconciliation", since, authority.code)
        came = [one for one in unit.payments.callbacks(since, until) if one.outcome not in QUIET]
        payments = unit.payments.payments_between(authority.id, since, until)
        apart = unit.payments.payments_apart(authority.id)
        orders = unit.payments.orders_between(authority.id, since, until)
        refunds = unit.payments.refunds_between(authority.id, since, until)
        cases = {*(one.case_id for one in orders), *(one.case_id for one in refunds)}
        cases |= {one.case_id for one in came if one.case_id}
        return Day(
            authority.code,
            day,
            term.due,
            orders,
            payments,
            apart,
            refunds,
            unit.payments.receipts_between(authority.id, since, until),
            tuple(came),
            unit.payments.named([*(one.id for one in (*payments, *apart)), *(one.payment_id for one in refunds)]),
            unit.payments.codes(cases),
            runs=unit.payments.reconciliations(authority.id, day),
        )


def _own(unit: UnitOfWork, asker: Asker) -> Authority:
    found = unit.authorities.get(asker.scope.authority) if asker.scope.authority else None
    if found is None:
        raise BadRequest("not-allowed")
    return found


def _system(authority: Authority) -> Asker:
    actor = Actor("system", "payments", authority_id=authority.id)
    return Asker("system:payments", of(authority.id), actor, frozenset())


def _span(authority: Authority, day: date) -> tuple[datetime, datetime]:
    """Return the first moments of a day and of the next, in the authority's zone."""
    zone = ZoneInfo(authority.time_zone)
    return datetime.combine(day, time(), zone), datetime.combine(day + timedelta(days=1), time(), zone)


def _next_month(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)


def _digest(lines: Sequence[StatementLine]) -> str:
    told = [{**asdict(one), "paid_at": one.paid_at.isoformat()} for one in lines]
    return hashlib.sha256(json.dumps(told, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
