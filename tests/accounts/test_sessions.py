from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from tests.accounts.house import HERE, LIMITS, House, at_once, code_of
from tests.accounts.support import AT, PASSWORD, add_authority, add_person
from verifier.accounts.caller import Caller
from verifier.accounts.roles import Role
from verifier.accounts.sessions import over
from verifier.storage.people import RoleGrant
from verifier.storage.scope import SYSTEM
from verifier.storage.sessions import SignedIn

SESSION = SignedIn(
    uuid4(), uuid4(), uuid4(), "open", "password", AT, AT, AT + LIMITS.absolute, None, "192.0.2.1", "Firefox"
)


@pytest.mark.parametrize(
    ("span", "why"),
    [
        (timedelta(), ""),
        (LIMITS.idle - timedelta(microseconds=1), ""),
        (LIMITS.idle, "idle"),
        (LIMITS.absolute, "expired"),
        (timedelta(days=4000), "expired"),
        (timedelta(minutes=-1), ""),
        (timedelta(minutes=-1, microseconds=-1), "clock"),
        (timedelta(days=-4000), "clock"),
    ],
)
def test_a_session_is_over_by_its_limits_and_when_the_clock_jumps(span: timedelta, why: str) -> None:
    assert over(SESSION, AT + span, LIMITS) == why


@pytest.mark.parametrize("reason", ["", "closed"])
def test_a_session_that_was_ended_is_over_whatever_the_reason(reason: str) -> None:
    assert over(replace(SESSION, ended_at=AT, end_reason=reason), AT, LIMITS)


def test_a_session_lives_while_it_is_used(house: House) -> None:
    opened = house.enter()

    for _ in range(10):
        house.clock.pass_(minutes=29)
        assert house.caller(opened).known
    house.clock.pass_(minutes=30)
    assert not house.caller(opened).known
    assert house.events()[-1]["details"]["why"] == "idle"
    assert house.events()[-1]["actor"]["kind"] == "system"


def test_a_session_ends_after_its_time_however_it_is_used(house: House) -> None:
    opened = house.enter()
    end = opened.session.expires_at

    while house.clock.now() < end - timedelta(minutes=20):
        house.clock.pass_(minutes=20)
        assert house.caller(opened).known
    house.clock.instant = end
    assert not house.caller(opened).known
    assert house.events()[-1]["details"]["why"] == "expired"


def test_a_session_that_was_over_does_not_come_back_with_the_clock(house: House) -> None:
    opened = house.enter()
    house.clock.pass_(minutes=31)
    assert not house.caller(opened).known
    house.clock.pass_(minutes=-31)

    assert not house.caller(opened).known


def test_a_session_of_a_clock_that_ran_ahead_ends(house: House) -> None:
    opened = house.enter()
    house.clock.pass_(hours=-1)

    assert not house.caller(opened).known


def test_the_last_request_is_noted_once_a_minute(house: House) -> None:
    opened = house.enter()
    seen = []
    for seconds in (59, 1, 30):
        house.clock.pass_(seconds=seconds)
        house.caller(opened)
        seen.append(house.door.sessions(house.caller(opened))[0].seen_at - opened.session.created_at)

    assert seen == [timedelta(), timedelta(seconds=60), timedelta(seconds=60)]


@pytest.mark.parametrize("token", ["", "x", "\x00", "\ud800", "0" * 10**6])
def test_what_is_no_token_is_a_visitor(house: House, token: str) -> None:
    assert house.door.caller(token, "192.0.2.1") == Caller("192.0.2.1")
    assert house.door.pending(token) is None
    house.door.sign_out(token, "192.0.2.1")


def test_a_stolen_cookie_is_dead_after_signing_out(house: House) -> None:
    opened = house.enter()
    house.door.sign_out(opened.token, HERE.address)

    assert not house.caller(opened).known
    assert code_of(lambda: house.door.enrolment(opened.token)) == "not-signed-in"
    house.door.sign_out(opened.token, HERE.address)
    assert house.actions() == ["signed-in", "signed-out"]


