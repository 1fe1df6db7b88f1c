"""Which days are worked: counts reckoned by hand, swaps, proposals behind switches, years without a schedule."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from verifier.law.calendars import Calendar, Calendars
from verifier.law.records import NoAnswer
from verifier.law.source import Source


def on(*switches: str) -> Calendar:
    return Calendars.read(Source(switches=frozenset(switches))).of("")


def worked(calendar: Calendar, year: int) -> list[int]:
    """Return how many days are worked in each month."""
    return [sum(day.working for day in calendar.month(year, month)) for month in range(1, 13)]


# Mondays to Fridays of each month by the wall calendar, less the days off, plus Saturdays worked.
BY_HAND = {
    2025: [
        23 - 1 - 5,  # 1/1; Tết 27-31
        20,
        21,
        22 - 2 + 1,  # 7/4, 30/4; 26/4 worked
        22 - 2,  # 1/5, 2/5
        21,
        23,
        21,
        22 - 2,  # 1/9, 2/9
        23,
        20,
        23,
    ],
    2026: [
        22 - 2 + 1,  # 1/1, 2/1; 10/1 worked
        20 - 5,  # Tết 16-20
        22,
        22 - 2,  # 27/4, 30/4
        21 - 1,  # 1/5
        22,
        23,
        21 - 1 + 1,  # 31/8; 22/8 worked
        22 - 2,  # 1/9, 2/9
        22,
        21 - 1,  # 24/11
        23,
    ],
    2027: [
        21 - 1,  # 1/1
        20 - 4,  # 5, 8, 9, 10/2
        23,
        22 - 2,  # 16/4, 30/4
        21 - 1,  # 3/5 for 1/5
        22,
        22,
        22,
        22 - 1,  # 2/9
        21,
        22 - 1,  # 24/11
        23,
    ],
}


@pytest.mark.parametrize("year", BY_HAND)
def test_working_days_of_a_year_in_viet_nam(calendars: Calendars, year: int) -> None:
    assert worked(calendars.of(""), year) == BY_HAND[year]


def test_whole_years(calendars: Calendars) -> None:
    # 2025: 261 Mondays to Fridays, less 12 off, plus 1 worked; 2026: 261, less 14, plus 2
    assert sum(worked(calendars.of(""), 2025)) == 250
    assert sum(worked(calendars.of(""), 2026)) == 249
    # Washington 2026: 261, less 11 federal holidays (Friday 3/7 for Saturday 4/7), Emancipation Day, Tết 5 (Monday
    # 16/2 is Washington's Birthday anyway), 2/9
    assert sum(worked(calendars.of("washington"), 2026)) == 261 - 11 - 1 - 4 - 1


def test_the_proposed_swap_of_november_2026() -> None:
    monday, saturday = date(2026, 11, 23), date(2026, 11, 28)
    undecided = on()
    assert undecided.is_working(monday)
    assert not undecided.is_working(saturday)
    assert [one.day for one in undecided.doubts(date(2026, 1, 1), date(2026, 12, 31))] == [monday, saturday]
    decided = on("swap-2026-11-23")
    assert not decided.is_working(monday)
    assert decided.is_working(saturday)
    assert decided.hours(saturday)[0][0].isoformat() == "2026-11-28T07:00:00+07:00"
    assert not decided.doubts(date(2026, 1, 1), date(2026, 12, 31))
    off = decided.day_off(monday)
    assert off is not None
    assert off.basis.status == "unverified"
    assert decided.day_off(saturday) is None


@pytest.mark.parametrize(
    ("switches", "off", "doubtful"),
    [
        ((), (5, 8, 9, 10), (4, 11, 12)),
        (("tet-2027-option-1",), (4, 5, 8, 9, 10), ()),
        (("tet-2027-option-2",), (5, 8, 9, 10, 11, 12), ()),
    ],
)
def test_tet_2027(switches: tuple[str, ...], off: tuple[int, ...], doubtful: tuple[int, ...]) -> None:
    calendar = on(*switches)
    month = calendar.month(2027, 2)
    assert tuple(one.day.day for one in month if one.name and not one.working) == off
    assert tuple(one.day.day for one in month if one.doubt) == doubtful
    assert len(month) == 28


def test_the_day_next_to_national_day_2027_is_doubtful(calendars: Calendars) -> None:
    viet_nam = calendars.of("")
    doubts = viet_nam.doubts(date(2027, 3, 1), date(2027, 12, 31))
    assert [one.day for one in doubts] == [date(2027, 9, 1), date(2027, 9, 3)]
    assert all(viet_nam.is_working(one.day) for one in doubts)
    assert all(one.basis.citation and one.words.vi and one.words.en for one in doubts)


@pytest.mark.parametrize("year", [2024, 2028, 2050])
def test_a_year_without_a_schedule_is_never_silent(calendars: Calendars, year: int) -> None:
    viet_nam = calendars.of("")
    first, last = date(year, 1, 1), date(year, 12, 31)
    fixed = {(1, 1), (30, 4), (1, 5), (2, 9), (24, 11)} if year > 2026 else {(1, 1), (30, 4), (1, 5), (2, 9)}
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    certain = [day for day in days if not viet_nam.doubts(day, day)]
    assert {(day.day, day.month) for day in certain} == fixed
    assert not any(viet_nam.is_working(day) for day in certain)
    assert len(viet_nam.doubts(first, last)) == len(days) - len(certain)


@pytest.mark.parametrize("id_", ["washington", "tokyo", "moscow", "paris"])
def test_a_mission_without_a_schedule_says_so(calendars: Calendars, id_: str) -> None:
    mission = calendars.of(id_)
    assert not mission.doubts(date(2025, 1, 1), date(2027, 12, 31))
    assert mission.doubts(date(2028, 1, 25), date(2028, 1, 25))
    off = mission.day_off(date(2100, 1, 1))
    assert off is None or off.basis.status == "unverified"


@pytest.mark.parametrize("day", [date(2014, 12, 31), date(2101, 1, 1), date.min, date.max])
def test_far_years_have_no_answer(calendars: Calendars, day: date) -> None:
    viet_nam = calendars.of("")
    for ask in (viet_nam.is_working, viet_nam.opens, viet_nam.closes, viet_nam.hours, viet_nam.day_off):
        with pytest.raises(NoAnswer) as refused:
            ask(day)
        assert refused.value.code == "calendar-out-of-range"
        assert refused.value.params == {"calendar": "viet-nam", "first": "2015", "last": "2100"}
    with pytest.raises(NoAnswer):
        viet_nam.doubts(day, day)
    with pytest.raises(NoAnswer):
        viet_nam.month(day.year, 1)


def test_days_beyond_the_last_year_have_no_answer(calendars: Calendars) -> None:
    with pytest.raises(NoAnswer) as refused:
        calendars.of("").add_days(date(2100, 12, 1), 100)
    assert refused.value.code == "calendar-out-of-range"


@pytest.mark.parametrize("month", [0, 13, -1])
def test_a_month_is_one_of_twelve(calendars: Calendars, month: int) -> None:
    with pytest.raises(NoAnswer) as refused:
        calendars.of("").month(2026, month)
    assert (refused.value.code, refused.value.params) == ("count-wrong", {"field": "month"})


def test_nobody_counts_backwards(calendars: Calendars) -> None:
    with pytest.raises(NoAnswer) as refused:
        calendars.of("").add_days(date(2026, 1, 5), -1)
    assert (refused.value.code, refused.value.params) == ("count-wrong", {"field": "days"})


def test_names_of_host_holidays_are_said_in_both_languages(calendars: Calendars) -> None:
    off = calendars.of("moscow").day_off(date(2026, 3, 9))
    assert off is not None
    assert off.name.vi == "Ngày Quốc tế Phụ nữ (ngày nghỉ lễ của Liên bang Nga)"
    assert off.name.en == "International Women's Day (observed) (public holiday of Russia)"
    assert "package" in off.note


def test_every_day_off_shipped_has_a_basis(calendars: Calendars) -> None:
    for id_ in calendars.ids:
        calendar = calendars.of(id_)
        for number in range(3 * 365):
            off = calendar.day_off(date(2025, 1, 1) + timedelta(days=number))
            if off:
                assert off.name.vi
                assert off.name.en
                assert off.basis.citation


def test_a_month_of_a_page(calendars: Calendars) -> None:
    august = calendars.of("").month(2026, 8)
    assert [one.day.day for one in august] == list(range(1, 32))
    saturday, monday = august[21], august[30]
    assert saturday.working
    assert saturday.name is not None
    assert saturday.name.en == "Worked in place of Monday 31 August 2026"
    assert [len(one.hours) for one in (saturday, monday)] == [2, 0]
    assert not monday.working
    assert monday.name is not None
    assert august[0].name is None
    assert not august[0].working
