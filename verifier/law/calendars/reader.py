"""Strict reading of the data of calendars; every refusal is one line that begins with the file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, time
from importlib.resources import files
from itertools import chain, pairwise
from zoneinfo import ZoneInfo

from holidays import country_holidays

from verifier.law.answers import Doubt
from verifier.law.calendars.records import (
    FIRST_YEAR,
    LAST_YEAR,
    WEEKDAYS,
    Assigned,
    Authorities,
    DayOff,
    Host,
    Hours,
    Plan,
    Rule,
    Spans,
    Unscheduled,
    Worked,
    Yearly,
)
from verifier.law.records import Cited, Words
from verifier.law.source import Source, known_switches
from verifier.law.tables import Table, refuse_overlap

_SPAN = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-3]):([0-5][0-9])")


@dataclass(frozen=True)
class _Change:
    """One `[[off]]` or `[[worked]]`, before it is known whether its switch is on."""

    table: Table
    days: tuple[date, ...]
    name: Words
    basis: Cited
    note: str
    switch: str
    doubt: Words
    instead_of: date | None = None
    spans: Spans = ()


def read_plan(source: Source, name: str) -> Plan:
    """Read the file of one calendar; BadLaw at the first thing that is not as it must be."""
    table = source.table(name)
    switches = known_switches(source)
    id_ = table.text("id")
    if name != f"calendars/{id_}.toml":
        raise table.fault(f"id {id_!r} belongs into calendars/{id_}.toml")
    zone, words = _zone(table), table.words()
    host = _host(table.table("host")) if table.has("host") else None
    hours = _hours(table)
    years = _years(table)
    yearly = _yearly(table)
    off = [_change(one, years, switches) for one in table.tables("off")]
    worked = [_change(one, years, switches, worked=True) for one in table.tables("worked")]
    undecided = _undecided(table, source, switches)
    doubts = _doubts(table, years)
    unscheduled = _unscheduled(table.table("unscheduled"))
    table.end()
    plan = Plan(id_, words, zone, host, hours, years, unscheduled, yearly, {}, {}, {})
    _refuse_clashes(plan, off, worked)
    return Plan(
        id=id_,
        name=words,
        zone=zone,
        host=host,
        hours=hours,
        years=years,
        unscheduled=unscheduled,
        yearly=yearly,
        off={day: DayOff(day, one.name, one.basis, one.note) for one in off if _on(one, source) for day in one.days},
        worked={
            day: Worked(one.name, one.basis, one.spans, one.instead_of)
            for one in worked
            if _on(one, source)
            for day in one.days
        },
        doubts=doubts | _open(chain(off, worked), source, undecided),
    )


def _on(one: _Change, source: Source) -> bool:
    return not one.switch or source.on(one.switch)


def _open(changes: Iterable[_Change], source: Source, decided: frozenset[str]) -> dict[date, Doubt]:
    """Return the doubts of changes whose switch is off, and not decided by its alternative."""
    return {
        day: Doubt(day, one.doubt, one.basis)
        for one in changes
        if not _on(one, source) and one.switch not in decided
        for day in one.days
    }


def _zone(table: Table) -> ZoneInfo:
    """Take a zone from the package `tzdata`, whose version is in the hash, whatever the machine has of its own."""
    name = table.text("zone")
    try:
        ZoneInfo(name)  # refuses what is no name of a zone
        with files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as rules:
            return ZoneInfo.from_file(rules, key=name)
    except (KeyError, ValueError, OSError):  # unknown, not a name, a folder of zones
        raise table.fault(f"there is no time zone {name!r}") from None


def _host(table: Table) -> Host:
    country, subdivision = table.text("country"), table.text("subdivision", "")
    try:
        country_holidays(country, subdiv=subdivision or None, years=LAST_YEAR, language="en_US")
    except NotImplementedError:
        raise table.fault(f"no public holidays are known of {country} {subdivision}".rstrip()) from None
    words, basis, note = table.words(), table.basis(), table.text("note", "")
    if not all("{name}" in one for one in (words.vi, words.en)):
        raise table.fault("vi and en must hold {name}")
    names = table.table("names")
    told = {name: names.text(name) for name in names.names()}
    table.end()
    return Host(country, subdivision, words, told, basis, note)


def _hours(table: Table) -> tuple[Hours, ...]:
    found = []
    for one in table.tables("hours"):
        names = one.texts("weekdays", WEEKDAYS)
        entry = Hours(one.entry(), frozenset(WEEKDAYS.index(name) for name in names), _spans(one))
        one.end()
        if not names or not entry.spans:
            raise one.fault("no weekdays, or no spans")
        found.append(entry)
    for number, name in enumerate(WEEKDAYS):
        refuse_overlap((one.entry for one in found if number in one.weekdays), f"{table.where}, hours of {name}")
    for day in (date(FIRST_YEAR, 1, 1), *(one.entry.until for one in found if one.entry.until)):
        if not any(one.entry.holds(day) for one in found):
            raise table.fault(f"no hours hold on {day}")
    return tuple(found)


def _spans(table: Table) -> Spans:
    told = table.texts("spans")
    found = []
    for text in told:
        if not (read := _SPAN.fullmatch(text)):
            raise table.fault(f"{text!r} is not hours as 07:00-11:30")
        hours = [int(one) for one in read.groups()]
        found.append((time(hours[0], hours[1]), time(hours[2], hours[3])))
    flat = list(chain.from_iterable(found))
    if any(later <= sooner for sooner, later in pairwise(flat)):
        raise table.fault("hours must rise within the day, with a break between them")
    return tuple(found)


def _years(table: Table) -> frozenset[int]:
    found: set[int] = set()
    for one in table.tables("schedule"):
        year = one.count("year", least=FIRST_YEAR)
        one.basis(), one.text("note", "")
        one.end()
        if year in found or year > LAST_YEAR:
            raise one.fault(f"{year} stands twice, or is too far away")
        found.add(year)
    return frozenset(found)


def _yearly(table: Table) -> tuple[Yearly, ...]:
    found: dict[tuple[int, int], list[Yearly]] = {}
    for one in table.tables("yearly"):
        entry = Yearly(one.entry(), one.count("month", least=1), one.count("day", least=1), one.words())
        one.end()
        try:
            date(2001, entry.month, entry.day)
        except ValueError:
            raise one.fault("there is no such day in every year") from None
        found.setdefault((entry.month, entry.day), []).append(entry)
    for (month, day), entries in found.items():
        refuse_overlap((one.entry for one in entries), f"{table.where}, yearly on {day}/{month}")
    return tuple(chain.from_iterable(found.values()))


def _change(table: Table, years: frozenset[int], switches: frozenset[str], *, worked: bool = False) -> _Change:
    switch = table.text("switch", "")
    if switch and switch not in switches:
        raise table.fault(f"there is no switch {switch!r}")
    change = _Change(
        table=table,
        days=_scheduled(table, years),
        name=table.words(),
        basis=table.basis(),
        note=table.text("note", ""),
        switch=switch,
        doubt=table.words("doubt") if switch else Words(""),
        instead_of=table.day("instead_of") if worked else None,
        spans=_spans(table) if worked else (),
    )
    table.end()
    if worked and (change.instead_of is None) == (not change.spans):
        raise table.fault("either instead_of or spans")
    return change


def _scheduled(table: Table, years: frozenset[int]) -> tuple[date, ...]:
    days = table.days("days")
    if strange := [day for day in days if day.year not in years]:
        raise table.fault(f"{strange[0]} is in a year without a schedule")
    return days


def _undecided(table: Table, source: Source, switches: frozenset[str]) -> frozenset[str]:
    """Return the switches that are off because an alternative is on."""
    found: set[str] = set()
    for one in table.tables("either"):
        names = one.texts("switches", tuple(sorted(switches)))
        one.end()
        on = [name for name in names if source.on(name)]
        if len(on) > 1:
            raise one.fault(f"the switches {' and '.join(on)} exclude each other")
        if on:
            found.update(names)
    return frozenset(found)


def _doubts(table: Table, years: frozenset[int]) -> dict[date, Doubt]:
    found: dict[date, Doubt] = {}
    for one in table.tables("doubt"):
        days, words, basis = _scheduled(one, years), one.words(), one.basis()
        one.text("note", "")
        one.end()
        if twice := sorted(found.keys() & set(days)):
            raise one.fault(f"{twice[0]} stands twice")
        found |= {day: Doubt(day, words, basis) for day in days}
    return found


def _unscheduled(table: Table) -> Unscheduled:
    found = Unscheduled(table.words(), table.basis())
    table.end()
    return found


def _refuse_clashes(plan: Plan, off: list[_Change], worked: list[_Change]) -> None:
    """Refuse days that say nothing, or two things; `plan` knows weekdays, yearly days and holidays of the host."""
    lost = _once(off)
    gained = _once(worked)
    for day, one in lost.items():
        if not plan.usual(day):
            raise one.table.fault(f"{day} is a {WEEKDAYS[day.weekday()]} and rests anyway")
        if any(yearly.on(day) for yearly in plan.yearly):
            raise one.table.fault(f"{day} is off every year anyway")
    host = _host_days(plan, gained)
    for day, one in gained.items():
        if day in lost or any(yearly.on(day) for yearly in plan.yearly):
            raise one.table.fault(f"{day} is both off and worked")
        if plan.usual(day) and day not in host:
            raise one.table.fault(f"{day} is a working day anyway")
        if one.instead_of and (one.instead_of not in lost or lost[one.instead_of].switch != one.switch):
            raise one.table.fault(f"{one.instead_of} is not off, or not under the same switch")


def _once(changes: list[_Change]) -> Mapping[date, _Change]:
    found: dict[date, _Change] = {}
    for one in changes:
        for day in one.days:
            if day in found:
                raise one.table.fault(f"{day} stands twice")
            found[day] = one
    return found


def _host_days(plan: Plan, days: Iterable[date]) -> frozenset[date]:
    if plan.host is None:
        return frozenset()
    years = {day.year for day in days}
    return frozenset(country_holidays(plan.host.country, subdiv=plan.host.subdivision or None, years=years))


def read_authorities(source: Source, ids: frozenset[str]) -> Authorities:
    """Read whose calendar is which; BadLaw as `read_plan`."""
    table = source.table("calendars/authorities.toml")
    default = table.table("default")
    usual = _calendar(default, ids)
    default.basis()
    default.end()
    known = tuple(_assigned(one, ids) for one in table.tables("authority"))
    rules = tuple(_rule(one, ids) for one in table.tables("rule"))
    table.end()
    codes = {one.code for one in known}
    for code in codes:
        refuse_overlap((one.entry for one in known if one.code == code), f"{table.where}, {code}")
    if both := codes & ids:
        raise table.fault(f"{min(both)!r} is the id of a calendar")
    return Authorities(usual, known, rules)


def _calendar(table: Table, ids: frozenset[str]) -> str:
    id_ = table.text("calendar")
    if id_ not in ids:
        raise table.fault(f"there is no calendar {id_!r}")
    return id_


def _assigned(table: Table, ids: frozenset[str]) -> Assigned:
    found = Assigned(table.text("code"), _calendar(table, ids), table.entry())
    table.end()
    return found


def _rule(table: Table, ids: frozenset[str]) -> Rule:
    try:
        pattern = re.compile(table.text("pattern"))
    except re.error:
        raise table.fault("pattern is not a regular expression") from None
    found = Rule(pattern, _calendar(table, ids) if table.has("calendar") else "", table.entry())
    table.end()
    return found
