"""Tables of machine clients: who they are, their public keys, the tokens they were given."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from verifier.storage.tables.base import Base


def of_client() -> ForeignKeyConstraint:
    """Hold that a row of a client belongs to the client's own authority."""
    return ForeignKeyConstraint(["authority_id", "client_id"], ["client.authority_id", "client.id"])


class ClientRow(Base):
    """A machine that acts for an authority: the national portal, a relying agency."""

    __tablename__ = "client"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    authority_id: Mapped[UUID] = mapped_column(ForeignKey("authority.id"))
    name: Mapped[str]
    role: Mapped[str]
    scopes: Mapped[list[str]]
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    version: Mapped[int]

    __table_args__ = (
        UniqueConstraint("authority_id", "id", name="client_of_authority"),
        CheckConstraint("role in ('relying_agency', 'portal')", name="client_role"),
    )


class ClientKeyRow(Base):
    """A public key (JWK) by which a client proves who it is; several may stand side by side while one is changed."""

    __tablename__ = "client_key"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    authority_id: Mapped[UUID]
    client_id: Mapped[UUID]
    kid: Mapped[str]
    jwk: Mapped[dict[str, Any]]
    valid_from: Mapped[datetime]
    valid_until: Mapped[datetime | None]

    __table_args__ = (of_client(), UniqueConstraint("client_id", "kid", name="client_key_kid"))


class AccessTokenRow(Base):
    """An access token given to a client; only its hash is kept."""

    __tablename__ = "access_token"

    token_sha256: Mapped[bytes] = mapped_column(primary_key=True)
    authority_id: Mapped[UUID]
    client_id: Mapped[UUID]
    scopes: Mapped[list[str]]
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]

    __table_args__ = (of_client(), Index("access_token_expires_at", "expires_at"))


class AssertionRow(Base):
    """A client assertion (RFC 7523) that was used, so that it is not used again."""

    __tablename__ = "assertion"

    client_id: Mapped[UUID] = mapped_column(primary_key=True)
    jti_sha256: Mapped[bytes] = mapped_column(primary_key=True)
    expires_at: Mapped[datetime]

    __table_args__ = (Index("assertion_expires_at", "expires_at"),)
