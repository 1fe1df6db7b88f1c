"""Dead letters: messages that could not be delivered, for a person to look at, try again or drop."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from verifier.accounts.caller import Caller
from verifier.accounts.plain_text import reason_of
from verifier.accounts.roles import Role
from verifier.audit import Actor, Detail, Event
from verifier.errors import BadRequest
from verifier.outside.clock import Clock
from verifier.storage.database import Database
from verifier.storage.outbox import Message
from verifier.storage.scope import SYSTEM, Scope

SUBJECT = "message"
"""Kind of subject under which acts on messages stand in the audit log."""


class Asker(Protocol):
    """Who looks: a `Caller`, or the `Operator` at the machine."""

    @property
    def scope(self) -> Scope:
        """Whose messages are seen."""

    @property
    def actor(self) -> Actor:
        """Who stands in the audit log."""


OPERATOR = Actor("system", "verifier outbox")


@dataclass(frozen=True)
class Operator:
    """Somebody with the rights of the service at its command line; sees messages of all authorities, and of none."""

    scope: Scope = SYSTEM
    actor: Actor = OPERATOR


class DeadLetters:
    """The dead messages of one authority, for its administrators; of all, for the operator."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    def list(self, asker: Asker) -> tuple[Message, ...]:
        """Return the dead letters, the oldest first; that they were read is noted. BadRequest `not-allowed`."""
        _check(asker)
        with self._database.unit(asker.scope) as unit:
            found = unit.outbox.listed("dead")
            for message in found:
                unit.audit.append(_event("message-read", message, asker, self._clock.now(), reads=("payload",)))
        return found

    def retry(self, asker: Asker, id_: UUID) -> None:
        """Have a dead letter tried anew, under its old key. BadRequest `not-allowed`; `not-found`."""
        _check(asker)
        now = self._clock.now()
        with self._database.unit(asker.scope) as unit:
            message = unit.outbox.get(id_)
            if message is None or not unit.outbox.revive(id_, now):
                raise BadRequest("not-found")
            unit.audit.append(_event("message-revived", message, asker, now))

    def drop(self, asker: Asker, id_: UUID, reason: str) -> None:
        """Delete a dead letter for good. BadRequest `not-allowed`; `reason-missing`; `not-found`."""
        _check(asker)
        now, words = self._clock.now(), reason_of(reason)
        with self._database.unit(asker.scope) as unit:
            message = unit.outbox.get(id_)
            if message is None or not unit.outbox.drop(id_):
                raise BadRequest("not-found")
            unit.audit.append(_event("message-dropped", message, asker, now, reason=words))


def _check(asker: Asker) -> None:
    if isinstance(asker, Caller) and (asker.authority is None or Role.ADMINISTRATOR not in asker.roles):
        raise BadRequest("not-allowed")


def _event(
    action: str, message: Message, asker: Asker, now: datetime, *, reason: str = "", reads: tuple[str, ...] = ()
) -> Event:
    details: dict[str, Detail] = {"topic": message.topic, "key": message.key, "trouble": message.trouble}
    return Event(
        subject_kind=SUBJECT,
        subject_id=str(message.id),
        action=action,
        actor=asker.actor,
        at=now,
        authority_id=message.authority_id,
        reason=reason,
        details=details,
        reads=reads,
    )
