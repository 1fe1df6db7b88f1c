"""The folder of grounds, read strictly: facts, effects, and one file for each set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from verifier.law.grounds.records import SOURCES, Choice, Condition, Effect, Fact, Ground, Group, Lifting
from verifier.law.records import BadLaw, Entry, Words
from verifier.law.source import Source
from verifier.law.tables import Table, refuse_overlap

FACTS = "grounds/facts.toml"
EFFECTS = "grounds/effects.toml"
PLAIN = (Choice("yes", Words("có", "yes")), Choice("no", Words("không", "no")))
"""The answers to a plain question."""


def read_facts(source: Source) -> Mapping[str, Fact]:
    """Read the facts, by id; BadLaw where one stands twice or has fewer than two answers."""
    table = source.table(FACTS)
    found: dict[str, Fact] = {}
    for entry in table.tables("fact"):
        fact = _fact(entry)
        if fact.id in found:
            raise entry.fault(f"{fact.id} stands twice")
        found[fact.id] = fact
    table.end()
    return found


def _fact(table: Table) -> Fact:
    choices = tuple(_choice(one) for one in table.tables("choice"))
    fact = Fact(
        id=table.text("id"),
        question=table.words(),
        source=table.one_of("source", SOURCES),
        choices=choices or PLAIN,
        note=table.text("note", ""),
    )
    table.end()
    if len(set(fact.values)) < max(2, len(fact.values)):
        raise table.fault(f"{fact.id} needs two choices or more, each once")
    return fact


def _choice(table: Table) -> Choice:
    choice = Choice(table.text("value"), table.words())
    table.end()
    return choice


def read_groups(source: Source, facts: Mapping[str, Fact]) -> tuple[Group, ...]:
    """Read every set; BadLaw also where a fact or an effect is used by no ground."""
    effects = _effects(source)
    names = [name for name in source.names("grounds") if name not in {FACTS, EFFECTS}]
    groups = tuple(_group(source.table(name), name, facts, effects) for name in names)
    grounds = [ground for group in groups for ground in group.grounds]
    _refuse_unused(facts, (fact for ground in grounds for fact in ground.needs), FACTS)
    _refuse_unused(effects, (ground.effect.id for ground in grounds), EFFECTS)
    return groups


def _effects(source: Source) -> Mapping[str, Effect]:
    table = source.table(EFFECTS)
    found: dict[str, Effect] = {}
    for entry in table.tables("effect"):
        basis = entry.basis()
        effect = Effect(entry.text("id"), entry.words(), basis)
        entry.end()
        if effect.id in found:
            raise entry.fault(f"{effect.id} stands twice")
        found[effect.id] = effect
    table.end()
    return found


def _refuse_unused(known: Iterable[str], used: Iterable[str], where: str) -> None:
    if unused := sorted(set(known) - set(used)):
        raise BadLaw(f"{where}: {unused[0]} is used by no ground")


def _group(table: Table, name: str, facts: Mapping[str, Fact], effects: Mapping[str, Effect]) -> Group:
    id_ = table.text("set")
    if name != f"grounds/{id_}.toml":
        raise table.fault(f"set {id_!r} belongs into grounds/{id_}.toml")
    words = table.words()
    grounds = tuple(_ground(one, id_, facts, effects) for one in table.tables("ground"))
    table.end()
    if not grounds:
        raise table.fault("no ground")
    for ground in dict.fromkeys(one.id for one in grounds):
        refuse_overlap((one.entry for one in grounds if one.id == ground), f"{name}, {ground}")
    return Group(id_, words, grounds)


def _ground(table: Table, group: str, facts: Mapping[str, Fact], effects: Mapping[str, Effect]) -> Ground:
    entry = table.entry()
    ground = Ground(
        id=table.text("id"),
        set=group,
        entry=entry,
        words=table.words(),
        effect=effects[table.one_of("effect", tuple(effects))],
        needs=table.texts("needs"),
        proposable=table.flag("proposable", default=False),
        variants=table.texts("variants"),
        when=_conditions(table, facts),
        unless=_liftings(table, "unless", entry, facts),
        retain=_liftings(table, "retain", entry, facts),
        advice=table.words("advice", needed=False),
    )
    table.end()
    _refuse_amiss(table, ground, facts)
    return ground


def _liftings(table: Table, key: str, entry: Entry, facts: Mapping[str, Fact]) -> tuple[Lifting, ...]:
    return tuple(_lifting(one, entry, facts) for one in table.tables(key))


def _lifting(table: Table, entry: Entry, facts: Mapping[str, Fact]) -> Lifting:
    lifting = Lifting(table.text("id"), table.words(), _conditions(table, facts), table.cited(entry))
    table.end()
    return lifting


def _conditions(table: Table, facts: Mapping[str, Fact]) -> tuple[Condition, ...]:
    found = tuple(_condition(one, facts) for one in table.tables("when"))
    if not found:
        raise table.fault("when is missing")
    return found


def _condition(table: Table, facts: Mapping[str, Fact]) -> Condition:
    fact = table.text("fact")
    if fact not in facts:
        raise table.fault(f"there is no fact {fact!r}")
    values = table.texts("is", facts[fact].values)
    table.end()
    if not values:
        raise table.fault("is names no value")
    return Condition(fact, values)


def _refuse_amiss(table: Table, ground: Ground, facts: Mapping[str, Fact]) -> None:
    if not ground.id.startswith(f"{ground.set}-"):
        raise table.fault(f"{ground.id} does not begin with {ground.set}-")
    if not ground.needs:
        raise table.fault(f"{ground.id} needs no fact")
    liftings = (*ground.unless, *ground.retain)
    used = {one.fact for one in (*ground.when, *(two for lifting in liftings for two in lifting.when))}
    if len(set(ground.needs)) < len(ground.needs) or set(ground.needs) != used:
        raise table.fault(f"needs of {ground.id} are not the facts of its conditions, each once")
    asked = [fact for fact in ground.needs if facts[fact].source == "officer"]
    if ground.proposable and asked:
        raise table.fault(f"{ground.id} cannot be proposed: only an officer knows {asked[0]}")
    if len({one.id for one in liftings}) < len(liftings):
        raise table.fault(f"two exceptions of {ground.id} have one id")
