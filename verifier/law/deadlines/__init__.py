"""How long a procedure may take (thời hạn giải quyết), and the other terms: data, read strictly, and the reckoning.

NoAnswer codes: `deadline-unknown`, `deadline-not-in-force` (`procedure`), `term-unknown` (`term`),
`term-not-in-force` (`term`), `time-without-zone` (`field`), `times-out-of-order`, `time-wrong`, `count-wrong`
(`field`), `channel-unknown` (`channel`), `extension-not-allowed` (`procedure`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Self

from verifier.law.answers import Deadline, DeadlineAsk
from verifier.law.deadlines.records import DeadlineRule, Term, TermRule
from verifier.law.procedures.records import Procedure
from verifier.law.source import Source

if TYPE_CHECKING:
    from verifier.law.calendars import Calendar

__all__ = ["DeadlineRule", "Deadlines", "Term", "TermRule"]


@dataclass(frozen=True)
class Deadlines:
    """All deadlines and terms, of all days."""

    @classmethod
    def read(cls, source: Source) -> Self:
        """Read the data; BadLaw at the first thing that is not as it must be."""
        raise NotImplementedError

    @property
    def ids(self) -> frozenset[str]:
        """Ids of the deadlines, which are those of procedures."""
        raise NotImplementedError

    def get(self, id_: str, day: date) -> DeadlineRule:
        """Return the rule of a procedure on a day; NoAnswer `deadline-unknown`, `deadline-not-in-force`."""
        raise NotImplementedError

    def deadline(self, procedure: Procedure, day: date, ask: DeadlineAsk, calendar: Calendar) -> Deadline:
        """Reckon when the result is due by the law of `day`; NoAnswer as the package says."""
        raise NotImplementedError

    def terms(self, day: date) -> tuple[TermRule, ...]:
        """Return the terms in force."""
        raise NotImplementedError

    def term(self, id_: str, day: date, start: datetime, calendar: Calendar) -> Term:
        """Reckon one term from its start; NoAnswer `term-unknown`, `term-not-in-force`, `time-without-zone`."""
        raise NotImplementedError
