"""What was done, by whom, to what: the words of the audit log. How events are linked stands below them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

Detail = str | int | bool | None | list[str]

START = bytes(32)
"""What stands in the place of the hash before the first event."""


@dataclass(frozen=True)
class Actor:
    """Who did it."""

    kind: str
    """`person`, `client`, `system` (the service by itself) or `visitor` (nobody who is signed in)."""
    id: str = ""
    """Id of the person or client; name of the command or job for `system`; empty for a visitor."""
    name: str = ""
    """Name as it was at that time."""
    authority_id: UUID | None = None
    """The authority for which it was done."""
    address: str = ""
    """Network address it came from; empty where it came from none."""


VISITOR = Actor("visitor")


@dataclass(frozen=True)
class Event:
    """Something that was done or read; once in the log it is never changed."""

    subject_kind: str
    """`person`, `authority`, `client`, `validation`, `session`, `proposal`, `audit`, …"""
    subject_id: str
    action: str
    """What was done, in the past tense and kebab-case: `signed-in`, `role-granted`, `person-read`."""
    actor: Actor
    at: datetime
    authority_id: UUID | None = None
    """Whose auditors see it: the authority of the subject."""
    reason: str = ""
    """Why, in the actor's words, where a reason was asked for."""
    details: Mapping[str, Detail] = field(default_factory=dict)
    """What it was about, e.g. what stood there before and stands there now; never a secret."""
    reads: tuple[str, ...] = ()
    """Personal data that was read: names of fields, e.g. `email`."""


@dataclass(frozen=True)
class Place:
    """Where an event stands: in the whole log, and in the chain of its subject."""

    number: int
    """Counted from 1, without a gap, over the whole log."""
    previous: bytes
    """Hash of the event before it in the log."""
    subject_number: int
    """Counted from 1, without a gap, over the events of its subject."""
    subject_previous: bytes
    """Hash of the event before it of its subject."""


def written(event: Event) -> str:
    """Return the event as canonical JSON (sorted keys, no spaces, ASCII): what is kept and hashed."""
    told = {
        "subject": [event.subject_kind, event.subject_id],
        "action": event.action,
        "at": event.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor": {
            "kind": event.actor.kind,
            "id": event.actor.id,
            "name": event.actor.name,
            "authority": _id(event.actor.authority_id),
            "address": event.actor.address,
        },
        "authority": _id(event.authority_id),
        "reason": event.reason,
        "details": dict(event.details),
        "reads": list(event.reads),
    }
    return json.dumps(told, sort_keys=True, separators=(",", ":"))


def linked(body: str, place: Place) -> bytes:
    """Return the hash that links an event into the log at its place: SHA-256, 32 bytes."""
    head = f"{place.number} {place.subject_number} ".encode()
    return hashlib.sha256(head + place.previous + place.subject_previous + body.encode()).digest()


def _id(id_: UUID | None) -> str | None:
    return None if id_ is None else str(id_)
