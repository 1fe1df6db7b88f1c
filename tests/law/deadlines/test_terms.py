"""The other terms: each unit by hand, and what is told with a deadline."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest

from tests.law.deadlines.support import TODAY, calendar, read, when
from verifier.law.deadlines.reckoning import term_due
from verifier.law.examples import coverage, read_examples
from verifier.law.records import NoAnswer
from verifier.law.source import Source


def due(id_: str, start: str) -> datetime | None:
    return read().term(id_, TODAY, when(start), calendar()).due


@pytest.mark.parametrize(
    ("id_", "start", "end"),
    [
        ("confirmation-vietnam", "2026-10-05T09:00:00", "2026-10-12T17:00:00"),
        ("confirmation-mission", "2026-10-05T09:00:00", "2026-10-07T17:00:00"),
        ("forwarding", "2026-10-09T16:59:00", "2026-10-12T17:00:00"),
        ("acceptance-notice", "2026-10-05T07:00:00", "2026-10-05T17:00:00"),
        ("acceptance-notice", "2026-10-05T07:01:00", "2026-10-06T07:01:00"),
        ("acceptance-notice", "2026-10-10T21:00:00", "2026-10-12T17:00:00"),
        ("completeness-check", "2026-10-10T21:00:00", "2026-10-12T17:00:00"),
        ("transfer", "2026-10-05T15:00:00", "2026-10-05T16:00:00"),
        ("transfer", "2026-10-05T15:00:01", "2026-10-06T07:00:00"),
        ("apology", "2026-10-12T17:00:00", "2026-10-09T17:00:00"),
        ("apology", "2026-10-12T07:00:00", "2026-10-09T17:00:00"),
        ("apostille-reminder", "2026-10-05T09:00:00", "2026-10-21T07:00:00"),
        ("apostille-reminder", "2026-10-09T09:00:00", "2026-10-27T07:00:00"),
        ("apostille-return", "2026-10-05T09:00:00", "2026-11-05T07:00:00"),
        ("apostille-supplement", "2026-10-05T09:00:00", "2026-10-14T17:00:00"),
        ("apostille-abroad-complex", "2026-10-05T09:00:00", "2026-10-19T17:00:00"),
        ("fee-remittance", "2026-10-31T09:00:00", "2026-11-05T17:00:00"),
        ("fee-remittance", "2026-11-01T09:00:00", "2026-12-07T17:00:00"),
        ("fee-remittance", "2026-02-28T09:00:00", "2026-03-05T17:00:00"),
    ],
)
def test_a_term_by_hand(id_: str, start: str, end: str) -> None:
    assert due(id_, start) == when(end)


def test_a_transfer_never_passes_the_close_of_its_day() -> None:
    (rule,) = [one for one in read().terms(TODAY) if one.id == "transfer"]
    longer = replace(rule, length=3)
    assert term_due(longer, when("2026-10-05T15:00:00"), calendar()) == when("2026-10-05T17:00:00")
    assert term_due(longer, when("2026-10-05T13:45:00"), calendar()) == when("2026-10-05T16:45:00")


def test_a_rule_without_a_time_has_none() -> None:
    found = read().term("second-supplement", TODAY, when("2026-10-05T09:00:00"), calendar())
    assert (found.due, found.doubts, found.start) == (None, (), when("2026-10-05T09:00:00"))
    assert "lần thứ hai" in found.words.vi
    assert found.basis.status == "partial"


def test_the_days_between_are_told_where_they_are_in_doubt() -> None:
    back = read().term("apology", TODAY, when("2026-11-30T17:00:00"), calendar())
    assert [one.day for one in back.doubts] == [date(2026, 11, 28)]
    forward = read().term("forwarding", TODAY, when("2026-11-20T09:00:00"), calendar())
    assert [one.day for one in forward.doubts] == [date(2026, 11, 23)]


def test_the_apology_rests_on_the_decree_of_its_day() -> None:
    start = when("2025-06-30T17:00:00")
    old = read().term("apology", date(2025, 6, 30), start, calendar()).basis
    new = read().term("apology", date(2025, 7, 1), start, calendar()).basis
    assert (old.status, new.status) == ("verified", "partial")
    assert "118/2025" in new.citation


@pytest.mark.parametrize(
    ("id_", "day", "start", "code", "params"),
    [
        ("never", TODAY, when("2026-10-05T09:00:00"), "term-unknown", {"term": "never"}),
        (
            "apostille-forged",
            date(2026, 9, 10),
            when("2026-10-05T09:00:00"),
            "term-not-in-force",
            {"term": "apostille-forged"},
        ),
        ("apology", TODAY, datetime(2026, 10, 5, 9), "time-without-zone", {"field": "start"}),  # noqa: DTZ001 - the case
        ("apology", TODAY, when("1066-10-14T09:00:00"), "time-wrong", {"field": "start"}),
    ],
    ids=["unknown", "not-yet", "naive", "year"],
)
def test_what_cannot_be_answered_is_refused(
    id_: str, day: date, start: datetime, code: str, params: dict[str, str]
) -> None:
    with pytest.raises(NoAnswer) as found:
        read().term(id_, day, start, calendar())
    assert (found.value.code, found.value.params) == (code, params)


def test_terms_are_listed_once_for_each_day() -> None:
    today = [one.id for one in read().terms(TODAY)]
    assert len(today) == len(set(today))
    assert set(today) == set(read().term_ids)
    assert {one.id for one in read().terms(date(2016, 1, 1))} == {
        "slip",
        "longer-by-agreement",
        "supplement-target",
        "confirmation-vietnam",
        "confirmation-mission",
        "confirmation-foreign",
        "forwarding",
    }


def test_every_deadline_and_every_term_has_five_worked_examples() -> None:
    told = coverage(read_examples(Source()), "deadline")
    short = {id_: told.get(id_, 0) for id_ in (*read().ids, *read().term_ids) if told.get(id_, 0) < 5}
    assert short == {}
    assert set(told) == {*read().ids, *read().term_ids}
