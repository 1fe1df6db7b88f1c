"""Tables of notices, of deliveries, and of links by which a result is fetched once."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Uuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from verifier.storage.tables.base import Base


class NoticeRow(Base):
    """What somebody is told; its words and addresses stand sealed."""

    __tablename__ = "notice"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    authority_id: Mapped[UUID] = mapped_column(ForeignKey("authority.id"))
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("case_file.id"))
    template: Mapped[str]
    recipient: Mapped[str]
    lang: Mapped[str]
    values: Mapped[dict[str, Any]]
    records: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()))
    ways: Mapped[list[str]]
    state: Mapped[str]
    made_at: Mapped[datetime]
    way: Mapped[str]
    address: Mapped[str]
    sent_at: Mapped[datetime | None]
    receipt: Mapped[str]
    trouble: Mapped[str]
    tries: Mapped[int]

    __table_args__ = (
        CheckConstraint("state in ('waiting', 'sent', 'failed', 'no-way')", name="notice_state"),
        Index("notice_of_case", "case_id"),
    )


class DeliveryRow(Base):
    """How a result is given to the applicant, and the proof of it."""

    __tablename__ = "delivery"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    authority_id: Mapped[UUID] = mapped_column(ForeignKey("authority.id"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"))
    way: Mapped[str]
    state: Mapped[str]
    made_at: Mapped[datetime]
    made_by: Mapped[str]
    records: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()))
    sha256: Mapped[list[str]]
    link_sha256: Mapped[bytes | None] = mapped_column(unique=True)
    expires_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    proof: Mapped[dict[str, Any]]
    noted_at: Mapped[datetime | None]
    tries: Mapped[int]
    trouble: Mapped[str]

    __table_args__ = (
        CheckConstraint("state in ('sending', 'offered', 'done', 'failed', 'replaced')", name="delivery_state"),
        CheckConstraint("way in ('data-store', 'e-mail', 'device', 'paper')", name="delivery_way"),
        CheckConstraint("(state = 'done') = (done_at is not null)", name="delivery_done"),
        Index("delivery_of_case", "case_id"),
        Index("delivery_to_note", "done_at", postgresql_where="noted_at is null and state = 'done'"),
    )
