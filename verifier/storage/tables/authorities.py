"""Tables of the authorities (tenants), what they may do, and changes that wait for a second person."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from verifier.storage.tables.base import Base


class AuthorityRow(Base):
    """One authority: a tenant of the service."""

    __tablename__ = "authority"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    name_vi: Mapped[str]
    name_en: Mapped[str]
    address_vi: Mapped[str]
    address_en: Mapped[str]
    time_zone: Mapped[str]
    signature_name: Mapped[str]
    seal_name: Mapped[str]
    states: Mapped[tuple[str, ...]] = mapped_column(ARRAY(Text(), as_tuple=True), default=())
    forwards_to: Mapped[UUID | None] = mapped_column(ForeignKey("authority.id"))
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    version: Mapped[int]
    created_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint(
            "kind in ('ministry', 'local_office', 'mission', 'commune', 'district', 'notary_office', 'agency')",
            name="authority_kind",
        ),
        CheckConstraint("code ~ '^[A-Z][A-Z0-9]*([.][A-Z0-9]+)*$' and length(code) <= 35", name="authority_code"),
        CheckConstraint("valid_until is null or valid_until >= valid_from", name="authority_period"),
        CheckConstraint("forwards_to <> id", name="authority_forwards"),
    )


class CompetenceRow(Base):
    """What an authority may do in one procedure, and from when until when."""

    __tablename__ = "competence"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    authority_id: Mapped[UUID] = mapped_column(ForeignKey("authority.id"))
    procedure: Mapped[str]
    capacity: Mapped[str]
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    citation: Mapped[str]

    __table_args__ = (
        CheckConstraint("capacity in ('decide', 'receive')", name="competence_capacity"),
        CheckConstraint("valid_until is null or valid_until >= valid_from", name="competence_period"),
        Index("competence_of", "authority_id", "procedure"),
    )


class ProposalRow(Base):
    """A change that one person proposed and another approves; the database holds that they are two."""

    __tablename__ = "proposal"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    authority_id: Mapped[UUID] = mapped_column(ForeignKey("authority.id"))
    kind: Mapped[str]
    subject_id: Mapped[str]
    payload: Mapped[dict[str, Any]]
    base_version: Mapped[int]
    reason: Mapped[str]
    state: Mapped[str]
    proposed_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    proposed_at: Mapped[datetime]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    decision_reason: Mapped[str]

    __table_args__ = (
        CheckConstraint("state in ('open', 'approved', 'rejected', 'withdrawn')", name="proposal_state"),
        CheckConstraint("(state = 'open') = (decided_by is null)", name="proposal_decided"),
        CheckConstraint(
            "state not in ('approved', 'rejected') or decided_by <> proposed_by", name="proposal_two_people"
        ),
        CheckConstraint("state <> 'withdrawn' or decided_by = proposed_by", name="proposal_withdrawn_by_proposer"),
        Index("proposal_open", "authority_id", "proposed_at", postgresql_where="state = 'open'"),
    )
