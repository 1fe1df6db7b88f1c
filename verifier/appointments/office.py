"""`Office hours` of desks: who sits where, and times at which nobody is received; for leaders and administrators.

Closing a time first shows who will be told: those who can be received at another desk at the same time go there, the
others' appointments are cancelled with the reason. What was shown is what is done, or nothing is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from verifier.accounts.plain_text import clean_text, reason_of
from verifier.accounts.roles import Role
from verifier.appointments.booking import cancelled, changed, place_of
from verifier.appointments.lengths import lengths
from verifier.appointments.records import Appointment, Closure, Desk
from verifier.appointments.sitting import Parts, Sitting, sitting
from verifier.appointments.slots import Office, days_from
from verifier.appointments.telling import MOVED, News, Teller, TellsContact
from verifier.appointments.waiting import serve
from verifier.audit import Detail, Event
from verifier.cases.kernel import OFFICERS, Asker, CaseHouse
from verifier.errors import BadRequest
from verifier.law_desk import answered

RULERS = frozenset({Role.LEADER.value, Role.ADMINISTRATOR.value})
"""Who sets up desks and closes times."""
LONGEST_CLOSURE = timedelta(days=366)
GREATEST_NUMBER = 999
"""Of a desk."""


@dataclass(frozen=True)
class Plan:
    """What a closure does to those who are booked."""

    moved: tuple[tuple[Appointment, Desk], ...]
    """Who is received at another desk, at the same time."""
    cancelled: tuple[Appointment, ...]
    """Who must come at another time."""
    seal: str
    """Names this plan; whoever closes says which plan was shown."""


@dataclass(frozen=True)
class Span:
    """What is to be closed: a desk, or the whole office, from an instant to another."""

    starts_at: datetime
    ends_at: datetime
    desk_id: UUID | None = None


class Desks:
    """Desks and closures of the asker's authority. BadRequest `not-allowed` for whoever may not set them up."""

    def __init__(self, house: CaseHouse, tells: TellsContact) -> None:
        self.parts = Parts(house, Teller(house.tells, tells), lengths())

    def all(self, asker: Asker) -> tuple[Desk, ...]:
        """Return all desks by number; for officers too."""
        _require(asker, RULERS | frozenset(OFFICERS))
        with sitting(self.parts, asker, place_of(asker), hold=False) as here:
            return here.desks

    def get(self, asker: Asker, id_: UUID) -> Desk:
        """Return a desk; BadRequest `desk-unknown`."""
        found = next((one for one in self.all(asker) if one.id == id_), None)
        if found is None:
            raise BadRequest("desk-unknown")
        return found

    def closures(self, asker: Asker) -> tuple[Closure, ...]:
        """Return what is closed now and later; for officers too."""
        _require(asker, RULERS | frozenset(OFFICERS))
        with sitting(self.parts, asker, place_of(asker), hold=False) as here:
            return here.unit.appointments.closures(here.authority.id, here.now)

    def add(self, asker: Asker, number: int, name: str, procedures: tuple[str, ...], officer: UUID | None) -> Desk:
        """Set up a desk; BadRequest `desk-number-taken`, `field-wrong`, `text-unclear`, and what the law says."""
        _require(asker, RULERS)
        with sitting(self.parts, asker, place_of(asker)) as here:
            if not 1 <= number <= GREATEST_NUMBER:
                raise BadRequest("field-wrong", field="number", allowed=f"1 – {GREATEST_NUMBER}")
            made = _cleaned(here, Desk(uuid4(), here.authority.id, number, name, procedures, officer, open=True))
            if not here.unit.appointments.add_desk(made):
                raise BadRequest("desk-number-taken")
            _log(here, "desk-added", str(made.id), _told(made))
            return next(one for one in here.unit.appointments.desks(here.authority.id) if one.id == made.id)

    def change(self, asker: Asker, wanted: Desk) -> Desk:
        """Change name, procedures, officer or openness of a desk that is at `wanted.version`.

        BadRequest as `add`; `changed-meanwhile`; `desk-booked` where a desk to be closed for good has people booked.
        """
        _require(asker, RULERS)
        with sitting(self.parts, asker, place_of(asker)) as here:
            before = here.desk(wanted.id)
            told = _cleaned(
                here, replace(wanted, number=before.number, lane=before.lane, authority_id=here.authority.id)
            )
            if before.open and not told.open and _booked_later(here, before):
                raise BadRequest("desk-booked")
            if not here.unit.appointments.change_desk(told):
                raise BadRequest("changed-meanwhile")
            _log(here, "desk-changed", str(told.id), _told(told))
            return replace(told, version=told.version + 1)

    def plan(self, asker: Asker, span: Span) -> Plan:
        """Return what closing a time would do to those who are booked; BadRequest `field-wrong`, `desk-unknown`."""
        _require(asker, RULERS)
        with sitting(self.parts, asker, place_of(asker), hold=False) as here:
            return planned(here, _checked(here, span))

    def close(self, asker: Asker, span: Span, reason: str, seal: str) -> Closure:
        """Close a time as the plan of this seal says, and tell everybody whom it meets.

        BadRequest as `plan`; `reason-missing`; `changed-meanwhile` where it would meet others by now.
        """
        _require(asker, RULERS)
        words = reason_of(reason)
        with sitting(self.parts, asker, place_of(asker)) as here:
            plan = planned(here, _checked(here, span))
            if plan.seal != seal or asker.person is None:
                raise BadRequest("changed-meanwhile")
            met = (*(one for one, _ in plan.moved), *plan.cancelled)
            here.unit.cases.pin(one.case_id for one in met if one.case_id)
            told = (here.authority.id, span.desk_id, span.starts_at, span.ends_at, words, asker.person, here.now)
            closure = Closure(uuid4(), *told)
            here.unit.appointments.add_closure(closure)
            for one, desk in plan.moved:
                _moved(here, one, desk, words)
            for one in plan.cancelled:
                cancelled(here, one, words, here.unit.cases.get(one.case_id) if one.case_id else None)
            details: dict[str, Detail] = {"moved": len(plan.moved), "cancelled": len(plan.cancelled)}
            details |= {"starts": span.starts_at.isoformat(), "ends": span.ends_at.isoformat()}
            details["desk"] = here.desk(span.desk_id).number if span.desk_id else None
            _log(here, "time-closed", str(closure.id), details, words)
            return closure

    def lift(self, asker: Asker, id_: UUID) -> Closure:
        """End a closure; who waits gets what is free again. BadRequest `not-found`, `closure-over`."""
        _require(asker, RULERS)
        with sitting(self.parts, asker, place_of(asker)) as here:
            found = here.unit.appointments.closure(id_)
            if found is None:
                raise BadRequest("not-found")
            if found.ends_at <= here.now or not here.unit.appointments.lift(id_, here.now):
                raise BadRequest("closure-over")
            _log(here, "time-opened", str(id_), {})
            for day in _days(here, found):
                serve(here, day)
            return replace(found, lifted_at=here.now)


