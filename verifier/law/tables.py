"""Strict reading of one TOML table: a wrong type, a missing key and an unknown key are each refused with one line."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from itertools import pairwise
from typing import Any

from verifier.law.records import STATUSES, Absence, BadLaw, Cited, Entry, Words


class Table:
    """A table of a data file; take what is known, then `end` refuses what is left."""

    def __init__(self, told: object, where: str) -> None:
        """`where` names file and table in errors."""
        if not isinstance(told, dict):
            raise BadLaw(f"{where}: a table was expected")
        self._told: dict[str, Any] = dict(told)
        self.where = where

    def fault(self, what: str) -> BadLaw:
        """Return the refusal of this table."""
        return BadLaw(f"{self.where}: {what}")

    def text(self, key: str, default: str | None = None) -> str:
        """Take a text that is not empty; with a default it may be missing."""
        return str(self._take(key, str, default))

    def flag(self, key: str, *, default: bool | None = None) -> bool:
        """Take a boolean; one without a default must be there."""
        return bool(self._take(key, bool, default))

    def size(self, key: str, default: float | None = None) -> float:
        """Take a number above zero."""
        value = self._take(key, (int, float), default)
        if isinstance(value, bool) or (value <= 0 and value != default):
            raise self.fault(f"{key} must be a number above 0")
        return float(value)

    def sizes(self, key: str) -> tuple[float, ...]:
        """Take a list of numbers above zero, each smaller than the one before."""
        value = self._take(key, list, None)
        good = value and all(isinstance(one, (int, float)) and not isinstance(one, bool) and one > 0 for one in value)
        if not good or sorted(set(value), reverse=True) != value:
            raise self.fault(f"{key} must be a list of numbers above 0, falling")
        return tuple(float(one) for one in value)

    def count(self, key: str, default: int | None = None, *, least: int = 0) -> int:
        """Take a whole number of at least `least`; a default is taken as it is."""
        value = self._take(key, int, default)
        if value < least and value != default:
            raise self.fault(f"{key} must be a whole number of at least {least}")
        return int(value)

    def day(self, key: str) -> date | None:
        """Take a date; None where there is none."""
        value = self._told.pop(key, None)
        if value is not None and (not isinstance(value, date) or isinstance(value, datetime)):
            raise self.fault(f"{key} must be a date")
        return value

    def days(self, key: str) -> tuple[date, ...]:
        """Take a list of dates, rising, at least one."""
        value = self._take(key, list, None)
        if not value or not all(isinstance(one, date) and not isinstance(one, datetime) for one in value):
            raise self.fault(f"{key} must be a list of dates")
        if sorted(set(value)) != value:
            raise self.fault(f"{key} must rise")
        return tuple(value)

    def one_of(self, key: str, allowed: tuple[str, ...], default: str | None = None) -> str:
        """Take one of a few words."""
        value = self.text(key, default)
        if value not in allowed:
            raise self.fault(f"{key} must be one of {', '.join(allowed)}")
        return value

    def texts(self, key: str, allowed: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Take a list of texts, empty where there is none."""
        value = self._told.pop(key, [])
        if not isinstance(value, list) or not all(isinstance(one, str) and one.strip() for one in value):
            raise self.fault(f"{key} must be a list of texts")
        if len(set(value)) < len(value):
            raise self.fault(f"{key} holds a text twice")
        if unknown := [one for one in value if allowed and one not in allowed]:
            raise self.fault(f"{key} holds {unknown[0]!r}, not one of {', '.join(allowed)}")
        return tuple(value)

    def entry(self) -> Entry:
        """Take what every entry says of itself: `from`, `until`, `status`, `citation`, `note`."""
        since, until = self.day("from"), self.day("until")
        if since is None and until is None:
            raise self.fault("from is missing")
        if since is not None and until is not None and until <= since:
            raise self.fault("until does not follow from")
        status, citation = self.one_of("status", STATUSES), self.text("citation")
        return Entry(since=since, until=until, status=status, citation=citation, note=self.text("note", ""))

    def basis(self) -> Cited:
        """Take `status` and `citation` of a line that must say them itself."""
        return Cited(self.one_of("status", STATUSES), self.text("citation"))

    def absence(self, id_: str) -> Absence:
        """Take the whole table as a period in which there is no `id_`: its entry and `reason`."""
        absence = Absence(id_, self.entry(), self.words("reason"))
        self.end()
        return absence

    def cited(self, entry: Entry | Cited) -> Cited:
        """Take `status` and `citation` of a line; those of its entry where it says none."""
        return Cited(self.one_of("status", STATUSES, entry.status), self.text("citation", entry.citation))

    def words(self, key: str = "", *, needed: bool = True, english: bool = True) -> Words:
        """Take a wording: `vi` and `en` of this table, or of its table `key`.

        `english`: whether there must be English; law prescribes some wordings in Vietnamese alone.
        """
        if key:
            if key not in self._told and not needed:
                return Words("")
            inner = self.table(key)
            found = inner.words(english=english)
            inner.end()
            return found
        found = Words(self.text("vi", None if needed else ""), self.text("en", ""))
        if english and bool(found.vi) != bool(found.en):
            raise self.fault(f"{'en' if found.vi else 'vi'} is missing")
        return found

    def conditions(self, key: str) -> Mapping[str, tuple[str, ...]]:
        """Take a table of lists of texts, empty where there is none."""
        if key not in self._told:
            return {}
        inner = self.table(key)
        found = {name: inner.texts(name) for name in inner.names()}
        if not all(found.values()):
            raise inner.fault("a condition without a value")
        return found

    def table(self, key: str) -> Table:
        """Take a table."""
        return Table(self._told.pop(key, None), f"{self.where}, {key}")

    def tables(self, key: str) -> tuple[Table, ...]:
        """Take a list of tables, empty where there is none."""
        value = self._told.pop(key, [])
        if not isinstance(value, list):
            raise self.fault(f"{key} must be a list of tables")
        return tuple(Table(one, f"{self.where}, {key} {number}") for number, one in enumerate(value, start=1))

    def values(self, key: str) -> Mapping[str, Any]:
        """Take a table of plain values as it stands, for a reader that knows their kinds."""
        value = self._told.pop(key, None)
        if not isinstance(value, dict):
            raise self.fault(f"{key} must be a table")
        return dict(value)

    def names(self) -> tuple[str, ...]:
        """Return the keys that are not taken yet."""
        return tuple(self._told)

    def has(self, key: str) -> bool:
        """Tell whether a key is there and not taken yet."""
        return key in self._told

    def end(self) -> None:
        """Refuse what nobody took."""
        if self._told:
            raise self.fault(f"unknown key {min(self._told)!r}")

    def _take(self, key: str, kind: type | tuple[type, ...], default: Any) -> Any:
        if key not in self._told and default is not None:
            return default
        if key not in self._told:
            raise self.fault(f"{key} is missing")
        value = self._told.pop(key)
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise self.fault(f"{key} has the wrong type")
        if isinstance(value, str) and not value.strip():
            raise self.fault(f"{key} is empty")
        return value


