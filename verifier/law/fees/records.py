"""What the data say of fees (phí): tariffs, counts and rules; records only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from verifier.law.answers import Exemption, WhenPaid
from verifier.law.records import Absence, Cited, Entry, Words

COUNTS = ("pages", "copies", "documents", "cases")
"""What a fee may be counted by; the fields of `FeeAsk`."""
PAID = ("at-filing", "before-acceptance", "at-return")
"""When a fee may be paid: with the filing; after the fee notice and before the acceptance; with the result."""
CURRENCIES = ("VND", "USD")


@dataclass(frozen=True)
class Tariff:
    """One price in one period (mức thu)."""

    id: str
    entry: Entry
    words: Words
    """As in a list of prices."""
    line: Words
    """As on a line of a reckoned fee."""
    unit: Words
    """What one of it is, as `trang`."""
    amount_minor: int
    """In minor units of the currency: whole đồng, or cents."""
    currency: str
    """One of `CURRENCIES`; only `VND` is ever reckoned."""
    first: int
    """First page of an original that it is for; 0: it is not counted by pages."""
    last: int | None
    """Last page that it is for; None: all that follow."""
    procedures: tuple[str, ...]
    """Ids of the procedures whose fee it is part of."""

    def pages(self, pages: int) -> int:
        """Return how many pages of an original of so many it is for."""
        return max(0, min(pages, self.last or pages) - self.first + 1)


@dataclass(frozen=True)
class Count:
    """One number that a fee needs, or may be told."""

    name: str
    """One of `COUNTS`."""
    words: Words
    default: int | None
    """What it is where nothing is said; None: it must be said."""
    least: int
    most: int


@dataclass(frozen=True)
class Charge:
    """A tariff, taken once for each of a count."""

    tariff: str
    count: str
    words: Words
    """In place of the tariff's own; empty: those of the tariff."""
    basis: Cited | None
    """In place of the tariff's own."""


@dataclass(frozen=True)
class Paging:
    """Tariffs by pages of each original, with the most that one copy costs."""

    tariffs: tuple[str, ...]
    most: str
    """Id of the tariff that no copy exceeds."""
    basis: Cited | None
    """In place of those of the tariffs."""


@dataclass(frozen=True)
class Refund:
    """A rule on giving back what was paid (hoàn trả phí)."""

    id: str
    words: Words
    basis: Cited


@dataclass(frozen=True)
class Rule:
    """How the fee of one procedure is reckoned in one period."""

    id: str
    entry: Entry
    counts: Mapping[str, Count]
    """By name, in the order in which they are asked for."""
    paging: Paging | None
    charges: tuple[Charge, ...]
    when_paid: WhenPaid
    paid_note: str
    """What is doubtful about `when_paid`; English."""
    refund: Refund
    exemptions: tuple[str, ...]
    """Ids."""
    carried: Cited | None = None
    """By which law what is paid counts for the dossier that is filed again after it was given back unverified: for as
    many documents as were paid for. None: no law says so."""

    @property
    def tariffs(self) -> tuple[str, ...]:
        """Ids of all tariffs that it takes."""
        paged = (*self.paging.tariffs, self.paging.most) if self.paging else ()
        return (*paged, *(one.tariff for one in self.charges))


@dataclass(frozen=True)
class Abroad:
    """What holds at missions (cơ quan đại diện Việt Nam ở nước ngoài), to be shown; never reckoned."""

    entry: Entry
    words: Words
    tariffs: tuple[str, ...]
    exemptions: tuple[str, ...]
    refund: Refund


@dataclass(frozen=True)
class FeeData:
    """All that the data file says, of all days."""

    most_originals: int
    several: Words
    """How a line is named where there are several originals: `{number}`, `{line}`."""
    tariffs: tuple[Tariff, ...]
    exemptions: tuple[Exemption, ...]
    rules: tuple[Rule, ...]
    absences: tuple[Absence, ...]
    abroad: tuple[Abroad, ...]
