"""Machine clients and their public keys, as an administrator changes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4, uuid5

from verifier.accounts.caller import Caller
from verifier.accounts.client_keys import admit_key
from verifier.accounts.desk import Desk, Work, when, words_of
from verifier.accounts.plain_text import reason_of
from verifier.accounts.roles import OF_MACHINES, Role
from verifier.accounts.scopes import SCOPES
from verifier.accounts.security_log import What
from verifier.audit import Detail
from verifier.errors import BadRequest
from verifier.storage.clients import Client, ClientKey


@dataclass(frozen=True)
class ClientSheet:
    """All about one machine client."""

    client: Client
    keys: tuple[ClientKey, ...]
    """The newest first, ended ones too."""
    now: datetime

    @property
    def good_keys(self) -> int:
        """How many keys it may use now."""
        return sum(one.holds_at(self.now) for one in self.keys)


class ClientDesk(Desk):
    """Machine clients of the caller's authority."""

    def clients(self, caller: Caller) -> tuple[ClientSheet, ...]:
        """Return all machine clients, by name."""
        with self._work(caller, alone=False) as work:
            every = work.unit.clients.all()
            return tuple(ClientSheet(one, work.unit.clients.keys(one.id), work.now) for one in every)

    def client(self, caller: Caller, id_: UUID) -> ClientSheet:
        """Return all about a machine client; BadRequest `not-found`."""
        with self._work(caller, alone=False) as work:
            return ClientSheet(_client(work, id_), work.unit.clients.keys(id_), work.now)

    def add_client(
        self, caller: Caller, name: str, role: str, scopes: Iterable[str], key_text: str, *, key: UUID | None = None
    ) -> Client:
        """Register a machine with its first public key. Sent again with the same form `key`, the same is returned.

        BadRequest `text-missing` (`name`), `text-unclear`, `role-unknown`, `scope-unknown`, `key-unusable`.
        """
        with self._work(caller) as work:
            wanted = _named(name)
            jwk = admit_key(key_text)
            id_ = uuid5(work.authority.id, f"{key or uuid4()} {wanted} {jwk['kid']}")
            if known := work.unit.clients.get(id_):
                return known
            client = Client(id_, work.authority.id, wanted, _of_machines(role), _scopes(scopes), work.now, None, 1)
            work.unit.clients.add(client)
            _put_key(work, client, jwk)
            told: dict[str, Detail] = {"name": wanted, "role": client.role, "scopes": client.scopes, "key": jwk["kid"]}
            work.tell(("client", id_), "client-added", details=told)
            return client

    def add_key(self, caller: Caller, id_: UUID, key_text: str) -> ClientKey:
        """Add a public key beside those there are; the same key once more changes nothing while it is good.

        BadRequest `key-unusable`; `key-ended` where this key was ended: what is out of use stays so.
        """
        with self._work(caller) as work:
            client, jwk = _client(work, id_), admit_key(key_text)
            before = next((one for one in work.unit.clients.keys(id_) if one.kid == jwk["kid"]), None)
            if before is not None and not before.holds_at(work.now):
                raise BadRequest("key-ended", field="key")
            if before is not None:
                return before
            added = _put_key(work, client, jwk)
            work.tell(("client", id_), "client-key-added", details={"key": added.kid})
            return added

    def end_key(self, caller: Caller, id_: UUID, key_id: UUID, reason: str) -> None:
        """End a key at once, and all access tokens of its client; the next is fetched with another key."""
        with self._work(caller) as work:
            _client(work, id_)
            one = next((one for one in work.unit.clients.keys(id_) if one.id == key_id), None)
            if one is None:
                raise BadRequest("not-found", str(key_id))
            why = reason_of(reason)
            if not work.unit.clients.end_key(key_id, max(work.now, one.valid_from)):
                return
            work.unit.clients.revoke_tokens(id_, work.now)
            told: dict[str, Detail] = {"key": one.kid, "valid_until": [when(one.valid_until), when(work.now)]}
            work.tell(("client", id_), "client-key-ended", why, told)
            work.warn(What.CREDENTIALS_CHANGED, client=str(id_), kind="key")

    def disable(self, caller: Caller, id_: UUID, version: int, reason: str) -> Client:
        """Let a client in no more, from now on; its keys stay for when it is let in again."""
        with self._work(caller) as work:
            return _switch(work, id_, version, reason, work.now)

    def enable(self, caller: Caller, id_: UUID, version: int, reason: str) -> Client:
        """Let a client in again."""
        with self._work(caller) as work:
            return _switch(work, id_, version, reason, None)


def _client(work: Work, id_: UUID) -> Client:
    client = work.unit.clients.get(id_)
    if client is None:
        raise BadRequest("not-found", str(id_))
    return client


def _switch(work: Work, id_: UUID, version: int, reason: str, disabled_at: datetime | None) -> Client:
    before, why = _client(work, id_), reason_of(reason)
    if (before.disabled_at is None) == (disabled_at is None):
        return before
    after = replace(before, version=version, disabled_at=disabled_at)
    if before.version != version or not work.unit.clients.change(after):
        raise BadRequest("changed-meanwhile")
    states = ["disabled", "open"] if disabled_at is None else ["open", "disabled"]
    if disabled_at is not None:
        work.unit.clients.revoke_tokens(id_, work.now)
    action = "client-enabled" if disabled_at is None else "client-disabled"
    work.tell(("client", id_), action, why, {"state": states})
    return replace(after, version=version + 1)


def _put_key(work: Work, client: Client, jwk: Mapping[str, Any]) -> ClientKey:
    added = ClientKey(uuid4(), client.authority_id, client.id, str(jwk["kid"]), jwk, work.now, None)
    work.unit.clients.add_key(added)
    work.warn(What.CREDENTIALS_CHANGED, client=str(client.id), kind="key")
    return added


def _named(raw: str) -> str:
    name = words_of(raw, "name")
    if not name:
        raise BadRequest("text-missing", "name", field="name")
    return name


def _of_machines(role: str) -> str:
    if role not in OF_MACHINES:
        raise BadRequest("role-unknown", field="role")
    return Role(role).value


def _scopes(scopes: Iterable[str]) -> list[str]:
    wanted = sorted(set(scopes))
    if not wanted or not set(wanted) <= SCOPES.keys():
        raise BadRequest("scope-unknown", field="scopes")
    return wanted
