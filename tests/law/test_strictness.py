"""Data that are spoiled in one place, chosen by lot: refused with one line, and never by another error."""

from __future__ import annotations

import json
import random
import tomllib
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import pytest

from verifier.law import marks
from verifier.law.book import read_book
from verifier.law.branches import Branches
from verifier.law.calendars import Calendars
from verifier.law.codes import Codes
from verifier.law.competence import Competences
from verifier.law.deadlines import Deadlines
from verifier.law.fees import Fees
from verifier.law.forms import Forms
from verifier.law.grounds import Grounds
from verifier.law.procedures import Procedures
from verifier.law.records import BadLaw
from verifier.law.source import FOLDER, Source, known_switches
from verifier.law.tables import Table

READERS: dict[str, Callable[[Source], object]] = {
    "branches": Branches.read,
    "calendars": Calendars.read,
    "codes": Codes.read,
    "competence": Competences.read,
    "deadlines": Deadlines.read,
    "fees": Fees.read,
    "forms": Forms.read,
    "grounds": Grounds.read,
    "marks": marks.read_all,
    "procedures": Procedures.read,
    "switches.toml": known_switches,
}
FILES = sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.toml") if path.parent.name != "examples")
SAMPLES = 10
"""Mutants of each kind and part."""
Path = tuple[str | int, ...]


@lru_cache
def told(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / name).read_text("utf-8"))


@dataclass(frozen=True)
class Spoiled(Source):
    """The shipped data, one file of which says something else."""

    name: str = ""
    root: Any = None

    def table(self, name: str) -> Table:
        return Table(deepcopy(self.root if name == self.name else told(name)), name)

    def text(self, name: str) -> str:
        return (
            "\n".join(f"{key} = {toml(value)}" for key, value in self.root.items())
            if name == self.name
            else super().text(name)
        )


def toml(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {toml(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return value.isoformat() if isinstance(value, date) else json.dumps(value, ensure_ascii=False)


def tables(node: object, path: Path = ()) -> Iterator[Path]:
    """Yield the place of each table."""
    if isinstance(node, dict):
        yield path
    for key, one in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        yield from tables(one, (*path, key))


def place(root: Any, path: Path) -> Any:
    for key in path:
        root = root[key]
    return root


def unknown(table: dict[str, Any], _key: str) -> None:
    table["zzz"] = 1


def wrong(table: dict[str, Any], key: str) -> None:
    table[key] = {"a": 1} if isinstance(table[key], str | int | date) else "x"


def blank(table: dict[str, Any], key: str) -> None:
    table[key] = [" "] if isinstance(table[key], list) else " "


def missing(table: dict[str, Any], key: str) -> None:
    del table[key]


def other(table: dict[str, Any], key: str) -> None:
    value = table[key]
    if isinstance(value, date):
        table[key] = value - timedelta(days=1)
    elif isinstance(value, list):
        table[key] = [*value, *value[:1]]
    elif isinstance(value, str):
        table[key] = value + "x"
    else:
        del table[key]


def mutants(part: str, change: Callable[[dict[str, Any], str], None]) -> Iterator[Spoiled]:
    lot = random.Random(f"{part} {change.__name__}")
    names = [name for name in FILES if name.split("/")[0] == part]
    for _ in range(SAMPLES):
        name = lot.choice(names)
        root = deepcopy(told(name))
        table = place(root, lot.choice([path for path in tables(root) if place(root, path)]))
        change(table, lot.choice(sorted(table)))
        yield Spoiled(name=name, root=root)


def refusal(part: str, source: Spoiled) -> str:
    try:
        READERS[part](source)
    except BadLaw as refused:
        return str(refused)
    return ""


@pytest.mark.parametrize("part", READERS)
@pytest.mark.parametrize("change", [unknown, wrong, blank])
def test_what_no_reader_understands_is_refused_in_one_line(
    part: str, change: Callable[[dict[str, Any], str], None]
) -> None:
    for source in mutants(part, change):
        said = refusal(part, source)
        assert said.startswith((source.name, source.name.removeprefix("marks/"))), (source.name, said)
        assert "\n" not in said


@pytest.mark.parametrize("part", READERS)
@pytest.mark.parametrize("change", [missing, other])
def test_what_is_missing_or_otherwise_is_never_another_error(
    part: str, change: Callable[[dict[str, Any], str], None]
) -> None:
    found = [refusal(part, source) for source in mutants(part, change)]
    assert all("\n" not in one for one in found)


def chosen(data: Any) -> None:
    path = next(path for path in tables(data) if "choice" in place(data, path))
    choices = place(data, path)["choice"]
    choices.append(choices[0])


HOLES: dict[str, tuple[str, Callable[[Any], object], str]] = {
    "charged twice": ("fees/fees.toml", lambda data: twice(data, "fee", "charge"), "stands twice"),
    "a day without a fee": ("fees/fees.toml", lambda data: rename(data["absent"][0]), "nothing holds on 2015-04-10"),
    "a day without a deadline": (
        "deadlines/deadlines.toml",
        lambda data: rename(next(one for one in reversed(data["deadline"]) if one["id"] == "certified-copy")),
        "certified-copy: nothing holds on 2025-11-01",
    ),
    "a day on which nothing is said of waiting": (
        "deadlines/waits.toml",
        lambda data: data["wait"].pop(1),
        "supplement of certified-copy: nothing holds on 2018-06-21",
    ),
    "a notice twice": ("deadlines/deadlines.toml", lambda data: twice(data, "deadline", "notice"), "stands twice"),
    "a price of an unknown procedure": (
        "fees/fees.toml",
        lambda data: next(one for one in data["tariff"] if "procedures" in one).update(procedures=["notary"]),
        "there is no procedure 'notary'",
    ),
    "a kind of work twice": ("branches/branches.toml", lambda data: data["work"].append(data["work"][0]), "twice"),
    "a kind of work without a direction": (
        "branches/branches.toml",
        lambda data: next(one for one in data["work"] if one["id"] == "CNLS").pop("direction"),
        "the direction of CNLS cannot be ''",
    ),
    "a kind of work for another direction than its rules": (
        "branches/branches.toml",
        lambda data: next(one for one in data["work"] if one["id"] == "CNLS").update(direction="incoming"),
        "certification-before has CNLS for another direction than incoming",
    ),
    "a text twice": (
        "grounds/originals-22.toml",
        lambda data: data["ground"][0]["needs"].append(data["ground"][0]["needs"][0]),
        "needs holds a text twice",
    ),
    "no English": ("branches/countries.toml", lambda data: data["country"][0].pop("en"), "en is missing"),
    "columns twice": ("codes/books.toml", lambda data: data["columns"].append(data["columns"][0]), "stands twice"),
    "a doubt twice": ("calendars/viet-nam.toml", lambda data: data["doubt"].append(data["doubt"][0]), "stands twice"),
    "a choice twice": ("forms/register-copies.toml", chosen, "stands twice"),
}


def twice(data: Any, outer: str, inner: str) -> None:
    lines = next(one[inner] for one in data[outer] if inner in one)
    lines.append(lines[0])


def rename(entry: dict[str, Any]) -> None:
    entry["id"] = "nothing"


@pytest.mark.parametrize("what", HOLES)
def test_a_hole_that_was_closed(what: str) -> None:
    name, change, said = HOLES[what]
    root = deepcopy(told(name))
    change(root)
    with pytest.raises(BadLaw, match=said):
        read_book(Spoiled(name=name, root=root))
