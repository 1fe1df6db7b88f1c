"""What becomes of the time while something is awaited: what the data say, and time that stood still."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.law.deadlines.support import CALENDARS, calendar, read
from verifier.law.deadlines.reckoning import resumed
from verifier.law.records import NoAnswer

TODAY = date(2026, 11, 23)
TIMES = st.datetimes(datetime(2025, 11, 1), datetime(2027, 3, 31), timezones=st.just(UTC))  # noqa: DTZ001 - bounds of it
SPANS = st.integers(0, 40 * 24 * 3600 * 1_000_000).map(lambda ticks: timedelta(microseconds=ticks))
OWN = st.sampled_from(CALENDARS)
FEW = settings(max_examples=150, deadline=None)


@pytest.mark.parametrize(
    ("deadline", "supplement", "confirmation"),
    [
        ("certified-copy", "anew", "runs"),
        ("certified-ecopy", "anew", "runs"),
        ("signature-certification", "anew", "runs"),
        ("consular-certification", "anew", "runs"),
        ("consular-legalization", "anew", "runs"),
        ("apostille", "paused", "paused"),
    ],
)
def test_each_deadline_says_what_becomes_of_its_time(deadline: str, supplement: str, confirmation: str) -> None:
    law = read()
    asked, awaited = law.wait(deadline, "supplement", TODAY), law.wait(deadline, "confirmation", TODAY)
    assert (asked.clock, awaited.clock) == (supplement, confirmation)
    assert asked.again is (deadline != "apostille")
    assert bool(asked.by) is (deadline == "apostille")
    assert awaited.terms == (
        ("apostille-confirmation", "apostille-confirmation-complex", "apostille-reminder", "apostille-return")
        if deadline == "apostille"
        else ()
    )


def test_nothing_is_said_of_a_day_before_the_procedure() -> None:
    with pytest.raises(NoAnswer, match="deadline-not-in-force"):
        read().wait("apostille", "supplement", date(2026, 9, 10))


def local(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+07:00")


@pytest.mark.parametrize(
    ("due", "stopped", "again", "wanted"),
    [
        ("2026-10-06T17:00", "2026-10-05T10:00", "2026-10-07T10:00", "2026-10-08T17:00"),
        ("2026-10-06T17:00", "2026-10-05T10:00", "2026-10-07T15:00", "2026-10-09T10:00"),
        ("2026-10-06T17:00", "2026-10-06T16:15", "2026-10-06T16:45", "2026-10-07T07:30"),
        ("2026-10-06T17:00", "2026-10-06T16:00", "2026-10-09T18:00", "2026-10-12T08:00"),
        ("2026-10-06T17:00", "2026-10-06T16:00", "2026-10-10T10:00", "2026-10-12T08:00"),
        ("2026-02-06T17:00", "2026-02-06T07:00", "2026-02-13T15:00", "2026-02-23T15:00"),
        ("2026-12-30T17:00", "2026-12-30T13:30", "2026-12-31T15:00", "2027-01-04T08:30"),
        ("2026-10-06T17:00", "2026-10-06T11:30", "2026-10-06T13:30", "2026-10-06T17:00"),
        ("2026-10-06T17:00", "2026-10-06T17:00", "2026-10-07T09:00", "2026-10-07T09:00"),
        ("2026-10-06T17:00", "2026-10-06T17:01", "2026-10-07T09:00", "2026-10-06T17:00"),
    ],
    ids=[
        "whole days", "into a day", "last hour", "over the weekend", "on a Saturday", "over Tet", "new year",
        "over lunch", "at the very end", "late already",
    ],
)  # fmt: skip
def test_time_that_stood_still_goes_on_with_what_was_left(due: str, stopped: str, again: str, wanted: str) -> None:
    found = resumed(local(due), local(stopped), local(again), calendar("viet-nam"))
    assert found == local(wanted)


@FEW
@given(TIMES, SPANS, OWN)
def test_no_time_at_all_changes_nothing(stopped: datetime, left: timedelta, own: str) -> None:
    assert resumed(stopped + left, stopped, stopped, calendar(own)) == stopped + left


@FEW
@given(TIMES, SPANS, SPANS, OWN)
def test_standing_still_never_makes_it_due_earlier(
    stopped: datetime, left: timedelta, still: timedelta, own: str
) -> None:
    assert resumed(stopped + left, stopped, stopped + still, calendar(own)) >= stopped + left


@FEW
@given(TIMES, SPANS, SPANS, OWN)
def test_as_much_working_time_is_left_as_was(stopped: datetime, left: timedelta, still: timedelta, own: str) -> None:
    kept, due, again = calendar(own), stopped + left, stopped + still
    assert kept.time_between(again, resumed(due, stopped, again, kept)) == kept.time_between(stopped, due)


@FEW
@given(TIMES, SPANS, SPANS, SPANS, OWN)
def test_standing_still_twice_in_a_row_is_standing_still_once(
    stopped: datetime, left: timedelta, first: timedelta, second: timedelta, own: str
) -> None:
    kept, between, end = calendar(own), stopped + first, stopped + first + second
    once = resumed(stopped + left, stopped, end, kept)
    assert resumed(resumed(stopped + left, stopped, between, kept), between, end, kept) == once
