"""Fifty people want the same slot at once."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from uuid import uuid4

import pytest
from psycopg.errors import ExclusionViolation
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from tests.appointments.conftest import Desked, at
from tests.cases.world import COPY
from verifier.appointments.service import Wish
from verifier.errors import VerifierError
from verifier.storage.scope import SYSTEM
from verifier.storage.tables import AppointmentRow

CROWD = 50


def outcomes(acts: list[Callable[[], object]]) -> Counter[str]:
    """Let all act at once; count what became of them."""
    start = threading.Barrier(len(acts))

    def one(act: Callable[[], object]) -> str:
        start.wait(30)
        try:
            return str(act() is not False)
        except VerifierError as refusal:
            return refusal.problem.code

    with ThreadPoolExecutor(len(acts)) as pool:
        return Counter(pool.map(one, acts))


def test_fifty_want_one_slot_and_each_desk_receives_one(here: Desked) -> None:
    found = outcomes([lambda: here.booked(at(8))] * CROWD)

    assert found == {"True": 2, "slot-taken": CROWD - 2}
    with here.world.database.unit(SYSTEM) as unit:
        stored = unit.appointments.booked(here.place, at(0), at(23))
    assert {one.desk_id for one in stored} == {here.first.id, here.second.id}
    assert [letter.to for _, letter in here.contacts] == ["applicant"] * 2


def test_the_database_lets_one_in_though_nobody_holds_the_desks(here: Desked) -> None:
    one = here.booked(at(8), desk=here.first)
    here.book.cancel(here.officer, one.id)

    def store(minutes: int) -> bool:
        with here.world.database.unit(SYSTEM) as unit:
            fresh = replace(one, id=uuid4(), starts_at=at(8, minutes), ends_at=at(8, minutes + 15), state="booked")
            return unit.appointments.add(fresh)

    found = outcomes([lambda place=place: store(place % 10) for place in range(CROWD)])  # type: ignore[misc]

    assert found == {"True": 1, "False": CROWD - 1}


def test_the_database_lets_nobody_be_moved_onto_another(here: Desked) -> None:
    one, other = here.booked(at(8), desk=here.first), here.booked(at(9), desk=here.first)
    onto = update(AppointmentRow).where(AppointmentRow.id == other.id).values(starts_at=one.starts_at)

    with here.world.database.engine.begin() as connection:
        connection.exec_driver_sql("select set_config('verifier.reach', 'all', true)")
        with pytest.raises(IntegrityError) as refused:
            connection.execute(onto)
    assert isinstance(refused.value.orig, ExclusionViolation)


def test_swaps_and_bookings_at_once_end_and_no_desk_has_two(here: Desked) -> None:
    first, second = here.booked(at(8), desk=here.first), here.booked(at(9), desk=here.first)
    acts: list[Callable[[], object]] = [
        *[lambda: here.book.move(here.officer, first.id, at(9))] * 8,
        *[lambda: here.book.move(here.officer, second.id, at(8))] * 8,
        *[lambda: here.booked(at(8))] * 8,
        *[lambda: here.closed(at(8), at(8, 15), here.first)] * 2,
    ]
    outcomes(acts)

    with here.world.database.unit(SYSTEM) as unit:
        stored = unit.appointments.booked(here.place, at(0), at(23))
        closures = unit.appointments.closures(here.place, at(0))
    for lane in {one.lane for one in stored}:
        own = sorted((one for one in stored if one.lane == lane), key=lambda one: one.starts_at)
        assert all(a.ends_at <= b.starts_at for a, b in pairwise(own))
    assert not any(shut.meets(one.desk_id, one.starts_at, one.ends_at) for shut in closures for one in stored)


def test_one_dossier_that_books_twice_at_once_has_one_appointment(here: Desked) -> None:
    case = here.world.case(COPY)
    wish = Wish("", case_id=case.id)
    acts: list[Callable[[], object]] = [
        lambda hour=hour: here.book.book(here.applicant(case), wish, at(hour))  # type: ignore[misc]
        for hour in (7, 8, 9, 10)
    ]

    assert outcomes(acts) == {"True": 1, "appointment-held": 3}
