"""Arithmetic in working time: properties over all calendars, a slow reference, and the hours at which clocks change."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from verifier.law.calendars import Calendar, Calendars
from verifier.law.calendars.records import Hours, Plan, Unscheduled
from verifier.law.records import Cited, Entry, NoAnswer, Words
from verifier.law.source import Source

ALL: Mapping[str, Calendar] = Calendars.read(Source()).by_id
VIET_NAM, NEW_YORK, PARIS = ALL["viet-nam"], ALL["washington"], ALL["paris"]
ALWAYS = Entry(date(2015, 1, 1), None, "unverified", "x", "")

CHANGES = [
    ("America/New_York", "2026-03-08"),
    ("America/New_York", "2026-11-01"),
    ("Europe/Paris", "2026-03-29"),
    ("Europe/Paris", "2026-10-25"),
    ("Australia/Lord_Howe", "2026-04-05"),
    ("Asia/Tokyo", "2026-03-08"),
]

some_calendar = st.sampled_from([ALL[id_] for id_ in sorted(ALL)])
some_day = st.dates(date(2024, 6, 1), date(2028, 6, 1))
SPAN = int(timedelta(days=4 * 365) / timedelta(seconds=1))
some_time = st.integers(0, SPAN).map(lambda seconds: datetime(2024, 6, 1, tzinfo=UTC) + timedelta(seconds=seconds))
some_minutes = st.integers(0, 5000)
quick = settings(max_examples=80, deadline=None)


def local(text: str, calendar: Calendar) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=calendar.zone)


def is_open(calendar: Calendar, at: datetime) -> bool:
    """Tell whether a time is within office hours, opening and closing included."""
    return any(start <= at <= end for start, end in calendar.hours(at.astimezone(calendar.zone).date()))


def made(zone: str, *spans: tuple[str, str], weekdays: frozenset[int] = frozenset(range(7))) -> Calendar:
    """Return a calendar that has nothing but these hours."""
    told = tuple((time.fromisoformat(opening), time.fromisoformat(closing)) for opening, closing in spans)
    return Calendar(
        Plan(
            id="made",
            name=Words("x"),
            zone=ZoneInfo(zone),
            host=None,
            hours=(Hours(ALWAYS, weekdays, told),),
            years=frozenset({2026}),
            unscheduled=Unscheduled(Words("x"), Cited("unverified", "x")),
            yearly=(),
            off={},
            worked={},
            doubts={},
        )
    )


# --- properties ---


@quick
@given(some_calendar, some_time, some_minutes, some_minutes)
def test_adding_is_additive(calendar: Calendar, at: datetime, a: int, b: int) -> None:
    assert calendar.add_minutes(calendar.add_minutes(at, a), b) == calendar.add_minutes(at, a + b)


@quick
@given(some_calendar, some_time, st.timedeltas(timedelta(0), timedelta(days=9)), some_minutes, some_minutes)
def test_adding_is_monotone(calendar: Calendar, at: datetime, later: timedelta, a: int, more: int) -> None:
    assert at <= calendar.add_minutes(at, a) <= calendar.add_minutes(at + later, a + more)


@quick
@given(some_calendar, some_time, some_minutes)
def test_what_was_added_lies_between(calendar: Calendar, at: datetime, minutes: int) -> None:
    """Time outside office hours is worth nothing, so this holds from any moment on."""
    end = calendar.add_minutes(at, minutes)
    assert calendar.minutes_between(at, end) == minutes
    assert calendar.minutes_between(end, at) == -minutes
    assert calendar.minutes_between(at, end - timedelta(microseconds=1)) == max(0, minutes - 1)


@quick
@given(some_calendar, some_time, some_minutes)
def test_results_lie_within_office_hours_and_in_the_zone(calendar: Calendar, at: datetime, minutes: int) -> None:
    end = calendar.add_minutes(at, minutes)
    assert is_open(calendar, end)
    assert end.tzinfo is calendar.zone
    assert calendar.counts_from(at).tzinfo is calendar.zone


@quick
@given(some_calendar, some_time)
def test_what_counts_from_a_time_counts_from_itself(calendar: Calendar, at: datetime) -> None:
    counted = calendar.counts_from(at)
    assert calendar.counts_from(counted) == counted
    assert counted >= at
    assert calendar.is_working(counted.date())
    opening, closing = calendar.opens(counted.date()), calendar.closes(counted.date())
    assert opening is not None
    assert closing is not None
    assert opening <= counted <= closing
    assert calendar.minutes_between(at, counted) == 0


@quick
@given(some_calendar, some_day, st.integers(1, 300), st.integers(0, 300))
def test_days_are_additive_and_worked(calendar: Calendar, day: date, a: int, b: int) -> None:
    end = calendar.add_days(day, a)
    assert calendar.is_working(end)
    assert end > day
    assert calendar.add_days(end, b) == calendar.add_days(day, a + b)


@quick
@given(some_calendar, some_day)
def test_no_days_is_the_day_itself_where_it_is_worked(calendar: Calendar, day: date) -> None:
    assert calendar.add_days(day, 0) == (day if calendar.is_working(day) else calendar.next_working_day(day))
    following = calendar.next_working_day(day)
    between = (day + timedelta(days=number) for number in range(1, (following - day).days))
    assert not any(calendar.is_working(one) for one in between)


@quick
@given(some_calendar, some_day)
def test_hours_rise_and_open_and_close_are_their_ends(calendar: Calendar, day: date) -> None:
    hours = calendar.hours(day)
    flat = [one for span in hours for one in span]
    assert all(sooner < later for sooner, later in pairwise(flat))
    assert bool(hours) == calendar.is_working(day)
    assert (calendar.opens(day), calendar.closes(day)) == ((flat[0], flat[-1]) if flat else (None, None))


# --- a reference that knows nothing of sums: the wall clock, minute by minute ---


def by_wall(calendar: Calendar, at: datetime, minutes: int) -> datetime:
    """Walk in UTC; a minute is worked where the clock on the wall stands within the hours of its day."""
    left, now = minutes, at.astimezone(UTC)
    while left:
        wall = now.astimezone(calendar.zone)
        made_up = calendar.plan.worked.get(wall.date())
        like = (made_up and made_up.instead_of) or wall.date()
        spans = calendar.plan.usual(like) if calendar.is_working(wall.date()) else ()
        left -= any(opening <= wall.time() < closing for opening, closing in spans)
        now += timedelta(minutes=1)
    return now


@settings(max_examples=30, deadline=None)
@given(
    some_calendar,
    st.sampled_from(["2026-02-12", "2026-03-06", "2026-03-27", "2026-10-23", "2026-10-30", "2025-04-25", "2026-08-21"]),
    st.integers(0, 4 * 1440),
    st.integers(1, 600),
)
def test_no_drift_against_the_wall_clock(calendar: Calendar, first: str, offset: int, minutes: int) -> None:
    at = datetime.fromisoformat(first).replace(tzinfo=UTC) + timedelta(minutes=offset)
    assert calendar.add_minutes(at, minutes).astimezone(UTC) == by_wall(calendar, at, minutes)


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(CHANGES),
    st.integers(0, 1439),
    st.integers(1, 1500),
)
def test_an_office_open_through_the_change_works_the_time_that_passes(
    told: tuple[str, str], offset: int, minutes: int
) -> None:
    calendar = made(told[0], ("00:00", "23:59"))
    at = datetime.fromisoformat(told[1]).replace(tzinfo=calendar.zone).astimezone(UTC) + timedelta(minutes=offset)
    assert calendar.add_minutes(at, minutes).astimezone(UTC) == by_wall(calendar, at, minutes)


# --- clocks that change ---


@pytest.mark.parametrize(
    ("calendar", "friday", "opening"),
    [
        (NEW_YORK, "2026-03-06T18:00", "2026-03-09T09:00:00-04:00"),
        (NEW_YORK, "2026-10-30T18:00", "2026-11-02T09:00:00-05:00"),
        (PARIS, "2026-03-27T18:00", "2026-03-30T09:00:00+02:00"),
        (PARIS, "2026-10-23T18:00", "2026-10-26T09:00:00+01:00"),
    ],
)
def test_the_week_in_which_clocks_change(calendar: Calendar, friday: str, opening: str) -> None:
    at = local(friday, calendar)
    assert calendar.counts_from(at).isoformat() == opening
    assert calendar.add_minutes(at, 0).isoformat() == opening
    assert calendar.minutes_between(at, calendar.counts_from(at) + timedelta(minutes=90)) == 90


@pytest.mark.parametrize(
    ("day", "minutes"),
    [("2026-03-07", 1439), ("2026-03-08", 1379), ("2026-11-01", 1499), ("2026-11-02", 1439)],
)
def test_days_of_23_and_25_hours(day: str, minutes: int) -> None:
    calendar = made("America/New_York", ("00:00", "23:59"))
    opening, closing = calendar.hours(date.fromisoformat(day))[0]
    assert calendar.minutes_between(opening, closing) == minutes


@pytest.mark.parametrize(
    ("zone", "day", "spans", "told"),
    [
        # 02:00 becomes 03:00: an opening in the gap is the jump itself, a span within it is no time at all
        ("America/New_York", "2026-03-08", (("02:30", "04:00"),), ["03:00:00-04:00 04:00:00-04:00"]),
        ("America/New_York", "2026-03-08", (("01:00", "02:30"),), ["01:00:00-05:00 03:00:00-04:00"]),
        ("America/New_York", "2026-03-08", (("02:10", "02:50"), ("05:00", "06:00")), ["05:00:00-04:00 06:00:00-04:00"]),
        ("America/New_York", "2026-03-08", (("02:00", "02:59"),), []),
        ("Europe/Paris", "2026-03-29", (("02:30", "04:00"),), ["03:00:00+02:00 04:00:00+02:00"]),
        # half an hour only
        ("Australia/Lord_Howe", "2026-10-04", (("02:15", "04:00"),), ["02:30:00+11:00 04:00:00+11:00"]),
        # 01:30 comes twice: the first passing, for opening and for closing
        ("America/New_York", "2026-11-01", (("01:30", "04:00"),), ["01:30:00-04:00 04:00:00-05:00"]),
        ("America/New_York", "2026-11-01", (("00:30", "01:30"),), ["00:30:00-04:00 01:30:00-04:00"]),
    ],
)
def test_an_opening_that_never_comes_or_comes_twice(
    zone: str, day: str, spans: tuple[tuple[str, str], ...], told: list[str]
) -> None:
    calendar = made(zone, *spans)
    hours = calendar.hours(date.fromisoformat(day))
    assert [f"{start.isoformat()[11:]} {end.isoformat()[11:]}" for start, end in hours] == told
    assert calendar.is_working(date.fromisoformat(day)) == bool(told)


def test_a_time_that_comes_twice_is_the_one_that_is_meant() -> None:
    calendar = made("America/New_York", ("00:00", "23:59"))
    first = datetime(2026, 11, 1, 1, 30, tzinfo=calendar.zone)
    second = first.replace(fold=1)
    assert calendar.minutes_between(first, second) == 60
    assert calendar.add_minutes(first, 60).utcoffset() == second.utcoffset()
    assert calendar.counts_from(second).utcoffset() == second.utcoffset()


# --- edges ---


@pytest.mark.parametrize(
    ("at", "counted"),
    [
        ("2026-03-06T06:59:59", "2026-03-06T07:00:00"),
        ("2026-03-06T07:00:00", "2026-03-06T07:00:00"),
        ("2026-03-06T12:00:00", "2026-03-06T12:00:00"),
        ("2026-03-06T17:00:00", "2026-03-06T17:00:00"),
        ("2026-03-06T17:00:00.000001", "2026-03-09T07:00:00"),
        ("2026-03-07T10:00:00", "2026-03-09T07:00:00"),
        ("2026-12-31T18:00:00", "2027-01-04T07:00:00"),
    ],
)
def test_counts_from(at: str, counted: str) -> None:
    assert VIET_NAM.counts_from(local(at, VIET_NAM)) == local(counted, VIET_NAM)


@pytest.mark.parametrize(
    ("at", "minutes", "end"),
    [
        ("2026-03-06T17:00:00", 0, "2026-03-06T17:00:00"),
        ("2026-03-06T17:00:01", 0, "2026-03-09T07:00:00"),
        ("2026-03-06T11:30:00", 0, "2026-03-06T11:30:00"),
        ("2026-03-06T12:00:00", 0, "2026-03-06T13:30:00"),
        ("2026-03-06T16:00:00", 60, "2026-03-06T17:00:00"),
        ("2026-03-06T16:00:01", 60, "2026-03-09T07:00:01"),
        ("2026-03-06T16:00:00.5", 61, "2026-03-09T07:01:00.5"),
        ("2026-12-31T16:59:00", 2, "2027-01-04T07:01:00"),
        ("2026-12-31T18:00:00", 0, "2027-01-04T07:00:00"),
        ("2026-01-01T00:00:00", 249 * 480, "2026-12-31T17:00:00"),
        ("2026-01-01T00:00:00", 249 * 480 + 1, "2027-01-04T07:01:00"),
        ("2025-12-31T17:00:00", (249 + 251) * 480, "2027-12-31T17:00:00"),
    ],
)
def test_add_minutes(at: str, minutes: int, end: str) -> None:
    assert VIET_NAM.add_minutes(local(at, VIET_NAM), minutes) == local(end, VIET_NAM)


def test_minutes_over_years() -> None:
    a, b = local("2024-12-31T18:00", VIET_NAM), local("2027-01-01T00:00", VIET_NAM)
    assert VIET_NAM.minutes_between(a, b) == (250 + 249) * 480
    assert VIET_NAM.minutes_between(b, a) == -(250 + 249) * 480


def test_part_of_a_minute_is_none() -> None:
    at = local("2026-03-06T09:00:00", VIET_NAM)
    assert VIET_NAM.minutes_between(at, at + timedelta(seconds=119)) == 1
    assert VIET_NAM.minutes_between(at + timedelta(seconds=119), at) == -1


def test_a_time_without_a_zone_has_no_answer() -> None:
    naive, aware = datetime(2026, 3, 6, 9), datetime(2026, 3, 6, 9, tzinfo=UTC)  # noqa: DTZ001  what is tested
    for ask in (
        lambda: VIET_NAM.counts_from(naive),
        lambda: VIET_NAM.add_minutes(naive, 1),
        lambda: VIET_NAM.minutes_between(naive, aware),
        lambda: VIET_NAM.minutes_between(aware, naive),
    ):
        with pytest.raises(NoAnswer) as refused:
            ask()
        assert refused.value.code == "time-without-zone"


@pytest.mark.parametrize(
    "at",
    [
        datetime.min.replace(tzinfo=UTC),
        datetime.max.replace(tzinfo=UTC),
        datetime(2014, 12, 31, 16, 59, tzinfo=UTC),
        datetime(2100, 12, 31, 17, tzinfo=UTC),
    ],
)
def test_far_times_have_no_answer(at: datetime) -> None:
    for ask in (
        lambda: VIET_NAM.counts_from(at),
        lambda: VIET_NAM.add_minutes(at, 1),
        lambda: VIET_NAM.minutes_between(at, at),
    ):
        with pytest.raises(NoAnswer) as refused:
            ask()
        assert refused.value.code == "calendar-out-of-range"


def test_too_many_minutes_have_no_answer() -> None:
    with pytest.raises(NoAnswer) as refused:
        VIET_NAM.add_minutes(local("2026-03-06T09:00", VIET_NAM), 10**18)
    assert refused.value.code == "calendar-out-of-range"


def test_negative_minutes_have_no_answer() -> None:
    with pytest.raises(NoAnswer) as refused:
        VIET_NAM.add_minutes(local("2026-03-06T09:00", VIET_NAM), -1)
    assert (refused.value.code, refused.value.params) == ("count-wrong", {"field": "minutes"})


def test_hours_that_change_on_a_day() -> None:
    before = Hours(
        Entry(date(2015, 1, 1), date(2026, 3, 4), "unverified", "x", ""), frozenset(range(5)), ((time(7), time(11)),)
    )
    after = Hours(Entry(date(2026, 3, 4), None, "unverified", "x", ""), frozenset(range(5)), ((time(8), time(12)),))
    plan = made("Asia/Ho_Chi_Minh", ("07:00", "11:00")).plan
    calendar = Calendar(Plan(**{**vars(plan), "hours": (before, after)}))
    assert [one.hour for one in map(calendar.opens, (date(2026, 3, 3), date(2026, 3, 4))) if one] == [7, 8]


def test_many_threads_may_ask_one_calendar() -> None:
    calendar = Calendars.read(Source()).of("")
    answers: list[datetime] = []
    at = local("2026-03-06T09:00", calendar)
    threads = [threading.Thread(target=lambda: answers.append(calendar.add_minutes(at, 200_000))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 8
    assert len(set(answers)) == 1
