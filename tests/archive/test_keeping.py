from __future__ import annotations

from datetime import date

import pytest

from tests.cases.world import CONSULAR, COPY, ECOPY, LEGALIZATION, SIGNATURE
from verifier.archive.keeping import KNOWN, after, retention
from verifier.law.book import law_book
from verifier.law.records import NoAnswer

BOOK = law_book()
DAY = date(2026, 3, 2)
ENDED = date(2026, 3, 10)


@pytest.mark.parametrize(
    ("procedure", "to_store", "until"),
    [
        (SIGNATURE, date(2027, 3, 11), date(2028, 3, 11)),
        (COPY, ENDED, date(2026, 3, 11)),
        (ECOPY, ENDED, None),
        (CONSULAR, ENDED, None),
        (LEGALIZATION, ENDED, None),
    ],
)
def test_each_procedure_is_kept_as_its_data_say(procedure: str, to_store: date, until: date | None) -> None:
    found = retention(BOOK.at(DAY).procedure(procedure))

    assert (found.at_officer_until(ENDED), found.until(ENDED)) == (to_store, until)
    assert found.bases


def test_every_entry_of_the_data_is_understood() -> None:
    told = set()
    for day in (date(2024, 1, 1), DAY, date(2027, 1, 1)):
        for one in BOOK.at(day).procedures:
            try:
                told |= {entry.id for entry in BOOK.at(day).procedure(one.id).keeping}
            except NoAnswer:
                continue

    assert told <= KNOWN


@pytest.mark.parametrize(
    ("day", "years", "first"),
    [
        (date(2026, 3, 10), 2, date(2028, 3, 11)),
        (date(2024, 2, 29), 2, date(2026, 3, 1)),
        (date(2024, 2, 29), 4, date(2028, 3, 1)),
        (date(2026, 12, 31), 1, date(2028, 1, 1)),
        (date(2026, 3, 10), 0, date(2026, 3, 11)),
    ],
)
def test_the_last_day_of_a_period_belongs_to_it(day: date, years: int, first: date) -> None:
    assert after(day, years) == first
