"""Numbers of register books: the next one is taken in the transaction of the act, so that no gap and no double can be.

Decree 23/2015/NĐ-CP Art. 13(2): numbers run from 01 to the end of the year without a break, by book; the number on the
document is the number in the book. An act that comes to nothing keeps its number, as a cancelled entry with the reason.
How numbers and books are written stands in `verifier/law/codes/books.toml`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from verifier.cases.records import Paper
from verifier.errors import CouldNotIssue
from verifier.law.codes import numbering
from verifier.register.columns import REPLACES, facts_of, filled
from verifier.storage.authorities import Authority
from verifier.storage.database import UnitOfWork
from verifier.storage.issuances import Issuance
from verifier.storage.registers import RegisterBook, RegisterEntry

MOMENT = timedelta(microseconds=1)
"""The least by which two instants of the database differ."""


@dataclass(frozen=True)
class Numbered:
    """A number that was taken."""

    symbol: str
    """Of the book, as `SCT/BS`."""
    year: int
    number: int
    text: str
    """As printed."""
    book: str
    """The book as printed."""
    volume: int = 1
    """Of the book (quyển số)."""


@dataclass(frozen=True)
class Intent:
    """For what a number is taken: for an act of issuing, or for a paper of a dossier that is done on paper."""

    issuance: UUID | None
    officer: UUID
    document: str
    """Name of the document."""
    case: UUID | None = None
    paper: UUID | None = None
    """The paper of `case`; one number for all copies of it."""

    @classmethod
    def on_paper(cls, paper: Paper, officer: UUID) -> Intent:
        """Return the intent of an act that is done on paper."""
        return cls(None, officer, paper.name, paper.case_id, paper.id)


def number_text(number: int, *, electronic: bool = False) -> str:
    """Return a number as it is printed: `01`, `02` … `100`; in the electronic book `01/ĐT`."""
    return numbering().number_text(number, electronic=electronic)


def book_text(symbol: str, year: int, volume: int = 1) -> str:
    """Return a book as it is printed behind `quyển số`: `01/2026-SCT/BS`."""
    return numbering().book_text(symbol, year, volume)


def year_of(authority: Authority, at: datetime) -> int:
    """Return the year of an instant where the authority sits."""
    return at.astimezone(ZoneInfo(authority.time_zone)).year


def take(
    unit: UnitOfWork, authority: Authority, symbol: str, intent: Intent, now: datetime, *, electronic: bool = False
) -> Numbered:
    """Take the next number of a book, opened where it is new, and enter it as `reserved`.

    Until the unit of work ends nobody else takes a number of this book; where it comes to nothing, no number is gone.
    CouldNotIssue `book-closed`.
    """
    year = year_of(authority, now)
    book = held_book(unit, authority, symbol, year, now)
    if book.closed_at is not None:
        raise CouldNotIssue("book-closed", f"{symbol} {year}", book=book_text(symbol, year, book.volume))
    unit.registers.count_up(book)
    number = book.last_number + 1
    unit.registers.add(
        RegisterEntry(
            authority.id, symbol, year, number, "reserved", intent.issuance, intent.officer, now, now,
            document=intent.document, case_id=intent.case, paper_id=intent.paper,
        )
    )  # fmt: skip
    text = number_text(number, electronic=electronic)
    return Numbered(symbol, year, number, text, book_text(symbol, year, book.volume), book.volume)


def held_book(unit: UnitOfWork, authority: Authority, symbol: str, year: int, now: datetime) -> RegisterBook:
    """Return a book that nobody else touches until the unit of work ends, opened where it is new."""
    book = unit.registers.hold_book(authority.id, symbol, year)
    if book is None:
        unit.registers.open_book(authority.id, symbol, year, now)
        book = unit.registers.hold_book(authority.id, symbol, year)
    if book is None:
        raise LookupError(f"the book {symbol} {year} is out of reach")
    return book


def next_number(unit: UnitOfWork, authority: Authority, symbol: str, now: datetime) -> int:
    """Return the number that would be taken now; somebody else may take it before."""
    wanted = (authority.id, symbol, year_of(authority, now))
    found = (one for one in unit.registers.books() if (one.authority_id, one.symbol, one.year) == wanted)
    return next((one.last_number for one in found), 0) + 1


# --- what becomes of a number ----------------------------------------------------------------------------------------


def issue(unit: UnitOfWork, authority: Authority, act: Issuance, now: datetime) -> None:
    """Enter an act's reserved number as issued, with the columns of the book as they stand in the dossier.

    LookupError where the number is not reserved for it.
    """
    entry = unit.registers.of_issuance(act.id)
    if entry is None:
        raise LookupError("the act has no number")
    columns = filled(facts_of(unit, authority, entry, act=act, paper=unit.cases.paper_of_issuance(act.id)))
    told = {"document_sha256": act.output_sha256, "columns": columns}
    if not unit.registers.change(act.id, "reserved", "issued", now, **told):
        raise LookupError("the act's number is not reserved")


def issue_on_paper(unit: UnitOfWork, authority: Authority, paper: Paper, now: datetime, *, replaces: str = "") -> None:
    """Enter a paper's reserved number as issued, as `issue` does; LookupError where none is reserved for it.

    `replaces` is the number whose place it takes, as printed.
    """
    entry = next((one for one in unit.registers.of_paper(paper.id) if one.state == "reserved"), None)
    if entry is None:
        raise LookupError("the paper has no reserved number")
    columns = filled(facts_of(unit, authority, entry, act=None, paper=paper))
    columns |= {REPLACES: replaces} if replaces else {}
    unit.registers.change_of_paper(paper.id, "reserved", "issued", now, columns=columns)


def cancel_on_paper(unit: UnitOfWork, paper: UUID, reason: str, now: datetime) -> None:
    """Enter a paper's reserved number as cancelled, a spoiled sheet above all: the number stays, with the reason.

    Another number may be taken for the paper afterwards. LookupError where none is reserved for it.
    """
    if not unit.registers.change_of_paper(paper, "reserved", "cancelled", now, reason=reason):
        raise LookupError("the paper has no reserved number")


def annul_on_paper(unit: UnitOfWork, paper: UUID, reason: str, now: datetime) -> None:
    """Enter a paper's issued number as annulled, with decision and ground; LookupError where it is not issued."""
    entry = next((one for one in unit.registers.of_paper(paper) if one.state == "issued"), None)
    if entry is None:
        raise LookupError("the paper's number is not entered as issued")
    unit.registers.change_of_paper(paper, "issued", "annulled", fallen_at(unit, entry, now), reason=reason)


