"""Fetches CRLs of the revocation store again before they run out, so that documents need not wait for them.

Each is fetched at a moment of its own in the last part of its validity, so that the lists of one publisher, and the
installations that use them, do not all ask at once. A host that is slow or dead delays its own lists only.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from verifier.errors import CouldNotJudge
from verifier.outside.crl_library import MOST_BYTES, failure_of
from verifier.outside.crl_store import Address, CrlStore
from verifier.outside.failures import Failure, FetchFailed
from verifier.outside.fetch import FetchLimits, Request, Saves, origin_of

USED_LATELY = timedelta(days=7)
"""What no document asked for within this time is not fetched on our own account."""
LAST_PART = 0.25
"""Share of its validity, before its end, in which a CRL is fetched again."""
AT_MOST = timedelta(days=1)
"""After so long a CRL is fetched again however long it is valid: many publish daily what is valid for weeks."""
AT_LEAST = 0.2
"""Share of that last part that is always left."""
FIRST_PAUSE = timedelta(minutes=10)
"""After the first failure; doubled with each further one."""
LONGEST_PAUSE = timedelta(hours=6)
UNCHANGED_PAUSE = timedelta(minutes=30)
"""At least, where the publisher still gives out the same list."""
LONGEST_UNCHANGED_PAUSE = timedelta(days=1)
AT_ONCE = 8
"""Hosts that are asked at the same time."""
LIMITS = FetchLimits(bytes=MOST_BYTES, seconds=60)
"""Bounds of one fetch."""
SECONDS = 240.0
"""After so long a round begins no further fetch; what is left is due in the next one."""

log = structlog.get_logger("verifier.revocation")


@dataclass(frozen=True)
class CrlRefresh:
    """Keeps the CRLs of a store current; `fetcher` is the door to the outside."""

    store: CrlStore
    fetcher: Saves
    limits: FetchLimits = LIMITS
    seconds: float = SECONDS
    monotonic: Callable[[], float] = time.monotonic

    def refresh_due(self, now: datetime) -> int:
        """Fetch what is due, each host in a thread of its own; return how many newer lists came.

        OSError where the store cannot be used.
        """
        hosts: dict[str, list[str]] = {}
        known = (_without_false_wait(one, now) for one in self.store.addresses())
        for address in sorted(known, key=due_at):
            if now - address.used_at <= USED_LATELY and due_at(address) <= now:
                hosts.setdefault(origin_of(address.url), []).append(address.url)
        if not hosts:
            return 0
        end = self.monotonic() + self.seconds
        with ThreadPoolExecutor(min(len(hosts), AT_ONCE), thread_name_prefix="refresh") as threads:
            return sum(threads.map(lambda urls: self._from_host(urls, now, end), hosts.values()))

    def _from_host(self, urls: Iterable[str], now: datetime, end: float) -> int:
        newer = 0
        for url in urls:
            if self.monotonic() >= end:
                break
            try:
                newer += self._fetched(url, now)
            except FetchFailed as failed:
                self._note_failure(url, failed.failure, now)
                if failed.dead or failed.failure is Failure.TOO_SLOW:
                    break  # the others of this host are due still
        return newer

    def _fetched(self, url: str, now: datetime) -> bool:
        """Fetch one and return whether it is another than before; FetchFailed."""
        before = self.store.address(url)
        with self.store.receiving() as file:
            self.fetcher.save(Request(url), file, self.limits)
            file.flush()
            try:
                self.store.put_file(Path(file.name), url)
            except ValueError:
                raise FetchFailed(Failure.NOT_CRL) from None
            except CouldNotJudge as refused:
                raise FetchFailed(failure_of(refused)) from None
        after = self.store.address(url)
        if after and before and after.sha256 == before.sha256:
            self.store.change(url, lambda one: replace(one, wait_until=now + _patience(one, now)))
            return False
        return True

    def _note_failure(self, url: str, failure: Failure, now: datetime) -> None:
        def failed(one: Address) -> Address:
            pause = min(FIRST_PAUSE * 2 ** min(one.failures, 16), LONGEST_PAUSE)
            return replace(one, failures=one.failures + 1, failure=failure.value, wait_until=now + pause)

        address = self.store.change(url, failed)
        log.warning("a CRL could not be refreshed", url=url, failure=failure.value, failures=address.failures)


def due_at(address: Address) -> datetime:
    """Return when a CRL is to be fetched again: in the last part of its validity, for each list at another moment."""
    wait = address.wait_until or address.used_at
    if address.until is None or address.this_update is None:
        return wait
    part = (address.until - address.this_update) * LAST_PART
    early = AT_LEAST + (1 - AT_LEAST) * _chance(address)
    due = address.until - part * early
    if address.taken_at is not None:
        due = min(due, address.taken_at + AT_MOST * (1 - LAST_PART * early))
    return max(due, wait) if address.wait_until else due


def _without_false_wait(address: Address, now: datetime) -> Address:
    """Leave out a pause that ends later than any pause can: a clock that has been set back made it."""
    late = address.wait_until is not None and address.wait_until - now > LONGEST_UNCHANGED_PAUSE
    return replace(address, wait_until=None) if late else address


def _chance(address: Address) -> float:
    """Return a number from 0 to 1 that is always the same for one list at one address."""
    name = hashlib.sha256(f"{address.url} {address.sha256}".encode()).digest()
    return int.from_bytes(name[:8], "big") / 2**64


def _patience(address: Address, now: datetime) -> timedelta:
    """Return how long to wait for a newer list: the longer, the more time is left."""
    left = (address.until or now) - now
    return min(max(left / 4, UNCHANGED_PAUSE), LONGEST_UNCHANGED_PAUSE)
