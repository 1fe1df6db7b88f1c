from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.accounts.house import HERE, ISSUER, House, at_once, code_of
from tests.accounts.support import add_person
from verifier.accounts.people_desk import INVITATION_LASTS
from verifier.accounts.roles import Role
from verifier.storage.people import Invitation, Person
from verifier.storage.scope import SYSTEM

NEW = "ba con mèo đen ngồi trên mái 7"


@pytest.fixture
def minh(house: House) -> Person:
    return add_person(house.database, house.authority, Role.CLERK, login="minh.tran", password="", secret="")


def invite(house: House, person: Person) -> str:
    token, now = secrets.token_urlsafe(32), house.clock.now()
    with house.database.unit(SYSTEM) as unit:
        unit.people.invite(Invitation(person.authority_id, person.id, now, now + INVITATION_LASTS), token)
    return token


def close(house: House, person: Person) -> None:
    with house.database.unit(SYSTEM) as unit:
        unit.people.change(replace(person, disabled_at=house.clock.now()))


def test_whoever_is_invited_sets_a_password_then_a_second_factor(house: House, minh: Person) -> None:
    token = invite(house, minh)

    first = house.door.accept_invitation(token, NEW, HERE)
    told = house.door.enrolment(first.token)
    opened, _ = house.door.enrol(first.token, house.code(told.secret), HERE)

    assert first.session.stage == "enrol"
    assert not house.caller(first).known
    assert house.caller(opened).person == minh
    assert house.actions() == ["invitation-accepted", "second-factor-enrolled", "signed-in"]
    assert token not in house.everything()
    assert house.enter("minh.tran", NEW, told.secret).session.stage == "open"


def test_an_invitation_is_good_once(house: House, minh: Person) -> None:
    token = invite(house, minh)
    assert house.door.invitation(token) == minh
    house.door.accept_invitation(token, NEW, HERE)

    assert house.door.invitation(token) is None
    assert code_of(lambda: house.door.accept_invitation(token, NEW, HERE)) == "invitation-over"
    assert code_of(lambda: house.door.with_identity(house.identity(), HERE, token)) == "invitation-over"


def test_an_invitation_is_good_once_in_requests_at_the_same_time(house: House, minh: Person) -> None:
    token = invite(house, minh)

    codes = at_once([lambda: code_of(lambda: house.door.accept_invitation(token, NEW, HERE))] * 4)

    assert sorted(codes) == ["", *["invitation-over"] * 3]


def test_an_invitation_is_good_for_three_days(house: House, minh: Person) -> None:
    token = invite(house, minh)
    house.clock.pass_(hours=72, seconds=-1)
    assert house.door.invitation(token) == minh
    house.clock.pass_(seconds=1)

    assert house.door.invitation(token) is None
    assert code_of(lambda: house.door.accept_invitation(token, NEW, HERE)) == "invitation-over"
    assert code_of(lambda: house.door.with_identity(house.identity(), HERE, token)) == "invitation-over"


def test_a_newer_invitation_ends_the_one_before(house: House, minh: Person) -> None:
    before, after = invite(house, minh), invite(house, minh)

    assert code_of(lambda: house.door.accept_invitation(before, NEW, HERE)) == "invitation-over"
    assert house.door.invitation(after) == minh


@pytest.mark.parametrize("token", ["", "x", "\x00\ud800", "0" * 10**6])
def test_what_is_no_invitation_invites_nobody(house: House, token: str) -> None:
    assert house.door.invitation(token) is None
    assert code_of(lambda: house.door.accept_invitation(token, NEW, HERE)) == "invitation-over"


def test_an_invitation_to_a_closed_account_is_over(house: House, minh: Person) -> None:
    token = invite(house, minh)
    close(house, minh)

    assert house.door.invitation(token) is None
    assert code_of(lambda: house.door.accept_invitation(token, NEW, HERE)) == "invitation-over"
    assert code_of(lambda: house.door.with_identity(house.identity(), HERE, token)) == "invitation-over"


@pytest.mark.parametrize("way", ["password", "identity"])
def test_whoever_has_no_role_yet_keeps_the_invitation(house: House, way: str) -> None:
    person = add_person(house.database, house.authority, login="minh.tran", password="", secret="")
    token = invite(house, person)

    if way == "password":
        code = code_of(lambda: house.door.accept_invitation(token, NEW, HERE))
    else:
        code = code_of(lambda: house.door.with_identity(house.identity(), HERE, token))

    assert code == "sign-in-failed"
    assert house.door.invitation(token) == person
    assert house.actions() == ["sign-in-failed"]


