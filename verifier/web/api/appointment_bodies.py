"""What requests about appointments hold, as `case_body.body` reads them."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any, cast
from uuid import UUID

from verifier.appointments.records import Contact
from verifier.web.api.case_body import adapter, bounded

COMPONENTS = "#/components/schemas/{model}"


@dataclass(frozen=True, kw_only=True)
class BookingBody:
    """What is booked; for a dossier, or for somebody without one."""

    starts_at: datetime
    desk: UUID | None = None
    """None: the first that is free."""
    dossier: UUID | None = None
    authority: str = ""
    """Code; of a dossier that another authority has by now: where to come."""
    procedure: str = ""
    """Without a dossier."""
    reason: str = "file"
    originals: int = 1
    contact: Contact = field(default_factory=Contact)
    """Without a dossier: who comes."""


@dataclass(frozen=True, kw_only=True)
class WaitingBody:
    """Who waits for a slot, and on which days."""

    first: date
    last: date
    dossier: UUID | None = None
    authority: str = ""
    procedure: str = ""
    reason: str = "file"
    originals: int = 1
    contact: Contact = field(default_factory=Contact)


@dataclass(frozen=True, kw_only=True)
class MoveBody:
    """To when an appointment is moved."""

    starts_at: datetime
    desk: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class CancelBody:
    """Why an appointment is cancelled; may be left out."""

    why: str = ""


@dataclass(frozen=True, kw_only=True)
class NothingBody:
    """No fields."""


@dataclass(frozen=True, kw_only=True)
class DeskBody:
    """A new desk."""

    number: int
    name: str = ""
    procedures: tuple[str, ...] = ()
    """Empty: all."""
    officer: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class DeskChangeBody:
    """A desk as it is to be; all but its number."""

    version: int
    open: bool
    name: str = ""
    procedures: tuple[str, ...] = ()
    officer: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class SpanBody:
    """A time that is to be closed."""

    starts_at: datetime
    ends_at: datetime
    desk: UUID | None = None
    """None: the whole office."""


@dataclass(frozen=True, kw_only=True)
class ClosureBody:
    """A time that is closed, as its plan was shown."""

    starts_at: datetime
    ends_at: datetime
    reason: str
    seal: str
    """Of the plan."""
    desk: UUID | None = None


BODIES = (
    BookingBody,
    WaitingBody,
    MoveBody,
    CancelBody,
    NothingBody,
    DeskBody,
    DeskChangeBody,
    SpanBody,
    ClosureBody,
)


@cache
def bodies() -> dict[str, Any]:
    """Return the schemas of all bodies by name, and of the records within them."""
    found: dict[str, Any] = {}
    for kind in BODIES:
        told = adapter(cast("Hashable", kind)).json_schema(ref_template=COMPONENTS)
        bounded(told)
        found |= told.get("$defs", {})
    return found
