"""Working days and office hours (ngày làm việc, giờ làm việc) of each authority, and arithmetic in working time.

One data file a calendar, and `authorities.toml`: whose calendar is which. `NoAnswer` codes: `calendar-unknown`
(`authority`), `calendar-out-of-range` (`calendar`, `first`, `last`: years), `time-without-zone`, `count-wrong`
(`field`: `days` or `minutes`).
"""

from __future__ import annotations

from datetime import date

from verifier.law.calendars.calendar import Calendar
from verifier.law.calendars.records import DayOff, MonthDay
from verifier.law.source import Source

__all__ = ["Calendar", "Calendars", "DayOff", "MonthDay"]


class Calendars:
    """Every calendar that the data know, and which one an authority keeps."""

    @classmethod
    def read(cls, source: Source) -> Calendars:
        """Read the folder; BadLaw at the first thing that is not as it must be."""
        raise NotImplementedError

    @property
    def ids(self) -> frozenset[str]:
        """Ids of the calendars, as `viet-nam`."""
        raise NotImplementedError

    def of(self, authority: str, day: date | None = None) -> Calendar:
        """Return the calendar of an authority by its code, or by id of the calendar; empty: that of Viet Nam.

        `day` chooses between dated entries; None: the last. NoAnswer `calendar-unknown`.
        """
        raise NotImplementedError
