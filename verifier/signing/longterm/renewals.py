"""The nightly job: released documents get a new archive time stamp before what protects them ends.

1. for each released document that is new here: when it must be renewed is read from it and noted;
2. each that is due is renewed into a new version, whose bytes begin with those of the version before it: an older one
   is found by its hash, and is so many bytes of the beginning of the newest. The act and its register entry stay as
   they were when it was released;
3. one that cannot be renewed is tried again later, and is an error in the log; the others go on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

import structlog

from verifier.audit import Actor, Event
from verifier.errors import CouldNotIssue, Problem, VerifierError, fault_of
from verifier.signing.longterm.complete import MARGIN, Renewal, scratch_file
from verifier.storage.blobs import Blobs
from verifier.storage.database import Database
from verifier.storage.issuances import Issuance
from verifier.storage.scope import SYSTEM
from verifier.storage.versions import Version
from verifier.workers.carriers import BLOB_DELETE
from verifier.workers.jobs import DAILY, Job

AT_ONCE = 500
"""Documents of each kind of work in one run."""
AGAIN = timedelta(hours=6)
"""After what time one that could not be renewed is tried again."""
RENEWER = Actor("system", "renew-archives")

log = structlog.get_logger("verifier.renewals")


class Renews(Protocol):
    """What is needed of `LongTerm`."""

    def due(self, path: Path) -> datetime:
        """Return when a document must be renewed."""

    def preserved(self, source: Path, out: Path) -> Renewal:
        """Write `source` with a new archive time stamp."""


@dataclass(frozen=True)
class Renewals:
    """Renews released documents."""

    database: Database
    blobs: Blobs
    long_term: Renews
    spool: Path
    """Folder for files on their way."""

    @property
    def job(self) -> Job:
        """The job for `workers.jobs`."""
        return Job("renew-archives", DAILY, self.run)

    def run(self, now: datetime) -> int:
        """Note what is new and renew what is due; return how many were renewed.

        CouldNotIssue `renewals-failed` (param `count`) in the end where some could not, so that it is tried soon.
        """
        self._note_new(now)
        with self.database.unit(SYSTEM) as unit:
            due = unit.versions.due(now, AT_ONCE)
        failures = sum(self._tried(version, now) for version in due)
        if failures:
            raise CouldNotIssue(
                "renewals-failed", f"{failures} of {len(due)} could not be renewed", count=str(failures)
            )
        return len(due)

    def _note_new(self, now: datetime) -> None:
        with self.database.unit(SYSTEM) as unit:
            new = unit.versions.unseen(AT_ONCE)
        for act in new:
            version = self._first(act, now)
            with self.database.unit(SYSTEM) as unit:
                if unit.versions.newest(act.id) is None:
                    unit.versions.add(version)

    def _first(self, act: Issuance, now: datetime) -> Version:
        """Return the version of a released document; it is due at once where that cannot be read from it."""
        found: list[tuple[int, datetime]] = []

        def read() -> None:
            with self.blobs.opened(act.output_blob or "") as path:
                found.append((path.stat().st_size, self.long_term.due(path)))

        if fault := fault_of(read):
            log.error("a released document cannot be read", issuance=str(act.id), code=_code(fault), exc_info=fault)
        size, due = found[0] if found else (0, now)
        return Version(act.id, 1, act.authority_id, act.output_sha256, size, None, act.released_at or now, due)

    def _tried(self, version: Version, now: datetime) -> bool:
        """Renew one; return whether that failed."""
        fault = fault_of(lambda: self._renew(version, now))
        if fault is None:
            return False
        problem = fault.problem if isinstance(fault, VerifierError) else Problem("internal-error")
        with self.database.unit(SYSTEM) as unit:
            told = {"code": problem.code, "detail": problem.detail, "params": dict(problem.params)}
            unit.versions.failed(version, now + AGAIN, told)
        left = (version.renew_before + MARGIN - now).days
        log.error(
            "an archive time stamp could not be renewed",
            issuance=str(version.issuance_id),
            code=problem.code,
            attempts=version.attempts + 1,
            days_left=left,
            exc_info=fault,
        )
        return True

    def _renew(self, version: Version, now: datetime) -> None:
        with self.database.unit(SYSTEM) as unit:
            act = unit.issuances.get(version.issuance_id)
        if act is None or act.output_blob is None:
            raise CouldNotIssue("file-unreadable", "the released document is gone")
        with self.blobs.opened(version.blob or act.output_blob) as source, scratch_file(self.spool) as out:
            renewal = self.long_term.preserved(source, out)
            if renewal.before != version.sha256:
                raise CouldNotIssue("file-unreadable", "the stored document is not the one that was released")
            size, blob = out.stat().st_size, self.blobs.put_file(out)
        self._note(version, act, renewal, (size, blob), now)

    def _note(self, version: Version, act: Issuance, renewal: Renewal, file: tuple[int, str], now: datetime) -> None:
        size, blob = file
        number, due = version.number + 1, renewal.renew_before
        details = {
            "number": act.number_text,
            "before": renewal.before,
            "sha256": renewal.after,
            "tsa": renewal.stamps[-1].tsa,
        }
        with self.database.unit(SYSTEM) as unit:
            held = unit.versions.newest(act.id, hold=True)
            if held is None or held.number != version.number:
                return  # somebody else was quicker; what was made has no name and is swept up
            unit.versions.add(Version(act.id, number, act.authority_id, renewal.after, size, blob, now, due))
            unit.audit.append(
                Event("issuance", str(act.id), "archive-renewed", RENEWER, now, act.authority_id, details=details)
            )
            if version.blob:  # the new one begins with it
                key = f"{BLOB_DELETE}:{version.blob}"
                unit.outbox.put(BLOB_DELETE, key, {"blob": version.blob}, now, act.authority_id)


def renewals(database: Database, blobs: Blobs, long_term: Renews, spool: Path) -> Job:
    """Return the nightly job."""
    return Renewals(database, blobs, long_term, spool).job


def _code(fault: Exception) -> str:
    return fault.problem.code if isinstance(fault, VerifierError) else "internal-error"
