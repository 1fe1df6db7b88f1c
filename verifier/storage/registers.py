"""Repository of register books: numbers without a gap, entries that stay, corrections beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from verifier.cases.records import Case
from verifier.storage.cases import case_of
from verifier.storage.rows import record, records, touched, values
from verifier.storage.scope import Scope
from verifier.storage.tables import (
    CasePaperRow,
    CaseRow,
    IssuanceRow,
    RegisterBookRow,
    RegisterCorrectionRow,
    RegisterEntryRow,
)
from verifier.storage.tables.base import NOBODY

CLOSING: Mapping[str, Any] = {
    "closed_at": None, "closed_by": None, "close_decision": "", "totals": {}, "chain": "", "closing_id": None,
}  # fmt: skip
"""The columns that tell of a closing, as they are of an open book."""


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
    volumes: Mapping[str, Any] = field(default_factory=dict)
    """Later volumes of the year by number: `first` (the first number in it), `opened_at`, `by`; where the book was
    closed before, `closed` with what then stood in the columns of `CLOSING`; as JSON."""
    closed_by: UUID | None = None
    close_decision: str = ""
    """The decision by which it was closed before the end of its year."""
    totals: Mapping[str, Any] = field(default_factory=dict)
    """As `register.closing` counted them; empty before."""
    chain: str = ""
    """Hash over all entries and corrections as they stood when it was closed, hexadecimal; empty before."""
    closing_id: UUID | None = None
    """The act by which its closing page is signed; None where it is not."""

    @property
    def volume(self) -> int:
        """The volume (quyển) in which the next number stands."""
        return max(map(int, self.volumes), default=1)

    @property
    def closings(self) -> tuple[RegisterBook, ...]:
        """The book as it stood at each early closing after which a further volume was opened, oldest first."""
        later = sorted((int(one), told) for one, told in self.volumes.items() if "closed" in told)
        return tuple(self._closed_before(number, told) for number, told in later)

    @property
    def last_closed_at(self) -> datetime | None:
        """When it was closed, or a part of it last was; None where it never was."""
        return self.closed_at or max((one.closed_at for one in self.closings if one.closed_at), default=None)

    def _closed_before(self, volume: int, told: Mapping[str, Any]) -> RegisterBook:
        closed, by, act = told["closed"], told["closed"]["closed_by"], told["closed"]["closing_id"]
        return replace(
            self,
            last_number=told["first"] - 1,
            volumes={one: each for one, each in self.volumes.items() if int(one) < volume},
            closed_at=datetime.fromisoformat(closed["closed_at"]),
            closed_by=UUID(by) if by else None,
            close_decision=closed["close_decision"],
            totals=closed["totals"],
            chain=closed["chain"],
            closing_id=UUID(act) if act else None,
        )

    def volume_of(self, number: int) -> int:
        """Return the volume in which a number stands."""
        return max((int(one) for one, told in self.volumes.items() if told["first"] <= number), default=1)


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
    issuance_id: UUID | None
    """The act of issuing; None where it was done on paper, for `paper_id`."""
    officer_id: UUID
    reserved_at: datetime
    changed_at: datetime
    reason: str = ""
    """Why it was cancelled, annulled or replaced."""
    document: str = ""
    """Name of the document."""
    document_sha256: str = ""
    """Of what was released; empty before."""
    case_id: UUID | None = None
    paper_id: UUID | None = None
    """The paper of a dossier that was done on paper."""
    columns: Mapping[str, Any] = field(default_factory=dict)
    """The columns of the book as they stood when it was entered as issued; as `register.columns` writes them."""


@dataclass(frozen=True)
class RegisterCorrection:
    """A correction of one column of an entry (đính chính), cited; the entry itself stays as it is."""

    id: UUID
    authority_id: UUID
    symbol: str
    year: int
    number: int
    """Of the entry that is corrected, with its book."""
    column: str
    before: str
    after: str
    reason: str
    basis: str
    """What it rests on, as the number of a minute or decision."""
    book_year: int
    """In the book of which year it stands: that of the entry, or where that is closed, the next one."""
    ordinal: int
    """Within that book, from 1."""
    officer_id: UUID
    officer_name: str
    made_at: datetime


class Registers:
    """The tables `register_book`, `register_entry` and `register_correction`."""

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

    def change_book(self, book: RegisterBook, **told: Any) -> None:
        """Change columns of a held book."""
        row = RegisterBookRow
        which = (row.authority_id == book.authority_id, row.symbol == book.symbol, row.year == book.year)
        self._session.execute(self._bound(update(row), row).where(*which).values(**told))

    def book(self, symbol: str, year: int) -> RegisterBook | None:
        """Find a book of the scope's authority."""
        wanted = self._bound(select(RegisterBookRow), RegisterBookRow)
        which = (RegisterBookRow.symbol == symbol, RegisterBookRow.year == year)
        row = self._session.scalars(wanted.where(*which).execution_options(populate_existing=True)).one_or_none()
        return None if row is None else record(RegisterBook, row)

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

    def entry(self, symbol: str, year: int, number: int) -> RegisterEntry | None:
        """Find an entry of the scope's authority."""
        row = RegisterEntryRow
        found = self._entries(row.symbol == symbol, row.year == year, row.number == number)
        return next(iter(found), None)

    def entries_within(
        self, symbol: str, year: int, since: datetime, until: datetime, after: int = 0, limit: int = 1000
    ) -> tuple[RegisterEntry, ...]:
        """Return entries of a book whose numbers were taken from `since` on and before `until`, by number."""
        row = RegisterEntryRow
        time = and_(row.reserved_at >= since, row.reserved_at < until)
        return self._entries(row.symbol == symbol, row.year == year, row.number > after, time, limit=limit)

    def numbered(self, number: int, since: datetime, until: datetime, limit: int = 100) -> tuple[RegisterEntry, ...]:
        """Return the entries of a number, in whichever book, that was taken in a period."""
        row = RegisterEntryRow
        return self._entries(row.number == number, row.reserved_at >= since, row.reserved_at < until, limit=limit)

    def by_number(self, symbol: str, year: int, number: int) -> tuple[RegisterEntry, ...]:
        """Return the entries of a number in the books of one kind and year of all authorities of the scope."""
        row, book = RegisterEntryRow, RegisterBookRow
        keepers = select(book.authority_id).where(book.symbol == symbol, book.year == year)
        which = (row.authority_id.in_(keepers), row.symbol == symbol, row.year == year, row.number == number)
        return self._entries(*which, limit=100)

    def of_paper(self, paper: UUID) -> tuple[RegisterEntry, ...]:
        """Return the entries of a paper that was done on paper, the newest first."""
        found = self._entries(RegisterEntryRow.paper_id == paper)
        return tuple(sorted(found, key=lambda one: (one.year, one.number), reverse=True))

    def fallen_after_closing(self, symbol: str, since: datetime, until: datetime) -> tuple[RegisterEntry, ...]:
        """Return entries that were annulled or replaced in a period, when their book was closed already."""
        row, book = RegisterEntryRow, RegisterBookRow
        same = and_(book.authority_id == row.authority_id, book.symbol == row.symbol, book.year == row.year)
        closed = select(book.year).where(same, book.closed_at < row.changed_at).exists()
        fallen = row.state.in_(("annulled", "replaced"))
        return self._entries(row.symbol == symbol, fallen, row.changed_at >= since, row.changed_at < until, closed)

    def reserved(self, symbol: str, year: int) -> int:
        """Return how many entries of a book wait for their acts to end."""
        row = RegisterEntryRow
        wanted = self._bound(select(func.count()).select_from(row), row)
        which = (row.symbol == symbol, row.year == year, row.state == "reserved")
        return int(self._session.scalar(wanted.where(*which)) or 0)

    # --- corrections -------------------------------------------------------------------------------------------------

    def add_correction(self, one: RegisterCorrection) -> None:
        """Enter a correction."""
        self._session.add(RegisterCorrectionRow(**values(one)))
        self._session.flush()

    def corrections(self, symbol: str, year: int) -> tuple[RegisterCorrection, ...]:
        """Return the corrections of entries of a book, wherever they stand, oldest first."""
        row = RegisterCorrectionRow
        return self._corrections(row.symbol == symbol, row.year == year)

    def corrections_in(self, symbol: str, book_year: int) -> tuple[RegisterCorrection, ...]:
        """Return the corrections that stand in a book, of entries of this book or of earlier ones, in their order."""
        row = RegisterCorrectionRow
        return self._corrections(row.symbol == symbol, row.book_year == book_year)

    def unentered(self, limit: int = 100) -> tuple[tuple[str, int, int], ...]:
        """Return symbol, year and number of what says that it is entered in a book, and is not: acts and papers."""
        found: list[tuple[str, int, int]] = []
        for table, symbol, number in (
            (IssuanceRow, IssuanceRow.book, IssuanceRow.number),
            (CasePaperRow, CasePaperRow.symbol, CasePaperRow.entry),
        ):
            row = RegisterEntryRow
            same = and_(row.symbol == symbol, row.year == table.year, row.number == number)
            mine = row.issuance_id == IssuanceRow.id if table is IssuanceRow else _is_of(row)
            wanted = self._bound(select(symbol, table.year, number), table)
            missing = wanted.where(number.is_not(None), ~select(row.number).where(same, mine).exists())
            found += [tuple(one) for one in self._session.execute(missing.limit(limit))]
        return tuple(found)

    # --- dossiers, for the tracking book -----------------------------------------------------------------------------

    def dossiers(
        self, since: datetime, until: datetime, after: Case | None = None, limit: int = 1000
    ) -> tuple[Case, ...]:
        """Return the dossiers that were filed at the scope's authority in a period, or came there by forwarding then.

        Ordered by when they were filed; from the one behind `after` on.
        """
        row, own = CaseRow, self._scope.authority or NOBODY
        filed = and_(row.intake_id == own, row.filed_at >= since, row.filed_at < until)
        came = and_(row.authority_id == own, row.intake_id != own, row.forwarded_at >= since, row.forwarded_at < until)
        wanted = select(row).where(or_(filed, came))
        if after is not None:
            wanted = wanted.where(tuple_(row.filed_at, row.id) > tuple_(after.filed_at, after.id))
        wanted = wanted.order_by(row.filed_at, row.id).limit(limit).execution_options(populate_existing=True)
        return tuple(map(case_of, self._session.scalars(wanted)))

    def _corrections(self, *which: ColumnElement[bool]) -> tuple[RegisterCorrection, ...]:
        row = RegisterCorrectionRow
        wanted = self._bound(select(row), row).where(*which).order_by(row.book_year, row.ordinal)
        return records(RegisterCorrection, self._session.scalars(wanted))

    def _entries(self, *which: ColumnElement[bool], limit: int = 1000) -> tuple[RegisterEntry, ...]:
        row = RegisterEntryRow
        wanted = self._bound(select(row), row).where(*which).order_by(row.year, row.number).limit(limit)
        return records(RegisterEntry, self._session.scalars(wanted.execution_options(populate_existing=True)))

    def change(self, issuance: UUID, before: str, after: str, now: datetime, **told: Any) -> bool:
        """Note what became of an act's number; False where it does not stand in state `before`."""
        which = (RegisterEntryRow.issuance_id == issuance, RegisterEntryRow.state == before)
        wanted = self._bound(update(RegisterEntryRow), RegisterEntryRow).where(*which)
        return touched(self._session, wanted.values(state=after, changed_at=now, **told))

    def change_of_paper(self, paper: UUID, before: str, after: str, now: datetime, **told: Any) -> bool:
        """Note what became of a paper's number; False where it has none in state `before`."""
        which = (RegisterEntryRow.paper_id == paper, RegisterEntryRow.state == before)
        wanted = self._bound(update(RegisterEntryRow), RegisterEntryRow).where(*which)
        return touched(self._session, wanted.values(state=after, changed_at=now, **told))

    def _bound(self, statement: Any, table: Any) -> Any:
        if self._scope.everything:
            return statement
        return statement.where(table.authority_id == (self._scope.authority or NOBODY))


def _is_of(row: Any) -> ColumnElement[bool]:
    """Say that an entry is of this paper, done on paper or by the act that issued it."""
    return or_(row.paper_id == CasePaperRow.id, row.issuance_id == CasePaperRow.issuance_id)
