"""Sessions: how they begin, when they are over, who may have one. Tokens are made here, never taken from outside."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

from verifier.accounts.roles import Role
from verifier.storage.authorities import Authority
from verifier.storage.database import UnitOfWork
from verifier.storage.people import Person
from verifier.storage.sessions import SignedIn

TOKEN_BYTES = 32
"""256 bits."""
PENDING_LASTS = timedelta(minutes=15)
"""How long a session waits for the second factor."""
TOUCH = timedelta(minutes=1)
"""How exactly it is known when a session was used last."""
CLOCK_SLACK = timedelta(minutes=1)
"""A session that began later than this after now is of a clock that was set back: it might never end."""
LONGEST_TOLD = 200
"""Characters kept of what a browser says of itself."""


@dataclass(frozen=True)
class SessionLimits:
    """When a session ends by itself."""

    idle: timedelta
    """Without a request for so long."""
    absolute: timedelta
    """Whatever is done."""


@dataclass(frozen=True)
class Origin:
    """Where a request comes from."""

    address: str
    """Network address."""
    device: str
    """What the browser says of itself, in a few words."""


@dataclass(frozen=True)
class Opened:
    """A session with the token that only the browser keeps."""

    token: str = field(repr=False)
    session: SignedIn


@dataclass(frozen=True)
class Admitted:
    """A person who may be here now."""

    person: Person
    authority: Authority
    roles: frozenset[Role]


def admitted(unit: UnitOfWork, person: Person | None, now: datetime) -> Admitted | None:
    """Return the person with authority and roles of this moment.

    None where the account is closed, its authority does not exist today (in its own time zone), or no role is held.
    """
    if person is None or person.disabled_at is not None:
        return None
    authority = unit.authorities.get(person.authority_id)
    if authority is None or not authority.exists_on(now.astimezone(ZoneInfo(authority.time_zone)).date()):
        return None
    roles = frozenset(Role(one.role) for one in unit.people.grants(person.id) if one.holds_at(now))
    return Admitted(person, authority, roles) if roles else None


def over(session: SignedIn, now: datetime, limits: SessionLimits) -> str:
    """Return why a session is over; empty where it is not."""
    if session.ended_at is not None:
        return session.end_reason or "ended"
    if now >= session.expires_at:
        return "expired"
    if now - session.seen_at >= limits.idle:
        return "idle"
    return "clock" if session.created_at - now > CLOCK_SLACK else ""


def begin(
    unit: UnitOfWork, person: Person, stage: str, method: str, origin: Origin, now: datetime, lasts: timedelta
) -> Opened:
    """Begin a session under a new token."""
    session = SignedIn(
        uuid4(), person.authority_id, person.id, stage, method, now, now, now + lasts, None,
        told(origin.address), told(origin.device),
    )  # fmt: skip
    return _stored(unit, session)


def rotate(unit: UnitOfWork, session: SignedIn, now: datetime, **changes: object) -> Opened | None:
    """End a session and go on in a new one under a new token; None where it has ended meanwhile."""
    if not unit.sessions.end(session.id, now, "rotated"):
        return None
    return _stored(unit, replace(session, id=uuid4(), seen_at=now, **changes))  # type: ignore[arg-type]


def told(text: str) -> str:
    """Return what can be kept of words that somebody sent."""
    return "".join(c for c in text[:LONGEST_TOLD] if c.isprintable())


def _stored(unit: UnitOfWork, session: SignedIn) -> Opened:
    token = secrets.token_urlsafe(TOKEN_BYTES)
    unit.sessions.add(session, token)
    return Opened(token, session)
