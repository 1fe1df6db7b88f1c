from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import structlog
from sqlalchemy import text

from tests.accounts.support import AT, Clock, add_authority, add_person
from tests.support.postgres import RING
from verifier.audit import VISITOR, Event
from verifier.errors import CouldNotJudge
from verifier.storage.blobs import Blobs
from verifier.storage.clients import AccessToken, Client
from verifier.storage.database import Database
from verifier.storage.job_runs import JobRun
from verifier.storage.scope import SYSTEM
from verifier.storage.sessions import Attempts, SignedIn
from verifier.workers.expiry import Expiry
from verifier.workers.jobs import AFTER_TROUBLE, Job, Jobs, job_recover, jobs_anywhere
from verifier.workers.loop import Loop
from verifier.workers.retention import load_retention

DAY = timedelta(days=1)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def last(database: Database, name: str = "count") -> JobRun:
    with database.unit(SYSTEM) as unit:
        found = unit.jobs.last(name)
    assert found is not None
    return found


def jobs(database: Database, clock: Clock, task: Callable[[datetime], int], every: timedelta = DAY) -> Jobs:
    return Jobs(database, clock, (Job("count", every, task),))


def test_a_job_runs_when_it_is_due_and_its_run_is_noted(database: Database, clock: Clock) -> None:
    at_work = jobs(database, clock, lambda _now: 7)

    assert at_work.run_due() == 1
    assert last(database) == JobRun("count", AT, AT, "done", 7)
    assert at_work.run_due() == 0
    clock.pass_(days=1)
    assert at_work.run_due() == 1


def test_a_job_that_fails_is_noted_by_its_code_and_comes_again_soon(database: Database, clock: Clock) -> None:
    def broken(_now: datetime) -> int:
        raise ZeroDivisionError

    def refused(_now: datetime) -> int:
        raise CouldNotJudge("trust-store-empty")

    with structlog.testing.capture_logs():
        assert jobs(database, clock, broken).run_due() == 1
        assert last(database).outcome == "internal-error"
        assert jobs(database, clock, refused).run_due() == 0
        clock.instant += AFTER_TROUBLE
        assert jobs(database, clock, refused).run_due() == 1
    assert last(database).outcome == "trust-store-empty"


@pytest.mark.parametrize("back", [timedelta(days=400), timedelta(hours=1)])
def test_a_clock_set_back_holds_no_job_up_and_makes_no_storm(database: Database, clock: Clock, back: timedelta) -> None:
    at_work = jobs(database, clock, lambda _now: 7)
    clock.instant = AT + back
    assert at_work.run_due() == 1
    clock.instant = AT
    assert [at_work.run_due() for _ in range(3)] == [1, 0, 0]
    clock.pass_(days=1)
    assert at_work.run_due() == 1


def test_clocks_that_differ_a_little_run_a_job_once(database: Database, clock: Clock) -> None:
    at_work = jobs(database, clock, lambda _now: 7)
    clock.instant = AT + timedelta(minutes=9)
    assert at_work.run_due() == 1
    clock.instant = AT
    assert at_work.run_due() == 0


def test_one_job_that_fails_does_not_keep_the_others_from_running(database: Database, clock: Clock) -> None:
    def broken(_now: datetime) -> int:
        raise ZeroDivisionError

    with structlog.testing.capture_logs():
        Jobs(database, clock, (Job("bad", DAY, broken), Job("count", DAY, lambda _now: 1))).run_due()

    assert last(database).outcome == "done"


def test_only_one_process_runs_a_job_and_others_do_not_wait_for_it(database: Database, clock: Clock) -> None:
    second: list[int] = []

    def outer(_now: datetime) -> int:
        second.append(jobs(database, clock, lambda _now: 1, timedelta()).run_due())
        return 1

    assert jobs(database, clock, outer, timedelta()).run_due() == 1
    assert second == [0]
    assert jobs(database, clock, lambda _now: 1, timedelta()).run_due() == 1


def test_a_job_whose_process_ended_under_it_is_run_again(database: Database, clock: Clock) -> None:
    class Killed(BaseException):
        pass

    def deadly(_now: datetime) -> int:
        raise Killed

    with pytest.raises(Killed):
        jobs(database, clock, deadly).run_due()

    assert (last(database).outcome, last(database).finished_at) == ("", None)
    assert jobs(database, clock, lambda _now: 1).run_due() == 0
    clock.instant += AFTER_TROUBLE
    assert jobs(database, clock, lambda _now: 1).run_due() == 1


def test_a_running_job_holds_no_table(database: Database, database_url: str, clock: Clock) -> None:
    from tests.support import postgres

    def emptied(_now: datetime) -> int:
        postgres.empty(database_url)
        return 1

    assert jobs(database, clock, emptied).run_due() == 1


def test_nothing_more_is_begun_after_a_stop(database: Database, clock: Clock) -> None:
    stop = threading.Event()
    stop.set()

    assert jobs(database, clock, lambda _now: 1).run_due(stop) == 0


