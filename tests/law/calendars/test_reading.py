"""The data of calendars are read strictly: each wrong thing is refused with one line that begins with its file."""

from __future__ import annotations

from datetime import date

import pytest

from tests.law.calendars.conftest import Spoil
from verifier.law.calendars import Calendars
from verifier.law.records import BadLaw, NoAnswer
from verifier.law.source import Source

OFF = "days = [2025-04-07]\n"
WORKED = "days = [2025-04-26]\ninstead_of = 2025-05-02\n"
HOURS = 'spans = ["07:00-11:30", "13:30-17:00"]'
DAYS_OFF = 'weekdays = ["monday", "tuesday", "wednesday", "thursday", "friday"]\n'
HOST = 'country = "US"\nsubdivision = "DC"\n'
SECOND = (
    '[[hours]]\nfrom = 2020-01-01\nweekdays = ["friday"]\nspans = ["08:00-09:00"]\n'
    'status = "verified"\ncitation = "x"\n\n[[hours]]\n'
)
WRONG = [
    ("viet-nam", 'id = "viet-nam"', 'id = "vietnam"', "id 'vietnam' belongs into calendars/vietnam.toml"),
    ("viet-nam", "Asia/Ho_Chi_Minh", "Asia/Saigon2", "there is no time zone 'Asia/Saigon2'"),
    ("viet-nam", "Asia/Ho_Chi_Minh", "../zone", "there is no time zone '../zone'"),
    ("viet-nam", "Asia/Ho_Chi_Minh", "Asia", "there is no time zone 'Asia'"),
    ("viet-nam", 'id = "viet-nam"', 'id = "viet-nam"\nfree = true', "unknown key 'free'"),
    ("viet-nam", OFF, "days = [2025-04-06]\n", "off 2: 2025-04-06 is a sunday and rests anyway"),
    ("viet-nam", OFF, "days = [2025-04-30]\n", "off 2: 2025-04-30 is off every year anyway"),
    ("viet-nam", OFF, "days = [2025-01-27]\n", "off 2: 2025-01-27 stands twice"),
    ("viet-nam", OFF, "days = [2024-04-18]\n", "off 2: 2024-04-18 is in a year without a schedule"),
    ("viet-nam", OFF, "days = [2025-04-08, 2025-04-07]\n", "off 2: days must rise"),
    ("viet-nam", OFF, "days = [2025-04-07, 2025-04-07]\n", "off 2: days must rise"),
    ("viet-nam", OFF, "days = []\n", "off 2: days must be a list of dates"),
    ("viet-nam", OFF, "days = [2025-04-07T07:00:00]\n", "off 2: days must be a list of dates"),
    ("viet-nam", OFF, OFF + 'switch = "no-such"\n', "off 2: there is no switch 'no-such'"),
    ("viet-nam", OFF, OFF + 'switch = "swap-2026-11-23"\n', "off 2, doubt: a table was expected"),
    ("viet-nam", OFF, OFF + "weekend = true\n", "off 2: unknown key 'weekend'"),
    ("viet-nam", OFF, OFF + "instead_of = 2025-04-01\n", "off 2: unknown key 'instead_of'"),
    ("viet-nam", WORKED, WORKED.replace("04-26", "04-25"), "worked 1: 2025-04-25 is a working day anyway"),
    ("viet-nam", WORKED, WORKED.replace("04-26", "04-07"), "worked 1: 2025-04-07 is both off and worked"),
    ("viet-nam", WORKED, WORKED.replace("2025-04-26", "2026-08-22"), "worked 3: 2026-08-22 stands twice"),
    ("viet-nam", WORKED, WORKED.replace("05-02", "05-05"), "worked 1: 2025-05-05 is not off, or not under the same"),
    ("viet-nam", WORKED, "days = [2025-04-26]\n", "worked 1: either instead_of or spans"),
    ("viet-nam", WORKED, WORKED + HOURS + "\n", "worked 1: either instead_of or spans"),
    ("viet-nam", HOURS, 'spans = ["07:00-13:30", "13:00-17:00"]', "hours 1: hours must rise within the day"),
    ("viet-nam", HOURS, 'spans = ["07:00-13:30", "13:30-17:00"]', "hours 1: hours must rise within the day"),
    ("viet-nam", HOURS, 'spans = ["22:00-06:00"]', "hours 1: hours must rise within the day"),
    ("viet-nam", HOURS, 'spans = ["07:00-24:00"]', "hours 1: '07:00-24:00' is not hours as 07:00-11:30"),
    ("viet-nam", HOURS, "spans = []", "hours 1: no weekdays, or no spans"),
    ("viet-nam", DAYS_OFF, "weekdays = []\n", "hours 1: no weekdays, or no spans"),
    ("viet-nam", DAYS_OFF, 'weekdays = ["thứ hai"]\n', "hours 1: weekdays holds 'thứ hai'"),
    ("viet-nam", "from = 2015-01-01\nweekdays", "from = 2016-01-01\nweekdays", "no hours hold on 2015-01-01"),
    ("viet-nam", "[[hours]]\n", SECOND, "hours of friday: two entries hold on 2020-01-01"),
    ("viet-nam", "month = 1\nday = 1\n", "month = 2\nday = 29\n", "yearly 1: there is no such day in every year"),
    ("viet-nam", "until = 2021-01-01", "until = 2022-01-01", "yearly on 1/1: two entries hold on 2021-01-01"),
    ("viet-nam", "year = 2026", "year = 2025", "schedule 2: 2025 stands twice"),
    ("viet-nam", "year = 2026", "year = 2126", "schedule 2: 2126 stands twice, or is too far away"),
    ("viet-nam", "year = 2026", "year = 1999", "schedule 2: year must be a whole number of at least 2015"),
    ("viet-nam", "[[doubt]]\ndays = [2027-09-01,", "[[doubt]]\ndays = [2028-09-01,", "doubt 1: days must rise"),
    ("viet-nam", '"tet-2027-option-2"]', '"tet"]', "either 1: switches holds 'tet'"),
    ("viet-nam", "[unscheduled]\n", "[unscheduled]\nyear = 1\n", "unscheduled: unknown key 'year'"),
    ("viet-nam", "[unscheduled]\n", "[unsaid]\n", "unscheduled: a table was expected"),
    ("washington", HOST, 'country = "XX"\n', "host: no public holidays are known of XX"),
    ("washington", HOST, HOST.replace("DC", "HN"), "host: no public holidays are known of US HN"),
    ("washington", 'vi = "{name} (ngày', 'vi = "(ngày', "host: vi and en must hold {name}"),
    ("washington", 'citation = "Ngày nghỉ lễ của nước sở tại', 'cite = "', "host: citation is missing"),
    ("authorities", 'calendar = "paris"', 'calendar = "hanoi"', "authority 1: there is no calendar 'hanoi'"),
    ("authorities", 'code = "G08.FR01"', 'code = "tokyo"', "'tokyo' is the id of a calendar"),
    ("authorities", "G08\\.[A-Z]", "(G08\\.[A-Z]", "rule 1: pattern is not a regular expression"),
    ("authorities", "[[rule]]\n", '[[rule]]\nzone = "x"\n', "rule 1: unknown key 'zone'"),
    ("authorities", 'calendar = "viet-nam"\nfrom', 'calendar = "x"\nfrom', "rule 2: there is no calendar 'x'"),
]


