"""The bench of dossiers, small: what it loads is as the service writes it, and everything can be asked."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bench.cases import ASKS, RING, main, place
from tests.support.postgres import open_folder
from verifier.cases.checking import CaseProof
from verifier.outside.clock import SystemClock
from verifier.storage.audit_check import verify

CASES = 400


def test_the_bench_loads_dossiers_that_agree(capsys: pytest.CaptureFixture[str]) -> None:
    with open_folder() as folder:
        small = ["--cases", str(CASES), "--data", str(folder), "--rounds", "2"]
        small += ["--officers", "6", "--seconds", "1", "--thinks", "1"]
        main(small)
        told = capsys.readouterr().out
        with place(folder, CASES) as here:
            proof = CaseProof(here.house.database, here.house.blobs)
            found = list(proof.findings(SystemClock().now(), sent_kept=timedelta(days=30), content=True))
            log = verify(here.house.database, RING)

    assert found == []
    assert log.intact
    assert proof.dossiers >= CASES
    assert abs(log.events / CASES - 5) < 1
    assert all(title in told for title, _ in ASKS.values())
    assert "6 officers, one in 1 s" in told