def test_recovering_asks_for_what_was_left_alone_long_enough() -> None:
    asked: list[datetime] = []

    def recover(before: datetime) -> int:
        asked.append(before)
        return 2

    assert job_recover(recover, timedelta(minutes=10)).task(AT) == 2
    assert asked == [AT - timedelta(minutes=10)]


# --- what is forgotten -------------------------------------------------------------------------------------------


def run_all(database: Database, clock: Clock, folder: Path) -> dict[str, int]:
    expiry = Expiry(database, Blobs(folder / "files", RING, folder / "spool"), folder / "spool")
    with structlog.testing.capture_logs() as lines:
        Jobs(database, clock, jobs_anywhere(database, expiry, load_retention())).run_due()
    with database.unit(SYSTEM) as unit:
        runs = unit.jobs.all()
    assert {run.outcome for run in runs} == {"done"}
    assert [line["event"] for line in lines] == ["audit head"]
    return {run.name: run.count for run in runs}


def _session(database: Database, expires_at: datetime) -> None:
    authority = add_authority(database)
    person = add_person(database, authority, login=f"p{uuid4().hex[:8]}")
    with database.unit(SYSTEM) as unit:
        told = (uuid4(), authority.id, person.id, "open", "password", AT, AT, expires_at, None, "", "")
        unit.sessions.add(SignedIn(*told), str(told[0]))


def test_sessions_and_attempts_are_forgotten_when_their_time_is_over(
    database: Database, clock: Clock, tmp_path: Path
) -> None:
    _session(database, AT)
    _session(database, AT + timedelta(hours=1))
    with database.unit(SYSTEM) as unit:
        unit.sessions.set_attempts(b"old", Attempts(3, AT, None))
        unit.sessions.set_attempts(b"new", Attempts(3, AT + 30 * DAY, None))
    clock.instant = AT + 30 * DAY + timedelta(seconds=1)

    counts = run_all(database, clock, tmp_path)

    assert (counts["forget-sessions"], counts["forget-attempts"]) == (1, 1)
    with database.unit(SYSTEM) as unit:
        assert unit.sessions.attempts(b"new") is not None


def test_tokens_and_assertions_are_remembered_until_they_can_do_no_harm(
    database: Database, clock: Clock, tmp_path: Path
) -> None:
    authority, id_ = add_authority(database), uuid4()
    with database.unit(SYSTEM) as unit:
        unit.clients.add(Client(id_, authority.id, "p", "portal", [], AT, None, 1))
        unit.clients.add_token(AccessToken(authority.id, id_, [], AT, AT), "old")
        unit.clients.add_token(AccessToken(authority.id, id_, [], AT, AT + DAY), "new")
        unit.clients.use_assertion(id_, "old", AT)
        unit.clients.use_assertion(id_, "new", AT + DAY)
    clock.instant = AT + DAY + timedelta(seconds=1)

    assert run_all(database, clock, tmp_path)["forget-client-tokens"] == 2
    with database.unit(SYSTEM) as unit:
        assert not unit.clients.use_assertion(id_, "new", AT + DAY)


def test_sent_messages_are_forgotten_and_audit_events_never(database: Database, clock: Clock, tmp_path: Path) -> None:
    with database.unit(SYSTEM) as unit:
        unit.outbox.put("mail", "k", {}, AT)
        unit.outbox.sent(unit.outbox.listed("waiting")[0].id, AT)
        unit.audit.append(Event("person", "1", "signed-in", VISITOR, AT))
    clock.instant = AT + 9999 * DAY

    counts = run_all(database, clock, tmp_path)

    assert (counts["forget-sent"], counts["tell-audit-head"]) == (1, 1)
    with database.engine.connect() as connection:
        connection.execute(text("select set_config('verifier.reach', 'all', true)"))
        assert connection.execute(text("select count(*) from audit_event")).scalar_one() == 1


# --- the loop ----------------------------------------------------------------------------------------------------


def test_a_loop_comes_again_until_it_is_stopped() -> None:
    rounds = threading.Semaphore(0)
    loop = Loop("test", lambda _stop: rounds.release(), every=0.001)

    loop.start()
    assert rounds.acquire(timeout=20)
    assert rounds.acquire(timeout=20)
    loop.stop()
    assert not loop._thread.is_alive()


def test_a_fault_does_not_end_a_loop() -> None:
    rounds = threading.Semaphore(0)

    def broken(_stop: threading.Event) -> None:
        rounds.release()
        raise ZeroDivisionError

    with structlog.testing.capture_logs() as lines:
        loop = Loop("test", broken, every=0.001)
        loop.start()
        assert rounds.acquire(timeout=20)
        assert rounds.acquire(timeout=20)
        loop.stop()

    assert {line["event"] for line in lines} == {"a round of background work failed"}


def test_a_loop_that_never_began_can_be_stopped() -> None:
    Loop("test", lambda _stop: None, every=1).stop()
