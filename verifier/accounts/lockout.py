"""Lock-out: failures under a name make everybody wait who tries it, ever longer (NIST SP 800-63B-4, 3.2.2).

A try is counted before it is looked at, in a unit of work of its own, and forgiven where it was right: so tries at
the same time do not pass the limit together, and a failure counts although the request ends in an error. The name is
kept as a keyed hash, whether or not there is such an account.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from verifier.errors import BadRequest
from verifier.storage.database import Database, UnitOfWork
from verifier.storage.keys import KeyRing
from verifier.storage.scope import SYSTEM
from verifier.storage.sessions import Attempts

FREE = 4
"""Failures that cost nothing."""
FIRST_DELAY = timedelta(seconds=30)
"""After the failure that follows; each further one doubles it."""
LONGEST_DELAY = timedelta(hours=1)
FORGOTTEN = timedelta(days=1)
"""Failures count no more when there was none for so long."""


def counted(before: Attempts, now: datetime) -> Attempts:
    """Return the failures with one more."""
    failures = before.failures + 1
    wait = delay(failures)
    return Attempts(failures, now, now + wait if wait else None)


def delay(failures: int) -> timedelta:
    """Return how long nobody may try after so many failures."""
    if failures <= FREE:
        return timedelta()
    doubled: int = 2 ** min(failures - FREE - 1, 16)
    return min(FIRST_DELAY * doubled, LONGEST_DELAY)


def as_of(kept: Attempts, now: datetime) -> Attempts:
    """Return the failures as they count now: forgotten after a day, and never locked longer than is meant.

    Where the clock was set back, the wait begins anew: it would last until the clock is there again otherwise.
    """
    if now - kept.last_at >= FORGOTTEN:
        return Attempts(0, now, None)
    if kept.last_at > now:
        return Attempts(kept.failures, now, now + delay(kept.failures) if kept.locked_until else None)
    return kept


def seconds_left(attempts: Attempts, now: datetime) -> int:
    """Return how long nobody may try, in whole seconds; 0 where anybody may."""
    if attempts.locked_until is None:
        return 0
    return max(0, math.ceil((attempts.locked_until - now).total_seconds()))


@dataclass(frozen=True)
class Try:
    """A try that was counted as a failure before it was looked at."""

    mark: bytes
    before: Attempts
    after: Attempts

    @property
    def locks(self) -> bool:
        """Tell whether nobody may try for a while if this one fails."""
        return self.after.locked_until is not None


class Lockout:
    """The failures under each name."""

    def __init__(self, database: Database, ring: KeyRing) -> None:
        self._database, self._ring = database, ring

    def mark(self, purpose: str, name: str) -> bytes:
        """Return the keyed hash under which failures of a name are kept, 32 bytes."""
        return self._ring.digest(purpose, name.encode("utf-8", "surrogatepass"))

    def begin(self, mark: bytes, now: datetime) -> Try:
        """Count a try as a failure; BadRequest `sign-in-locked` with the seconds to wait where none is allowed."""
        with self._database.unit(SYSTEM) as unit:
            before = as_of(unit.sessions.attempts_made(mark, now), now)
            left = seconds_left(before, now)
            after = before if left else counted(before, now)
            unit.sessions.set_attempts(mark, after)
        if left:
            raise BadRequest("sign-in-locked", seconds=str(left))
        return Try(mark, before, after)

    def forgive(self, unit: UnitOfWork, one: Try) -> None:
        """Take back one try that was right; failures before it, and tries of others meanwhile, go on counting."""
        kept = unit.sessions.attempts(one.mark)
        if kept == one.after:
            unit.sessions.set_attempts(one.mark, one.before)
        elif kept is not None:
            unit.sessions.set_attempts(one.mark, replace(kept, failures=max(0, kept.failures - 1)))

    def clear(self, unit: UnitOfWork, mark: bytes) -> None:
        """Forget all failures under a name: its owner is here."""
        unit.sessions.clear_attempts(mark)
