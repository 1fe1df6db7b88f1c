"""One year of a calendar, reckoned once: its named days off, and its office hours as instants with running sums."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

from holidays import country_holidays

from verifier.law.calendars.records import DayOff, Host, Plan, Spans
from verifier.law.records import Words

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)
"""Instants are whole microseconds since `EPOCH`."""
Opened = tuple[tuple[int, int], ...]
"""Opening and closing of each part of a day, as instants."""


@dataclass(frozen=True)
class Year:
    """A year of one calendar; the spans of all its days in one row, `sums` their running sum."""

    days_off: Mapping[date, DayOff]
    opened: Mapping[date, Opened]
    """Of working days alone."""
    working: tuple[date, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    sums: tuple[int, ...]

    @property
    def total(self) -> int:
        """Working time of the whole year."""
        return self.sums[-1] if self.sums else 0

    def passed(self, instant: int) -> int:
        """Return the working time of this year before an instant."""
        index = bisect_right(self.starts, instant) - 1
        return self.sums[index] - max(0, self.ends[index] - instant) if index >= 0 else 0

    def reached(self, passed: int) -> int:
        """Return the first instant at which so much working time, above 0 and at most `total`, has passed."""
        index = bisect_left(self.sums, passed)
        return self.ends[index] - (self.sums[index] - passed)

    def open_from(self, instant: int) -> int | None:
        """Return the first instant, not before this one, at which the office is open; closing counts as open."""
        index = bisect_right(self.starts, instant)
        if index and instant <= self.ends[index - 1]:
            return instant
        return self.starts[index] if index < len(self.starts) else None


def reckon(plan: Plan, year: int) -> Year:
    """Lay the data of a calendar out over one year."""
    first = date(year, 1, 1)
    days = [first + timedelta(days=number) for number in range((date(year + 1, 1, 1) - first).days)]
    days_off = _days_off(plan, days)
    opened: dict[date, Opened] = {}
    for day in days:
        if spans := _opened(day, _spans(plan, day, days_off), plan.zone):
            opened[day] = spans
    row = [span for spans in opened.values() for span in spans]
    return Year(
        days_off=days_off,
        opened=opened,
        working=tuple(opened),
        starts=tuple(start for start, _ in row),
        ends=tuple(end for _, end in row),
        sums=tuple(accumulate(end - start for start, end in row)),
    )


def _days_off(plan: Plan, days: list[date]) -> dict[date, DayOff]:
    found = _host_days(plan.host, days[0].year) if plan.host else {}
    for day in days:
        for one in plan.yearly:
            if one.on(day):
                found[day] = DayOff(day, one.name, one.entry.basis, one.entry.note)
        if day in plan.off:
            found[day] = plan.off[day]
        if day in plan.worked:
            found.pop(day, None)
    return found


def _host_days(host: Host, year: int) -> dict[date, DayOff]:
    told = country_holidays(host.country, subdiv=host.subdivision or None, years=year, language="en_US")
    return {day: DayOff(day, _named(host, name), host.basis, host.note) for day, name in sorted(told.items())}


def _named(host: Host, name: str) -> Words:
    known = max((one for one in host.names if name.startswith(one)), key=len, default="")
    return Words(
        host.words.vi.replace("{name}", host.names.get(known, name)),
        host.words.en.replace("{name}", name),
    )


def _spans(plan: Plan, day: date, days_off: Mapping[date, DayOff]) -> Spans:
    if worked := plan.worked.get(day):
        return plan.usual(worked.instead_of) if worked.instead_of else worked.spans
    return () if day in days_off else plan.usual(day)


def _opened(day: date, spans: Spans, zone: ZoneInfo) -> Opened:
    told = tuple((instant_of(day, opening, zone), instant_of(day, closing, zone)) for opening, closing in spans)
    return tuple((start, end) for start, end in told if start < end)


def ticks(at: datetime) -> int:
    """Return an aware time as an instant."""
    return (at - EPOCH) // TICK


def moment(instant: int, zone: ZoneInfo) -> datetime:
    """Return an instant as a time in a zone."""
    return (EPOCH + timedelta(microseconds=instant)).astimezone(zone)


def instant_of(day: date, clock: time, zone: ZoneInfo) -> int:
    """Return when a clock on the wall shows a time.

    A time that comes twice (the clock is set back) means its first passing; one that never comes (the clock is set
    forward over it) means the instant at which the clock jumps.
    """
    wall = datetime.combine(day, clock, tzinfo=zone)
    told = ticks(wall.astimezone(UTC))
    if moment(told, zone).replace(tzinfo=None) == wall.replace(tzinfo=None):
        return told
    before, after = ticks(wall.replace(fold=1).astimezone(UTC)), told
    offset = moment(before, zone).utcoffset()
    while after - before > 1:
        middle = (before + after) // 2
        if moment(middle, zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after
