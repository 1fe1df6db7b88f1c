from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from tests.support.postgres import RING
from verifier.audit import Actor, Event, Place, linked
from verifier.errors import BadRequest
from verifier.storage import audit_check
from verifier.storage.audit import PURPOSE, head_text
from verifier.storage.audit_check import AuditFinding, Head, broken_links, parse_head, verify
from verifier.storage.database import Database
from verifier.storage.keys import KeyRing
from verifier.storage.schema import Schema
from verifier.storage.scope import SYSTEM

AT = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
COUNT = 40
SUBJECTS = ("anh", "binh", "chi", "dung", "em")
"""Event 1 is about the first one, event 2 about the second one, and so on: event 7 is the second of `binh`."""

Tamper = Callable[[Connection], object]


def event(number: int) -> Event:
    authority = UUID(int=number % 3 + 1)
    actor = Actor("person", f"p-{number % 4}", "Trần Văn Bình", authority, "192.0.2.1")
    at, subject = AT + timedelta(minutes=number), SUBJECTS[(number - 1) % 5]
    return Event("person", subject, "changed", actor, at, UUID(int=SUBJECTS.index(subject) % 2 + 1), "", {"n": number})


@pytest.fixture
def log(database: Database) -> Database:
    for first in range(1, COUNT + 1, 4):
        with database.unit(SYSTEM) as unit:
            for number in range(first, first + 4):
                unit.audit.append(event(number))
    return database


def present(database: Database) -> Head:
    with database.unit(SYSTEM) as unit:
        return Head(*unit.audit.head())


def sql(*statements: str) -> Tamper:
    def run(owner: Connection) -> None:
        for statement in statements:
            owner.exec_driver_sql(statement)

    return run


def changed(what: str, number: int = 7) -> Tamper:
    return sql(f"update audit_event set {what} where number = {number}")


def relink(owner: Connection, first: int) -> None:
    """Link everything anew from an event on, as somebody does who has no key."""
    last, ends = bytes(32), dict[str, tuple[int, bytes]]()
    for row in owner.execute(text("select * from audit_event order by number")).all():
        number, digest, place = row.number, bytes(row.hash), None
        if row.number >= first:
            before = ends.get(row.subject_id, (0, bytes(32)))
            place = Place(row.number, last, before[0] + 1, before[1])
            digest = linked(row.body, place)
            told = {"a": place.previous, "b": place.subject_number, "c": place.subject_previous, "d": digest}
            owner.execute(
                text("update audit_event set previous=:a, subject_number=:b, subject_previous=:c, hash=:d"
                     " where number=:n"), {**told, "n": number})  # fmt: skip
        last = digest
        ends[row.subject_id] = (place.subject_number if place else row.subject_number, digest)
    owner.execute(text("update audit_head set number = (select max(number) from audit_event), hash = :h"), {"h": last})


def rewritten(owner: Connection) -> None:
    sql("update audit_event set body = replace(body, 'changed', 'removed'), action = 'removed' where number = 7")(owner)
    relink(owner, 7)


def shortened(owner: Connection) -> None:
    sql("delete from audit_event where number > 30")(owner)
    relink(owner, 31)


def swapped(owner: Connection) -> None:
    for was, now in ((7, 1000), (8, 7), (1000, 8)):
        sql(f"update audit_event set number = {now} where number = {was}")(owner)


def inserted(owner: Connection) -> None:
    sql("update audit_event set number = -number where number > 6",
        "update audit_event set number = 1 - number where number < 0",
        "insert into audit_event select 7, subject_kind, 'anh', 99, authority_id, at, actor_kind, actor_id, actor_name,"
        " action, body, previous, subject_previous, sha256('x') from audit_event where number = 8")(owner)  # fmt: skip


def added_behind(owner: Connection) -> None:
    row = owner.execute(text("select * from audit_event where number = 40")).one()
    place = Place(41, bytes(row.hash), row.subject_number + 1, bytes(row.hash))
    owner.execute(
        text("insert into audit_event select 41, subject_kind, subject_id, :sn, authority_id, at, actor_kind, actor_id,"
             " actor_name, action, body, hash, hash, :h from audit_event where number = 40"),
        {"sn": place.subject_number, "h": linked(row.body, place)})  # fmt: skip


