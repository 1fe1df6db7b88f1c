"""Comparing names: without case, punctuation and white space, and without accents where one side has none."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

_TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")
"""Marks of Vietnamese tones; breve, circumflex and horn belong to the letter itself."""
LONGEST = 1000
"""Characters of a name; a longer one is that of nobody. Marks without end take long to put in order."""


@lru_cache(maxsize=65536)
def folded(text: str) -> str:
    """Return letters and digits alone, in lower case, without accents: `Bộ Ngoại giao` gives `bongoaigiao`.

    Empty where nothing of the kind stands in it, and for what is longer than any name.
    """
    if len(text) > LONGEST:
        return ""
    plain = _decomposed(text)
    return "".join(letter for letter in plain if letter.isalnum())


@lru_cache(maxsize=65536)
def accented(text: str) -> str:
    """Return the text folded with its accents, each word's tone at its end: `Hòa` and `Hoà` are the same word.

    Marks that combine with nothing stay too: vowels of Thai, Lao and Khmer are such.
    """
    if len(text) > LONGEST:
        return ""
    words = "".join(one if _spells(one) else " " for one in _decomposed(text, "\u0111"))
    return " ".join(_tones_last(word) for word in words.split())


def same(one: str, other: str) -> bool:
    """Whether two names are the same; accents count where both are written with them.

    `Bo Ngoai giao` is `Bộ Ngoại giao`, but the commune `Tân Hòa` is not the commune `Tân Hóa`.
    """
    if folded(one) != folded(other) or not folded(one):
        return False
    if one.isascii() or other.isascii():
        return True
    return accented(one).replace(" ", "") == accented(other).replace(" ", "")


def _spells(one: str) -> bool:
    return one.isalnum() or unicodedata.category(one).startswith("M")


def _decomposed(text: str, d: str = "d") -> str:
    return unicodedata.normalize("NFKD", text).casefold().replace("\u0111", d)


def _tones_last(word: str) -> str:
    return "".join(one for one in word if one not in _TONES) + "".join(sorted(one for one in word if one in _TONES))
