from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import literal, select, text
from sqlalchemy.exc import IntegrityError, ProgrammingError

from verifier.audit import START, Actor, Event
from verifier.storage.audit import AuditFilter, Entry
from verifier.storage.database import Database
from verifier.storage.rows import folded, folded_column
from verifier.storage.schema import Schema
from verifier.storage.scope import SYSTEM, VISITOR, Scope, of

HERE, THERE = UUID(int=1), UUID(int=2)
AT = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


def event(subject: str = "a", action: str = "changed", authority: UUID | None = HERE, **more: Any) -> Event:
    actor = more.pop("actor", Actor("person", "p-1", "Đặng Thị Ánh", HERE))
    return Event("person", subject, action, actor, more.pop("at", AT), authority, **more)


def add(database: Database, *events: Event, scope: Scope = SYSTEM) -> None:
    with database.unit(scope) as unit:
        for one in events:
            unit.audit.append(one)


def everything(database: Database) -> list[Entry]:
    with database.unit(SYSTEM) as unit:
        return list(reversed(unit.audit.search(AuditFilter(), 10_000)))


def assert_one_chain(entries: Sequence[Entry]) -> None:
    last, ends = START, dict[str, tuple[int, bytes]]()
    for number, one in enumerate(entries, 1):
        subject = one.event.subject_id
        before = ends.get(subject, (0, START))
        assert (one.number, one.previous, one.fault) == (number, last, "")
        assert (one.subject_number, one.subject_previous) == (before[0] + 1, before[1])
        last = one.hash
        ends[subject] = (one.subject_number, one.hash)


def test_events_of_one_unit_and_of_several_are_one_chain(database: Database) -> None:
    add(database, event("a"), event("b"), event("a"))
    add(database, event("b"))

    found = everything(database)

    assert_one_chain(found)
    assert [(one.number, one.event.subject_id, one.subject_number) for one in found] == [
        (1, "a", 1),
        (2, "b", 1),
        (3, "a", 2),
        (4, "b", 2),
    ]
    with database.unit(SYSTEM) as unit:
        assert unit.audit.head() == (4, found[-1].hash)


def test_an_event_comes_back_whole(database: Database) -> None:
    told = event("a", reason="vì sao", details={"n": 1, "roles": ["x"], "none": None}, reads=("email",))
    add(database, told)

    assert everything(database)[0].event == told


def test_a_chain_goes_on_from_events_that_its_writer_may_not_read(database: Database) -> None:
    add(database, event("a", authority=THERE), scope=of(THERE))
    add(database, event("a"), scope=of(HERE))
    add(database, event("a", authority=None), scope=VISITOR)

    assert_one_chain(everything(database))


def test_units_at_the_same_time_make_one_chain_without_a_gap(database: Database) -> None:
    def work(name: str) -> None:
        for turn in range(12):
            add(database, event(name), event("shared"), event(f"{name}-{turn}"), scope=of(HERE))

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcdef"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    found = everything(database)
    assert len(found) == 6 * 12 * 3
    assert_one_chain(found)


