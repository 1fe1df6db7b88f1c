"""`Books`: register books as officers keep them: opened, looked through, corrected, printed, closed. One a process.

Who may: every officer reads; clerks open volumes and correct; leaders close, with a step-up.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from verifier.accounts.caller import Caller
from verifier.accounts.plain_text import clean_text, reason_of
from verifier.accounts.roles import Role
from verifier.audit import Actor, Detail, Event
from verifier.errors import BadRequest, CouldNotIssue
from verifier.law.book import LawBook
from verifier.law.letters import unprintable
from verifier.law.records import NoAnswer
from verifier.register.closing import Reckoning, by_entry, effective
from verifier.register.columns import COUNTED, FIXED, column_ids
from verifier.register.numbers import book_text, held_book, year_of
from verifier.register.printing import Sheets, closing_sheet, printed_book, printed_month
from verifier.register.volumes import Closing, Volume, closed, closings_of, volumes_of
from verifier.signing.acts.house import READERS, asking
from verifier.signing.ports import Layout
from verifier.signing.records import Kind, Level, Order
from verifier.storage.authorities import Authority
from verifier.storage.database import Database, UnitOfWork
from verifier.storage.issuances import Issuance
from verifier.storage.registers import CLOSING, RegisterBook, RegisterCorrection, RegisterEntry

KEEPERS = frozenset({Role.CLERK, Role.LEADER})
"""Who opens volumes and corrects."""
CLOSERS = frozenset({Role.LEADER})
PAGE = 1000
"""Entries read at a time."""
LONGEST = 300
"""Characters of what a column may hold."""
MOST = 10**12
"""First count or fee that is too large."""
SUBJECT = "register-book"
CLOSING_SAID = {"annex": "no", "copy_form": "none"}
"""What is said for the mark on a closing page, as far as the layout asks it."""


class Orders(Protocol):
    """Orders documents of the agency for signing; `Issuing` does."""

    @property
    def level(self) -> Level:
        """The level at which documents are released."""

    def layout(self, kind: Kind, /) -> Layout:
        """Return how a kind is marked today; CouldNotIssue `no-layout`."""

    def order(self, caller: Caller, document: Path, file_name: str, order: Order, /) -> Issuance:
        """Order one; it waits for the officer's confirmation."""


@dataclass(frozen=True)
class Lines:
    """Entries of a book with what was corrected in them."""

    book: RegisterBook
    entries: tuple[RegisterEntry, ...]
    corrections: Mapping[int, Sequence[RegisterCorrection]]
    """By number of the entry, of this book and later ones."""


@dataclass(frozen=True)
class Past:
    """The volumes and closings of a book, and the names of who opened and closed them."""

    volumes: tuple[Volume, ...]
    closings: tuple[Closing, ...]
    names: Mapping[UUID, str]


@dataclass(frozen=True)
class Wanted:
    """A correction as it is asked for."""

    number: int
    column: str
    after: str
    reason: str
    basis: str
    """What it rests on: number of a minute, decision or request."""