@pytest.mark.parametrize(("name", "old", "new", "said"), WRONG, ids=[f"{one[0]}-{n}" for n, one in enumerate(WRONG)])
def test_wrong_data_are_refused(spoil: Spoil, name: str, old: str, new: str, said: str) -> None:
    with pytest.raises(BadLaw) as refused:
        Calendars.read(spoil(name, old, new))
    line = str(refused.value)
    assert line.startswith(f"calendars/{name}.toml")
    assert said in line
    assert "\n" not in line


def test_shipped_data_are_read(calendars: Calendars) -> None:
    assert calendars.ids == {"viet-nam", "washington", "tokyo", "moscow", "paris"}


def test_switches_that_exclude_each_other_are_refused() -> None:
    both = frozenset({"tet-2027-option-1", "tet-2027-option-2"})
    with pytest.raises(BadLaw, match=r"^calendars/viet-nam\.toml, either 1: .* exclude each other$"):
        Calendars.read(Source(switches=both))


def test_a_switch_must_be_the_same_for_both_days_of_a_swap(spoil: Spoil) -> None:
    data = spoil("viet-nam", 'switch = "swap-2026-11-23"', 'switch = "tet-2027-option-1"')
    with pytest.raises(BadLaw, match="2026-11-23 is not off, or not under the same switch"):
        Calendars.read(data)


