"""The words of appointments: desks, what is closed, who comes when, who waits; frozen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

STATES = ("booked", "cancelled", "missed")
"""Of an appointment: it stands (or was kept); it was cancelled; nobody came (không đến)."""
WAITING_STATES = ("waiting", "served", "withdrawn")
"""Of an entry of the waiting list: it waits; it got an appointment; somebody took it off the list."""
REASONS = ("file", "originals", "collect")
"""Why somebody comes: to file (nộp hồ sơ), to show originals (xuất trình bản chính), to collect (nhận kết quả)."""


@dataclass(frozen=True)
class Contact:
    """How somebody without a dossier is told: at least one of `phone` and `email` is said."""

    name: str = ""
    phone: str = ""
    email: str = ""
    lang: str = "vi"
    """`vi` or `en`."""


@dataclass(frozen=True)
class Desk:
    """A desk (quầy) of an authority, where people come."""

    id: UUID
    authority_id: UUID
    number: int
    """As it stands on the desk; unique within the authority."""
    name: str
    procedures: tuple[str, ...]
    """Ids of the procedures that it serves; empty: all."""
    officer_id: UUID | None
    """Who sits there, and is told of appointments without another officer."""
    open: bool
    """Whether slots of it are offered."""
    lane: int = 0
    """Number of the desk over all authorities; what the database keeps from being booked twice. 0: not stored yet."""
    version: int = 1

    def serves(self, procedure: str) -> bool:
        """Tell whether people come here for a procedure."""
        return self.open and (not self.procedures or procedure in self.procedures)


@dataclass(frozen=True)
class Closure:
    """A time at which one desk, or the whole office, receives nobody."""

    id: UUID
    authority_id: UUID
    desk_id: UUID | None
    """None: the whole office."""
    starts_at: datetime
    ends_at: datetime
    reason: str
    """Told to those who must come at another time."""
    made_by: UUID
    made_at: datetime
    lifted_at: datetime | None = None

    def meets(self, desk: UUID, starts: datetime, ends: datetime) -> bool:
        """Tell whether it takes anything of a time at a desk."""
        here = self.desk_id is None or self.desk_id == desk
        return here and self.lifted_at is None and self.starts_at < ends and starts < self.ends_at


@dataclass(frozen=True)
class Appointment:
    """Somebody comes to a desk at a time (lịch hẹn)."""

    id: UUID
    authority_id: UUID
    desk_id: UUID
    lane: int
    starts_at: datetime
    ends_at: datetime
    state: str
    """One of `STATES`."""
    procedure: str
    reason: str
    """One of `REASONS`."""
    originals: int
    """How many originals are brought."""
    contact: Contact
    """Empty where there is a dossier: then its applicant is told."""
    made_by: str
    """`person:<id>`, `client:<id>` or `case:<id>`; who may move and cancel it goes by it."""
    made_at: datetime
    case_id: UUID | None = None
    moves: int = 0
    """How many times it was moved."""
    ended_at: datetime | None = None
    """When it was cancelled or noted as missed."""
    why: str = ""
    """Why it was cancelled."""
    version: int = 1


@dataclass(frozen=True)
class Waiting:
    """Somebody on the waiting list (danh sách chờ): gets the first slot that becomes free within the wished days."""

    id: UUID
    authority_id: UUID
    procedure: str
    reason: str
    originals: int
    first: date
    last: date
    """Days in the authority's zone, both included."""
    contact: Contact
    made_by: str
    made_at: datetime
    state: str = "waiting"
    """One of `WAITING_STATES`."""
    case_id: UUID | None = None
    appointment_id: UUID | None = None


@dataclass(frozen=True)
class Slot:
    """A time at which a desk could receive somebody."""

    desk: Desk
    starts_at: datetime
    ends_at: datetime
