"""What a worked example is, how one of each kind is asked, and how it came out; records only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from verifier.law.records import Words

if TYPE_CHECKING:
    from verifier.law.book import LawBook


@dataclass(frozen=True)
class Example:
    """One worked example, as a lawyer wrote it."""

    id: str
    """File, subject and number among those of the subject, as `fees:certified-copy:1`."""
    kind: str
    """One of `KINDS`."""
    subject: str
    """Id of what it illustrates."""
    also: tuple[str, ...]
    """Ids of what else it illustrates."""
    words: Words
    citation: str
    switches: frozenset[str]
    """Switches of `switches.toml` that must be on for it."""
    ask: Mapping[str, Any]
    expect: Mapping[str, Any]


@dataclass(frozen=True)
class Outcome:
    """How an example came out."""

    example: Example
    passed: bool
    got: Mapping[str, Any]
    """The whole answer; `refused` with the parameters where there was none."""


@dataclass(frozen=True)
class Kind:
    """How examples of one kind are asked and answered."""

    ask: Mapping[str, type]
    """Keys of `ask`, with the type that TOML gives: `str`, `int`, `bool`, `date`, `datetime`, `list`, `dict`."""
    needed: tuple[frozenset[str], ...]
    """Keys of `ask` that must be there: all of one of these sets, and of one only."""
    expect: frozenset[str]
    """Keys of `expect`, beside `refused`: those of the answer, and parameters of refusals."""
    answer: Callable[[LawBook, Mapping[str, Any]], Mapping[str, Any]]