def test_a_day_that_is_off_every_year_is_not_worked(spoil: Spoil) -> None:
    added = '[[worked]]\ndays = [2025-09-02]\nspans = ["08:00-09:00"]\nvi = "a"\nen = "a"\nstatus = "unverified"\n'
    data = spoil("paris", "[unscheduled]", added + 'citation = "x"\n\n[unscheduled]')
    with pytest.raises(BadLaw, match="2025-09-02 is both off and worked"):
        Calendars.read(data)


def test_a_mission_may_work_on_a_holiday_of_its_host(spoil: Spoil) -> None:
    added = (
        '[[worked]]\ndays = [2025-07-14]\nspans = ["08:00-09:00"]\nvi = "Trực"\nen = "On duty"\nstatus = "unverified"\n'
    )
    paris = Calendars.read(spoil("paris", "[unscheduled]", added + 'citation = "x"\n\n[unscheduled]')).of("paris")
    day = date(2025, 7, 14)
    assert paris.is_working(day)
    assert paris.day_off(day) is None
    assert [f"{start:%H:%M}-{end:%H:%M}" for start, end in paris.hours(day)] == ["08:00-09:00"]
    assert paris.month(2025, 7)[13].name is not None


@pytest.mark.parametrize(
    ("code", "calendar"),
    [
        ("", "viet-nam"),
        ("tokyo", "tokyo"),
        ("G08.FR01", "paris"),
        ("G08.FR01.2", "paris"),
        ("G08.09", "viet-nam"),
        ("G08", "viet-nam"),
        ("H26.301", "viet-nam"),
        ("H26.CC01", "viet-nam"),
        ("000.00.04.G18", "viet-nam"),
    ],
)
def test_whose_calendar(calendars: Calendars, code: str, calendar: str) -> None:
    assert calendars.of(code).id == calendar


@pytest.mark.parametrize("code", ["G08.US01", "G08.FR011", "h26.301", "X1", "H2", "G08.FR01\n", "H26.", " ", "A00.1"])
def test_an_unknown_code_is_not_guessed(calendars: Calendars, code: str) -> None:
    with pytest.raises(NoAnswer) as refused:
        calendars.of(code)
    assert refused.value.code == "calendar-unknown"
    assert refused.value.params == {"authority": code}


def test_entries_of_authorities_have_dates(spoil: Spoil) -> None:
    old = 'calendar = "paris"\nfrom = 2015-01-01\n'
    ended = f'{old}until = 2026-01-01\nstatus = "unverified"\ncitation = "x"\n'
    moved = '[[authority]]\ncode = "G08.FR01"\ncalendar = "tokyo"\nfrom = 2026-01-01\n'
    read = Calendars.read(spoil("authorities", old, ended + moved))
    assert read.of("G08.FR01", date(2025, 12, 31)).id == "paris"
    assert read.of("G08.FR01", date(2026, 1, 1)).id == "tokyo"
    assert read.of("G08.FR01").id == "tokyo"
    with pytest.raises(NoAnswer):
        read.of("G08.FR01", date(2014, 1, 1))
