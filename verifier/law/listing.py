"""Every entry and every line with a mark of its own, as the data files say them: what a lawyer goes through; pure.

Reads the files themselves, not what the parts made of them, so that nothing is left out.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from verifier.law.records import STATUSES, Words
from verifier.law.source import Source

NAMES = ("id", "name", "value", "symbol", "code", "number")
"""Keys that may name a table among its neighbours."""
WORDINGS = ("", "name", "title", "words", "text", "reason", "about", "question")
"""Keys below which the wording of a table may stand, the first that is there; empty: `vi` and `en` of its own."""


@dataclass(frozen=True)
class Listed:
    """One entry, or one line of an entry that has its own mark."""

    part: str
    """Folder, as `fees`; `switches` for the switches."""
    file: str
    """Below the folder of the law, as `fees/fees.toml`."""
    path: str
    """Where it stands in the file, as `tariff copy-first-pages`."""
    words: Words
    """Both empty where it has no wording of its own."""
    since: date | None
    until: date | None
    """First day on which it holds no more."""
    status: str
    citation: str
    note: str


@dataclass(frozen=True)
class _Above:
    """What a line takes over from the table that it stands in."""

    path: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    status: str = ""
    citation: str = ""


def listed(source: Source) -> tuple[Listed, ...]:
    """Return all entries of all files, in the order of the files."""
    names = sorted(one.relative_to(source.folder).as_posix() for one in source.folder.rglob("*.toml"))
    return tuple(one for name in names for one in _of_file(name, source))


def _of_file(name: str, source: Source) -> Iterator[Listed]:
    part = name.partition("/")[0].removesuffix(".toml")
    if part != "examples":
        yield from _of_table(tomllib.loads(source.text(name)), part, name, _Above())


def _of_table(table: Mapping[str, Any], part: str, file: str, above: _Above) -> Iterator[Listed]:
    here = _Above(
        above.path,
        _day(table, "from", above.since),
        _day(table, "until", above.until),
        _text(table, "status") or above.status,
        _text(table, "citation") or above.citation,
    )
    own = _text(table, "status") in STATUSES or _text(table, "citation")
    if own and here.status in STATUSES:
        place, note = " › ".join(above.path), _text(table, "note")
        yield Listed(part, file, place, _words(table), here.since, here.until, here.status, here.citation, note)
    for key, value in table.items():
        inner = value if isinstance(value, list) else [value]
        for number, one in enumerate(inner, start=1):
            if isinstance(one, dict):
                name = _name(one) or (str(number) if isinstance(value, list) else "")
                path = (*above.path, f"{key} {name}".strip())
                yield from _of_table(one, part, file, _Above(path, here.since, here.until, here.status, here.citation))


def _name(table: Mapping[str, Any]) -> str:
    return next((str(table[key]) for key in NAMES if isinstance(table.get(key), str | int)), "")


def _words(table: Mapping[str, Any]) -> Words:
    for key in WORDINGS:
        told = table.get(key, {}) if key else table
        if isinstance(told, dict) and _text(told, "vi"):
            return Words(_text(told, "vi"), _text(told, "en"))
    return Words("")


def _text(table: Mapping[str, Any], key: str) -> str:
    value = table.get(key, "")
    return value if isinstance(value, str) else ""


def _day(table: Mapping[str, Any], key: str, otherwise: date | None) -> date | None:
    value = table.get(key, otherwise)
    return value if isinstance(value, date) else otherwise
