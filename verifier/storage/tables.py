"""The tables, as SQLAlchemy sees them; migrations make them, a test holds the two together."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, DateTime, Index, LargeBinary, SmallInteger, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

STATES = ("received", "judging", "done", "failed")
"""`received` and `judging`: our move; `done`: a verdict stands; `failed`: could not be judged, the problem says why."""


class Base(DeclarativeBase):
    """Base of all tables."""


class ValidationRow(Base):
    """One file handed in for judging. Its address is known to the caller only: the token is kept as SHA-256."""

    __tablename__ = "validation"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    token_sha256: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    file_name: Mapped[str] = mapped_column(Text)
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text, default="")
    language: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    step: Mapped[int] = mapped_column(SmallInteger)
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)
    received_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    finished_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    conclusion: Mapped[str] = mapped_column(Text, default="")
    problem: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    report: Mapped[str | None] = mapped_column(Text)
    """The report exactly as it was written, so that it is the same to the byte for ever."""
    document_blob: Mapped[str] = mapped_column(Text)
    bundle_blob: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        CheckConstraint("state in ('received', 'judging', 'done', 'failed')", name="validation_state"),
        CheckConstraint("octet_length(token_sha256) = 32", name="validation_token"),
        CheckConstraint("state <> 'done' or report is not null", name="validation_done_has_report"),
        CheckConstraint("state <> 'failed' or problem is not null", name="validation_failed_has_problem"),
        Index("validation_expires_at", "expires_at"),
        Index("validation_unfinished", "received_at", postgresql_where="state in ('received', 'judging')"),
    )
