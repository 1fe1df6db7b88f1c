"""What the data say of grounds of refusal (căn cứ từ chối) and of the facts that they need: records only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from verifier.law.records import Cited, Entry, Words

SOURCES = ("system", "officer")
"""Who can know a fact: the system (judge of signatures, register, dates, branch) or only a person."""


class Applies(Enum):
    """Whether a ground applies; ASK where a fact that would decide it is not known: never a refusal."""

    YES = "yes"
    NO = "no"
    ASK = "ask"


@dataclass(frozen=True)
class Choice:
    """One value that a fact may have."""

    value: str
    words: Words


@dataclass(frozen=True)
class Fact:
    """One thing that must be known (tình tiết), with the question that finds it out."""

    id: str
    question: Words
    source: str
    """One of `SOURCES`."""
    choices: tuple[Choice, ...]
    """At least two; `yes` and `no` where it is a plain question."""
    note: str
    """When which value holds, for who asks; English."""

    @property
    def values(self) -> tuple[str, ...]:
        """The values that it may have."""
        return tuple(one.value for one in self.choices)


@dataclass(frozen=True)
class Condition:
    """A fact and the values of it for which the condition holds."""

    fact: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Lifting:
    """A case in which a ground does not hold (ngoại lệ), or in which more follows from it; all conditions must hold."""

    id: str
    words: Words
    when: tuple[Condition, ...]
    basis: Cited


@dataclass(frozen=True)
class Effect:
    """What follows from a ground (hệ quả), as `refuse-intake`."""

    id: str
    words: Words
    basis: Cited


@dataclass(frozen=True)
class Ground:
    """One ground in one period."""

    id: str
    """As `originals-22-1`."""
    set: str
    """Id of its set, as `originals-22`."""
    entry: Entry
    words: Words
    """Text of the law; `vi` verbatim where the note does not say otherwise."""
    effect: Effect
    needs: tuple[str, ...]
    """Ids of the facts that decide it, exceptions included."""
    proposable: bool
    """Whether the system can propose it: every fact can come from the system."""
    variants: tuple[str, ...]
    """Variants of a procedure to which alone it applies; empty: all."""
    when: tuple[Condition, ...]
    """All must hold."""
    unless: tuple[Lifting, ...]
    """Any lifts it."""
    retain: tuple[Lifting, ...]
    """Any means that the papers are kept back (lưu giữ giấy tờ)."""
    advice: Words
    """What the applicant may do instead; empty where law says nothing."""


@dataclass(frozen=True)
class Group:
    """One set of grounds: an article, or a clause of one."""

    id: str
    words: Words
    grounds: tuple[Ground, ...]
    """Of all periods, in the order of the law."""


@dataclass(frozen=True)
class Proposal:
    """A ground that applies, or may apply, on the facts known; only an officer refuses."""

    ground: Ground
    applies: Applies
    """As `Grounds.proposed` returns it: YES or ASK."""
    by_system: bool
    """Whether the system proposes it by itself: it applies, and every fact it needs can come from the system."""
    missing: tuple[Fact, ...]
    """Facts that still decide it; empty where it applies."""
    retain: Applies
    """Whether the papers are kept back."""
