"""What all ways in share: trying under a lock-out, opening sessions, and telling the logs about it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID, uuid4

from verifier.accounts.lockout import Lockout, Try
from verifier.accounts.passwords import STANDARD, Hasher
from verifier.accounts.security_log import What, note
from verifier.accounts.sessions import Admitted, Opened, Origin, SessionLimits, begin, over, told
from verifier.audit import Actor, Detail, Event
from verifier.errors import BadRequest
from verifier.outside.clock import Clock
from verifier.storage.database import Database, UnitOfWork
from verifier.storage.keys import KeyRing
from verifier.storage.people import Person, SecondFactor
from verifier.storage.scope import SYSTEM
from verifier.storage.sessions import SignedIn

SIGN_IN = "sign-in name"
"""Purpose of the keyed hash under which failures of signing in are counted, by sign-in name."""
STEP_UP = "step-up"
"""The same for failures within a session, by person: strangers at the door cannot lock out those who are in."""
ISSUER = "Verifier"
"""What an authenticator app calls us."""


class Entrance:
    """What the ways in share."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        ring: KeyRing,
        limits: SessionLimits,
        hasher: Hasher = STANDARD,
        issuer: str = ISSUER,
    ) -> None:
        """`issuer` is what authenticator apps show beside the sign-in name."""
        self._database, self._clock, self._ring, self._limits = database, clock, ring, limits
        self._hasher, self._issuer = hasher, issuer
        self._lockout = Lockout(database, ring)
        self._nobody = hasher.hashed(secrets.token_urlsafe())

    # --- passwords ---------------------------------------------------------------------------------------------------

    def _fitting(self, person: Person | None, password: str) -> str:
        """Return the hash that a password fits; empty where none does. It takes the same work for nobody's."""
        kept = self._kept(person.id if person else uuid4())
        fits = self._hasher.fits(kept or self._nobody, password)
        return kept if fits else ""

    def _kept(self, person_id: UUID) -> str:
        with self._database.unit(SYSTEM) as unit:
            return unit.people.password(person_id) or ""

    def _renew(self, unit: UnitOfWork, person: Person, hashed: str, password: str, now: datetime) -> None:
        """Keep a password by today's parameters; the person must be held."""
        if self._hasher.outdated(hashed):
            unit.people.set_password(person, self._hasher.hashed(password), now)

    # --- sessions ----------------------------------------------------------------------------------------------------

    @contextmanager
    def _pending(self, token: str, *stages: str) -> Iterator[tuple[UnitOfWork, SignedIn, Person]]:
        """Open a unit of work about a session in one of these stages, its person held; BadRequest `not-signed-in`."""
        with self._database.unit(SYSTEM) as unit:
            found = unit.sessions.by_token(token) if token else None
            person = unit.people.hold(found.person_id) if found else None
            found = unit.sessions.get(found.id) if found else None  # as it is now that the person is held
            if found is None or person is None or self._over(found) or found.stage not in stages:
                raise BadRequest("not-signed-in")
            yield unit, found, person

    def _over(self, session: SignedIn) -> str:
        return over(session, self._clock.now(), self._limits)

    def _let_in(self, unit: UnitOfWork, who: Admitted, method: str, origin: Origin, **details: Detail) -> Opened:
        """Begin a session that is signed in, and forget failures before it; tell the logs."""
        now = self._clock.now()
        opened = begin(unit, who.person, "open", method, origin, now, self._limits.absolute)
        self._lockout.clear(unit, self._lockout.mark(SIGN_IN, who.person.login))
        details = {"session": str(opened.session.id), "method": method, "device": opened.session.device, **details}
        actor = person_actor(who.person, origin.address)
        tell(unit, who.person, actor, "signed-in", now, **details)
        note(unit, actor, What.SIGNED_IN, now, method=method)
        return opened

    # --- second factor -----------------------------------------------------------------------------------------------

    def _factor(self, unit: UnitOfWork, person: Person) -> SecondFactor | None:
        """Return the confirmed second factor, locked; None where there is none."""
        factor = unit.people.second_factor(person.id)
        return factor if factor and factor.confirmed_at else None

    # --- failures ----------------------------------------------------------------------------------------------------

    def _failed(self, unit: UnitOfWork, who: Person | bytes, one: Try | None, address: str, **details: Detail) -> None:
        """Tell the logs that somebody could not sign in, and whether that locks; `who`: a keyed hash for nobody."""
        now, actor = self._clock.now(), visitor(address)
        tell(unit, who, actor, "sign-in-failed", now, **details)
        subject = str(who.id) if isinstance(who, Person) else who.hex()
        note(unit, actor, What.SIGN_IN_FAILED, now, subject=subject, **details)
        if one is not None and one.locks:
            tell(unit, who, actor, "sign-in-locked", now, failures=one.after.failures)
            note(unit, actor, What.SIGN_IN_LOCKED, now, subject=subject, failures=one.after.failures)


def tell(
    unit: UnitOfWork, subject: Person | bytes, actor: Actor, action: str, now: datetime, **details: Detail
) -> None:
    """Put an event about a person into the audit log; about a name that is nobody's under its keyed hash."""
    if isinstance(subject, Person):
        kind, id_, authority = "person", str(subject.id), subject.authority_id
    else:
        kind, id_, authority = "sign-in", subject.hex(), None
    unit.audit.append(Event(kind, id_, action, actor, now, authority, details=details))


def person_actor(person: Person, address: str) -> Actor:
    """Return a person as actor who is just signing in."""
    return Actor("person", str(person.id), person.name, person.authority_id, told(address))


def visitor(address: str) -> Actor:
    """Return somebody who is not signed in as actor."""
    return Actor("visitor", address=told(address))
