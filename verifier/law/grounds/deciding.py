"""Whether conditions hold where some facts are not known: the three-valued logic of Kleene, and nothing else.

A fact that is not known gives ASK, unless the others decide without it: a paper that is certainly exempt is not asked
whether it was legalized.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from verifier.law.grounds.records import Applies, Condition, Ground, Lifting

Known = Mapping[str, str]
"""Values of facts by id; what is not known is left out."""


def applies(ground: Ground, known: Known) -> Applies:
    """Tell whether a ground applies: all of `when` hold, and no exception lifts it."""
    return _every((_all_hold(ground.when, known), _not(_some(holds(one, known) for one in ground.unless))))


def retained(ground: Ground, known: Known) -> Applies:
    """Tell whether the papers are kept back (lưu giữ); NO where the law does not say it of this ground."""
    return _some(holds(one, known) for one in ground.retain)


def holds(lifting: Lifting, known: Known) -> Applies:
    """Tell whether an exception holds: all its conditions do."""
    return _all_hold(lifting.when, known)


def missing(ground: Ground, known: Known) -> tuple[str, ...]:
    """Return the facts that are not known and could still decide, in the order in which the ground needs them."""
    open_ = [one for one in ground.unless if holds(one, known) is Applies.ASK]
    asked = {one.fact for one in (*ground.when, *(two for lifting in open_ for two in lifting.when))}
    return tuple(fact for fact in ground.needs if fact in asked and fact not in known)


def _all_hold(conditions: tuple[Condition, ...], known: Known) -> Applies:
    return _every(_holds(one, known) for one in conditions)


def _holds(condition: Condition, known: Known) -> Applies:
    if condition.fact not in known:
        return Applies.ASK
    return Applies.YES if known[condition.fact] in condition.values else Applies.NO


def _every(found: Iterable[Applies]) -> Applies:
    answers = set(found)
    return Applies.NO if Applies.NO in answers else Applies.ASK if Applies.ASK in answers else Applies.YES


def _some(found: Iterable[Applies]) -> Applies:
    return _not(_every(_not(one) for one in found))


def _not(found: Applies) -> Applies:
    return {Applies.YES: Applies.NO, Applies.NO: Applies.YES, Applies.ASK: Applies.ASK}[found]
