"""Remembers answers for a few minutes: many documents of one issuer ask for its CRL once, and a dead host once."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from verifier.outside.fetch import Failure, Fetches, FetchFailed, FetchLimits, Request

KEEP_SECONDS = 300.0
"""How long an answer is given again. Whether it is fresh enough is judged by its own dates."""
KEEP_FAILURE_SECONDS = 60.0
PATIENT_SECONDS = 3.0
"""A failure counts for others where it had at least this time."""
CAPACITY = 128 * 1024 * 1024
"""Bytes of answers kept."""


@dataclass
class _Answer:
    """What was asked at some time; `known` is set when the answer is there."""

    known: threading.Event = field(default_factory=threading.Event)
    body: bytes = b""
    failure: FetchFailed | None = None
    until: float = float("inf")


class Remembering:
    """A fetcher in front of another; safe for use from several threads, which wait for one another's answers."""

    def __init__(
        self, fetcher: Fetches, *, capacity: int = CAPACITY, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._fetcher, self._capacity, self._monotonic = fetcher, capacity, monotonic
        self._answers: OrderedDict[Request, _Answer] = OrderedDict()
        self._lock = threading.Lock()

    def fetch(self, request: Request, limits: FetchLimits | None = None) -> bytes:
        """Return the answer, asked now or a little while ago; FetchFailed likewise."""
        answer, mine = self._place(request)
        if mine:
            self._ask(request, limits, answer)
        elif not answer.known.wait(limits.seconds if limits else None):
            raise FetchFailed(Failure.TOO_SLOW)
        if answer.failure:
            raise FetchFailed(answer.failure.failure, **answer.failure.params)
        return answer.body

    def _place(self, request: Request) -> tuple[_Answer, bool]:
        """Return the answer that is there or under way, or a new one that the caller has to get."""
        with self._lock:
            answer = self._answers.get(request)
            if answer and answer.until > self._monotonic():
                self._answers.move_to_end(request)
                return answer, False
            answer = self._answers[request] = _Answer()
            return answer, True

    def _ask(self, request: Request, limits: FetchLimits | None, answer: _Answer) -> None:
        answer.failure = FetchFailed(Failure.INTERRUPTED)
        keep = 0.0
        try:
            answer.body, answer.failure = self._fetcher.fetch(request, limits), None
            keep = KEEP_SECONDS
        except FetchFailed as failed:
            answer.failure = failed
            hurried = limits is not None and limits.seconds < PATIENT_SECONDS
            keep = 0.0 if hurried else KEEP_FAILURE_SECONDS
        finally:
            with self._lock:
                answer.until = self._monotonic() + keep
                self._shrink()
            answer.known.set()

    def _shrink(self) -> None:
        """Forget the oldest answers beyond the capacity."""
        known = [(request, one) for request, one in self._answers.items() if one.until < float("inf")]
        total = sum(_weight(request, one) for request, one in known)
        for request, one in known:
            if total <= self._capacity and one.until > self._monotonic():
                continue
            total -= _weight(request, one)
            del self._answers[request]


def _weight(request: Request, answer: _Answer) -> int:
    return len(answer.body) + len(request.url) + len(request.body) + 1000
