"""How one entry of the register changed: the entries of the journal that added, changed or removed it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from verifier.errors import BadRequest, CouldNotJudge
from verifier.storage.trust import TrustJournalEntry
from verifier.trust.archive import Archive
from verifier.web.trust.base import desk

ENTRIES = 50
"""Entries of the journal that are looked through, the newest."""
_KEPT = 2 * ENTRIES
"""Snapshots of which it is remembered what stood in the register: they never change."""


@dataclass(frozen=True)
class Step:
    """One change of the entry."""

    entry: TrustJournalEntry
    look: str
    """`ok` where it was added, `open` where it was changed, `bad` where it was removed."""


def steps_of(id_: str) -> tuple[Step, ...]:
    """Return what changed an authority's entry, newest first; a snapshot that cannot be read is passed by."""
    found = (_step(one, id_) for one in desk().journal(ENTRIES))
    return tuple(one for one in found if one is not None)


def _step(entry: TrustJournalEntry, id_: str) -> Step | None:
    archive = desk().keeper.archive
    try:
        after = _marks(archive, entry.snapshot_id).get(id_)
        before = _marks(archive, entry.previous_id).get(id_) if entry.previous_id else None
    except (BadRequest, CouldNotJudge):
        return None
    if before == after:
        return None
    return Step(entry, "ok" if before is None else "bad" if after is None else "open")


@lru_cache(maxsize=_KEPT)
def _marks(archive: Archive, snapshot: str) -> Mapping[str, int]:
    """Return a mark for each authority of a snapshot; equal marks are equal entries."""
    return {one.id: hash(one) for one in archive.get(snapshot).authorities}
