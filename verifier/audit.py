"""What was done, by whom, to what: the words of the audit log. How events are linked stands below them."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

Detail = str | int | bool | None | list[str]

START = bytes(32)
"""What stands in the place of the hash before the first event."""
ACTORS = ("person", "client", "system", "visitor")
LONGEST_ID = 200
"""Characters of a subject's id; a longer one does not fit into an index of PostgreSQL (2704 octets)."""
GREATEST = 2**53 - 1
"""The greatest number that every reader of JSON keeps as it is (RFC 8259 section 6)."""

_WORD = re.compile(r"[a-z][a-z0-9_-]{0,63}")
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


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
    """Return the event as canonical JSON (sorted keys, no spaces, ASCII): what is kept and hashed.

    NUL and lone surrogates, which PostgreSQL cannot keep, are written out as ⟨U+0000⟩. ValueError or TypeError for
    what would not come back as it was: a time without zone, a float, a set, a number beyond 2^53 - 1.
    """
    if not _WORD.fullmatch(event.subject_kind) or not _WORD.fullmatch(event.action) or event.actor.kind not in ACTORS:
        raise ValueError("kinds and actions of events are words in kebab-case, actors of a known kind")
    if len(event.subject_id) > LONGEST_ID or event.at.utcoffset() is None:
        raise ValueError("an event has a short id and a time with its zone")
    told = {
        "subject": [event.subject_kind, _text(event.subject_id)],
        "action": event.action,
        "at": event.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor": {
            "kind": event.actor.kind,
            "id": _text(event.actor.id),
            "name": _text(event.actor.name),
            "authority": _id(event.actor.authority_id),
            "address": _text(event.actor.address),
        },
        "authority": _id(event.authority_id),
        "reason": _text(event.reason),
        "details": {_text(name): _detail(value) for name, value in event.details.items()},
        "reads": [_text(name) for name in event.reads],
    }
    return json.dumps(told, sort_keys=True, separators=(",", ":"))


def read(body: str) -> Event:
    """Return the event that `written` wrote; ValueError where it would have written anything else."""
    try:
        told = json.loads(body)
        actor, (kind, id_) = told["actor"], told["subject"]
        event = Event(
            kind,
            id_,
            action=told["action"],
            actor=Actor(actor["kind"], actor["id"], actor["name"], _uuid(actor["authority"]), actor["address"]),
            at=datetime.fromisoformat(told["at"]),
            authority_id=_uuid(told["authority"]),
            reason=told["reason"],
            details=told["details"],
            reads=tuple(told["reads"]),
        )
        same = written(event) == body
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError):
        raise ValueError("this is no event") from None
    if not same:
        raise ValueError("this is no event as it is written")
    return event


def columns(event: Event) -> dict[str, Any]:
    """Return what stands beside the body in columns of its own, to be found by; the event is one that was `read`."""
    return {
        "subject_kind": event.subject_kind,
        "subject_id": event.subject_id,
        "authority_id": event.authority_id,
        "at": event.at,
        "actor_kind": event.actor.kind,
        "actor_id": event.actor.id,
        "actor_name": event.actor.name,
        "action": event.action,
    }


def linked(body: str, place: Place) -> bytes:
    """Return the hash that links an event into the log at its place: SHA-256, 32 bytes.

    It is taken over both numbers in decimal, each with a space behind it, both hashes before (32 bytes each) and the
    body in ASCII, one after the other.
    """
    head = f"{place.number} {place.subject_number} ".encode()
    return hashlib.sha256(head + place.previous + place.subject_previous + body.encode()).digest()


def _text(value: str) -> str:
    if not isinstance(value, str):
        raise TypeError("an event is told in text")
    return _UNSTORABLE.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", str(value))


def _detail(value: Any) -> Detail:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        if abs(value) > GREATEST:
            raise ValueError("a detail is a number that every reader keeps as it is")
        return int(value)
    if isinstance(value, list | tuple):
        return [_text(one) for one in value]
    return _text(value)


def _id(id_: UUID | None) -> str | None:
    return None if id_ is None else str(id_)


def _uuid(told: str | None) -> UUID | None:
    return None if told is None else UUID(told)
