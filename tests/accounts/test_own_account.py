from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.accounts.house import HERE, ISSUER, House, at_once, code_of
from tests.accounts.support import PASSWORD, SECRET, CheapHasher, add_person, code_at
from verifier.accounts.roles import Role
from verifier.accounts.sign_in import Opened
from verifier.storage.scope import SYSTEM

NEW = "ba con mèo đen ngồi trên mái 7"


@pytest.fixture
def opened(house: House) -> Opened:
    return house.enter()


def step_up(house: House, opened: Opened, secret: str) -> str:
    return code_of(lambda: house.door.step_up(house.caller(opened), opened.token, secret))


def fresh(house: House, opened: Opened) -> bool:
    return house.caller(opened).proved_within(house.clock.now())


# --- step-up --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("secret", ["", "000000", "wrong password", SECRET, "x" * 10**6])
def test_a_wrong_proof_is_none(house: House, opened: Opened, secret: str) -> None:
    assert step_up(house, opened, secret) == "step-up-failed"
    assert not fresh(house, opened)
    assert house.actions() == ["signed-in", "step-up-failed"]


@pytest.mark.parametrize("way", ["totp", "password"])
def test_a_proof_counts_for_five_minutes_in_its_session(house: House, opened: Opened, way: str) -> None:
    other = house.enter()
    assert not fresh(house, opened)

    assert step_up(house, opened, house.code() if way == "totp" else PASSWORD) == ""

    assert fresh(house, opened)
    assert not fresh(house, other)
    assert house.events()[-1]["details"] == {"by": way, "session": str(opened.session.id)}
    house.clock.pass_(minutes=5)
    assert fresh(house, opened)
    house.clock.pass_(seconds=1)
    assert not fresh(house, opened)


def test_the_code_of_signing_in_proves_nothing_again(house: House) -> None:
    code = house.code()
    opened = house.door.second_factor(house.first().token, code, HERE)

    assert step_up(house, opened, code) == "step-up-failed"
    assert house.actions()[-2:] == ["code-replayed", "step-up-failed"]


def test_one_code_proves_once_in_requests_at_the_same_time(house: House, opened: Opened) -> None:
    code = house.code()

    assert sorted(at_once([lambda: step_up(house, opened, code)] * 4)) == ["", *["step-up-failed"] * 3]


def test_wrong_proofs_lock_proving_and_nothing_else(house: House, opened: Opened) -> None:
    wrong = [step_up(house, opened, "wrong password") for _ in range(6)]

    assert wrong == ["step-up-failed"] * 5 + ["sign-in-locked"]
    assert step_up(house, opened, PASSWORD) == "sign-in-locked"
    assert house.actions().count("step-up-locked") == 1
    house.clock.pass_(seconds=30)
    assert step_up(house, opened, PASSWORD) == ""


def test_a_right_proof_has_the_wrong_ones_before_it_forgotten(house: House, opened: Opened) -> None:
    for secret in ("wrong password", "000000"):
        for _ in range(4):
            step_up(house, opened, secret)
        assert step_up(house, opened, PASSWORD) == ""

    assert [step_up(house, opened, "wrong password") for _ in range(5)] == ["step-up-failed"] * 5


def test_strangers_at_the_door_do_not_lock_those_who_are_in(house: House, opened: Opened) -> None:
    for _ in range(6):
        code_of(lambda: house.first(password="wrong"))

    assert code_of(house.first) == "sign-in-locked"
    assert step_up(house, opened, PASSWORD) == ""


def test_guesses_at_the_same_time_do_not_pass_the_limit_together(house: House, opened: Opened) -> None:
    codes = at_once([lambda: step_up(house, opened, "wrong password")] * 10)

    assert sorted(codes) == ["sign-in-locked"] * 5 + ["step-up-failed"] * 5


def test_the_token_must_be_that_of_the_session(house: House, opened: Opened) -> None:
    add_person(house.database, house.authority, Role.CLERK, login="minh.tran")
    other, foreign = house.enter(), house.enter("minh.tran")

    for token in (other.token, foreign.token, "", "x"):
        assert code_of(lambda: house.door.step_up(house.caller(opened), token, PASSWORD)) == "not-signed-in"  # noqa: B023
    assert not fresh(house, opened)


