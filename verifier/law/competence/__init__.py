"""Who may act (thẩm quyền): kinds of authorities, what each may do in which procedure, and who decides, by date."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from verifier.law.records import Cited, Entry, Words
from verifier.law.source import Source
from verifier.law.tables import Table, refuse_overlap

FILE = "competence/competence.toml"
CAPACITIES = ("decide", "receive")
"""decide: carries out the whole procedure; receive: takes in, hands out, and forwards (tiếp nhận và trả kết quả)."""


@dataclass(frozen=True)
class Decider:
    """Who signs for the authority (người có thẩm quyền ký)."""

    words: Words
    basis: Cited
    since: date | None
    until: date | None
    """First day on which it is no more so."""

    def holds(self, day: date) -> bool:
        """Tell whether it is so on a day."""
        return (self.since is None or self.since <= day) and (self.until is None or day < self.until)


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
    scope: tuple[Decider, ...]
    """What it is limited to, and since when; empty: nothing."""
    deciders: tuple[Decider, ...]

    def decider(self, day: date) -> Decider | None:
        """Return who signs on a day; None where the data does not say."""
        return next((one for one in self.deciders if one.holds(day)), None)

    def given_to(self, name: str) -> bool:
        """Tell whether an authority of the kind has it, by its Vietnamese name."""
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
        """Return who may act in a procedure on a day."""
        return tuple(one for one in self.bases if one.procedure == procedure and one.entry.holds(day))


def _read(table: Table) -> Competences:
    kinds, procedures = _names(table.table("names")), _names(table.table("procedures"))
    bases = tuple(basis for one in table.tables("competence") for basis in _bases(one, tuple(kinds), tuple(procedures)))
    table.end()
    for kind, procedure in sorted({(one.kind, one.procedure) for one in bases}):
        same = [one for one in bases if (one.kind, one.procedure) == (kind, procedure)]
        for names in {one.only for one in same}:
            refuse_overlap([one.entry for one in same if one.only == names], f"{FILE}: {kind}, {procedure}")
    return Competences(kinds, procedures, bases)


def _names(table: Table) -> Mapping[str, Words]:
    return {name: table.words(name) for name in table.names()}


def _bases(table: Table, kinds: tuple[str, ...], procedures: tuple[str, ...]) -> Iterable[Basis]:
    entry = table.entry()
    named, meant = table.texts("kinds", kinds), table.texts("procedures", procedures)
    capacity, only = table.one_of("capacity", CAPACITIES), table.texts("only")
    scope = tuple(_dated(one) for one in table.tables("scope"))
    deciders = tuple(_dated(one) for one in table.tables("decider"))
    table.end()
    for lines, what in ((scope, "scope"), (deciders, "decider")):
        dates = [Entry(one.since, one.until, "", "", "") for one in lines]
        refuse_overlap(dates, f"{table.where}, {what}")
    if not named or not meant:
        raise table.fault("kinds or procedures are missing")
    for kind in named:
        for procedure in meant:
            yield Basis(kind, procedure, capacity, entry, only, scope, deciders)


def _dated(table: Table) -> Decider:
    since, until = table.day("from"), table.day("until")
    if since is not None and until is not None and until <= since:
        raise table.fault("until does not follow from")
    status = table.one_of("status", ("verified", "partial", "unverified"))
    line = Decider(table.words(), Cited(status, table.text("citation")), since, until)
    table.end()
    return line