def planned(here: Sitting, span: Span) -> Plan:
    """Return what a closure does: same time at another desk where one is free, else cancelled."""
    met = [
        one
        for one in here.unit.appointments.booked(here.authority.id, span.starts_at, span.ends_at)
        if span.desk_id in (None, one.desk_id) and one.starts_at > here.now
    ]
    others = tuple(one for one in here.desks if span.desk_id is not None and one.id != span.desk_id)
    booked = here.unit.appointments.booked(here.authority.id, span.starts_at - timedelta(days=1), span.ends_at)
    closures = here.unit.appointments.closures(here.authority.id, span.starts_at, None)
    office = Office(here.calendar, others, closures, booked)
    moved, gone = [], []
    for one in met:
        time = (one.starts_at, one.ends_at)
        desk = next((desk for desk in others if desk.serves(one.procedure) and office.takes(desk, time)), None)
        if desk is None:
            gone.append(one)
            continue
        moved.append((one, desk))
        there = replace(one, desk_id=desk.id, lane=desk.lane)
        office = replace(office, booked=(*office.without(one.id).booked, there))
    told = [f"{one.id} {one.version} {desk.id}" for one, desk in moved] + [f"{one.id} {one.version}" for one in gone]
    seal = hashlib.sha256("\n".join([str(span), *sorted(told)]).encode()).hexdigest()
    return Plan(tuple(moved), tuple(gone), seal)


def _moved(here: Sitting, one: Appointment, desk: Desk, why: str) -> None:
    stored = changed(here, replace(one, desk_id=desk.id, lane=desk.lane, moves=one.moves + 1))
    case = here.unit.cases.get(one.case_id) if one.case_id else None
    here.log(stored, "appointment-moved", why, was=one.starts_at.isoformat())
    here.tell(News(MOVED, stored, desk, case, was=one.starts_at, why=why))


def _checked(here: Sitting, span: Span) -> Span:
    """Return a span in UTC, so that it is named the same however it was written; BadRequest `field-wrong`."""
    if span.desk_id is not None:
        here.desk(span.desk_id)
    if not span.starts_at < span.ends_at or span.ends_at <= here.now:
        raise BadRequest("field-wrong", field="ends_at", allowed=f"> {max(span.starts_at, here.now).isoformat()}")
    if span.ends_at - span.starts_at > LONGEST_CLOSURE:
        raise BadRequest("field-wrong", field="ends_at", allowed=f"≤ {LONGEST_CLOSURE.days} d")
    zone = here.calendar.zone
    return Span(span.starts_at.astimezone(zone), span.ends_at.astimezone(zone), span.desk_id)


def _cleaned(here: Sitting, desk: Desk) -> Desk:
    with answered():
        for one in desk.procedures:
            here.parts.house.book.at(here.today).procedure(one)
    person = here.unit.people.get(desk.officer_id) if desk.officer_id else None
    if desk.officer_id and (person is None or person.authority_id != here.authority.id or person.disabled_at):
        raise BadRequest("field-wrong", field="officer", allowed="")
    return replace(desk, name=clean_text(desk.name)[:100])


def _booked_later(here: Sitting, desk: Desk) -> bool:
    last = here.midnight(here.last_day + timedelta(days=2))
    return any(one.desk_id == desk.id for one in here.unit.appointments.booked(here.authority.id, here.now, last))


def _days(here: Sitting, closure: Closure) -> list[datetime]:
    """Return a time on each day that a closure touched and on which somebody could still be booked."""
    first = max(closure.starts_at, here.now).astimezone(here.calendar.zone).date()
    last = min(closure.ends_at.astimezone(here.calendar.zone).date(), here.last_day)
    return [here.midnight(day) for day in days_from(first, (last - first).days + 1)]


def _told(desk: Desk) -> Mapping[str, Detail]:
    officer = str(desk.officer_id or "")
    return {"number": desk.number, "procedures": list(desk.procedures), "officer": officer, "open": desk.open}


def _log(here: Sitting, action: str, id_: str, told: Mapping[str, Detail], why: str = "") -> None:
    subject = "closure" if action.startswith("time-") else "desk"
    actor = here.asker.actor
    here.unit.audit.append(Event(subject, id_, action, actor, here.now, here.authority.id, why, told))


def _require(asker: Asker, roles: frozenset[str]) -> None:
    if asker.person is None or not asker.may & roles:
        raise BadRequest("not-allowed")
