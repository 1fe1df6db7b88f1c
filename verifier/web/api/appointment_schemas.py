"""The wire types of appointments; a test holds them against what the views write. Bodies come out of the views."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from verifier.web.api.schemas import TIME, Wire

Reason = Literal["file", "originals", "collect"]


class SlotNote(Wire):
    """A time at which a desk could receive somebody."""

    starts_at: str = Field(description="With the zone of the authority.", examples=["2026-11-24T07:30:00+07:00"])
    ends_at: str
    desk: str
    desk_number: int
    desk_name: str


class Slots(Wire):
    """Free slots, by beginning and then by desk."""

    slots: list[SlotNote]


class AppointmentContact(Wire):
    """Who comes, where there is no dossier."""

    name: str
    phone: str
    email: str
    lang: Literal["vi", "en"]


class AppointmentNote(Wire):
    """Somebody comes to a desk at a time."""

    id: str
    number: str = Field(description="Short, for people to name it by.")
    authority: str = Field(description="Code.")
    place_vi: str
    place_en: str
    desk: str
    desk_number: int
    desk_name: str
    starts_at: str = Field(examples=[TIME])
    ends_at: str = Field(examples=[TIME])
    state: Literal["booked", "cancelled", "missed"]
    procedure: str
    reason: Reason
    originals: int
    dossier: str | None
    contact: AppointmentContact | None = Field(description="Null where there is a dossier.")
    made_at: str = Field(examples=[TIME])
    moves: int
    ended_at: str | None = Field(description="When it was cancelled or noted as missed.")
    why: str
    version: int
    href: str
    calendar: str = Field(description="Where it is as a file for one's own calendar.")


class AppointmentNotes(Wire):
    """Appointments by beginning."""

    appointments: list[AppointmentNote]


class WaitingNote(Wire):
    """Somebody waits for the first slot that becomes free on some days, and then gets it."""

    id: str
    procedure: str
    reason: Reason
    originals: int
    first: str = Field(examples=["2026-11-24"])
    last: str
    dossier: str | None
    contact: AppointmentContact | None
    made_at: str
    state: Literal["waiting", "served", "withdrawn"]


class WaitingNotes(Wire):
    """Who waits, in the order of coming."""

    waiting: list[WaitingNote]


class DeskNote(Wire):
    """A desk."""

    id: str
    number: int
    name: str
    procedures: list[str] = Field(description="That it serves; empty: all.")
    officer: str | None
    open: bool
    version: int


class DeskNotes(Wire):
    """The desks of an authority by number."""

    desks: list[DeskNote]


class ClosureNote(Wire):
    """A time at which a desk or the whole office receives nobody."""

    id: str
    desk: str | None = Field(description="Null: the whole office.")
    starts_at: str
    ends_at: str
    reason: str
    made_at: str
    lifted_at: str | None


class ClosureNotes(Wire):
    """What is closed now and later."""

    closures: list[ClosureNote]


class MovedNote(Wire):
    """Who would be received at another desk at the same time."""

    appointment: AppointmentNote
    desk: DeskNote


class ClosurePlan(Wire):
    """Who will be told of a closure."""

    seal: str = Field(description="Names this plan; closing takes it, and does nothing where the plan is another now.")
    moved: list[MovedNote]
    cancelled: list[AppointmentNote]


MODELS: tuple[type[BaseModel], ...] = (
    Slots,
    AppointmentNote,
    AppointmentNotes,
    WaitingNote,
    WaitingNotes,
    DeskNote,
    DeskNotes,
    ClosureNote,
    ClosureNotes,
    ClosurePlan,
)
