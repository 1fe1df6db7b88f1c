"""Slots: the times at which a desk could receive somebody, out of office hours, desks, closures and bookings; pure.

Any time is possible that begins on the grid, lies wholly within one part of the office hours (giờ làm việc; none runs
into lunch or past the closing), and is free at a desk. Offered are of those the ones that leave no gaps: from the
beginning of each free stretch, one behind the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from verifier.appointments.records import Appointment, Closure, Desk, Slot
from verifier.law.calendars import Calendar

Span = tuple[datetime, datetime]
"""Beginning and end."""


@dataclass(frozen=True)
class Office:
    """An authority's desks and what stands in their way."""

    calendar: Calendar
    desks: tuple[Desk, ...]
    closures: tuple[Closure, ...] = ()
    booked: tuple[Appointment, ...] = ()

    def without(self, id_: object) -> Office:
        """Return the office as if one appointment were not there: it does not stand in its own way."""
        return replace(self, booked=tuple(one for one in self.booked if one.id != id_))

    def taken(self, desk: Desk) -> list[Span]:
        """Return when a desk is not free, by beginning."""
        closed = [(one.starts_at, one.ends_at) for one in self.closures if one.desk_id in (None, desk.id)]
        return sorted(closed + [(one.starts_at, one.ends_at) for one in self.booked if one.lane == desk.lane])

    def takes(self, desk: Desk, span: Span) -> bool:
        """Tell whether a desk is free for a time."""
        return not any(starts < span[1] and span[0] < ends for starts, ends in self.taken(desk))


@dataclass(frozen=True)
class Search:
    """Which slots are wanted."""

    procedure: str
    length: timedelta
    grid: timedelta
    earliest: datetime
    """No slot begins before."""


def free(office: Office, wanted: Search, days: Iterable[date]) -> Iterator[Slot]:
    """Give the slots that are offered on some days, by beginning and then by number of the desk.

    NoAnswer as `Calendar.hours`.
    """
    desks = [(desk, office.taken(desk)) for desk in office.desks if desk.serves(wanted.procedure)]
    for day in days:
        for part in office.calendar.hours(day):
            found = [Slot(desk, *span) for desk, taken in desks for span in _offered(part, taken, wanted)]
            yield from sorted(found, key=lambda one: (one.starts_at.astimezone(UTC), one.desk.number))


def possible(calendar: Calendar, starts: datetime, wanted: Search) -> Span | None:
    """Return the time that begins at an instant, in the calendar's zone; None where office hours or grid forbid it."""
    for opens, closes in calendar.hours(starts.astimezone(calendar.zone).date()):
        begins, ends = starts.astimezone(UTC), starts.astimezone(UTC) + wanted.length
        inside = opens.astimezone(UTC) <= begins and ends <= closes.astimezone(UTC)
        if inside and not (begins - opens.astimezone(UTC)) % wanted.grid:
            return begins.astimezone(calendar.zone), ends.astimezone(calendar.zone)
    return None


def days_from(first: date, count: int) -> Sequence[date]:
    """Return so many days from a day on."""
    return [first + timedelta(days=number) for number in range(count)]


def _offered(part: Span, taken: list[Span], wanted: Search) -> Iterator[Span]:
    """Give the times of one desk in one part of a day: each free stretch is filled from its beginning."""
    zone = part[0].tzinfo
    opens, closes = (one.astimezone(UTC) for one in part)
    starts = _on_grid(max(opens, wanted.earliest.astimezone(UTC)), opens, wanted.grid)
    for begins, ends in [*taken, (closes, closes)]:
        while starts + wanted.length <= min(begins.astimezone(UTC), closes):
            yield starts.astimezone(zone), (starts + wanted.length).astimezone(zone)
            starts += wanted.length
        starts = max(starts, _on_grid(ends.astimezone(UTC), opens, wanted.grid))


def _on_grid(instant: datetime, opens: datetime, grid: timedelta) -> datetime:
    """Return the first point of the grid at or after an instant."""
    return opens + max(-((opens - instant) // grid), 0) * grid
