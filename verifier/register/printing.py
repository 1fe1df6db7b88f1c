"""Register books on paper: month by month, and joined with cover and closing page at the end of the year.

Decree 23/2015/NĐ-CP Art. 13(3): an office that uses information technology prints the book every month and binds it; by
31 December the months are joined into one book. What stands on the sheets is data (`verifier/law/forms`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from verifier.errors import BadRequest
from verifier.law.letters import shown
from verifier.register.drawing import Paper, chunks, joined, page_count
from verifier.register.lines import form_of, lines_of, number_of
from verifier.register.numbers import book_text
from verifier.storage.database import UnitOfWork
from verifier.storage.registers import RegisterBook

COVER, CLOSING = "register-cover", "register-closing"
COUNTED = ("register-copies", "register-signatures")
"""Forms that count by month and have a closing page of their own."""
MONTHS = range(1, 13)


@dataclass(frozen=True)
class Sheets(Paper):
    """A book that is printed, and what goes on its sheets."""

    unit: UnitOfWork
    book: RegisterBook
    totals: Mapping[str, Any]
    """As `closing.Totals.told` tells them."""
    keeper: str
    """Who prints it."""
    closer: str

    def span(self, month: int) -> tuple[datetime, datetime]:
        """Return the first instant of a month of the book's year, and that of the month after."""
        year = self.book.year
        since = datetime(year, month, 1, tzinfo=self.zone)
        return since, datetime(year + month // 12, month % 12 + 1, 1, tzinfo=self.zone)

    def day(self, month: int) -> date:
        """Return by which day's form a month is printed: its last, or today while it runs."""
        return min((self.span(month)[1] - timedelta(days=1)).date(), self.today)

    def title(self) -> str:
        """Return the name of the book as it stands on its cover."""
        return self.law.codes.book(self.book.symbol, self.day(12)).name.vi.upper()

    def opened(self, volume: int) -> date:
        """Return the day on which a volume was opened."""
        later = self.book.volumes.get(str(volume))
        return self.local(datetime.fromisoformat(later["opened_at"]) if later else self.book.opened_at).date()

    def closed(self, volume: int = 0) -> date | None:
        """Return the day on which it was closed, or where a volume is named, that one was."""
        early = (one.closed_at for one in self.book.closings if 0 < volume <= one.volume)
        at = next(early, self.book.closed_at)
        return self.local(at).date() if at else None


def printed_month(sheets: Sheets, month: int) -> bytes:
    """Print a month of a book; BadRequest `month-wrong`, `book-not-printable`."""
    if month not in MONTHS:
        raise BadRequest("month-wrong", str(month))
    parts = list(_month(sheets, month))
    if not parts:
        raise BadRequest("month-empty", f"{sheets.book.year}-{month:02d}")
    return joined(parts)


def printed_book(sheets: Sheets) -> bytes:
    """Print the whole book: cover, months, and where it is closed its closing page; BadRequest as above."""
    form = form_of(sheets.book.symbol)
    parts = [_cover(sheets), *(part for month in MONTHS for part in _month(sheets, month))]
    if sheets.book.closed_at is not None:
        if form in COUNTED:
            parts.append(_year(sheets, form, sum(map(page_count, parts)) + 1))
        parts.append(closing_sheet(sheets))
    return joined(parts)


def closing_sheet(sheets: Sheets) -> bytes:
    """Draw the closing page: totals, and the hash that binds the entries; BadRequest `book-not-printable`."""
    form_of(sheets.book.symbol)
    book, totals = sheets.book, sheets.totals
    told = {name: totals[name] for name in ("entries", "acts", "cancelled", "annulled", "replaced", "corrections")}
    closed = sheets.local(book.closed_at) if book.closed_at else None
    return sheets.drawn(
        CLOSING,
        sheets.day(12),
        {
            **told,
            **_ends(sheets),
            "kind": sheets.title(),
            "volume": book_text(book.symbol, book.year, book.volume),
            "year": str(book.year),
            "opened": sheets.opened(1),
            "closed": closed,
            "decision": shown(book.close_decision),
            "months": _months(sheets),
            "copies": totals["copies"],
            "fees": totals["fees"],
            "chain": book.chain,
            "officer": shown(sheets.closer),
        },
    )


def volume_text(symbol: str, year: int, volume: int) -> str:
    """Return a volume as the form of its book wants it: two books share the form of copies, so it names the symbol."""
    return book_text(symbol, year, volume) if form_of(symbol) == "register-copies" else f"{volume:02d}/{year}"


# --- inside ----------------------------------------------------------------------------------------------------------


def _cover(sheets: Sheets) -> bytes:
    book = sheets.book
    volumes = [book_text(book.symbol, book.year, one) for one in range(1, book.volume + 1)]
    told = {"kind": sheets.title(), "volume": ", ".join(volumes), "opened": sheets.opened(1), "closed": sheets.closed()}
    return sheets.drawn(COVER, sheets.day(12), {**told, **_ends(sheets)})


def _month(sheets: Sheets, month: int) -> Iterator[bytes]:
    """Draw the sheets of a month: one for each volume, more where one sheet cannot hold it; none of an empty month."""
    form = form_of(sheets.book.symbol)
    totals: Mapping[str, Any] = next((one for one in sheets.totals["months"] if one["month"] == month), {})
    since, until = sheets.span(month)
    for volume, rows in chunks((line.volume, line.row) for line in lines_of(sheets, since, until)):
        told: dict[str, Any] = {
            "year": str(sheets.book.year),
            "month": str(month),
            "scope": "month",
            "volume": volume_text(sheets.book.symbol, sheets.book.year, volume),
            "book": sheets.book.symbol.casefold(),
            "opened": sheets.opened(volume),
            "closed": sheets.closed(volume),
            "since": since.date(),
            "until": until.date() - timedelta(days=1),
            "entries": rows,
            "acts": totals.get("acts", 0),
            "copies": totals.get("copies", 0),
            "fees": totals.get("fees", 0),
            "keeper": shown(sheets.keeper),
            "officer": shown(sheets.closer),
        }
        yield sheets.drawn(form, sheets.day(month), told)


def _year(sheets: Sheets, form: str, pages: int) -> bytes:
    totals, book = sheets.totals, sheets.book
    told = {
        **_ends(sheets),
        "volume": volume_text(book.symbol, book.year, book.volume),
        "year": str(book.year),
        "scope": "year",
        "opened": sheets.opened(1),
        "closed": sheets.closed(),
        "months": _months(sheets),
        "pages": pages,
        "year-acts": totals["acts"],
        "year-copies": totals["copies"],
        "year-fees": totals["fees"],
        "officer": shown(sheets.closer),
    }
    return sheets.drawn(form, sheets.day(12), told)


def _months(sheets: Sheets) -> list[Mapping[str, Any]]:
    numbered = ("first", "last")
    return [
        {name: number_of(sheets.book.symbol, value) if name in numbered else value for name, value in one.items()}
        | {"month": str(one["month"])}
        for one in sheets.totals["months"]
    ]


def _ends(sheets: Sheets) -> Mapping[str, Any]:
    book = sheets.book
    last = number_of(book.symbol, book.last_number) if book.last_number else ""
    return {"first": number_of(book.symbol, 1) if last else "", "last": last}
