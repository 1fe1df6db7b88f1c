"""Remembers answers for a few minutes: many documents of one issuer ask for its CRL once, a dead address once."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Generic, Protocol, TypeVar

from verifier.outside.fetch import Failure, FetchFailed, FetchLimits, Request

KEEP_SECONDS = 300.0
"""How long an answer is given again. Whether it is fresh enough is judged by its own dates."""
KEEP_FAILURE_SECONDS = 60.0
PATIENT_SECONDS = 3.0
"""A failure counts for others where it had at least this time."""
CAPACITY = 128 * 1024 * 1024
"""Bytes of answers kept."""


T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Gives(Protocol[T_co]):
    """A fetcher, whatever it makes of the answers."""

    def fetch(self, request: Request, limits: FetchLimits | None = None) -> T_co:
        """Return the answer; FetchFailed with a reason."""


@dataclass
class _Answer(Generic[T]):
    """What was asked at some time; `known` is set when the answer is there."""

    known: threading.Event = field(default_factory=threading.Event)
    body: T | None = None
    failure: FetchFailed | None = None
    until: float = float("inf")
    hurried: bool = False
    """Whoever asked had little time, so that its failure says nothing to others."""


_Key = tuple[Request, int]
"""What was asked, and for how many bytes at most: what is too large for one need not be so for another."""


class Remembering(Generic[T]):
    """A fetcher in front of another; safe for use from several threads, which wait for one another's answers."""

    def __init__(
        self, fetcher: Gives[T], *, capacity: int = CAPACITY, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._fetcher, self._capacity, self._monotonic = fetcher, capacity, monotonic
        self._answers: OrderedDict[_Key, _Answer[T]] = OrderedDict()
        self._lock = threading.Lock()

    def fetch(self, request: Request, limits: FetchLimits | None = None) -> T:
        """Return the answer, asked now or a little while ago; FetchFailed likewise."""
        bounds = limits or FetchLimits()
        deadline = time.monotonic() + bounds.seconds
        while True:
            answer, mine = self._place((request, bounds.bytes))
            left = max(0.0, deadline - time.monotonic())
            if mine:
                self._ask(request, replace(bounds, seconds=left), answer)
            elif not answer.known.wait(left):
                raise FetchFailed(Failure.TOO_SLOW)
            if answer.body is not None:
                return answer.body
            if answer.failure and (mine or not answer.hurried):
                raise _again(answer.failure)

    def _place(self, key: _Key) -> tuple[_Answer[T], bool]:
        """Return the answer that is there or under way, or a new one that the caller has to get."""
        with self._lock:
            answer = self._answers.get(key)
            if answer and answer.until > self._monotonic():
                self._answers.move_to_end(key)
                return answer, False
            answer = self._answers[key] = _Answer()
            return answer, True

    def _ask(self, request: Request, limits: FetchLimits, answer: _Answer[T]) -> None:
        answer.failure = FetchFailed(Failure.INTERRUPTED)
        keep = 0.0
        try:
            answer.body, answer.failure = self._fetcher.fetch(request, limits), None
            keep = KEEP_SECONDS
        except FetchFailed as failed:
            answer.failure = failed
            answer.hurried = limits.seconds < PATIENT_SECONDS
            keep = 0.0 if answer.hurried or failed.failure is Failure.RESTING else KEEP_FAILURE_SECONDS
        finally:
            with self._lock:
                answer.until = self._monotonic() + keep
                self._shrink()
            answer.known.set()

    def _shrink(self) -> None:
        """Forget the oldest answers beyond the capacity."""
        known = [(key, one) for key, one in self._answers.items() if one.until < float("inf")]
        total = sum(_weight(key[0], one) for key, one in known)
        for key, one in known:
            if total <= self._capacity and one.until > self._monotonic():
                continue
            total -= _weight(key[0], one)
            del self._answers[key]


def _again(failed: FetchFailed) -> FetchFailed:
    """Return the same failure as an exception of one's own: several threads may raise it."""
    same = FetchFailed(failed.failure, **failed.params)
    same.dead = failed.dead
    return same


def _weight(request: Request, answer: _Answer[T]) -> int:
    body = len(answer.body) if isinstance(answer.body, bytes) else 0
    return body + len(request.url) + len(request.body) + 1000
