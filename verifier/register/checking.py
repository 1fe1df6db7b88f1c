"""Looks whether register books are whole: no gap, no double, entries agree with acts and papers, closed books stay."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from verifier.cases.records import Paper
from verifier.errors import VerifierError
from verifier.register.closing import Reckoning
from verifier.storage.blobs import Blobs
from verifier.storage.database import Database, UnitOfWork
from verifier.storage.issuances import Issuance
from verifier.storage.registers import RegisterBook, RegisterEntry
from verifier.storage.scope import SYSTEM, Scope, of

PAGE = 500
"""Entries read at a time."""
_OPEN = frozenset({"numbered", "prepared", "person-signed", "agency-signed", "completed", "judged"})


@dataclass(frozen=True)
class Finding:
    """Something that is not as it must be."""

    code: str
    """`gap`, `count-differs`, `act-missing`, `act-differs`, `state-differs`, `file-missing`, `file-differs`,
    `reason-missing`, `unjudged`; `paper-missing`, `paper-differs`, `columns-missing` of papers of dossiers;
    `entry-missing`: an act or a paper says that it is entered; `correction-gap`; of books that are closed
    `chain-differs`, `totals-differ`."""
    symbol: str
    year: int
    number: int
    """Of the entry; 0 where it is about the book."""
    detail: str = ""


@dataclass(frozen=True)
class Checked:
    """What was looked at, and what was found."""

    books: int
    entries: int
    files: int
    findings: tuple[Finding, ...]


class BookCheck:
    """Checks the books of a scope. Reads only."""

    def __init__(self, database: Database, blobs: Blobs | None = None) -> None:
        """`blobs` holds what was released; None to look at no files."""
        self._database, self._blobs = database, blobs
        self._files = 0

    def run(self, scope: Scope = SYSTEM) -> Checked:
        """Check all books; one transaction for a page of entries, so that issuing goes on beside it."""
        with self._database.unit(scope) as unit:
            books = unit.registers.books()
            missing = unit.registers.unentered()
        self._files, entries = 0, 0
        findings = [Finding("entry-missing", symbol, year, number) for symbol, year, number in missing]
        for book in books:
            count, found = self._book(book)
            entries += count
            findings += found
        return Checked(len(books), entries, self._files, tuple(findings))

    def _book(self, book: RegisterBook) -> tuple[int, list[Finding]]:
        found: list[Finding] = []
        last = 0
        reckoning, bound = self._reckoning(book)
        early = [(one, self._reckoning(one, one.totals["corrections"])[0]) for one in book.closings]
        found += bound
        while page := self._page(book, last):
            for entry, made in page:
                if entry.number != last + 1:
                    found.append(_of(book, "gap", last + 1, f"the next is {entry.number}"))
                last = entry.number
                found += self._looked(book, entry, made)
                reckoning.add(entry)
                for one in (each for part, each in early if entry.number <= part.last_number):
                    one.add(entry)
        for part, one in (*early, (book, reckoning)):
            found += _closing(part, one)
        with self._database.unit(of(book.authority_id)) as unit:
            now = next(one for one in unit.registers.books() if (one.symbol, one.year) == (book.symbol, book.year))
            later = unit.registers.entries(book.symbol, book.year, after=last)
        if now.last_number != last + len(later):
            found.append(_of(book, "count-differs", 0, f"counted {now.last_number}, entered {last + len(later)}"))
        return last, found

    def _reckoning(self, book: RegisterBook, most: int | None = None) -> tuple[Reckoning, list[Finding]]:
        """Begin to reckon a book, with its first `most` corrections; tell what is wrong with them."""
        with self._database.unit(of(book.authority_id)) as unit:
            authority = unit.authorities.get(book.authority_id)
            corrections = unit.registers.corrections_in(book.symbol, book.year)[:most]
        zone = ZoneInfo(authority.time_zone if authority else "UTC")
        gaps = [one for place, one in enumerate(corrections, start=1) if one.ordinal != place]
        told = [_of(book, "correction-gap", one.number, f"ordinal {one.ordinal}") for one in gaps[:1]]
        return Reckoning(book, zone, corrections), told

    def _page(self, book: RegisterBook, after: int, most: int = PAGE) -> list[tuple[RegisterEntry, _Made]]:
        with self._database.unit(of(book.authority_id)) as unit:
            entries = unit.registers.entries(book.symbol, book.year, after, most)
        with self._database.unit(SYSTEM) as unit:  # a paper goes to another authority with its dossier
            return [(one, _made(unit, one)) for one in entries]

    def _looked(self, book: RegisterBook, entry: RegisterEntry, made: _Made) -> list[Finding]:
        """Look at an entry; what differs is read once more, since the act may go on between the two reads of a page."""
        files, found = self._files, list(self._entry(entry, made))
        if found and (again := self._page(book, entry.number - 1, 1)):
            self._files = files
            found = list(self._entry(*again[0]))
        return found

    def _entry(self, entry: RegisterEntry, made: _Made) -> Iterator[Finding]:
        def finding(code: str, detail: str = "") -> Finding:
            return Finding(code, entry.symbol, entry.year, entry.number, detail)

        yield from (finding(*one) for one in _of_paper(entry, made.paper))
        if entry.state in ("cancelled", "annulled", "replaced") and not entry.reason:
            yield finding("reason-missing")
        if entry.paper_id is not None:
            return
        act = made.act
        if act is None:
            yield finding("act-missing")
            return
        if (act.book, act.year, act.number) != (entry.symbol, entry.year, entry.number):
            yield finding("act-differs", f"the act has {act.book} {act.year} {act.number}")
        if entry.state not in _states(act):
            yield finding("state-differs", f"entry {entry.state}, act {act.state}")
        if act.state == "released":
            yield from (finding(*one) for one in self._released(entry, act))

    def _released(self, entry: RegisterEntry, act: Issuance) -> Iterator[tuple[str, str]]:
        if not act.output_report or not act.conclusion:
            yield "unjudged", ""
        if entry.document_sha256 != act.output_sha256:
            yield "file-differs", "the entry names another SHA-256 than the act"
        if code := self._file(act):
            yield code, ""

    def _file(self, act: Issuance) -> str:
        if self._blobs is None:
            return ""
        self._files += 1
        digest = hashlib.sha256()
        try:
            for piece in self._blobs.stream(act.output_blob or ""):
                digest.update(piece)
        except (FileNotFoundError, VerifierError):
            return "file-missing"
        return "" if digest.hexdigest() == act.output_sha256 else "file-differs"


@dataclass(frozen=True)
class _Made:
    """What an entry is of."""

    act: Issuance | None
    paper: Paper | None


def _made(unit: UnitOfWork, entry: RegisterEntry) -> _Made:
    if entry.paper_id is not None:
        return _Made(None, unit.cases.paper(entry.paper_id))
    if entry.issuance_id is None:
        return _Made(None, None)
    return _Made(unit.issuances.get(entry.issuance_id), unit.cases.paper_of_issuance(entry.issuance_id))


def _of_paper(entry: RegisterEntry, paper: Paper | None) -> Iterator[tuple[str, str]]:
    """Tell what is wrong between an entry and the paper of its dossier; what goes on may be noted on neither yet."""
    if paper is None:
        if entry.paper_id is not None:
            yield "paper-missing", ""
        return
    if entry.state in ("reserved", "cancelled"):
        return
    if not entry.columns:
        yield "columns-missing", ""
    told = (paper.symbol, paper.year, paper.entry)
    noted = entry.paper_id is not None or paper.entry is not None
    newer = entry.state != "issued" and entry.paper_id is not None  # another number was taken for it since
    if noted and not newer and told != (entry.symbol, entry.year, entry.number):
        yield "paper-differs", f"the paper has {paper.symbol} {paper.year} {paper.entry}"


def _closing(book: RegisterBook, reckoning: Reckoning) -> Iterator[Finding]:
    """Tell whether a closed book is as it was when it was closed."""
    if book.closed_at is None:
        return
    if reckoning.chain() != book.chain:
        yield _of(book, "chain-differs", 0, "something was changed after it was closed")
    if reckoning.totals.told() != book.totals:
        yield _of(book, "totals-differ", 0, f"counted {reckoning.totals.entries} entries")


def _states(act: Issuance) -> tuple[str, ...]:
    """Return which states of the entry fit an act."""
    if act.state == "released":
        if act.annulled_at is not None:
            return ("annulled",)
        return ("replaced",) if act.replaced_by_id is not None else ("issued",)
    if act.state == "cancelled":
        return ("cancelled",)
    return ("reserved",) if act.state in _OPEN else ()


def _of(book: RegisterBook, code: str, number: int, detail: str) -> Finding:
    return Finding(code, book.symbol, book.year, number, detail)
