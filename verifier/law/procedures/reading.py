"""Reading of one procedure file: periods, absences, and lines with dates of their own, made into slices of time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Generic, TypeVar

from verifier.law.procedures.records import (
    CHANNELS,
    CLOCKS,
    NEEDS,
    READERS,
    ROLES,
    SHAPES,
    Channel,
    Component,
    Keeping,
    Occasion,
    Procedure,
    Rule,
    Step,
    Told,
    Variant,
)
from verifier.law.records import Absence, BadLaw, Entry, Words
from verifier.law.tables import Table, refuse_overlap

L = TypeVar("L", Variant, Channel, Component, Told, Rule, Step, Occasion, Keeping)


@dataclass(frozen=True)
class Dated(Generic[L]):
    """A line of a file, and when it holds: without dates as long as the procedure."""

    line: L
    dates: Entry

    def holds(self, day: date) -> bool:
        """Tell whether it holds on a day."""
        return self.dates.holds(day)


@dataclass(frozen=True)
class Period:
    """A procedure as such while one law governs it."""

    entry: Entry
    name: Words
    about: Words
    who: Words
    individuals_only: bool
    sets: int
    sector: str
    result_code: str
    fee: str
    deadline: str
    grounds: tuple[str, ...]
    kinds_of_work: tuple[str, ...]


@dataclass(frozen=True)
class Lines:
    """What the file lists beside its periods, each line with its own dates."""

    national_ids: tuple[Dated[Told], ...]
    variants: tuple[Dated[Variant], ...]
    channels: tuple[Dated[Channel], ...]
    components: tuple[Dated[Component], ...]
    places: tuple[Dated[Told], ...]
    steps: tuple[Dated[Step], ...]
    occasions: tuple[Dated[Occasion], ...]
    results: tuple[Dated[Told], ...]
    delivery: tuple[Dated[Told], ...]
    keeping: tuple[Dated[Keeping], ...]
    rules: tuple[Dated[Rule], ...]
    legal_basis: tuple[Dated[Told], ...]

    @property
    def dates(self) -> frozenset[date]:
        """The days on which something of it begins or ends."""
        return frozenset(
            day
            for lines in vars(self).values()
            for one in lines
            for day in (one.dates.since, one.dates.until)
            if day is not None
        )


@dataclass(frozen=True)
class Chapter:
    """All that one file says: its slices and absences in the order of time, without a gap."""

    id: str
    order: int
    history: tuple[Procedure | Absence, ...]

    def at(self, day: date) -> Procedure | Absence:
        """Return what holds on a day."""
        return next(one for one in self.history if one.holds(day))


def read_chapter(table: Table, switches: Reading) -> Chapter:
    """Read one file; BadLaw names it and what is wrong."""
    id_ = table.text("id")
    if table.where != f"procedures/{id_}.toml":
        raise table.fault(f"id {id_!r} belongs into procedures/{id_}.toml")
    order = table.count("order", least=1)
    periods = tuple(_period(one, id_) for one in table.tables("period"))
    absences = tuple(one.absence(id_) for one in table.tables("absent"))
    lines = _lines(table, switches)
    table.end()
    _refuse_gaps([*(one.entry for one in periods), *(one.entry for one in absences)], table.where)
    slices = tuple(made for period in periods for made in _slices(id_, period, lines))
    for made in slices:
        _refuse_hollow(made, table.where)
    _refuse_idle(lines, slices, table.where)
    return Chapter(id_, order, tuple(sorted((*slices, *absences), key=_first)))


@dataclass(frozen=True)
class Reading:
    """The switches that there are, and those that are on."""

    known: frozenset[str]
    on: frozenset[str]


def _period(table: Table, id_: str) -> Period:
    period = Period(
        entry=table.entry(),
        name=table.words("name"),
        about=table.words("about"),
        who=table.words("who"),
        individuals_only=table.flag("individuals_only", default=False),
        sets=table.count("sets", least=1),
        sector=table.text("sector", ""),
        result_code=table.text("result_code", ""),
        fee=table.text("fee", id_),
        deadline=table.text("deadline", id_),
        grounds=table.texts("grounds"),
        kinds_of_work=table.texts("kinds_of_work"),
    )
    table.end()
    if period.entry.since is None:
        raise table.fault("from is missing")
    return period


def _lines(table: Table, switches: Reading) -> Lines:
    def dated(key: str, read: Callable[[Table], L]) -> tuple[Dated[L], ...]:
        found = [_dated(one, read, switches) for one in table.tables(key)]
        kept = tuple(one for one in found if one is not None)
        for name in {one.line.id for one in kept}:
            refuse_overlap((one.dates for one in kept if one.line.id == name), f"{table.where}: {key} {name!r}")
        return kept

    return Lines(
        national_ids=dated("national_id", _told),
        variants=dated("variant", lambda one: Variant(one.text("id"), one.words(), one.basis())),
        channels=dated("channel", _channel),
        components=dated("component", _component),
        places=dated("place", _told),
        steps=dated("step", _step),
        occasions=dated("occasion", _occasion),
        results=dated("result", _told),
        delivery=dated("delivery", _told),
        keeping=dated("keeping", _keeping),
        rules=dated("rule", _rule),
        legal_basis=dated("basis", _told),
    )


def _dated(table: Table, read: Callable[[Table], L], switches: Reading) -> Dated[L] | None:
    since, until = table.day("from"), table.day("until")
    if since is not None and until is not None and until <= since:
        raise table.fault("until does not follow from")
    wanted = {"switched_on": True, "switched_off": False}
    shown = True
    for key, on in wanted.items():
        if switch := table.text(key, ""):
            if switch not in switches.known:
                raise table.fault(f"there is no switch {switch!r}")
            shown = shown and (switch in switches.on) == on
    line = read(table)
    table.end()
    return Dated(line, Entry(since, until, "", "", "")) if shown else None


def _told(table: Table) -> Told:
    return Told(table.text("id"), table.words(), table.basis())


def _rule(table: Table) -> Rule:
    return Rule(table.text("id"), table.words(), table.basis(), table.one_of("reader", READERS, READERS[0]))


def _channel(table: Table) -> Channel:
    return Channel(
        id=table.one_of("id", CHANNELS),
        words=table.words(),
        clock=table.one_of("clock", CLOCKS),
        clock_words=table.words("counts"),
        basis=table.basis(),
    )


def _component(table: Table) -> Component:
    component = Component(
        id=table.text("id"),
        words=table.words(),
        need=table.one_of("need", NEEDS),
        shapes=table.texts("shapes", SHAPES),
        number=table.count("number", 1, least=1),
        when=table.conditions("when"),
        condition=table.words("condition", needed=False),
        basis=table.basis(),
    )
    if not component.shapes:
        raise table.fault("shapes are missing")
    if component.need == "condition" and not component.condition.vi:
        raise table.fault("a condition without words")
    if component.need == "always" and (component.when or component.condition.vi):
        raise table.fault("what is always needed has no condition")
    return component


def _step(table: Table) -> Step:
    return Step(
        id=table.text("id"),
        words=table.words(),
        role=table.one_of("role", ROLES),
        role_words=table.words("by"),
        minutes=table.count("minutes"),
        forms=table.texts("forms"),
        basis=table.basis(),
    )


def _occasion(table: Table) -> Occasion:
    occasion = Occasion(
        id=table.text("id"),
        words=table.words(),
        role=table.one_of("role", ROLES),
        forms=table.texts("forms"),
        basis=table.basis(),
    )
    if not occasion.forms:
        raise table.fault("forms are missing")
    return occasion


def _keeping(table: Table) -> Keeping:
    keeping = Keeping(
        id=table.text("id"),
        words=table.words(),
        years=table.count("years", least=1) if table.has("years") else None,
        none=table.flag("none", default=False),
        basis=table.basis(),
    )
    if keeping.none and keeping.years is not None:
        raise table.fault("years and none")
    return keeping


def _refuse_gaps(entries: Sequence[Entry], where: str) -> None:
    refuse_overlap(entries, where)
    ordered = sorted(entries, key=lambda one: one.since or date.min)
    if not ordered or ordered[0].since is not None or ordered[-1].until is not None:
        raise BadLaw(f"{where}: the first days or the last are not explained")
    for before, after in pairwise(ordered):
        if before.until != after.since:
            raise BadLaw(f"{where}: nothing is said of the days from {before.until} until {after.since}")


def _first(one: Procedure | Absence) -> date:
    return one.since if isinstance(one, Procedure) else one.entry.since or date.min


def _slices(id_: str, period: Period, lines: Lines) -> Iterable[Procedure]:
    first, last = period.entry.since or date.min, period.entry.until
    begins = sorted({first, *(day for day in lines.dates if period.entry.holds(day))})
    for since, until in zip(begins, [*begins[1:], last], strict=True):
        yield _slice(id_, period, lines, since, until)


def _slice(id_: str, period: Period, lines: Lines, since: date, until: date | None) -> Procedure:
    def held(dated: tuple[Dated[L], ...]) -> tuple[L, ...]:
        return tuple(one.line for one in dated if one.holds(since))

    return Procedure(
        id=id_,
        entry=period.entry,
        since=since,
        until=until,
        name=period.name,
        about=period.about,
        national_ids=held(lines.national_ids),
        sector=period.sector,
        result_code=period.result_code,
        who=period.who,
        individuals_only=period.individuals_only,
        sets=period.sets,
        variants=held(lines.variants),
        channels=held(lines.channels),
        components=held(lines.components),
        places=held(lines.places),
        steps=held(lines.steps),
        occasions=held(lines.occasions),
        results=held(lines.results),
        delivery=held(lines.delivery),
        keeping=held(lines.keeping),
        rules=held(lines.rules),
        legal_basis=held(lines.legal_basis),
        fee=period.fee,
        deadline=period.deadline,
        grounds=period.grounds,
        kinds_of_work=period.kinds_of_work,
    )


def _refuse_hollow(made: Procedure, where: str) -> None:
    """Refuse a slice without what every procedure has, or with a condition on what nobody can say."""
    parts = ("channels", "components", "places", "steps", "results", "delivery", "keeping", "legal_basis", "grounds")
    for part in parts:
        if not getattr(made, part):
            raise BadLaw(f"{where}: no {part} from {made.since}")
    for one in made.components:
        for fact, wanted in one.when.items():
            if not set(wanted) <= set(made.facts.get(fact, ())):
                raise BadLaw(
                    f"{where}: component {one.id!r} has a condition on {fact!r} that never holds from {made.since}"
                )


def _refuse_idle(lines: Lines, slices: Sequence[Procedure], where: str) -> None:
    """Refuse a line that holds in no period: its dates are wrong."""
    days = [made.since for made in slices]
    for part, dated in vars(lines).items():
        for one in dated:
            if not any(one.holds(day) for day in days):
                raise BadLaw(f"{where}: {part} {one.line.id!r} holds in no period")
