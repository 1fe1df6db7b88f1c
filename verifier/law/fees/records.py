"""What the data say of fees (phí): tariffs, counts and rules; records only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from verifier.law.answers import Exemption, WhenPaid
from verifier.law.records import Cited, Entry, Words

COUNTS = ("pages", "copies", "documents", "cases")
"""What a fee may be counted by; the fields of `FeeAsk`."""
DIGITS = {"VND": 0, "USD": 2}
"""Currencies, with the digits of their minor unit."""


@dataclass(frozen=True)
class Tariff:
    """One price in one period (mức thu)."""

    id: str
    entry: Entry
    words: Words
    unit: Words
    """What one of it is, as `trang`."""
    amount_minor: int
    """In minor units of the currency: whole đồng, or cents."""
    currency: str
    """One of `DIGITS`; only `VND` is ever reckoned."""
    first: int
    """First page of an original that it is for; 0: it is not counted by pages."""
    last: int | None
    """Last page that it is for; None: all that follow."""
    procedures: tuple[str, ...]
    """Ids of the procedures whose fee holds it."""


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


@dataclass(frozen=True)
class Refund:
    """A rule on giving back what was paid (hoàn phí)."""

    id: str
    words: Words
    basis: Cited


@dataclass(frozen=True)
class Rule:
    """How the fee of one procedure is reckoned in one period."""

    id: str
    entry: Entry
    counts: Mapping[str, Count]
    most_originals: int
    """Most originals in one question; 0 where pages are not counted."""
    paging: Paging | None
    charges: tuple[Charge, ...]
    when_paid: WhenPaid
    refund: Refund
    exemptions: tuple[Exemption, ...]
