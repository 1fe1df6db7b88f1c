"""Names of countries for readers, in the order of their language."""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

LETTERS = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
"""The Vietnamese alphabet, with the four letters that only other languages have."""


@lru_cache(maxsize=1)
def names() -> Mapping[str, Mapping[str, str]]:
    """Return Vietnamese and English name by code (ISO 3166-1 alpha-2)."""
    return tomllib.loads((Path(__file__).parent / "countries.toml").read_text("utf-8"))


@lru_cache(maxsize=2)
def countries(lang: str) -> tuple[tuple[str, str], ...]:
    """Return code and name of all, sorted by name; Viet Nam first."""
    found = [(code, told[lang]) for code, told in names().items()]
    return tuple(sorted(found, key=lambda one: (one[0] != "VN", _order(one[1]))))


def name_of(code: str, lang: str) -> str:
    """Return the name of a country; the code itself where there is none."""
    told = names().get(code)
    return told[lang] if told else code


def _order(name: str) -> list[int]:
    """Return the place of each letter, tones and foreign marks aside."""
    return [place for sign in name.casefold() if (place := _place(sign)) >= 0]


def _place(sign: str) -> int:
    if sign not in LETTERS:
        bare = unicodedata.normalize("NFD", sign)
        kept = unicodedata.normalize("NFC", bare[0] + "".join(one for one in bare[1:] if one in "\u0306\u0302\u031b"))
        sign = kept if kept in LETTERS else bare[0]
    return LETTERS.find(sign)
