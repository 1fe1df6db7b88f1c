"""Officers' processes killed at any moment: nothing is lost, nothing is done twice, and everything agrees."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path

from tests.faults.cases import ACTIONS, DOSSIERS, OFFICERS, Work, procedure_of
from tests.faults.test_kill import HERE
from tests.support.postgres import RING
from verifier.cases.checking import CaseProof
from verifier.outside.clock import SystemClock
from verifier.storage.audit import AuditFilter
from verifier.storage.blobs import Blobs
from verifier.storage.case_check import CaseFinding
from verifier.storage.database import Database
from verifier.storage.scope import SYSTEM
from verifier.workers.expiry import ORPHAN_AGE, Expiry

ROUNDS = 14


def findings(database: Database, blobs: Blobs) -> list[CaseFinding]:
    return list(CaseProof(database, blobs).findings(SystemClock().now(), sent_kept=timedelta(days=9999), content=True))


def test_commands_survive_their_processes(database: Database, service_url: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.faults.cases", service_url, str(tmp_path), str(ROUNDS)]
    done = subprocess.run(command, cwd=HERE, check=False, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]
    blobs = Blobs(tmp_path / "files", RING, tmp_path / "spool")

    assert findings(database, blobs) == []
    everything_was_done_once(database, tmp_path)
    ends = [int(line.split()[1]) for line in done.stdout.splitlines()]
    assert len(set(ends)) > ROUNDS / 2  # most processes got somewhere, and were killed there
    what_nobody_names_is_swept_up(database, blobs, tmp_path)
    assert findings(database, blobs) == []


def everything_was_done_once(database: Database, folder: Path) -> None:
    noted = Work(folder / "answered").noted()
    wanted = {
        (officer, dossier, step)
        for officer in range(OFFICERS)
        for dossier in range(DOSSIERS)
        for step in range(len(ACTIONS[procedure_of(officer)]))
    }
    assert set(noted) == wanted
    with database.unit(SYSTEM) as unit:
        events = unit.audit.search(AuditFilter(subject_kind="case"), 10_000)
        receipts = unit.audit.search(AuditFilter(action="fee-paid"), 10_000)
    chains: dict[str, list[str]] = {}
    for one in reversed(events):
        chains.setdefault(one.event.subject_id, []).append(one.event.action)
    cases = {str(noted[officer, dossier, 0]): officer for officer, dossier, step in wanted if step == 0}
    assert set(chains) == set(cases)  # no dossier twice
    assert all(tuple(chains[id_]) == ACTIONS[procedure_of(officer)] for id_, officer in cases.items())
    numbers = Counter(one.event.details["receipt"] for one in receipts)
    assert set(numbers.values()) == {1}


def what_nobody_names_is_swept_up(database: Database, blobs: Blobs, folder: Path) -> None:
    Expiry(database, blobs, folder / "spool").sweep(SystemClock().now() + 2 * ORPHAN_AGE)
    names = {name for page in blobs.names() for name in page}
    with database.unit(SYSTEM) as unit:
        assert unit.known_blobs(tuple(names)) == names
