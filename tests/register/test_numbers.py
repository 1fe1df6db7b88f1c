"""Numbers: 01, 02 … by authority, book and year, without a gap, whoever takes them at the same time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from tests.accounts.support import AT, add_authority, add_person
from verifier.accounts.roles import Role
from verifier.errors import CouldNotIssue
from verifier.register.numbers import Intent, Numbered, book_text, next_number, number_text, take
from verifier.storage.authorities import Authority
from verifier.storage.database import Database
from verifier.storage.people import Person
from verifier.storage.scope import SYSTEM, of

OFFICERS = 50
EACH = 4


class Desk:
    def __init__(self, database: Database, **changes: object) -> None:
        self.database = database
        self.authority: Authority = add_authority(database, **changes)
        login = f"x{self.authority.id.hex[:8]}"
        self.officer: Person = add_person(database, self.authority, Role.LEADER, login=login)

    def take(
        self, at: datetime = AT, symbol: str = "SCT/BS", *, electronic: bool = False, fail: bool = False
    ) -> Numbered:
        with self.database.unit(of(self.authority.id)) as unit:
            intent = Intent(uuid4(), self.officer.id, "bằng.pdf")
            taken = take(unit, self.authority, symbol, intent, at, electronic=electronic)
            if fail:
                raise ZeroDivisionError
        return taken

    def numbers(self, symbol: str, year: int) -> list[int]:
        with self.database.unit(of(self.authority.id)) as unit:
            return [one.number for one in unit.registers.entries(symbol, year)]


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


def test_numbers_as_they_are_printed() -> None:
    assert [number_text(number) for number in (1, 9, 10, 100)] == ["01", "09", "10", "100"]
    assert number_text(1, electronic=True) == "01/ĐT"
    assert book_text("SCT/BS", 2026) == "01/2026-SCT/BS"


def test_the_first_number_opens_the_book(desk: Desk) -> None:
    first, second = desk.take(), desk.take()
    assert (first.text, first.book, second.text) == ("01", "01/2026-SCT/BS", "02")
    with desk.database.unit(of(desk.authority.id)) as unit:
        (book,) = unit.registers.books()
        (one, _) = unit.registers.entries("SCT/BS", 2026)
        assert next_number(unit, desk.authority, "SCT/BS", AT) == 3
        assert next_number(unit, desk.authority, "SCT/CK,ĐC", AT) == 1
    assert (book.last_number, one.state, one.document) == (2, "reserved", "bằng.pdf")


def test_fifty_officers_at_once_leave_no_gap(desk: Desk) -> None:
    with ThreadPoolExecutor(OFFICERS) as officers:
        taken = list(officers.map(lambda _: desk.take().number, range(OFFICERS * EACH)))
    assert sorted(taken) == list(range(1, OFFICERS * EACH + 1))
    assert desk.numbers("SCT/BS", 2026) == sorted(taken)


def test_what_fails_takes_no_number(desk: Desk) -> None:
    desk.take()
    with pytest.raises(ZeroDivisionError):
        desk.take(fail=True)
    assert desk.take().number == 2
    assert desk.numbers("SCT/BS", 2026) == [1, 2]


def test_failures_among_fifty_officers_leave_no_gap(desk: Desk) -> None:
    def one(turn: int) -> int:
        try:
            return desk.take(fail=turn % 3 == 0).number
        except ZeroDivisionError:
            return 0

    with ThreadPoolExecutor(OFFICERS) as officers:
        taken = sorted(filter(None, officers.map(one, range(OFFICERS * 2))))
    assert taken == list(range(1, len(taken) + 1))
    assert desk.numbers("SCT/BS", 2026) == taken


def test_the_year_turns_where_the_authority_sits(database: Database) -> None:
    hanoi, new_york = Desk(database), Desk(database, time_zone="America/New_York")
    turn = datetime(2026, 12, 31, 17, 0, tzinfo=UTC)  # midnight in Hanoi
    before = datetime(2026, 12, 31, 16, 59, 59, tzinfo=UTC)
    assert [(one.year, one.number) for one in (hanoi.take(before), hanoi.take(turn), hanoi.take(turn))] == [
        (2026, 1), (2027, 1), (2027, 2),
    ]  # fmt: skip
    assert [(one.year, one.number) for one in (new_york.take(before), new_york.take(turn))] == [(2026, 1), (2026, 2)]
    assert hanoi.take(turn).book == "01/2027-SCT/BS"


def test_each_book_and_each_authority_counts_for_itself(database: Database) -> None:
    one, other = Desk(database), Desk(database)
    assert [one.take().number, other.take().number, one.take(symbol="SCTĐT/BS", electronic=True).text] == [
        1,
        1,
        "01/ĐT",
    ]
    with database.unit(SYSTEM) as unit:
        assert len(unit.registers.books()) == 3


def test_a_closed_book_gives_no_number(desk: Desk) -> None:
    desk.take()
    with desk.database.engine.connect() as connection:
        connection.exec_driver_sql("select set_config('verifier.reach', 'all', true)")
        closed = f"closed_at = now(), closed_by = '{desk.officer.id}', chain = '{'0' * 64}'"
        connection.exec_driver_sql(f"update register_book set {closed}")
        connection.commit()
    with pytest.raises(CouldNotIssue, match="book-closed"):
        desk.take()
    assert desk.numbers("SCT/BS", 2026) == [1]
    assert desk.take(datetime(2027, 1, 2, tzinfo=UTC)).number == 1