@pytest.mark.parametrize(
    ("password", "code"),
    [("short", "password-too-short"), ("minhtran-minhtran", "password-known"), ("x" * 129, "password-too-long")],
)
def test_a_password_that_will_not_do_leaves_the_invitation_good(
    house: House, minh: Person, password: str, code: str
) -> None:
    token = invite(house, minh)

    assert code_of(lambda: house.door.accept_invitation(token, password, HERE)) == code
    assert house.door.accept_invitation(token, NEW, HERE).session.stage == "enrol"


def test_an_invitation_lets_in_its_own_person_only(house: House, minh: Person) -> None:
    opened = house.door.accept_invitation(invite(house, minh), NEW, HERE)

    assert opened.session.person_id == minh.id
    assert code_of(lambda: house.first(password=NEW)) == "sign-in-failed"
    assert house.caller(house.enter()).person == house.person


def test_a_password_set_by_invitation_ends_sessions_and_leaves_the_second_factor(house: House) -> None:
    opened = house.enter()

    first = house.door.accept_invitation(invite(house, house.person), NEW, HERE)

    assert not house.caller(opened).known
    assert first.session.stage == "second_factor"
    assert code_of(lambda: house.door.enrolment(first.token)) == "not-signed-in"


# --- identities -----------------------------------------------------------------------------------------------------


def test_an_identity_is_linked_by_invitation_and_lets_in_from_then_on(house: House, minh: Person) -> None:
    opened = house.door.with_identity(house.identity(), HERE, invite(house, minh))
    again = house.door.with_identity(house.identity(), HERE)

    assert house.caller(opened).person == house.caller(again).person == minh
    assert (again.session.stage, again.session.method) == ("open", "identity")
    assert opened.token != again.token
    assert house.actions() == ["invitation-accepted", "signed-in", "signed-in"]


def test_an_identity_that_nobody_has_is_not_let_in(house: House) -> None:
    assert code_of(lambda: house.door.with_identity(house.identity(), HERE)) == "identity-unknown"
    assert house.actions() == ["sign-in-failed"]
    assert house.events()[0]["subject"][0] == "sign-in"


def test_the_same_subject_at_another_issuer_is_somebody_else(house: House, minh: Person) -> None:
    house.door.with_identity(house.identity(), HERE, invite(house, minh))

    other = house.identity(issuer=f"{ISSUER}.evil.example")
    assert code_of(lambda: house.door.with_identity(other, HERE)) == "identity-unknown"


def test_an_identity_of_somebody_else_is_not_linked(house: House, minh: Person) -> None:
    token = invite(house, minh)
    house.door.with_identity(house.identity(), HERE, invite(house, house.person))

    assert code_of(lambda: house.door.with_identity(house.identity(), HERE, token)) == "identity-taken"
    assert house.door.invitation(token) == minh
    assert house.caller(house.door.with_identity(house.identity(), HERE)).person == house.person


def test_an_identity_that_two_link_at_a_time_is_one_persons(house: House, minh: Person) -> None:
    tokens = [invite(house, one) for one in (minh, house.person)]

    codes = at_once(
        [lambda one=one: code_of(lambda: house.door.with_identity(house.identity(), HERE, one)) for one in tokens]  # type: ignore[misc]
    )

    assert sorted(codes) == ["", "identity-taken"]


def test_an_identity_that_is_linked_already_may_take_an_invitation(house: House) -> None:
    house.door.with_identity(house.identity(), HERE, invite(house, house.person))
    token = invite(house, house.person)

    assert house.caller(house.door.with_identity(house.identity(), HERE, token)).person == house.person
    assert house.door.invitation(token) is None


def test_an_identity_of_a_closed_account_is_not_let_in(house: House, minh: Person) -> None:
    opened = house.door.with_identity(house.identity(), HERE, invite(house, minh))
    close(house, minh)

    assert code_of(lambda: house.door.with_identity(house.identity(), HERE)) == "sign-in-failed"
    assert not house.caller(opened).known


def test_an_identity_needs_no_second_factor_of_ours_but_a_password_does(house: House) -> None:
    house.door.with_identity(house.identity(), HERE, invite(house, house.person))

    assert house.door.with_identity(house.identity(), HERE).session.stage == "open"
    assert house.first().session.stage == "second_factor"


def test_an_invitation_lasts_as_long_as_administrators_are_told() -> None:
    assert timedelta(hours=72) == INVITATION_LASTS