class Books:
    """The register books of authorities."""

    def __init__(
        self, database: Database, law: LawBook, clock: Callable[[], datetime], issuing: Orders | None = None
    ) -> None:
        """`issuing` is None where the service issues nothing: closing pages are not signed then."""
        self._database, self._law, self._clock, self._issuing = database, law, clock, issuing

    # --- looking -----------------------------------------------------------------------------------------------------

    def all(self, caller: Caller) -> tuple[RegisterBook, ...]:
        """Return the books of the caller's authority, the newest year first; BadRequest `not-allowed`."""
        asking(caller, READERS)
        with self._database.unit(caller.scope) as unit:
            return unit.registers.books()

    def get(self, caller: Caller, symbol: str, year: int) -> RegisterBook:
        """Return a book; BadRequest `not-found`."""
        asking(caller, READERS)
        with self._database.unit(caller.scope) as unit:
            return _found(unit, symbol, year)

    def totals(self, caller: Caller, symbol: str, year: int) -> Mapping[str, Any]:
        """Return what stands in a book now, or stood in it when it was closed; as `closing.Totals` tells it."""
        authority = asking(caller, READERS).authority
        with self._database.unit(caller.scope) as unit:
            book = _found(unit, symbol, year)
            return book.totals if book.closed_at else reckoned(unit, book, authority).totals.told()

    def past(self, caller: Caller, symbol: str, year: int) -> Past:
        """Return every volume and every closing of a book, also those that came early; BadRequest `not-found`."""
        asking(caller, READERS)
        with self._database.unit(caller.scope) as unit:
            book = _found(unit, symbol, year)
            acts = [one.closing_id for one in closed(book) if one.closing_id]
            volumes = volumes_of(book)
            closings = closings_of(book, unit.issuances.several(acts) if acts else ())
            people = {*(one.opened_by for one in volumes), *(one.closed_by for one in closings)}
            found = (unit.people.get(one) for one in people if one)
            return Past(volumes, closings, {one.id: one.name for one in found if one})

    def entries(self, caller: Caller, symbol: str, year: int, after: int = 0, limit: int = 100) -> Lines:
        """Return entries by number from the one behind `after` on; BadRequest `not-found`."""
        asking(caller, READERS)
        with self._database.unit(caller.scope) as unit:
            book = _found(unit, symbol, year)
            entries = unit.registers.entries(symbol, year, after, limit)
            return Lines(book, _of_dossiers(unit, entries), by_entry(unit.registers.corrections(symbol, year)))

    def find(self, caller: Caller, number: int, day: date) -> tuple[RegisterEntry, ...]:
        """Return the entries of a number that was taken on a day at the authority, in whichever book."""
        authority = asking(caller, READERS).authority
        since = datetime.combine(day, time(), ZoneInfo(authority.time_zone))
        with self._database.unit(caller.scope) as unit:
            return _of_dossiers(unit, unit.registers.numbered(number, since, since + timedelta(days=1)))

    # --- keeping -----------------------------------------------------------------------------------------------------

    def open(self, caller: Caller, symbol: str, year: int) -> RegisterBook:
        """Open the book of this year, or where it is there its next volume, also after an early closing: numbers go on.

        Decree 23/2015 Art. 13(2): they run to the end of the year without a break, and a book of another year begins
        with it. BadRequest `book-unknown`, `year-wrong`, `volume-empty` where nothing stands in the last volume yet.
        """
        asks, now = asking(caller, KEEPERS), self._clock()
        authority = asks.authority
        self._refuse_unknown(symbol, now, authority)
        this = year_of(authority, now)
        if year != this:
            raise BadRequest("year-wrong", str(year), year=str(this))
        with self._database.unit(caller.scope) as unit:
            known = unit.registers.book(symbol, year)
            book = held_book(unit, authority, symbol, year, now)
            if known is not None:
                self._next_volume(unit, book, asks.person.id, now)
            book = _found(unit, symbol, year)
            details: dict[str, Detail] = {"volume": book.volume, "first": book.last_number + 1}
            unit.audit.append(_event(authority, book, "register-opened", caller.actor, now, details=details))
            return book

    def correct(self, caller: Caller, symbol: str, year: int, wanted: Wanted) -> RegisterCorrection:
        """Correct a column of an entry by a cited entry beside it; the line itself is never changed.

        It stands in the same book, or where that is of an earlier year and closed, in this year's. BadRequest
        `not-found`, `reason-missing`, `citation-missing`, `entry-waits` (its act goes on), `column-unknown`
        (`allowed`), `column-wrong`, `correction-same`; CouldNotIssue `book-closed` where this year's is closed too.
        """
        asks, now = asking(caller, KEEPERS), self._clock()
        reason, basis = reason_of(wanted.reason), _basis(wanted.basis)
        with self._database.unit(caller.scope) as unit:
            own = unit.registers.hold_book(asks.authority.id, symbol, year)
            entry = unit.registers.entry(symbol, year, wanted.number)
            if own is None or entry is None:
                raise BadRequest("not-found")
            target = own
            if own.closed_at is not None:
                target = held_book(unit, asks.authority, symbol, max(year_of(asks.authority, now), year), now)
                _refuse_closed(target)
            before, after = _change(unit, asks.authority, entry, wanted)
            made = RegisterCorrection(
                uuid4(), asks.authority.id, symbol, year, entry.number, wanted.column, before, after, reason, basis,
                target.year, len(unit.registers.corrections_in(symbol, target.year)) + 1, asks.person.id,
                asks.person.name, now,
            )  # fmt: skip
            unit.registers.add_correction(made)
            details: dict[str, Detail] = {
                "entry": entry.number,
                "column": made.column,
                "in": target.year,
                "ordinal": made.ordinal,
            }
            event = _event(asks.authority, own, "register-corrected", caller.actor, now, reason, details)
            unit.audit.append(event)
        return made

    def close(self, caller: Caller, symbol: str, year: int, decision: str = "") -> RegisterBook:
        """Close a book: counted, bound by a hash, and nothing is entered in it any more. Role LEADER, step-up.

        Closed before the year's end, it goes on in a further volume that is opened. BadRequest `step-up-needed`,
        `not-found`, `year-wrong` before its year begins, `book-year-not-over` before that ends, unless a decision is
        named; `book-waits` (`count`) while acts of it go on; CouldNotIssue `book-closed`. Its closing page is signed
        by `sign_closing`.
        """
        asks, now = asking(caller, CLOSERS), self._clock()
        if not caller.proved_within(now):
            raise BadRequest("step-up-needed")
        by = clean_text(decision)
        with self._database.unit(caller.scope) as unit:
            book = unit.registers.hold_book(asks.authority.id, symbol, year)
            if book is None:
                raise BadRequest("not-found")
            _refuse_closed(book)
            if (this := year_of(asks.authority, now)) < year:
                raise BadRequest("year-wrong", str(year), year=str(this))
            if this == year and not by:
                raise BadRequest("book-year-not-over", str(year), year=str(year))
            if count := unit.registers.reserved(symbol, year):
                raise BadRequest("book-waits", f"{count} acts go on", count=str(count))
            made = reckoned(unit, book, asks.authority)
            told = {"totals": made.totals.told(), "chain": made.chain()}
            closed_at = max(self._clock(), made.fallen_at or now)  # what is counted as fallen fell before
            unit.registers.change_book(book, closed_at=closed_at, closed_by=asks.person.id, close_decision=by, **told)
            details: dict[str, Detail] = {"entries": made.totals.entries, "chain": made.chain(), "decision": by}
            unit.audit.append(_event(asks.authority, book, "register-closed", caller.actor, now, details=details))
            return _found(unit, symbol, year)

    def sign_closing(self, caller: Caller, symbol: str, year: int) -> Issuance:
        """Order the closing page of a closed book as a document of the agency; the leader confirms it as any other.

        CouldNotIssue `issuing-off` where nothing is issued, and what else stands in the way; BadRequest `not-found`,
        `book-open`, `closing-ordered`, `book-not-printable`.
        """
        asks = asking(caller, CLOSERS)
        if self._issuing is None:
            raise CouldNotIssue("issuing-off")
        page = self.closing_page(caller, symbol, year)
        with self._database.unit(caller.scope) as unit:
            _refuse_ordered(unit, _found(unit, symbol, year))
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "closing.pdf"
            path.write_bytes(page)
            layout = self._issuing.layout(Kind.AGENCY_DOCUMENT)
            known = {*layout.fields, *layout.optional}
            told = {name: value for name, value in CLOSING_SAID.items() if name in known}
            order = Order(Kind.AGENCY_DOCUMENT, "", self._issuing.level, said=told)
            act = self._issuing.order(caller, path, f"khoa-so-{slug(symbol)}-{year}.pdf", order)
        now = self._clock()
        with self._database.unit(caller.scope) as unit:
            book = unit.registers.hold_book(asks.authority.id, symbol, year)
            if book is None:
                raise BadRequest("not-found")
            _refuse_ordered(unit, book)
            unit.registers.change_book(book, closing_id=act.id)
            details: dict[str, Detail] = {"issuance": str(act.id)}
            event = _event(asks.authority, book, "register-closing-ordered", caller.actor, now, details=details)
            unit.audit.append(event)
        return act

    # --- printing ----------------------------------------------------------------------------------------------------

    def printed(self, caller: Caller, symbol: str, year: int, month: int | None = None) -> bytes:
        """Print a book as PDF: a month of it, or the whole of it with its cover and, once closed, its closing page.

        Decree 23/2015 Art. 13(3): printed and bound every month, joined by 31 December. BadRequest `not-found`,
        `book-not-printable` where the data have no form for this book, and what the forms refuse.
        """
        asks = asking(caller, READERS)
        with self._database.unit(caller.scope) as unit:
            book, now = _found(unit, symbol, year), self._clock()
            sheets = self._sheets(unit, asks.authority, book, asks.person.name)
            details: dict[str, Detail] = {"month": month}
            unit.audit.append(_event(asks.authority, book, "register-printed", caller.actor, now, details=details))
            if month is not None:
                return printed_month(sheets, month)
            return printed_book(sheets)

    def closing_page(self, caller: Caller, symbol: str, year: int) -> bytes:
        """Draw the closing page of a closed book; BadRequest `not-found`, `book-open`, `book-not-printable`."""
        asks = asking(caller, READERS)
        with self._database.unit(caller.scope) as unit:
            book = _found(unit, symbol, year)
            if book.closed_at is None:
                raise BadRequest("book-open")
            return closing_sheet(self._sheets(unit, asks.authority, book, asks.person.name))

    # --- inside ------------------------------------------------------------------------------------------------------

    def _sheets(self, unit: UnitOfWork, authority: Authority, book: RegisterBook, keeper: str) -> Sheets:
        closer = unit.people.get(book.closed_by) if book.closed_by else None
        totals = book.totals if book.closed_at else reckoned(unit, book, authority).totals.told()
        return Sheets(self._law, authority, self._clock(), unit, book, totals, keeper, closer.name if closer else "")

    def _next_volume(self, unit: UnitOfWork, book: RegisterBook, by: UUID, now: datetime) -> None:
        first = book.last_number + 1
        told: dict[str, Any] = {"first": first, "opened_at": now.isoformat(), "by": str(by)}
        if book.closed_at is not None:
            told["closed"] = {name: _as_json(getattr(book, name)) for name in CLOSING}
        elif first == max((one["first"] for one in book.volumes.values()), default=1):
            raise BadRequest("volume-empty", book_text(book.symbol, book.year, book.volume))
        unit.registers.change_book(book, volumes={**book.volumes, str(book.volume + 1): told}, **CLOSING)

    def _refuse_unknown(self, symbol: str, now: datetime, authority: Authority) -> None:
        try:
            self._law.codes.book(symbol, now.astimezone(ZoneInfo(authority.time_zone)).date())
        except NoAnswer as refusal:
            raise BadRequest(refusal.code, refusal.detail, **refusal.params) from None


