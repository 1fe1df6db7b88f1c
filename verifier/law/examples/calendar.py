"""Examples of calendars: a day, the n-th working day after it, or working time from a moment on.

`ask`: `authority` (code of an authority or id of a calendar; left out: Viet Nam) with `day`, and `days` for the n-th
working day after it; or with `at`, and `minutes` of working time to add, or `until` to count them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from verifier.law.calendars import Calendar

if TYPE_CHECKING:
    from verifier.law.book import LawBook

ASK: Mapping[str, type] = {
    "authority": str,
    "day": date,
    "days": int,
    "at": datetime,
    "minutes": int,
    "until": datetime,
}
NEEDED = (frozenset({"day"}), frozenset({"at"}))
EXPECT = frozenset(
    {
        "calendar", "working", "hours", "opens", "closes", "name", "citation", "status", "next", "doubtful",
        "nth", "counts_from", "after", "minutes", "field", "authority", "first", "last",
    }
)  # fmt: skip
"""Of a day: `working`, `hours` (as `07:00-11:30`), `opens`, `closes`, `name` of a day off (Vietnamese) with `citation`
and `status`, `next` working day, `doubtful`, `nth` working day; of a moment: `counts_from`, the time `after` so many
minutes, `minutes` until the other; of refusals: `field`, `authority`, `calendar`, `first`, `last`."""


def answer(book: LawBook, ask: Mapping[str, Any]) -> Mapping[str, Any]:
    """Ask the calendar; NoAnswer as `Calendars.of` and `Calendar` say."""
    calendar = book.calendars.of(ask.get("authority", ""))
    told: dict[str, Any] = {"calendar": calendar.id}
    if "day" in ask:
        told |= _of_day(calendar, ask["day"])
        if "days" in ask:
            told["nth"] = calendar.add_days(ask["day"], ask["days"])
    if "at" in ask:
        told["counts_from"] = calendar.counts_from(ask["at"])
        if "minutes" in ask:
            told["after"] = calendar.add_minutes(ask["at"], ask["minutes"])
        if "until" in ask:
            told["minutes"] = calendar.minutes_between(ask["at"], ask["until"])
    return told


def _of_day(calendar: Calendar, day: date) -> dict[str, Any]:
    off = calendar.day_off(day)
    return {
        "working": calendar.is_working(day),
        "hours": [f"{start:%H:%M}-{end:%H:%M}" for start, end in calendar.hours(day)],
        "opens": calendar.opens(day) or "none",
        "closes": calendar.closes(day) or "none",
        "name": off.name.vi if off else "none",
        "citation": off.basis.citation if off else "none",
        "status": off.basis.status if off else "none",
        "next": calendar.next_working_day(day),
        "doubtful": bool(calendar.doubts(day, day)),
    }
