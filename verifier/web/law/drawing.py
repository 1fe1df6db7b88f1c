"""How a deadline was counted, as a drawing: one row a day, office hours as bars, what happens as numbered dots."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from verifier.law.calendars import Calendar
from verifier.web.chrome import say, words
from verifier.web.law.words import short_day

WIDTH, LABEL, ROW, TOP = 400, 84, 32, 24
"""In units of the drawing: whole width, that of the names of days, height of a row, and of the head."""
USUAL = (6, 18)
"""Hours that are shown at least."""
MOST_DAYS = 60
"""Days from which on there is no drawing."""
FEW = 3
"""Rest days in a row that get one row together."""


@dataclass(frozen=True)
class Event:
    """Something that happens at a time; `look` says how its dot is drawn: `filed`, `clock`, `step` or `due`."""

    at: datetime
    look: str
    texts: tuple[str, ...]
    number: int = 0


@dataclass(frozen=True)
class Bar:
    """A stretch of time within a row."""

    x: float
    width: float


@dataclass(frozen=True)
class Row:
    """One day, or several rest days."""

    y: int
    label: str
    off: str
    """Why it is no working day; empty where it is one."""
    open: tuple[Bar, ...]
    runs: tuple[Bar, ...]
    """Where the time that counts runs."""


@dataclass(frozen=True)
class Dot:
    """An event at its place."""

    x: float
    y: float
    number: int
    look: str


@dataclass(frozen=True)
class Drawing:
    """The whole drawing."""

    width: int
    height: int
    hours: tuple[tuple[float, str], ...]
    rows: tuple[Row, ...]
    dots: tuple[Dot, ...]


@dataclass(frozen=True)
class _Scale:
    first: int
    last: int

    def x(self, hours: float) -> float:
        share = (min(max(hours, self.first), self.last) - self.first) / (self.last - self.first)
        return round(LABEL + share * (WIDTH - LABEL - 12), 1)


def drawing_of(events: Sequence[Event], starts: datetime, due: datetime, calendar: Calendar) -> Drawing | None:
    """Draw the days from the first event to the last; None where they are too many.

    Events are in the order of their numbers; all times are in the zone of the calendar.
    """
    days = _days(min(one.at for one in events).date(), max(one.at for one in events).date())
    if len(days) > MOST_DAYS:
        return None
    scale = _scale([*(one.at for one in events)], days, calendar)
    rows, places = [], dict[date, int]()
    for number, part in enumerate(_grouped(days, {one.at.date() for one in events}, calendar)):
        y = TOP + number * ROW
        places |= dict.fromkeys(part, y)
        rows.append(_row(y, part, (starts, due), scale, calendar))
    step = 2 if scale.last - scale.first <= 12 else 4
    hours = tuple((scale.x(one), str(one)) for one in range(scale.first, scale.last + 1, step))
    return Drawing(WIDTH, TOP + len(rows) * ROW + 4, hours, tuple(rows), tuple(_dots(events, places, scale)))


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _grouped(days: Sequence[date], busy: set[date], calendar: Calendar) -> Iterator[tuple[date, ...]]:
    """Put rest days in a row together, unless they are few or something happens on them."""
    for rests, part in groupby(days, key=lambda day: not calendar.is_working(day) and day not in busy):
        found = tuple(part)
        if rests and len(found) >= FEW:
            yield found
        else:
            yield from ((day,) for day in found)


def _scale(times: Sequence[datetime], days: Sequence[date], calendar: Calendar) -> _Scale:
    spans = [one for day in days for span in calendar.hours(day) for one in span]
    shown = [_hours(one) for one in (*times, *spans)]
    return _Scale(min(USUAL[0], math.floor(min(shown))), max(USUAL[1], math.ceil(max(shown))))


def _row(y: int, part: Sequence[date], limits: tuple[datetime, datetime], scale: _Scale, calendar: Calendar) -> Row:
    first, last = part[0], part[-1]
    label = short_day(first) if first == last else f"{first.day}/{first.month}–{last.day}/{last.month}"
    spans = calendar.hours(first)
    name = _rest(part, calendar) if not spans else ""
    bars = tuple(_bar(begin, end, scale) for begin, end in spans)
    running = [(max(begin, limits[0]), min(end, limits[1])) for begin, end in spans]
    return Row(y, label, name, bars, tuple(_bar(begin, end, scale) for begin, end in running if begin < end))


def _rest(part: Sequence[date], calendar: Calendar) -> str:
    """Name the holidays in a row, each once; a weekend has none."""
    found = (calendar.day_off(day) for day in part)
    names = dict.fromkeys(one.name.said(words().lang) for one in found if one)
    return ", ".join(names) or say("law-rest-day")


def _bar(begin: datetime, end: datetime, scale: _Scale) -> Bar:
    x = scale.x(_hours(begin))
    return Bar(x, round(scale.x(_hours(end)) - x, 1))


def _dots(events: Sequence[Event], places: dict[date, int], scale: _Scale) -> Iterator[Dot]:
    """Place dots, beside each other where they would hide one another."""
    taken: dict[date, list[float]] = {}
    for one in events:
        row = taken.setdefault(one.at.date(), [])
        x = scale.x(_hours(one.at))
        while any(abs(x - other) < 18 for other in row):
            x += 3
        row.append(x)
        yield Dot(round(min(x, WIDTH - 9), 1), places[one.at.date()] + ROW / 2, one.number, one.look)


def _hours(at: datetime) -> float:
    return at.hour + at.minute / 60
