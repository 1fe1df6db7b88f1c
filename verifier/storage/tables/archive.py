"""Table of packages of dossiers."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from verifier.storage.tables.base import Base


class ArchivePackageRow(Base):
    """A package; the database holds that none is handed over unsealed, nor removed by one person alone."""

    __tablename__ = "archive_package"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    authority_id: Mapped[UUID] = mapped_column(ForeignKey("authority.id"))
    made_at: Mapped[datetime]
    made_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    case_version: Mapped[int]
    events: Mapped[int]
    files: Mapped[int]
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    manifest_sha256: Mapped[str]
    blob: Mapped[str]
    sealed_at: Mapped[datetime | None]
    tsa: Mapped[str]
    unsealed: Mapped[str]
    handed_at: Mapped[datetime | None]
    handed_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    receiver: Mapped[str]
    proposed_at: Mapped[datetime | None]
    proposed_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    removed_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("handed_at is null or sealed_at is not null", name="archive_package_sealed"),
        CheckConstraint(
            "removed_at is null or (handed_at is not null and proposed_by is not null)", name="archive_package_removed"
        ),
        CheckConstraint("(sealed_at is null) = (unsealed <> '')", name="archive_package_said"),
        Index("archive_package_of_case", "case_id"),
    )
