from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.appointments.conftest import HERE, at
from tests.cases.world import COPY, SIGNATURE
from verifier.appointments.lengths import lengths
from verifier.appointments.records import Appointment, Closure, Contact, Desk
from verifier.appointments.slots import Office, Search, days_from, free, possible
from verifier.errors import BadRequest
from verifier.law.book import law_book

CALENDAR = law_book().calendars.of("")
TUESDAY = date(2026, 3, 3)
MORNING = at(0)
MINUTES = timedelta(minutes=1)
DESK = Desk(uuid4(), uuid4(), 1, "", (), None, open=True, lane=1)
OTHER = Desk(uuid4(), DESK.authority_id, 2, "", (COPY,), None, open=True, lane=2)


def wanted(length: int = 15, earliest: datetime = MORNING) -> Search:
    return Search(COPY, length * MINUTES, 5 * MINUTES, earliest)


def taken(starts: datetime, length: int = 15, desk: Desk = DESK) -> Appointment:
    told = (starts, starts + length * MINUTES, "booked", COPY, "file", 1, Contact(), "person:x", at(0))
    return Appointment(uuid4(), desk.authority_id, desk.id, desk.lane, *told)


def closed(starts: datetime, ends: datetime, desk: Desk | None = None) -> Closure:
    return Closure(uuid4(), DESK.authority_id, desk.id if desk else None, starts, ends, "", uuid4(), at(0))


def begins(office: Office, search: Search, days: Iterable[date] = (TUESDAY,)) -> list[str]:
    return [f"{one.starts_at:%H:%M}/{one.desk.number}" for one in free(office, search, days)]


def test_slots_fill_each_part_of_the_day_and_leave_lunch_out() -> None:
    found = begins(Office(CALENDAR, (DESK,)), wanted(60))

    assert found == ["07:00/1", "08:00/1", "09:00/1", "10:00/1", "13:30/1", "14:30/1", "15:30/1"]


def test_slots_stand_by_time_and_then_by_desk() -> None:
    assert begins(Office(CALENDAR, (DESK, OTHER)), wanted(90))[:4] == ["07:00/1", "07:00/2", "08:30/1", "08:30/2"]


@pytest.mark.parametrize(
    ("day", "open_"),
    [
        (date(2026, 3, 7), False),  # a Saturday
        (date(2026, 2, 17), False),  # New Year (Tết)
        (date(2026, 8, 22), True),  # a Saturday that is worked
        (date(2026, 4, 27), False),  # made up for a holiday on a Sunday
    ],
    ids=["Saturday", "new-year", "worked-Saturday", "made-up"],
)
def test_days_off_have_no_slots(day: date, *, open_: bool) -> None:
    earliest = datetime(2026, 1, 1, tzinfo=HERE)

    assert bool(begins(Office(CALENDAR, (DESK,)), wanted(15, earliest), [day])) is open_


def test_what_is_taken_is_left_out_and_the_rest_begins_right_behind_it() -> None:
    office = Office(CALENDAR, (DESK,), booked=(taken(at(7, 20), 20), taken(at(8), 20, OTHER)))

    assert begins(office, wanted(30))[:2] == ["07:40/1", "08:10/1"]


def test_what_is_closed_is_left_out_for_the_desk_or_for_all() -> None:
    own, every = closed(at(7), at(11, 30), DESK), closed(at(7), at(10, 12))

    assert begins(Office(CALENDAR, (DESK, OTHER), (own,)), wanted(60))[0] == "07:00/2"
    assert begins(Office(CALENDAR, (DESK, OTHER), (every,)), wanted(60))[0] == "10:15/1"


def test_nothing_is_offered_before_the_notice_is_over() -> None:
    assert begins(Office(CALENDAR, (DESK,)), wanted(15, at(10, 2)))[0] == "10:05/1"