def reckoned(unit: UnitOfWork, book: RegisterBook, authority: Authority) -> Reckoning:
    """Go through a book as it stands; where it is closed, as it stood then."""
    corrections = unit.registers.corrections_in(book.symbol, book.year)
    made = Reckoning(book, ZoneInfo(authority.time_zone), corrections)
    for entry in _all_entries(unit, book):
        made.add(entry)
    return made


def slug(symbol: str) -> str:
    """Return a book's symbol as it stands in addresses: `SCT/CK,ĐC` as `sct-ck-dc`."""
    plain = symbol.casefold().replace("đ", "d")
    return "-".join("".join(one if one.isalnum() else " " for one in plain).split())


def symbol_of(law: LawBook, text: str) -> str:
    """Return the symbol that an address names; BadRequest `not-found`."""
    found = next((one.symbol for one in law.codes.all_books if slug(one.symbol) == text), None)
    if found is None:
        raise BadRequest("not-found")
    return found


def _all_entries(unit: UnitOfWork, book: RegisterBook) -> Iterator[RegisterEntry]:
    last = 0
    while page := unit.registers.entries(book.symbol, book.year, last, PAGE):
        yield from page
        last = page[-1].number


def _of_dossiers(unit: UnitOfWork, entries: Sequence[RegisterEntry]) -> tuple[RegisterEntry, ...]:
    """Name the dossier of electronic acts too: the book itself knows the act alone."""
    known = unit.cases.of_issuances([one.issuance_id for one in entries if one.issuance_id])
    return tuple(replace(one, case_id=known[one.issuance_id]) if one.issuance_id in known else one for one in entries)