def parsed(text: str, where: str) -> Table:
    """Read a data file; BadLaw where it is not TOML."""
    try:
        return Table(tomllib.loads(text), where)
    except tomllib.TOMLDecodeError as error:
        raise BadLaw(f"{where}: not TOML: {error}") from None


def refuse_twice(names: Iterable[str], where: str) -> None:
    """Refuse a name that stands twice."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise BadLaw(f"{where}: {name} stands twice")
        seen.add(name)


def refuse_gap(entries: Iterable[Entry], since: date, until: date | None, where: str) -> None:
    """Refuse entries of one subject of which none holds on some day from `since` to the last before `until`."""
    day = since
    for entry in sorted(entries, key=lambda one: one.since or date.min):
        if entry.holds(day):
            if entry.until is None:
                return
            day = entry.until
    if until is None or day < until:
        raise BadLaw(f"{where}: nothing holds on {day}")


def refuse_overlap(entries: Iterable[Entry], where: str) -> None:
    """Refuse entries of one subject of which two hold on one day; `where` names file and subject."""
    ordered = sorted(entries, key=lambda one: one.since or date.min)
    for entry, later in pairwise(ordered):
        if entry.holds(later.since or date.min):
            raise BadLaw(f"{where}: two entries hold on {later.since or 'the first day'}")
