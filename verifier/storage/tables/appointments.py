"""Tables of appointments: desks, closures, who comes when, who waits, and answered requests."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from verifier.storage.tables.base import Base


class AppointmentDeskRow(Base):
    """A desk; `lane` is its number over all authorities."""

    __tablename__ = "appointment_desk"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    authority_id: Mapped[UUID] = mapped_column(ForeignKey("authority.id"))
    number: Mapped[int]
    name: Mapped[str]
    procedures: Mapped[list[str]]
    officer_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    open: Mapped[bool]
    lane: Mapped[int] = mapped_column(Integer, Identity(), unique=True)
    version: Mapped[int]

    __table_args__ = (
        UniqueConstraint("authority_id", "number", name="appointment_desk_number"),
        CheckConstraint("number > 0", name="appointment_desk_counted"),
    )


class AppointmentClosureRow(Base):
    """A time at which a desk, or the whole office, receives nobody."""

    __tablename__ = "appointment_closure"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    authority_id: Mapped[UUID] = mapped_column(ForeignKey("authority.id"))
    desk_id: Mapped[UUID | None] = mapped_column(ForeignKey("appointment_desk.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    reason: Mapped[str]
    made_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime]
    lifted_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="appointment_closure_span"),
        Index("appointment_closure_end", "authority_id", "ends_at"),
    )


class AppointmentRow(Base):
    """Somebody comes to a desk; the database holds that no two who are booked come to one desk at one time."""

    __tablename__ = "appointment"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    authority_id: Mapped[UUID] = mapped_column(ForeignKey("authority.id"))
    desk_id: Mapped[UUID] = mapped_column(ForeignKey("appointment_desk.id"))
    lane: Mapped[int]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    state: Mapped[str]
    procedure: Mapped[str]
    reason: Mapped[str]
    originals: Mapped[int]
    contact: Mapped[dict[str, Any]]
    made_by: Mapped[str]
    made_at: Mapped[datetime]
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("case_file.id"))
    moves: Mapped[int]
    ended_at: Mapped[datetime | None]
    why: Mapped[str]
    version: Mapped[int]

    __table_args__ = (
        CheckConstraint("state in ('booked', 'cancelled', 'missed')", name="appointment_state"),
        CheckConstraint("reason in ('file', 'originals', 'collect')", name="appointment_reason"),
        CheckConstraint("starts_at < ends_at and originals > 0", name="appointment_span"),
        CheckConstraint("(state = 'booked') = (ended_at is null)", name="appointment_ended"),
        Index("appointment_of_case", "case_id", postgresql_where="case_id is not null"),
        Index("appointment_day", "authority_id", "starts_at"),
    )


class AppointmentWaitRow(Base):
    """Somebody on the waiting list."""

    __tablename__ = "appointment_wait"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    authority_id: Mapped[UUID] = mapped_column(ForeignKey("authority.id"))
    procedure: Mapped[str]
    reason: Mapped[str]
    originals: Mapped[int]
    first: Mapped[date]
    last: Mapped[date]
    contact: Mapped[dict[str, Any]]
    made_by: Mapped[str]
    made_at: Mapped[datetime]
    state: Mapped[str]
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("case_file.id"))
    appointment_id: Mapped[UUID | None] = mapped_column(ForeignKey("appointment.id"))

    __table_args__ = (
        CheckConstraint("state in ('waiting', 'served', 'withdrawn')", name="appointment_wait_state"),
        CheckConstraint("reason in ('file', 'originals', 'collect')", name="appointment_wait_reason"),
        CheckConstraint("first <= last and originals > 0", name="appointment_wait_days"),
        Index("appointment_wait_turn", "authority_id", "made_at", postgresql_where="state = 'waiting'"),
    )


class AppointmentRequestRow(Base):
    """A request that was answered under a key, so that the same one again changes nothing."""

    __tablename__ = "appointment_request"

    asker: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[bytes] = mapped_column(primary_key=True)
    authority_id: Mapped[UUID] = mapped_column(ForeignKey("authority.id"))
    content: Mapped[bytes]
    subject_id: Mapped[UUID]
    made_at: Mapped[datetime]

    __table_args__ = (Index("appointment_request_age", "made_at"),)
