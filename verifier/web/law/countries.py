"""Names of countries for readers, in the order of their language."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from verifier.law.branches import Country

HOME = "VN"
LETTERS = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
"""The Vietnamese alphabet, with the four letters that only other languages have."""
KEPT = "\u0302\u0306\u031b"
"""Circumflex, breve and horn: marks that make another letter; all others are tones, or foreign."""


def in_order(countries: Iterable[Country], lang: str) -> tuple[tuple[str, str], ...]:
    """Return code and name of all, sorted by name; Viet Nam first."""
    found = [(one.code, one.words.said(lang)) for one in countries]
    return tuple(sorted(found, key=lambda one: (one[0] != HOME, _order(one[1]))))


def _order(name: str) -> list[int]:
    """Return the place of each letter, tones and foreign marks aside."""
    return [place for sign in unicodedata.normalize("NFC", name.casefold()) if (place := _place(sign)) >= 0]


def _place(sign: str) -> int:
    if sign not in LETTERS:
        bare = unicodedata.normalize("NFD", sign)
        made = unicodedata.normalize("NFC", bare[0] + "".join(one for one in bare[1:] if one in KEPT))
        sign = made if made in LETTERS else bare[0]
    return LETTERS.find(sign)
