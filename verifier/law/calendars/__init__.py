"""Working days and office hours (ngày làm việc, giờ làm việc) of each authority, and arithmetic in working time.

One data file a calendar, and `authorities.toml`: whose calendar is which. `NoAnswer` codes: `calendar-unknown`
(`authority`), `calendar-out-of-range` (`calendar`, `first`, `last`: years), `time-without-zone`, `count-wrong`
(`field`: `days`, `minutes` or `month`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from verifier.law.calendars.calendar import Calendar
from verifier.law.calendars.reader import read_authorities, read_plan
from verifier.law.calendars.records import Authorities, DayOff, MonthDay
from verifier.law.records import NoAnswer
from verifier.law.source import Source

__all__ = ["Calendar", "Calendars", "DayOff", "MonthDay"]


_AUTHORITIES = "calendars/authorities.toml"


@dataclass(frozen=True)
class Calendars:
    """Every calendar that the data know, and which one an authority keeps."""

    by_id: Mapping[str, Calendar]
    authorities: Authorities

    @classmethod
    def read(cls, source: Source) -> Calendars:
        """Read the folder; BadLaw at the first thing that is not as it must be."""
        plans = [read_plan(source, name) for name in source.names("calendars") if name != _AUTHORITIES]
        by_id = {plan.id: Calendar(plan) for plan in plans}
        return cls(by_id, read_authorities(source, frozenset(by_id)))

    @property
    def ids(self) -> frozenset[str]:
        """Ids of the calendars, as `viet-nam`."""
        return frozenset(self.by_id)

    def of(self, authority: str, day: date | None = None) -> Calendar:
        """Return the calendar of an authority by its code, or by id of the calendar; empty: that of Viet Nam.

        `day` chooses between dated entries; None: the last. NoAnswer `calendar-unknown` (`authority`).
        """
        id_ = authority or self.authorities.usual
        if id_ not in self.by_id:
            id_ = self.authorities.calendar(authority, day)
        if not id_:
            raise NoAnswer("calendar-unknown", f"no calendar is known of {authority!r}", authority=authority)
        return self.by_id[id_]