def _found(unit: UnitOfWork, symbol: str, year: int) -> RegisterBook:
    book = unit.registers.book(symbol, year)
    if book is None:
        raise BadRequest("not-found")
    return book


def _refuse_closed(book: RegisterBook) -> None:
    if book.closed_at is not None:
        named = book_text(book.symbol, book.year, book.volume)
        raise CouldNotIssue("book-closed", f"{book.symbol} {book.year}", book=named)


def _refuse_ordered(unit: UnitOfWork, book: RegisterBook) -> None:
    """Refuse a second signature of a closing page, unless the first came to nothing."""
    act = unit.issuances.get(book.closing_id) if book.closing_id else None
    if act is not None and act.state != "cancelled":
        raise BadRequest("closing-ordered", str(act.id), issuance=str(act.id))


def _change(unit: UnitOfWork, authority: Authority, entry: RegisterEntry, wanted: Wanted) -> tuple[str, str]:
    """Return what a column holds and what it is to hold, as text."""
    if entry.state == "reserved":
        raise BadRequest("entry-waits")
    day = entry.reserved_at.astimezone(ZoneInfo(authority.time_zone)).date()
    allowed = [one for one in column_ids(entry.symbol, day) if one not in FIXED]
    if wanted.column not in allowed:
        raise BadRequest("column-unknown", wanted.column[:50], field="column", allowed=", ".join(allowed))
    after = _value(wanted)
    earlier = unit.registers.corrections(entry.symbol, entry.year)
    holds = effective(entry, (one for one in earlier if one.number == entry.number))
    value = holds.get(wanted.column)
    before = "" if value is None else str(value)
    if after == before:
        raise BadRequest("correction-same", field="after")
    return before, after


def _as_json(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def _value(wanted: Wanted) -> str:
    text = clean_text(wanted.after)
    if wanted.column in COUNTED:
        if not (text.isascii() and text.isdigit() and int(text) < MOST):
            raise BadRequest("column-wrong", wanted.column, field="after")
        return str(int(text))
    if len(text) > LONGEST or unprintable(text):
        raise BadRequest("column-wrong", wanted.column, field="after")
    return text


def _basis(raw: str) -> str:
    basis = clean_text(raw)
    if not basis:
        raise BadRequest("citation-missing", field="basis")
    return basis


def _event(
    authority: Authority,
    book: RegisterBook,
    action: str,
    actor: Actor,
    now: datetime,
    reason: str = "",
    details: Mapping[str, Detail] | None = None,
) -> Event:
    """Return an event on a book; nothing that stands in its columns is in it."""
    subject = f"{authority.code}/{book.symbol}/{book.year}"
    return Event(SUBJECT, subject, action, actor, now, authority.id, reason, dict(details or {}))