def link(house: House, subject: str = "4711") -> None:
    with house.database.unit(SYSTEM) as unit:
        unit.people.link_identity(house.person, ISSUER, subject, house.clock.now())


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(0, ""), (-59, ""), (-61, "step-up-failed"), (30, ""), (-3600, "step-up-failed")],
)
def test_an_identity_proves_by_signing_in_anew_since_the_step_up_began(house: House, seconds: int, code: str) -> None:
    link(house)
    opened = house.door.with_identity(house.identity(), HERE)
    began = house.clock.now() + timedelta(minutes=1, microseconds=5)
    house.clock.instant = began + timedelta(seconds=seconds)
    identity = house.identity()
    house.clock.instant = began + timedelta(minutes=2)
    caller = house.caller(opened)

    assert code_of(lambda: house.door.step_up_with_identity(caller, opened.token, identity, began)) == code
    assert fresh(house, opened) is (code == "")


def test_an_identity_that_signed_in_too_long_ago_proves_nothing(house: House, opened: Opened) -> None:
    link(house)
    began, identity = house.clock.now(), house.identity()
    house.clock.pass_(minutes=5, seconds=1)
    caller = house.caller(opened)

    assert code_of(lambda: house.door.step_up_with_identity(caller, opened.token, identity, began)) == "step-up-failed"


@pytest.mark.parametrize("subject", ["nobody's", "4712"])
def test_an_identity_of_somebody_else_proves_nothing(house: House, opened: Opened, subject: str) -> None:
    link(house)
    other = add_person(house.database, house.authority, Role.CLERK, login="minh.tran")
    with house.database.unit(SYSTEM) as unit:
        unit.people.link_identity(other, ISSUER, "4712", house.clock.now())
    caller, identity = house.caller(opened), house.identity(subject)

    refused = code_of(lambda: house.door.step_up_with_identity(caller, opened.token, identity, house.clock.now()))
    assert refused == "step-up-failed"


# --- password -------------------------------------------------------------------------------------------------------


def test_a_new_password_ends_other_sessions_and_gives_this_one_a_new_token(house: House, opened: Opened) -> None:
    other, waiting = house.enter(), house.first()

    after = house.door.change_password(house.caller(opened), PASSWORD, NEW)

    assert [house.caller(one).known for one in (opened, other, after)] == [False, False, True]
    assert house.door.pending(waiting.token) is None
    assert after.session.expires_at == opened.session.expires_at
    assert code_of(house.first) == "sign-in-failed"
    assert house.first(password=NEW).session.stage == "second_factor"
    assert "password-changed" in house.actions()
    assert NEW not in house.everything()


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("wrong password", NEW, "step-up-failed"),
        ("wrong password", "short", "step-up-failed"),
        ("", NEW, "step-up-failed"),
        (PASSWORD, "short", "password-too-short"),
        (PASSWORD, "x" * 129, "password-too-long"),
        (PASSWORD, "matkhau123456", "password-known"),
        (PASSWORD, "NguyenThiLan1990", "password-known"),
        (PASSWORD, "lan.nguyen.example", "password-known"),
        (PASSWORD, "Đại sứ quán Xứ Thử", "password-known"),
    ],
)
def test_a_password_is_not_changed(house: House, opened: Opened, old: str, new: str, code: str) -> None:
    assert code_of(lambda: house.door.change_password(house.caller(opened), old, new)) == code
    assert house.caller(opened).known
    assert house.first().session.stage == "second_factor"


def test_wrong_old_passwords_lock_and_unfit_new_ones_do_not(house: House, opened: Opened) -> None:
    def change(old: str, new: str) -> str:
        return code_of(lambda: house.door.change_password(house.caller(opened), old, new))

    assert [change(PASSWORD, "short") for _ in range(6)] == ["password-too-short"] * 6
    assert [change("wrong", NEW) for _ in range(6)] == ["step-up-failed"] * 5 + ["sign-in-locked"]
    assert change(PASSWORD, NEW) == "sign-in-locked"


