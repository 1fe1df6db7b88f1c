"""The job over the real keeper, archive, workers and fetcher: from an address on loopback to the snapshot in use."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.accounts.support import Clock
from tests.keeping.lists import AT, SCHEME, a_signed_list
from tests.outside.servers import Server, announced, body, drip_body, endless, serving
from tests.pki import trust_folder, world
from tests.trust.lists.builder import operator
from verifier.keeping.alarms import Severity
from verifier.keeping.keeper import TrustKeeper
from verifier.keeping.refresh import Refresh
from verifier.keeping.watch import TrustWatch
from verifier.outside.fetch import Fetcher
from verifier.storage.database import Database
from verifier.storage.scope import SYSTEM
from verifier.storage.trust import REFRESHED
from verifier.trust.archive import Archive
from verifier.trust.lists.taking import with_scheme
from verifier.workers.pool import WorkerPool


@pytest.fixture
def server() -> Iterator[Server]:
    stop = threading.Event()
    answers = {
        "/good.xml": body(a_signed_list(8)),
        "/html.xml": body(b"<!doctype html><title>Bao tri</title>"),
        "/stranger.xml": body(a_signed_list(8, by=operator(name="Somebody"))),
        "/endless.xml": endless,
        "/announced.xml": announced(500_000_000),
        "/drip.xml": drip_body(stop),
    }
    with serving(answers) as made:
        yield made
        stop.set()


@pytest.fixture
def keeper(database: Database, tmp_path: Path) -> TrustKeeper:
    (tmp_path / "store").mkdir()
    folder = trust_folder(world(), tmp_path / "store")
    made = TrustKeeper(database, Archive(tmp_path / "archive"), folder, Clock(AT), timer=iter(range(10**6)).__next__)
    made.snapshot()
    return made


def follow(keeper: TrustKeeper, location: str) -> None:
    before = keeper.snapshot()
    after = with_scheme(before, replace(SCHEME, location=location))
    assert keeper.adopt_refreshed(after, "as the test wants", AT, base=before.id)


@pytest.fixture(scope="module")
def pool() -> Iterator[WorkerPool]:
    with WorkerPool(1, spare=0) as made:
        yield made


@pytest.fixture
def refresh(database: Database, keeper: TrustKeeper, server: Server, pool: WorkerPool) -> Callable[[float], None]:
    def run(seconds: float) -> None:
        job = Refresh(database, keeper, Fetcher([server.host]), Clock(AT), pool=pool, seconds=seconds)
        assert job.run(AT) == 1

    return run


def test_a_good_list_comes_into_use_and_stands_in_the_journal(
    keeper: TrustKeeper, server: Server, refresh: Callable[[float], None]
) -> None:
    follow(keeper, server.url("/good.xml"))
    refresh(20)
    used = keeper.snapshot()
    assert [(one.id, one.sequence) for one in used.schemes] == [("vn-neac", 8)]
    assert len(used.services) == 1
    entry = keeper.in_use()
    assert entry is not None
    assert (entry.kind, entry.reason, entry.snapshot_id) == (REFRESHED, "vn-neac 8", used.id)
    served = Fetcher([server.host]).get(server.url("/good.xml"))
    assert keeper.archive.kept(used.schemes[0].sha256) == served


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/html.xml", "html-instead-of-list"),
        ("/stranger.xml", "signer-not-pinned"),
        ("/endless.xml", "too-large"),
        ("/announced.xml", "too-large"),
        ("/missing.xml", "http-status"),
    ],
)
def test_whatever_else_stands_there_the_last_good_state_stays(
    database: Database, keeper: TrustKeeper, server: Server, refresh: Callable[[float], None], path: str, code: str
) -> None:
    follow(keeper, server.url(path))
    before = keeper.snapshot()
    refresh(20)
    assert keeper.snapshot() == before
    with database.unit(SYSTEM) as unit:
        (source,) = unit.trust.sources()
    assert (source.problem, source.failures, source.good_at) == (code, 1, None)
    state = TrustWatch(database, keeper, Clock(AT), timedelta(hours=72)).state()
    assert [(one.problem, one.severity) for one in state.lists] == [(code, Severity.OVERDUE)]


def test_a_list_that_drips_ends_with_the_time_of_the_run(
    database: Database, keeper: TrustKeeper, server: Server, refresh: Callable[[float], None]
) -> None:
    follow(keeper, server.url("/drip.xml"))
    refresh(0.3)
    with database.unit(SYSTEM) as unit:
        (source,) = unit.trust.sources()
    assert source.problem == "too-slow"
