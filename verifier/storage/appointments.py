"""Repository of appointments: desks, closures, who comes when, who waits, and answered requests."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from verifier.appointments.records import Appointment, Closure, Contact, Desk, Waiting
from verifier.storage.parts import parts
from verifier.storage.rows import records, touched, values
from verifier.storage.scope import Scope
from verifier.storage.tables import (
    AppointmentClosureRow,
    AppointmentDeskRow,
    AppointmentRequestRow,
    AppointmentRow,
    AppointmentWaitRow,
)
from verifier.storage.tables.base import NOBODY


@dataclass(frozen=True)
class Request:
    """What was asked under an idempotency key."""

    asker: str
    key: bytes
    """SHA-256 of the key."""
    content: bytes
    """SHA-256 of the request."""


class Appointments:
    """The tables `appointment…`: of the scope's authority, and appointments of dossiers that the scope sees.

    Whoever changes desks, closures or appointments holds the desks first (`hold_desks`), then the dossier, then the
    appointment: so two of them wait for each other, and never in a circle.
    """

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session, self._scope = session, scope

    # --- desks and closures ------------------------------------------------------------------------------------------

    def hold_desks(self, authority: UUID) -> tuple[Desk, ...]:
        """Return the desks of an authority by number; nobody else books or closes there until the unit ends."""
        return self._desks(authority, hold=True)

    def desks(self, authority: UUID) -> tuple[Desk, ...]:
        """Return the desks of an authority by number, closed ones too."""
        return self._desks(authority, hold=False)

    def add_desk(self, desk: Desk) -> bool:
        """Store a new desk, whose lane the database gives; False where its number is taken."""
        told = values(desk)
        del told["lane"]
        fresh = insert(AppointmentDeskRow).values(**{**told, "procedures": list(desk.procedures)})
        done = fresh.on_conflict_do_nothing().returning(AppointmentDeskRow.id)
        return self._session.execute(done).one_or_none() is not None

    def change_desk(self, desk: Desk) -> bool:
        """Store a desk anew with the next version, its number and lane aside; False where it is not at its version."""
        told: dict[str, Any] = {"name": desk.name, "procedures": list(desk.procedures), "officer_id": desk.officer_id}
        told |= {"open": desk.open, "version": desk.version + 1}
        row = AppointmentDeskRow
        return touched(self._session, self._of(update(row), row, row.id == desk.id, row.version == desk.version, told))

    def add_closure(self, closure: Closure) -> None:
        """Store a new closure."""
        self._session.add(AppointmentClosureRow(**values(closure)))
        self._session.flush()

    def closures(self, authority: UUID, since: datetime, until: datetime | None = None) -> tuple[Closure, ...]:
        """Return what is closed between two instants, lifted ones left out, by beginning."""
        row = AppointmentClosureRow
        which = [row.authority_id == authority, row.lifted_at.is_(None), row.ends_at > since]
        which += [row.starts_at < until] if until else []
        return records(Closure, self._session.scalars(self._own(row, *which).order_by(row.starts_at, row.id)))

    def closure(self, id_: UUID) -> Closure | None:
        """Find a closure."""
        found = records(
            Closure, self._session.scalars(self._own(AppointmentClosureRow, AppointmentClosureRow.id == id_))
        )
        return found[0] if found else None

    def lift(self, id_: UUID, at: datetime) -> bool:
        """End a closure; False where it was lifted already."""
        row = AppointmentClosureRow
        return touched(
            self._session, self._of(update(row), row, row.id == id_, row.lifted_at.is_(None), {"lifted_at": at})
        )

    # --- appointments ------------------------------------------------------------------------------------------------

    def add(self, one: Appointment) -> bool:
        """Store a new appointment; False where somebody is booked at this desk at this time."""
        fresh = insert(AppointmentRow).values(**_told(one))
        done = fresh.on_conflict_do_nothing().returning(AppointmentRow.id)
        return self._session.execute(done).one_or_none() is not None

    def get(self, id_: UUID, *, hold: bool = False) -> Appointment | None:
        """Find within the scope; with `hold` nobody else changes it until the unit of work ends."""
        wanted = self._seen(AppointmentRow.id == id_)
        row = self._session.scalars(wanted.with_for_update() if hold else wanted).one_or_none()
        return None if row is None else _appointment(row)

    def change(self, one: Appointment) -> bool:
        """Store an appointment anew with the next version; False where it is not at `one.version` any more."""
        told = _told(replace(one, version=one.version + 1))
        which = (AppointmentRow.id == one.id, AppointmentRow.version == one.version)
        return touched(self._session, update(AppointmentRow).where(*which).values(**told))

    def booked(self, authority: UUID, since: datetime, until: datetime) -> tuple[Appointment, ...]:
        """Return who is booked at an authority between two instants, by beginning."""
        row = AppointmentRow
        which = (row.authority_id == authority, row.state == "booked", row.starts_at < until, row.ends_at > since)
        return self._appointments(self._seen(*which))

    def of_day(self, authority: UUID, since: datetime, until: datetime) -> tuple[Appointment, ...]:
        """Return all appointments at an authority that begin between two instants, whatever became of them."""
        row = AppointmentRow
        which = (row.authority_id == authority, row.starts_at >= since, row.starts_at < until)
        return self._appointments(self._seen(*which))

    def of_case(self, case: UUID) -> tuple[Appointment, ...]:
        """Return the appointments of a dossier."""
        return self._appointments(self._seen(AppointmentRow.case_id == case))

    def blank(self, case: UUID) -> None:
        """Forget words about people in the appointments and waiting entries of a dossier that is removed."""
        empty = asdict(Contact())
        self._session.execute(
            update(AppointmentRow).where(AppointmentRow.case_id == case).values(contact=empty, why="")
        )
        self._session.execute(
            update(AppointmentWaitRow).where(AppointmentWaitRow.case_id == case).values(contact=empty)
        )

    def forget_contacts_before(self, instant: datetime, limit: int = 500) -> int:
        """Blank contacts of appointments without a dossier that were over before an instant; return how many."""
        row, empty = AppointmentRow, asdict(Contact())
        old = select(row.id).where(row.ends_at < instant, row.case_id.is_(None), row.contact != empty).limit(limit)
        done: Any = self._session.execute(update(row).where(row.id.in_(old)).values(contact=empty))
        return int(done.rowcount)

    # --- the waiting list --------------------------------------------------------------------------------------------

    def add_waiting(self, one: Waiting) -> None:
        """Put somebody on the list."""
        self._session.add(AppointmentWaitRow(**_told(one)))
        self._session.flush()

    def waiting(self, authority: UUID) -> tuple[Waiting, ...]:
        """Return who waits at an authority, in the order of coming."""
        row = AppointmentWaitRow
        wanted = self._own(row, row.authority_id == authority, row.state == "waiting").order_by(row.made_at, row.id)
        return tuple(_waiting(one) for one in self._session.scalars(wanted))

    def wait(self, id_: UUID) -> Waiting | None:
        """Find an entry of the list."""
        row = AppointmentWaitRow
        found = self._session.scalars(self._own(row, row.id == id_, cases=True)).one_or_none()
        return None if found is None else _waiting(found)

    def serve(self, one: Waiting, state: str, appointment: UUID | None = None) -> bool:
        """Take an entry off the list; False where it is off already."""
        row = AppointmentWaitRow
        gone = update(row).where(row.id == one.id, row.state == "waiting")
        return touched(self._session, gone.values(state=state, appointment_id=appointment))

    # --- requests ----------------------------------------------------------------------------------------------------

    def answered(self, asked: Request) -> tuple[bytes, UUID] | None:
        """Return content hash and subject of what was answered under a key; None where nothing was."""
        row = AppointmentRequestRow
        wanted = select(row.content, row.subject_id).where(row.asker == asked.asker, row.key == asked.key)
        found = self._session.execute(wanted).one_or_none()
        return (bytes(found[0]), found[1]) if found else None

    def note_answer(self, asked: Request, authority: UUID, subject: UUID, now: datetime) -> bool:
        """Note what was answered under a key; False where somebody does so at the same time."""
        told = {**values(asked), "authority_id": authority, "subject_id": subject, "made_at": now}
        done = insert(AppointmentRequestRow).values(**told).on_conflict_do_nothing()
        return self._session.execute(done.returning(AppointmentRequestRow.asker)).one_or_none() is not None

    def forget_answers_before(self, instant: datetime) -> int:
        """Forget requests that were answered before an instant; return how many."""
        done: Any = self._session.execute(delete(AppointmentRequestRow).where(AppointmentRequestRow.made_at < instant))
        return int(done.rowcount)

    # --- inside ------------------------------------------------------------------------------------------------------

    def _desks(self, authority: UUID, *, hold: bool) -> tuple[Desk, ...]:
        row = AppointmentDeskRow
        wanted = self._own(row, row.authority_id == authority).order_by(row.number)
        found = records(Desk, self._session.scalars(wanted.with_for_update(key_share=True) if hold else wanted))
        return tuple(replace(one, procedures=tuple(one.procedures)) for one in found)

    def _appointments(self, wanted: Any) -> tuple[Appointment, ...]:
        ordered = wanted.order_by(AppointmentRow.starts_at, AppointmentRow.lane)
        return tuple(_appointment(row) for row in self._session.scalars(ordered))

    def _seen(self, *which: ColumnElement[bool]) -> Any:
        return self._own(AppointmentRow, *which, cases=True)

    def _own(self, table: Any, *which: ColumnElement[bool], cases: bool = False) -> Any:
        if cases:
            return parts(self._scope, table, *which)
        wanted = select(table).where(*which).execution_options(populate_existing=True)
        if self._scope.everything:
            return wanted
        return wanted.where(table.authority_id == (self._scope.authority or NOBODY))

    def _of(self, statement: Any, table: Any, *which_and_told: Any) -> Any:
        *which, told = which_and_told
        bound = statement.where(*which).values(**told)
        if self._scope.everything:
            return bound
        return bound.where(table.authority_id == (self._scope.authority or NOBODY))


def _told(one: Appointment | Waiting) -> dict[str, Any]:
    return values(one) | {"contact": asdict(one.contact)}


def _appointment(row: Any) -> Appointment:
    told = {one.name: getattr(row, one.name) for one in fields(Appointment)}
    return Appointment(**{**told, "contact": Contact(**row.contact)})


def _waiting(row: Any) -> Waiting:
    told = {one.name: getattr(row, one.name) for one in fields(Waiting)}
    return Waiting(**{**told, "contact": Contact(**row.contact)})
