from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest

from tests.appointments.conftest import WHO, WISH, Desked, at
from tests.cases.world import COPY, SIGNATURE, code_of
from verifier.accounts.roles import Role
from verifier.appointments.office import Span
from verifier.appointments.service import Wish

DAY = date(2026, 3, 3)


def test_desks_are_counted_named_and_changed(here: Desked) -> None:
    changed = here.changed_desk(here.second, name="Trả kết quả", procedures=(SIGNATURE,))

    assert (changed.number, changed.version) == (2, 2)
    assert here.desks.all(here.officer) == (here.first, changed)
    assert here.first.lane != changed.lane


SPOILED: dict[str, tuple[Callable[[Desked], object], str]] = {
    "number-taken": (lambda here: here.desks.add(here.leader, 2, "", (), None), "desk-number-taken"),
    "number-zero": (lambda here: here.desks.add(here.leader, 0, "", (), None), "field-wrong"),
    "procedure": (lambda here: here.desks.add(here.leader, 3, "", ("dancing",), None), "procedure-unknown"),
    "officer": (lambda here: here.desks.add(here.leader, 3, "", (), uuid4()), "field-wrong"),
    "by-reception": (lambda here: here.desks.add(here.officer, 3, "", (), None), "not-allowed"),
    "by-applicant": (
        lambda here: here.desks.all(here.applicant(here.world.case(COPY))),
        "not-allowed",
    ),
    "older-version": (lambda here: here.changed_desk(replace(here.first, version=9)), "changed-meanwhile"),
    "of-nobody": (lambda here: here.changed_desk(replace(here.first, id=uuid4())), "desk-unknown"),
}


@pytest.mark.parametrize("name", SPOILED)
def test_what_no_desk_can_be_is_refused(here: Desked, name: str) -> None:
    act, code = SPOILED[name]

    assert code_of(lambda: act(here)) == code
    assert here.desks.all(here.leader) == (here.first, here.second)


def test_a_desk_at_which_people_are_booked_is_not_closed_for_good(here: Desked) -> None:
    here.booked(at(8), desk=here.first)

    assert code_of(lambda: here.changed_desk(here.first, open=False)) == "desk-booked"
    assert here.changed_desk(here.second, open=False).open is False
    assert code_of(lambda: here.booked(at(8))) == "slot-taken"


def test_administrators_set_up_desks_too(here: Desked) -> None:
    administrator = replace(here.leader, may=frozenset({Role.ADMINISTRATOR.value}))

    assert here.desks.add(administrator, 3, "", (), None).number == 3


# --- closing a time --------------------------------------------------------------------------------------------------


def test_who_is_met_by_a_closure_is_shown_first_and_then_moved_or_cancelled(here: Desked) -> None:
    case = here.world.case(COPY)
    goes = here.booked(at(8), desk=here.first, case=case)
    stays = here.booked(at(10), desk=here.first)
    here.booked(at(9), desk=here.second)
    gone = here.booked(at(9), desk=here.first)
    span = Span(at(7), at(10), here.first.id)
    plan = here.desks.plan(here.leader, span)

    assert [(one.id, desk.id) for one, desk in plan.moved] == [(goes.id, here.second.id)]
    assert [one.id for one in plan.cancelled] == [gone.id]
    assert here.stored(goes) == goes
    here.world.told.clear()
    here.contacts.clear()
    closure = here.desks.close(here.leader, span, "Cúp điện", plan.seal)

    assert here.stored(goes).desk_id == here.second.id
    assert (here.stored(gone).state, here.stored(stays)) == ("cancelled", stays)
    assert here.world.told[0][1].values["reason"] == "Cúp điện"
    assert [letter.template for _, letter in here.contacts] == ["appointment-cancelled"] * 2
    assert here.desks.closures(here.officer) == (closure,)
    assert here.book.slots(here.officer, here.place, Wish(SIGNATURE), DAY, 1)[0].starts_at == at(10, 15)


def test_nothing_is_closed_where_it_would_meet_others_than_shown(here: Desked) -> None:
    span = Span(at(7), at(10), here.first.id)
    seal = here.desks.plan(here.leader, span).seal
    one = here.booked(at(8), desk=here.first)

    assert code_of(lambda: here.desks.close(here.leader, span, "Cúp điện", seal)) == "changed-meanwhile"
    assert (here.stored(one), here.desks.closures(here.leader)) == (one, ())


def test_the_whole_office_is_closed(here: Desked) -> None:
    one = here.booked(at(8))
    here.closed(at(0), at(0, day=4))

    assert here.stored(one).state == "cancelled"
    assert here.book.slots(here.officer, here.place, WISH, DAY, 1) == ()
    assert code_of(lambda: here.booked(at(8))) == "slot-taken"


@pytest.mark.parametrize(
    ("starts", "ends"),
    [(at(9), at(9)), (at(9), at(8)), (at(8, day=2), at(14, day=2)), (at(8), at(8) + timedelta(days=367))],
    ids=["empty", "backwards", "past", "too-long"],
)
def test_absurd_times_are_not_closed(here: Desked, starts: datetime, ends: datetime) -> None:
    assert code_of(lambda: here.desks.plan(here.leader, Span(starts, ends))) == "field-wrong"


