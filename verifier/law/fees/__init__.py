"""Fees (phí) as dated, cited data, and how they are reckoned; whole đồng, never a fraction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Self

from verifier.law.answers import Fee, FeeAsk
from verifier.law.fees.records import Tariff
from verifier.law.procedures.records import Procedure
from verifier.law.source import Source

__all__ = ["Fees", "Tariff"]


@dataclass(frozen=True)
class Fees:
    """All tariffs and rules of fees, of all days."""

    @classmethod
    def read(cls, source: Source) -> Self:
        """Read `fees/fees.toml`; BadLaw at the first thing that is not as it must be."""
        return cls()

    @property
    def ids(self) -> frozenset[str]:
        """The ids of all fees; each is that of its procedure."""
        return frozenset()

    def fee(self, procedure: Procedure, day: date, ask: FeeAsk) -> Fee:
        """Reckon a fee; NoAnswer `count-missing`, `count-wrong`, `count-unused` (`field`)."""
        raise NotImplementedError

    def tariffs(self, day: date) -> tuple[Tariff, ...]:
        """Return the prices that hold on a day."""
        return ()
