"""Tables of dossiers: the case, its papers, its stored records, uploads, counters of codes, and answered requests."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from verifier.storage.tables.base import Base

WORK_ORDER = "coalesce(due_at, step_due, filed_at)"
"""In which order lists tell what is to be done."""


class CaseRow(Base):
    """One dossier; the database holds that who proposed is not who decided."""

    __tablename__ = "case_file"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    authority_id: Mapped[UUID] = mapped_column(ForeignKey("authority.id"))
    intake_id: Mapped[UUID] = mapped_column(ForeignKey("authority.id"))
    code: Mapped[str] = mapped_column(unique=True)
    token_sha256: Mapped[bytes] = mapped_column(unique=True)
    procedure: Mapped[str]
    law_day: Mapped[date]
    law_sha256: Mapped[str]
    channel: Mapped[str]
    filed_at: Mapped[datetime]
    status: Mapped[str]
    applicant: Mapped[dict[str, Any]]
    facts: Mapped[dict[str, Any]]
    version: Mapped[int]
    delivery: Mapped[str]
    purpose: Mapped[str]
    note: Mapped[str]
    external: Mapped[str]
    filed_by: Mapped[str]
    identity: Mapped[bytes]
    complete_at: Mapped[datetime | None]
    resume: Mapped[str]
    supplements: Mapped[int]
    supplement: Mapped[dict[str, Any]]
    supplement_due: Mapped[datetime | None]
    supplemented_at: Mapped[datetime | None]
    fee_vnd: Mapped[int | None] = mapped_column(BigInteger)
    paid_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    clock_from: Mapped[datetime | None]
    first_due: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    paused_at: Mapped[datetime | None]
    paused_due: Mapped[datetime | None]
    apologies: Mapped[int]
    apology: Mapped[dict[str, Any]]
    warned: Mapped[str]
    step: Mapped[str]
    step_due: Mapped[datetime | None]
    officer_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    assigned_at: Mapped[datetime | None]
    proposal: Mapped[dict[str, Any]]
    proposed_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    outcome: Mapped[str]
    signed_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    forwarded_at: Mapped[datetime | None]
    archived_at: Mapped[datetime | None]
    keep_until: Mapped[date | None]
    removed_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(
            "decided_by is null or proposed_by is null or decided_by <> proposed_by", name="case_two_people"
        ),
        CheckConstraint("channel in ('portal', 'counter', 'post')", name="case_channel"),
        CheckConstraint("octet_length(token_sha256) = 32", name="case_token"),
        CheckConstraint("removed_at is null or archived_at is not null", name="case_removed"),
        CheckConstraint("(paused_at is null) = (paused_due is null)", name="case_paused"),
        CheckConstraint("paused_at is null or due_at is null", name="case_paused_due"),
        Index(
            "case_external",
            *("intake_id", "external"),
            unique=True,
            postgresql_where="external <> '' and filed_by not like 'client:%'",
        ),
        Index(
            "case_external_of_client",
            *("filed_by", "external"),
            unique=True,
            postgresql_where="external <> '' and filed_by like 'client:%'",
        ),
        Index("case_of_filer", "filed_by", "filed_at", "id"),
        Index("case_file_filed", "intake_id", "filed_at", "id"),
        Index(
            "case_file_ended",
            *("authority_id", "ended_at", "id"),
            postgresql_where="ended_at is not null and archived_at is null and removed_at is null",
        ),
        Index(
            "case_file_keep",
            *("authority_id", "keep_until", "id"),
            postgresql_where="archived_at is not null and removed_at is null",
        ),
        Index("case_file_work", "authority_id", text(WORK_ORDER), "id", postgresql_where="ended_at is null"),
        Index(
            "case_file_officer",
            *("officer_id", text(WORK_ORDER), "id"),
            postgresql_where="ended_at is null and officer_id is not null",
        ),
        Index(
            "case_file_due",
            *("authority_id", "due_at", "id"),
            postgresql_include=["intake_id", "status", "officer_id"],
            postgresql_where="ended_at is null",
        ),
        Index(
            "case_file_step_due",
            *("authority_id", "step_due", "id"),
            postgresql_include=["intake_id"],
            postgresql_where="ended_at is null and step_due is not null",
        ),
        Index(
            "case_file_supplement_due",
            *("authority_id", "supplement_due", "id"),
            postgresql_include=["intake_id"],
            postgresql_where="ended_at is null and supplement_due is not null",
        ),
        Index("case_of_identity", "identity", postgresql_where="identity <> ''::bytea"),
    )


class CasePaperRow(Base):
    """One paper of a dossier."""

    __tablename__ = "case_paper"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    authority_id: Mapped[UUID] = mapped_column(ForeignKey("authority.id"))
    number: Mapped[int]
    name: Mapped[str]
    work: Mapped[str]
    type: Mapped[str]
    holder: Mapped[str]
    copies: Mapped[int]
    serial: Mapped[str]
    office: Mapped[str]
    signer: Mapped[str]
    title: Mapped[str]
    signed_on: Mapped[date | None]
    countries: Mapped[tuple[str, ...]] = mapped_column(ARRAY(Text(), as_tuple=True))
    issuing_country: Mapped[str]
    document_kind: Mapped[str]
    language: Mapped[str]
    pages: Mapped[int | None]
    checked: Mapped[bool]
    record_id: Mapped[UUID | None]
    sha256: Mapped[str]
    translation_id: Mapped[UUID | None]
    verdict: Mapped[dict[str, Any]]
    basis: Mapped[str]
    basis_note: Mapped[str]
    basis_record: Mapped[UUID | None]
    outcome: Mapped[str]
    grounds: Mapped[tuple[str, ...]] = mapped_column(ARRAY(Text(), as_tuple=True))
    issuance_id: Mapped[UUID | None] = mapped_column(ForeignKey("issuance.id"))
    symbol: Mapped[str]
    year: Mapped[int | None]
    entry: Mapped[int | None]
    issued_at: Mapped[datetime | None]
    annulled_at: Mapped[datetime | None]
    annul_ground: Mapped[str]
    annul_decision: Mapped[str]

    __table_args__ = (
        UniqueConstraint("case_id", "number", name="case_paper_number"),
        CheckConstraint("copies > 0", name="case_paper_copies"),
        CheckConstraint("basis in ('', 'a', 'b', 'c', 'specimen')", name="case_paper_basis"),
        Index("case_paper_issuance", "issuance_id", postgresql_where="issuance_id is not null"),
        Index("case_paper_open_act", "issuance_id", postgresql_where="issuance_id is not null and issued_at is null"),
        Index(
            "case_paper_to_judge",
            "case_id",
            postgresql_where="record_id is not null and (verdict = '{}' or jsonb_exists(verdict, 'again_at'))",
        ),
    )


class CaseRecordRow(Base):
    """A file that is stored with a dossier."""

    __tablename__ = "case_record"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    authority_id: Mapped[UUID] = mapped_column(ForeignKey("authority.id"))
    kind: Mapped[str]
    name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    blob: Mapped[str]
    made_at: Mapped[datetime]
    made_by: Mapped[str]
    component: Mapped[str]
    form: Mapped[str]
    paper_id: Mapped[UUID | None]

    __table_args__ = (
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="case_record_sha256"),
        Index("case_record_of_case", "case_id"),
        Index("case_record_blob", "blob", postgresql_where="blob <> ''"),
    )


class CaseUploadRow(Base):
    """A file that was brought before a command named it."""

    __tablename__ = "case_upload"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    authority_id: Mapped[UUID] = mapped_column(ForeignKey("authority.id"))
    owner: Mapped[str]
    name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    blob: Mapped[str]
    made_at: Mapped[datetime]
    pages: Mapped[int | None]

    __table_args__ = (Index("case_upload_age", "made_at"),)


class CaseCounterRow(Base):
    """The last ordinal given to a dossier code of an authority on a day."""

    __tablename__ = "case_counter"

    authority_id: Mapped[UUID] = mapped_column(ForeignKey("authority.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    last: Mapped[int]


class CaseRequestRow(Base):
    """A request that was answered under a key, so that the same one again changes nothing."""

    __tablename__ = "case_request"

    asker: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[bytes] = mapped_column(primary_key=True)
    authority_id: Mapped[UUID] = mapped_column(ForeignKey("authority.id"))
    content: Mapped[bytes]
    case_id: Mapped[UUID]
    made_at: Mapped[datetime]

    __table_args__ = (Index("case_request_age", "made_at"),)


class CaseConfirmationRow(Base):
    """A request for confirmation to another authority, with its own clock."""

    __tablename__ = "case_confirmation"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    authority_id: Mapped[UUID] = mapped_column(ForeignKey("authority.id"))
    papers: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()))
    asked: Mapped[str]
    name: Mapped[str]
    address: Mapped[str]
    question: Mapped[str]
    reference: Mapped[str]
    state: Mapped[str]
    letter_id: Mapped[UUID | None]
    drafted_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    drafted_at: Mapped[datetime]
    sent_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    sent_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    warn_at: Mapped[datetime | None]
    answer: Mapped[str]
    answer_reference: Mapped[str]
    answer_id: Mapped[UUID | None]
    answered_at: Mapped[datetime | None]
    noted_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))

    __table_args__ = (
        CheckConstraint("asked in ('vietnam', 'ministry', 'foreign')", name="case_confirmation_asked"),
        CheckConstraint("state in ('drafted', 'sent', 'answered', 'closed')", name="case_confirmation_state"),
        CheckConstraint("answer in ('', 'authentic', 'not-authentic', 'unclear')", name="case_confirmation_answer"),
        Index("case_confirmation_of_case", "case_id"),
        Index("case_confirmation_warn", "warn_at", postgresql_where="state = 'sent'"),
        Index("case_confirmation_waiting", "authority_id", "due_at", postgresql_where="state = 'sent'"),
    )