def test_signing_out_ends_a_session_that_waits_for_the_code_too(house: House) -> None:
    first = house.first()
    house.door.sign_out(first.token, HERE.address)

    assert house.door.pending(first.token) is None
    assert code_of(lambda: house.door.second_factor(first.token, house.code(), HERE)) == "not-signed-in"


def test_what_was_allowed_at_the_start_of_a_request_is_not_after_signing_out(house: House) -> None:
    opened = house.enter()
    caller = house.caller(opened)
    house.door.sign_out(opened.token, HERE.address)

    assert code_of(lambda: house.door.step_up(caller, opened.token, PASSWORD)) == "not-signed-in"
    assert code_of(lambda: house.door.change_password(caller, PASSWORD, "ba con mèo đen ngồi 7")) == "not-signed-in"
    assert code_of(lambda: house.door.new_recovery_codes(caller)) == "not-signed-in"


def test_roles_are_those_of_the_moment(house: House) -> None:
    opened = house.enter()
    grant = RoleGrant(uuid4(), house.authority.id, house.person.id, Role.CLERK, AT, None, None, AT)
    with house.database.unit(SYSTEM) as unit:
        unit.people.grant(grant)
    assert house.caller(opened).roles == {Role.SPECIALIST, Role.CLERK}

    with house.database.unit(SYSTEM) as unit:
        unit.people.end_grant(grant.id, house.clock.now() + timedelta(minutes=5))
    assert house.caller(opened).roles == {Role.SPECIALIST, Role.CLERK}
    house.clock.pass_(minutes=5)
    assert house.caller(opened).roles == {Role.SPECIALIST}


def test_people_see_their_open_sessions_and_end_them(house: House) -> None:
    one, other = house.enter(), house.enter()
    house.first()
    caller = house.caller(one)

    assert {session.id for session in house.door.sessions(caller)} == {one.session.id, other.session.id}
    house.door.end_session(caller, other.session.id)
    assert not house.caller(other).known
    assert [session.id for session in house.door.sessions(caller)] == [one.session.id]
    house.door.end_session(caller, other.session.id)
    assert house.actions() == ["signed-in", "signed-in", "session-ended"]


def test_people_end_all_sessions_but_this_one(house: House) -> None:
    one, two, waiting = house.enter(), house.enter(), house.first()

    house.door.end_other_sessions(house.caller(one))

    assert house.caller(one).known
    assert not house.caller(two).known
    assert house.door.pending(waiting.token) is None


def test_sessions_that_are_over_are_not_shown(house: House) -> None:
    house.enter()
    house.clock.pass_(minutes=31)
    opened = house.enter()

    assert [one.id for one in house.door.sessions(house.caller(opened))] == [opened.session.id]


@pytest.mark.parametrize("same_authority", [True, False])
def test_nobody_ends_the_session_of_somebody_else(house: House, *, same_authority: bool) -> None:
    place = house.authority if same_authority else add_authority(house.database)
    add_person(house.database, place, Role.ADMINISTRATOR, login="minh.tran")
    own, foreign = house.enter(), house.enter("minh.tran")

    assert code_of(lambda: house.door.end_session(house.caller(own), foreign.session.id)) == "page-not-found"
    assert code_of(lambda: house.door.end_session(house.caller(own), uuid4())) == "page-not-found"
    house.door.end_other_sessions(house.caller(own))

    assert house.caller(foreign).known


def test_visitors_have_no_sessions(house: House) -> None:
    assert code_of(lambda: house.door.sessions(Caller())) == "not-signed-in"
    assert code_of(lambda: house.door.end_other_sessions(Caller())) == "not-signed-in"


def test_requests_at_the_same_time_all_pass(house: House) -> None:
    opened = house.enter()
    house.clock.pass_(minutes=2)

    assert all(at_once([lambda: house.caller(opened).known] * 8))
