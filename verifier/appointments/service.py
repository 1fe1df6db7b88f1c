"""`Appointments`: what applicants, portal clients, officers and the API ask of appointments. One object a process."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from verifier.accounts.plain_text import clean_text
from verifier.appointments.booking import (
    Wish,
    booked,
    cancelled,
    changed,
    entered,
    found,
    held,
    known_procedure,
    place_of,
)
from verifier.appointments.lengths import lengths
from verifier.appointments.records import Appointment, Desk, Slot, Waiting
from verifier.appointments.sitting import Parts, may_act, sitting
from verifier.appointments.telling import MISSED, MOVED, News, Teller, TellsContact
from verifier.appointments.waiting import serve
from verifier.cases.kernel import OFFICERS, Asker, CaseHouse
from verifier.cases.keys import Key
from verifier.errors import BadRequest
from verifier.storage.authorities import Authority
from verifier.storage.scope import of

__all__ = ["Appointments", "Wish"]


class Appointments:
    """Slots, booking, moving, cancelling, noting who did not come.

    BadRequest of all that name one: `not-found` where it is none of the asker's; `changed-meanwhile` where it is not at
    the version; `appointment-over` where it was cancelled, missed, or is past; `idempotency-key-reused`.
    """

    def __init__(self, house: CaseHouse, tells: TellsContact) -> None:
        self.house = house
        self.parts = Parts(house, Teller(house.tells, tells), lengths())

    # --- looking -----------------------------------------------------------------------------------------------------

    def slots(self, asker: Asker, place: UUID, wish: Wish, first: date, days: int) -> tuple[Slot, ...]:
        """Return what is free at an authority from a day on; BadRequest `not-found`, `field-wrong`, as the law says."""
        if not 1 <= days <= self.parts.lengths.most_days:
            raise BadRequest("field-wrong", field="days", allowed=f"1 – {self.parts.lengths.most_days}")
        with sitting(self.parts, asker, place, hold=False) as here:
            search = here.search(known_procedure(here, wish.procedure), wish.reason, wish.originals)
            begin, end = max(first, here.today), min(first, here.last_day)
            count = min(days - (begin - first).days, (here.last_day - begin).days + 1)
            return here.offered(search, begin, count) if first <= end and count > 0 else ()

    def get(self, asker: Asker, id_: UUID) -> Appointment:
        """Return one; BadRequest `not-found`."""
        with self.house.database.unit(asker.scope) as unit:
            one = unit.appointments.get(id_)
            case = unit.cases.get(one.case_id) if one and one.case_id else None
        if one is None or not may_act(asker, one, case):
            raise BadRequest("not-found")
        return one

    def of_day(self, asker: Asker, day: date) -> tuple[Appointment, ...]:
        """Return the appointments at the officer's authority on a day, cancelled ones too; BadRequest `not-allowed`."""
        _officers_alone(asker)
        with sitting(self.parts, asker, place_of(asker), hold=False) as here:
            since, until = here.midnight(day), here.midnight(day + timedelta(days=1))
            return here.unit.appointments.of_day(here.authority.id, since, until)

    def of_case(self, asker: Asker, case: UUID) -> tuple[Appointment, ...]:
        """Return the appointments of a dossier that the asker sees."""
        with self.house.database.unit(asker.scope) as unit:
            return unit.appointments.of_case(case)

    def where(self, one: Appointment) -> tuple[Authority, Desk]:
        """Return where somebody comes."""
        with self.house.database.unit(of(one.authority_id)) as unit:
            place = unit.authorities.get(one.authority_id)
            desk = next((desk for desk in unit.appointments.desks(one.authority_id) if desk.id == one.desk_id), None)
        if place is None or desk is None:
            raise LookupError(f"appointment {one.id} has no place")
        return place, desk

    def today(self, place: UUID) -> date:
        """Return the day at an authority; BadRequest `not-found`."""
        with self.house.database.unit(of(place)) as unit:
            found = unit.authorities.get(place)
        if found is None:
            raise BadRequest("not-found")
        return self.house.clock().astimezone(ZoneInfo(found.time_zone)).date()

    # --- doing -------------------------------------------------------------------------------------------------------

    def book(
        self,
        asker: Asker,
        wish: Wish,
        starts_at: datetime,
        desk: UUID | None = None,
        *,
        place: UUID | None = None,
        key: Key | None = None,
    ) -> Appointment:
        """Book a slot at an authority: the asker's, or where the dossier was filed unless `place` is who has it.

        BadRequest `slot-unknown`, `slot-taken`, `desk-unknown`, `appointment-held` where the dossier has one ahead,
        `field-missing`, `field-wrong`, `contact-missing`, `text-unclear`, `email-unclear`, `procedure-not-offered`.
        """
        with sitting(self.parts, asker, self._where(asker, wish, place)) as here:
            if known := here.known(key):
                return found(here, known)
            case, wanted = entered(here, wish)
            search = here.search(wanted.procedure, wanted.reason, wanted.originals)
            made = booked(here, wanted, here.slot(search, starts_at, desk), case)
            here.answer(key, made.id)
            return made

    def move(
        self,
        asker: Asker,
        id_: UUID,
        starts_at: datetime,
        desk: UUID | None = None,
        *,
        version: int | None = None,
        key: Key | None = None,
    ) -> Appointment:
        """Move an appointment that has not begun to another slot; BadRequest as `book`."""
        with sitting(self.parts, asker, self.get(asker, id_).authority_id) as here:
            if known := here.known(key):
                return found(here, known)
            one, case = held(here, id_, version)
            search = here.search(one.procedure, one.reason, one.originals)
            slot = here.slot(search, starts_at, desk, moved=one)
            moved = replace(
                one,
                desk_id=slot.desk.id,
                lane=slot.desk.lane,
                starts_at=slot.starts_at,
                ends_at=slot.ends_at,
                moves=one.moves + 1,
            )
            stored = changed(here, moved)
            here.log(stored, "appointment-moved", was=one.starts_at.isoformat())
            here.tell(News(MOVED, stored, slot.desk, case, was=one.starts_at))
            serve(here, one.starts_at)
            here.answer(key, id_)
            return stored

    def cancel(
        self, asker: Asker, id_: UUID, why: str = "", *, version: int | None = None, key: Key | None = None
    ) -> Appointment:
        """Cancel an appointment that has not begun; who waits gets the slot. BadRequest `text-unclear`."""
        with sitting(self.parts, asker, self.get(asker, id_).authority_id) as here:
            if known := here.known(key):
                return found(here, known)
            one, case = held(here, id_, version)
            ended = cancelled(here, one, clean_text(why), case)
            serve(here, one.starts_at)
            here.answer(key, id_)
            return ended

    def missed(self, asker: Asker, id_: UUID, *, version: int | None = None, key: Key | None = None) -> Appointment:
        """Note that nobody came (không đến); officers only (`not-allowed`), when its time is over (`not-over-yet`)."""
        _officers_alone(asker)
        with sitting(self.parts, asker, self.get(asker, id_).authority_id) as here:
            if known := here.known(key):
                return found(here, known)
            one, case = held(here, id_, version, past=True)
            if here.now < one.ends_at:
                raise BadRequest("not-over-yet")
            stored = changed(here, replace(one, state="missed", ended_at=here.now))
            here.log(stored, "appointment-missed")
            here.tell(News(MISSED, stored, here.desk(one.desk_id), case))
            here.answer(key, id_)
            return stored

    def wait(
        self,
        asker: Asker,
        wish: Wish,
        first: date,
        last: date,
        *,
        place: UUID | None = None,
        key: Key | None = None,
    ) -> Waiting:
        """Put somebody on the waiting list (danh sách chờ) for the first slot that becomes free within some days.

        A dossier waits once: what it wished before is given up. BadRequest as `book`; `slot-unknown` where nobody is
        received on any of those days; `slots-free` where there are slots.
        """
        with sitting(self.parts, asker, self._where(asker, wish, place)) as here:
            if (known := here.known(key)) and (waits := here.unit.appointments.wait(known)):
                return waits
            case, wanted = entered(here, wish)
            if not here.today <= first <= last <= here.last_day:
                raise BadRequest("field-wrong", field="first", allowed=f"{here.today} – {here.last_day}")
            search, count = here.search(wanted.procedure, wanted.reason, wanted.originals), (last - first).days + 1
            if not here.received(first, count):
                raise BadRequest("slot-unknown", f"{first} – {last}: nobody is received.")
            if here.offered(search, first, count):
                raise BadRequest("slots-free")
            for before in here.unit.appointments.waiting(here.authority.id) if case else ():
                if case and before.case_id == case.id:
                    here.unit.appointments.serve(before, "withdrawn")
            told = (wanted.procedure, wanted.reason, wanted.originals, first, last, wanted.contact)
            made = Waiting(uuid4(), here.authority.id, *told, asker.id, here.now, case_id=case.id if case else None)
            here.unit.appointments.add_waiting(made)
            here.answer(key, made.id)
            return made

    def stop_waiting(self, asker: Asker, id_: UUID) -> Waiting:
        """Take an entry off the list; BadRequest `not-found`, `appointment-over` where it is off already."""
        with self.house.database.unit(asker.scope) as unit:
            one = unit.appointments.wait(id_)
        mine = one is not None and (
            asker.scope.authority == one.authority_id
            if asker.person
            else asker.id in (one.made_by, f"case:{one.case_id}")
        )
        if one is None or not mine:
            raise BadRequest("not-found")
        with sitting(self.parts, asker, one.authority_id) as here:  # nobody is served from the list meanwhile
            if not here.unit.appointments.serve(one, "withdrawn"):
                raise BadRequest("appointment-over")
        return replace(one, state="withdrawn")

    def waiting(self, asker: Asker) -> tuple[Waiting, ...]:
        """Return who waits at the officer's authority, in the order of coming; BadRequest `not-allowed`."""
        _officers_alone(asker)
        with sitting(self.parts, asker, place_of(asker), hold=False) as here:
            return tuple(one for one in here.unit.appointments.waiting(here.authority.id) if one.last >= here.today)

    def _where(self, asker: Asker, wish: Wish, place: UUID | None) -> UUID:
        """Return at which authority somebody comes; BadRequest `not-found`."""
        own = place_of(asker)
        if wish.case_id is None or asker.person is not None:
            if place not in (None, own):
                raise BadRequest("not-found")
            return own
        with self.house.database.unit(asker.scope) as unit:
            case = unit.cases.get(wish.case_id)
        if case is None or place not in (None, case.intake_id, case.authority_id):
            raise BadRequest("not-found")
        return place or case.intake_id


def _officers_alone(asker: Asker) -> None:
    """Refuse clients and applicants: lists of an authority hold names and numbers of everybody; `not-allowed`."""
    if not asker.may & frozenset(OFFICERS):
        raise BadRequest("not-allowed")
