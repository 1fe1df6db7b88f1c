"""The journal of a trust store folder: one line for each time that it was found to say something else."""

from __future__ import annotations

import fcntl
import json
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from verifier.errors import CouldNotJudge
from verifier.snapshot import TrustSnapshot
from verifier.trust.diff import Difference, diff
from verifier.trust.durable import sync_folder
from verifier.trust.store import SNAPSHOTS, archive_of, is_full, load_trust_store

JOURNAL = "history.jsonl"
"""Beside the archive of the store."""
Counts = Mapping[str, Mapping[str, int]]
"""Number of entries by kind and by sign."""


@dataclass(frozen=True)
class Entry:
    """One line: the store said something else than at the line before."""

    id: str
    """Of the snapshot."""
    previous: str
    """Empty for the first."""
    at: datetime
    """When it was noticed, by a command that keeps the journal."""
    by: str
    """Login name of whose command that was."""
    changes: Counts | None
    """None where the snapshot of before is no longer kept."""


def loaded(path: Path, now: datetime, by: str) -> TrustSnapshot:
    """Read a trust store as `load_trust_store`, and note in its journal if it says something else than before.

    Nothing is noted for a plain folder, or where the journal cannot be written.
    """
    snapshot = load_trust_store(path)
    if is_full(path) and (path / SNAPSHOTS).is_dir():
        try:
            _note(path, snapshot, now, by)
        except OSError:
            return snapshot
    return snapshot


def journal(store: Path) -> tuple[Entry, ...]:
    """Return the journal, the latest first; empty where there is none. A line that was torn is left out."""
    try:
        lines = (store / SNAPSHOTS / JOURNAL).read_bytes().split(b"\n")
    except OSError:
        return ()
    return tuple(entry for line in reversed(lines) if (entry := _entry(line)))


def counts_of(differences: Iterable[Difference]) -> dict[str, dict[str, int]]:
    """Count the entries that came, changed and went, by kind."""
    found = Counter((kind, sign) for kind, sign, _ in {(one.kind, one.sign, one.id) for one in differences})
    counts: dict[str, dict[str, int]] = {}
    for (kind, sign), number in sorted(found.items()):
        counts.setdefault(kind, {})[sign] = number
    return counts


def _note(store: Path, snapshot: TrustSnapshot, now: datetime, by: str) -> None:
    last = next(iter(journal(store)), None)
    if last is not None and last.id == snapshot.id:
        return
    handle = os.open(store / SNAPSHOTS / JOURNAL, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
    with os.fdopen(handle, "ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        last = next(iter(journal(store)), None)
        if last is not None and last.id == snapshot.id:  # another process was faster
            return
        line = _line(Entry(snapshot.id, last.id if last else "", now, by, _changes(store, last, snapshot)))
        size = file.tell()
        torn = size > 0 and os.pread(file.fileno(), 1, size - 1) != b"\n"
        file.write((b"\n" if torn else b"") + line)
        file.flush()
        os.fsync(file.fileno())
    sync_folder(store / SNAPSHOTS)


def _changes(store: Path, last: Entry | None, snapshot: TrustSnapshot) -> Counts | None:
    try:
        before = archive_of(store).get(last.id) if last else TrustSnapshot("", ())
    except CouldNotJudge:
        return None
    return counts_of(diff(before, snapshot))


def _line(entry: Entry) -> bytes:
    at = entry.at.astimezone(UTC).isoformat()
    return json.dumps({**vars(entry), "at": at}, sort_keys=True, ensure_ascii=True).encode() + b"\n"


def _entry(line: bytes) -> Entry | None:
    try:
        table: dict[str, Any] = json.loads(line)
        return Entry(**{**table, "at": datetime.fromisoformat(table["at"])})
    except (ValueError, TypeError, KeyError):
        return None
