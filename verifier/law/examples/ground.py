"""Examples of grounds of refusal: a ground, a day and facts, and whether it applies.

Facts that are not given are not known. A ground is asked by `ground` and `at`, or all of a procedure by `procedure`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from verifier.law.book import LawBook

ASK: Mapping[str, type] = {"ground": str, "procedure": str, "at": date, "facts": dict}
NEEDED = (frozenset({"ground", "at"}), frozenset({"procedure", "at"}))
EXPECT = frozenset(
    {"applies", "missing", "by_system", "retain", "effect", "grounds", "lifted_by", "citation", "status"}
    | {"ground", "fact", "value", "procedure", "day"},
)
"""`applies`, `retain`: "yes", "no" or "ask"; `missing`: facts to be asked; `by_system`: whether the service proposes it
by itself; `effect` by id; `lifted_by`: exceptions that certainly hold. Of a procedure: `grounds`, those that apply or
may apply, with their answer. Last the parameters of refusals."""


def answer(book: LawBook, ask: Mapping[str, Any]) -> Mapping[str, Any]:
    """Ask the book, and return the answer as plain values; NoAnswer as `Grounds.get` and `Grounds.applies`."""
    facts: Mapping[str, str] = ask.get("facts", {})
    if "procedure" in ask:
        procedure = book.at(ask["at"]).procedure(ask["procedure"])
        found = book.grounds.proposed(procedure, ask["at"], facts)
        return {"grounds": {one.ground.id: one.applies.value for one in found}}
    ground = book.grounds.get(ask["ground"], ask["at"])
    judged = book.grounds.judged(ground, facts)
    return {
        "applies": judged.applies.value,
        "missing": [one.id for one in judged.missing],
        "by_system": judged.by_system,
        "retain": judged.retain.value,
        "effect": ground.effect.id,
        "lifted_by": [one.id for one in book.grounds.lifted(ground, facts)],
        "citation": ground.entry.citation,
        "status": ground.entry.status,
    }
