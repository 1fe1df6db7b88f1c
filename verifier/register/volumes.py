"""The volumes of a register book (quyển số), and each of its closings (khóa sổ), also those that came early. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from verifier.register.numbers import book_text
from verifier.storage.issuances import Issuance
from verifier.storage.registers import RegisterBook


@dataclass(frozen=True)
class Volume:
    """One volume of a book."""

    number: int
    book: str
    """As printed: `02/2026-SCT/BS`."""
    first: int
    """The first number in it."""
    last: int | None
    """The last number in it; None where nothing stands in it yet."""
    opened_at: datetime
    opened_by: UUID | None
    """None where it was opened with its first number."""
    closed_at: datetime | None
    """When the closing came that it was closed by; None where none did."""


@dataclass(frozen=True)
class Closing:
    """One closing: it counts and binds all that stood in the book then, from the first number on."""

    volume: int
    """The last volume that it closed."""
    book: str
    """That volume as printed."""
    last_number: int
    closed_at: datetime
    closed_by: UUID | None
    decision: str
    """By which it came before the end of the year; empty for one after it."""
    totals: Mapping[str, Any]
    """As `closing.Totals.told`."""
    chain: str
    """Hash over all that stood in the book, hexadecimal."""
    act: Issuance | None
    """By which its page is signed; None where it was not ordered."""
    stands: bool
    """Whether the book is closed by it still; False where a further volume was opened afterwards."""


def volumes_of(book: RegisterBook) -> tuple[Volume, ...]:
    """Return all volumes of a book, by number."""
    told: dict[int, Mapping[str, Any]] = {1: {"first": 1, "opened_at": book.opened_at.isoformat(), "by": ""}}
    told |= {int(number): one for number, one in book.volumes.items()}
    numbers = sorted(told)
    ends = [*(told[number]["first"] - 1 for number in numbers[1:]), book.last_number]
    return tuple(_volume(book, number, told[number], end) for number, end in zip(numbers, ends, strict=True))


def _volume(book: RegisterBook, number: int, told: Mapping[str, Any], end: int) -> Volume:
    early = next((one.closed_at for one in book.closings if one.volume >= number), None)
    return Volume(
        number,
        book_text(book.symbol, book.year, number),
        told["first"],
        end if end >= told["first"] else None,
        datetime.fromisoformat(told["opened_at"]),
        UUID(told["by"]) if told["by"] else None,
        early or book.closed_at,
    )


def closed(book: RegisterBook) -> tuple[RegisterBook, ...]:
    """Return the book as it stood at each closing, oldest first."""
    return (*book.closings, *((book,) if book.closed_at else ()))


def closings_of(book: RegisterBook, acts: Iterable[Issuance]) -> tuple[Closing, ...]:
    """Return all closings of a book, oldest first; `acts` are those by which their pages are signed."""
    known = {one.id: one for one in acts}
    return tuple(
        Closing(
            one.volume, book_text(one.symbol, one.year, one.volume), one.last_number, one.closed_at, one.closed_by,
            one.close_decision, one.totals, one.chain, known.get(one.closing_id) if one.closing_id else None,
            one.closed_at == book.closed_at,
        )
        for one in closed(book)
        if one.closed_at
    )  # fmt: skip
