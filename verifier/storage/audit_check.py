"""Checks the audit log: walks it from the first event to the head and names the first link that is broken.

What is found: a change of any column, events that are gone, added, or in another order, and a chain that somebody
linked anew, since the head is marked with a key that the database does not hold. A log that was put back as a whole
to an earlier state, head and all, is intact in itself: that is found by a head that was written down elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, TextClause, text

from verifier.audit import START
from verifier.errors import BadRequest
from verifier.storage.audit import AuditLog, Entry, entry, mark_fits
from verifier.storage.database import Database
from verifier.storage.keys import KeyRing

BATCH = 1000
"""Events in memory at a time."""
PROGRESS_EVERY = 10_000
"""Events between two calls of `Progress`, unless told otherwise."""

Progress = Callable[[int, int], None]
"""Is told how many events were checked, and how many there are by the head."""

_HEAD = re.compile(r"(0|[1-9]\d{0,17}):([0-9a-f]{64})", re.ASCII)


@dataclass(frozen=True)
class Head:
    """How far the log went at some time."""

    number: int
    """Number of the last event; 0 where there was none."""
    hash: bytes

    def __str__(self) -> str:
        return f"{self.number}:{self.hash.hex()}"


@dataclass(frozen=True)
class AuditFinding:
    """What checking the log found: nothing, or the first broken link."""

    code: str = ""
    """`audit-broken-…`, whose words stand with the texts of the pages; empty where everything fits."""
    number: int = 0
    """Number of the broken event; of the first one of those that are missing or too many; 0 where it has none."""
    until: int = 0
    """Number of the last one of those that are missing; 0 elsewhere."""
    subject_kind: str = ""
    subject_id: str = ""
    subject_number: int = 0
    """Its number within the chain of its subject."""
    authority_id: UUID | None = None
    column: str = ""
    """Column that says something else than the body."""
    events: int = 0
    """Events that were checked."""
    head: str = ""
    """`NUMBER:HASH` of the last event that was checked, to be written down; empty where the log is broken."""

    @property
    def intact(self) -> bool:
        """Tell whether everything fits."""
        return not self.code


def parse_head(told: str) -> Head:
    """Read `NUMBER:HASH`; BadRequest `bad-option`."""
    if not (match := _HEAD.fullmatch(told.strip().lower())):
        raise BadRequest("bad-option", "a head is written as NUMBER:HASH, with 64 hexadecimal digits", option="--head")
    return Head(int(match[1]), bytes.fromhex(match[2]))


def head(log: AuditLog) -> str:
    """Return the present head as `NUMBER:HASH`, to be written where nobody who owns the database can reach it."""
    return str(Head(*log.head()))


def verify(
    database: Database,
    ring: KeyRing,
    known: Sequence[Head] = (),
    progress: Progress | None = None,
    every: int = PROGRESS_EVERY,
) -> AuditFinding:
    """Check the whole log in one snapshot, streaming; `known`: heads written down before. SQLAlchemyError."""
    with _snapshot(database) as connection:
        heads = connection.execute(text("select number, hash, mac from audit_head")).all()
        ends = heads[0].number if len(heads) == 1 else 0
        marks, last, count = {one.number: one for one in known}, Head(0, START), 0
        broken = _unlike(marks, last)
        with closing(_links(connection, _WHOLE, {})) as links:
            while not broken and (link := next(links, None)):
                now = _head_of(link)
                broken = _gap(connection, link, last) or _misfit(link, last.hash) or _unlike(marks, now, link)
                last, count = (last, count) if broken else (now, count + 1)
                if progress and not broken and count % every == 0:
                    progress(count, ends)
        broken = broken or _end(ring, heads, last) or _beyond(known, last)
    return replace(broken, events=count) if broken else AuditFinding(events=count, head=str(last))


def broken_links(database: Database, subject_kind: str, subject_id: str) -> Generator[AuditFinding]:
    """Check the chain of one subject; give every broken link, in order, and at last one without code that counts.

    Nothing here proves where the chain ends, and that nobody linked it anew: only `verify` does. SQLAlchemyError.
    """
    expected, count, subject = 1, 0, {"kind": subject_kind, "id": subject_id}
    with _snapshot(database) as connection, closing(_links(connection, _OF_SUBJECT, subject)) as links:
        for link in links:
            one, count = link.entry, count + 1
            if one.subject_number != expected:
                yield replace(_found("audit-broken-step", link), number=0, subject_number=expected)
            elif broken := _misfit(link, link.before):
                yield broken
            expected = one.subject_number + 1
    yield AuditFinding(subject_kind=subject_kind, subject_id=subject_id, events=count)


@dataclass(frozen=True)
class _Link:
    """An event with the ends that it must be linked to."""

    entry: Entry
    kind: str
    id: str
    authority: UUID | None
    subject_before: Head | None
    """The event before it of its subject, by its number in the log."""
    before: bytes | None
    """Hash of the event before it in the log, where it was asked for."""


def _links(connection: Connection, wanted: TextClause, params: dict[str, Any]) -> Generator[_Link]:
    with connection.execute(wanted, params, execution_options={"yield_per": BATCH}) as rows:
        for row in rows:
            linked_to = None if row.p_number is None else Head(row.p_number, bytes(row.p_hash))
            before = START if row.number == 1 else None if row.n_hash is None else bytes(row.n_hash)
            yield _Link(entry(row), row.subject_kind, row.subject_id, row.authority_id, linked_to, before)


def _gap(connection: Connection, link: _Link, last: Head) -> AuditFinding | None:
    """What is missing before an event; the subject of a single event that is gone is known by who came after it."""
    number = link.entry.number
    if number == last.number + 1:
        return None
    if number <= last.number:
        return _found("audit-broken-order", link)
    lost = AuditFinding("audit-broken-missing", last.number + 1, number - 1)
    if lost.number == lost.until:
        after = connection.execute(_AFTER, {"hash": link.entry.previous}).first()
        if after:
            return replace(lost, **after._mapping)  # noqa: SLF001 - its public name in SQLAlchemy
    return lost


def _misfit(link: _Link, before: bytes | None) -> AuditFinding | None:
    """What is wrong with an event, or with its links to those before it."""
    one, of_subject = link.entry, link.subject_before
    if one.previous != before:
        return _found("audit-broken-previous", link)
    if one.fault:
        return replace(_found(one.fault, link), column=one.column)
    first = one.subject_number == 1 and of_subject is None and one.subject_previous == START
    next_ = of_subject is not None and of_subject.number < one.number and of_subject.hash == one.subject_previous
    return None if first or (next_ and one.subject_number > 1) else _found("audit-broken-subject", link)


def _unlike(known: dict[int, Head], now: Head, link: _Link | None = None) -> AuditFinding | None:
    """Tell where the log is another one than when its head was written down."""
    if known.get(now.number, now) == now:
        return None
    return _found("audit-broken-known", link) if link else AuditFinding("audit-broken-known")


def _end(ring: KeyRing, heads: Sequence[Any], last: Head) -> AuditFinding | None:
    """Compare the last event with the head."""
    if len(heads) != 1:
        return AuditFinding("audit-broken-headless")
    kept = Head(heads[0].number, bytes(heads[0].hash))
    key = heads[0].mac.partition(":")[0]
    if key and key not in ring.keys:
        return AuditFinding("audit-broken-key", kept.number)
    if not mark_fits(ring, kept.number, kept.hash, heads[0].mac):
        return AuditFinding("audit-broken-mark", kept.number)
    if kept.number > last.number:
        return AuditFinding("audit-broken-missing", last.number + 1, kept.number)
    if kept.number < last.number:
        return AuditFinding("audit-broken-beyond", kept.number + 1)
    return None if kept == last else AuditFinding("audit-broken-mark", kept.number)


def _beyond(known: Sequence[Head], last: Head) -> AuditFinding | None:
    """Tell whether the log went further when its head was written down."""
    furthest = max((one.number for one in known), default=0)
    return AuditFinding("audit-broken-missing", last.number + 1, furthest) if furthest > last.number else None


def _found(code: str, link: _Link) -> AuditFinding:
    one = link.entry
    return AuditFinding(code, one.number, 0, link.kind, link.id, one.subject_number, link.authority)


def _head_of(link: _Link) -> Head:
    return Head(link.entry.number, link.entry.hash)


@contextmanager
def _snapshot(database: Database) -> Iterator[Connection]:
    """Open a transaction that sees the events of all authorities as they were at one moment, and changes nothing."""
    with database.engine.connect() as connection:
        connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        connection.execute(text("select set_config('verifier.reach', 'all', true)"))
        yield connection


_FIELDS = (
    "e.number, e.subject_kind, e.subject_id, e.subject_number, e.authority_id, cast(e.at as text) as at, e.actor_kind,"
    " e.actor_id, e.actor_name, e.action, e.body, e.previous, e.subject_previous, e.hash,"
    " p.number as p_number, p.hash as p_hash"
)
_OF_SAME_SUBJECT = (
    " from audit_event e left join audit_event p on p.subject_kind = e.subject_kind and p.subject_id = e.subject_id"
    " and p.subject_number = cast(e.subject_number as bigint) - 1"
)
_WHOLE = text(f"select {_FIELDS}, cast(null as bytea) as n_hash{_OF_SAME_SUBJECT} order by e.number")
_OF_SUBJECT = text(
    f"select {_FIELDS}, n.hash as n_hash{_OF_SAME_SUBJECT} left join audit_event n on n.number = e.number - 1"
    " where e.subject_kind = :kind and e.subject_id = :id order by e.subject_number"
)
_AFTER = text(
    "select subject_kind, subject_id, subject_number - 1 as subject_number, authority_id"
    " from audit_event where subject_previous = :hash"
)
