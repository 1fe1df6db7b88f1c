"""Table of the versions of released documents: as released, then with each archive time stamp that was added."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from verifier.storage.tables.base import Base


class IssuanceVersionRow(Base):
    """One version of a released document; each begins with the bytes of the one before it. Never deleted."""

    __tablename__ = "issuance_version"

    issuance_id: Mapped[UUID] = mapped_column(ForeignKey("issuance.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    authority_id: Mapped[UUID] = mapped_column(ForeignKey("authority.id"))
    sha256: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    blob: Mapped[str | None]
    made_at: Mapped[datetime]
    renew_before: Mapped[datetime]
    newest: Mapped[bool]
    attempts: Mapped[int] = mapped_column(SmallInteger)
    next_try_at: Mapped[datetime | None]
    problem: Mapped[dict[str, Any] | None]

    __table_args__ = (
        CheckConstraint("number > 0", name="issuance_version_number"),
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="issuance_version_sha256"),
        Index("issuance_version_sha256_key", "sha256"),
        Index("issuance_version_newest", "issuance_id", unique=True, postgresql_where="newest"),
        Index("issuance_version_due", "renew_before", postgresql_where="newest"),
    )
