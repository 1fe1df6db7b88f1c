"""Fees (phí) as dated, cited data, and how they are reckoned; whole đồng, never a fraction.

NoAnswer: `count-missing`, `count-wrong`, `count-unused` (`field`: `pages`, `copies`, `documents` or `cases`);
`fee-not-in-force` (`procedure`, `reason_vi`, `reason_en`); `fee-unknown` (`procedure`, `day`); `tariff-unknown`
(`tariff`, `day`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Self

from verifier.law.answers import Fee, FeeAsk
from verifier.law.fees.reading import FILE, read_data
from verifier.law.fees.reckoning import lines, told
from verifier.law.fees.records import Abroad, Count, FeeData, Rule, Tariff
from verifier.law.procedures.records import Procedure
from verifier.law.records import Absence, BadLaw, NoAnswer
from verifier.law.source import Source
from verifier.law.tables import refuse_gap

__all__ = ["Abroad", "Absence", "Count", "Fees", "Rule", "Tariff"]


@dataclass(frozen=True)
class Fees:
    """All tariffs and rules of fees, of all days."""

    data: FeeData

    @classmethod
    def read(cls, source: Source) -> Self:
        """Read `fees/fees.toml`; BadLaw at the first thing that is not as it must be."""
        return cls(read_data(source))

    @property
    def ids(self) -> frozenset[str]:
        """The ids of all fees; each is that of its procedure."""
        return frozenset(one.id for one in self.data.rules)

    @property
    def tariff_ids(self) -> frozenset[str]:
        """The ids of all tariffs, those of missions with them."""
        return frozenset(one.id for one in self.data.tariffs)

    def refuse_gaps(self, procedures: Collection[Procedure]) -> None:
        """Refuse, with BadLaw, a day of a procedure without a fee or its absence, and prices of unknown procedures."""
        periods: list[Rule | Absence] = [*self.data.rules, *self.data.absences]
        for one in procedures:
            entries = (period.entry for period in periods if period.id == one.fee)
            refuse_gap(entries, one.since, one.until, f"{FILE}: fee {one.fee}")
        known = {one.id for one in procedures}
        for tariff in self.data.tariffs:
            if unknown := sorted(set(tariff.procedures) - known):
                raise BadLaw(f"{FILE}: tariff {tariff.id}: there is no procedure {unknown[0]!r}")

    def rule(self, id_: str, day: date) -> Rule:
        """Return how a fee is reckoned on a day, with its counts; NoAnswer `fee-not-in-force`, `fee-unknown`."""
        found = next((one for one in self.data.rules if one.id == id_ and one.entry.holds(day)), None)
        if found:
            return found
        absent = next((one for one in self.data.absences if one.id == id_ and one.entry.holds(day)), None)
        if absent:
            said = {"reason_vi": absent.reason.vi, "reason_en": absent.reason.said("en")}
            raise NoAnswer("fee-not-in-force", f"no fee of {id_} on {day}", procedure=id_, **said)
        raise NoAnswer("fee-unknown", f"no fee {id_} on {day}", procedure=id_, day=day.isoformat())

    def fee(self, procedure: Procedure, day: date, ask: FeeAsk) -> Fee:
        """Reckon a fee by the law of a day; NoAnswer as `rule`, and `count-missing`, `count-wrong`, `count-unused`."""
        rule = self.rule(procedure.fee, day)
        counts = told(rule, ask, self.data.most_originals)
        tariffs = {one.id: one for one in self.tariffs(day)}
        made = lines(rule, counts, tariffs, self.data.several)
        return Fee(
            procedure=procedure.id,
            day=day,
            lines=made,
            amount_vnd=sum(one.amount_vnd for one in made),
            when_paid=rule.when_paid,
            refund=rule.refund.words,
            refund_basis=rule.refund.basis,
            exemptions=tuple(one for one in self.data.exemptions if one.id in rule.exemptions and one.entry.holds(day)),
        )

    def tariffs(self, day: date) -> tuple[Tariff, ...]:
        """Return the prices that hold on a day, those of missions with them, in the order of the file."""
        return tuple(one for one in self.data.tariffs if one.entry.holds(day))

    def tariff(self, id_: str, day: date) -> Tariff:
        """Return one price; NoAnswer `tariff-unknown`."""
        found = next((one for one in self.tariffs(day) if one.id == id_), None)
        if found is None:
            raise NoAnswer("tariff-unknown", f"no tariff {id_} on {day}", tariff=id_, day=day.isoformat())
        return found

    def abroad(self, day: date) -> Abroad | None:
        """Return what holds at missions abroad, to be shown; None where nothing is known of a day."""
        return next((one for one in self.data.abroad if one.entry.holds(day)), None)