def test_what_is_rolled_back_leaves_no_trace(database: Database) -> None:
    add(database, event("a"))

    def fail() -> None:
        with database.unit(SYSTEM) as unit:
            unit.audit.append(event("b"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    add(database, event("a"))

    assert [one.event.subject_id for one in everything(database)] == ["a", "a"]
    assert_one_chain(everything(database))


def test_where_the_log_cannot_be_written_nothing_is_done(database: Database, database_url: str) -> None:
    with Schema(database_url).connection() as owner:
        owner.execute(text("insert into audit_event select 1, 'x', 'x', 1, null, now(), 'system', '', '', 'x', '{}',"
                           " '', '', sha256('')"))  # fmt: skip

    def write() -> None:
        with database.unit(SYSTEM) as unit:
            unit.outbox.put("mail", "key", {}, AT)
            unit.audit.append(event("a"))

    with pytest.raises(IntegrityError, match="audit_event_pkey"):
        write()

    with database.engine.connect() as connection:
        connection.execute(text("select set_config('verifier.reach', 'all', true)"))
        assert connection.execute(text("select count(*) from outbox")).scalar_one() == 0


def test_an_event_that_cannot_be_told_stops_the_unit_at_once(database: Database) -> None:
    with pytest.raises(TypeError), database.unit(SYSTEM) as unit:
        unit.audit.append(event("a", details={"when": AT}))

    assert everything(database) == []


@pytest.mark.parametrize(
    "statement",
    [
        "update audit_event set action = 'x'",
        "update audit_event set actor_name = 'x'",
        "delete from audit_event",
        "truncate audit_event",
        "delete from audit_head",
        "truncate audit_head",
        "insert into audit_head values (2, 0, '', '')",
        "alter table audit_event disable row level security",
        "drop table audit_event",
    ],
)
def test_the_service_can_neither_change_nor_delete_the_log(database: Database, statement: str) -> None:
    add(database, event("a"))

    with pytest.raises(ProgrammingError, match="InsufficientPrivilege"), database.engine.begin() as one:
        one.execute(text(statement))


def test_each_authority_reads_its_own_events(database: Database) -> None:
    add(database, event("a"), event("b", authority=THERE), event("c", authority=None))

    def seen(scope: Scope) -> list[str]:
        with database.unit(scope) as unit:
            return [one.event.subject_id for one in unit.audit.search(AuditFilter(), 10)]

    assert seen(of(HERE)) == ["a"]
    assert seen(of(THERE)) == ["b"]
    assert seen(VISITOR) == []
    assert seen(SYSTEM) == ["c", "b", "a"]


def test_row_level_security_holds_without_the_filter(database: Database) -> None:
    add(database, event("a"), event("b", authority=THERE))

    with database.engine.begin() as connection:
        connection.execute(text("select set_config('verifier.authority', :one, true)"), {"one": str(HERE)})
        assert connection.execute(text("select subject_id from audit_event")).scalars().all() == ["a"]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (AuditFilter(), ["4", "3", "2", "1"]),
        (AuditFilter(since=AT + timedelta(hours=1)), ["4", "3"]),
        (AuditFilter(until=AT + timedelta(hours=1)), ["2", "1"]),
        (AuditFilter(actor="dang thi anh"), ["1"]),
        (AuditFilter(actor="ĐẶNG"), ["1"]),
        (AuditFilter(actor="%"), []),
        (AuditFilter(actor="p-2"), ["2"]),
        (AuditFilter(action="signed-in"), ["3"]),
        (AuditFilter(subject_kind="person", subject_id="4"), ["4"]),
        (AuditFilter(subject_kind="client"), []),
        (AuditFilter(reads_only=True), ["4"]),
        (AuditFilter(reads_only=True, actor="an"), []),
    ],
)
def test_the_log_is_searched(database: Database, wanted: AuditFilter, found: list[str]) -> None:
    trap: dict[str, Any] = {"reads": [], "reason": '"reads":[],"reason":"","subject":["a","b"]}'}
    add(
        database,
        event("1", reason='","reads":["email"]\\'),
        event("2", actor=Actor("person", "p-2", "Nguyễn Văn Bê")),
        event("3", action="signed-in", at=AT + timedelta(hours=1), actor=Actor("visitor"), details={"reads": ["x"]}),
        event("4", at=AT + timedelta(hours=2), actor=Actor("visitor"), reads=("email",), details=trap),
    )

    with database.unit(of(HERE)) as unit:
        assert [one.event.subject_id for one in unit.audit.search(wanted, 10)] == found


def test_the_log_and_a_chain_are_read_in_parts(database: Database) -> None:
    add(database, *(event("ab"[number % 2]) for number in range(10)))

    with database.unit(of(HERE)) as unit:
        assert [one.number for one in unit.audit.search(AuditFilter(), 3, before=5)] == [4, 3, 2]
        assert [one.number for one in unit.audit.chain("person", "a", 3)] == [1, 3, 5]
        assert [one.number for one in unit.audit.chain("person", "a", 3, after=3)] == [7, 9]


def test_marks_are_folded_in_the_database_as_in_python(database: Database) -> None:
    name = "Đỗ Thị Ánh Nguyệt, ƯỜNG Quỳnh ỹ ZXW"
    with database.engine.connect() as connection:
        assert connection.scalar(select(folded_column(literal(name)))) == folded(name)
