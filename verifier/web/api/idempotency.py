"""Keys by which a caller who heard no answer asks again (`Idempotency-Key`): the same key leads to the same act."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from verifier.errors import BadRequest

KEPT = timedelta(hours=24)
"""How long a key is remembered, by the running process."""
MOST = 10_000
"""Keys remembered; the oldest are forgotten first."""
LONGEST = 255


@dataclass
class _Entry:
    at: datetime
    content: str = ""
    made: UUID | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)


class Keys:
    """What was made under which key, by caller. Safe to call from several threads."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._entries: OrderedDict[tuple[UUID, str], _Entry] = OrderedDict()
        self._lock = threading.Lock()

    def once(self, caller: UUID, key: str, content: str, make: Callable[[], UUID]) -> UUID:
        """Return what was made under the key, or make it; a second call waits for the first. Without a key make anew.

        BadRequest `bad-option` where the key is none, `idempotency-key-reused` where it was used for other content.
        What `make` raises leaves the key unused.
        """
        if not key:
            return make()
        if len(key) > LONGEST or not key.isascii() or not key.isprintable():
            told = f"Idempotency-Key must be at most {LONGEST} printable letters."
            raise BadRequest("bad-option", told, option="Idempotency-Key")
        entry = self._entry(caller, key)
        with entry.lock:
            if entry.made is None:
                entry.made, entry.content = make(), content
            if entry.content != content:
                raise BadRequest("idempotency-key-reused")
            return entry.made

    def _entry(self, caller: UUID, key: str) -> _Entry:
        now = self._clock()
        with self._lock:
            while self._entries and (len(self._entries) > MOST or self._oldest().at + KEPT <= now):
                self._entries.popitem(last=False)
            return self._entries.setdefault((caller, key), _Entry(now))

    def _oldest(self) -> _Entry:
        return next(iter(self._entries.values()))
