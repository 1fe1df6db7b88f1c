"""What is counted and bound when a book is closed (khóa sổ): its totals, and a hash over all that stands in it. Pure.

Decree 23/2015/NĐ-CP Art. 13(1): at the end of the year the book is closed, and its acts are counted.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from verifier.storage.registers import RegisterBook, RegisterCorrection, RegisterEntry

FALLEN = ("annulled", "replaced")
"""States that an issued entry may take after its book was closed."""


@dataclass
class Month:
    """What stands in a book of one month."""

    month: int
    first: int = 0
    last: int = 0
    acts: int = 0
    """Done: entered and not cancelled."""
    copies: int = 0
    fees: int = 0
    """Whole đồng."""


@dataclass
class Totals:
    """What stands in a book."""

    entries: int = 0
    issued: int = 0
    """In force when it was counted."""
    cancelled: int = 0
    annulled: int = 0
    replaced: int = 0
    reserved: int = 0
    acts: int = 0
    """Done: entered and not cancelled."""
    copies: int = 0
    """Copies or papers certified."""
    fees: int = 0
    """Whole đồng, of acts whose fee is known."""
    corrections: int = 0
    months: dict[int, Month] = field(default_factory=dict)
    """By month in which the number was taken, where the authority sits."""

    def told(self) -> dict[str, Any]:
        """Return them as JSON; months in a list."""
        return {**asdict(self), "months": [asdict(one) for _, one in sorted(self.months.items())]}


class Reckoning:
    """Goes through a book entry by entry: counts and binds."""

    def __init__(self, book: RegisterBook, zone: ZoneInfo, corrections: Iterable[RegisterCorrection]) -> None:
        """`corrections`: those that stand in this book, of whatever year their entries are."""
        self._closed_at, self._zone = book.closed_at, zone
        self._corrections = tuple(corrections)
        self._of_entry = by_entry(one for one in self._corrections if one.year == book.year)
        self.totals = Totals(corrections=len(self._corrections))
        self.fallen_at: datetime | None = None
        """When the last of the entries taken so far fell; None where none did."""
        named = [str(book.authority_id), book.symbol, book.year, _iso(book.opened_at), dict(book.volumes)]
        self._hash = hashlib.sha256(_line(named)).digest()

    def add(self, entry: RegisterEntry) -> None:
        """Take the next entry, in the order of the numbers."""
        entry = at_closing(entry, self._closed_at)
        if entry.state in FALLEN:
            self.fallen_at = max(entry.changed_at, self.fallen_at or entry.changed_at)
        self._bind(entry_line(entry))
        self._count(entry, effective(entry, self._of_entry.get(entry.number, ())))

    def chain(self) -> str:
        """Return the hash over the book's name, all entries taken so far and the corrections; hexadecimal."""
        last = self._hash
        for one in self._corrections:
            last = hashlib.sha256(last + _line(_correction(one))).digest()
        return last.hex()

    def _bind(self, line: bytes) -> None:
        self._hash = hashlib.sha256(self._hash + line).digest()

    def _count(self, entry: RegisterEntry, columns: Mapping[str, Any]) -> None:
        totals = self.totals
        totals.entries += 1
        setattr(totals, entry.state, getattr(totals, entry.state) + 1)
        number = entry.reserved_at.astimezone(self._zone).month
        month = totals.months.setdefault(number, Month(number, first=entry.number))
        month.last = entry.number
        if entry.state in ("cancelled", "reserved"):
            return
        for counted in (totals, month):
            counted.acts += 1
            counted.copies += columns.get("count") or 0
            counted.fees += columns.get("fee") or 0


def by_entry(corrections: Iterable[RegisterCorrection]) -> Mapping[int, Sequence[RegisterCorrection]]:
    """Return corrections by number of their entry, oldest first."""
    found: dict[int, list[RegisterCorrection]] = defaultdict(list)
    for one in corrections:
        found[one.number].append(one)
    return found


def effective(entry: RegisterEntry, corrections: Iterable[RegisterCorrection]) -> Mapping[str, Any]:
    """Return an entry's columns as they hold with the corrections; counts and fees as numbers."""
    found = dict(entry.columns)
    for one in corrections:
        counted = one.column in ("count", "fee")
        found[one.column] = (int(one.after) if one.after else None) if counted else one.after
    return found


def at_closing(entry: RegisterEntry, closed_at: datetime | None) -> RegisterEntry:
    """Return an entry as it stood when its book was closed: what fell afterwards was issued then."""
    if closed_at is None or entry.state not in FALLEN or entry.changed_at <= closed_at:
        return entry
    return RegisterEntry(**{**vars(entry), "state": "issued", "reason": ""})


def entry_line(entry: RegisterEntry) -> bytes:
    """Return an entry as it is bound: everything but when it last changed."""
    told = {name: value for name, value in vars(entry).items() if name != "changed_at"}
    return _line({name: _plain(value) for name, value in told.items()})


def _correction(one: RegisterCorrection) -> dict[str, Any]:
    return {name: _plain(value) for name, value in vars(one).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return _iso(value)
    return value if value is None or isinstance(value, (str, int, Mapping)) else str(value)


def _iso(at: datetime) -> str:
    return at.astimezone(ZoneInfo("UTC")).isoformat()


def _line(told: Any) -> bytes:
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
