from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from tests.outside.net import CRL_URL, WORLD, Net
from tests.pki import FRESH
from tests.pki.long_crl import long_crl
from verifier.evidence import StoredCrl
from verifier.outside.clock import FixedClock
from verifier.outside.crl_store import CrlStore
from verifier.outside.fetch import Failure, FetchFailed, Request
from verifier.workers.pool import WorkerLimits, WorkerPool
from verifier.workers.revocation import INDEX_SECONDS, revocation_of

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


def test_one_list_is_indexed_at_a_time_and_who_waits_too_long_goes_without(tmp_path: Path) -> None:
    net, pool = Net({CRL_URL: long_crl(WORLD.ca, FRESH, END, 1500)}), Slow()
    made = revocation_of(tmp_path, FixedClock(FRESH), cast(WorkerPool, pool), net, None, turn_seconds=0.05)
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(made.library.fetch, Request(CRL_URL))
        assert pool.entered.wait(20)
        with pytest.raises(FetchFailed) as caught:
            made.library.fetch(Request(CRL_URL))
        assert caught.value.failure is Failure.TOO_SLOW
        pool.gate.set()
        assert isinstance(first.result(20), StoredCrl)
    assert isinstance(made.library.fetch(Request(CRL_URL)), StoredCrl)


class Slow:
    def __init__(self) -> None:
        self.entered, self.gate = threading.Event(), threading.Event()

    def run(self, function: Callable[..., Any], *args: Any, timeout: float) -> Any:
        assert timeout == INDEX_SECONDS
        self.entered.set()
        assert self.gate.wait(20)
        return function(*args)
