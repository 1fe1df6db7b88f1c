"""`LawDesk`: the law book with a clock; what the command line and the web both ask, and refusals in their words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property

from verifier.errors import BadRequest
from verifier.law.asking import day_of
from verifier.law.book import Law, LawBook, read_book
from verifier.law.calendars.calendar import Calendar
from verifier.law.examples import Outcome, read_examples, run
from verifier.law.forms import Audience
from verifier.law.records import NoAnswer
from verifier.outside.clock import Clock


@dataclass(frozen=True)
class LawDesk:
    """The book, and what day it is."""

    book: LawBook
    clock: Clock
    _blank: dict[tuple[str, date | None, str], bytes] = field(default_factory=dict, repr=False)
    """Blank forms that were drawn; there are only so many."""

    def today(self) -> date:
        """Return the day in Viet Nam."""
        return self.clock.now().astimezone(self.book.calendars.of("").zone).date()

    def law(self, at: str = "") -> Law:
        """Return the law of a day written as `2026-11-23`, of today where nothing is written; NoAnswer."""
        return self.book.at(day_of(at) if at.strip() else self.today())

    def blank(self, law: Law, id_: str, audience: Audience) -> bytes:
        """Return a form without values as PDF, drawn once; NoAnswer as `Law.form`."""
        form = law.form(id_)
        key = (form.id, form.entry.since, audience)
        if key not in self._blank:
            self._blank[key] = self.book.forms.drawn(form, {}, audience=audience)
        return self._blank[key]

    @cached_property
    def outcomes(self) -> tuple[Outcome, ...]:
        """Every worked example as it comes out, each by the book with just its own switches on; reckoned once."""
        books: dict[frozenset[str], LawBook] = {self.book.source.switches: self.book}
        found = []
        for example in read_examples(self.book.source):
            if example.switches not in books:
                books[example.switches] = read_book(replace(self.book.source, switches=example.switches))
            found.append(run(books[example.switches], example))
        return tuple(found)


def calendar_of(book: LawBook, authority: str) -> Calendar:
    """Return the calendar by which an authority works, by its code; BadRequest `authority-without-calendar`."""
    try:
        return book.calendars.of(authority)
    except NoAnswer as refusal:
        raise BadRequest("authority-without-calendar", refusal.detail, authority=authority) from None


@contextmanager
def answered() -> Iterator[None]:
    """Turn what the law does not answer into BadRequest with the same code, detail and params."""
    try:
        yield
    except NoAnswer as refusal:
        raise BadRequest(refusal.code, refusal.detail, **refusal.params) from None