def subject_split(owner: Connection) -> None:
    """The numbers of a subject are linked anew as if an event had never been about it."""
    row = owner.execute(text("select * from audit_event where number = 12")).one()
    place = Place(12, bytes(row.previous), 9, bytes(32))
    told = {"h": linked(row.body, place), "z": bytes(32)}
    owner.execute(text("update audit_event set subject_number = 9, subject_previous = :z, hash = :h where number = 12"),
                  told)  # fmt: skip


def found(number: int, code: str, until: int = 0, column: str = "", subject: str | None = None) -> AuditFinding:
    nobody = number == 0 or subject == ""
    about = subject or ("" if nobody else SUBJECTS[(number - 1) % 5])
    place = 0 if nobody else (number - 1) // 5 + 1
    authority = UUID(int=SUBJECTS.index(about) % 2 + 1) if about else None
    kind = "person" if about else ""
    return AuditFinding(f"audit-broken-{code}", number, until, kind, about, place, authority, column)


CASES: dict[str, tuple[Tamper, AuditFinding]] = {
    "number": (changed("number = 41"), found(7, "missing", 7)),
    "number to the front": (changed("number = -1"), replace(found(7, "order"), number=-1)),
    "subject kind": (changed("subject_kind = 'client'"), replace(found(7, "column", column="subject_kind"),
                                                                  subject_kind="client")),
    "subject": (changed("subject_id = 'zung'"), replace(found(7, "column", column="subject_id"), subject_id="zung")),
    "subject number": (changed("subject_number = 99"), replace(found(7, "content"), subject_number=99)),
    "least subject number": (changed("subject_number = -2147483648"),
                             replace(found(7, "content"), subject_number=-2147483648)),
    "authority": (changed("authority_id = null"), replace(found(7, "column", column="authority_id"),
                                                           authority_id=None)),
    "time": (changed("at = at + interval '1 microsecond'"), found(7, "column", column="at")),
    "endless time": (changed("at = 'infinity'"), found(7, "column", column="at")),
    "actor kind": (changed("actor_kind = 'system'"), found(7, "column", column="actor_kind")),
    "actor": (changed("actor_id = 'p-9'"), found(7, "column", column="actor_id")),
    "name": (changed("actor_name = 'Trần Văn Bính'"), found(7, "column", column="actor_name")),
    "action": (changed("action = 'read'"), found(7, "column", column="action")),
    "body": (changed("body = replace(body, '\"n\":7', '\"n\":8')"), found(7, "content")),
    "body is none": (changed("body = ''"), found(7, "content")),
    "previous": (changed("previous = sha256('')"), found(7, "previous")),
    "subject's previous": (changed("subject_previous = sha256('')"), found(7, "content")),
    "hash": (changed("hash = sha256('')"), found(7, "content")),
    "first event": (changed("action = 'x'", 1), found(1, "column", column="action")),
    "last event": (changed("action = 'x'", 40), found(40, "column", column="action")),
    "first gone": (sql("delete from audit_event where number = 1"), found(1, "missing", 1)),
    "middle gone": (sql("delete from audit_event where number = 7"), found(7, "missing", 7)),
    "some gone": (sql("delete from audit_event where number between 7 and 9"), found(7, "missing", 9, subject="")),
    "last gone": (sql("delete from audit_event where number = 40"), found(40, "missing", 40, subject="")),
    "all gone": (sql("delete from audit_event"), found(1, "missing", 40, subject="")),
    "subject gone": (sql("delete from audit_event where subject_id = 'binh'"), found(2, "missing", 2, subject="")),
    "swapped": (swapped, replace(found(7, "previous"), subject_id="chi", authority_id=UUID(int=1))),
    "inserted": (inserted, replace(found(7, "content"), subject_id="anh", subject_number=99,
                                   authority_id=UUID(int=2))),
    "added behind": (added_behind, found(41, "beyond", subject="")),
    "rewritten": (rewritten, found(40, "mark", subject="")),
    "rewritten without its end": (shortened, found(30, "mark", subject="")),
    "subject split": (subject_split, replace(found(12, "subject"), subject_number=9)),
    "head's number": (sql("update audit_head set number = 39"), found(39, "mark", subject="")),
    "head's hash": (sql("update audit_head set hash = sha256('')"), found(40, "mark", subject="")),
    "head's mark": (sql("update audit_head set mac = 'test:00'"), found(40, "mark", subject="")),
    "head's mark is none": (sql("update audit_head set mac = ''"), found(40, "mark", subject="")),
    "head of another key": (sql("update audit_head set mac = 'new:' || substr(mac, 6)"), found(40, "key", subject="")),
    "head as at first": (sql(f"update audit_head set number = 0, mac = '', hash = '\\x{bytes(32).hex()}'"),
                         found(1, "beyond", subject="")),
    "head gone": (sql("delete from audit_head"), found(0, "headless")),
    "two heads": (sql("alter table audit_head drop constraint audit_head_single",
                      "insert into audit_head select 2, number, hash, mac from audit_head"), found(0, "headless")),
}  # fmt: skip


