"""Strict reading of the data of deadlines, terms and waits: what is unknown, missing or contradictory is refused."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import time
from itertools import pairwise
from typing import Protocol, TypeVar

from verifier.law.deadlines.records import (
    CLOCKS,
    EFFECTS,
    OCCASIONS,
    RULES,
    STARTS,
    UNITS,
    DeadlineRule,
    Extension,
    Grid,
    NoticeRule,
    Row,
    TermRule,
    Wait,
)
from verifier.law.deadlines.saying import Saying, checked
from verifier.law.procedures.records import CHANNELS
from verifier.law.records import BadLaw, Entry, Words
from verifier.law.source import Source, known_switches
from verifier.law.tables import Table, refuse_overlap, refuse_twice

DEADLINES, TERMS, WAITS = "deadlines/deadlines.toml", "deadlines/terms.toml", "deadlines/waits.toml"
REASONS: Mapping[str, tuple[str, ...]] = {
    "same-day": ("received", "cut_off", "due"),
    "next-day": ("received", "cut_off", "due"),
    "outside-hours": ("received", "start", "due"),
    "extension": ("days", "grounds", "due"),
    "waiting": (),
    "receipt-sent": ("start", "row", "due"),
    "complete": ("start", "row", "due"),
    "filing": ("received", "row", "due"),
    "filing-outside-hours": ("received", "start", "row", "due"),
    "count-same-day": ("start", "row", "cut_off", "due"),
    "count-next-day": ("start", "row", "cut_off", "due"),
}
"""Every way in which a deadline may come about, with the names in braces that its wording may use."""
_HOUR = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")


class Dated(Protocol):
    """An entry with an id."""

    @property
    def id(self) -> str:
        """Id of what it speaks of."""

    @property
    def entry(self) -> Entry:
        """When it holds."""


Rule = TypeVar("Rule", bound=Dated)


def read_terms(source: Source) -> dict[str, tuple[TermRule, ...]]:
    """Read `terms.toml`: each term with its entries, in the order of the file."""
    table = source.table(TERMS)
    found = _history((_term(one) for one in table.tables("term")), TERMS)
    table.end()
    return found


def read_deadlines(
    source: Source, terms: Collection[str]
) -> tuple[dict[str, tuple[DeadlineRule, ...]], Saying, dict[str, Words]]:
    """Read `deadlines.toml`: each deadline with its entries, the patterns of times, and the wordings of reasons."""
    table = source.table(DEADLINES)
    saying = Saying.read(table.table("said"))
    reasons = _reasons(table.table("reason"))
    switches = known_switches(source)
    found = _history((_deadline(one, source, switches) for one in table.tables("deadline")), DEADLINES)
    table.end()
    for rule in (one for history in found.values() for one in history):
        if unknown := sorted({one.term for one in rule.notices} - set(terms)):
            raise BadLaw(f"{DEADLINES}: {rule.id}: there is no term {unknown[0]!r}")
    return found, saying, reasons


def read_waits(source: Source, deadlines: Collection[str], terms: Collection[str]) -> tuple[Wait, ...]:
    """Read `waits.toml`; no deadline has two entries for one occasion on one day."""
    table = source.table(WAITS)
    found = tuple(_wait(one, deadlines, terms) for one in table.tables("wait"))
    table.end()
    for id_ in deadlines:
        for occasion in OCCASIONS:
            own = (one.entry for one in found if one.occasion == occasion and id_ in one.deadlines)
            refuse_overlap(own, f"{WAITS}: {occasion} of {id_}")
    return found


def _wait(table: Table, deadlines: Collection[str], terms: Collection[str]) -> Wait:
    occasion, _ = table.one_of("for", OCCASIONS), table.text("id")
    supplement = occasion == "supplement"
    named = ("by", "target", "refuse") if supplement else ("answer", "longer", "remind", "back")
    found = Wait(
        occasion=occasion,
        deadlines=table.texts("deadlines", tuple(deadlines)),
        entry=table.entry(),
        clock=table.one_of("clock", EFFECTS),
        words=table.words(),
        again=not supplement or table.flag("again"),
        **{name: table.text(name, "") for name in named},
    )
    table.end()
    if not found.deadlines:
        raise table.fault("deadlines is empty")
    if unknown := sorted(set(found.terms) - set(terms)):
        raise table.fault(f"there is no term {unknown[0]!r}")
    if supplement and bool(found.by) is bool(found.target):
        raise table.fault("either by or target is said")
    if found.refuse and not found.by:
        raise table.fault("refuse is counted from the end of by")
    return found


def _history(entries: Iterable[Rule], where: str) -> dict[str, tuple[Rule, ...]]:
    found: dict[str, tuple[Rule, ...]] = {}
    for one in entries:
        found[one.id] = (*found.get(one.id, ()), one)
    if not found:
        raise BadLaw(f"{where}: it says nothing")
    for id_, history in found.items():
        refuse_overlap((one.entry for one in history), f"{where}: {id_}")
    return found


def _reasons(table: Table) -> dict[str, Words]:
    found = {case: checked(table, case, names) for case, names in REASONS.items()}
    table.end()
    return found


def _term(table: Table) -> TermRule:
    unit = table.one_of("unit", UNITS)
    counted = unit not in ("none", "same-working-day", "day-before")
    rule = TermRule(
        id=table.text("id"),
        entry=table.entry(),
        start=table.one_of("start", STARTS),
        unit=unit,
        length=table.count("length", least=1) if counted else 0,
        cut_off=_hour(table, "cut_off") if unit == "transfer" else None,
        words=table.words(),
        start_words=checked(table, "start_words", ()),
        too_late=checked(table, "too_late", ()) if unit == "day-before" else Words(""),
    )
    table.end()
    if unit == "monthly" and rule.length > 28:
        raise table.fault("a month may end before day length")
    return rule


def _deadline(table: Table, source: Source, switches: Collection[str]) -> DeadlineRule:
    rule, entry = table.one_of("rule", RULES), table.entry()
    by_count = rule == "working-days-by-count"
    grids = (_grid(one, entry, source, switches) for one in table.tables("table")) if by_count else ()
    found = DeadlineRule(
        id=table.text("id"),
        entry=entry,
        rule=rule,
        clock=table.one_of("clock", CLOCKS if by_count else ("filing",)),
        words=table.words(),
        cut_off=None if by_count else _hour(table, "cut_off"),
        grids=tuple(one for one in grids if one),
        extension=_extension(table.table("extension"), entry) if table.has("extension") else None,
        notices=tuple(_notice(one) for one in table.tables("notice")),
    )
    table.end()
    refuse_twice((one.id for one in found.grids), f"{table.where}, tables")
    if len(set(found.notices)) < len(found.notices):
        raise table.fault("a notice stands twice")
    if by_count and [one.id for one in found.grids if not one.channels] != [found.grids[-1].id if found.grids else ""]:
        raise table.fault("the last table, and no other, must be for all channels")
    return found


def _grid(table: Table, entry: Entry, source: Source, switches: Collection[str]) -> Grid | None:
    switch = table.text("switch", "")
    if switch and switch not in switches:
        raise table.fault(f"there is no switch {switch!r}")
    grid = Grid(
        id=table.text("id"),
        channels=table.texts("channels", CHANNELS),
        rows=tuple(_row(one) for one in table.tables("row")),
        cut_off=_hour(table, "cut_off") if table.has("cut_off") else None,
        basis=table.cited(entry),
    )
    table.end()
    if not grid.rows or grid.rows[0].documents != 1:
        raise table.fault("the first row must begin at 1")
    if any(one.documents >= later.documents or one.days >= later.days for one, later in pairwise(grid.rows)):
        raise table.fault("the rows must rise")
    if (grid.cut_off is None) is any(one.days == 0 for one in grid.rows):
        raise table.fault("cut_off belongs to a row of the same day")
    return grid if not switch or source.on(switch) else None


def _row(table: Table) -> Row:
    row = Row(table.count("documents", least=1), table.count("days"), table.words())
    table.end()
    return row


def _extension(table: Table, entry: Entry) -> Extension:
    found = Extension(table.count("days", least=1), table.words(), table.cited(entry))
    table.end()
    return found


def _notice(table: Table) -> NoticeRule:
    found = NoticeRule(table.text("term"), table.texts("channels", CHANNELS), table.flag("slip", default=False))
    table.end()
    return found


def _hour(table: Table, key: str) -> time:
    found = _HOUR.fullmatch(table.text(key))
    if found is None:
        raise table.fault(f"{key} must be an hour as 15:00")
    return time(int(found[1]), int(found[2]))
