from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pytest

from tests.web.law.support import law_app
from verifier.law.book import law_book
from verifier.web.law.drawing import FEW, MOST_DAYS, ROW, WIDTH, Drawing, Event, drawing_of

CALENDAR = law_book().calendars.of("")


@pytest.fixture(autouse=True)
def asked(tmp_path: Path) -> Iterator[None]:
    with law_app(tmp_path).test_request_context("/?lang=vi"):
        yield


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CALENDAR.zone)


def drawn(*times: str) -> Drawing | None:
    events = [Event(at(one), "step", ("x",), number) for number, one in enumerate(times, start=1)]
    return drawing_of(events, events[0].at, events[-1].at, CALENDAR)


def test_each_day_is_a_row_with_its_office_hours_and_what_runs_in_them() -> None:
    drawing = drawn("2026-11-19T08:00", "2026-11-20T17:00")

    assert drawing is not None
    assert [one.label for one in drawing.rows] == ["T5 19/11", "T6 20/11"]
    thursday, friday = drawing.rows
    assert len(thursday.open) == len(friday.open) == 2
    assert thursday.runs[0].x > thursday.open[0].x
    assert friday.runs == friday.open
    assert thursday.off == friday.off == ""
    assert drawing.height > 2 * ROW


def test_a_holiday_says_its_name_and_a_weekend_that_it_is_closed() -> None:
    drawing = drawn("2026-11-20T10:00", "2026-11-25T17:00")

    assert drawing is not None
    assert [one.off for one in drawing.rows] == ["", "nghỉ", "nghỉ", "", "Ngày Văn hóa Việt Nam (24/11)", ""]


def test_many_rest_days_have_one_row_unless_something_happens_on_them() -> None:
    whole, busy = (
        drawn("2026-02-13T10:00", "2026-02-23T17:00"),
        drawn("2026-02-13T10:00", "2026-02-18T09:00", "2026-02-23T17:00"),
    )

    assert whole is not None
    assert busy is not None
    assert len(whole.rows) < FEW + 2
    assert [one.off for one in whole.rows] == ["", "Tết Nguyên đán Bính Ngọ", ""]
    assert "18/2" in " ".join(one.label for one in busy.rows)
    assert len(busy.rows) > len(whole.rows)


def test_dots_stand_in_order_and_never_on_each_other() -> None:
    drawing = drawn("2026-11-19T08:00", "2026-11-19T08:05", "2026-11-19T08:10", "2026-11-19T08:15")

    assert drawing is not None
    places = [one.x for one in drawing.dots]
    assert [one.number for one in drawing.dots] == [1, 2, 3, 4]
    assert all(later - earlier >= 18 for earlier, later in pairwise(places))


def test_an_evening_widens_the_day_and_all_stays_within_the_drawing() -> None:
    usual, late = drawn("2026-11-19T08:00", "2026-11-19T17:00"), drawn("2026-11-18T23:59", "2026-11-19T17:00")

    assert usual is not None
    assert late is not None
    assert [hour for _, hour in usual.hours][-1] == "18"
    assert [hour for _, hour in late.hours][-1] == "22"
    assert all(0 <= one.x <= WIDTH - 9 for one in late.dots)


def test_too_many_days_are_not_drawn() -> None:
    assert drawn("2026-01-05T08:00", "2026-12-31T17:00") is None
    assert MOST_DAYS < 361
