"""The time that a dossier has left, in working hours of the authority that has it: words, and a shape beside them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from verifier.cases.records import Case
from verifier.cases.statuses import final
from verifier.law.calendars.calendar import Calendar
from verifier.law.records import NoAnswer
from verifier.reports.formats import iso
from verifier.web.casework.base import desk
from verifier.web.chrome import say, words

SOON = 60
"""Minutes of working time from which on a dossier is marked."""
LONG = 24 * 60
"""Minutes of working time from which on they are told in days."""
COUNTED = 400
"""Days that are looked at, at most, to count working days."""


@dataclass(frozen=True)
class Left:
    """How much time there is."""

    look: str
    """`late`, `soon`, `time`, or `still` where no clock runs."""
    text: str
    iso: str = ""
    due: str = ""
    """When it is due, in words; empty where no clock runs."""


def known_calendar(authority: str) -> Calendar | None:
    """Return the calendar of an authority by its code; None where the law data have none."""
    try:
        return desk().house.book.calendars.of(authority)
    except NoAnswer:
        return None


def left_of(case: Case, calendar: Calendar | None, now: datetime) -> Left:
    """Say how much time a dossier has left; where the applicant is asked for more, until when that may come."""
    if case.status in final():
        return ended()
    due = case.due_at
    if case.status == "supplement":
        due = owed_by(case.supplement_due, case.step_due)
    if due is None and case.paused_at:
        return Left("still", say("case-time-paused"))
    return left(calendar, now, due) if due else none_runs()


def owed_by(supplement: datetime | None, step: datetime | None) -> datetime | None:
    """Return until when a supplement may come; once it lapsed, by when the refusal is notified, if law says."""
    return max(supplement, step or supplement) if supplement else None


def left(calendar: Calendar | None, now: datetime, due: datetime) -> Left:
    """Say how much working time there is until `due`; plain time where no calendar is known of the authority."""
    return Left(*_told(calendar, now, due), iso(due), words().local(due))


def ended() -> Left:
    """Say that the work is over."""
    return Left("still", say("case-time-ended"))


def none_runs() -> Left:
    """Say that no clock runs."""
    return Left("still", say("case-time-none"))


def _told(calendar: Calendar | None, now: datetime, due: datetime) -> tuple[str, str]:
    try:
        if calendar is None:
            return ("late" if now >= due else "time"), words().age(abs(due - now))
        if now >= due:
            return "late", say("case-time-late", span=span(calendar, due, now))
        minutes = calendar.minutes_between(now, due)
        return ("soon" if minutes <= SOON else "time"), say("case-time-left", span=span(calendar, now, due))
    except NoAnswer:
        return ("late" if now >= due else "time"), words().age(abs(due - now))


def span(calendar: Calendar, a: datetime, b: datetime) -> str:
    """Write the working time between two instants: `3 giờ 20 phút`, or `12 ngày` where it is long."""
    minutes = calendar.minutes_between(a, b)
    if minutes >= LONG:
        return say("case-days", count=_days(calendar, a, b))
    hours, rest = divmod(minutes, 60)
    parts = [say("case-hours", count=hours)] if hours else []
    if rest or not hours:
        parts.append(say("case-minutes", count=rest))
    return " ".join(parts)


def _days(calendar: Calendar, a: datetime, b: datetime) -> int:
    """Count working days after that of `a`, up to that of `b`."""
    day, last = a.astimezone(calendar.zone).date(), b.astimezone(calendar.zone).date()
    count = 0
    for _ in range(COUNTED):
        day += timedelta(days=1)
        if day > last:
            break
        count += calendar.is_working(day)
    return count
