"""Who may act (thẩm quyền): kinds of authorities, what each may do in which procedure, and who decides, by date."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import combinations

from verifier.law.records import Cited, Entry, Words
from verifier.law.source import Source
from verifier.law.tables import Table, refuse_overlap

FILE = "competence/competence.toml"
CAPACITIES = ("decide", "receive")
"""decide: carries out the whole procedure; receive: takes in, hands out, and forwards (tiếp nhận và trả kết quả)."""


@dataclass(frozen=True)
class Line:
    """Something that an entry says for a time: who signs, or what it is limited to."""

    words: Words
    basis: Cited
    dates: Entry


@dataclass(frozen=True)
class Basis:
    """What one kind of authority may do in one procedure."""

    kind: str
    procedure: str
    capacity: str
    """One of `CAPACITIES`."""
    entry: Entry
    only: tuple[str, ...]
    """Names of the provinces and cities to which alone it is given; empty: to every authority of the kind."""
    deciders: tuple[Line, ...]
    scopes: tuple[Line, ...]

    def decider(self, day: date) -> Line | None:
        """Return who signs on a day (người có thẩm quyền ký); None where nobody is named."""
        return _held(self.deciders, day)

    def scope(self, day: date) -> Line | None:
        """Return what it is limited to on a day; None where it is not limited."""
        return _held(self.scopes, day)

    def given_to(self, name: str) -> bool:
        """Tell whether an authority with this Vietnamese name has it, if it is of the kind."""
        return not self.only or any(one.casefold() in name.casefold() for one in self.only)


@dataclass(frozen=True)
class Competences:
    """The whole file."""

    kinds: Mapping[str, Words]
    """Names of the kinds of authorities."""
    procedures: Mapping[str, Words]
    """Names of the procedures."""
    bases: tuple[Basis, ...]

    @classmethod
    def read(cls, source: Source) -> Competences:
        """Read the file; BadLaw at the first thing that is not as it must be."""
        return _read(source.table(FILE))

    def of(self, kind: str) -> tuple[Basis, ...]:
        """Return what one kind may do, on whatever day."""
        return tuple(one for one in self.bases if one.kind == kind)

    def who(self, procedure: str, day: date) -> tuple[Basis, ...]:
        """Return who may act in a procedure on a day; nobody where it is unknown or not in force."""
        return tuple(one for one in self.bases if one.procedure == procedure and one.entry.holds(day))


def _held(lines: tuple[Line, ...], day: date) -> Line | None:
    return next((one for one in lines if one.dates.holds(day)), None)


def _read(table: Table) -> Competences:
    kinds, procedures = _names(table.table("names")), _names(table.table("procedures"))
    bases = tuple(basis for one in table.tables("competence") for basis in _bases(one, tuple(kinds), tuple(procedures)))
    table.end()
    for one, other in combinations(bases, 2):
        if (one.kind, one.procedure) == (other.kind, other.procedure) and _for_the_same(one, other):
            refuse_overlap((one.entry, other.entry), f"{FILE}: {one.kind}, {one.procedure}")
    return Competences(kinds, procedures, bases)


def _for_the_same(one: Basis, other: Basis) -> bool:
    """Whether two entries speak of the same authorities: the special one stands beside the general one."""
    return one.only == other.only or bool(set(one.only) & set(other.only))


def _names(table: Table) -> Mapping[str, Words]:
    return {name: table.words(name) for name in table.names()}


def _bases(table: Table, kinds: tuple[str, ...], procedures: tuple[str, ...]) -> Iterable[Basis]:
    entry = table.entry()
    named, meant = table.texts("kinds", kinds), table.texts("procedures", procedures)
    capacity, only = table.one_of("capacity", CAPACITIES), table.texts("only")
    deciders, scopes = _dated(table, "decider"), _dated(table, "scope")
    table.end()
    if entry.since is None or not named or not meant:
        raise table.fault("from, kinds or procedures are missing")
    if capacity == "decide" and not deciders:
        raise table.fault("nobody is named who decides")
    for kind in named:
        for procedure in meant:
            yield Basis(kind, procedure, capacity, entry, only, deciders, scopes)


def _dated(table: Table, key: str) -> tuple[Line, ...]:
    lines = tuple(_line(one) for one in table.tables(key))
    refuse_overlap((one.dates for one in lines), f"{table.where}, {key}")
    return lines


def _line(table: Table) -> Line:
    since, until = table.day("from"), table.day("until")
    if since is not None and until is not None and until <= since:
        raise table.fault("until does not follow from")
    basis = table.basis()
    line = Line(table.words(), basis, Entry(since, until, basis.status, basis.citation, ""))
    table.end()
    return line