def test_of_two_changes_at_a_time_one_is_carried_out(house: House, opened: Opened) -> None:
    caller, wanted = house.caller(opened), [f"{NEW} {number}" for number in "ab"]

    def change(new: str) -> Callable[[], str]:
        return lambda: code_of(lambda: house.door.change_password(caller, PASSWORD, new))

    codes = at_once([change(new) for new in wanted])

    assert codes.count("") == 1
    assert set(codes) <= {"", "not-signed-in", "step-up-failed"}
    with house.database.unit(SYSTEM) as unit:
        kept = unit.people.password(house.person.id)
    assert kept == CheapHasher().hashed(wanted[codes.index("")])


def test_whoever_has_no_password_has_none_to_change(house: House) -> None:
    with house.database.unit(SYSTEM) as unit:
        unit.people.forget_credentials(house.person.id)
    link(house)
    opened = house.door.with_identity(house.identity(), HERE)

    assert code_of(lambda: house.door.change_password(house.caller(opened), "", NEW)) == "step-up-failed"
    assert house.door.credentials(house.caller(opened)) == (False, False, 0)


# --- second factor --------------------------------------------------------------------------------------------------


def test_recovery_codes_need_a_fresh_proof(house: House, opened: Opened) -> None:
    assert code_of(lambda: house.door.new_recovery_codes(house.caller(opened))) == "step-up-needed"
    step_up(house, opened, PASSWORD)
    house.clock.pass_(minutes=5, seconds=1)
    assert code_of(lambda: house.door.new_recovery_codes(house.caller(opened))) == "step-up-needed"
    step_up(house, opened, PASSWORD)
    assert len(house.door.new_recovery_codes(house.caller(opened))) == 10


def test_recovery_codes_stand_in_for_a_second_factor_only(house: House) -> None:
    link(house)
    opened = house.door.with_identity(house.identity(), HERE)
    began = house.clock.now()
    with house.database.unit(SYSTEM) as unit:
        unit.people.forget_credentials(house.person.id)
    link(house)
    house.door.step_up_with_identity(house.caller(opened), opened.token, house.identity(), began)

    assert code_of(lambda: house.door.new_recovery_codes(house.caller(opened))) == "no-second-factor"


def test_another_second_factor_needs_a_fresh_proof_and_ends_other_sessions(house: House, opened: Opened) -> None:
    other = house.enter()
    assert code_of(lambda: house.door.enrolment(opened.token)) == "step-up-needed"
    assert code_of(lambda: house.door.enrol(opened.token, house.code(), HERE)) == "step-up-needed"
    step_up(house, opened, PASSWORD)
    told = house.door.enrolment(opened.token)

    assert told.secret != SECRET
    after, codes = house.door.enrol(opened.token, house.code(told.secret), HERE)

    assert [house.caller(one).known for one in (opened, other, after)] == [False, False, True]
    assert len(codes) == 10
    assert code_of(lambda: house.door.second_factor(house.first().token, house.code(), HERE)) == "sign-in-failed"
    code = house.code(told.secret)
    assert house.caller(house.door.second_factor(house.first().token, code, HERE)).known


def test_until_the_new_one_works_the_old_second_factor_does(house: House, opened: Opened) -> None:
    step_up(house, opened, PASSWORD)
    house.door.enrolment(opened.token)

    assert code_of(lambda: house.door.enrol(opened.token, code_at(house.clock.now()), HERE)) == "code-wrong"
    assert house.caller(house.enter()).known


def test_people_of_a_provider_may_set_up_a_second_factor_after_a_fresh_proof(house: House) -> None:
    with house.database.unit(SYSTEM) as unit:
        unit.people.forget_credentials(house.person.id)
    link(house)
    opened = house.door.with_identity(house.identity(), HERE)
    assert code_of(lambda: house.door.enrolment(opened.token)) == "step-up-needed"
    assert code_of(lambda: house.door.enrol(opened.token, "000000", HERE)) == "step-up-needed"
    began = house.clock.now()
    house.door.step_up_with_identity(house.caller(opened), opened.token, house.identity(), began)
    told = house.door.enrolment(opened.token)

    after, _ = house.door.enrol(opened.token, house.code(told.secret), HERE)

    assert (after.session.stage, after.session.method) == ("open", "identity")
    assert step_up(house, after, house.code(told.secret)) == ""
