"""Keeps one slow or dead host from holding up the rest: few fetches at once of one host, a pause for one that is dead.

Only what shows that nobody answers there counts: a host that answers slowly or wrongly is asked again. Else a hostile
document could name a slow page of an honest host and have it left alone for everybody.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TypeVar

from verifier.outside.fetch import Failure, Fetches, FetchFailed, FetchLimits, Request, origin_of

AT_ONCE = 4
"""Fetches of one host under way at the same time."""
DEAD_AFTER = 2
"""Attempts in a row that found nobody, after which a host is left alone."""
REST_SECONDS = 60.0
"""How long it is left alone; then one attempt decides again."""
HOSTS = 2000
"""Hosts remembered."""

T = TypeVar("T")


@dataclass
class _Host:
    slots: threading.BoundedSemaphore = field(default_factory=lambda: threading.BoundedSemaphore(AT_ONCE))
    users: int = 0
    """Fetches that wait or are under way."""
    failures: int = 0
    """In a row."""
    rests_until: float = 0.0


class Hosts:
    """A fetcher in front of another; safe for use from several threads."""

    def __init__(self, fetcher: Fetches, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._fetcher, self._monotonic = fetcher, monotonic
        self._hosts: dict[str, _Host] = {}
        self._lock = threading.Lock()

    def fetch(self, request: Request, limits: FetchLimits | None = None) -> bytes:
        """Return the answer; FetchFailed `host-resting` at once where the host was found dead just now."""
        return self.through(request, limits, lambda bounds: self._fetcher.fetch(request, bounds))

    def through(self, request: Request, limits: FetchLimits | None, get: Callable[[FetchLimits], T]) -> T:
        """Return what `get` fetches within the time that is left when it is its turn; FetchFailed as `fetch`."""
        bounds = limits or FetchLimits()
        deadline = time.monotonic() + bounds.seconds
        with self._using(origin_of(request.url)) as host:
            self._refuse_if_resting(host)
            if not host.slots.acquire(timeout=max(0.0, bounds.seconds)):
                raise FetchFailed(Failure.TOO_SLOW)
            try:
                self._refuse_if_resting(host)  # somebody may have found it dead while we waited
                left = max(0.0, deadline - time.monotonic())
                answer = get(replace(bounds, seconds=left))
            except FetchFailed as failed:
                self._note(failed, host)
                raise
            finally:
                host.slots.release()
            host.failures = 0
            return answer

    @contextmanager
    def _using(self, origin: str) -> Iterator[_Host]:
        with self._lock:
            if len(self._hosts) >= HOSTS:
                self._forget()
            host = self._hosts.setdefault(origin, _Host())
            host.users += 1
        try:
            yield host
        finally:
            with self._lock:
                host.users -= 1
                if not host.users and not host.failures:
                    self._hosts.pop(origin, None)

    def _refuse_if_resting(self, host: _Host) -> None:
        if host.rests_until > self._monotonic():
            raise FetchFailed(Failure.RESTING)

    def _note(self, failed: FetchFailed, host: _Host) -> None:
        """Count a failure against the host that did not answer: this one, or one to which it redirected."""
        if failed.failure is Failure.RESTING:
            return
        with self._lock:
            dead = self._hosts.setdefault(failed.dead, _Host()) if failed.dead else None
            if dead is not host:
                host.failures = 0  # it answered, if with something else
            if dead:
                dead.failures += 1
                if dead.failures >= DEAD_AFTER:
                    dead.rests_until = self._monotonic() + REST_SECONDS

    def _forget(self) -> None:
        """Drop the hosts that nobody asks now and that do not rest."""
        now = self._monotonic()
        for origin in [o for o, host in self._hosts.items() if not host.users and host.rests_until <= now]:
            del self._hosts[origin]
