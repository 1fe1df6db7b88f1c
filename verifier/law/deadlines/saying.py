"""How times are said in a reason: the patterns of the data, filled; in both languages."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from verifier.law.records import Words
from verifier.law.tables import Table

Fact = datetime | time | Words | int
"""What may stand for a name in braces."""
PATTERNS = {
    "hour": ("hour",),
    "minute": ("hour", "minute"),
    "second": ("hour", "minute", "second"),
    "day": ("day", "month", "year"),
    "moment": ("time", "day"),
}
"""The patterns by which times are said, with the names in braces that each may use."""
_NAMED = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True)
class Saying:
    """The patterns by which times are said."""

    patterns: Mapping[str, Words]

    @classmethod
    def read(cls, table: Table) -> Saying:
        """Read all patterns; BadLaw where one is missing or uses a name that it cannot have."""
        found = cls({name: checked(table, name, names) for name, names in PATTERNS.items()})
        table.end()
        return found

    def fill(self, wording: Words, facts: Mapping[str, Fact]) -> Words:
        """Return a wording with every name in braces replaced by what stands for it."""
        said = {name: self._said(fact) for name, fact in facts.items()}
        return filled(wording, said)

    def _said(self, fact: Fact) -> Words:
        if isinstance(fact, Words):
            return fact
        if isinstance(fact, datetime):
            return self._filled("moment", time=self.time(fact.timetz()), day=self.day(fact.date()))
        return self.time(fact) if isinstance(fact, time) else Words(str(fact), str(fact))

    def time(self, at: time) -> Words:
        """Say an hour; minutes and seconds where they are not zero."""
        name = "second" if at.second or at.microsecond else "minute" if at.minute else "hour"
        return self._filled(name, hour=_two(at.hour), minute=_two(at.minute), second=_two(at.second))

    def day(self, day: date) -> Words:
        """Say a date."""
        return self._filled("day", day=_two(day.day), month=_two(day.month), year=_two(day.year))

    def _filled(self, pattern: str, **said: Words) -> Words:
        return filled(self.patterns[pattern], said)


def checked(table: Table, key: str, names: Collection[str]) -> Words:
    """Take a wording in both languages; BadLaw where one is missing, or has a name in braces that nobody says."""
    words = table.words(key)
    if unknown := sorted({name for text in (words.vi, words.en) for name in _NAMED.findall(text)} - set(names)):
        raise table.fault(f"{key}: nobody says {unknown[0]!r}")
    return words


def filled(wording: Words, said: Mapping[str, Words]) -> Words:
    """Return a wording with names in braces replaced; all names must be there."""
    return Words(
        _NAMED.sub(lambda name: said[name[1]].vi, wording.vi),
        _NAMED.sub(lambda name: said[name[1]].en, wording.en),
    )


def _two(number: int) -> Words:
    return Words(f"{number:02d}", f"{number:02d}")
