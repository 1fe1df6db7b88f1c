"""Tables of work beside requests: what must happen outside (outbox), and the runs of recurring jobs."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from verifier.storage.tables.base import Base


class OutboxRow(Base):
    """Something that must happen outside, written in the transaction that decided it."""

    __tablename__ = "outbox"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    topic: Mapped[str]
    payload: Mapped[dict[str, Any]]
    authority_id: Mapped[UUID | None]
    state: Mapped[str]
    attempts: Mapped[int]
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    trouble: Mapped[str]
    line: Mapped[str]
    place: Mapped[int]

    __table_args__ = (
        CheckConstraint("state in ('waiting', 'sent', 'dead')", name="outbox_state"),
        Index("outbox_due", "due_at", postgresql_where="state = 'waiting'"),
        Index("outbox_line", "line", "place", postgresql_where="line <> ''"),
    )


class JobRunRow(Base):
    """The last run of a recurring job."""

    __tablename__ = "job_run"

    name: Mapped[str] = mapped_column(primary_key=True)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    outcome: Mapped[str]
    count: Mapped[int]
