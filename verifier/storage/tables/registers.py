"""Tables of register books: the book of a kind and year, its entries, and corrections of what stands in them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from verifier.storage.tables.base import Base


class RegisterBookRow(Base):
    """One register book (sổ) of an authority, for one kind and year; its counter is the last number given."""

    __tablename__ = "register_book"

    authority_id: Mapped[UUID] = mapped_column(ForeignKey("authority.id"), primary_key=True)
    symbol: Mapped[str] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    last_number: Mapped[int]
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    volumes: Mapped[dict[str, Any]]
    closed_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    close_decision: Mapped[str]
    totals: Mapped[dict[str, Any]]
    chain: Mapped[str]
    closing_id: Mapped[UUID | None] = mapped_column(ForeignKey("issuance.id"))

    __table_args__ = (
        CheckConstraint(
            "closed_at is null or (closed_by is not null and chain ~ '^[0-9a-f]{64}$')", name="register_book_closed"
        ),
    )


class RegisterEntryRow(Base):
    """One number of a book and what became of it. Entries are never deleted."""

    __tablename__ = "register_entry"

    authority_id: Mapped[UUID] = mapped_column(ForeignKey("authority.id"), primary_key=True)
    symbol: Mapped[str] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str]
    issuance_id: Mapped[UUID | None] = mapped_column(unique=True)
    officer_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    reserved_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    reason: Mapped[str]
    document: Mapped[str]
    document_sha256: Mapped[str]
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("case_file.id"))
    paper_id: Mapped[UUID | None] = mapped_column(ForeignKey("case_paper.id"))
    columns: Mapped[dict[str, Any]]

    __table_args__ = (
        CheckConstraint(
            "state in ('reserved', 'issued', 'cancelled', 'annulled', 'replaced')", name="register_entry_state"
        ),
        CheckConstraint("number > 0", name="register_entry_number"),
        CheckConstraint("(issuance_id is null) <> (paper_id is null)", name="register_entry_of_one"),
        CheckConstraint("(case_id is null) = (paper_id is null)", name="register_entry_paper"),
        Index(
            "register_entry_of_paper",
            "paper_id",
            unique=True,
            postgresql_where="state in ('reserved', 'issued')",
        ),
        Index("register_entry_time", "authority_id", "symbol", "reserved_at"),
        Index("register_entry_changed", "authority_id", "symbol", "changed_at"),
    )


class RegisterCorrectionRow(Base):
    """A correction of one column of an entry, which itself stays as it is. Rows are added, never changed."""

    __tablename__ = "register_correction"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    authority_id: Mapped[UUID] = mapped_column(ForeignKey("authority.id"))
    symbol: Mapped[str]
    year: Mapped[int]
    number: Mapped[int]
    column: Mapped[str]
    before: Mapped[str]
    after: Mapped[str]
    reason: Mapped[str]
    basis: Mapped[str]
    book_year: Mapped[int]
    ordinal: Mapped[int]
    officer_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    officer_name: Mapped[str]
    made_at: Mapped[datetime]

    __table_args__ = (
        ForeignKeyConstraint(
            ["authority_id", "symbol", "year", "number"],
            ["register_entry.authority_id", "register_entry.symbol", "register_entry.year", "register_entry.number"],
        ),
        CheckConstraint("book_year >= year and ordinal > 0", name="register_correction_place"),
        CheckConstraint("reason <> '' and basis <> ''", name="register_correction_cited"),
        Index("register_correction_ordinal", "authority_id", "symbol", "book_year", "ordinal", unique=True),
        Index("register_correction_of_entry", "authority_id", "symbol", "year", "number"),
    )
