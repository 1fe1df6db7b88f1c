"""Judges again what was open: the same file, later. A new verdict takes the place of the old one, which is not lost.

The new bundle of evidence carries the old report and the old bundle along (`verifier.again`); the audit log of the
authority says that the verdict was replaced, with both conclusions and the hashes of both reports and bundles. Where
no verdict is reached, the old one stays. What was gathered for the old verdict counts for the new one: nobody makes a
verdict better by withholding an answer that was had before.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from verifier.again import PAUSES, with_earlier
from verifier.audit import Actor, Detail, Event
from verifier.errors import fault_of
from verifier.storage.blobs import Blobs
from verifier.storage.database import Database
from verifier.storage.keys import CannotOpen
from verifier.storage.scope import SYSTEM
from verifier.storage.validations import Finding, Validation
from verifier.workers.carriers import BLOB_DELETE

SECONDS = 60.0
"""After so long a run begins no further file; the rest stays due."""
AT_ONCE = 50
"""Most files of one run."""
LEAST_LEASE = timedelta(minutes=30)
"""Where judging ends with the process, it is tried again after this time."""
BY = Actor("system", "judge-again")

log = structlog.get_logger("verifier.jobs")


@dataclass(frozen=True)
class Again:
    """One run over what is due."""

    database: Database
    blobs: Blobs
    clock: Callable[[], datetime]
    find: Callable[[Validation], Finding]
    """Judges one file again, without passwords; what was put into the blobs is the caller's."""

    def run(self, now: datetime, closing: threading.Event) -> int:
        """Judge again what is due by `now` until the time is over or `closing` is set; return how many files."""
        deadline, count = time.monotonic() + SECONDS, 0
        with self.database.unit(SYSTEM) as unit:
            wanted = unit.validations.due_again(now, len(PAUSES), AT_ONCE)
        for validation in wanted:
            if closing.is_set() or time.monotonic() >= deadline:
                break
            count += self._one(validation, now)
        return count

    def _one(self, validation: Validation, now: datetime) -> bool:
        times = validation.again + 1
        lease = now + max(LEAST_LEASE, PAUSES[times]) if times < len(PAUSES) else None
        if lease and lease >= validation.expires_at:
            lease = None
        with self.database.unit(SYSTEM) as unit:
            if not unit.validations.begin_again(validation, lease):
                return False
        made: list[Finding] = []
        if fault := fault_of(lambda: made.append(self.find(replace(validation, again=times)))):
            log.error("judging again broke", id=str(validation.id), exc_info=fault)
        elif made[0].problem or not made[0].report_text:
            self._drop(made[0])
            log.info("judged again without a verdict", id=str(validation.id), problem=made[0].problem)
        else:
            self._replace(validation, made[0])
        return True

    def _replace(self, validation: Validation, finding: Finding) -> None:
        """Put the new verdict in the old one's place."""
        old, new = self._bundle(validation.bundle_blob), self._bundle(finding.bundle_blob)
        fresh = finding
        if new:
            joined = with_earlier(new, validation.again + 1, validation.report_text or "", old)
            fresh = replace(finding, bundle_blob=self.blobs.put(joined))
            self._drop(finding)
            new = joined
        now = self.clock()
        with self.database.unit(SYSTEM) as unit:
            kept = unit.validations.finish_again(validation, fresh, now)
            if kept and validation.authority_id:
                unit.audit.append(_event(validation, fresh, (old, new), now))
            if kept and validation.bundle_blob:
                blob = validation.bundle_blob
                unit.outbox.put(BLOB_DELETE, f"{BLOB_DELETE}:{blob}", {"blob": blob}, now, validation.authority_id)
        if not kept:
            self._drop(fresh)
            return
        told = {"before": validation.conclusion, "after": fresh.conclusion}
        log.info("judged again", id=str(validation.id), times=validation.again + 1, **told)

    def _bundle(self, blob: str | None) -> bytes:
        """Return a stored bundle; empty where there is none or it does not open."""
        try:
            return b"".join(self.blobs.stream(blob)) if blob else b""
        except (FileNotFoundError, CannotOpen) as trouble:
            log.warning("evidence cannot be read", blob=blob, trouble=type(trouble).__name__)
            return b""

    def _drop(self, finding: Finding) -> None:
        if finding.bundle_blob:
            self.blobs.delete(finding.bundle_blob)


def _event(validation: Validation, finding: Finding, bundles: tuple[bytes, bytes], now: datetime) -> Event:
    """Tell what became what: values before and after."""
    reports = [(text or "").encode() for text in (validation.report_text, finding.report_text)]
    told: dict[str, Detail] = {
        "sha256": validation.sha256,
        "times": validation.again + 1,
        "conclusion": [validation.conclusion, finding.conclusion],
        "report_sha256": [_sha256(one) for one in reports],
        "bundle_sha256": [_sha256(one) for one in bundles],
    }
    id_, place = str(validation.id), validation.authority_id
    return Event("validation", id_, "validation-judged-again", BY, now, place, details=told)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest() if content else ""
