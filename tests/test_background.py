from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.accounts.support import Clock
from tests.support.postgres import RING
from verifier.background import background
from verifier.storage.blobs import Blobs
from verifier.storage.database import Database
from verifier.storage.scope import SYSTEM
from verifier.workers.jobs import job_recover


@pytest.mark.parametrize(("relay", "names"), [(True, ["relay", "jobs"]), (False, ["jobs"])])
def test_the_relay_can_be_left_to_another_process(
    database: Database, tmp_path: Path, *, relay: bool, names: list[str]
) -> None:
    blobs = Blobs(tmp_path / "files", RING, tmp_path / "spool")
    own = (job_recover(lambda _before: 0, timedelta(minutes=10)),)

    loops = background(database, Clock(), blobs, tmp_path / "spool", relay=relay, own=own)
    for loop in loops:
        loop._task(loop._stop)

    with database.unit(SYSTEM) as unit:
        ran = {run.name for run in unit.jobs.all()}
    assert [loop._name for loop in loops] == names
    assert "recover-validations" in ran
    assert ("expire-validations" in ran) == relay
