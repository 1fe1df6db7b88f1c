"""Looking an entry of a register up by number and day (tra cứu công khai), by whoever has the paper in hand.

Decree 293/2026/NĐ-CP Art. 21(3): anybody sees what clause 2 names, and no more. From when on the public may is a switch
of the book's data (`law/codes/books.toml`); officers look into their books at any time (`Books.find`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from verifier.errors import BadRequest
from verifier.law.book import LawBook
from verifier.law.codes import Book
from verifier.law_desk import answered
from verifier.register.closing import by_entry, effective
from verifier.register.numbers import number_text
from verifier.storage.authorities import Authority
from verifier.storage.database import Database, UnitOfWork
from verifier.storage.registers import RegisterEntry
from verifier.storage.scope import SYSTEM, of

STANDINGS: Mapping[str, str] = {"issued": "in-force", "annulled": "annulled", "replaced": "replaced"}
"""How a document stands, by state of its entry; a number under which nothing was issued is none."""
DIGITS = 9
"""Of a number, at most."""


@dataclass(frozen=True)
class Entered:
    """What the public sees of an entry."""

    authority: Authority
    standing: str
    """One of the values of `STANDINGS`."""
    number: str
    """As printed."""
    day: date
    """Of the entry, where the authority sits."""
    since: date | None
    """Day on which it was annulled or replaced."""
    columns: Mapping[str, str]
    """What else the book holds by its law, as it holds with corrections; by id of the column."""


@dataclass(frozen=True)
class Lookup:
    """Looks entries up for everybody."""

    database: Database
    law: LawBook
    clock: Callable[[], datetime]

    def book(self, symbol: str) -> Book:
        """Return a book that the public may look into today; BadRequest `lookup-closed`."""
        with answered():
            found = self.law.codes.book(symbol, self.law.codes.day_of(self.clock()))
        if not found.lookup or not self.law.source.on(found.lookup):
            raise BadRequest("lookup-closed")
        return found

    def open(self, symbol: str) -> bool:
        """Tell whether the public may look into a book today."""
        try:
            self.book(symbol)
        except BadRequest:
            return False
        return True

    def find(self, symbol: str, number: str, day: date) -> tuple[Entered, ...]:
        """Return what was entered under a number on a day, by authority; number and day must both be right.

        BadRequest as `book`.
        """
        book, text = self.book(symbol), number.strip()
        if not (text.isascii() and text.isdigit() and len(text) <= DIGITS):
            return ()
        with self.database.unit(SYSTEM) as unit:
            found = unit.registers.by_number(symbol, day.year, int(text))
        told = (self._entered(book, one) for one in found if one.state in STANDINGS)
        return tuple(one for one in told if one is not None and one.day == day)

    def _entered(self, book: Book, entry: RegisterEntry) -> Entered | None:
        with self.database.unit(of(entry.authority_id)) as unit:
            authority = unit.authorities.get(entry.authority_id)
            columns = _columns(unit, book, entry)
        if authority is None:
            return None
        zone = ZoneInfo(authority.time_zone)
        standing = STANDINGS[entry.state]
        since = None if standing == "in-force" else entry.changed_at.astimezone(zone).date()
        day = entry.reserved_at.astimezone(zone).date()
        return Entered(authority, standing, number_text(entry.number), day, since, columns)


def _columns(unit: UnitOfWork, book: Book, entry: RegisterEntry) -> Mapping[str, str]:
    corrections = by_entry(unit.registers.corrections(entry.symbol, entry.year)).get(entry.number, ())
    held = effective(entry, corrections)
    return {one.id: str(held[one.id]) for one in book.columns if held.get(one.id) not in (None, "")}
