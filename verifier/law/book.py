"""`LawBook`: all data of the law, read once and strictly; `at` gives what held on a day. Its hash names it.

A dossier follows the law of the day on which it was filed: `book.at(received.date())`. The parts of the folder each
read their own files; nothing here knows numbers or wordings.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from verifier.law import marks
from verifier.law.answers import Deadline, DeadlineAsk, Fee, FeeAsk
from verifier.law.branches import Branches
from verifier.law.calendars import Calendar, Calendars
from verifier.law.codes import Codes
from verifier.law.competence import Competences
from verifier.law.deadlines import Deadlines, Term, Wait
from verifier.law.deadlines.reckoning import resumed
from verifier.law.fees import Fees
from verifier.law.forms import Form, Forms
from verifier.law.grounds import Ground, Grounds
from verifier.law.procedures import Procedure, Procedures
from verifier.law.source import Source, known_switches


@dataclass(frozen=True)
class LawBook:
    """Everything that the folder says, of all days."""

    source: Source
    procedures: Procedures
    competences: Competences
    fees: Fees
    deadlines: Deadlines
    calendars: Calendars
    grounds: Grounds
    branches: Branches
    forms: Forms
    codes: Codes

    @property
    def sha256(self) -> str:
        """The hash that goes into every decision; hexadecimal."""
        return self.source.sha256

    def at(self, day: date) -> Law:
        """Return the law of a day."""
        return Law(self, day)


@dataclass(frozen=True)
class Law:
    """What holds on one day."""

    book: LawBook
    day: date

    @property
    def procedures(self) -> tuple[Procedure, ...]:
        """The procedures in force."""
        return self.book.procedures.at(self.day)

    def procedure(self, id_: str) -> Procedure:
        """Return one; NoAnswer `procedure-unknown`, `procedure-not-in-force` (`reason_vi`, `reason_en`)."""
        return self.book.procedures.get(id_, self.day)

    def fee(self, id_: str, ask: FeeAsk) -> Fee:
        """Reckon a fee; NoAnswer as `procedure`, and `count-missing`, `count-wrong`, `count-unused` (`field`)."""
        return self.book.fees.fee(self.procedure(id_), self.day, ask)

    def deadline(self, id_: str, ask: DeadlineAsk) -> Deadline:
        """Reckon a deadline; NoAnswer as `procedure`, and as `Deadlines.deadline` and `Calendars.of` say."""
        calendar = self.book.calendars.of(ask.authority)
        return self.book.deadlines.deadline(self.procedure(id_), self.day, ask, calendar)

    def term(self, id_: str, start: datetime, authority: str = "") -> Term:
        """Reckon another term (thời hạn); NoAnswer as `Deadlines.term` and `Calendars.of` say."""
        return self.book.deadlines.term(id_, self.day, start, self.book.calendars.of(authority))

    def wait(self, id_: str, occasion: str) -> Wait:
        """Return what holds while a `supplement` or a `confirmation` is awaited; NoAnswer as `deadline`."""
        return self.book.deadlines.wait(self.procedure(id_).deadline, occasion, self.day)

    def resumed(self, due: datetime, since: datetime, until: datetime, authority: str = "") -> datetime:
        """Return when a result is due whose time stood still in between; NoAnswer as the calendars."""
        return resumed(due, since, until, self.book.calendars.of(authority))

    def grounds(self, id_: str) -> tuple[Ground, ...]:
        """Return the grounds of refusal (căn cứ từ chối) of a procedure; NoAnswer as `procedure`."""
        return self.book.grounds.of(self.procedure(id_), self.day)

    def calendar(self, authority: str) -> Calendar:
        """Return the calendar of an authority; NoAnswer `calendar-unknown`."""
        return self.book.calendars.of(authority)

    @property
    def forms(self) -> tuple[Form, ...]:
        """The forms (biểu mẫu) and wordings (lời chứng) in force."""
        return self.book.forms.at(self.day)

    def form(self, id_: str) -> Form:
        """Return one by id, or by its printed number as `01`; NoAnswer `form-unknown`, `form-not-in-force`."""
        return self.book.forms.get(id_, self.day)


def read_book(source: Source) -> LawBook:
    """Read the whole folder; BadLaw with one line at the first thing that is not as it must be."""
    known_switches(source)
    marks.read_all(source)
    calendars = Calendars.read(source)
    fees = Fees.read(source)
    deadlines = Deadlines.read(source)
    grounds = Grounds.read(source)
    forms = Forms.read(source)
    procedures = Procedures.read(source)
    procedures.refuse_unknown(fees=fees.ids, deadlines=deadlines.ids, grounds=grounds.ids, forms=forms.ids)
    fees.refuse_gaps(procedures.periods)
    deadlines.refuse_gaps(procedures.periods)
    codes = Codes.read(source)
    codes.refuse_unknown(procedures=frozenset(procedures.ids), forms=forms.ids)
    branches = Branches.read(source)
    branches.refuse_unknown(procedures.ids)
    return LawBook(
        source=source,
        procedures=procedures,
        competences=Competences.read(source),
        fees=fees,
        deadlines=deadlines,
        calendars=calendars,
        grounds=grounds,
        branches=branches,
        forms=forms,
        codes=codes,
    )


@lru_cache
def law_book(switches: frozenset[str] = frozenset()) -> LawBook:
    """Return the book that this release ships; read once. BadLaw as `read_book`."""
    return read_book(Source(switches=switches))
