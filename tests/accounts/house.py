"""A service to sign in to, with one person who can, for tests of signing in."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar

from sqlalchemy import text

from tests.accounts.support import PASSWORD, SECRET, CheapHasher, Clock, add_authority, add_person, code_at
from tests.support.postgres import RING
from verifier.accounts.caller import Caller
from verifier.accounts.roles import Role
from verifier.accounts.sign_in import Opened, Origin, SessionLimits, SignIn
from verifier.errors import BadRequest
from verifier.outside.identity import Identity
from verifier.storage.authorities import Authority
from verifier.storage.database import Database
from verifier.storage.people import Person
from verifier.storage.schema import Schema

HERE = Origin("192.0.2.1", "Firefox")
THERE = Origin("198.51.100.7", "curl")
LIMITS = SessionLimits(idle=timedelta(minutes=30), absolute=timedelta(hours=12))
LOGIN = "lan.nguyen"
ISSUER = "https://idp.example.vn"

T = TypeVar("T")


@dataclass
class House:
    """The service, its clock and hasher, and a specialist who can sign in."""

    database: Database
    url: str
    clock: Clock = field(default_factory=Clock)
    hasher: CheapHasher = field(default_factory=CheapHasher)

    def __post_init__(self) -> None:
        self.door = SignIn(self.database, self.clock, RING, LIMITS, self.hasher)
        self.authority: Authority = add_authority(self.database)
        self.person: Person = add_person(self.database, self.authority, Role.SPECIALIST, login=LOGIN)
        self.hasher.asked = 0

    def code(self, secret: str = SECRET) -> str:
        """Return a code that was not used yet: some time passes."""
        self.clock.pass_(seconds=90)
        return code_at(self.clock.now(), secret)

    def first(self, login: str = LOGIN, password: str = PASSWORD) -> Opened:
        """Take the first step."""
        return self.door.with_password(login, password, HERE)

    def enter(self, login: str = LOGIN, password: str = PASSWORD, secret: str = SECRET) -> Opened:
        """Sign in."""
        return self.door.second_factor(self.first(login, password).token, self.code(secret), HERE)

    def caller(self, opened: Opened) -> Caller:
        """Return who has the token of a session."""
        return self.door.caller(opened.token, HERE.address)

    def identity(self, subject: str = "4711", issuer: str = ISSUER) -> Identity:
        """Return somebody who has just signed in at the provider."""
        return Identity(issuer, subject, "NGUYEN THI LAN", "lan@example.vn", self.clock.now(), ("pwd",))

    def actions(self) -> list[str]:
        """Return what stands in the audit log."""
        return [event["action"] for event in self.events()]

    def events(self) -> list[dict[str, Any]]:
        """Return the audit log."""
        with Schema(self.url).connection() as connection:
            return [
                json.loads(row[0]) for row in connection.execute(text("select body from audit_event order by number"))
            ]

    def everything(self) -> str:
        """Return all that is kept, as text, to look for secrets in."""
        with Schema(self.url).connection() as connection:
            tables = ("audit_event", "outbox", "session", "invitation", "password", "second_factor", "recovery_code",
                      "sign_in_attempt")  # fmt: skip
            return "\n".join(str(row) for one in tables for row in connection.execute(text(f"select * from {one}")))


def code_of(act: Callable[[], object]) -> str:
    """Return the code of the refusal that an act meets; empty where it meets none."""
    try:
        act()
    except BadRequest as refusal:
        return refusal.problem.code
    return ""


def at_once(acts: Sequence[Callable[[], T]]) -> list[T]:
    """Carry acts out at the same time."""
    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(lambda act: act(), acts))