def replace_on_paper(
    unit: UnitOfWork, authority: Authority, symbol: str, intent: Intent, why: str, now: datetime
) -> tuple[Numbered, str]:
    """Enter a paper's issued number as replaced by the next one of its book, and take that (thu hồi và cấp đổi).

    `why` is the law with the reason; it stands beside the new number in the old entry. Return the new number, and the
    old one as it is printed. LookupError where none is issued; CouldNotIssue `book-closed`.
    """
    entries = unit.registers.of_paper(intent.paper) if intent.paper else ()
    entry = next((one for one in entries if one.state == "issued"), None)
    if intent.paper is None or entry is None:
        raise LookupError("the paper's number is not entered as issued")
    at = fallen_at(unit, entry, now)
    book = held_book(unit, authority, symbol, year_of(authority, now), now)
    own = unit.registers.book(entry.symbol, entry.year) or book
    new = f"{number_text(book.last_number + 1)} {book_text(symbol, book.year, book.volume)}"
    old = f"{number_text(entry.number)} {book_text(entry.symbol, entry.year, own.volume_of(entry.number))}"
    unit.registers.change_of_paper(intent.paper, "issued", "replaced", at, reason=f"{new} ({why})")
    return take(unit, authority, symbol, intent, now), old


def fall(unit: UnitOfWork, act: UUID, state: str, reason: str, now: datetime) -> None:
    """Enter an act's issued number as `annulled` or `replaced`, with the reason; LookupError where it is not issued."""
    entry = unit.registers.of_issuance(act)
    if entry is None or entry.state != "issued":
        raise LookupError("the act's number is not entered as issued")
    if not unit.registers.change(act, "issued", state, fallen_at(unit, entry, now), reason=reason):
        raise LookupError("the act's number is not entered as issued")


def fallen_at(unit: UnitOfWork, entry: RegisterEntry, now: datetime) -> datetime:
    """Return when an entry falls: its book is held, so that a closing counts it as fallen, or as issued, never both.

    What falls after the closing falls later than it by the clock too, by which both are told apart.
    """
    book = unit.registers.hold_book(entry.authority_id, entry.symbol, entry.year)
    return max(now, book.last_closed_at + MOMENT) if book and book.last_closed_at else now