@pytest.fixture
def owner(database_url: str) -> Schema:
    return Schema(database_url)


@pytest.fixture
def _tidy(owner: Schema) -> Iterator[None]:
    yield
    with owner.connection() as connection:
        head = {"start": bytes(32)}
        connection.execute(text("delete from audit_head"))
        connection.execute(text("insert into audit_head values (1, 0, :start, '')"), head)
        connection.execute(text("alter table audit_head drop constraint if exists audit_head_single"))
        connection.execute(text("alter table audit_head add constraint audit_head_single check (id = 1)"))


def test_a_log_that_nobody_touched_is_intact(log: Database) -> None:
    assert verify(log, RING) == AuditFinding(events=COUNT, head=str(present(log)))


def test_an_empty_log_is_intact(database: Database) -> None:
    assert verify(database, RING) == AuditFinding(head=f"0:{'00' * 32}")


@pytest.mark.usefixtures("_tidy")
@pytest.mark.parametrize("name", CASES)
def test_whoever_owns_the_database_is_found_out(log: Database, owner: Schema, name: str) -> None:
    tamper, expected = CASES[name]
    with owner.connection() as connection:
        tamper(connection)

    assert replace(verify(log, RING), events=0) == expected


def test_an_old_state_put_back_whole_is_found_by_a_head_that_was_written_down(log: Database, owner: Schema) -> None:
    early, late = parse_head(f"20:{hash_of(log, 20).hex()}"), present(log)
    back = {"h": early.hash, "m": RING.mark(PURPOSE, head_text(20, early.hash))}
    with owner.connection() as connection:
        connection.execute(text("delete from audit_event where number > 20"))
        connection.execute(text("update audit_head set number = 20, hash = :h, mac = :m"), back)

    assert verify(log, RING).intact
    assert verify(log, RING, [early]).intact
    lost = verify(log, RING, [early, late])
    assert (lost.code, lost.number, lost.until) == ("audit-broken-missing", 21, 40)


def hash_of(database: Database, number: int) -> bytes:
    with database.engine.begin() as connection:
        connection.execute(text("select set_config('verifier.reach', 'all', true)"))
        found = connection.scalar(text("select hash from audit_event where number = :n"), {"n": number})
        return bytes(found or b"")


def test_a_log_linked_anew_with_the_key_is_found_by_a_head_that_was_written_down(log: Database, owner: Schema) -> None:
    known = present(log)
    with owner.connection() as connection:
        rewritten(connection)
        last = connection.scalar(text("select hash from audit_head")) or b""
        mark = {"m": RING.mark(PURPOSE, head_text(40, bytes(last)))}
        connection.execute(text("update audit_head set mac = :m"), mark)

    assert verify(log, RING).intact
    assert verify(log, RING, [known]).code == "audit-broken-known"


@pytest.mark.parametrize(
    ("known", "code"), [(Head(0, bytes(32)), ""), (Head(0, b"\1" * 32), "known"), (Head(41, bytes(32)), "missing")]
)
def test_a_head_of_another_log_is_none_of_this_one(log: Database, known: Head, code: str) -> None:
    assert verify(log, RING, [known]).code == (f"audit-broken-{code}" if code else "")


def test_the_mark_of_a_key_that_was_replaced_still_holds(log: Database) -> None:
    assert verify(log, KeyRing("new", {"new": b"n" * 32, **RING.keys})).intact
    assert verify(log, KeyRing("test", {"test": b"n" * 32})).code == "audit-broken-mark"
    assert verify(log, KeyRing("new", {"new": b"n" * 32})).code == "audit-broken-key"


