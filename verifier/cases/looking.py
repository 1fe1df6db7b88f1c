"""A dossier that is looked at: what of it was read is not read again, so that many commands can be asked at once.

What a command's handler refuses whatever is said with it (`Spec.refuses`) is asked of a look before the command is
offered. The handlers ask the same of their turns, which read what stands at that moment.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from verifier.archive.records import Package
from verifier.cases.kernel import Turn
from verifier.cases.records import CaseRecord, Confirmation, Paper
from verifier.payments.records import CaseMoney
from verifier.storage.authorities import Authority, Competence
from verifier.storage.issuances import Issuance

T = TypeVar("T")


@dataclass(frozen=True)
class Look(Turn):
    """A turn that changes nothing; each part is read when it is first asked for."""

    known: dict[str, Any] = field(default_factory=dict)
    """By name, the parts that were read."""

    def papers(self) -> tuple[Paper, ...]:
        """Return the papers."""
        return self._once("papers", super().papers)

    def records(self) -> tuple[CaseRecord, ...]:
        """Return the stored records."""
        return self._once("records", super().records)

    def confirmations(self) -> tuple[Confirmation, ...]:
        """Return the requests for confirmation."""
        return self._once("confirmations", super().confirmations)

    def money(self) -> CaseMoney:
        """Return the orders, payments and refunds."""
        return self._once("money", super().money)

    def acts(self) -> Sequence[Issuance]:
        """Return the acts of issuing that papers are bound to which are not noted as issued."""
        return self._once("acts", super().acts)

    def packages(self) -> Sequence[Package]:
        """Return the packages for the archive."""
        return self._once("packages", super().packages)

    def competences(self) -> Sequence[Competence]:
        """Return what the authority is competent for."""
        return self._once("competences", super().competences)

    def intake(self) -> Authority | None:
        """Return the authority where it was filed."""
        return self._once("intake", super().intake)

    def _once(self, name: str, read: Callable[[], T]) -> T:
        if name not in self.known:
            self.known[name] = read()
        found: T = self.known[name]
        return found