@pytest.mark.parametrize(
    "desk",
    [
        Desk(uuid4(), uuid4(), 1, "", (), None, open=False, lane=1),
        Desk(uuid4(), uuid4(), 1, "", (SIGNATURE,), None, open=True, lane=1),
    ],
    ids=["not-open", "another-procedure"],
)
def test_desks_that_do_not_serve_have_no_slots(desk: Desk) -> None:
    assert begins(Office(CALENDAR, (desk,)), wanted()) == []


@pytest.mark.parametrize(
    ("starts", "fits"),
    [
        (at(7), True),
        (at(11, 15), True),
        (at(11, 20), False),
        (at(6, 55), False),
        (at(12), False),
        (at(16, 45), True),
        (at(16, 50), False),
        (at(9, 3), False),
        (at(9, 0, 7), False),
    ],
    ids=[
        "opening",
        "till-lunch",
        "into-lunch",
        "too-early",
        "lunch",
        "till-closing",
        "too-late",
        "off-grid",
        "Saturday",
    ],
)
def test_any_time_on_the_grid_within_one_part_is_possible(starts: datetime, *, fits: bool) -> None:
    found = possible(CALENDAR, starts.astimezone(UTC), wanted())

    assert (found == (starts, starts + 15 * MINUTES)) is fits


def test_the_day_of_a_mission_abroad_is_its_own() -> None:
    tokyo = law_book().calendars.of("tokyo")
    first = next(free(Office(tokyo, (DESK,)), wanted(), [TUESDAY]))

    assert (str(first.starts_at.tzinfo), first.starts_at) == ("Asia/Tokyo", tokyo.opens(TUESDAY))


def test_across_the_change_of_clocks_the_hours_are_those_of_the_office() -> None:
    paris = law_book().calendars.of("paris")
    earliest, days = datetime(2026, 1, 1, tzinfo=UTC), [date(2026, 3, 27), date(2026, 3, 30)]
    before, after = (next(free(Office(paris, (DESK,)), wanted(15, earliest), [day])).starts_at for day in days)

    assert (before.hour, after.hour) == (after.hour, before.hour)
    assert before.utcoffset() != after.utcoffset()


spans = st.lists(st.tuples(st.integers(0, 2 * 1440), st.integers(1, 300)), max_size=12)


@settings(max_examples=60, deadline=None)
@given(spans, st.sampled_from([10, 15, 40, 90]))
def test_whatever_is_taken_no_offer_meets_it_and_all_offers_are_possible(
    busy: list[tuple[int, int]], length: int
) -> None:
    booked = tuple(taken(at(0) + start * MINUTES, long) for start, long in busy)
    search = wanted(length)
    found = list(free(Office(CALENDAR, (DESK,), booked=booked), search, days_from(TUESDAY, 2)))

    for one in found:
        assert possible(CALENDAR, one.starts_at, search) == (one.starts_at, one.ends_at)
        assert not any(each.starts_at < one.ends_at and one.starts_at < each.ends_at for each in booked)
    assert all(a.ends_at <= b.starts_at for a, b in pairwise(found))


@pytest.mark.parametrize(
    ("asked", "minutes"),
    [(("file", COPY, 1), 15), (("file", COPY, 3), 25), (("file", COPY, 50), 60), (("collect", COPY, 9), 10),
     (("file", SIGNATURE, 2), 30)],
    ids=["one", "three", "at-most", "collect", "signature"],
)  # fmt: skip
def test_lengths_go_by_reason_procedure_and_originals(asked: tuple[str, str, int], minutes: int) -> None:
    assert lengths().of(*asked) == minutes * MINUTES


@pytest.mark.parametrize(
    "asked", [("file", COPY, 0), ("file", COPY, 101), ("talk", COPY, 1)], ids=["none", "many", "why"]
)
def test_absurd_wishes_have_no_length(asked: tuple[str, str, int]) -> None:
    with pytest.raises(BadRequest, match="field-wrong"):
        lengths().of(*asked)
