"""When a list that is followed is to be fetched again: daily, sooner near NextUpdate, later and later while it fails.

All of it pure. Each scheme has its own small share of time taken off, so that not all lists are fetched at once.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from verifier.keeping.alarms import SOON
from verifier.snapshot import Scheme
from verifier.storage.trust import TrustSource

LONGEST = timedelta(days=1)
"""Most time between two attempts."""
SHORTEST = timedelta(hours=1)
"""Least time after an attempt that went well."""
FIRST_PAUSE = timedelta(minutes=10)
"""Pause after the first failure; it doubles with each further one."""
LONGEST_PAUSE = timedelta(hours=6)
LONGEST_PAUSE_SOON = timedelta(hours=1)
"""The same where NextUpdate of the list in use is near or has passed."""
JITTER = 0.2
"""Greatest share of a pause that is taken off."""


def due(scheme: Scheme, source: TrustSource | None, now: datetime) -> bool:
    """Tell whether the list of a scheme is to be fetched now.

    A plan that lies further ahead than any plan can was made by a clock that has been set back: it counts for nothing,
    and the next one is made from now on.
    """
    if source is None or source.location != scheme.location:
        return True
    return now >= source.next_try_at or source.next_try_at - now > LONGEST


def after_success(scheme: Scheme, next_update: datetime | None, now: datetime) -> datetime:
    """Return when to fetch again a list that was found good; `next_update` is its own."""
    pause = LONGEST
    if next_update is not None:
        pause = min(LONGEST, max(SHORTEST, (next_update - now) / 2))
    return now + _spread(pause, scheme.id)


def after_failure(scheme: Scheme, failures: int, now: datetime) -> datetime:
    """Return when to try again after so many failures in a row, 1 or more."""
    near = scheme.next_update is None or scheme.next_update - now <= SOON
    most = LONGEST_PAUSE_SOON if near else LONGEST_PAUSE
    return now + _spread(min(FIRST_PAUSE * 2 ** min(failures - 1, 10), most), f"{scheme.id} {failures}")


def _spread(pause: timedelta, seed: str) -> timedelta:
    share = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:4], "big") / 2**32
    return pause * (1 - JITTER * share)
