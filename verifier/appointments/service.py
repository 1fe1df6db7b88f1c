"""`Appointments`: what applicants, portal clients, officers and the API ask of appointments. One object a process."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from verifier.appointments.records import Appointment, Contact, Slot, Waiting
from verifier.cases.kernel import Asker, CaseHouse, Letter
from verifier.storage.database import UnitOfWork


class TellsContact(Protocol):
    """Puts a letter to somebody without a dossier, or to an officer about them, into the outbox; as `Tells`."""

    def __call__(self, unit: UnitOfWork, authority: UUID, contact: Contact, letter: Letter, now: datetime, /) -> None:
        """Keep the notice; with `letter.to` = `person:<id>` it is for that officer, and `contact` is empty."""


@dataclass(frozen=True)
class Wish:
    """What somebody comes for."""

    procedure: str
    reason: str = "file"
    originals: int = 1
    case_id: UUID | None = None
    contact: Contact = Contact()


class Appointments:
    """Slots, booking, moving, cancelling, noting who did not come."""

    def __init__(self, house: CaseHouse, tells: TellsContact) -> None:
        self.house, self.tells = house, tells

    def slots(self, authority: UUID, wish: Wish, first: date, days: int) -> tuple[Slot, ...]:
        """Return what is free; BadRequest `not-found`, `bad-option`."""
        raise NotImplementedError

    def book(self, asker: Asker, wish: Wish, starts_at: datetime, desk: UUID | None = None) -> Appointment:
        """Book a slot; BadRequest `slot-taken`."""
        raise NotImplementedError

    def move(self, asker: Asker, id_: UUID, starts_at: datetime, desk: UUID | None = None) -> Appointment:
        """Move an appointment to another slot."""
        raise NotImplementedError

    def cancel(self, asker: Asker, id_: UUID, why: str = "") -> Appointment:
        """Cancel an appointment."""
        raise NotImplementedError

    def missed(self, asker: Asker, id_: UUID) -> Appointment:
        """Note that nobody came (không đến)."""
        raise NotImplementedError

    def wait(self, asker: Asker, wish: Wish, first: date, last: date) -> Waiting:
        """Put somebody on the waiting list."""
        raise NotImplementedError
