"""Procedures (thủ tục hành chính) as dated, cited data: one file each; `Procedures` says which holds on a day.

NoAnswer codes: `procedure-unknown` (`procedure`), `procedure-not-in-force` (`procedure`, `day`, `reason_vi`,
`reason_en`), `fact-unknown` (`fact`), `fact-wrong` (`fact`, `value`, `allowed`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from verifier.law.procedures.reading import Chapter, Reading, read_chapter
from verifier.law.procedures.records import Component, Procedure
from verifier.law.records import Absence, BadLaw, NoAnswer
from verifier.law.source import Source, known_switches

__all__ = ["Absence", "Component", "Procedure", "Procedures"]


@dataclass(frozen=True)
class Procedures:
    """All procedures of all days."""

    chapters: tuple[Chapter, ...]

    @classmethod
    def read(cls, source: Source) -> Procedures:
        """Read the folder; BadLaw at the first thing that is not as it must be."""
        switches = Reading(known_switches(source), source.switches)
        found = [read_chapter(source.table(name), switches) for name in source.names("procedures")]
        orders = [one.order for one in found]
        if twice := [one for one in found if orders.count(one.order) > 1]:
            raise BadLaw(f"procedures/{twice[-1].id}.toml: two procedures have the order {twice[-1].order}")
        return cls(tuple(sorted(found, key=lambda one: one.order)))

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids in the order in which they are shown."""
        return tuple(one.id for one in self.chapters)

    def at(self, day: date) -> tuple[Procedure, ...]:
        """Return the procedures in force on a day."""
        held = (one.at(day) for one in self.chapters)
        return tuple(one for one in held if isinstance(one, Procedure))

    def get(self, id_: str, day: date) -> Procedure:
        """Return one; NoAnswer `procedure-unknown`, `procedure-not-in-force`."""
        found = self._chapter(id_).at(day)
        if isinstance(found, Procedure):
            return found
        raise NoAnswer(
            "procedure-not-in-force",
            found.reason.en,
            procedure=id_,
            day=day.isoformat(),
            reason_vi=found.reason.vi,
            reason_en=found.reason.en,
        )

    @property
    def periods(self) -> tuple[Procedure, ...]:
        """All procedures of all days; one stands once for each period in which no line of it changes."""
        return tuple(one for chapter in self.chapters for one in chapter.history if isinstance(one, Procedure))

    def history(self, id_: str) -> tuple[Procedure | Absence, ...]:
        """Return one of all days, in the order of time and without a gap; NoAnswer `procedure-unknown`."""
        return self._chapter(id_).history

    def refuse_unknown(
        self, *, fees: Collection[str], deadlines: Collection[str], grounds: Collection[str], forms: Collection[str]
    ) -> None:
        """Refuse a procedure that names a fee, a deadline, a set of grounds or a form that the law does not have."""
        for chapter in self.chapters:
            for made in (one for one in chapter.history if isinstance(one, Procedure)):
                wanted = (
                    ("fee", (made.fee,), fees),
                    ("deadline", (made.deadline,), deadlines),
                    ("set of grounds", made.grounds, grounds),
                    ("form", made.forms, forms),
                )
                for what, ids, known in wanted:
                    if unknown := [one for one in ids if one not in known]:
                        raise BadLaw(f"procedures/{chapter.id}.toml: there is no {what} {unknown[0]!r}")

    def _chapter(self, id_: str) -> Chapter:
        for one in self.chapters:
            if one.id == id_:
                return one
        raise NoAnswer("procedure-unknown", f"there is no procedure {id_!r}", procedure=id_)
