"""Examples of calendars: not asked yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from verifier.law.book import LawBook

ASK: Mapping[str, type] = {}
NEEDED: tuple[frozenset[str], ...] = (frozenset(),)
EXPECT: frozenset[str] = frozenset()


def answer(book: LawBook, ask: Mapping[str, Any]) -> Mapping[str, Any]:
    """Ask the book, and return the answer as plain values; NoAnswer as the book says."""
    raise NotImplementedError
