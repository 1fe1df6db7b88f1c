from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import structlog
from sqlalchemy import event

from tests.accounts.support import AT, Clock
from verifier.accounts import security_log
from verifier.accounts.security_log import What, note
from verifier.audit import Actor
from verifier.storage.database import Database
from verifier.storage.outbox import Message
from verifier.storage.scope import SYSTEM
from verifier.workers.carriers import BLOB_DELETE, SECURITY_LOG, BlobDelete, carriers
from verifier.workers.relay import INTERRUPTED, OVERTAKEN, CannotDeliver, Carrier, Relay, RelayLimits

LIMITS = RelayLimits(first=timedelta(seconds=10), most=timedelta(seconds=60), attempts=3)


class Receiver:
    """Takes every message, or does with it what the test says."""

    def __init__(self, act: Callable[[Message], None] = lambda _message: None) -> None:
        self.act = act
        self.keys: list[str] = []

    def __call__(self, message: Message) -> None:
        self.keys.append(message.key)
        self.act(message)


def fail(trouble: str = "no answer", *, retry: bool = True) -> Callable[[Message], None]:
    def act(_message: Message) -> None:
        raise CannotDeliver(trouble, retry=retry)

    return act


@pytest.fixture
def clock() -> Clock:
    return Clock()


def relay(database: Database, clock: Clock, carrier: Carrier) -> Relay:
    return Relay(database, clock, {"mail": carrier}, LIMITS, chance=lambda: 1.0)


def put(database: Database, *keys: str, topic: str = "mail") -> None:
    with database.unit(SYSTEM) as unit:
        for key in keys:
            unit.outbox.put(topic, key, {"to": key}, AT)


def only(database: Database) -> Message:
    with database.unit(SYSTEM) as unit:
        found = [one for state in ("waiting", "sent", "dead") for one in unit.outbox.listed(state)]
    assert len(found) == 1
    return found[0]


def test_what_is_due_is_delivered_once(database: Database, clock: Clock) -> None:
    put(database, "a", "b")
    receiver = Receiver()
    at_work = relay(database, clock, receiver)

    assert at_work.run_once() == 2
    assert at_work.run_once() == 0
    assert sorted(receiver.keys) == ["a", "b"]


def in_line(database: Database, key: str, place: int, line: str = "case:1") -> None:
    with database.unit(SYSTEM) as unit:
        unit.outbox.put("mail", key, {}, AT, None, (line, place))


def test_what_stands_in_a_line_is_told_in_order_and_holds_nobody_else_up(database: Database, clock: Clock) -> None:
    in_line(database, "first", 3)
    receiver = Receiver(fail())
    at_work = relay(database, clock, receiver)
    at_work.run_once()
    in_line(database, "second", 11)
    in_line(database, "other", 4, "case:2")
    put(database, "free")
    receiver.act = lambda _message: None

    assert at_work.run_once() == 2
    assert sorted(receiver.keys[1:]) == ["free", "other"]
    clock.instant += timedelta(seconds=10)
    assert at_work.run_once() == 2
    assert receiver.keys[3:] == ["first", "second"]


def test_what_was_given_up_holds_its_line_up_no_more_and_comes_too_late_then(database: Database, clock: Clock) -> None:
    in_line(database, "first", 1)
    receiver = Receiver(fail(retry=False))
    at_work = relay(database, clock, receiver)
    at_work.run_once()
    in_line(database, "second", 2)
    receiver.act = lambda _message: None
    assert at_work.run_once() == 1

    with database.unit(SYSTEM) as unit:
        (dead,) = unit.outbox.listed("dead")
        assert unit.outbox.revive(dead.id, AT)
    assert at_work.run_once() == 0
    with database.unit(SYSTEM) as unit:
        assert [(one.key, one.trouble) for one in unit.outbox.listed("dead")] == [("first", OVERTAKEN)]
    assert receiver.keys == ["first", "second"]


def test_a_failure_puts_it_off_longer_and_longer_until_it_is_dead(database: Database, clock: Clock) -> None:
    put(database, "a")
    receiver = Receiver(fail())
    at_work = relay(database, clock, receiver)

    seen = []
    for _ in range(3):
        assert at_work.run_once() == 0
        message = only(database)
        seen.append((message.state, message.attempts, (message.due_at - clock.now()).total_seconds()))
        clock.instant = message.due_at - timedelta(microseconds=1)
        assert at_work.run_once() == 0
        clock.instant = message.due_at

    assert seen[:2] == [("waiting", 1, 10), ("waiting", 2, 20)]
    assert (only(database).state, only(database).trouble, len(receiver.keys)) == ("dead", "no answer", 3)


def test_a_delay_is_bounded_and_half_of_it_is_chance() -> None:
    assert LIMITS.delay(1, 0.0) == timedelta(seconds=5)
    assert LIMITS.delay(1, 1.0) == timedelta(seconds=10)
    assert LIMITS.delay(4, 1.0) == timedelta(seconds=60)
    assert LIMITS.delay(10_000, 1.0) == timedelta(seconds=60)


def test_what_can_never_be_delivered_is_given_up_at_once(database: Database, clock: Clock) -> None:
    put(database, "a")

    with structlog.testing.capture_logs() as lines:
        relay(database, clock, Receiver(fail("unknown address", retry=False))).run_once()

    assert (only(database).state, only(database).trouble, only(database).finished_at) == ("dead", "unknown address", AT)
    assert "given up, a person must look" in [line["event"] for line in lines if line["log_level"] == "error"]


