"""`Grounds`: the grounds of refusal (căn cứ từ chối) by set and day, the facts they need, and whether they apply."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Self

from verifier.law.grounds.records import Applies, Choice, Condition, Effect, Fact, Ground, Lifting, Proposal
from verifier.law.procedures.records import Procedure
from verifier.law.source import Source

__all__ = ["Applies", "Choice", "Condition", "Effect", "Fact", "Ground", "Grounds", "Lifting", "Proposal"]


@dataclass(frozen=True)
class Grounds:
    """All sets of grounds, of all days."""

    ids: frozenset[str]
    """Ids of the sets, as `originals-22`."""
    ground_ids: frozenset[str]
    """Ids of the grounds of all sets, as `originals-22-1`."""
    facts: Mapping[str, Fact]
    """By id."""

    @classmethod
    def read(cls, source: Source) -> Self:
        """Read the folder `grounds`; BadLaw at the first thing that is not as it must be."""
        raise NotImplementedError

    def of(self, procedure: Procedure, day: date) -> tuple[Ground, ...]:
        """Return the grounds of a procedure that hold on a day, in the order of its sets."""
        raise NotImplementedError

    def get(self, id_: str, day: date) -> Ground:
        """Return one ground; NoAnswer `ground-unknown` (`ground`), `ground-not-in-force` (`ground`, `day`)."""
        raise NotImplementedError

    def applies(self, ground: Ground, facts: Mapping[str, str]) -> Applies:
        """Tell whether a ground applies on facts by id; NoAnswer `fact-unknown` (`fact`), `fact-wrong` (+ `value`)."""
        raise NotImplementedError

    def proposed(self, procedure: Procedure, day: date, facts: Mapping[str, str]) -> tuple[Proposal, ...]:
        """Return the grounds that apply or may apply; NoAnswer as `applies`."""
        raise NotImplementedError