def test_closures_take_leaders_and_a_reason(here: Desked) -> None:
    span = Span(at(7), at(10))

    assert code_of(lambda: here.desks.plan(here.officer, span)) == "not-allowed"
    assert code_of(lambda: here.desks.close(here.officer, span, "x", "")) == "not-allowed"
    seal = here.desks.plan(here.leader, span).seal
    assert code_of(lambda: here.desks.close(here.leader, span, " ", seal)) == "reason-missing"


def test_a_closure_is_lifted_once_and_the_time_is_offered_again(here: Desked) -> None:
    here.closed(at(0), at(0, day=4))
    [closure] = here.desks.closures(here.leader)
    here.desks.lift(here.leader, closure.id)

    assert here.booked(at(8)).state == "booked"
    assert code_of(lambda: here.desks.lift(here.leader, closure.id)) == "closure-over"
    assert code_of(lambda: here.desks.lift(here.leader, uuid4())) == "not-found"


# --- the waiting list ------------------------------------------------------------------------------------------------


def full(here: Desked) -> None:
    """Book every slot of the day."""
    here.changed_desk(here.second, open=False)
    for slot in here.book.slots(here.officer, here.place, WISH, DAY, 1):
        here.book.book(here.officer, WISH, slot.starts_at)


def test_nobody_waits_while_there_are_slots(here: Desked) -> None:
    assert code_of(lambda: here.book.wait(here.officer, WISH, DAY, DAY)) == "slots-free"


def test_what_is_cancelled_goes_to_who_waited_first(here: Desked) -> None:
    full(here)
    case = here.world.case(COPY)
    first = here.book.wait(here.applicant(case), Wish("", case_id=case.id), DAY, DAY)
    here.pass_(minutes=1)
    second = here.book.wait(here.officer, replace(WISH, contact=replace(WHO, name="Người sau")), DAY, DAY)
    [one, other, *_] = here.book.of_day(here.officer, DAY)
    here.book.cancel(here.officer, one.id)

    [served] = here.book.of_case(here.applicant(case), case.id)
    assert (served.starts_at, served.made_by) == (one.starts_at, f"case:{case.id}")
    assert here.world.told.templates == ["appointment-booked", "appointment-booked"]
    assert [waits.id for waits in here.book.waiting(here.officer)] == [second.id]
    assert here.log(served)[0].event.actor.id == "waiting-list"
    here.book.cancel(here.officer, other.id)
    assert here.book.waiting(here.officer) == ()
    assert code_of(lambda: here.book.stop_waiting(here.applicant(case), first.id)) == "appointment-over"


def test_who_left_the_list_gets_nothing(here: Desked) -> None:
    full(here)
    case = here.world.case(COPY)
    waits = here.book.wait(here.applicant(case), Wish("", case_id=case.id), DAY, DAY)
    here.book.stop_waiting(here.applicant(case), waits.id)
    here.book.cancel(here.officer, here.book.of_day(here.officer, DAY)[0].id)

    assert here.book.of_case(here.applicant(case), case.id) == ()


def test_a_day_that_is_opened_again_goes_to_who_waits(here: Desked) -> None:
    here.closed(at(0), at(0, day=4))
    case = here.world.case(COPY)
    here.book.wait(here.applicant(case), Wish("", case_id=case.id), DAY, DAY)
    here.desks.lift(here.leader, here.desks.closures(here.leader)[0].id)

    assert [one.starts_at for one in here.book.of_case(here.applicant(case), case.id)] == [at(7)]


def test_who_booked_elsewhere_waits_no_more(here: Desked) -> None:
    full(here)
    case = here.world.case(COPY)
    here.book.wait(here.applicant(case), Wish("", case_id=case.id), DAY, DAY)
    here.booked(at(8, day=4), case=case)

    assert here.book.waiting(here.officer) == ()


@pytest.mark.parametrize("days", [(date(2026, 3, 1), DAY), (DAY, date(2026, 3, 2)), (DAY, date(2026, 6, 1))])
def test_nobody_waits_for_absurd_days(here: Desked, days: tuple[date, date]) -> None:
    assert code_of(lambda: here.book.wait(here.officer, WISH, *days)) == "field-wrong"


def test_a_dossier_waits_once(here: Desked) -> None:
    here.closed(at(0), at(0, day=5))
    case = here.world.case(COPY)
    here.book.wait(here.applicant(case), Wish("", case_id=case.id), DAY, DAY)

    last = here.book.wait(here.applicant(case), Wish("", case_id=case.id), DAY, DAY + timedelta(days=1))

    assert here.book.waiting(here.officer) == (last,)


def test_nobody_waits_for_days_on_which_nobody_is_received(here: Desked) -> None:
    weekend = date(2026, 3, 7), date(2026, 3, 8)

    assert code_of(lambda: here.book.wait(here.officer, WISH, *weekend)) == "slot-unknown"


def test_the_waiting_entries_of_others_are_not_there(here: Desked) -> None:
    full(here)
    waits = here.book.wait(here.officer, WISH, DAY, DAY)

    assert code_of(lambda: here.book.stop_waiting(here.client(), waits.id)) == "not-found"
    assert code_of(lambda: here.book.stop_waiting(here.applicant(here.world.case(COPY)), waits.id)) == "not-found"
    assert here.book.stop_waiting(here.leader, waits.id).state == "withdrawn"
