"""`Calendar`: working days, office hours and arithmetic in working time of one authority, in its own time zone."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from verifier.law.answers import Doubt
from verifier.law.calendars.records import FIRST_YEAR, LAST_YEAR, DayOff, MonthDay, Plan
from verifier.law.calendars.years import TICK, Year, moment, reckon, ticks
from verifier.law.records import NoAnswer, Words

_MINUTE = 60_000_000
"""In microseconds."""


@dataclass(frozen=True, eq=False, repr=False)
class Calendar:
    """One calendar. It answers for 2015 to 2100, else NoAnswer `calendar-out-of-range` (`calendar`, `first`, `last`).

    Times that come in are aware, else NoAnswer `time-without-zone`; times that go out are in its zone. Working time is
    time that really passes while the office is open, also where clocks are set forward or back.
    """

    plan: Plan
    # a year is reckoned when it is first asked for; two threads that ask at once reckon the same year twice, no more
    _years: dict[int, Year] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Calendar({self.id!r})"

    @property
    def id(self) -> str:
        """Id, as `viet-nam`."""
        return self.plan.id

    @property
    def name(self) -> Words:
        """Whose calendar it is."""
        return self.plan.name

    @property
    def zone(self) -> ZoneInfo:
        """The time zone that counts."""
        return self.plan.zone

    def is_working(self, day: date) -> bool:
        """Tell whether a day is a working day (ngày làm việc)."""
        return day in self._year(day.year).opened

    def hours(self, day: date) -> tuple[tuple[datetime, datetime], ...]:
        """Return opening and closing of each part of a day; empty on a rest day."""
        opened = self._year(day.year).opened.get(day, ())
        return tuple((moment(start, self.zone), moment(end, self.zone)) for start, end in opened)

    def opens(self, day: date) -> datetime | None:
        """Return when the office opens; None on a rest day."""
        opened = self._year(day.year).opened.get(day)
        return moment(opened[0][0], self.zone) if opened else None

    def closes(self, day: date) -> datetime | None:
        """Return when the office closes (hết giờ làm việc); None on a rest day."""
        opened = self._year(day.year).opened.get(day)
        return moment(opened[-1][1], self.zone) if opened else None

    def next_working_day(self, day: date) -> date:
        """Return the first working day after a day."""
        return self.add_days(day, 1)

    def add_days(self, day: date, n: int) -> date:
        """Return the n-th working day after a day; for 0 the day itself where it is worked, else the next.

        NoAnswer `count-wrong` (`field`) where n is negative.
        """
        if n < 0:
            raise NoAnswer("count-wrong", "days must not be negative", field="days")
        if n == 0:
            return day if self.is_working(day) else self.add_days(day, 1)
        number = day.year
        year = self._year(number)
        index = bisect_right(year.working, day) + n - 1
        while index >= len(year.working):
            index -= len(year.working)
            number += 1
            year = self._year(number)
        return year.working[index]

    def counts_from(self, at: datetime) -> datetime:
        """Return from when something filed at `at` counts.

        Itself from the opening to the closing of a working day, both included, and during lunch; before the opening:
        that opening; after the closing, or on a rest day: the opening of the next working day.
        """
        local = self._local(at)
        opening, closing = self.opens(local.date()), self.closes(local.date())
        if opening is None or closing is None or ticks(local) > ticks(closing):
            return self.hours(self.add_days(local.date(), 1))[0][0]
        return max(local, opening, key=ticks)

    def add_minutes(self, at: datetime, minutes: int) -> datetime:
        """Return the first time at which so many minutes of working time have passed since `at`.

        Where it ends with the morning or with the day: that closing, not the next opening. For 0 minutes: `at` itself
        within office hours (opening and closing included), else the next opening. NoAnswer `count-wrong` (`field`)
        where minutes are negative.
        """
        return self._later(at, minutes * _MINUTE)

    def add_time(self, at: datetime, time: timedelta) -> datetime:
        """Return the first time at which so much working time has passed since `at`, exactly; as `add_minutes`."""
        return self._later(at, time // TICK)

    def _later(self, at: datetime, passing: int) -> datetime:
        if passing < 0:
            raise NoAnswer("count-wrong", "minutes must not be negative", field="minutes")
        local = self._local(at)
        number, instant = local.year, ticks(local)
        year = self._year(number)
        if passing == 0:
            while (opened := year.open_from(instant)) is None:
                number += 1
                year = self._year(number)
            return moment(opened, self.zone)
        wanted = year.passed(instant) + passing
        while wanted > year.total:
            wanted -= year.total
            number += 1
            year = self._year(number)
        return moment(year.reached(wanted), self.zone)

    def minutes_between(self, a: datetime, b: datetime) -> int:
        """Return the whole minutes of working time from `a` to `b`; negative where `b` is earlier."""
        time = self.time_between(a, b) // TICK
        return time // _MINUTE if time >= 0 else -(-time // _MINUTE)

    def time_between(self, a: datetime, b: datetime) -> timedelta:
        """Return the working time from `a` to `b`, exactly; negative where `b` is earlier."""
        first, last = self._local(a), self._local(b)
        if ticks(last) < ticks(first):
            return -self.time_between(b, a)
        between = sum(self._year(number).total for number in range(first.year, last.year))
        passed = between + self._year(last.year).passed(ticks(last)) - self._year(first.year).passed(ticks(first))
        return passed * TICK

    def day_off(self, day: date) -> DayOff | None:
        """Return the named day off; None on working days and plain weekends."""
        return self._year(day.year).days_off.get(day)

    def doubts(self, first: date, last: date) -> tuple[Doubt, ...]:
        """Return the days from `first` to `last`, both included, of which it is not certain whether they are worked.

        They are counted as they stand: as working days where their weekday is one. In a year without a schedule every
        day is doubtful that is not off by law on its date.
        """
        days = (first + timedelta(days=number) for number in range((last - first).days + 1))
        return tuple(doubt for day in days if (doubt := self._doubt(day)))

    def month(self, year: int, month: int) -> tuple[MonthDay, ...]:
        """Return the days of a month; NoAnswer `count-wrong` (`field`) where there is no such month."""
        if not 1 <= month <= 12:
            raise NoAnswer("count-wrong", "a month is 1 to 12", field="month")
        self._year(year)
        first = date(year, month, 1)
        days = [first + timedelta(days=number) for number in range(31)]
        return tuple(self._month_day(day) for day in days if day.month == month)

    def _month_day(self, day: date) -> MonthDay:
        named = self.day_off(day) or self.plan.worked.get(day)
        doubt, hours = self._doubt(day), self.hours(day)
        return MonthDay(day, bool(hours), hours, named.name if named else None, doubt.words if doubt else None)

    def _doubt(self, day: date) -> Doubt | None:
        year = self._year(day.year)
        if day.year in self.plan.years or day in year.days_off:
            return self.plan.doubts.get(day)
        return Doubt(day, self.plan.unscheduled.words, self.plan.unscheduled.basis)

    def _local(self, at: datetime) -> datetime:
        if at.utcoffset() is None:
            raise NoAnswer("time-without-zone", "a time without a zone is no instant")
        if not FIRST_YEAR <= at.year <= LAST_YEAR:  # also keeps away times that no other zone can say
            raise self._out_of_range()
        return at.astimezone(self.zone)

    def _year(self, number: int) -> Year:
        found = self._years.get(number)
        if found is None:
            if not FIRST_YEAR <= number <= LAST_YEAR:
                raise self._out_of_range()
            found = self._years[number] = reckon(self.plan, number)
        return found

    def _out_of_range(self) -> NoAnswer:
        return NoAnswer(
            "calendar-out-of-range",
            f"{self.id} answers for {FIRST_YEAR} to {LAST_YEAR}",
            calendar=self.id,
            first=str(FIRST_YEAR),
            last=str(LAST_YEAR),
        )
