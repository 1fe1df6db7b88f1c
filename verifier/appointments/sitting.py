"""One transaction at the desks of an authority: nobody else books, moves or closes there meanwhile."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from uuid import UUID

from verifier.appointments.lengths import Lengths
from verifier.appointments.records import Appointment, Desk, Slot
from verifier.appointments.slots import Office, Search, days_from, free, possible
from verifier.appointments.telling import News, Teller
from verifier.audit import Actor, Detail, Event
from verifier.cases.kernel import APPLICANT, Asker, CaseHouse
from verifier.cases.keys import Key, key_hash
from verifier.cases.records import Case
from verifier.errors import BadRequest
from verifier.law.calendars import Calendar
from verifier.law_desk import answered, calendar_of
from verifier.storage.appointments import Request
from verifier.storage.authorities import Authority
from verifier.storage.database import UnitOfWork
from verifier.storage.scope import of

SUBJECT = "appointment"
"""Kind of the subject in the audit log."""


@dataclass(frozen=True)
class Parts:
    """What appointments work with."""

    house: CaseHouse
    teller: Teller
    lengths: Lengths


@dataclass(frozen=True)
class Sitting:
    """The transaction, the authority, its desks (held unless only looked at), who asks, and when."""

    parts: Parts
    unit: UnitOfWork
    authority: Authority
    calendar: Calendar
    desks: tuple[Desk, ...]
    asker: Asker
    now: datetime

    @property
    def today(self) -> date:
        """The day at the authority."""
        return self.now.astimezone(self.calendar.zone).date()

    @property
    def last_day(self) -> date:
        """The last day on which anybody is booked."""
        return self.today + timedelta(days=self.parts.lengths.ahead)

    def desk(self, id_: UUID) -> Desk:
        """Return a desk of the authority; BadRequest `desk-unknown`."""
        found = next((one for one in self.desks if one.id == id_), None)
        if found is None:
            raise BadRequest("desk-unknown", str(id_))
        return found

    def office(self, days: Sequence[date]) -> Office:
        """Return the desks with what is closed and booked on some days that follow one another."""
        since, until = (self.midnight(day) for day in (days[0], days[-1] + timedelta(days=1)))
        closures = self.unit.appointments.closures(self.authority.id, since, until)
        booked = self.unit.appointments.booked(self.authority.id, since, until)
        return Office(self.calendar, self.desks, closures, booked)

    def midnight(self, day: date) -> datetime:
        """Return when a day begins at the authority."""
        return datetime.combine(day, time(), self.calendar.zone)

    def search(self, procedure: str, reason: str, originals: int) -> Search:
        """Return what to look for: applicants come with notice, officers book at once. BadRequest `field-wrong`."""
        lengths = self.parts.lengths
        earliest = self.now + lengths.notice if APPLICANT in self.asker.may else self.now
        return Search(procedure, lengths.of(reason, procedure, originals), lengths.grid, earliest)

    def offered(self, wanted: Search, first: date, count: int) -> tuple[Slot, ...]:
        """Return the free slots of some days; BadRequest as the calendar refuses."""
        days = days_from(first, count)
        with answered():
            return tuple(free(self.office(days), wanted, days))

    def received(self, first: date, count: int) -> bool:
        """Tell whether the office has hours on any of some days; BadRequest as the calendar refuses."""
        with answered():
            return any(list(self.calendar.hours(day)) for day in days_from(first, count))

    def slot(self, wanted: Search, starts_at: datetime, desk: UUID | None, moved: Appointment | None = None) -> Slot:
        """Return the slot that begins at an instant, at a desk where one is named, the own one first when moving.

        BadRequest `slot-unknown` where hours, grid, notice or the days ahead forbid it; `desk-unknown`; `slot-taken`.
        """
        in_time = wanted.earliest <= starts_at < self.midnight(self.last_day + timedelta(days=1))
        with answered():
            span = possible(self.calendar, starts_at, wanted) if in_time else None
        if span is None:
            raise BadRequest("slot-unknown", f"{starts_at.isoformat()} is no time at which anybody is received.")
        desks = [one for one in self.desks if one.serves(wanted.procedure) and desk in (None, one.id)]
        if not desks:
            raise BadRequest("desk-unknown", "No such desk serves this procedure.")
        office = self.office([span[0].date()])
        office = office.without(moved.id) if moved else office
        desks.sort(key=lambda one: (moved is not None and one.id != moved.desk_id, one.number))
        for one in desks:
            if office.takes(one, span):
                return Slot(one, *span)
        raise BadRequest("slot-taken")

    def tell(self, news: News) -> None:
        """Put the letters of what happened into the outbox."""
        named = replace(news, by=self.asker.person)
        self.parts.teller.tell(self.unit, self.authority, self.calendar.zone, named, self.now)

    def log(self, one: Appointment, action: str, why: str = "", *, actor: Actor | None = None, **told: Detail) -> None:
        """Append the event of an appointment to its chain; of who comes it says the dossier's id at most."""
        details: dict[str, Detail] = {"desk": self.desk(one.desk_id).number, "starts": one.starts_at.isoformat()}
        details |= {"case": str(one.case_id or ""), "procedure": one.procedure, **told}
        who = actor or self.asker.actor
        self.unit.audit.append(Event(SUBJECT, str(one.id), action, who, self.now, self.authority.id, why, details))

    # --- requests under a key ----------------------------------------------------------------------------------------

    def known(self, key: Key | None) -> UUID | None:
        """Return what was answered under a key; BadRequest `idempotency-key-reused` where the content was another."""
        if key is None:
            return None
        found = self.unit.appointments.answered(_request(self.asker, key))
        if found and found[0] != key.content:
            raise BadRequest("idempotency-key-reused")
        return found[1] if found else None

    def answer(self, key: Key | None, subject: UUID) -> None:
        """Note what is answered under a key; BadRequest `in-hand` where somebody does so at the same time."""
        if key and not self.unit.appointments.note_answer(
            _request(self.asker, key), self.authority.id, subject, self.now
        ):
            raise BadRequest("in-hand")


@contextmanager
def sitting(parts: Parts, asker: Asker, place: UUID, *, hold: bool = True) -> Iterator[Sitting]:
    """Open the transaction; with `hold` the desks are held until it ends. BadRequest `not-found`."""
    with parts.house.database.unit(of(place)) as unit:
        authority = unit.authorities.get(place)
        if authority is None:
            raise BadRequest("not-found")
        calendar = calendar_of(parts.house.book, authority.code)
        desks = unit.appointments.hold_desks(place) if hold else unit.appointments.desks(place)
        yield Sitting(parts, unit, authority, calendar, desks, asker, parts.house.clock())


def may_act(asker: Asker, one: Appointment, case: Case | None) -> bool:
    """Tell whether somebody may see, move and cancel an appointment.

    Officers those at their own authority; the holder of a dossier's token those of the dossier; a client those that it
    made, and those of dossiers that it filed.
    """
    if asker.person is not None:
        return asker.scope.authority == one.authority_id
    if asker.id.startswith("case:"):
        return one.case_id is not None and asker.id == f"case:{one.case_id}"
    return one.made_by == asker.id or (case is not None and case.filed_by == asker.id)


def _request(asker: Asker, key: Key) -> Request:
    return Request(asker.id, key_hash(key), key.content)
