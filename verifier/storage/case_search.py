"""Repository that finds dossiers: the work queue, the search by what is known of one, the deadline board.

What is searched stands in `case_search`, a row for each authority that sees a dossier; it is written at the end of the
unit of work that changed a dossier's code, names or numbers (`follow`), so that it never says something else.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from verifier.storage.scope import Scope


@dataclass(frozen=True)
class Place:
    """Where a page of lines ends; the next begins behind it."""

    at: datetime
    """What the lines are sorted by."""
    id: UUID


@dataclass(frozen=True)
class QueueFilter:
    """Which dossiers are wanted; what is empty does not matter."""

    statuses: frozenset[str] = frozenset()
    """Empty: every status that is not final."""
    officer: UUID | None = None
    """Assigned to this specialist."""
    unassigned: bool = False
    """Assigned to nobody."""
    procedure: str = ""


@dataclass(frozen=True)
class QueueLine:
    """One dossier in a list, as far as a list shows it."""

    id: UUID
    code: str
    authority_id: UUID
    """Who has it now."""
    intake_id: UUID
    procedure: str
    status: str
    applicant: str
    """Name of who filed it."""
    channel: str
    filed_at: datetime
    due_at: datetime | None
    """The legal limit; None while no clock runs."""
    step_due: datetime | None
    """Internal target of the step; never the legal limit."""
    supplement_due: datetime | None
    officer_id: UUID | None
    officer: str
    """Name of the specialist; empty where it is assigned to nobody, or to somebody of another authority."""
    version: int
    papers: int
    verdicts: Mapping[str, int]
    """How many papers have which conclusion of the judge; those that were not judged are not counted."""
    place: Place
    """Where the line stands in its list."""


@dataclass(frozen=True)
class ConfirmationLine:
    """A request for confirmation that waits for its answer."""

    id: UUID
    case_id: UUID
    code: str
    """Of the dossier."""
    name: str
    """Of the authority that is asked."""
    reference: str
    due_at: datetime
    reminded_at: datetime | None


@dataclass(frozen=True)
class Due:
    """How many open dossiers are due within a time, and the first of them."""

    since: datetime | None
    """None: from the beginning."""
    until: datetime | None
    """The first instant that does not belong to it; None: without end."""
    count: int
    lines: tuple[QueueLine, ...] = ()


@dataclass(frozen=True)
class Words:
    """What is looked for, as the database asks for it."""

    whole: str
    """A `tsquery` of all that was typed."""
    firm: str = ""
    """The same without the last word, which may be but begun; empty where there is no other."""


class CaseSearch:
    """The table `case_search`, and lists of `case_file`; only within the authority of the scope."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session, self._scope = session, scope

    def work(self, wanted: QueueFilter, limit: int, after: Place | None = None) -> tuple[QueueLine, ...]:
        """Return open dossiers that the authority has, by the hour at which they are due, the first first."""
        raise NotImplementedError

    def count(self, wanted: QueueFilter) -> int:
        """Count open dossiers that the authority has."""
        raise NotImplementedError

    def found(self, words: Words, limit: int, after: Place | None = None) -> tuple[QueueLine, ...]:
        """Return the dossiers that the authority has or took in and that fit, the newest filed first."""
        raise NotImplementedError

    def due(self, column: str, edges: Sequence[datetime], lines: int) -> tuple[Due, ...]:
        """Count open dossiers by `due_at`, `step_due` or `supplement_due`: before, between and behind the edges."""
        raise NotImplementedError

    def confirmations(self, until: datetime, limit: int) -> tuple[int, tuple[ConfirmationLine, ...]]:
        """Return sent requests for confirmation whose answer is due before an instant: how many, and the first."""
        raise NotImplementedError

    def follow(self, cases: Collection[UUID], papers: Collection[UUID]) -> None:
        """Write anew what finds these dossiers, and those of these papers."""
        raise NotImplementedError
