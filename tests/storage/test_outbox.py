from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from tests.accounts.support import add_authority
from verifier.storage.database import Database
from verifier.storage.outbox import TROUBLE_LENGTH, Message, Outbox
from verifier.storage.schema import Schema
from verifier.storage.scope import SYSTEM, VISITOR, of

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
TOPICS = ("mail",)


def put(database: Database, key: str = "k", topic: str = "mail", authority: UUID | None = None) -> Message:
    with database.unit(SYSTEM) as unit:
        unit.outbox.put(topic, key, {"to": "a"}, NOW, authority)
        return next(one for one in unit.outbox.listed("waiting") if one.key == key)


def test_a_key_is_kept_once(database: Database) -> None:
    first = put(database)

    assert put(database) == first
    with database.unit(SYSTEM) as unit:
        assert not unit.outbox.put("mail", "k", {"to": "b"}, NOW)
        assert unit.outbox.put("mail", "other", {}, NOW)


def test_two_units_never_hold_the_same_message(database: Database) -> None:
    put(database, "a")
    put(database, "b")

    with database.unit(SYSTEM) as one, database.unit(SYSTEM) as other, database.unit(SYSTEM) as third:
        found = [unit.outbox.due(TOPICS, NOW) for unit in (one, other, third)]

    assert [message and message.key for message in found] in (["a", "b", None], ["b", "a", None])


def test_only_what_is_due_and_can_be_carried_is_found(database: Database) -> None:
    put(database)

    with database.unit(SYSTEM) as unit:
        assert unit.outbox.due(TOPICS, NOW - timedelta(seconds=1)) is None
        assert unit.outbox.due(("other",), NOW) is None
        assert unit.outbox.due((), NOW) is None
        assert unit.outbox.due(TOPICS, NOW) is not None


def test_the_one_due_longest_comes_first(database: Database) -> None:
    late, early = put(database, "late"), put(database, "early")

    with database.unit(SYSTEM) as unit:
        unit.outbox.postpone(late.id, NOW + timedelta(seconds=2), "x")
        unit.outbox.postpone(early.id, NOW + timedelta(seconds=1), "x")
        found = unit.outbox.due(TOPICS, NOW + timedelta(days=1))

    assert found is not None
    assert found.key == "early"


def test_an_attempt_is_held_until_a_later_one_is_made(database: Database) -> None:
    message = put(database)
    with database.unit(SYSTEM) as unit:
        begun = unit.outbox.begin(message, NOW + timedelta(seconds=5))

    with database.unit(SYSTEM) as one, database.unit(SYSTEM) as other:
        assert one.outbox.hold(begun)
        assert other.outbox.due(TOPICS, NOW + timedelta(hours=1)) is None
        assert not other.outbox.hold(message)
    with database.unit(SYSTEM) as unit:
        unit.outbox.begin(begun, NOW + timedelta(seconds=10))
        assert not unit.outbox.hold(begun)


def test_what_is_sent_is_over_and_dropped_in_time(database: Database) -> None:
    message = put(database)
    with database.unit(SYSTEM) as unit:
        unit.outbox.sent(message.id, NOW)

    with database.unit(SYSTEM) as unit:
        assert unit.outbox.due(TOPICS, NOW + timedelta(days=9)) is None
        assert not unit.outbox.hold(message)
        assert unit.outbox.drop_sent_before(NOW) == 0
        assert unit.outbox.drop_sent_before(NOW + timedelta(seconds=1)) == 1
        assert unit.outbox.get(message.id) is None


def test_neither_waiting_nor_dead_ones_are_dropped_as_sent(database: Database) -> None:
    waiting, dead = put(database, "waiting"), put(database, "dead")
    with database.unit(SYSTEM) as unit:
        unit.outbox.bury(dead.id, NOW, "x")

    with database.unit(SYSTEM) as unit:
        assert unit.outbox.drop_sent_before(NOW + timedelta(days=999)) == 0
        assert not unit.outbox.drop(waiting.id)
        assert unit.outbox.drop(dead.id)


def test_only_a_dead_one_comes_to_life_again(database: Database) -> None:
    message = put(database)
    with database.unit(SYSTEM) as unit:
        assert not unit.outbox.revive(message.id, NOW)
        unit.outbox.begin(message, NOW)
        unit.outbox.bury(message.id, NOW, "no\0 answer" + "x" * 999)
        dead = unit.outbox.listed("dead")
        assert unit.outbox.revive(message.id, NOW)
        revived = unit.outbox.get(message.id)

    assert [(len(one.trouble), one.trouble[:9], one.finished_at) for one in dead] == [
        (TROUBLE_LENGTH, "no answer", NOW)
    ]
    assert revived is not None
    assert (revived.state, revived.attempts, revived.key, revived.finished_at) == ("waiting", 0, "k", None)


def test_an_authority_sees_and_changes_its_own_only(database: Database) -> None:
    mine, other = add_authority(database), add_authority(database)
    own, foreign, nobodys = (
        put(database, "m", "mail", mine.id),
        put(database, "o", "mail", other.id),
        put(database, "n"),
    )
    with database.unit(SYSTEM) as unit:
        for message in (own, foreign, nobodys):
            unit.outbox.bury(message.id, NOW, "x")

    for scope, seen in ((of(mine.id), ["m"]), (of(uuid4()), []), (VISITOR, [])):
        with database.unit(scope) as unit:
            assert [one.key for one in unit.outbox.listed("dead")] == seen
            assert sum(one.count for one in unit.outbox.backlog()) == len(seen)
            for message in (foreign, nobodys):
                assert unit.outbox.get(message.id) is None
                assert not unit.outbox.revive(message.id, NOW)
                assert not unit.outbox.drop(message.id)


def test_the_backlog_counts_by_topic_and_state(database: Database) -> None:
    put(database, "a")
    put(database, "b", "sms")
    with database.unit(SYSTEM) as unit:
        unit.outbox.bury(put(database, "c").id, NOW, "x")
        found = {(one.topic, one.state): (one.count, one.oldest) for one in unit.outbox.backlog()}

    assert found == {("mail", "waiting"): (1, NOW), ("sms", "waiting"): (1, NOW), ("mail", "dead"): (1, NOW)}


def test_the_repository_itself_looks_at_its_own_only(database: Database, database_url: str) -> None:
    mine, other = add_authority(database), add_authority(database)
    put(database, "m", "mail", mine.id)
    foreign, nobodys = put(database, "o", "mail", other.id), put(database, "n")

    with Schema(database_url).connection() as owner, Session(owner) as session:  # row-level security binds no owner
        outbox, visitors = Outbox(session, of(mine.id)), Outbox(session, VISITOR)
        assert [one.key for one in outbox.listed("waiting")] == ["m"]
        assert [one.count for one in outbox.backlog()] == [1]
        assert (visitors.listed("waiting"), visitors.backlog()) == ((), ())
        for message in (foreign, nobodys):
            outbox.bury(message.id, NOW, "x")
            assert outbox.get(message.id) is None
            assert not outbox.drop(message.id)
    with database.unit(SYSTEM) as unit:
        assert len(unit.outbox.listed("waiting")) == 3
