"""Keys by which a caller who heard no answer asks again (`Idempotency-Key`): the same key leads to the same act.

The key stands, hashed, in the order itself, so that it outlives a restart; here two calls at once wait for each other.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID

from verifier.errors import BadRequest
from verifier.signing.records import State
from verifier.storage.database import UnitOfWork
from verifier.storage.issuances import Issuance

KEPT = timedelta(hours=24)
"""How long a key leads to what was made under it."""
LONGEST = 255
"""Characters of a key."""
HEADER = "Idempotency-Key"


class Turns:
    """Lets calls under one key come one after the other. Safe to call from several threads."""

    def __init__(self) -> None:
        self._held: dict[str, tuple[threading.Lock, int]] = {}
        self._lock = threading.Lock()

    @contextmanager
    def of(self, key: str) -> Iterator[None]:
        """Hold the turn of a key; without a key there is nothing to wait for."""
        if not key:
            yield
            return
        with self._lock:
            own, count = self._held.get(key, (threading.Lock(), 0))
            self._held[key] = own, count + 1
        try:
            with own:
                yield
        finally:
            self._leave(key)

    def _leave(self, key: str) -> None:
        with self._lock:
            own, count = self._held.pop(key)
            if count > 1:
                self._held[key] = own, count - 1


def request_of(caller: UUID, key: str, content: str) -> str:
    """Return what stands in an order for a key and its content; empty without a key. BadRequest `bad-option`."""
    if not key:
        return ""
    if len(key) > LONGEST or not key.isascii() or not key.isprintable():
        raise BadRequest("bad-option", f"{HEADER} must be at most {LONGEST} printable letters.", option=HEADER)
    return f"{hashlib.sha256(f'{caller} {key}'.encode()).hexdigest()}-{content}"


def made_under(unit: UnitOfWork, caller: UUID, request: str, now: datetime) -> Issuance | None:
    """Return what was made under the key of a request; None where nothing was, or it was cancelled without a number.

    BadRequest `idempotency-key-reused` where the content was another one.
    """
    if not request:
        return None
    found = unit.issuances.by_request(caller, request.partition("-")[0], now - KEPT)
    if found is None or (found.state == State.CANCELLED and found.number is None):
        return None
    if found.wanted["request"] != request:
        raise BadRequest("idempotency-key-reused")
    return found
