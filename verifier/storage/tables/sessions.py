"""Tables of sessions and of failed attempts to sign in."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from verifier.storage.tables.base import Base
from verifier.storage.tables.people import of_person


class SessionRow(Base):
    """A session on the server; the cookie holds a token of which only the hash is kept."""

    __tablename__ = "session"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    token_sha256: Mapped[bytes] = mapped_column(unique=True)
    authority_id: Mapped[UUID]
    person_id: Mapped[UUID]
    stage: Mapped[str]
    method: Mapped[str]
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    proved_at: Mapped[datetime | None]
    address: Mapped[str]
    device: Mapped[str]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str]

    __table_args__ = (
        of_person(),
        CheckConstraint("stage in ('second_factor', 'enrol', 'open')", name="session_stage"),
        CheckConstraint("method in ('password', 'identity')", name="session_method"),
        Index("session_of", "person_id"),
        Index("session_ended", "expires_at"),
    )


class SignInAttemptRow(Base):
    """Failures under one sign-in name, kept under its keyed hash whether or not such an account exists."""

    __tablename__ = "sign_in_attempt"

    login_mac: Mapped[bytes] = mapped_column(primary_key=True)
    failures: Mapped[int]
    last_at: Mapped[datetime]
    locked_until: Mapped[datetime | None]
