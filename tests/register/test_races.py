"""A book is closed while numbers of it are taken, spoiled, annulled or corrected."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.cases.races import Act, crossed
from tests.register.shelf import BOOK, DECEMBER, JANUARY, Shelf
from verifier.accounts.roles import Role
from verifier.cases.records import Paper
from verifier.register.numbers import Intent, cancel_on_paper, take
from verifier.storage.scope import of

HELD, ENTERED, CLOSED = "FOR UPDATE", "UPDATE register_entry", "UPDATE register_book"


@pytest.fixture
def shelf(shelf: Shelf) -> Shelf:
    """On paper; the year 2026 is over."""
    shelf.clock.instant = DECEMBER
    return shelf


def closing(shelf: Shelf) -> Act:
    caller = shelf.caller(Role.LEADER)
    return lambda: shelf.books.close(caller, BOOK, 2026, "9/QĐ")


def annulling(shelf: Shelf, paper: Paper) -> Act:
    return lambda: shelf.annulled(paper)


def test_what_falls_as_the_book_is_closed_is_counted_as_fallen(shelf: Shelf) -> None:
    _, paper = shelf.done()

    assert crossed(shelf.database, annulling(shelf, paper), ENTERED, closing(shelf)) == ("done", "done")
    assert shelf.books.totals(shelf.caller(Role.CLERK), BOOK, 2026)["annulled"] == 1
    assert shelf.findings() == set()


def test_what_falls_once_the_book_is_counted_was_issued_then(shelf: Shelf) -> None:
    _, paper = shelf.done()

    assert crossed(shelf.database, closing(shelf), HELD, annulling(shelf, paper)) == ("done", "done")
    assert shelf.books.totals(shelf.caller(Role.CLERK), BOOK, 2026)["issued"] == 1
    assert shelf.entry(1).state == "annulled"
    assert shelf.findings() == set()


def test_what_fell_by_a_clock_that_was_ahead_fell_before_the_closing(shelf: Shelf) -> None:
    _, paper = shelf.done()
    shelf.clock.instant += timedelta(seconds=5)
    shelf.annulled(paper)
    shelf.clock.instant = DECEMBER

    closing(shelf)()
    assert shelf.findings() == set()


def test_a_number_that_is_being_taken_holds_the_closing_up(shelf: Shelf) -> None:
    shelf.done()
    paper = shelf.filed()[1]

    found = crossed(shelf.database, lambda: shelf.taken(paper), "INSERT INTO register_entry", closing(shelf))
    assert found == ("done", "book-waits")
    assert shelf.entry(2).state == "reserved"


def test_a_number_that_was_wanted_before_midnight_is_not_entered_in_a_closed_book(shelf: Shelf) -> None:
    shelf.done()
    paper = shelf.filed()[1]
    intent, caller = Intent.on_paper(paper, shelf.person(Role.LEADER).id), shelf.caller(Role.LEADER)

    def late() -> None:
        with shelf.database.unit(of(shelf.authority.id)) as unit:
            take(unit, shelf.authority, BOOK, intent, DECEMBER)

    shelf.clock.instant = JANUARY
    caller = shelf.caller(Role.LEADER)
    found = crossed(shelf.database, lambda: shelf.books.close(caller, BOOK, 2026), CLOSED, late)
    assert found == ("done", "book-closed")
    assert shelf.taken(paper)[0].book == "01/2027-SCT/BS"
    assert shelf.findings() == set()


def test_a_number_that_is_being_cancelled_holds_the_closing_up(shelf: Shelf) -> None:
    _, paper = shelf.taken()

    def cancel() -> None:
        with shelf.database.unit(of(shelf.authority.id)) as unit:
            cancel_on_paper(unit, paper.id, "in hỏng", shelf.clock.now())

    assert crossed(shelf.database, cancel, ENTERED, closing(shelf)) == ("done", "book-waits")
    closing(shelf)()
    assert shelf.findings() == set()


def test_a_correction_stands_in_the_book_or_in_the_next_one(shelf: Shelf) -> None:
    shelf.done()
    shelf.clock.instant = JANUARY

    first = crossed(shelf.database, shelf.correct, "INSERT INTO register_correction", closing(shelf))
    assert first == ("done", "done")
    assert shelf.books.totals(shelf.caller(Role.CLERK), BOOK, 2026)["corrections"] == 1
    assert shelf.findings() == set()


def test_a_correction_that_comes_while_the_book_is_closed_stands_in_the_next_one(shelf: Shelf) -> None:
    shelf.done()
    shelf.clock.instant = JANUARY
    made = []

    found = crossed(shelf.database, closing(shelf), HELD, lambda: made.append(shelf.correct()))
    assert found == ("done", "done")
    assert [(one.year, one.book_year) for one in made] == [(2026, 2027)]
    assert shelf.findings() == set()
