"""Tables of issuing: who may sign with which key, what officers confirmed, acts step by step."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from verifier.storage.tables.base import Base


class SigningGrantRow(Base):
    """A person may have acts signed with a key, of these kinds, in this period."""

    __tablename__ = "signing_grant"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    authority_id: Mapped[UUID] = mapped_column(ForeignKey("authority.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    key_name: Mapped[str]
    certificate_sha256: Mapped[str]
    role: Mapped[str]
    kinds: Mapped[list[str]]
    valid_from: Mapped[datetime]
    valid_until: Mapped[datetime | None]
    picture: Mapped[bytes | None]
    picture_mm: Mapped[float | None]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    proposal_id: Mapped[UUID | None] = mapped_column(ForeignKey("proposal.id"))

    __table_args__ = (
        CheckConstraint("role in ('person', 'agency')", name="signing_grant_role"),
        CheckConstraint("certificate_sha256 ~ '^[0-9a-f]{64}$'", name="signing_grant_certificate"),
        CheckConstraint("valid_until is null or valid_until > valid_from", name="signing_grant_period"),
        CheckConstraint("(picture is null) = (picture_mm is null)", name="signing_grant_picture"),
        Index("signing_grant_of_person", "person_id"),
    )


class SigningMandateRow(Base):
    """An officer confirmed these acts with a step-up; sealed by the signer process. Rows are added, never changed."""

    __tablename__ = "signing_mandate"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    authority_id: Mapped[UUID] = mapped_column(ForeignKey("authority.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    session_id: Mapped[UUID]
    confirmed_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    acts: Mapped[dict[str, Any]]
    mac: Mapped[bytes]


class IssuanceBatchRow(Base):
    """Many acts of one kind that are confirmed at once."""

    __tablename__ = "issuance_batch"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    authority_id: Mapped[UUID] = mapped_column(ForeignKey("authority.id"))
    officer_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str]
    dossier: Mapped[str]
    state: Mapped[str]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("state in ('open', 'running', 'stopped', 'finished')", name="issuance_batch_state"),
    )


class IssuanceRow(Base):
    """One act of issuing, step by step."""

    __tablename__ = "issuance"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    authority_id: Mapped[UUID] = mapped_column(ForeignKey("authority.id"))
    officer_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    batch_id: Mapped[UUID | None] = mapped_column(ForeignKey("issuance_batch.id"))
    mandate_id: Mapped[UUID | None] = mapped_column(ForeignKey("signing_mandate.id"))
    law_sha256: Mapped[str]
    kind: Mapped[str]
    dossier: Mapped[str]
    level: Mapped[str]
    wanted: Mapped[dict[str, Any]]
    state: Mapped[str]
    version: Mapped[int]
    created_at: Mapped[datetime]
    file_name: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    input_sha256: Mapped[str]
    input_blob: Mapped[str]
    input_report: Mapped[str]
    placement: Mapped[str]
    layout: Mapped[dict[str, Any]]
    book: Mapped[str]
    year: Mapped[int | None]
    number: Mapped[int | None]
    number_text: Mapped[str]
    volume: Mapped[int]
    issued_at: Mapped[datetime | None]
    check_sha256: Mapped[bytes] = mapped_column(unique=True)
    working_blob: Mapped[str | None]
    prepared: Mapped[dict[str, Any] | None]
    person_digest: Mapped[str]
    agency_digest: Mapped[str]
    output_blob: Mapped[str | None]
    output_sha256: Mapped[str]
    output_report: Mapped[str]
    conclusion: Mapped[str]
    released_at: Mapped[datetime | None]
    problem: Mapped[dict[str, Any] | None]
    attempts: Mapped[int] = mapped_column(SmallInteger)
    next_try_at: Mapped[datetime | None]
    leased_until: Mapped[datetime | None]
    stop_asked: Mapped[bool]
    annulled_at: Mapped[datetime | None]
    annulled_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    annul_ground: Mapped[str]
    annul_decision: Mapped[str]
    replaces_id: Mapped[UUID | None] = mapped_column(ForeignKey("issuance.id"))
    replaced_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("issuance.id"))

    __table_args__ = (
        CheckConstraint(
            "state in ('ordered', 'confirmed', 'numbered', 'prepared', 'person-signed', 'agency-signed', 'completed',"
            " 'judged', 'released', 'cancelled')",
            name="issuance_state",
        ),
        CheckConstraint("level in ('B-LT', 'B-LTA')", name="issuance_level"),
        CheckConstraint("octet_length(check_sha256) = 32", name="issuance_check"),
        CheckConstraint(
            "state <> 'released' or (output_blob is not null and released_at is not null and number is not null)",
            name="issuance_released",
        ),
        CheckConstraint("(number is null) = (year is null)", name="issuance_number"),
        CheckConstraint("annulled_at is null or state = 'released'", name="issuance_annulled"),
        Index("issuance_of_authority", "authority_id", "created_at"),
        Index("issuance_ordered", "created_at", postgresql_where="state = 'ordered'"),
        Index("issuance_annulled", "id", postgresql_where="annulled_at is not null"),
        Index("issuance_of_batch", "batch_id", postgresql_where="batch_id is not null"),
        Index("issuance_output", "output_sha256", postgresql_where="output_sha256 <> ''"),
        Index(
            "issuance_open",
            "next_try_at",
            postgresql_where="state not in ('ordered', 'released', 'cancelled')",
        ),
    )
