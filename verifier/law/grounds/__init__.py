"""`Grounds`: the grounds of refusal (căn cứ từ chối) by set and day, the facts they need, and whether they apply.

The service proposes a ground only where every fact it needs can come from the service; an officer refuses.
NoAnswer: `fact-unknown` (`fact`), `fact-wrong` (`fact`, `value`), `ground-unknown` (`ground`),
`ground-not-in-force` (`ground`, `day`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Self

from verifier.law.grounds import deciding
from verifier.law.grounds.reading import read_facts, read_groups
from verifier.law.grounds.records import Applies, Choice, Condition, Effect, Fact, Ground, Group, Lifting, Proposal
from verifier.law.procedures.records import Procedure
from verifier.law.records import NoAnswer
from verifier.law.source import Source

__all__ = ["Applies", "Choice", "Condition", "Effect", "Fact", "Ground", "Grounds", "Group", "Lifting", "Proposal"]


@dataclass(frozen=True)
class Grounds:
    """All sets of grounds, of all days."""

    facts: Mapping[str, Fact]
    """By id."""
    groups: Mapping[str, Group]
    """By id of the set, as `originals-22`."""

    @classmethod
    def read(cls, source: Source) -> Self:
        """Read the folder `grounds`; BadLaw at the first thing that is not as it must be."""
        facts = read_facts(source)
        return cls(facts, {one.id: one for one in read_groups(source, facts)})

    @property
    def ids(self) -> frozenset[str]:
        """Ids of the sets."""
        return frozenset(self.groups)

    @property
    def ground_ids(self) -> frozenset[str]:
        """Ids of the grounds of all sets and days, as `originals-22-1`."""
        return frozenset(ground.id for group in self.groups.values() for ground in group.grounds)

    def of(self, procedure: Procedure, day: date) -> tuple[Ground, ...]:
        """Return the grounds of a procedure that hold on a day, in the order of its sets."""
        sets = (self.groups[one].grounds for one in procedure.grounds if one in self.groups)
        return tuple(ground for grounds in sets for ground in grounds if ground.entry.holds(day))

    def get(self, id_: str, day: date) -> Ground:
        """Return one ground; NoAnswer `ground-unknown` (`ground`), `ground-not-in-force` (`ground`, `day`)."""
        found = [ground for group in self.groups.values() for ground in group.grounds if ground.id == id_]
        if not found:
            raise NoAnswer("ground-unknown", f"There is no ground {id_!r}.", ground=id_)
        for ground in found:
            if ground.entry.holds(day):
                return ground
        raise NoAnswer("ground-not-in-force", f"{id_} does not hold on {day}.", ground=id_, day=day.isoformat())

    def applies(self, ground: Ground, facts: Mapping[str, str]) -> Applies:
        """Tell whether a ground applies, on the values of facts by id.

        NoAnswer `fact-unknown` (`fact`), `fact-wrong` (`fact`, `value`).
        """
        self._refuse_nonsense(facts)
        return deciding.applies(ground, facts)

    def judged(self, ground: Ground, facts: Mapping[str, str]) -> Proposal:
        """Return what is known of one ground: whether it applies, what is missing, and whether papers are kept back.

        NoAnswer as `applies`.
        """
        found = self.applies(ground, facts)
        return Proposal(
            ground=ground,
            applies=found,
            by_system=ground.proposable and found is Applies.YES,
            missing=tuple(self.facts[one] for one in deciding.missing(ground, facts)) if found is Applies.ASK else (),
            retain=Applies.NO if found is Applies.NO else deciding.retained(ground, facts),
        )

    def lifted(self, ground: Ground, facts: Mapping[str, str]) -> tuple[Lifting, ...]:
        """Return the exceptions (ngoại lệ) of a ground that certainly hold; NoAnswer as `applies`."""
        self._refuse_nonsense(facts)
        return tuple(one for one in ground.unless if deciding.holds(one, facts) is Applies.YES)

    def proposed(self, procedure: Procedure, day: date, facts: Mapping[str, str]) -> tuple[Proposal, ...]:
        """Return the grounds of a procedure that apply or may apply, in order; NoAnswer as `applies`."""
        found = (self.judged(ground, facts) for ground in self.of(procedure, day))
        return tuple(one for one in found if one.applies is not Applies.NO)

    def _refuse_nonsense(self, facts: Mapping[str, str]) -> None:
        for fact, value in facts.items():
            if fact not in self.facts:
                raise NoAnswer("fact-unknown", f"There is no fact {fact!r}.", fact=fact)
            if value not in self.facts[fact].values:
                raise NoAnswer("fact-wrong", f"{fact} cannot be {value!r}.", fact=fact, value=value)
