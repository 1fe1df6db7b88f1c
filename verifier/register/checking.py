"""Looks whether register books are whole: no gap, no double, entries and acts agree, and what was released is there."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from verifier.errors import VerifierError
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
    `reason-missing`, `unjudged`."""
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
        self._files, entries = 0, 0
        findings: list[Finding] = []
        for book in books:
            count, found = self._book(book)
            entries += count
            findings += found
        return Checked(len(books), entries, self._files, tuple(findings))

    def _book(self, book: RegisterBook) -> tuple[int, list[Finding]]:
        found: list[Finding] = []
        last = 0
        while page := self._page(book, last):
            for entry, act in page:
                if entry.number != last + 1:
                    found.append(_of(book, "gap", last + 1, f"the next is {entry.number}"))
                last = entry.number
                found += self._entry(entry, act)
        with self._database.unit(of(book.authority_id)) as unit:
            now = next(one for one in unit.registers.books() if (one.symbol, one.year) == (book.symbol, book.year))
            later = unit.registers.entries(book.symbol, book.year, after=last)
        if now.last_number != last + len(later):
            found.append(_of(book, "count-differs", 0, f"counted {now.last_number}, entered {last + len(later)}"))
        return last, found

    def _page(self, book: RegisterBook, after: int) -> list[tuple[RegisterEntry, Issuance | None]]:
        with self._database.unit(of(book.authority_id)) as unit:
            return list(_with_acts(unit, unit.registers.entries(book.symbol, book.year, after, PAGE)))

    def _entry(self, entry: RegisterEntry, act: Issuance | None) -> Iterator[Finding]:
        def finding(code: str, detail: str = "") -> Finding:
            return Finding(code, entry.symbol, entry.year, entry.number, detail)

        if act is None:
            yield finding("act-missing")
            return
        if (act.book, act.year, act.number) != (entry.symbol, entry.year, entry.number):
            yield finding("act-differs", f"the act has {act.book} {act.year} {act.number}")
        if entry.state not in _states(act):
            yield finding("state-differs", f"entry {entry.state}, act {act.state}")
        if entry.state in ("cancelled", "annulled", "replaced") and not entry.reason:
            yield finding("reason-missing")
        if act.state == "released":
            if not act.output_report or not act.conclusion:
                yield finding("unjudged")
            if entry.document_sha256 != act.output_sha256:
                yield finding("file-differs", "the entry names another SHA-256 than the act")
            if code := self._file(act):
                yield finding(code)

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


def _with_acts(unit: UnitOfWork, entries: tuple[RegisterEntry, ...]) -> Iterator[tuple[RegisterEntry, Issuance | None]]:
    for entry in entries:
        yield entry, unit.issuances.get(entry.issuance_id) if entry.issuance_id else None


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
