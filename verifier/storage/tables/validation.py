"""The table of files handed in for judging."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from verifier.storage.tables.base import Base

STATES = ("received", "judging", "done", "failed")
"""`received` and `judging`: our move; `done`: a verdict stands; `failed`: could not be judged, the problem says why."""


class ValidationRow(Base):
    """One file handed in for judging. Its address is known to the caller only: the token is kept as SHA-256."""

    __tablename__ = "validation"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    authority_id: Mapped[UUID | None] = mapped_column(ForeignKey("authority.id"))
    """The authority it was handed in for; None where nobody was signed in."""
    handed_in_by: Mapped[UUID | None]
    """The person or client who handed it in."""
    token_sha256: Mapped[bytes] = mapped_column(unique=True)
    file_name: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    kind: Mapped[str] = mapped_column(default="")
    language: Mapped[str]
    state: Mapped[str]
    step: Mapped[int] = mapped_column(SmallInteger)
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)
    received_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    conclusion: Mapped[str] = mapped_column(default="")
    problem: Mapped[dict[str, Any] | None]
    report: Mapped[str | None]
    """The report exactly as it was written, so that it is the same to the byte for ever."""
    document_blob: Mapped[str]
    bundle_blob: Mapped[str | None]
    again_at: Mapped[datetime | None]
    """When it is to be judged again, since the verdict said to try later."""
    again: Mapped[int] = mapped_column(default=0)
    """How many times it was judged again."""
    filing: Mapped[dict[str, Any] | None]
    """For what and where the document was handed in, as `snapshot.Filing`; None where nobody said it."""

    __table_args__ = (
        CheckConstraint("state in ('received', 'judging', 'done', 'failed')", name="validation_state"),
        CheckConstraint("octet_length(token_sha256) = 32", name="validation_token"),
        CheckConstraint("state <> 'done' or report is not null", name="validation_done_has_report"),
        CheckConstraint("state <> 'failed' or problem is not null", name="validation_failed_has_problem"),
        Index("validation_expires_at", "expires_at"),
        Index("validation_of_authority", "authority_id", "received_at"),
        Index("validation_again", "again_at", postgresql_where="again_at is not null"),
        Index("validation_unfinished", "received_at", postgresql_where="state in ('received', 'judging')"),
    )
