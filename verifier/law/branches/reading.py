"""The folder of branches, read strictly: countries, member states, kinds of documents, and rules for all cases."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from itertools import product

from verifier.law.branches.records import (
    DIRECTIONS,
    FACTS,
    INCOMING,
    OBJECTIONS,
    OUTGOING,
    WORKS,
    CodedWords,
    Country,
    DocumentKind,
    Rule,
    State,
    Work,
)
from verifier.law.records import BadLaw, Cited, Entry
from verifier.law.source import Source
from verifier.law.tables import Table, refuse_overlap, refuse_twice

COUNTRIES = "branches/countries.toml"
STATES = "branches/apostille-states.toml"
KINDS = "branches/document-kinds.toml"
RULES = "branches/branches.toml"
HOME = "VN"
_CODE = re.compile(r"[A-Z]{2}")

Case = Mapping[str, str]
"""A value for each of `FACTS`."""


def read_states(source: Source) -> tuple[State, ...]:
    """Read the contracting parties; BadLaw where an objection is said, or denied, without the list that says so."""
    table = source.table(STATES)
    entry = table.entry()
    states = tuple(_state(one, entry) for one in table.tables("state"))
    table.end()
    refuse_twice((one.code for one in states), STATES)
    return states


def _state(table: Table, entry: Entry) -> State:
    code, words, in_force = _code(table), table.words(), table.day("in_force")
    objection, says = table.one_of("objection", OBJECTIONS), table.has("citation")
    basis: Cited = table.cited(entry)
    own = replace(entry, status=basis.status, citation=basis.citation, note=table.text("note", entry.note))
    table.end()
    if in_force is None:
        raise table.fault("in_force is missing")
    if objection != "unknown" and not says:
        raise table.fault(f"objection of {code} is said without a citation")
    return State(code, words, in_force, objection, own)


def read_countries(source: Source, states: Iterable[State]) -> Mapping[str, Country]:
    """Read all other countries and territories, and return them with the states, by code."""
    table = source.table(COUNTRIES)
    table.entry()
    found = [Country(one.code, one.words, "") for one in states]
    found += [_country(one) for one in table.tables("country")]
    table.end()
    refuse_twice((one.code for one in found), COUNTRIES)
    codes = {one.code for one in found}
    if unknown := sorted({one.of for one in found if one.of} - codes):
        raise BadLaw(f"{COUNTRIES}: of names {unknown[0]!r}, which is no country here")
    if HOME not in codes:
        raise BadLaw(f"{COUNTRIES}: {HOME} is missing")
    return {one.code: one for one in found}


def _country(table: Table) -> Country:
    country = Country(_code(table), table.words(), table.text("of", ""))
    table.end()
    return country


def _code(table: Table) -> str:
    code = table.text("code")
    if not _CODE.fullmatch(code):
        raise table.fault(f"code {code!r} is not two capital letters")
    return code


def read_kinds(source: Source) -> tuple[tuple[DocumentKind, ...], tuple[CodedWords, ...], tuple[CodedWords, ...]]:
    """Read kinds of documents, types of papers, and kinds of attachments."""
    table = source.table(KINDS)
    kinds = tuple(_kind(one) for one in table.tables("kind"))
    papers = tuple(_coded(one) for one in table.tables("paper_type"))
    attachments = tuple(_coded(one) for one in table.tables("attachment"))
    table.end()
    for name, lines in (("kind", kinds), ("paper_type", papers), ("attachment", attachments)):
        _refuse_overlaps(((one.code, one.entry) for one in lines), f"{KINDS}, {name}")
    return kinds, papers, attachments


def _kind(table: Table) -> DocumentKind:
    kind = DocumentKind(
        code=table.text("code"),
        words=table.words(),
        outgoing=table.one_of("outgoing", OUTGOING),
        incoming=table.one_of("incoming", INCOMING),
        entry=table.entry(),
    )
    table.end()
    return kind


def _coded(table: Table) -> CodedWords:
    coded = CodedWords(table.text("code"), table.words(), table.entry())
    table.end()
    return coded


def read_rules(source: Source) -> tuple[tuple[Rule, ...], Mapping[str, Work]]:
    """Read the rules and the kinds of work; BadLaw where a case has no rule, or a rule decides no case."""
    table = source.table(RULES)
    read = tuple(_work(one) for one in table.tables("work"))
    refuse_twice((one.id for one in read), RULES)
    works = {one.id: one for one in read}
    rules = tuple(_rule(one) for one in table.tables("rule"))
    table.end()
    if missing := [one for one in WORKS if one not in works]:
        raise BadLaw(f"{RULES}: no words for the work {missing[0]}")
    _refuse_overlaps(((one.id, one.entry) for one in rules), RULES)
    _refuse_gaps(rules)
    for rule in rules:
        if (wanted := works[rule.work].direction) and rule.when.get("direction") != (wanted,):
            raise BadLaw(f"{RULES}: {rule.id} has {rule.work} for another direction than {wanted}")
    return rules, works


def _work(table: Table) -> Work:
    procedure, direction = table.text("procedure", ""), table.text("direction", "")
    work = Work(table.one_of("id", WORKS), table.words(), procedure, direction)
    if direction not in (DIRECTIONS if procedure else ("",)):
        raise table.fault(f"the direction of {work.id} cannot be {direction!r}")
    table.end()
    return work


def _rule(table: Table) -> Rule:
    rule = Rule(
        id=table.text("id"),
        entry=table.entry(),
        when=table.conditions("when"),
        work=table.one_of("work", WORKS),
        candidates=table.texts("candidates", WORKS),
        reason=table.words("reason"),
        ask=table.words("ask", needed=False),
    )
    table.end()
    for fact, values in rule.when.items():
        if fact not in FACTS:
            raise table.fault(f"there is no fact {fact!r}")
        if unknown := sorted(set(values) - set(FACTS[fact])):
            raise table.fault(f"{fact} cannot be {unknown[0]!r}")
    if len({rule.work == "ASK", bool(rule.candidates), bool(rule.ask.vi)}) > 1:
        raise table.fault("ask and candidates belong to the work ASK, and to no other")
    return rule


def fits(rule: Rule, case: Case) -> bool:
    """Tell whether all conditions of a rule fit a case."""
    return all(case[fact] in values for fact, values in rule.when.items())


def _refuse_gaps(rules: tuple[Rule, ...]) -> None:
    if not rules:
        raise BadLaw(f"{RULES}: no rule")
    deciding: set[int] = set()
    for day in sorted({date_ for one in rules for date_ in (one.entry.since, one.entry.until) if date_ is not None}):
        held = [(number, rule) for number, rule in enumerate(rules) if rule.entry.holds(day)]
        for case in _cases():
            first = next((number for number, rule in held if fits(rule, case)), None)
            if first is None:
                raise BadLaw(f"{RULES}: no rule on {day} for {_said(case)}")
            deciding.add(first)
    if idle := [rule.id for number, rule in enumerate(rules) if number not in deciding]:
        raise BadLaw(f"{RULES}: {idle[0]} never decides")


def _cases() -> Iterator[Case]:
    for values in product(*FACTS.values()):
        case = dict(zip(FACTS, values, strict=True))
        if case["direction"] != "incoming" or case["scope"] in (*INCOMING, "not-said"):
            yield case


def _said(case: Case) -> str:
    return ", ".join(f"{fact} {value}" for fact, value in case.items())


def first_day(rules: Iterable[Rule]) -> date:
    """Return the first day from which the rules answer all cases."""
    return min(one.entry.since for one in rules if one.entry.since is not None)


def _refuse_overlaps(lines: Iterable[tuple[str, Entry]], where: str) -> None:
    by_id: dict[str, list[Entry]] = {}
    for id_, entry in lines:
        by_id.setdefault(id_, []).append(entry)
    for id_, entries in by_id.items():
        refuse_overlap(entries, f"{where}, {id_}")


def refuse_unknown(branches: Collection[Work], procedures: Collection[str]) -> None:
    """Refuse a kind of work whose procedure is not known."""
    if unknown := sorted({one.procedure for one in branches if one.procedure} - set(procedures)):
        raise BadLaw(f"{RULES}: there is no procedure {unknown[0]!r}")
