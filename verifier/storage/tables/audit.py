"""Tables of the audit log: events that are only ever added, and the head that says how far the log goes."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from verifier.storage.tables.base import Base


class AuditEventRow(Base):
    """One event, linked by hash to the one before it in the whole log and to the one before it of its subject."""

    __tablename__ = "audit_event"

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    subject_kind: Mapped[str]
    subject_id: Mapped[str]
    subject_number: Mapped[int]
    authority_id: Mapped[UUID | None]
    at: Mapped[datetime]
    actor_kind: Mapped[str]
    actor_id: Mapped[str]
    actor_name: Mapped[str]
    action: Mapped[str]
    body: Mapped[str]
    previous: Mapped[bytes]
    subject_previous: Mapped[bytes]
    hash: Mapped[bytes] = mapped_column(unique=True)

    __table_args__ = (
        UniqueConstraint("subject_kind", "subject_id", "subject_number", name="audit_event_of_subject"),
        CheckConstraint("actor_kind in ('person', 'client', 'system', 'visitor')", name="audit_event_actor"),
        CheckConstraint("octet_length(hash) = 32", name="audit_event_hash"),
        Index("audit_event_of_authority", "authority_id", "number"),
    )


class AuditHeadRow(Base):
    """How far the log goes: number and hash of the last event, under a keyed hash whose key is not in the database."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[bytes]
    mac: Mapped[str]

    __table_args__ = (CheckConstraint("id = 1", name="audit_head_single"),)
