"""`Calendar`: working days, office hours and arithmetic in working time of one authority, in its own time zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from verifier.law.answers import Doubt
from verifier.law.calendars.records import DayOff, MonthDay, Plan


@dataclass(frozen=True, eq=False)
class Calendar:
    """One calendar. Times that come in are aware (else NoAnswer `time-without-zone`); results are in its zone."""

    plan: Plan

    @property
    def id(self) -> str:
        """Id, as `viet-nam`."""
        return self.plan.id

    @property
    def zone(self) -> ZoneInfo:
        """The time zone that counts."""
        return self.plan.zone

    def is_working(self, day: date) -> bool:
        """Tell whether a day is a working day (ngày làm việc)."""
        raise NotImplementedError

    def hours(self, day: date) -> tuple[tuple[datetime, datetime], ...]:
        """Return opening and closing of each part of a day; empty on a rest day."""
        raise NotImplementedError

    def opens(self, day: date) -> datetime | None:
        """Return when the office opens first; None on a rest day."""
        raise NotImplementedError

    def closes(self, day: date) -> datetime | None:
        """Return when the office closes last; None on a rest day."""
        raise NotImplementedError

    def next_working_day(self, day: date) -> date:
        """Return the first working day after a day."""
        raise NotImplementedError

    def add_days(self, day: date, n: int) -> date:
        """Return the n-th working day after a day; for 0 the day itself where it is worked, else the next."""
        raise NotImplementedError

    def counts_from(self, at: datetime) -> datetime:
        """Return from when something filed at `at` counts: itself from opening to closing, else the next opening."""
        raise NotImplementedError

    def add_minutes(self, at: datetime, minutes: int) -> datetime:
        """Return when that much working time has passed; the end of a part of the day before the next begins."""
        raise NotImplementedError

    def minutes_between(self, a: datetime, b: datetime) -> int:
        """Return whole minutes of working time from `a` to `b`; negative where `b` is earlier."""
        raise NotImplementedError

    def day_off(self, day: date) -> DayOff | None:
        """Return the named day off; None on working days and plain weekends."""
        raise NotImplementedError

    def doubts(self, first: date, last: date) -> tuple[Doubt, ...]:
        """Return the days from `first` to `last` (both included) of which it is not certain whether they are worked."""
        raise NotImplementedError

    def month(self, year: int, month: int) -> tuple[MonthDay, ...]:
        """Return the days of a month."""
        raise NotImplementedError
