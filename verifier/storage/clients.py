"""Repository of machine clients, their public keys and access tokens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from verifier.storage.rows import record, records, token_hash, touched, values
from verifier.storage.scope import Scope
from verifier.storage.tables import AccessTokenRow, AssertionRow, ClientKeyRow, ClientRow


@dataclass(frozen=True)
class Client:
    """A machine that acts for an authority."""

    id: UUID
    """Also its `client_id`."""
    authority_id: UUID
    name: str
    role: str
    """`relying_agency` or `portal`."""
    scopes: list[str]
    created_at: datetime
    disabled_at: datetime | None
    version: int


@dataclass(frozen=True)
class ClientKey:
    """A public key of a client."""

    id: UUID
    authority_id: UUID
    client_id: UUID
    kid: str
    jwk: Mapping[str, Any]
    """Public JWK (RFC 7517)."""
    valid_from: datetime
    valid_until: datetime | None

    def holds_at(self, instant: datetime) -> bool:
        """Tell whether it may be used at an instant."""
        return self.valid_from <= instant and (self.valid_until is None or instant < self.valid_until)


@dataclass(frozen=True)
class AccessToken:
    """A bearer token that was given to a client; without the token itself."""

    authority_id: UUID
    client_id: UUID
    scopes: list[str]
    issued_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None


class Clients:
    """The tables of clients, within the scope."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session, self._scope = session, scope

    def add(self, client: Client) -> None:
        """Store a new client."""
        self._session.add(ClientRow(**values(client)))
        self._session.flush()

    def get(self, id_: UUID) -> Client | None:
        """Find by id within the scope."""
        row = self._session.scalars(self._own(ClientRow).where(ClientRow.id == id_)).one_or_none()
        return None if row is None else record(Client, row)

    def all(self) -> tuple[Client, ...]:
        """All clients within the scope, by name."""
        return records(Client, self._session.scalars(self._own(ClientRow).order_by(ClientRow.name)))

    def change(self, client: Client) -> bool:
        """Store a client anew with the next version; False where somebody changed it since it was read."""
        told = values(client) | {"version": client.version + 1}
        wanted = update(ClientRow).where(ClientRow.id == client.id, ClientRow.version == client.version)
        return touched(self._session, self._bound(wanted, ClientRow).values(**told))

    def add_key(self, key: ClientKey) -> None:
        """Store a key; IntegrityError where the client has one of that `kid`."""
        self._session.add(ClientKeyRow(**values(key)))
        self._session.flush()

    def keys(self, client_id: UUID) -> tuple[ClientKey, ...]:
        """All keys of a client, the newest first."""
        wanted = self._own(ClientKeyRow).where(ClientKeyRow.client_id == client_id)
        return records(ClientKey, self._session.scalars(wanted.order_by(ClientKeyRow.valid_from.desc())))

    def hold_key(self, id_: UUID) -> ClientKey | None:
        """Read a key as it now stands, and let nobody change it until the unit of work is over."""
        wanted = self._own(ClientKeyRow).where(ClientKeyRow.id == id_).with_for_update(read=True)
        row = self._session.scalars(wanted).one_or_none()
        return None if row is None else record(ClientKey, row)

    def end_key(self, id_: UUID, at: datetime) -> bool:
        """Let a key end at an instant; False where there is none that holds then."""
        held = ClientKeyRow.valid_until.is_(None) | (ClientKeyRow.valid_until > at)
        wanted = update(ClientKeyRow).where(ClientKeyRow.id == id_, held)
        return touched(self._session, self._bound(wanted, ClientKeyRow).values(valid_until=at))

    def use_assertion(self, client_id: UUID, jti: str, expires_at: datetime) -> bool:
        """Note that an assertion was used; False where it was used before."""
        told = {"client_id": client_id, "jti_sha256": token_hash(jti), "expires_at": expires_at}
        new = insert(AssertionRow).values(**told).on_conflict_do_nothing().returning(AssertionRow.client_id)
        return self._session.scalars(new).one_or_none() is not None

    def add_token(self, access: AccessToken, token: str) -> None:
        """Store an access token, of which only the hash is kept."""
        self._session.add(AccessTokenRow(token_sha256=token_hash(token), **values(access)))
        self._session.flush()

    def token(self, token: str) -> AccessToken | None:
        """Find an access token, revoked and expired ones too."""
        wanted = self._own(AccessTokenRow).where(AccessTokenRow.token_sha256 == token_hash(token))
        row = self._session.scalars(wanted).one_or_none()
        return None if row is None else record(AccessToken, row)

    def revoke_tokens(self, client_id: UUID, at: datetime) -> None:
        """Revoke all tokens of a client."""
        wanted = update(AccessTokenRow).where(
            AccessTokenRow.client_id == client_id, AccessTokenRow.revoked_at.is_(None)
        )
        self._session.execute(self._bound(wanted, AccessTokenRow).values(revoked_at=at))

    def delete_before(self, instant: datetime) -> int:
        """Delete tokens and used assertions that were over before an instant."""
        gone = 0
        for table in (AccessTokenRow, AssertionRow):
            done: Any = self._session.execute(delete(table).where(table.expires_at < instant))
            gone += int(done.rowcount)
        return gone

    def _own(self, table: Any) -> Any:
        return self._bound(select(table).execution_options(populate_existing=True), table)

    def _bound(self, statement: Any, table: Any) -> Any:
        return statement if self._scope.everything else statement.where(table.authority_id == self._scope.authority)
