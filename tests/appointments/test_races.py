"""An appointment is moved, cancelled or missed at one moment, or its dossier removed; somebody leaves the list."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.appointments.conftest import Desked, at
from tests.appointments.test_office import DAY, full
from tests.cases.filings import filed
from tests.cases.races import Act, crossed, race_world
from tests.cases.world import COPY
from verifier.appointments.office import Span
from verifier.appointments.records import Appointment
from verifier.appointments.service import Wish
from verifier.cases.records import Case
from verifier.storage.database import Database
from verifier.storage.scope import SYSTEM

WRITTEN, HELD = "UPDATE appointment ", "FOR UPDATE"


@pytest.fixture
def told(database: Database, tmp_path: Path) -> Iterator[Desked]:
    """An office whose letters are really kept: each names its dossier."""
    with race_world(database, tmp_path) as world:
        yield Desked(world)


@pytest.fixture
def mine(told: Desked) -> Case:
    """A dossier with an appointment ahead."""
    case = filed(told.world, COPY).case
    told.booked(at(8), case=case)
    return case


def its(here: Desked, case: Case) -> Appointment:
    (one,) = here.book.of_case(here.officer, case.id)
    return one


def blanked(here: Desked, case: Case) -> Act:
    """What the removal of a dossier does to its appointments."""

    def blank() -> None:
        with here.world.database.unit(SYSTEM) as unit:
            assert unit.cases.get(case.id, hold=True)
            unit.appointments.blank(case.id)

    return blank


def test_what_is_cancelled_is_not_moved_any_more(here: Desked) -> None:
    one = here.booked(at(8))
    cancel, move = (
        (lambda: here.book.cancel(here.officer, one.id)),
        (lambda: here.book.move(here.officer, one.id, at(9))),
    )

    assert crossed(here.world.database, cancel, WRITTEN, move) == ("done", "appointment-over")
    assert here.actions(one) == ["appointment-booked", "appointment-cancelled"]


def test_who_cancels_what_is_moved_meanwhile_cancels_the_new_time_or_is_told(here: Desked) -> None:
    one = here.booked(at(8))

    def move() -> None:
        here.book.move(here.officer, one.id, at(9))

    first = crossed(here.world.database, move, WRITTEN, lambda: here.book.cancel(here.officer, one.id, version=1))
    assert first == ("done", "changed-meanwhile")
    assert (here.stored(one).state, here.stored(one).starts_at) == ("booked", at(9))


def test_who_did_not_come_is_noted_once(here: Desked) -> None:
    one = here.booked(at(8))
    here.pass_(days=1)

    def miss() -> None:
        here.book.missed(here.officer, one.id)

    assert crossed(here.world.database, miss, WRITTEN, miss) == ("done", "appointment-over")
    assert here.actions(one).count("appointment-missed") == 1


def test_who_leaves_the_list_as_a_slot_is_given_has_the_slot(here: Desked) -> None:
    full(here)
    case = here.world.case(COPY)
    waits = here.book.wait(here.applicant(case), Wish("", case_id=case.id), DAY, DAY)
    one = here.book.of_day(here.officer, DAY)[0]

    found = crossed(
        here.world.database,
        lambda: here.book.cancel(here.officer, one.id),
        "INSERT INTO appointment ",
        lambda: here.book.stop_waiting(here.applicant(case), waits.id),
    )
    assert found == ("done", "appointment-over")
    assert its(here, case).starts_at == one.starts_at


def test_an_appointment_that_is_moved_as_its_dossier_is_removed_stands_in_nobodys_way(told: Desked, mine: Case) -> None:
    def move() -> None:
        told.book.move(told.officer, its(told, mine).id, at(9))

    assert crossed(told.world.database, move, HELD, blanked(told, mine)) == ("done", "done")
    assert its(told, mine).starts_at == at(9)


def test_a_time_that_is_closed_as_a_dossier_is_removed_stands_in_nobodys_way(told: Desked, mine: Case) -> None:
    span = Span(at(8), at(8) + timedelta(hours=1))
    seal = told.desks.plan(told.leader, span).seal

    def close() -> None:
        told.desks.close(told.leader, span, "Cúp điện", seal)

    assert crossed(told.world.database, close, WRITTEN, blanked(told, mine)) == ("done", "done")
    assert its(told, mine).state == "cancelled"
