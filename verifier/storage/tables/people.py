"""Tables of people: who they are, which roles they hold, and how they prove who they are."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from verifier.storage.tables.base import Base

ROLES = (
    "'reception', 'specialist', 'leader', 'clerk', 'administrator', 'auditor', 'relying_agency', 'portal'"  # one list
)


def of_person() -> ForeignKeyConstraint:
    """Hold that a row of a person belongs to the person's own authority."""
    return ForeignKeyConstraint(["authority_id", "person_id"], ["person.authority_id", "person.id"])


class PersonRow(Base):
    """A person who works for one authority. Someone who moves gets a new account there; this one is closed."""

    __tablename__ = "person"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    authority_id: Mapped[UUID] = mapped_column(ForeignKey("authority.id"))
    login: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    name_sort: Mapped[str]
    name_search: Mapped[str]
    title_vi: Mapped[str]
    title_en: Mapped[str]
    email: Mapped[str]
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    version: Mapped[int]
    changed_at: Mapped[datetime]
    changed_by: Mapped[UUID | None]

    __table_args__ = (
        UniqueConstraint("authority_id", "id", name="person_of_authority"),
        CheckConstraint("login ~ '^[a-z0-9][a-z0-9._-]{2,63}$'", name="person_login"),
        Index("person_by_name", "authority_id", "name_sort"),
    )


class RoleGrantRow(Base):
    """A role that a person holds from one instant to another."""

    __tablename__ = "role_grant"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    authority_id: Mapped[UUID]
    person_id: Mapped[UUID]
    role: Mapped[str]
    valid_from: Mapped[datetime]
    valid_until: Mapped[datetime | None]
    granted_by: Mapped[UUID | None]
    granted_at: Mapped[datetime]

    __table_args__ = (
        of_person(),
        CheckConstraint(f"role in ({ROLES})", name="role_grant_role"),
        CheckConstraint("valid_until is null or valid_until >= valid_from", name="role_grant_period"),
        CheckConstraint("granted_by is null or granted_by <> person_id", name="role_grant_not_to_oneself"),
        Index("role_grant_of", "person_id"),
    )


class PasswordRow(Base):
    """The password of a local account, as argon2id."""

    __tablename__ = "password"

    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    authority_id: Mapped[UUID]
    hash: Mapped[str]
    changed_at: Mapped[datetime]

    __table_args__ = (of_person(),)


class SecondFactorRow(Base):
    """The TOTP secret (RFC 6238), sealed with the key ring; `last_step` is the last time step that was used."""

    __tablename__ = "second_factor"

    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    authority_id: Mapped[UUID]
    secret: Mapped[bytes]
    last_step: Mapped[int] = mapped_column(BigInteger)
    confirmed_at: Mapped[datetime | None]

    __table_args__ = (of_person(),)


class RecoveryCodeRow(Base):
    """A code that stands in for the second factor once."""

    __tablename__ = "recovery_code"

    code_sha256: Mapped[bytes] = mapped_column(primary_key=True)
    authority_id: Mapped[UUID]
    person_id: Mapped[UUID]
    used_at: Mapped[datetime | None]

    __table_args__ = (of_person(), Index("recovery_code_of", "person_id"))


class IdentityRow(Base):
    """An identity at an OpenID Connect provider that is this person's."""

    __tablename__ = "identity"

    issuer: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    authority_id: Mapped[UUID]
    person_id: Mapped[UUID]
    linked_at: Mapped[datetime]

    __table_args__ = (of_person(), Index("identity_of", "person_id"))


class InvitationRow(Base):
    """A link, good once and for a short time, by which a person sets up how to sign in."""

    __tablename__ = "invitation"

    token_sha256: Mapped[bytes] = mapped_column(primary_key=True)
    authority_id: Mapped[UUID]
    person_id: Mapped[UUID]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    __table_args__ = (of_person(), Index("invitation_of", "person_id"))
