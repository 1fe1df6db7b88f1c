"""On which days an authority holds a competence."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

import pytest

from verifier.storage.authorities import Competence

FIRST, LAST = date(2026, 3, 2), date(2026, 3, 9)


@pytest.mark.parametrize(
    ("day", "until", "wanted"),
    [
        (date(2026, 3, 1), LAST, "no"),
        (FIRST, LAST, "yes"),
        (LAST, LAST, "yes"),
        (date(2026, 3, 10), LAST, "no"),
        (date(2026, 3, 1), None, "no"),
        (date(2099, 1, 1), None, "yes"),
        (FIRST, FIRST, "yes"),
    ],
)
def test_a_competence_holds_from_its_first_day_to_its_last(day: date, until: date | None, wanted: str) -> None:
    one = Competence(uuid4(), uuid4(), "certified-copy", "decide", FIRST, until, "test")

    assert one.holds(day) == (wanted == "yes")
