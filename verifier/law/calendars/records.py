"""What the data say of a calendar (lịch làm việc): records only; frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from zoneinfo import ZoneInfo

from verifier.law.records import Cited, Entry, Words

FIRST_YEAR, LAST_YEAR = 2015, 2100
"""Years that a calendar answers for; `calendar-out-of-range` outside. A bound of the program, not of law."""
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

Spans = tuple[tuple[time, time], ...]
"""Opening and closing times of one day, rising, apart from each other, within the day."""


@dataclass(frozen=True)
class DayOff:
    """A day off with a name (ngày nghỉ lễ, nghỉ bù, nghỉ hoán đổi); a weekend without a name is none."""

    day: date
    name: Words
    basis: Cited
    note: str = ""
    """What is doubtful; English."""


@dataclass(frozen=True)
class MonthDay:
    """One day of a month, for a page."""

    day: date
    working: bool
    name: Words | None
    """Why it is off, or why a rest day is worked; None on ordinary days."""
    doubt: Words | None
    """Why it is not certain; None where it is."""


@dataclass(frozen=True)
class Hours:
    """Office hours (giờ làm việc) of some weekdays in a period."""

    entry: Entry
    weekdays: frozenset[int]
    """0: Monday."""
    spans: Spans


@dataclass(frozen=True)
class Schedule:
    """A year whose days off and made-up days the data know."""

    year: int
    basis: Cited
    note: str


@dataclass(frozen=True)
class Yearly:
    """A day off that comes back on its date every year while the entry holds."""

    entry: Entry
    month: int
    day: int
    name: Words


@dataclass(frozen=True)
class Off:
    """Days off; where `switch` is named and not on, they are worked and doubtful."""

    days: tuple[date, ...]
    name: Words
    basis: Cited
    note: str
    switch: str
    doubt: Words


@dataclass(frozen=True)
class Worked:
    """Rest days that are worked (làm bù); where `switch` is named and not on, they rest and are doubtful."""

    days: tuple[date, ...]
    name: Words
    basis: Cited
    note: str
    instead_of: date | None
    """The day off that is made up for: its office hours are kept."""
    spans: Spans
    """Hours where there is no such day."""
    switch: str
    doubt: Words


@dataclass(frozen=True)
class Uncertain:
    """Days that are counted as they stand although nobody has decided yet."""

    days: tuple[date, ...]
    words: Words
    basis: Cited


@dataclass(frozen=True)
class Host:
    """Whose public holidays a mission keeps: ISO country code, and subdivision or empty."""

    country: str
    subdivision: str
    words: Words
    """With `{name}` where the name of the holiday stands."""
    names: Mapping[str, str]
    """Vietnamese names of holidays by their English ones."""
    basis: Cited


@dataclass(frozen=True)
class Plan:
    """All that one data file says; days of a switch that is decided stand in `off` and `worked`, others in `open`."""

    id: str
    name: Words
    zone: ZoneInfo
    entry: Entry
    host: Host | None
    hours: tuple[Hours, ...]
    schedules: Mapping[int, Schedule]
    yearly: tuple[Yearly, ...]
    off: Mapping[date, Off]
    worked: Mapping[date, Worked]
    uncertain: Mapping[date, Uncertain]
    no_schedule: Words
    """Said of days in a year without a schedule."""
