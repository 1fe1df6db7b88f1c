"""Reads `fees/fees.toml` strictly: every reference is known, every tariff holds as long as the fees that take it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import TypeVar

from verifier.law.answers import Exemption, WhenPaid
from verifier.law.fees.records import (
    COUNTS,
    CURRENCIES,
    PAID,
    Abroad,
    Charge,
    Count,
    FeeData,
    Paging,
    Refund,
    Rule,
    Tariff,
)
from verifier.law.records import Absence, BadLaw, Cited, Entry, Words
from verifier.law.source import Source
from verifier.law.tables import Table, refuse_overlap, refuse_twice

FILE = "fees/fees.toml"
LIMITS = ("pages", "originals", "copies", "documents", "cases")
_NAMED = re.compile(r"\{([^{}]*)\}")
Dated = TypeVar("Dated", Tariff, Exemption, Rule, Absence)


def read_data(source: Source) -> FeeData:
    """Read the file; BadLaw at the first thing that is not as it must be."""
    table = source.table(FILE)
    limits = _limits(table.table("limits"))
    several = _several(table)
    tariffs = tuple(_tariff(one) for one in table.tables("tariff"))
    exemptions = tuple(_exemption(one) for one in table.tables("exemption"))
    refunds = _refunds(table.tables("refund"))
    rules = tuple(_rule(one, limits, refunds) for one in table.tables("fee"))
    absences = tuple(one.absence(one.text("id")) for one in table.tables("absent"))
    abroad = tuple(_abroad(one, refunds) for one in table.tables("abroad"))
    table.end()
    data = FeeData(
        most_originals=limits["originals"],
        several=several,
        tariffs=tuple(_used(one, rules) for one in tariffs),
        exemptions=exemptions,
        rules=rules,
        absences=absences,
        abroad=abroad,
    )
    _check(data)
    return data


def _limits(table: Table) -> Mapping[str, int]:
    found = {name: table.count(name, least=1) for name in LIMITS}
    table.end()
    return found


def _several(table: Table) -> Words:
    words = table.words("several")
    if any(sorted(_NAMED.findall(said)) != ["line", "number"] for said in (words.vi, words.en)):
        raise table.fault("several must name {number} and {line} in both languages")
    return words


def _tariff(table: Table) -> Tariff:
    words = table.words()
    currency = table.one_of("currency", CURRENCIES, "VND")
    first = table.count("first_page", 0)
    last = table.count("last_page", 0)
    if last and (not first or last < first):
        raise table.fault("last_page does not follow first_page")
    own = currency == "VND"
    tariff = Tariff(
        id=table.text("id"),
        entry=table.entry(),
        words=words,
        line=table.words("line") if own else words,
        unit=table.words("unit"),
        amount_minor=table.count("amount_vnd" if own else "amount_cents", least=1),
        currency=currency,
        first=first,
        last=last or None,
        procedures=() if own else table.texts("procedures"),
    )
    table.end()
    return tariff


def _exemption(table: Table) -> Exemption:
    exemption = Exemption(table.text("id"), table.words(), table.entry())
    table.end()
    return exemption


def _refunds(tables: Iterable[Table]) -> Mapping[str, Refund]:
    found: dict[str, Refund] = {}
    for table in tables:
        refund = Refund(table.text("id"), table.words(), table.basis())
        table.end()
        if refund.id in found:
            raise table.fault(f"{refund.id} stands twice")
        found[refund.id] = refund
    return found


def _rule(table: Table, limits: Mapping[str, int], refunds: Mapping[str, Refund]) -> Rule:
    counts = tuple(_count(one, limits) for one in table.tables("count"))
    paid = table.table("when_paid")
    rule = Rule(
        id=table.text("id"),
        entry=table.entry(),
        counts={one.name: one for one in counts},
        paging=_paging(table.table("paging")) if table.has("paging") else None,
        charges=tuple(_charge(one) for one in table.tables("charge")),
        when_paid=WhenPaid(paid.one_of("id", PAID), paid.words(), paid.basis()),
        paid_note=paid.text("note", ""),
        refund=_refund(table, refunds),
        exemptions=table.texts("exemptions"),
        carried=_carried(table.table("carried"), counts) if table.has("carried") else None,
    )
    paid.end()
    table.end()
    refuse_twice(rule.tariffs, f"{table.where}, tariffs")
    used = {one.count for one in rule.charges} | ({"pages", "copies"} if rule.paging else set())
    if used != set(rule.counts) or len(counts) > len(rule.counts) or not used:
        raise table.fault("each count must stand once, and be what something is charged by")
    return rule


def _carried(table: Table, counts: tuple[Count, ...]) -> Cited:
    if "documents" not in {one.name for one in counts}:
        raise table.fault("only what is counted by documents counts for another dossier")
    told = table.basis()
    table.end()
    return told


def _count(table: Table, limits: Mapping[str, int]) -> Count:
    name = table.one_of("name", COUNTS)
    least = table.count("least", 1)
    default = table.count("default", least=least) if table.has("default") else None
    if name == "pages" and default is not None:
        raise table.fault("pages have no default")
    count = Count(name, table.words(), default, least, limits[name])
    table.end()
    return count


def _paging(table: Table) -> Paging:
    paging = Paging(table.texts("tariffs"), table.text("most"), _basis(table))
    table.end()
    return paging


def _charge(table: Table) -> Charge:
    charge = Charge(table.text("tariff"), table.one_of("count", COUNTS[1:]), table.words(needed=False), _basis(table))
    table.end()
    return charge


def _basis(table: Table) -> Cited | None:
    return table.basis() if table.has("status") or table.has("citation") else None


def _refund(table: Table, refunds: Mapping[str, Refund]) -> Refund:
    return refunds[table.one_of("refund", tuple(refunds))]


def _abroad(table: Table, refunds: Mapping[str, Refund]) -> Abroad:
    abroad = Abroad(
        entry=table.entry(),
        words=table.words(),
        tariffs=table.texts("tariffs"),
        exemptions=table.texts("exemptions"),
        refund=_refund(table, refunds),
    )
    table.end()
    return abroad


def _used(tariff: Tariff, rules: Iterable[Rule]) -> Tariff:
    taken = tuple(dict.fromkeys(one.id for one in rules if tariff.id in one.tariffs))
    return replace(tariff, procedures=taken) if tariff.currency == "VND" else tariff


def _check(data: FeeData) -> None:
    for tariff_id, tariffs in _grouped(data.tariffs).items():
        refuse_overlap((one.entry for one in tariffs), f"{FILE}: tariff {tariff_id}")
    for exemption_id, exemptions in _grouped(data.exemptions).items():
        refuse_overlap((one.entry for one in exemptions), f"{FILE}: exemption {exemption_id}")
    periods: list[Rule | Absence] = [*data.rules, *data.absences]
    for fee_id in dict.fromkeys(one.id for one in periods):
        refuse_overlap((one.entry for one in periods if one.id == fee_id), f"{FILE}: fee {fee_id}")
    refuse_overlap((one.entry for one in data.abroad), f"{FILE}: abroad")
    for rule in data.rules:
        _known(f"fee {rule.id}", "exemption", rule.exemptions, _grouped(data.exemptions))
        _priced(rule, data.tariffs)
    for abroad in data.abroad:
        _known("abroad", "exemption", abroad.exemptions, _grouped(data.exemptions))
        _known("abroad", "tariff", abroad.tariffs, _grouped(one for one in data.tariffs if one.currency != "VND"))
    taking: list[Rule | Abroad] = [*data.rules, *data.abroad]
    named = {name for one in taking for name in one.tariffs}
    if idle := sorted({one.id for one in data.tariffs} - named):
        raise BadLaw(f"{FILE}: no fee takes the tariff {idle[0]!r}")


def _grouped(entries: Iterable[Dated]) -> Mapping[str, list[Dated]]:
    found: dict[str, list[Dated]] = {}
    for one in entries:
        found.setdefault(one.id, []).append(one)
    return found


def _known(who: str, what: str, named: Iterable[str], known: Mapping[str, object]) -> None:
    if unknown := [one for one in named if one not in known]:
        raise BadLaw(f"{FILE}: {who} names {unknown[0]!r}, which is no {what} for it")


def _priced(rule: Rule, tariffs: tuple[Tariff, ...]) -> None:
    own = _grouped(one for one in tariffs if one.currency == "VND")
    _known(f"fee {rule.id}", "tariff", rule.tariffs, own)
    taken = [one for name in rule.tariffs for one in own[name]]
    for day in _changes(rule.entry, [one.entry for one in taken]):
        holding = {one.id: one for one in taken if one.entry.holds(day)}
        if missing := [name for name in rule.tariffs if name not in holding]:
            raise BadLaw(f"{FILE}: fee {rule.id} takes the tariff {missing[0]!r}, which does not hold on {day}")
        if rule.paging:
            _stepped(rule, [holding[name] for name in rule.paging.tariffs])
        if paged := [one.tariff for one in rule.charges if holding[one.tariff].first]:
            raise BadLaw(f"{FILE}: fee {rule.id} charges the tariff {paged[0]!r} without pages")


def _changes(entry: Entry, others: Iterable[Entry]) -> list[date]:
    edges = {day for one in others for day in (one.since, one.until) if day is not None and entry.holds(day)}
    return sorted(edges | {entry.since or date.min})


def _stepped(rule: Rule, tiers: list[Tariff]) -> None:
    expected: int | None = 1
    for tier in tiers:
        if tier.first != expected:
            raise BadLaw(f"{FILE}: fee {rule.id}: the pages of {tier.id!r} do not follow those before it")
        expected = None if tier.last is None else tier.last + 1
    if expected is not None:
        raise BadLaw(f"{FILE}: fee {rule.id}: the last pages have no tariff")
