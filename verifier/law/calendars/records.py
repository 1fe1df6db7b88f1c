"""What the data say of a calendar (lịch làm việc): records only; frozen."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from verifier.law.answers import Doubt
from verifier.law.records import Cited, Entry, Words

FIRST_YEAR, LAST_YEAR = 2015, 2100
"""Years that a calendar answers for: a bound of the program, not of law."""
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

Spans = tuple[tuple[time, time], ...]
"""Opening and closing of each part of a day, rising, apart from each other, within the day."""


@dataclass(frozen=True)
class DayOff:
    """A day off that has a name (nghỉ lễ, nghỉ bù, nghỉ hoán đổi); a plain weekend is none."""

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
    hours: tuple[tuple[datetime, datetime], ...]
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
class Yearly:
    """A day off that comes back on its date every year while the entry holds."""

    entry: Entry
    month: int
    day: int
    name: Words

    def on(self, day: date) -> bool:
        """Tell whether a day is this one."""
        return (day.month, day.day) == (self.month, self.day) and self.entry.holds(day)


@dataclass(frozen=True)
class Worked:
    """A rest day that is worked (ngày làm bù)."""

    name: Words
    basis: Cited
    spans: Spans
    """Empty where the hours are those of the day that is made up for."""
    instead_of: date | None


@dataclass(frozen=True)
class Host:
    """The public holidays that a mission keeps of its host state (nước sở tại)."""

    country: str
    """ISO 3166-1, as `US`."""
    subdivision: str
    """As `DC`; empty where the whole country has the same."""
    words: Words
    """With `{name}` where the name of the holiday stands."""
    names: Mapping[str, str]
    """Vietnamese names by how the English ones begin."""
    basis: Cited
    note: str


@dataclass(frozen=True)
class Unscheduled:
    """What is said of a day in a year whose schedule is not in the data."""

    words: Words
    basis: Cited


@dataclass(frozen=True)
class Plan:
    """All that one data file says, with the switches that are on."""

    id: str
    name: Words
    zone: ZoneInfo
    host: Host | None
    hours: tuple[Hours, ...]
    years: frozenset[int]
    """Years whose schedule is in the data."""
    unscheduled: Unscheduled
    yearly: tuple[Yearly, ...]
    off: Mapping[date, DayOff]
    worked: Mapping[date, Worked]
    doubts: Mapping[date, Doubt]
    """Days that are counted as they stand although nobody has decided yet, or no decision was found."""

    def usual(self, day: date) -> Spans:
        """Return the office hours that a weekday has when nothing else is said of it."""
        return next((one.spans for one in self.hours if day.weekday() in one.weekdays and one.entry.holds(day)), ())


@dataclass(frozen=True)
class Assigned:
    """The calendar of one authority, by code, in a period."""

    code: str
    calendar: str
    entry: Entry


@dataclass(frozen=True)
class Rule:
    """The calendar of all codes of one shape; empty: none, each needs an entry of its own."""

    pattern: re.Pattern[str]
    calendar: str
    entry: Entry


@dataclass(frozen=True)
class Authorities:
    """Whose calendar is which."""

    usual: str
    """Where no authority is named."""
    known: tuple[Assigned, ...]
    rules: tuple[Rule, ...]

    def calendar(self, code: str, day: date | None) -> str:
        """Return the id of the calendar of a code on a day (None: by its last entry); empty where none is known."""
        above = code
        while above:
            held = [one for one in self.known if one.code == above and (day is None or one.entry.holds(day))]
            if held:
                return max(held, key=lambda one: one.entry.since or date.min).calendar
            above = above.rpartition(".")[0]
        shaped = (one for one in self.rules if day is None or one.entry.holds(day))
        return next((one.calendar for one in shaped if one.pattern.fullmatch(code)), "")
