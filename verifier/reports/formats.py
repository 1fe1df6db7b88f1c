"""How times, numbers and sizes are written in each language; and Words, the catalogue in one language and zone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo

from verifier.plain import visible
from verifier.reports.catalogue import has, text

HANOI = timezone(timedelta(hours=7))
"""Viet Nam keeps UTC+7 all year."""

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_UNITS = ("B", "kB", "MB", "GB")


@dataclass(frozen=True)
class Moment:
    """One instant, written for people and for machines."""

    text: str
    """`22/11/2026 14:03` or `22 Nov 2026, 14:03`."""
    zone: str
    """The zone that `text` is in, e.g. `giờ Hà Nội (UTC+7)`."""
    iso: str
    """ISO 8601 in UTC, ending in Z, for `<time datetime>`."""


@dataclass(frozen=True)
class Words:
    """All texts in one language, with times in one zone. Values put in are made visible plain text."""

    lang: str
    zone: tzinfo = HANOI

    def text(self, code: str, params: Mapping[str, str] | None = None, /, **more: str) -> str:
        """Return one text, filled; KeyError for an unknown code."""
        values = {**(params or {}), **more}
        return text(code, self.lang, **{name: visible(value) for name, value in values.items()})

    def word(self, group: str, key: str, /, **params: str) -> str:
        """Return a word of a group, or the key itself where there is none."""
        code = f"words.{group}.{key}"
        return self.text(code, params) if has(code) else visible(key)

    def plain(self, value: str) -> str:
        """Return a value from a document as visible plain text."""
        return visible(value)

    def moment(self, instant: datetime) -> Moment:
        """Write an aware instant."""
        return Moment(self.local(instant), self.zone_name(instant), iso(instant))

    def local(self, instant: datetime) -> str:
        """Write date and time of an aware instant, in the zone, without naming it."""
        at = self._in_zone(instant)
        return f"{self.date(at)}{' ' if self.lang == 'vi' else ', '}{at:%H:%M}"

    def date(self, at: date) -> str:
        """Write the date alone, of a date or datetime as it stands."""
        if self.lang == "vi":
            return f"{at:%d/%m/%Y}"
        return f"{at.day} {_MONTHS[at.month - 1]} {at.year}"

    def when(self, instant: datetime) -> str:
        """Write an aware instant with its zone, short: `22/11/2026 14:03 UTC+7`."""
        return f"{self.local(instant)} {_offset(self._in_zone(instant))}"

    def zone_name(self, instant: datetime) -> str:
        """Name the zone at an instant."""
        offset = _offset(self._in_zone(instant))
        return self.text("words.zone.hanoi") if offset == "UTC+7" else self.text("words.zone.other", offset=offset)

    def age(self, span: timedelta) -> str:
        """Write a span in its greatest whole unit."""
        seconds = int(span.total_seconds())
        for unit, size in (("days", 86400), ("hours", 3600), ("minutes", 60)):
            if seconds >= size:
                return self.text(f"words.age.{unit}", count=self.number(seconds // size))
        return self.text("words.age.seconds")

    def number(self, value: float, decimals: int = 0) -> str:
        """Write a number: `1.482` and `97,8` in Vietnamese, `1,482` and `97.8` in English."""
        english = f"{value:,.{decimals}f}"
        return english.translate(str.maketrans(",.", ".,")) if self.lang == "vi" else english

    def size(self, octets: int) -> str:
        """Write a file size with one decimal from kB upwards: `1,8 MB`."""
        value, unit = float(octets), 0
        while value >= 1000 and unit < len(_UNITS) - 1:
            value, unit = value / 1000, unit + 1
        return f"{self.number(value, 1 if unit else 0)} {_UNITS[unit]}"

    def listing(self, items: Iterable[str]) -> str:
        """Join names, each once, in order."""
        return ", ".join(dict.fromkeys(items))

    def _in_zone(self, instant: datetime) -> datetime:
        """Return an instant in the zone; in UTC at the ends of time (a certificate may end in the year 9999)."""
        try:
            return instant.astimezone(self.zone)
        except OverflowError:
            return instant.astimezone(UTC)


def iso(instant: datetime) -> str:
    """Write an aware instant as ISO 8601 in UTC, ending in Z."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _offset(at: datetime) -> str:
    minutes = int((at.utcoffset() or timedelta()).total_seconds() // 60)
    if not minutes:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'+' if minutes > 0 else '-'}{hours}{f':{rest:02d}' if rest else ''}"
