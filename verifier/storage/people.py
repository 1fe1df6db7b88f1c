"""Repository of people: accounts, roles, and what they sign in with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from verifier.storage.rows import folded, like, name_key, record, records, token_hash, touched, values
from verifier.storage.scope import Scope
from verifier.storage.tables import (
    IdentityRow,
    InvitationRow,
    PasswordRow,
    PersonRow,
    RecoveryCodeRow,
    RoleGrantRow,
    SecondFactorRow,
)


@dataclass(frozen=True)
class Person:
    """Somebody who works for one authority."""

    id: UUID
    authority_id: UUID
    login: str
    """Sign-in name: lower-case ASCII letters, digits, `.`, `_`, `-`."""
    name: str
    """Full name, family name first; NFC."""
    title_vi: str
    title_en: str
    """Official title (chức danh)."""
    email: str
    created_at: datetime
    disabled_at: datetime | None
    """When the account was closed; None while it is open."""
    version: int
    changed_at: datetime
    changed_by: UUID | None
    """Who changed it last; None for a command on the command line."""


@dataclass(frozen=True)
class RoleGrant:
    """A role held from one instant until another."""

    id: UUID
    authority_id: UUID
    person_id: UUID
    role: str
    valid_from: datetime
    valid_until: datetime | None
    """First instant at which it is held no more; None where no end is known."""
    granted_by: UUID | None
    granted_at: datetime

    def holds_at(self, instant: datetime) -> bool:
        """Tell whether it holds at an instant."""
        return self.valid_from <= instant and (self.valid_until is None or instant < self.valid_until)


@dataclass(frozen=True)
class SecondFactor:
    """A TOTP secret as it is kept."""

    person_id: UUID
    authority_id: UUID
    secret: bytes
    """Sealed with the key ring."""
    last_step: int
    """The last time step that was used; a code of it or of an earlier one is a replay."""
    confirmed_at: datetime | None
    """None until the first code was right."""


@dataclass(frozen=True)
class Invitation:
    """A link by which a person sets up how to sign in."""

    authority_id: UUID
    person_id: UUID
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None


class People:
    """The tables of people, within the scope."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session, self._scope = session, scope

    # --- who they are ----------------------------------------------------------------------------------------------

    def add(self, person: Person) -> None:
        """Store a new person; the sign-in name must be new in the whole service."""
        self._session.add(PersonRow(**values(person), **_keys(person)))
        self._session.flush()

    def get(self, id_: UUID) -> Person | None:
        """Find by id within the scope."""
        return self._one(self._own(PersonRow).where(PersonRow.id == id_))

    def hold(self, id_: UUID) -> Person | None:
        """Find by id; nobody else holds or changes this person until the unit of work ends."""
        return self._one(self._own(PersonRow).where(PersonRow.id == id_).with_for_update(key_share=True))

    def by_login(self, login: str) -> Person | None:
        """Find by sign-in name within the scope."""
        return self._one(self._own(PersonRow).where(PersonRow.login == login))

    def login_taken(self, login: str) -> bool:
        """Tell whether some account of any authority has this name, closed ones too."""
        return bool(self._session.scalar(func.verifier_login_taken(login)))

    def search(self, text: str = "", *, limit: int = 200, offset: int = 0) -> tuple[Person, ...]:
        """People whose name, sign-in name or e-mail holds `text`, by given name; marks and case do not matter."""
        wanted = self._own(PersonRow).order_by(PersonRow.name_sort, PersonRow.login).limit(limit).offset(offset)
        if text:
            wanted = wanted.where(PersonRow.name_search.like(like(text)))
        return records(Person, self._session.scalars(wanted))

    def change(self, person: Person) -> bool:
        """Store a person anew with the next version; False where somebody changed it since it was read."""
        told = values(person) | _keys(person) | {"version": person.version + 1}
        wanted = update(PersonRow).where(PersonRow.id == person.id, PersonRow.version == person.version)
        return touched(self._session, self._bound(wanted, PersonRow).values(**told))

    # --- roles -----------------------------------------------------------------------------------------------------

    def grants(self, person_id: UUID) -> tuple[RoleGrant, ...]:
        """All roles a person holds, held or will hold, oldest first."""
        wanted = self._own(RoleGrantRow).where(RoleGrantRow.person_id == person_id)
        return records(RoleGrant, self._session.scalars(wanted.order_by(RoleGrantRow.valid_from, RoleGrantRow.role)))

    def all_grants(self) -> tuple[RoleGrant, ...]:
        """All roles within the scope."""
        return records(RoleGrant, self._session.scalars(self._own(RoleGrantRow).order_by(RoleGrantRow.role)))

    def grant(self, grant: RoleGrant) -> None:
        """Store a role."""
        self._session.add(RoleGrantRow(**values(grant)))
        self._session.flush()

    def end_grant(self, id_: UUID, at: datetime) -> bool:
        """Let a role end at an instant; False where there is none that is held then."""
        held = (RoleGrantRow.valid_until.is_(None)) | (RoleGrantRow.valid_until > at)
        wanted = update(RoleGrantRow).where(RoleGrantRow.id == id_, held)
        return touched(self._session, self._bound(wanted, RoleGrantRow).values(valid_until=at))

    # --- what they sign in with ------------------------------------------------------------------------------------

    def password(self, person_id: UUID) -> str | None:
        """Return the argon2id hash; None where the person has no password."""
        wanted = self._own(PasswordRow, PasswordRow.hash).where(PasswordRow.person_id == person_id)
        return cast("str | None", self._session.scalar(wanted))

    def set_password(self, person: Person, hashed: str, at: datetime) -> None:
        """Keep a password's hash in place of the one before."""
        self._session.execute(delete(PasswordRow).where(PasswordRow.person_id == person.id))
        row = PasswordRow(person_id=person.id, authority_id=person.authority_id, hash=hashed, changed_at=at)
        self._session.add(row)
        self._session.flush()

    def second_factor(self, person_id: UUID) -> SecondFactor | None:
        """Return the TOTP secret; the row is locked, so that one code cannot be used twice at a time."""
        wanted = self._own(SecondFactorRow).where(SecondFactorRow.person_id == person_id).with_for_update()
        row = self._session.scalars(wanted.execution_options(populate_existing=True)).one_or_none()
        return None if row is None else record(SecondFactor, row)

    def set_second_factor(self, factor: SecondFactor) -> None:
        """Keep a TOTP secret in place of the one before."""
        self._session.merge(SecondFactorRow(**values(factor)))
        self._session.flush()

    def use_step(self, person_id: UUID, step: int) -> None:
        """Note the last time step of which a code was used."""
        wanted = update(SecondFactorRow).where(SecondFactorRow.person_id == person_id)
        self._session.execute(self._bound(wanted, SecondFactorRow).values(last_step=step))

    def second_factors(self) -> tuple[SecondFactor, ...]:
        """All TOTP secrets within the scope, for sealing them anew."""
        return records(SecondFactor, self._session.scalars(self._own(SecondFactorRow).with_for_update()))

    def set_recovery_codes(self, person: Person, codes: tuple[str, ...]) -> None:
        """Keep the hashes of new recovery codes in place of all before."""
        self._session.execute(delete(RecoveryCodeRow).where(RecoveryCodeRow.person_id == person.id))
        owner = {"person_id": person.id, "authority_id": person.authority_id}
        self._session.add_all(RecoveryCodeRow(code_sha256=token_hash(code), **owner) for code in codes)
        self._session.flush()

    def use_recovery_code(self, person_id: UUID, code: str, at: datetime) -> bool:
        """Use a recovery code up; False where it is none, or was used before."""
        fits = (RecoveryCodeRow.person_id == person_id) & (RecoveryCodeRow.code_sha256 == token_hash(code))
        wanted = update(RecoveryCodeRow).where(fits, RecoveryCodeRow.used_at.is_(None))
        return touched(self._session, self._bound(wanted, RecoveryCodeRow).values(used_at=at))

    def recovery_codes_left(self, person_id: UUID) -> int:
        """How many recovery codes are unused."""
        left = (RecoveryCodeRow.person_id == person_id) & RecoveryCodeRow.used_at.is_(None)
        return self._session.scalar(select(func.count()).select_from(RecoveryCodeRow).where(left)) or 0

    def forget_credentials(self, person_id: UUID) -> None:
        """Delete password, second factor, recovery codes, linked identities and invitations."""
        for table in (PasswordRow, SecondFactorRow, RecoveryCodeRow, IdentityRow, InvitationRow):
            self._session.execute(self._bound(delete(table).where(table.person_id == person_id), table))

    def by_identity(self, issuer: str, subject: str) -> Person | None:
        """Find whose identity this is."""
        is_it = (IdentityRow.issuer == issuer) & (IdentityRow.subject == subject)
        owner = self._session.scalar(self._own(IdentityRow, IdentityRow.person_id).where(is_it))
        return None if owner is None else self.get(owner)

    def identities(self, person_id: UUID) -> tuple[tuple[str, str], ...]:
        """Issuer and subject of the person's identities."""
        wanted = select(IdentityRow.issuer, IdentityRow.subject).where(IdentityRow.person_id == person_id)
        return tuple((issuer, subject) for issuer, subject in self._session.execute(wanted))

    def link_identity(self, person: Person, issuer: str, subject: str, at: datetime) -> None:
        """Keep that an identity is this person's; IntegrityError where it is somebody's already."""
        owner = {"person_id": person.id, "authority_id": person.authority_id}
        self._session.add(IdentityRow(issuer=issuer, subject=subject, linked_at=at, **owner))
        self._session.flush()

    def able(self) -> frozenset[UUID]:
        """Who has set up how to sign in: by a password, or by an identity elsewhere."""
        return frozenset(
            id_
            for table in (PasswordRow, IdentityRow)
            for id_ in self._session.scalars(self._own(table, table.person_id))
        )

    # --- invitations -----------------------------------------------------------------------------------------------

    def invite(self, invitation: Invitation, token: str) -> None:
        """Keep an invitation in place of all before; only the hash of its token is kept."""
        gone = delete(InvitationRow).where(InvitationRow.person_id == invitation.person_id)
        self._session.execute(self._bound(gone, InvitationRow))
        self._session.add(InvitationRow(token_sha256=token_hash(token), **values(invitation)))
        self._session.flush()

    def invitation(self, token: str) -> Invitation | None:
        """Find by token."""
        wanted = self._own(InvitationRow).where(InvitationRow.token_sha256 == token_hash(token))
        row = self._session.scalars(wanted).one_or_none()
        return None if row is None else record(Invitation, row)

    def invited(self) -> Mapping[UUID, datetime]:
        """Who has a link that was not used, and until when it is good."""
        wanted = self._own(InvitationRow, InvitationRow.person_id, InvitationRow.expires_at)
        return {row[0]: row[1] for row in self._session.execute(wanted.where(InvitationRow.used_at.is_(None)))}

    def use_invitation(self, token: str, at: datetime) -> bool:
        """Use an invitation up; False where it is none, was used, or is over."""
        good = (InvitationRow.token_sha256 == token_hash(token)) & InvitationRow.used_at.is_(None)
        wanted = update(InvitationRow).where(good, InvitationRow.expires_at > at)
        return touched(self._session, self._bound(wanted, InvitationRow).values(used_at=at))

    # --- inside ----------------------------------------------------------------------------------------------------

    def _own(self, table: Any, *columns: Any) -> Any:
        return self._bound(select(*(columns or (table,))), table)

    def _bound(self, statement: Any, table: Any) -> Any:
        return statement if self._scope.everything else statement.where(table.authority_id == self._scope.authority)

    def _one(self, wanted: Any) -> Person | None:
        row = self._session.scalars(wanted.execution_options(populate_existing=True)).one_or_none()
        return None if row is None else record(Person, row)


def _keys(person: Person) -> dict[str, str]:
    search = f"{person.name} {person.login} {person.email}"
    return {"name_sort": name_key(person.name), "name_search": folded(search)}
