"""Validations that are over: their rows go first, their files follow through the outbox."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from verifier.audit import Event
from verifier.storage.blobs import Blobs
from verifier.storage.database import Database
from verifier.storage.scope import SYSTEM
from verifier.storage.validations import Validation
from verifier.workers.carriers import BLOB_DELETE

AT_ONCE = 500
"""Most rows deleted in one go."""
ORPHAN_AGE = timedelta(hours=1)
"""Age from which a file that no row names is deleted; an upload in progress is younger."""


@dataclass(frozen=True)
class Expiry:
    """Deletes validations and what nobody needs any more."""

    database: Database
    blobs: Blobs
    spool: Path
    """Folder of uploads on their way."""

    def remove(self, validation: Validation, now: datetime, event: Event | None = None) -> bool:
        """Delete a validation for good, and note the event of it; False where it was gone already.

        That its files are to be deleted is noted in the same transaction; the relay does it right afterwards.
        """
        with self.database.unit(SYSTEM) as unit:
            current = unit.validations.hold(validation.id) or validation
            gone = unit.validations.delete(validation.id)
            if gone and event:
                unit.audit.append(event)
            for blob in (current.document_blob, current.bundle_blob):
                if blob:
                    key = f"{BLOB_DELETE}:{blob}"
                    unit.outbox.put(BLOB_DELETE, key, {"blob": blob}, now, current.authority_id)
        return gone

    def expire(self, now: datetime) -> int:
        """Delete what is over at `now`; return how many validations."""
        with self.database.unit(SYSTEM) as unit:
            over = unit.validations.expired(now, AT_ONCE)
        return sum(self.remove(validation, now) for validation in over)

    def sweep(self, now: datetime) -> int:
        """Delete files that no row names, and uploads that a crash left; return how many."""
        return self._orphans(now - ORPHAN_AGE) + self._left_uploads(now - ORPHAN_AGE)

    def _orphans(self, before: datetime) -> int:
        count = self.blobs.drop_unfinished(before)
        for names in self.blobs.older_than(before):
            with self.database.unit(SYSTEM) as unit:
                orphans = set(names) - unit.known_blobs(names)
            for name in orphans:
                self.blobs.delete(name)
            count += len(orphans)
        return count

    def _left_uploads(self, before: datetime) -> int:
        count = 0
        for upload in self.spool.iterdir() if self.spool.is_dir() else ():
            with suppress(FileNotFoundError):  # it went away while we looked: plain copies come and go
                if upload.stat().st_mtime < before.timestamp():
                    upload.unlink()
                    count += 1
        return count