def test_a_fault_of_a_carrier_counts_as_an_attempt_and_keeps_its_words_to_itself(
    database: Database, clock: Clock
) -> None:
    def broken(_message: Message) -> None:
        raise ZeroDivisionError("secret of the house")

    put(database, "a")
    with structlog.testing.capture_logs() as lines:
        relay(database, clock, broken).run_once()

    message = only(database)
    assert (message.state, message.attempts, message.trouble) == ("waiting", 1, "internal-error: ZeroDivisionError")
    assert isinstance(lines[0]["exc_info"], ZeroDivisionError)


def test_a_message_under_which_every_process_dies_is_given_up(database: Database, clock: Clock) -> None:
    class Killed(BaseException):
        pass

    def deadly(_message: Message) -> None:
        raise Killed

    put(database, "a")
    for _ in range(LIMITS.attempts):
        with pytest.raises(Killed):
            relay(database, clock, deadly).run_once()
        clock.pass_(hours=1)

    assert relay(database, clock, deadly).run_once() == 0
    assert (only(database).state, only(database).attempts, only(database).trouble) == ("dead", 3, INTERRUPTED)


def test_an_attempt_that_was_cut_off_is_made_again_under_the_same_key(database: Database, clock: Clock) -> None:
    class Killed(BaseException):
        pass

    def die_after_delivery(_message: Message) -> None:
        raise Killed

    put(database, "a")
    receiver = Receiver(die_after_delivery)
    with pytest.raises(Killed):
        relay(database, clock, receiver).run_once()
    receiver.act = lambda _message: None

    assert relay(database, clock, receiver).run_once() == 0
    clock.pass_(seconds=10)
    assert relay(database, clock, receiver).run_once() == 1
    assert receiver.keys == ["a", "a"]


def test_a_slow_delivery_is_not_begun_by_another_relay(database: Database, clock: Clock) -> None:
    put(database, "a")
    other = Receiver()

    def slowly(_message: Message) -> None:
        clock.pass_(hours=1)
        assert relay(database, clock, other).run_once() == 0

    assert relay(database, clock, slowly).run_once() == 1
    assert other.keys == []


def test_a_message_that_nobody_carries_waits_and_alarms_once(database: Database, clock: Clock) -> None:
    put(database, "a", topic="fax")
    at_work = relay(database, clock, Receiver())

    with structlog.testing.capture_logs() as lines:
        assert [at_work.run_once() for _ in range(3)] == [0, 0, 0]

    assert [(line["event"], line["topic"], line["count"]) for line in lines] == [
        ("messages wait that nobody carries", "fax", 1)
    ]
    assert (only(database).state, only(database).attempts) == ("waiting", 0)


def test_a_poisoned_message_does_not_hold_up_the_others(database: Database, clock: Clock) -> None:
    def poisoned(message: Message) -> None:
        if message.key == "bad":
            raise ValueError

    put(database, "bad", "a", "b")
    receiver = Receiver(poisoned)

    assert relay(database, clock, receiver).run_once() == 2
    assert sorted(receiver.keys) == ["a", "b", "bad"]


def test_a_relay_that_is_told_to_stop_begins_nothing_more(database: Database, clock: Clock) -> None:
    stop = threading.Event()
    put(database, "a", "b", "c")
    receiver = Receiver(lambda _message: stop.set())

    assert relay(database, clock, receiver).run_once(stop) == 1
    assert len(receiver.keys) == 1


def test_a_round_is_bounded(database: Database, clock: Clock) -> None:
    put(database, "a", "b", "c")

    assert Relay(database, clock, {"mail": Receiver()}, RelayLimits(at_once=2)).run_once() == 2


# --- the carriers ------------------------------------------------------------------------------------------------


class NoFiles:
    def delete(self, name: str) -> None:
        raise PermissionError(name)


def test_a_security_event_becomes_one_line_of_the_log(database: Database, clock: Clock) -> None:
    actor = Actor("person", "7", "Ông A", address="203.0.113.9")
    with database.unit(SYSTEM) as unit:
        note(unit, actor, What.SIGN_IN_FAILED, AT, why="password")

    with structlog.testing.capture_logs() as lines:
        assert Relay(database, clock, carriers(NoFiles())).run_once() == 1

    line = lines[0]
    assert (line["event"], line["log"], line["address"]) == ("sign-in-failed", "verifier.security", "203.0.113.9")
    assert line["who"] == {"kind": "person", "id": "7", "authority": ""}
    assert line["details"] == {"why": "password"}
    assert line["key"] == only(database).key
    assert security_log.TOPIC == SECURITY_LOG


def test_a_file_that_cannot_be_deleted_now_is_tried_again(database: Database, clock: Clock) -> None:
    with database.unit(SYSTEM) as unit:
        unit.outbox.put(BLOB_DELETE, "k", {"blob": "aa/bb"}, AT)

    assert Relay(database, clock, carriers(NoFiles())).run_once() == 0
    assert (only(database).state, only(database).trouble) == (
        "waiting",
        "the file cannot be deleted: PermissionError",
    )


@pytest.mark.parametrize("payload", [{}, {"blob": ""}, {"blob": 7}])
def test_a_payload_without_a_file_is_given_up(
    database: Database, clock: Clock, payload: dict[str, object], tmp_path: Path
) -> None:
    with database.unit(SYSTEM) as unit:
        unit.outbox.put(BLOB_DELETE, "k", payload, AT)

    Relay(database, clock, {BLOB_DELETE: BlobDelete(NoFiles())}).run_once()

    assert only(database).state == "dead"


def test_a_round_looks_at_what_waits_and_not_at_all_that_was_sent(database: Database, clock: Clock) -> None:
    put(database, "a")
    at_work = relay(database, clock, Receiver())
    assert at_work.run_once() == 1
    asked: list[str] = []

    def note(_one: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    at_work.run_once()
    event.remove(database.engine, "before_cursor_execute", note)

    about = [statement for statement in asked if "FROM outbox" in statement]
    assert about
    assert all("outbox.state = " in statement for statement in about)
