"""What the data say of times: how long a procedure may take, and the other terms (thời hạn); records only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time

from verifier.law.answers import Doubt
from verifier.law.records import Cited, Entry, Words


@dataclass(frozen=True)
class TermRule:
    """One term in one period, as the data say it."""

    id: str
    entry: Entry
    start: str
    """What it runs from; one of `STARTS`."""
    unit: str
    """How it is counted; one of `UNITS`."""
    length: int
    """Of the unit; 0 where the unit has none."""
    words: Words
    """Who must do what by when, in one or two sentences."""
    too_late: Words
    """Said instead where the term ends before the clock has started; empty where that cannot be."""
    procedures: tuple[str, ...]
    """Ids of the procedures that it concerns."""


@dataclass(frozen=True)
class Term:
    """A term, reckoned."""

    id: str
    start: datetime
    due: datetime | None
    """In the calendar's zone; None where the law sets no time."""
    words: Words
    doubts: tuple[Doubt, ...]
    calendar: str
    basis: Cited


@dataclass(frozen=True)
class Row:
    """One row of a table: from how many papers on, how many working days."""

    documents: int
    days: int
    """0: the same working day."""
    words: Words


@dataclass(frozen=True)
class Grid:
    """A table of lengths by number of papers; rows rise, the first begins at 1."""

    id: str
    channels: tuple[str, ...]
    """For what is filed so; empty: for all."""
    rows: tuple[Row, ...]
    cut_off: time | None
    """After this hour what is due the same day is due the next working day."""
    basis: Cited


@dataclass(frozen=True)
class Extension:
    """The extension that law allows without an agreement (kéo dài thời hạn)."""

    days: int
    """Working days at most."""
    words: Words
    """On what grounds."""
    basis: Cited


@dataclass(frozen=True)
class NoticeRule:
    """A term that is shown with the deadline."""

    term: str
    channels: tuple[str, ...]
    """For what is filed so; empty: for all."""


@dataclass(frozen=True)
class DeadlineRule:
    """How long a procedure may take, in one period."""

    id: str
    entry: Entry
    rule: str
    """Name of the rule in code; one of `RULES`."""
    clock: str
    """`filing`: what starts the clock is the filing; `receipt-sent`: the sending of the receipt."""
    words: Words
    """The rule as an applicant reads it."""
    cut_off: time | None
    grids: tuple[Grid, ...]
    extension: Extension | None
    slip: Words
    """When a slip with hour and day is handed out; empty where law asks for none."""
    slip_basis: Cited
    notices: tuple[NoticeRule, ...]
