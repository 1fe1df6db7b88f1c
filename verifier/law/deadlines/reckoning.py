"""How times are counted: one small function for each rule and unit that the data name; no number and no word of law.

Days are counted as Civil Code 2015, Articles 147(2) and 148 say: the day of the event is not counted, and what would
end on a rest day ends on the next working day. A day ends with the office hours (hết giờ làm việc).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from verifier.law.answers import DeadlineAsk
from verifier.law.deadlines.records import DeadlineRule, TermRule
from verifier.law.deadlines.saying import Fact
from verifier.law.records import Cited

if TYPE_CHECKING:
    from verifier.law.calendars import Calendar


@dataclass(frozen=True)
class Times:
    """What a deadline is reckoned from; all in the calendar's zone."""

    ask: DeadlineAsk
    received: datetime
    accepted: datetime | None
    calendar: Calendar


@dataclass(frozen=True)
class Reckoned:
    """When the clock starts and the result is due, and which wording says why, with what stands in it."""

    start: datetime | None
    counted: datetime | None
    """From when time is counted."""
    due: datetime | None
    reason: str
    facts: Mapping[str, Fact]
    basis: Cited


def reckon(rule: DeadlineRule, times: Times) -> Reckoned:
    """Reckon a deadline by the rule that the data name."""
    return {"same-day-with-cut-off": _same_day_with_cut_off, "working-days-by-count": _working_days_by_count}[
        rule.rule
    ](rule, times)


def extended(due: datetime, days: int, calendar: Calendar) -> datetime:
    """Return the close of office hours so many working days later."""
    return closing(calendar.add_days(due.date(), days), calendar)


def resumed(due: datetime, since: datetime, until: datetime, calendar: Calendar) -> datetime:
    """Return when a result is due whose time stood still from `since` to `until`: after the working time that was left.

    Never before `due`; what was late already when its time was stopped stays due when it was.
    """
    if before(due, since) or not before(since, until):
        return due
    later = calendar.add_time(until, calendar.time_between(since, due))
    return due if before(later, due) else later


def closing(day: date, calendar: Calendar) -> datetime:
    """Return the close of office hours of a working day; of the next one where it is none."""
    worked = calendar.add_days(day, 0)
    found = calendar.closes(worked)
    assert found is not None
    return found


def opening(day: date, calendar: Calendar) -> datetime:
    """Return the opening of a working day; of the next one where it is none."""
    found = calendar.opens(calendar.add_days(day, 0))
    assert found is not None
    return found


def before(a: datetime, b: datetime) -> bool:
    """Tell whether one moment is before another; an hour that a zone has twice is two."""
    return a.astimezone(UTC) < b.astimezone(UTC)


def _same_day_with_cut_off(rule: DeadlineRule, times: Times) -> Reckoned:
    """The day of receipt; the next working day where it is received after the hour (nếu tiếp nhận sau 15 giờ)."""
    assert rule.cut_off is not None
    calendar, received = times.calendar, times.received
    start = calendar.counts_from(received)
    late = start.time() > rule.cut_off
    due = closing(calendar.next_working_day(start.date()) if late else start.date(), calendar)
    reason = "next-day" if late else "outside-hours" if start != received else "same-day"
    facts: dict[str, Fact] = {"received": received, "start": start, "cut_off": rule.cut_off, "due": due}
    return Reckoned(start, start, due, reason, facts, rule.entry.basis)


def _working_days_by_count(rule: DeadlineRule, times: Times) -> Reckoned:
    """So many working days as the table says for the number of papers, after the day on which the clock starts."""
    calendar, filed = times.calendar, times.accepted or times.received
    if rule.clock == "receipt-sent" and times.accepted is None:
        return Reckoned(None, None, None, "waiting", {}, rule.entry.basis)
    start = filed if rule.clock == "receipt-sent" else calendar.counts_from(filed)
    grid = rule.grid(times.ask.channel)
    row = grid.row(times.ask.documents)
    days, reason = row.days, _reason(rule, times, start)
    if grid.cut_off is not None and row.days == 0:
        days = 1 if start.time() > grid.cut_off else 0
        reason = "count-next-day" if days else "count-same-day"
    due = closing(calendar.add_days(start.date(), days), calendar)
    facts: dict[str, Fact] = {"received": filed, "start": start, "row": row.words, "due": due}
    counted = opening(calendar.next_working_day(start.date()), calendar) if days else start
    facts |= {"cut_off": grid.cut_off} if grid.cut_off else {}
    return Reckoned(start, counted, due, reason, facts, grid.basis)


def _reason(rule: DeadlineRule, times: Times, start: datetime) -> str:
    if rule.clock == "receipt-sent":
        return "receipt-sent"
    if times.accepted is not None:
        return "complete"
    return "filing" if start == times.received else "filing-outside-hours"


def term_due(rule: TermRule, start: datetime, calendar: Calendar) -> datetime | None:
    """Reckon the end of a term from its start, in the calendar's zone; None where the law sets no time."""
    if rule.unit == "none":
        return None
    return _UNITS[rule.unit](rule, start, calendar)


def _working_days(rule: TermRule, start: datetime, calendar: Calendar) -> datetime:
    """Close of the n-th working day after that of the event (trong thời hạn … ngày làm việc kể từ ngày)."""
    return closing(calendar.add_days(start.date(), rule.length), calendar)


def _working_hours(rule: TermRule, start: datetime, calendar: Calendar) -> datetime:
    """So many working hours after what is filed outside office hours counts (giờ làm việc)."""
    return calendar.add_minutes(calendar.counts_from(start), 60 * rule.length)


def _same_working_day(_rule: TermRule, start: datetime, calendar: Calendar) -> datetime:
    """Close of the working day on which the event counts (trong ngày làm việc)."""
    return closing(calendar.counts_from(start).date(), calendar)


def _transfer(rule: TermRule, start: datetime, calendar: Calendar) -> datetime:
    """Within so many working hours of the same day; at the next opening where it comes after the hour."""
    assert rule.cut_off is not None
    counted = calendar.counts_from(start)
    if counted.time() > rule.cut_off:
        return opening(calendar.next_working_day(counted.date()), calendar)
    due, close = calendar.add_minutes(counted, 60 * rule.length), closing(counted.date(), calendar)
    return close if before(close, due) else due


def _day_before(_rule: TermRule, start: datetime, calendar: Calendar) -> datetime:
    """Close of the last working day before the day of the event (trước ngày hết hạn); `start` is that event."""
    day = start.date() - timedelta(days=1)
    while not calendar.is_working(day):
        day -= timedelta(days=1)
    return closing(day, calendar)


def _after_days(rule: TermRule, start: datetime, calendar: Calendar) -> datetime:
    """Opening of the first working day after so many days have passed (sau … ngày kể từ ngày)."""
    last = calendar.add_days(start.date() + timedelta(days=rule.length), 0)
    return opening(calendar.next_working_day(last), calendar)


def _monthly(rule: TermRule, start: datetime, calendar: Calendar) -> datetime:
    """Close of a day of the month after that of the event; of the next working day where it is none."""
    following = start.date().replace(day=1) + timedelta(days=31)
    return closing(following.replace(day=rule.length), calendar)


_UNITS: Mapping[str, Callable[[TermRule, datetime, Calendar], datetime]] = {
    "working-days": _working_days,
    "working-hours": _working_hours,
    "same-working-day": _same_working_day,
    "transfer": _transfer,
    "day-before": _day_before,
    "after-days": _after_days,
    "monthly": _monthly,
}
