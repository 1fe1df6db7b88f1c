"""The table by which dossiers are found."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from verifier.storage.tables.base import Base


class CaseSearchRow(Base):
    """The words by which one authority finds one dossier."""

    __tablename__ = "case_search"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), primary_key=True)
    authority_id: Mapped[UUID] = mapped_column(ForeignKey("authority.id"), primary_key=True)
    filed_at: Mapped[datetime]
    words: Mapped[str] = mapped_column(TSVECTOR())

    __table_args__ = (
        Index("case_search_words", "words", postgresql_using="gin", postgresql_with={"fastupdate": "off"}),
        Index("case_search_newest", "authority_id", "filed_at", "case_id"),
    )
