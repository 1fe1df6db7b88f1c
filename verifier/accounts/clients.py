"""Machine clients: access tokens for those who prove who they are by a key of their own (OAuth 2.0)."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from verifier.accounts.assertions import ASSERTION_TYPE, Assertion, read_assertion, refused
from verifier.accounts.caller import Caller
from verifier.accounts.client_keys import ALGORITHMS, admit_key
from verifier.accounts.roles import Role
from verifier.accounts.scopes import SCOPES
from verifier.accounts.security_log import What, note
from verifier.audit import Actor, Detail, Event
from verifier.errors import BadRequest
from verifier.outside.clock import Clock
from verifier.storage.authorities import Authority
from verifier.storage.clients import AccessToken, Client
from verifier.storage.database import Database, UnitOfWork
from verifier.storage.scope import SYSTEM

__all__ = ["ALGORITHMS", "GRANT", "SCOPES", "TOKEN_PATH", "MachineClients", "admit_key"]

TOKEN_PATH = "/oauth/token"  # noqa: S105 - no secret
"""Where the token endpoint stands below the public address."""
TOKEN_BYTES = 32
"""Random bytes of an access token: 256 bits."""
LIFETIME = timedelta(minutes=10)
"""How long an access token is good."""
GRANT = "client_credentials"

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


class MachineClients:
    """The token endpoint of RFC 6749 4.4 with `private_key_jwt` (RFC 7523), and who stands behind a token."""

    def __init__(self, database: Database, clock: Clock, audience: str | Callable[[], str]) -> None:
        """`audience` is the address of the token endpoint as clients know it, ending in `TOKEN_PATH`."""
        self._database, self._clock = database, clock
        self._audience = audience

    @property
    def endpoint(self) -> str:
        """The address of the token endpoint as clients know it; what stands before `TOKEN_PATH` is the issuer."""
        return self._audience() if callable(self._audience) else self._audience

    def token(self, form: Mapping[str, str], address: str) -> dict[str, str | int]:
        """Give an access token for the form of a token request; every outcome is noted.

        BadRequest `token-refused` whose param `error` is the word of RFC 6749 5.2. Its detail says what is wrong with
        the request by itself, and nothing about who our clients are or which keys they have.
        """
        now = self._clock.now()
        try:
            assertion = self._assertion(form, now)
        except BadRequest as refusal:
            with self._database.unit(SYSTEM) as unit:
                actor, error = Actor("visitor", address=address), refusal.problem.params["error"]
                note(unit, actor, What.TOKEN_REFUSED, now, why="malformed", error=error)
            raise
        with self._database.unit(SYSTEM) as unit:
            outcome = _Request(unit, assertion, form.get("scope", ""), address, now, self._clock).judge()
        if isinstance(outcome, BadRequest):
            raise outcome  # only now, so that what was noted is kept
        return outcome

    def caller(self, bearer: str, address: str) -> Caller:
        """Return who stands behind an access token; BadRequest `token-invalid` where it is not good, however it came.

        What the client may do is read anew: a client that was disabled or lost a scope loses it at once.
        """
        now = self._clock.now()
        if not _TOKEN.fullmatch(bearer):
            raise BadRequest("token-invalid")
        with self._database.unit(SYSTEM) as unit:
            found = unit.clients.token(bearer)
            parties = found and _parties(unit, found.client_id)
            if not found or not parties:
                raise BadRequest("token-invalid")
            client, authority = parties
            who = _caller(client, authority, found.scopes, address)
            why = _ended(found, now) or _barred(client, authority, now)
            if why and why != "expired":
                note(unit, who, What.TOKEN_REFUSED, now, why=why)
        if why:
            raise BadRequest("token-invalid")
        return who

    def _assertion(self, form: Mapping[str, str], now: datetime) -> Assertion:
        """Hold the form against RFC 6749 4.4.2 and RFC 7521 4.2."""
        grant = form.get("grant_type", "")
        if not grant:
            raise refused("invalid_request", "grant_type is missing.")
        if grant != GRANT:
            raise refused("unsupported_grant_type", f"Only {GRANT} is supported.")
        if "client_secret" in form or form.get("client_assertion_type") != ASSERTION_TYPE:
            raise refused("invalid_client", f"Only private_key_jwt: client_assertion_type must be {ASSERTION_TYPE}.")
        if not form.get("client_assertion"):
            raise refused("invalid_client", "client_assertion is missing.")
        ours = {self.endpoint, self.endpoint.removesuffix(TOKEN_PATH)}
        assertion = read_assertion(form["client_assertion"], ours, now)
        if form.get("client_id", str(assertion.client_id)) != str(assertion.client_id):
            raise refused("invalid_client", "client_id is not the one of the assertion.")
        return assertion


@dataclass(frozen=True)
class _Request:
    """One well-formed token request within its transaction."""

    unit: UnitOfWork
    assertion: Assertion
    scope: str
    """Scopes asked for, as sent; empty for all of the client's."""
    address: str
    now: datetime
    clock: Clock

    def judge(self) -> dict[str, str | int] | BadRequest:
        """Give a token, or the refusal: as a value, since an exception would undo what was noted of it."""
        parties, visitor = _parties(self.unit, self.assertion.client_id), Actor("visitor", address=self.address)
        if not parties:
            note(self.unit, visitor, What.TOKEN_REFUSED, self.now, why="unknown-client")
            return refused("invalid_client")
        client, authority = parties
        if why := self._unproved(client, authority):
            return self._refuse(client, visitor, why, refused("invalid_client"))
        who = _caller(client, authority, client.scopes, self.address)
        asked = set(self.scope.split()) or set(who.scopes)
        if not asked or not asked <= who.scopes:
            refusal = refused("invalid_scope", "The client may not have all of these scopes.")
            return self._refuse(client, who.actor, "scope", refusal)
        return self._issue(client, who.actor, sorted(asked))

    def _unproved(self, client: Client, authority: Authority) -> str:
        """Return why it is not proved that the client asks; empty where it is. What was used is used up."""
        key = next((one for one in self.unit.clients.keys(client.id) if one.kid == self.assertion.kid), None)
        if key is None:
            return "unknown-key"
        if not self.assertion.signed_by(key.jwk):
            return "signature"
        held = self.unit.clients.hold_key(key.id)  # who ends it now waits, and then finds the token that was given
        if held is None or not held.holds_at(self.clock.now()):
            return "key-ended"
        if not self.unit.clients.use_assertion(client.id, self.assertion.jti, self.assertion.expires_at):
            return "replayed"
        return _barred(client, authority, self.now)

    def _refuse(self, client: Client, actor: Actor, why: str, refusal: BadRequest) -> BadRequest:
        self._audit(client, actor, "token-refused", why=why)
        note(self.unit, actor, What.TOKEN_REFUSED, self.now, why=why, client=str(client.id))
        return refusal

    def _issue(self, client: Client, actor: Actor, scopes: list[str]) -> dict[str, str | int]:
        token = secrets.token_urlsafe(TOKEN_BYTES)
        access = AccessToken(client.authority_id, client.id, scopes, self.now, self.now + LIFETIME)
        self.unit.clients.add_token(access, token)
        self._audit(client, actor, "token-issued", scopes=scopes)
        lasts = int(LIFETIME.total_seconds())
        return {"access_token": token, "token_type": "Bearer", "expires_in": lasts, "scope": " ".join(scopes)}

    def _audit(self, client: Client, actor: Actor, action: str, **details: Detail) -> None:
        told = {"kid": self.assertion.kid, **details}
        self.unit.audit.append(
            Event("client", str(client.id), action, actor, self.now, client.authority_id, details=told)
        )


def _parties(unit: UnitOfWork, client_id: UUID) -> tuple[Client, Authority] | None:
    client = unit.clients.get(client_id)
    authority = unit.authorities.get(client.authority_id) if client else None
    return (client, authority) if client and authority else None


def _caller(client: Client, authority: Authority, scopes: list[str], address: str) -> Caller:
    allowed = frozenset(scopes) & frozenset(client.scopes) & SCOPES.keys()
    return Caller(address, authority, client=client, roles=frozenset({Role(client.role)}), scopes=allowed)


def _ended(access: AccessToken, now: datetime) -> str:
    if access.revoked_at is not None:
        return "revoked"
    return "" if now < access.expires_at else "expired"


def _barred(client: Client, authority: Authority, now: datetime) -> str:
    """Return why a client that is who it says may not act now; empty where it may."""
    if client.disabled_at is not None and client.disabled_at <= now:
        return "disabled"
    today = now.astimezone(ZoneInfo(authority.time_zone)).date()
    return "" if authority.exists_on(today) else "authority-ended"
