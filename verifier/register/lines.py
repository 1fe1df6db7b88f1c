"""Lines of a printed book: entries as they stand, cancelled ones struck through, and what corrects earlier books."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from verifier.errors import BadRequest
from verifier.law.letters import shown
from verifier.register.closing import at_closing, by_entry
from verifier.register.columns import COUNTED, REPLACES
from verifier.register.numbers import book_text, number_text
from verifier.register.words import said
from verifier.storage.registers import RegisterCorrection, RegisterEntry

if TYPE_CHECKING:
    from verifier.register.printing import Sheets

FORMS: Mapping[str, str] = {
    "SCT/BS": "register-copies",
    "SCTĐT/BS": "register-copies",
    "SCT/CK,ĐC": "register-signatures",
    "CNLS": "register-consular",
    "HPHLS": "register-consular",
    "CNXT": "register-consular",
    "APOSTILLE": "register-apostille",
}
"""The form in which a book is printed; the data have none for others."""
PAGE = 1000
"""Entries read at a time."""
APOSTILLE = "APOSTILLE"
ELECTRONIC = "SCTĐT/BS"
PLAIN = ("number", "note", "validity")
"""What is never struck through: the number stays in the book, with the reason."""


@dataclass(frozen=True)
class Line:
    """A row as the form of its book takes it."""

    volume: int
    row: Mapping[str, Any]


def lines_of(sheets: Sheets, since: datetime, until: datetime) -> Iterator[Line]:
    """Return the lines of a period: the entries by number, then what was noted in it about earlier books."""
    writer = Writer(sheets)
    book, last = sheets.book, 0
    while page := sheets.unit.registers.entries_within(book.symbol, book.year, since, until, last, PAGE):
        for entry in page:
            yield Line(book.volume_of(entry.number), writer.entry(entry))
        last = page[-1].number
    yield from (Line(book.volume, row) for row in writer.noted(since, until))


def form_of(symbol: str) -> str:
    """Return the form of a book; BadRequest `book-not-printable`."""
    if symbol not in FORMS:
        raise BadRequest("book-not-printable", symbol, book=symbol)
    return FORMS[symbol]


def number_of(symbol: str, number: int) -> str:
    """Return a number as its book prints it."""
    return number_text(number, electronic=symbol == ELECTRONIC)


class Writer:
    """Writes the rows of one book."""

    def __init__(self, sheets: Sheets) -> None:
        self._sheets, book = sheets, sheets.book
        self._standing = sheets.unit.registers.corrections_in(book.symbol, book.year)
        self._of_entry = by_entry(one for one in self._standing if one.year == book.year)
        form = sheets.law.forms.get(form_of(book.symbol), sheets.day(12))
        field = form.field("entries")
        self._headings = {one.id: one.words.vi for one in field.parts} if field else {}

    def entry(self, entry: RegisterEntry) -> Mapping[str, Any]:
        """Return the row of an entry: the columns as they were entered, and beside them what became of it."""
        entry = at_closing(entry, self._sheets.book.closed_at)
        day = self._day(entry.reserved_at)
        told = {name: _value(name, value) for name, value in entry.columns.items()}
        told = {"document": shown(entry.document), **{k: v for k, v in told.items() if v not in ("", None)}}
        told |= {"number": number_of(entry.symbol, entry.number), "date": day}
        notes = [told.pop("note", ""), _in_place_of(told.pop(REPLACES, "")), self._became(entry)]
        notes += map(self.correction, self._of_entry.get(entry.number, ()))
        note = "\n".join(one for one in notes if one)
        row = self._apostille(entry, told, note) if entry.symbol == APOSTILLE else {**told, "note": note}
        row = self._fitting(row)
        struck = tuple(name for name in row if name not in PLAIN) if entry.state == "cancelled" else ()
        return {**row, **({"struck": struck} if struck else {})}

    def noted(self, since: datetime, until: datetime) -> Iterator[Mapping[str, Any]]:
        """Return rows for what stands here about books that are closed: corrections, and documents that fell since."""
        symbol, year = self._sheets.book.symbol, self._sheets.book.year
        for one in self._standing:
            if one.year != year and since <= one.made_at < until:
                number = said("correction-number", ordinal=f"{one.ordinal:02d}")
                line = said("correction-line", number=number_of(symbol, one.number), book=self._book(one))
                yield self._note_row(number, one.made_at, line, self.correction(one))
        for fallen in self._sheets.unit.registers.fallen_after_closing(symbol, since, until):
            line = said("fallen-line", number=number_of(symbol, fallen.number), book=self._book(fallen))
            yield self._note_row(said("fallen-number"), fallen.changed_at, line, self._became(fallen))

    def correction(self, one: RegisterCorrection) -> str:
        """Return a correction as it stands in Ghi chú."""
        heading = self._headings.get(one.column, one.column)
        texts = {"before": one.before, "after": one.after, "basis": one.basis, "reason": one.reason}
        told = {name: shown(text) for name, text in texts.items()}
        return said("corrected", heading=heading, officer=shown(one.officer_name), day=self._short(one.made_at), **told)

    def _became(self, entry: RegisterEntry) -> str:
        if entry.state == "issued":
            return ""
        return said(entry.state, reason=shown(entry.reason), day=self._short(entry.changed_at))

    def _apostille(self, entry: RegisterEntry, told: Mapping[str, Any], note: str) -> Mapping[str, Any]:
        """Return the columns of Decree 293/2026 Art. 21(2): number with date, validity, electronic copy."""
        sha256 = told.get("copy", "")
        validity = [said("valid") if entry.state == "issued" else "", note]
        number = said("numbered-on", number=told["number"], day=self._short(entry.reserved_at))
        return {
            **told,
            "number": number,
            "validity": "\n".join(one for one in validity if one),
            "copy": said("electronic-copy", sha256=sha256) if sha256 else said("paper-copy"),
        }

    def _note_row(self, number: str, at: datetime, line: str, note: str) -> Mapping[str, Any]:
        row = {"number": number, "date": self._day(at), "document": line, "note": note}
        return self._fitting({**row, "signed": line, "validity": note} if self._named("validity") else row)

    def _fitting(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Leave out what the form of the book has no column for."""
        return {name: value for name, value in row.items() if self._named(name)}

    def _named(self, name: str) -> bool:
        return name in self._headings

    def _book(self, one: RegisterEntry | RegisterCorrection) -> str:
        """Return the volume in which the entry of a correction stands, as printed."""
        book = self._sheets.unit.registers.book(one.symbol, one.year)
        return book_text(one.symbol, one.year, book.volume_of(one.number) if book else 1)

    def _day(self, at: datetime) -> date:
        return self._sheets.local(at).date()

    def _short(self, at: datetime) -> str:
        return f"{self._day(at):%d/%m/%Y}"


def _in_place_of(number: str) -> str:
    """Return that an entry took the place of another, as it stands in Ghi chú; empty where it did not."""
    return said("replaces", number=number) if number else ""


def _value(name: str, value: Any) -> Any:
    return value if name in COUNTED or value is None else shown(str(value))
