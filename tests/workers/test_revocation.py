from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from tests.outside.net import CRL_URL, WORLD, Net
from tests.pki import FRESH
from tests.pki.long_crl import long_crl
from verifier.evidence import StoredCrl
from verifier.outside.clock import FixedClock
from verifier.outside.crl_store import CrlStore
from verifier.outside.fetch import Request
from verifier.workers.pool import WorkerLimits, WorkerPool
from verifier.workers.revocation import revocation_of

END = FRESH + timedelta(days=7)


def test_the_store_of_a_service_is_filled_by_its_workers_and_kept_current_by_its_jobs(tmp_path: Path) -> None:
    net = Net({CRL_URL: long_crl(WORLD.ca, FRESH, END, 1500)})
    with WorkerPool(1, WorkerLimits(seconds=20), spare=0) as pool:
        clock = FixedClock(FRESH + timedelta(hours=1))
        made = revocation_of(tmp_path, clock, pool, net, timedelta(days=31))
        stored = made.library.fetch(Request(CRL_URL))
        assert isinstance(stored, StoredCrl)
        assert Path(stored.path).parent == tmp_path / "revocation"
        refresh, sweep = made.jobs
        assert [job.task(clock.now()) for job in made.jobs] == [0, 0]
        net.answers[CRL_URL] = long_crl(WORLD.ca, FRESH + timedelta(days=6), END + timedelta(days=6), 1500)
        assert refresh.task(END - timedelta(hours=6)) == 1
    later = CrlStore(tmp_path / "revocation", FixedClock(END + timedelta(days=60)))
    assert later.counts().crls == 2
    assert sweep.name == "sweep-revocation"