def test_what_was_rewritten_stays_found_when_the_service_writes_on(log: Database, owner: Schema) -> None:
    def sound() -> bool:
        with log.unit(SYSTEM) as unit:
            return unit.audit.sound()

    assert sound()
    with owner.connection() as connection:
        rewritten(connection)
    with log.unit(SYSTEM) as unit:
        unit.audit.append(event(41))

    finding = verify(log, RING)
    assert (finding.code, finding.number, finding.events) == ("audit-broken-mark", 41, 41)
    assert not sound()


def test_progress_is_told_now_and_then(log: Database) -> None:
    seen: list[tuple[int, int]] = []
    verify(log, RING, progress=lambda done, total: seen.append((done, total)), every=15)

    assert seen == [(15, 40), (30, 40)]


def chain(database: Database, subject: str) -> list[tuple[str, int, int]]:
    return [(one.code, one.number, one.subject_number) for one in broken_links(database, "person", subject)]


def test_the_chain_of_one_subject_is_checked_alone(log: Database, owner: Schema) -> None:
    assert chain(log, "binh") == [("", 0, 0)]
    with owner.connection() as connection:
        changed("action = 'x'", 12)(connection)
        changed("body = '{}'", 22)(connection)
        sql("delete from audit_event where number = 27")(connection)

    assert chain(log, "binh") == [
        ("audit-broken-column", 12, 3),
        ("audit-broken-content", 22, 5),
        ("audit-broken-step", 0, 6),
        ("", 0, 0),
    ]
    assert chain(log, "anh") == [("", 0, 0)]
    assert list(broken_links(log, "person", "binh"))[-1].events == 7


def test_in_a_chain_a_link_to_an_event_of_somebody_else_counts_too(log: Database, owner: Schema) -> None:
    with owner.connection() as connection:
        changed("hash = sha256('x')", 6)(connection)

    assert chain(log, "binh") == [("audit-broken-previous", 7, 2), ("", 0, 0)]


def test_the_head_is_written_as_it_is_read(log: Database) -> None:
    with log.unit(SYSTEM) as unit:
        assert parse_head(audit_check.head(unit.audit)) == Head(*unit.audit.head())


@pytest.mark.parametrize(
    "told", ["", "40", "40:ab", f"-1:{'0' * 64}", f"01:{'0' * 64}", f"1:{'g' * 64}", "٤:" + "0" * 64]
)
def test_a_head_that_is_none_is_refused(told: str) -> None:
    with pytest.raises(BadRequest, match="bad-option"):
        parse_head(told)


def test_a_log_that_is_written_on_meanwhile_is_intact_at_every_look(log: Database) -> None:
    stop = threading.Event()

    def write(writer: int) -> None:
        number = writer
        while not stop.is_set():
            with log.unit(SYSTEM) as unit:
                unit.audit.append(event(number))
            number += 3

    writers = [threading.Thread(target=write, args=(one,)) for one in range(3)]
    for one in writers:
        one.start()
    try:
        seen = [verify(log, RING) for _ in range(8)]
    finally:
        stop.set()
        for one in writers:
            one.join(20)

    assert [one.code for one in seen] == [""] * 8
    known = [parse_head(one.head) for one in seen]
    assert verify(log, RING, known).intact


def test_a_clock_that_was_set_back_breaks_nothing(log: Database) -> None:
    with log.unit(SYSTEM) as unit:
        unit.audit.append(replace(event(1), at=AT - timedelta(days=400)))

    assert verify(log, RING).intact


@pytest.mark.parametrize(
    "tamper", [f"update audit_head set number = 0, hash = '\\x{'00' * 32}', mac = ''", "delete from audit_head"]
)
def test_where_the_head_is_gone_or_set_back_nothing_is_done(log: Database, owner: Schema, tamper: str) -> None:
    def write() -> None:
        with log.unit(SYSTEM) as unit:
            unit.outbox.put("case", "key", {}, AT)
            unit.audit.append(event(1))

    with owner.connection() as connection:
        connection.execute(text(tamper))
    try:
        with pytest.raises(SQLAlchemyError):
            write()
        with log.unit(SYSTEM) as unit:
            assert unit.outbox.backlog() == ()
    finally:
        with owner.connection() as connection:
            connection.execute(
                text("insert into audit_head (id, number, hash, mac) values (1, 0, '', '') on conflict do nothing")
            )
