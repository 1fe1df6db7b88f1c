"""The tracking book (sổ theo dõi hồ sơ, form 07 of Circular 03/2025/TT-VPCP): one row a dossier, out of its own times.

Nobody keeps it by hand: it is read from the dossiers whenever it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from uuid import UUID
from zoneinfo import ZoneInfo

from verifier.accounts.caller import Caller
from verifier.audit import Detail, Event
from verifier.cases.records import Case
from verifier.cases.statuses import statuses
from verifier.cases.ways import ways as own_ways
from verifier.errors import BadRequest
from verifier.law.book import LawBook
from verifier.law.letters import shown
from verifier.law.records import NoAnswer
from verifier.register.drawing import Paper, Row, chunks, joined
from verifier.register.words import said
from verifier.signing.acts.house import READERS, asking
from verifier.storage.authorities import Authority
from verifier.storage.database import Database, UnitOfWork
from verifier.storage.notices import Delivery

FORM = "tracking-book"
LONGEST = timedelta(days=366)
"""Of a period."""
MOST = 20_000
"""Dossiers of one answer."""
PAGE = 1000
READ = ("applicant", "address", "phone", "receiver")
"""Personal data in it, for the audit log."""
GIVEN = ("delivered", "refused", "refused-intake")
"""Statuses in which the applicant has an answer."""


@dataclass(frozen=True)
class Tracked:
    """A dossier as it stands in the tracking book; times are instants."""

    number: int
    """Within the period, from 1."""
    case: UUID
    code: str
    procedure: str
    name: str
    """Of the procedure, in Vietnamese."""
    sets: int
    applicant: str
    contact: str
    """Address and telephone."""
    agency: str
    """Which authority decides."""
    received: datetime
    due: datetime | None
    forwarded: datetime | None
    """Passed on to who decides."""
    back: datetime | None
    """The result came from there."""
    given: datetime | None
    way: str
    """How the result was given, in Vietnamese; before, how it is wanted."""
    receiver: str
    """Who signed for what was handed over, or the number of the postal item; empty for what was sent as a file."""
    status: str
    outcome: str
    """`before`, `on-time` or `late`; empty while it is open and not late, or where no time is set."""


class TrackingBook:
    """The tracking book of authorities. One object a process."""

    def __init__(self, database: Database, law: LawBook, clock: Callable[[], datetime]) -> None:
        self._database, self._law, self._clock = database, law, clock

    def rows(self, caller: Caller, since: date, until: date) -> tuple[Tracked, ...]:
        """Return the dossiers that were filed, or came by forwarding, from a day to another, both with.

        BadRequest `not-allowed`, `period-wrong` (upside down, or longer than a year), `period-too-large`.
        """
        authority = asking(caller, READERS).authority
        if not timedelta() <= until - since < LONGEST:
            raise BadRequest("period-wrong", f"{since} - {until}")
        zone = ZoneInfo(authority.time_zone)
        first = datetime.combine(since, time(), zone)
        last = datetime.combine(until + timedelta(days=1), time(), zone)
        with self._database.unit(caller.scope) as unit:
            writer = _Writer(self._law, unit, zone, self._clock())
            found = enumerate(_cases(unit, first, last), start=1)
            rows = tuple(writer.tracked(number, case, given) for number, (case, given) in found)
            details: dict[str, Detail] = {"from": str(since), "to": str(until), "count": len(rows)}
            unit.audit.append(_read(caller, authority, writer.now, details))
            return rows

    def printed(self, caller: Caller, since: date, until: date) -> bytes:
        """Print the tracking book of a period as PDF; BadRequest as `rows`."""
        authority = asking(caller, READERS).authority
        rows = self.rows(caller, since, until)
        paper = Paper(self._law, authority, self._clock())
        years = f"{since.year}" if since.year == until.year else f"{since.year}-{until.year}"
        day = min(until, paper.today)
        sheets = list(chunks((1, _row(one, paper)) for one in rows)) or [(1, [])]
        return joined([paper.drawn(FORM, day, {"year": years, "entries": held}) for _, held in sheets])


def outcome(done: datetime | None, due: datetime | None, now: datetime, zone: ZoneInfo) -> str:
    """Tell whether something was done early, on the day, or late; `late` too while it is open and overdue."""
    if due is None:
        return ""
    if (done or now) > due:
        return "late"
    if done is None:
        return ""
    return "on-time" if done.astimezone(zone).date() == due.astimezone(zone).date() else "before"


def _cases(unit: UnitOfWork, since: datetime, until: datetime) -> Iterator[tuple[Case, Sequence[Delivery]]]:
    """Give the dossiers of a period, each with what was received of its result."""
    last: Case | None = None
    taken = 0
    while page := unit.registers.dossiers(since, until, last, PAGE):
        taken += len(page)
        if taken > MOST:
            raise BadRequest("period-too-large", f"more than {MOST} dossiers", most=str(MOST))
        given = unit.notices.received([one.id for one in page if one.delivered_at])
        yield from ((one, given.get(one.id, ())) for one in page)
        last = page[-1]


def _read(caller: Caller, authority: Authority, now: datetime, details: Mapping[str, Detail]) -> Event:
    """Return the event that the tracking book, and with it personal data of many people, was read."""
    subject = f"{authority.code}/{FORM}"
    return Event(
        "register-book", subject, "tracking-book-read", caller.actor, now, authority.id, details=details, reads=READ
    )  # fmt: skip


@dataclass
class _Writer:
    law: LawBook
    unit: UnitOfWork
    zone: ZoneInfo
    now: datetime

    @cached_property
    def _authorities(self) -> dict[UUID, Authority | None]:
        return {}

    @cached_property
    def _said(self) -> dict[tuple[str, date], tuple[str, int, Mapping[str, str]]]:
        return {}

    def tracked(self, number: int, case: Case, given: Sequence[Delivery]) -> Tracked:
        """Return a dossier as a row; what was fetched once more after the result was given is left out."""
        given = [one for one in given if case.delivered_at and one.done_at and one.done_at <= case.delivered_at]
        name, sets, ways = self._procedure(case)
        ready = case.signed_at or (case.decided_at if case.outcome == "refused" else None)
        over = case.status in GIVEN
        done = ready or (case.ended_at if over else None)
        stopped = statuses()[case.status].final and not over
        return Tracked(
            number=number,
            case=case.id,
            code=case.code,
            procedure=case.procedure,
            name=name,
            sets=sets,
            applicant=case.applicant.name,
            contact=", ".join(one for one in (case.applicant.address, case.applicant.phone) if one),
            agency=self._agency(case.authority_id),
            received=case.filed_at,
            due=case.due_at,
            forwarded=case.forwarded_at or case.assigned_at,
            back=ready,
            given=case.delivered_at or (case.ended_at if over else None),
            way="; ".join(dict.fromkeys(own_ways()[one.way].words.vi for one in given)) or ways.get(case.delivery, ""),
            receiver="; ".join(
                filter(None, (one.proof.get("received_by") or one.proof.get("tracking") for one in given))
            ),
            status=case.status,
            outcome="" if stopped else outcome(done, case.due_at, self.now, self.zone),
        )

    def _agency(self, id_: UUID) -> str:
        if id_ not in self._authorities:
            self._authorities[id_] = self.unit.authorities.get(id_)
        found = self._authorities[id_]
        return found.name_vi if found else ""

    def _procedure(self, case: Case) -> tuple[str, int, Mapping[str, str]]:
        """Return name, sets and ways of delivery of the procedure by the law of the case."""
        key = (case.procedure, case.law_day)
        if key not in self._said:
            try:
                found = self.law.at(case.law_day).procedure(case.procedure)
                self._said[key] = found.name.vi, found.sets, {one.id: one.words.vi for one in found.delivery}
            except NoAnswer:
                self._said[key] = case.procedure, 1, {}
        return self._said[key]


def _row(one: Tracked, paper: Paper) -> Row:
    def local(at: datetime | None) -> datetime | None:
        return paper.local(at) if at else None

    ended = statuses()[one.status]
    notes = (said(one.outcome) if one.outcome == "late" else "", ended.words.vi if ended.final else "")
    told = {
        "number": one.number,
        "code": one.code,
        "procedure": shown(one.name),
        "sets": one.sets,
        "applicant": shown(one.applicant),
        "contact": shown(one.contact),
        "agency": shown(one.agency),
        "received": paper.local(one.received),
        "due": local(one.due),
        "forwarded": local(one.forwarded),
        "back": local(one.back),
        "given": paper.local(one.given).date() if one.given else None,
        "way": shown(one.way),
        "receiver": shown(one.receiver),
        "note": "; ".join(text for text in notes if text),
    }
    return {name: value for name, value in told.items() if value not in (None, "")}
