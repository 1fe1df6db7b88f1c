"""The services of accounts, made together out of what they share; pages and API find them as one record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from verifier.outside.clock import Clock
from verifier.storage.database import Database
from verifier.storage.keys import KeyRing

if TYPE_CHECKING:
    from verifier.accounts.sign_in import SessionLimits, SignIn


@dataclass(frozen=True)
class Accounts:
    """What pages of accounts ask; found as `extensions["accounts"]`. A part that adds a service adds a field."""

    database: Database
    clock: Clock
    sign_in: SignIn
    limits: SessionLimits


def make_accounts(database: Database, clock: Clock, ring: KeyRing, limits: SessionLimits) -> Accounts:
    """Make all services of accounts; the root does it for the running service, tests for theirs."""
    from verifier.accounts.sign_in import SignIn

    return Accounts(database, clock, SignIn(database, clock, ring, limits), limits)
