"""The services of accounts, made together out of what they share; pages and API find them as one record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from verifier.accounts.administration import Administration
from verifier.accounts.audit_desk import AuditDesk
from verifier.accounts.authorities import AuthorityChange, AuthorityDesk
from verifier.accounts.clients import MachineClients
from verifier.accounts.dead_letters import DeadLetters
from verifier.accounts.passwords import STANDARD, Hasher
from verifier.accounts.sessions import SessionLimits
from verifier.accounts.sign_in import SignIn
from verifier.accounts.two_people import Kind, TwoPeople
from verifier.outside.clock import Clock
from verifier.outside.identity import IdentityProvider
from verifier.storage.database import Database
from verifier.storage.keys import KeyRing


@dataclass(frozen=True)
class Shared:
    """What the services of accounts are made of."""

    database: Database
    clock: Clock
    ring: KeyRing
    limits: SessionLimits
    audience: str | Callable[[], str] = ""
    """Address of the token endpoint as machine clients know it."""
    identity: IdentityProvider | None = None
    """The OpenID Connect provider; None where there is none."""
    hasher: Hasher = STANDARD
    """Of passwords."""


@dataclass(frozen=True)
class Accounts:
    """What pages of accounts ask; found as `extensions["accounts"]`. A part that adds a service adds a field."""

    database: Database
    clock: Clock
    limits: SessionLimits
    sign_in: SignIn
    identity: IdentityProvider | None
    clients: MachineClients
    administration: Administration
    letters: DeadLetters
    proposals: TwoPeople
    authorities: AuthorityDesk
    audit: AuditDesk


def make_accounts(shared: Shared, kinds: Mapping[str, Kind] | None = None) -> Accounts:
    """Make all services of accounts; the root does it for the running service, tests for theirs.

    `kinds` are kinds of proposals beside those on authorities, by name.
    """
    database, clock, ring = shared.database, shared.clock, shared.ring
    proposals = TwoPeople(database, clock, {"authority": AuthorityChange(), **(kinds or {})})
    return Accounts(
        database=database,
        clock=clock,
        limits=shared.limits,
        sign_in=SignIn(database, clock, ring, shared.limits, shared.hasher),
        identity=shared.identity,
        clients=MachineClients(database, clock, shared.audience),
        administration=Administration(database, clock, ring),
        letters=DeadLetters(database, clock),
        proposals=proposals,
        authorities=AuthorityDesk(database, proposals),
        audit=AuditDesk(database, clock, ring),
    )
