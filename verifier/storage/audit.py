"""Repository of the audit log: events are added, linked and read; nothing here changes or deletes one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, cast, false, insert, select, text
from sqlalchemy.orm import Session

from verifier import audit
from verifier.audit import START, Actor, Event, Place, linked, written
from verifier.storage.keys import CannotOpen, KeyRing
from verifier.storage.rows import folded_column, like
from verifier.storage.scope import Scope
from verifier.storage.tables import AuditEventRow

PURPOSE = "audit head"
"""What the key that marks the head is used for."""
LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)
"""Stands for a time that somebody made unreadable."""


@dataclass(frozen=True)
class Entry:
    """An event as it stands in the log."""

    number: int
    subject_number: int
    event: Event
    """Out of the body; where somebody made that unreadable, what the columns say."""
    body: str
    previous: bytes
    subject_previous: bytes
    hash: bytes
    fault: str = ""
    """What does not fit within the row itself: `audit-broken-content`, `-body` or `-column`; empty where all fits."""
    column: str = ""
    """The first column that says something else than the body."""


@dataclass(frozen=True)
class AuditFilter:
    """Which events are wanted; what is empty does not matter."""

    since: datetime | None = None
    until: datetime | None = None
    """First instant that is not wanted any more."""
    actor: str = ""
    """Part of the name, whatever its marks and case, or the whole id."""
    action: str = ""
    subject_kind: str = ""
    subject_id: str = ""
    reads_only: bool = False
    """Only events by which personal data was read."""


class AuditLog:
    """The tables `audit_event` and `audit_head`."""

    def __init__(self, session: Session, scope: Scope, ring: KeyRing) -> None:
        self._session, self._scope, self._ring = session, scope, ring
        self._waiting: list[str] = []

    def append(self, event: Event) -> None:
        """Take an event; it is in the log when the unit of work is committed, and never without it.

        ValueError or TypeError as `written`, so that nothing is done that cannot be told.
        """
        self._waiting.append(written(event))

    def link(self) -> None:
        """Link what was taken into the log; called at the end of the unit of work.

        The head's row is locked from here to the commit, as the last lock of every unit: units wait for each other
        and never in a circle. A head whose mark does not fit was somebody else's work: the log goes on behind it, but
        keeps that mark, so that what was done before is not covered up by ours.
        """
        if not self._waiting:
            return
        number, last, kept = self._session.execute(_LOCK).one()
        sound = mark_fits(self._ring, number, bytes(last), kept)
        events = [(body, audit.columns(audit.read(body))) for body in self._waiting]
        ends = self._ends({(told["subject_kind"], told["subject_id"]) for _, told in events})
        rows: list[dict[str, Any]] = []
        for body, told in events:
            subject = (told["subject_kind"], told["subject_id"])
            place = Place(number + 1, bytes(last), ends[subject][0] + 1, ends[subject][1])
            number, last = place.number, linked(body, place)
            ends[subject] = (place.subject_number, last)
            rows.append({**told, **vars(place), "body": body, "hash": last})
        self._session.execute(insert(AuditEventRow), rows)
        mark = self._ring.mark(PURPOSE, head_text(number, last)) if sound else kept
        self._session.execute(_MOVE, {"number": number, "hash": last, "mac": mark})
        self._waiting.clear()

    def head(self) -> tuple[int, bytes]:
        """Return number and hash of the last event; 0 and zeros where there is none."""
        number, last = self._session.execute(text("select number, hash from audit_head")).one()
        return number, bytes(last)

    def sound(self) -> bool:
        """Tell whether the head is as the service left it: quick, and no proof of what stands before it."""
        number, last, mark = self._session.execute(_MARKED).one()
        return mark_fits(self._ring, number, bytes(last), mark)

    def head_key(self) -> str:
        """Return the name of the key that marks the head; empty where nothing was logged yet."""
        mark: str = self._session.execute(text("select mac from audit_head")).scalar_one()
        return mark.partition(":")[0]

    def mark_anew(self) -> bool:
        """Mark the head with the current key; False where that was so already, or nothing was logged yet.

        CannotOpen (`sealed-data-broken`) where the mark does not fit: a new one would hide that somebody was at work.
        """
        number, last, mark = self._session.execute(_LOCK).one()
        told = head_text(number, bytes(last))
        if not mark_fits(self._ring, number, bytes(last), mark):
            raise CannotOpen("sealed-data-broken", "The mark of the audit log's head does not fit.")
        if mark.partition(":")[0] in {"", self._ring.current}:
            return False
        anew = {"number": number, "hash": last, "mac": self._ring.mark(PURPOSE, told)}
        self._session.execute(_MOVE, anew)
        return True

    def search(self, wanted: AuditFilter, limit: int, before: int = 0) -> tuple[Entry, ...]:
        """Return the newest events of the authority that fit, newest first; `before`: only those of lower numbers."""
        rule = [*self._rules(wanted), *([AuditEventRow.number < before] if before else [])]
        return self._entries(_ALL.where(*rule).order_by(AuditEventRow.number.desc()).limit(limit))

    def chain(self, subject_kind: str, subject_id: str, limit: int, after: int = 0) -> tuple[Entry, ...]:
        """Return the events of one subject, oldest first; `after`: only those of higher numbers within the chain."""
        wanted = AuditFilter(subject_kind=subject_kind, subject_id=subject_id)
        rule = [*self._rules(wanted), AuditEventRow.subject_number > after]
        return self._entries(_ALL.where(*rule).order_by(AuditEventRow.subject_number).limit(limit))

    def _ends(self, subjects: set[tuple[str, str]]) -> dict[tuple[str, str], tuple[int, bytes]]:
        """Where the chains of these subjects end, whoever may read them."""
        kinds, ids = zip(*sorted(subjects), strict=True)
        found = self._session.execute(_ENDS, {"kinds": list(kinds), "ids": list(ids)})
        return {(kind, id_): (last or 0, bytes(digest or START)) for kind, id_, last, digest in found}

    def _entries(self, wanted: Select[Any]) -> tuple[Entry, ...]:
        return tuple(entry(row) for row in self._session.execute(wanted))

    def _rules(self, wanted: AuditFilter) -> list[ColumnElement[bool]]:
        event, rules = AuditEventRow, []
        if not self._scope.everything:
            own = self._scope.authority
            rules.append(false() if own is None else event.authority_id == own)
        if wanted.since:
            rules.append(event.at >= wanted.since)
        if wanted.until:
            rules.append(event.at < wanted.until)
        if wanted.actor:
            name = folded_column(event.actor_name).like(like(wanted.actor))
            rules.append(name | (event.actor_id == wanted.actor))
        same = (event.action, event.subject_kind, event.subject_id)
        rules.extend(column == getattr(wanted, column.key) for column in same if getattr(wanted, column.key))
        if wanted.reads_only:
            rules.append(~event.body.regexp_match(_NO_READS))
        return rules


def entry(row: Any) -> Entry:
    """Make an entry of a row of `audit_event` whose `at` is text, and see whether it agrees with itself."""
    place = Place(row.number, bytes(row.previous), row.subject_number, bytes(row.subject_previous))
    digest, fault, column, at = bytes(row.hash), "", "", _instant(row.at)
    try:
        event = audit.read(row.body)
        told = audit.columns(event)
        here = {name: at if name == "at" else getattr(row, name) for name in told}
        column = next((name for name in told if told[name] != here[name]), "")
        fault = "audit-broken-column" if column else ""
    except ValueError:
        actor = Actor(row.actor_kind, row.actor_id, row.actor_name)
        event = Event(row.subject_kind, row.subject_id, row.action, actor, at or LONG_AGO, row.authority_id)
        fault = "audit-broken-body"
    if linked(row.body, place) != digest:
        fault, column = "audit-broken-content", ""
    return Entry(event=event, body=row.body, hash=digest, fault=fault, column=column, **vars(place))


def head_text(number: int, last: bytes) -> bytes:
    """Return what the mark of the head covers."""
    return f"{number} {last.hex()}".encode()


def mark_fits(ring: KeyRing, number: int, last: bytes, mark: str) -> bool:
    """Tell whether the head carries our mark, or none while nothing was ever in the log."""
    return (number, last, mark) == (0, START, "") or ring.fits(PURPOSE, head_text(number, last), mark)


def _instant(told: str) -> datetime | None:
    try:
        return datetime.fromisoformat(told)
    except ValueError:  # `infinity`, or a year that is none: somebody was at work
        return None


_LOCK = text("select number, hash, mac from audit_head for update")
_MARKED = text("select number, hash, mac from audit_head")
_ENDS = text(
    "select s.kind, s.id, e.subject_number, e.hash"
    " from unnest(cast(:kinds as text[]), cast(:ids as text[])) s(kind, id)"
    " left join lateral verifier_audit_last(s.kind, s.id) e on true"
)
_MOVE = text("update audit_head set number = :number, hash = :hash, mac = :mac")
_COLUMNS = [column for column in AuditEventRow.__table__.columns if column.key != "at"]
_ALL = select(*_COLUMNS, cast(AuditEventRow.at, Text).label("at"))

_STRING = r'"([^"\\]|\\.)*"'
_NO_READS = rf'"reads":\[\],"reason":{_STRING},"subject":\[{_STRING},{_STRING}\]\}}$'
"""The end of a body (its keys are sorted) of an event by which nothing personal was read."""
