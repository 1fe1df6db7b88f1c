"""Tables of trust: which snapshot was in use from when on, and how each followed list stands."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from verifier.storage.tables.base import Base


class TrustChangeRow(Base):
    """From here on another trust snapshot is in use. Rows are added and never changed."""

    __tablename__ = "trust_change"

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    snapshot_id: Mapped[str]
    previous_id: Mapped[str]
    kind: Mapped[str]
    authority_id: Mapped[UUID | None] = mapped_column(ForeignKey("authority.id"))
    proposal_id: Mapped[UUID | None] = mapped_column(ForeignKey("proposal.id"))
    at: Mapped[datetime]
    made_by: Mapped[str]
    approved_by: Mapped[str]
    reason: Mapped[str]
    effect: Mapped[dict[str, Any]]

    __table_args__ = (
        CheckConstraint("kind in ('installed', 'approved', 'refreshed')", name="trust_change_kind"),
        CheckConstraint("snapshot_id ~ '^[0-9a-f]{64}$'", name="trust_change_snapshot"),
        CheckConstraint(
            "(kind = 'approved') = (proposal_id is not null) and (kind <> 'approved' or authority_id is not null)",
            name="trust_change_two_people",
        ),
        Index("trust_change_of_proposal", "proposal_id", unique=True),
    )


class TrustSourceRow(Base):
    """How a trusted list that is followed stands: when it was tried, when it was good, what is wrong."""

    __tablename__ = "trust_source"

    scheme: Mapped[str] = mapped_column(primary_key=True)
    location: Mapped[str]
    tried_at: Mapped[datetime | None]
    good_at: Mapped[datetime | None]
    next_try_at: Mapped[datetime]
    failures: Mapped[int]
    problem: Mapped[str]
    params: Mapped[dict[str, Any]]
