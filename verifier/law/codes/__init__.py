"""Codes, numbers and register books (mã hồ sơ, số chứng thực, sổ chứng thực, mã trạng thái) as dated, cited data.

Refusals (`NoAnswer`): `register-code-wrong` (`field`, `text`): a code or number that cannot be made of what was given;
`book-unknown` (`symbol`): there is no such book on that day; `list-unknown` (`adapter`, `list`): no such code list.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from verifier.law.codes import reading
from verifier.law.codes.records import (
    Adapter,
    Book,
    Coded,
    CodeList,
    Column,
    DossierCode,
    NationalId,
    Numbering,
    Pattern,
    Placement,
    Rule,
    Sector,
    Status,
)
from verifier.law.records import BadLaw, NoAnswer
from verifier.law.source import Source

__all__ = [
    "Adapter",
    "Book",
    "CodeList",
    "Codes",
    "Column",
    "DossierCode",
    "NationalId",
    "Numbering",
    "Pattern",
    "Placement",
    "Rule",
    "Sector",
    "Status",
    "numbering",
]

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
"""In whose days dossier codes count, wherever the authority sits."""
_AGENCY = re.compile(r"[A-Z0-9]+(\.[A-Z0-9]+)*")
_CODE = re.compile(r"(?P<agency>[A-Z0-9.]+)-(?P<day>[0-9]{6}|[0-9]{8})-(?P<ordinal>[0-9]+)")
_CENTURY = 2000
WORKS = "LoaiCongViec"
"""The code list of kinds of work."""
_LONGEST = 100
"""Characters of a text that can be a dossier code."""


@lru_cache
def numbering() -> Numbering:
    """Return how numbers and books are written, by the data that this release ships."""
    return reading.numbering(Source())


@dataclass(frozen=True)
class Codes:
    """All codes, numbers and books that the data know."""

    patterns: tuple[Pattern, ...]
    agencies: tuple[Sector, ...]
    """Agencies of the first level, as `G08`."""
    sectors: tuple[Sector, ...]
    numbering: Numbering
    all_books: tuple[Book, ...]
    statuses: tuple[Status, ...]
    """Of the portal, by number."""
    counting: tuple[Rule, ...]
    """How the portal counts what is on time."""
    adapters: tuple[Adapter, ...]
    procedures: tuple[NationalId, ...]
    results: tuple[NationalId, ...]
    all_placements: tuple[Placement, ...]

    @classmethod
    def read(cls, source: Source) -> Codes:
        """Read the files of this folder; BadLaw where they must not be used."""
        dossiers, portal = source.table(reading.DOSSIERS), source.table(reading.PORTAL)
        national = source.table(reading.NATIONAL)
        written, books = reading.books(source.table(reading.BOOKS))
        found = cls(
            patterns=reading.patterns(dossiers),
            agencies=reading.sectors(dossiers, "agency"),
            sectors=reading.sectors(dossiers, "sector"),
            numbering=written,
            all_books=books,
            statuses=tuple(sorted(reading.statuses(portal), key=lambda one: one.code)),
            counting=reading.rules(portal),
            adapters=reading.adapters(portal),
            procedures=reading.national(national, "procedure"),
            results=reading.national(national, "result"),
            all_placements=reading.placements(source.table(reading.WORDINGS)),
        )
        for table in (dossiers, portal, national):
            table.end()
        if not found.patterns:
            raise BadLaw(f"{reading.DOSSIERS}: there is no pattern")
        return found

    def refuse_unknown(self, *, procedures: frozenset[str], forms: frozenset[str]) -> None:
        """Refuse numbers and books of procedures, and places of wordings, that nobody knows; BadLaw."""
        for place in self.all_placements:
            if missing := sorted(set(place.wordings) - forms):
                raise BadLaw(f"{reading.WORDINGS}: {place.id} names {missing[0]!r}, which is no form")
        for one in (*self.procedures, *self.results):
            if unknown := sorted(set(one.procedures) - procedures):
                raise BadLaw(f"{reading.NATIONAL}: {one.id} names {unknown[0]!r}, which is no procedure")
        works = {one.code for adapter in self.adapters for one in _values(adapter, WORKS)}
        for book in self.all_books:
            if unheard := sorted(set(book.on_paper) - procedures - works):
                raise BadLaw(f"{reading.BOOKS}: {book.symbol} names {unheard[0]!r}, no procedure and no kind of work")

    # --- dossier codes ------------------------------------------------------------------------------------------------

    @staticmethod
    def day_of(at: datetime) -> date:
        """Return the day on which a dossier code counts an instant: that of Viet Nam. `at` is aware."""
        return at.astimezone(ZONE).date()

    def dossier_code(self, agency: str, day: date, ordinal: int) -> str:
        """Make a dossier code: `G08-261123-0001`, with more digits where a day has more than 9999 dossiers.

        `day` as `day_of` gives it, `ordinal` of that day from 1. NoAnswer `register-code-wrong` (`field`: agency, day,
        ordinal).
        Decree 61/2018 Art. 26, Circular 01/2018/TT-VPCP Art. 19 (mã hồ sơ thủ tục hành chính).
        """
        pattern = self._pattern(day)
        if not _fits(agency, pattern):
            raise _wrong("agency", agency)
        if not _CENTURY <= day.year < _CENTURY + 100:
            raise _wrong("day", day.isoformat())
        if not 1 <= ordinal < 10**pattern.most_digits:
            raise _wrong("ordinal", str(ordinal))
        written = day.strftime("%y%m%d") if pattern.made == "YYMMDD" else day.strftime("%Y%m%d")
        return f"{agency}-{written}-{ordinal:0{pattern.digits}d}"

    def read_dossier_code(self, text: str) -> DossierCode | None:
        """Take a dossier code apart, ours or one that another system made; None where it is none.

        Spaces around it and small letters are forgiven. A code proves nothing: it can be guessed.
        """
        plain = text.strip().upper() if len(text) <= _LONGEST and text.isascii() else ""
        found = _CODE.fullmatch(plain)
        if found is None:
            return None
        day = _day(found["day"])
        if day is None:
            return None
        pattern, ordinal = self._pattern(day), found["ordinal"]
        form = "YYMMDD" if len(found["day"]) == len("YYMMDD") else "YYYYMMDD"
        fits = _fits(found["agency"], pattern) and form in pattern.read
        if not fits or not pattern.least_digits <= len(ordinal) <= pattern.most_digits or int(ordinal) == 0:
            return None
        return DossierCode(plain, found["agency"], day, int(ordinal))

    def result_file(self, code: str, number: int) -> str:
        """Return the name of the file of a result: `{code}-KQ(1)`; NoAnswer `register-code-wrong`.

        Decree 45/2020 Art. 14(3)d.
        """
        read = self.read_dossier_code(code)
        if read is None:
            raise _wrong("code", code)
        if number < 1:
            raise _wrong("number", str(number))
        return self._pattern(read.day).result_file.format(code=read.text, number=number)

    def _pattern(self, day: date) -> Pattern:
        """Return the pattern of a day; the first one for days before it, which older systems wrote alike."""
        return next((one for one in self.patterns if one.entry.holds(day)), self.patterns[0])

    # --- register books -----------------------------------------------------------------------------------------------

    def books(self, day: date) -> tuple[Book, ...]:
        """Return the register books of a day, in the order of the file."""
        return tuple(one for one in self.all_books if one.entry.holds(day))

    def book(self, symbol: str, day: date) -> Book:
        """Return a book by its symbol, as `SCT/BS`; NoAnswer `book-unknown` (`symbol`)."""
        found = next((one for one in self.books(day) if one.symbol == symbol), None)
        if found is None:
            raise NoAnswer("book-unknown", f"there is no book {symbol!r} on {day}", symbol=symbol)
        return found

    def paper_book(self, of: str, day: date) -> Book | None:
        """Return the book of what a procedure, or a kind of work, gives on paper; None where it gives nothing so."""
        return next((one for one in self.books(day) if of in one.on_paper), None)

    def number(self, book: Book, number: int) -> str:
        """Write a number of a book: `01`, `02` … `100`; `01/ĐT` electronically; NoAnswer `register-code-wrong`."""
        if number < 1:
            raise _wrong("number", str(number))
        return self.numbering.number_text(number, electronic=book.electronic)

    def placements(self, wording: str, day: date) -> tuple[Placement, ...]:
        """Return where a wording stands on the paper, by the id of its form; empty where nothing is said of it."""
        return tuple(one for one in self.all_placements if wording in one.wordings and one.entry.holds(day))

    # --- the portal and the national database -------------------------------------------------------------------------

    def status(self, code: int) -> Status | None:
        """Return a status of the portal by its number; None where it has none."""
        return next((one for one in self.statuses if one.code == code), None)

    def code_list(self, adapter: str, name: str) -> CodeList:
        """Return a code list of one interface; NoAnswer `list-unknown` (`adapter`, `list`)."""
        held = next((one for one in self.adapters if one.id == adapter), None)
        found = held.list(name) if held else None
        if found is None:
            raise NoAnswer("list-unknown", f"{adapter!r} has no list {name!r}", adapter=adapter, list=name)
        return found

    def national(self, id_: str) -> NationalId | None:
        """Return a procedure or result by its national number, also with an agency behind (2.000815.000.00.00.H55)."""
        known = (*self.procedures, *self.results)
        return next((one for one in known if id_ == one.id or id_.startswith(f"{one.id}.")), None)

    def national_of(self, procedure: str) -> tuple[NationalId, ...]:
        """Return the national numbers of a procedure of this system."""
        return tuple(one for one in self.procedures if procedure in one.procedures)


def _values(adapter: Adapter, name: str) -> tuple[Coded, ...]:
    found = adapter.list(name)
    return found.values if found else ()


def _fits(agency: str, pattern: Pattern) -> bool:
    """Tell whether a text is an agency code: groups of A-Z and 0-9 with dots between them, not too long."""
    return len(agency) <= pattern.agency_length and _AGENCY.fullmatch(agency) is not None


def _day(digits: str) -> date | None:
    full = digits if len(digits) == len("YYYYMMDD") else f"{_CENTURY // 100}{digits}"
    try:
        return date(int(full[:4]), int(full[4:6]), int(full[6:]))
    except ValueError:
        return None


def _wrong(field: str, text: str) -> NoAnswer:
    return NoAnswer("register-code-wrong", f"{field}: {text[:_LONGEST]!r}", field=field, text=text[:_LONGEST])
