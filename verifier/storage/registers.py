"""Repository of register books: numbers without a gap, entries that stay."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from verifier.storage.rows import record, records, touched, values
from verifier.storage.scope import Scope
from verifier.storage.tables import RegisterBookRow, RegisterEntryRow
from verifier.storage.tables.base import NOBODY


@dataclass(frozen=True)
class RegisterBook:
    """One register book (sổ) of an authority."""

    authority_id: UUID
    symbol: str
    """As `SCT/BS`."""
    year: int
    last_number: int
    """The last number given; 0 before the first."""
    opened_at: datetime
    closed_at: datetime | None = None


@dataclass(frozen=True)
class RegisterEntry:
    """One number of a book, and what became of it."""

    authority_id: UUID
    symbol: str
    year: int
    number: int
    """From 1, without gaps."""
    state: str
    """`reserved`: the act goes on; `issued`; `cancelled`: abandoned; `annulled`, `replaced`: after it was issued."""
    issuance_id: UUID
    officer_id: UUID
    reserved_at: datetime
    changed_at: datetime
    reason: str = ""
    """Why it was cancelled, annulled or replaced."""
    document: str = ""
    """Name of the document."""
    document_sha256: str = ""
    """Of what was released; empty before."""


class Registers:
    """The tables `register_book` and `register_entry`."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session, self._scope = session, scope

    def open_book(self, authority: UUID, symbol: str, year: int, now: datetime) -> None:
        """Open a book where it is not there yet."""
        book = RegisterBook(authority, symbol, year, 0, now)
        self._session.execute(insert(RegisterBookRow).values(**values(book)).on_conflict_do_nothing())

    def hold_book(self, authority: UUID, symbol: str, year: int) -> RegisterBook | None:
        """Find a book; nobody else takes a number of it until the unit of work ends."""
        which = (
            RegisterBookRow.authority_id == authority,
            RegisterBookRow.symbol == symbol,
            RegisterBookRow.year == year,
        )
        wanted = self._bound(select(RegisterBookRow), RegisterBookRow).where(*which)
        row = self._session.scalars(wanted.with_for_update().execution_options(populate_existing=True)).one_or_none()
        return None if row is None else record(RegisterBook, row)

    def books(self) -> tuple[RegisterBook, ...]:
        """Return all books of the scope, newest year first."""
        wanted = self._bound(select(RegisterBookRow), RegisterBookRow)
        return records(
            RegisterBook, self._session.scalars(wanted.order_by(RegisterBookRow.year.desc(), RegisterBookRow.symbol))
        )

    def count_up(self, book: RegisterBook) -> None:
        """Note that the next number of a held book is given."""
        which = (
            RegisterBookRow.authority_id == book.authority_id,
            RegisterBookRow.symbol == book.symbol,
            RegisterBookRow.year == book.year,
        )
        wanted = self._bound(update(RegisterBookRow), RegisterBookRow).where(*which)
        self._session.execute(wanted.values(last_number=book.last_number + 1))

    def add(self, entry: RegisterEntry) -> None:
        """Enter a number."""
        self._session.add(RegisterEntryRow(**values(entry)))
        self._session.flush()

    def of_issuance(self, issuance: UUID) -> RegisterEntry | None:
        """Find the entry of an act."""
        wanted = self._bound(select(RegisterEntryRow), RegisterEntryRow).where(RegisterEntryRow.issuance_id == issuance)
        row = self._session.scalars(wanted.execution_options(populate_existing=True)).one_or_none()
        return None if row is None else record(RegisterEntry, row)

    def entries(self, symbol: str, year: int, after: int = 0, limit: int = 1000) -> tuple[RegisterEntry, ...]:
        """Return entries of a book by number, from the one behind `after` on."""
        which = (
            RegisterEntryRow.symbol == symbol,
            RegisterEntryRow.year == year,
            RegisterEntryRow.number > after,
        )
        wanted = self._bound(select(RegisterEntryRow), RegisterEntryRow).where(*which)
        return records(RegisterEntry, self._session.scalars(wanted.order_by(RegisterEntryRow.number).limit(limit)))

    def change(self, issuance: UUID, before: str, after: str, now: datetime, **told: Any) -> bool:
        """Note what became of an act's number; False where it does not stand in state `before`."""
        which = (RegisterEntryRow.issuance_id == issuance, RegisterEntryRow.state == before)
        wanted = self._bound(update(RegisterEntryRow), RegisterEntryRow).where(*which)
        return touched(self._session, wanted.values(state=after, changed_at=now, **told))

    def _bound(self, statement: Any, table: Any) -> Any:
        if self._scope.everything:
            return statement
        return statement.where(table.authority_id == (self._scope.authority or NOBODY))
