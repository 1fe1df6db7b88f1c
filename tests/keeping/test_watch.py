from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
import structlog

from tests.accounts.support import AT, Clock
from tests.keeping.test_alarms import GRACE, SCHEME, SOURCE, TRUST, failing, left
from tests.support.postgres import RING
from verifier.errors import CouldNotJudge
from verifier.keeping.alarms import Severity
from verifier.keeping.watch import LOOK_AGAIN, TrustWatch
from verifier.snapshot import Scheme, TrustSnapshot
from verifier.storage.database import Database
from verifier.storage.scope import SYSTEM
from verifier.storage.trust import INSTALLED, TrustJournalEntry, TrustSource


@dataclass
class Keeper:
    used: TrustSnapshot | None = TRUST

    def snapshot(self) -> TrustSnapshot:
        if self.used is None:
            raise CouldNotJudge("trust-store-missing")
        return self.used

    def follow(self, *schemes: Scheme) -> None:
        self.used = replace(TRUST, schemes=schemes)


@dataclass
class Timer:
    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def keeper() -> Keeper:
    return Keeper()


@pytest.fixture
def timer() -> Timer:
    return Timer()


@pytest.fixture
def watch(database: Database, keeper: Keeper, timer: Timer) -> TrustWatch:
    return TrustWatch(database, keeper, Clock(AT), GRACE, timer=timer)


def note(database: Database, source: TrustSource) -> None:
    with database.unit(SYSTEM) as unit:
        unit.trust.put_source(source)


def told(watch: TrustWatch) -> list[tuple[str, str]]:
    with structlog.testing.capture_logs() as lines:
        watch.run(AT)
    return [(line["log_level"], line.get("state") or line.get("code", "")) for line in lines]


def test_the_state_is_that_of_the_snapshot_in_use_and_of_the_lists(database: Database, watch: TrustWatch) -> None:
    entry = TrustJournalEntry(1, TRUST.id, "", INSTALLED, None, None, AT - timedelta(hours=3), "", "", "installed", {})
    with database.unit(SYSTEM) as unit:
        unit.trust.add(entry)
    note(database, failing())
    found = watch.state()
    assert (found.snapshot, found.anchors, found.age) == (TRUST.id, 1, timedelta(hours=3))
    assert [(one.scheme, one.severity) for one in found.lists] == [("vn-neac", Severity.FAILING)]
    assert watch.trouble() == ""


def test_it_is_looked_at_again_after_a_while_only(watch: TrustWatch, keeper: Keeper, timer: Timer) -> None:
    assert watch.state().severity is Severity.FINE
    keeper.follow(left(-timedelta(days=1)))
    timer.seconds = LOOK_AGAIN - 1
    assert watch.state().severity is Severity.FINE
    timer.seconds = LOOK_AGAIN
    assert watch.state().severity is Severity.OVERDUE


def test_a_list_that_is_overdue_beyond_the_grace_is_trouble(watch: TrustWatch, keeper: Keeper) -> None:
    keeper.follow(left(-GRACE - timedelta(minutes=1)))
    assert watch.trouble() == "trust-list-overdue"


def test_without_a_snapshot_nothing_is_overdue_and_there_is_no_anchor(watch: TrustWatch, keeper: Keeper) -> None:
    keeper.used = None
    assert (watch.state().anchors, watch.state().trouble, watch.trouble()) == (0, "trust-store-empty", "")


def test_the_log_is_told_once_when_it_becomes_worse_and_once_when_it_becomes_better(
    database: Database, watch: TrustWatch, keeper: Keeper
) -> None:
    assert told(watch) == []
    keeper.follow(left(timedelta(days=2)))
    assert told(watch) == [("warning", "soon")]
    note(database, failing())
    assert told(watch) == [("error", "failing")]
    for failures in (4, 5, 6):
        note(database, failing(failures=failures))
        assert told(watch) == []
    keeper.follow(left(-timedelta(minutes=1)))
    assert told(watch) == [("error", "overdue")]
    keeper.follow(left(-GRACE - timedelta(minutes=1)))
    assert told(watch) == [("error", "trust-list-overdue")]
    assert told(watch) == []
    keeper.follow(SCHEME)
    note(database, SOURCE)
    assert told(watch) == [("info", "fine"), ("info", "ok")]
    assert told(watch) == []


def test_without_a_database_the_last_state_is_told() -> None:
    gone = Database("postgresql://nobody@127.0.0.1:1/none", RING)
    watch = TrustWatch(gone, Keeper(), Clock(AT), GRACE)
    with structlog.testing.capture_logs() as lines:
        assert watch.state().anchors == 0
    assert lines[0]["log_level"] == "warning"
    gone.close()
