"""Validations whose processes are killed at every step: nothing is lost, nothing is left, nothing comes back."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.faults.test_kill import HERE
from tests.support.postgres import RING
from tests.web.support import PDF, passing
from verifier.outside.clock import FixedClock, SystemClock
from verifier.storage.blobs import Blobs
from verifier.storage.database import Database
from verifier.storage.scope import VISITOR
from verifier.web.jobs import JobLimits, Validations
from verifier.workers.carriers import carriers
from verifier.workers.expiry import ORPHAN_AGE, Expiry
from verifier.workers.relay import Relay

STEPS = 26
"""More than there are: the last ones live to the end."""


def killed(url: str, folder: Path) -> dict[str, list[str]]:
    """Have a process killed at each step; return what they said they had done, by what it was."""
    command = [sys.executable, "-m", "tests.faults.hand_in", url, str(folder), str(STEPS)]
    done = subprocess.run(command, cwd=HERE, check=True, capture_output=True, text=True, timeout=120)
    said: dict[str, list[str]] = {}
    for _, what, one in (line.split() for line in done.stdout.splitlines() if line.startswith("told ")):
        said.setdefault(what, []).append(one)
    return said


def test_validations_survive_their_processes(database: Database, service_url: str, tmp_path: Path) -> None:
    said = killed(service_url, tmp_path)
    later, spool = SystemClock().now() + 2 * ORPHAN_AGE, tmp_path / "spool"
    blobs = Blobs(tmp_path / "files", RING, spool)
    limits = JobLimits(waiting=STEPS)
    service = Validations(database, blobs, check=passing, clock=lambda: later, spool=spool, limits=limits)
    service.recover(later)
    for job in tuple(service._running.values()):
        assert job.ended.wait(60)
    Relay(database, FixedClock(later), carriers(blobs)).run_once()
    Expiry(database, blobs, spool).sweep(later)
    service.close()

    with database.unit(VISITOR) as unit:
        left = unit.validations.expired(later + 2 * limits.keep, STEPS)
        found = {token for token in said["handed-in"] if unit.validations.by_token(token)}
    assert set(said["handed-in"]) - set(said["deleting"]) <= found
    assert not found & set(said["deleted"])
    assert 0 < len(said["over"]) < STEPS / 2
    assert len(left) > len(found)  # committed, though its process did not live to tell
    assert {one.state for one in left} == {"done"}
    names = {name for page in blobs.names() for name in page}
    assert names == {name for one in left for name in (one.document_blob, one.bundle_blob)}
    assert {blobs.read(one.document_blob) for one in left} == {PDF}
    assert list(spool.iterdir()) == []
