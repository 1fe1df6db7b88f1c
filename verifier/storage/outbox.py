"""Repository of the outbox: what must happen outside, kept in the transaction that decided it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, delete, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, aliased

from verifier.storage.rows import record, records, touched, values
from verifier.storage.scope import Scope
from verifier.storage.tables import OutboxRow
from verifier.storage.tables.base import NOBODY

TROUBLE_LENGTH = 500
"""Most characters kept of why an attempt failed."""


@dataclass(frozen=True)
class Message:
    """Something that must happen outside, at least once; whoever carries it out tells repeats by the key."""

    id: UUID
    key: str
    """Idempotency key: the same for every attempt, and never used for anything else."""
    topic: str
    """Who carries it out."""
    payload: Mapping[str, Any]
    authority_id: UUID | None
    state: str
    """`waiting`: ours to do; `sent`: done; `dead`: given up, a person must look."""
    attempts: int
    created_at: datetime
    due_at: datetime
    finished_at: datetime | None = None
    trouble: str = ""
    """Why the last attempt failed; never a secret."""
    line: str = ""
    """What it is told in order with, as `case:<id>`; empty where the order is of no matter."""
    place: int = 0
    """In its line: what has a lower one is told before."""


@dataclass(frozen=True)
class Backlog:
    """How many messages of a topic stand in a state."""

    topic: str
    state: str
    count: int
    oldest: datetime
    """When the oldest of them was put there."""


class Outbox:
    """The table `outbox`: the messages of the scope's authority, or all of them."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session, self._scope = session, scope

    def put(
        self,
        topic: str,
        key: str,
        payload: Mapping[str, Any],
        at: datetime,
        authority: UUID | None = None,
        line: tuple[str, int] = ("", 0),
    ) -> bool:
        """Keep a message; where one with this key is there already, nothing happens, and False is returned.

        `line` is what it is told in order with, and its place there. What an authority does to the dossier of another
        (it handed it on, and gives the result out) is its own message.
        """
        if authority is not None and not self._scope.everything:
            authority = self._scope.authority
        message = Message(uuid4(), key, topic, payload, authority, "waiting", 0, at, at, None, "", *line)
        fresh = insert(OutboxRow).values(**values(message)).on_conflict_do_nothing(index_elements=["key"])
        return self._session.execute(fresh.returning(OutboxRow.id)).one_or_none() is not None

    def due(self, topics: Collection[str], now: datetime) -> Message | None:
        """Return the message that has been due longest; its row is locked until the unit of work ends.

        What somebody else holds is passed by, so any number of processes may ask at once; so is what stands in a line
        behind another that is not delivered.
        """
        row, ahead = OutboxRow, aliased(OutboxRow)
        line = (row.line != "", ahead.line != "", ahead.line == row.line, ahead.place < row.place)
        blocked = exists().where(*line, ahead.state == "waiting")
        wanted = self._own(row.state == "waiting", row.due_at <= now, row.topic.in_(topics), ~blocked)
        return self._first(wanted.order_by(OutboxRow.due_at, OutboxRow.id).limit(1))

    def overtaken(self, message: Message) -> bool:
        """Tell whether what stands behind a message in its line was delivered: then it comes too late."""
        row = OutboxRow
        behind = (row.line == message.line, row.line != "", row.place > message.place, row.state == "sent")
        return bool(message.line and self._session.scalar(select(exists().where(*behind))))

    def begin(self, message: Message, again_at: datetime) -> Message:
        """Count an attempt before it is made; should it never be heard of again, the next is due at `again_at`."""
        begun = replace(message, attempts=message.attempts + 1, due_at=again_at)
        self._change(OutboxRow.id == message.id, attempts=begun.attempts, due_at=again_at)
        return begun

    def hold(self, message: Message) -> bool:
        """Lock the row of an attempt that was begun; False where somebody else has made a later one meanwhile.

        This waits: who only looked at the row lets go at once, and who delivers it will have counted an attempt.
        """
        same = (OutboxRow.id == message.id, OutboxRow.state == "waiting", OutboxRow.attempts == message.attempts)
        return self._first(self._own(*same), skip=False) is not None

    def sent(self, id_: UUID, at: datetime) -> None:
        """Note that it was delivered."""
        self._change(OutboxRow.id == id_, state="sent", finished_at=at, trouble="")

    def postpone(self, id_: UUID, due_at: datetime, trouble: str) -> None:
        """Note why an attempt failed, and when the next is due."""
        self._change(OutboxRow.id == id_, due_at=due_at, trouble=_short(trouble))

    def amend(self, id_: UUID, **told: Any) -> None:
        """Add to the payload of a message what the next attempt must know."""
        message = self._first(self._own(OutboxRow.id == id_), skip=False)
        if message is not None:
            self._change(OutboxRow.id == id_, payload={**message.payload, **told})

    def sealed(self) -> tuple[Message, ...]:
        """Return what is not delivered and holds something sealed; the rows are locked until the unit of work ends."""
        wanted = self._own(OutboxRow.state != "sent", OutboxRow.payload.has_key("sealed"))
        return records(Message, self._session.scalars(wanted.order_by(OutboxRow.id).with_for_update()))

    def bury(self, id_: UUID, at: datetime, trouble: str) -> None:
        """Give it up; a person must look."""
        self._change(OutboxRow.id == id_, state="dead", finished_at=at, trouble=_short(trouble))

    # --- for people and watches ----------------------------------------------------------------------------------

    def listed(self, state: str, limit: int = 200) -> tuple[Message, ...]:
        """At most `limit` messages in a state, the oldest first."""
        wanted = self._own(OutboxRow.state == state).order_by(OutboxRow.created_at, OutboxRow.id).limit(limit)
        return records(Message, self._session.scalars(wanted))

    def get(self, id_: UUID) -> Message | None:
        """Find within the scope; the row is locked until the unit of work ends."""
        return self._first(self._own(OutboxRow.id == id_), skip=False)

    def revive(self, id_: UUID, at: datetime) -> bool:
        """Let a dead message be tried anew, under its old key; False where there is no such dead one."""
        dead = (OutboxRow.id == id_, OutboxRow.state == "dead")
        return self._change(*dead, state="waiting", attempts=0, due_at=at, finished_at=None)

    def drop(self, id_: UUID) -> bool:
        """Delete a dead message; False where there is no such dead one."""
        return touched(
            self._session, self._bound(delete(OutboxRow)).where(OutboxRow.id == id_, OutboxRow.state == "dead")
        )

    def recall(self, key: str) -> bool:
        """Delete what waits or was given up under a key; False where it is being delivered at this moment, or was."""
        found = self._first(self._own(OutboxRow.key == key, OutboxRow.state != "sent"))
        return found is not None and touched(self._session, delete(OutboxRow).where(OutboxRow.id == found.id))

    def stands(self, key: str) -> str:
        """Return the state of the message under a key, without a lock; empty where there is none."""
        wanted = self._bound(select(OutboxRow.state)).where(OutboxRow.key == key)
        return self._session.scalars(wanted).one_or_none() or ""

    def drop_sent_before(self, instant: datetime) -> int:
        """Delete what was delivered before an instant; return how many."""
        over = self._bound(delete(OutboxRow)).where(OutboxRow.state == "sent", OutboxRow.finished_at < instant)
        done: Any = self._session.execute(over)
        return int(done.rowcount)

    def backlog(self, *, waiting_only: bool = False) -> tuple[Backlog, ...]:
        """Count messages by topic and state; those that wait are few, while the others are of a month."""
        wanted = select(OutboxRow.topic, OutboxRow.state, func.count(), func.min(OutboxRow.created_at))
        if waiting_only:
            wanted = wanted.where(OutboxRow.state == "waiting")
        found = self._session.execute(self._bound(wanted).group_by(OutboxRow.topic, OutboxRow.state))
        return tuple(Backlog(*row) for row in found)

    def _own(self, *which: ColumnElement[bool]) -> Any:
        return self._bound(select(OutboxRow).execution_options(populate_existing=True)).where(*which)

    def _bound(self, statement: Any) -> Any:
        if self._scope.everything:
            return statement
        return statement.where(OutboxRow.authority_id == (self._scope.authority or NOBODY))

    def _first(self, wanted: Any, *, skip: bool = True) -> Message | None:
        row = self._session.scalars(wanted.with_for_update(skip_locked=skip)).one_or_none()
        return None if row is None else record(Message, row)

    def _change(self, *which: ColumnElement[bool], **told: Any) -> bool:
        return touched(self._session, self._bound(update(OutboxRow)).where(*which).values(**told))


def _short(trouble: str) -> str:
    return trouble.replace("\0", "")[:TROUBLE_LENGTH]
