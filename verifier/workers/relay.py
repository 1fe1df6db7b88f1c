"""The relay: takes due messages out of the outbox and has them delivered, at least once."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

import structlog

from verifier.errors import fault_of
from verifier.outside.clock import Clock
from verifier.storage.database import Database, UnitOfWork
from verifier.storage.outbox import Message
from verifier.storage.scope import SYSTEM

INTERRUPTED = "the process ended under every attempt"
"""Trouble of a message that is given up although no attempt ever told why."""

OVERTAKEN = "a later message of its line was delivered"
"""Trouble of a message that was given up, and is tried again after what stands behind it."""

log = structlog.get_logger("verifier.relay")

Chance = Callable[[], float]
"""Gives a random number from 0 up to 1."""


After = Callable[[UnitOfWork, datetime, str], None]
"""Notes what became of a message, in the transaction of the attempt; told the time and the message's state by then."""


class CannotDeliver(Exception):
    """A carrier could not deliver; `retry` tells whether it may help to try again."""

    def __init__(self, trouble: str, *, retry: bool, after: After | None = None) -> None:
        """`trouble` is read by people: a few words, never a secret. `after` notes that it failed."""
        super().__init__(trouble)
        self.trouble, self.retry, self.after = trouble, retry, after


Carrier = Callable[[Message], After | None]
"""Delivers a message, within a bounded time, and returns what is to be noted of it. CannotDeliver where it could not.

It may be asked twice for one message, so it passes the key on, or does what is the same when done twice. It leaves
the database alone: a transaction is open around it, and one within the other can wait for each other for ever.
"""


@runtime_checkable
class GivesUp(Protocol):
    """A carrier that notes what was given up without its own answer: its process ended each time, or it is at fault."""

    def given_up(self, message: Message, trouble: str) -> After:
        """Return what is to be noted; CannotDeliver where nothing is."""


@dataclass(frozen=True)
class RelayLimits:
    """The bounds of the relay."""

    first: timedelta = timedelta(seconds=5)
    """Delay after the first failure; it doubles with every further one."""
    most: timedelta = timedelta(hours=1)
    """Longest delay."""
    attempts: int = 30
    """Attempts after which a message is given up: about a day."""
    at_once: int = 100
    """Most messages delivered in one round."""

    def delay(self, attempt: int, chance: float) -> timedelta:
        """Return how long to wait after an attempt, counted from 1: half of it for sure, half by `chance` (0 to 1).

        What failed together does so not to come again together.
        """
        doubled = self.first * (1 << min(attempt - 1, 32))
        return min(doubled, self.most) * (0.5 + 0.5 * chance)


@dataclass(frozen=True)
class Relay:
    """Delivers messages. Any number of relays in any number of processes work side by side."""

    database: Database
    clock: Clock
    carriers: Mapping[str, Carrier]
    """Carrier by topic; messages of other topics are left alone, and told of."""
    limits: RelayLimits = RelayLimits()
    patience: Mapping[str, int] = field(default_factory=dict)
    """Attempts by topic, where they are not those of `limits`."""
    chance: Chance = random.random
    others: frozenset[str] = frozenset()
    """Topics that another relay of this process carries; nobody is told of them."""
    _told: dict[str, int] = field(default_factory=dict, repr=False)

    def run_once(self, stop: threading.Event | None = None) -> int:
        """Deliver what is due, until `stop` is set or enough is done; return how many were delivered.

        SQLAlchemyError where the database does not answer; what was being delivered then is delivered again.
        """
        self._tell_of_strangers()
        delivered = 0
        for _ in range(self.limits.at_once):
            message = None if stop and stop.is_set() else self._begin()
            if message is None:
                break
            delivered += self._attempt(message)
        return delivered

    def _begin(self) -> Message | None:
        """Count an attempt and commit that before it is made, so that what kills its process is not tried for ever."""
        while True:
            now = self.clock.now()
            with self.database.unit(SYSTEM) as unit:
                message = unit.outbox.due(tuple(self.carriers), now)
                if message is None:
                    return None
                if unit.outbox.overtaken(message):
                    self._bury(unit, message, OVERTAKEN)
                    continue
                if message.attempts < self._most(message):
                    return unit.outbox.begin(message, now + self._delay(message.attempts + 1))
                trouble = message.trouble or INTERRUPTED
                self._bury(unit, message, trouble)
                self._note(unit, self._given_up(message, trouble), "dead")

    def _attempt(self, message: Message) -> bool:
        """Deliver while the row is locked, so that nobody else does meanwhile; tell whether it was delivered."""
        with self.database.unit(SYSTEM) as unit:
            if not unit.outbox.hold(message):
                return False
            notes: list[After | None] = []
            fault = fault_of(lambda: notes.append(self.carriers[message.topic](message)))
            if fault is None:
                unit.outbox.sent(message.id, self.clock.now())
                self._note(unit, notes[0], "sent")
                return True
            self._failed(unit, message, fault)
        return False

    def _failed(self, unit: UnitOfWork, message: Message, fault: Exception) -> None:
        expected = isinstance(fault, CannotDeliver)
        trouble = fault.trouble if isinstance(fault, CannotDeliver) else f"internal-error: {type(fault).__name__}"
        told = {"id": str(message.id), "topic": message.topic, "attempt": message.attempts, "trouble": trouble}
        log.warning("not delivered", **told, exc_info=None if expected else fault)
        gives_up = isinstance(fault, CannotDeliver) and not fault.retry
        dead = gives_up or message.attempts >= self._most(message)
        if dead:
            self._bury(unit, message, trouble)
        else:
            unit.outbox.postpone(message.id, self.clock.now() + self._delay(message.attempts), trouble)
        after = fault.after if isinstance(fault, CannotDeliver) else self._given_up(message, trouble)
        self._note(unit, after, "dead" if dead else "waiting")

    def _given_up(self, message: Message, trouble: str) -> After | None:
        carrier = self.carriers[message.topic]
        if not isinstance(carrier, GivesUp):
            return None
        try:
            return carrier.given_up(message, trouble)
        except CannotDeliver:
            return None

    def _note(self, unit: UnitOfWork, after: After | None, state: str) -> None:
        if after is not None:
            after(unit, self.clock.now(), state)

    def _most(self, message: Message) -> int:
        return self.patience.get(message.topic, self.limits.attempts)

    def _bury(self, unit: UnitOfWork, message: Message, trouble: str) -> None:
        unit.outbox.bury(message.id, self.clock.now(), trouble)
        log.error("given up, a person must look", id=str(message.id), topic=message.topic, trouble=trouble)

    def _delay(self, attempt: int) -> timedelta:
        return self.limits.delay(attempt, self.chance())

    def _tell_of_strangers(self) -> None:
        """Raise the alarm where messages wait that nobody here can carry; once, until their number changes."""
        with self.database.unit(SYSTEM) as unit:
            found = strangers(unit, (*self.carriers, *self.others))
        if found != self._told:
            self._told.clear()
            self._told.update(found)
            for topic, count in found.items():
                log.error("messages wait that nobody carries", topic=topic, count=count)


def strangers(unit: UnitOfWork, topics: tuple[str, ...]) -> dict[str, int]:
    """Count the waiting messages of topics other than these."""
    return {one.topic: one.count for one in unit.outbox.backlog(waiting_only=True) if one.topic not in topics}
