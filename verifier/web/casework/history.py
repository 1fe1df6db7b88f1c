"""What was done to a dossier, in words, out of its hash-chained log."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from verifier.storage.audit import Entry
from verifier.web.audit.rows import Row, row_of
from verifier.web.casework.base import desk
from verifier.web.chrome import say, words

HIDDEN = frozenset({"version", "was", "status"})
"""Details that the page says elsewhere."""


def history_of(id_: UUID) -> tuple[Row, ...]:
    """Return the events of a dossier in words, newest first."""
    return tuple(row_of(one, words(), {}) for one in reversed(entries(id_)))


def last_event(id_: UUID) -> str:
    """Say who did the last thing to a dossier, what and when."""
    found = entries(id_)
    if not found:
        return say("case-meanwhile")
    row = row_of(found[-1], words(), {})
    return say("case-meanwhile-by", name=row.actor, act=row.act, time=row.moment.text)


def entries(id_: UUID) -> Sequence[Entry]:
    """Return the events of a dossier, oldest first."""
    return desk().history(id_)
