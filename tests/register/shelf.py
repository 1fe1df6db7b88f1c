"""Books of an authority in a test: numbers taken for papers of dossiers, issued, spoiled, annulled."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pypdfium2

from tests.cases.world import COPY, CaseWorld
from verifier.accounts.roles import Role
from verifier.cases.records import Case, Paper
from verifier.cases.statuses import Status
from verifier.register.books import Books, Wanted
from verifier.register.checking import BookCheck
from verifier.register.numbers import Intent, Numbered, annul_on_paper, cancel_on_paper, issue_on_paper, take
from verifier.storage.database import Database
from verifier.storage.registers import RegisterEntry
from verifier.storage.scope import SYSTEM, of

BOOK = "SCT/BS"
MARCH = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
DECEMBER = datetime(2026, 12, 31, 9, 0, tzinfo=UTC)
JANUARY = datetime(2027, 1, 4, 3, 0, tzinfo=UTC)


class Shelf(CaseWorld):
    """A house whose papers are done on paper."""

    def __init__(self, database: Database, folder: Path, **house: Any) -> None:
        super().__init__(database, folder, **house)
        self.books = Books(database, self.house.book, self.clock.now)

    def filed(self, procedure: str = COPY, **changes: Any) -> tuple[Case, Paper]:
        case = self.case(procedure, Status.SIGNING, papers=0, **changes)
        return case, self.paper(case, copies=3, pages=2)

    def taken(self, paper: Paper | None = None, symbol: str = BOOK) -> tuple[Numbered, Paper]:
        """Take a number for a paper."""
        paper = paper or self.filed()[1]
        intent = Intent.on_paper(paper, self.person(Role.LEADER).id)
        with self.database.unit(of(self.authority.id)) as unit:
            return take(unit, self.authority, symbol, intent, self.clock.now()), paper

    def done(self, paper: Paper | None = None, symbol: str = BOOK) -> tuple[Numbered, Paper]:
        """Take a number and enter it as issued, as certifying on paper does."""
        number, paper = self.taken(paper, symbol)
        with self.database.unit(of(self.authority.id)) as unit:
            issue_on_paper(unit, self.authority, paper, self.clock.now())
            unit.cases.change_paper(paper.id, symbol=symbol, year=number.year, entry=number.number)
        return number, paper

    def spoiled(self, paper: Paper | None = None) -> tuple[Numbered, Paper]:
        number, paper = self.taken(paper)
        with self.database.unit(of(self.authority.id)) as unit:
            cancel_on_paper(unit, paper.id, "in hỏng", self.clock.now())
        return number, paper

    def annulled(self, paper: Paper) -> None:
        with self.database.unit(of(self.authority.id)) as unit:
            annul_on_paper(unit, paper.id, "12/QĐ: cấp sai", self.clock.now())

    def correct(self, number: int = 1, column: str = "requester", after: str = "Đỗ Thị Bưởi Tím", **told: Any) -> Any:
        wanted = Wanted(number, column, after, told.pop("reason", "ghi nhầm"), told.pop("basis", "Biên bản 03/BB"))
        year = told.pop("year", 2026)
        return self.books.correct(self.caller(Role.CLERK), BOOK, year, wanted)

    def closed(self, year: int = 2026, decision: str = "") -> Any:
        return self.books.close(self.caller(Role.LEADER), BOOK, year, decision)

    def entry(self, number: int, year: int = 2026, symbol: str = BOOK) -> RegisterEntry:
        with self.database.unit(of(self.authority.id)) as unit:
            found = unit.registers.entry(symbol, year, number)
        assert found is not None
        return found

    def actions(self, *_: object) -> list[str]:
        """What the audit log says of the book of 2026."""
        with self.database.unit(SYSTEM) as unit:
            found = unit.audit.chain("register-book", f"{self.authority.code}/{BOOK}/2026", 100)
        return [one.event.action for one in found]

    def findings(self) -> set[str]:
        return {one.code for one in BookCheck(self.database).run().findings}


def pages(pdf: bytes) -> Sequence[str]:
    """The text of each page in one line."""
    with pypdfium2.PdfDocument(pdf) as document:
        return [" ".join(page.get_textpage().get_text_range().split()) for page in document]
