from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from tests.accounts.house import HERE, LOGIN, THERE, House, at_once, code_of
from tests.accounts.support import AT, PASSWORD, SECRET, CheapHasher, add_authority, add_person, code_at
from tests.support.postgres import RING
from verifier.accounts.roles import Role
from verifier.accounts.sessions import PENDING_LASTS
from verifier.accounts.sign_in import Origin
from verifier.storage.scope import SYSTEM


def test_password_and_code_lead_in_by_two_tokens(house: House) -> None:
    first = house.first()
    opened = house.door.second_factor(first.token, house.code(), THERE)

    assert house.door.pending(first.token) is None
    caller = house.door.caller(opened.token, "203.0.113.5")
    assert (caller.person, caller.authority, caller.session) == (house.person, house.authority, opened.session)
    assert caller.roles == {Role.SPECIALIST}
    assert caller.address == "203.0.113.5"
    assert (opened.session.stage, opened.session.method) == ("open", "password")
    assert (opened.session.address, opened.session.device) == ("198.51.100.7", "curl")
    assert opened.session.expires_at - opened.session.created_at == timedelta(hours=12)
    assert opened.session.proved_at is None
    assert house.actions() == ["signed-in"]


def test_a_session_that_waits_for_the_code_opens_nothing(house: House) -> None:
    first = house.first()

    assert house.door.pending(first.token) == first.session
    assert not house.caller(first).known
    assert house.caller(first).authority is None


def test_tokens_have_256_bits_and_are_kept_as_hashes_only(house: House) -> None:
    first = house.first()
    opened = house.door.second_factor(first.token, house.code(), HERE)

    assert len({first.token, opened.token}) == 2
    assert all(len(one.token) == 43 and one.token not in repr(one) for one in (first, opened))
    kept = house.everything()
    assert first.token not in kept
    assert opened.token not in kept
    assert SECRET not in kept
    assert PASSWORD not in kept


def test_a_token_from_outside_is_never_adopted(house: House) -> None:
    token = "fixed-by-somebody-else-0123456789abcdefghi"

    assert not house.door.caller(token, "").known
    assert code_of(lambda: house.door.second_factor(token, house.code(), HERE)) == "not-signed-in"
    assert house.enter().token != token
    assert not house.door.caller(token, "").known


def test_the_token_before_the_second_step_is_worth_nothing_after_it(house: House) -> None:
    first = house.first()
    opened = house.door.second_factor(first.token, house.code(), HERE)

    assert code_of(lambda: house.door.second_factor(first.token, house.code(), HERE)) == "not-signed-in"
    assert not house.caller(first).known
    house.door.sign_out(first.token, "")
    assert house.caller(opened).known


@pytest.mark.parametrize("password", ["", PASSWORD + " ", PASSWORD.upper(), "x" * 10**6])
def test_a_wrong_password_is_refused(house: House, password: str) -> None:
    assert code_of(lambda: house.first(password=password)) == "sign-in-failed"
    assert house.actions() == ["sign-in-failed"]


def close(house: House) -> None:
    with house.database.unit(SYSTEM) as unit:
        person = unit.people.get(house.person.id)
        assert person
        unit.people.change(replace(person, disabled_at=house.clock.now()))


def end_roles(house: House) -> None:
    with house.database.unit(SYSTEM) as unit:
        for one in unit.people.grants(house.person.id):
            unit.people.end_grant(one.id, house.clock.now())


def end_authority(house: House) -> None:
    with house.database.unit(SYSTEM) as unit:
        unit.authorities.change(replace(house.authority, valid_until=date(2026, 3, 1)))


@pytest.mark.parametrize("ended", [close, end_roles, end_authority])
class TestWhoMayNotBeHere:
    def test_is_answered_like_a_wrong_password(self, house: House, ended: object) -> None:
        ended(house)  # type: ignore[operator]

        assert code_of(house.first) == "sign-in-failed"
        assert house.hasher.asked == 1
        assert code_of(lambda: house.first(password="wrong")) == "sign-in-failed"
        assert house.hasher.asked == 2

    def test_is_stopped_at_the_second_step(self, house: House, ended: object) -> None:
        first = house.first()
        ended(house)  # type: ignore[operator]

        assert code_of(lambda: house.door.second_factor(first.token, house.code(), HERE)) == "sign-in-failed"

    def test_is_out_in_mid_session(self, house: House, ended: object) -> None:
        opened = house.enter()
        ended(house)  # type: ignore[operator]

        assert not house.caller(opened).known
        assert house.actions()[-1] == "session-ended"
        assert house.events()[-1]["details"]["why"] == "not-admitted"


def test_an_authority_ends_by_its_own_time_zone(house: House) -> None:
    there = add_authority(house.database, time_zone="Pacific/Kiritimati", valid_until=date(2026, 3, 2))
    add_person(house.database, there, Role.CLERK, login="minh.tran")
    house.clock.instant = AT.replace(hour=9, minute=59)  # 23:59 there

    opened = house.first("minh.tran")
    house.clock.pass_(minutes=1)

    assert code_of(lambda: house.first("minh.tran")) == "sign-in-failed"
    assert code_of(lambda: house.door.second_factor(opened.token, house.code(), HERE)) == "sign-in-failed"


def test_whoever_has_no_password_cannot_sign_in_by_one(house: House) -> None:
    add_person(house.database, house.authority, Role.CLERK, login="minh.tran", password="")

    assert code_of(lambda: house.first("minh.tran")) == "sign-in-failed"
    assert code_of(lambda: house.first("minh.tran", "")) == "sign-in-failed"
    assert house.hasher.asked == 2


def test_passwords_kept_by_older_parameters_are_kept_by_todays_at_signing_in(house: House) -> None:
    house.hasher.mark = "dearer"
    assert code_of(lambda: house.first(password="wrong")) == "sign-in-failed"
    with house.database.unit(SYSTEM) as unit:
        assert unit.people.password(house.person.id) == CheapHasher().hashed(PASSWORD)
    house.first()

    with house.database.unit(SYSTEM) as unit:
        assert unit.people.password(house.person.id) == CheapHasher("dearer").hashed(PASSWORD)
    assert house.first().session.stage == "second_factor"


# --- the second step ------------------------------------------------------------------------------------------------


def test_a_code_is_good_once_for_all_sessions(house: House) -> None:
    first, other = house.first(), house.first()
    code = house.code()
    house.door.second_factor(first.token, code, HERE)

    assert code_of(lambda: house.door.second_factor(other.token, code, THERE)) == "sign-in-failed"
    assert house.actions() == ["signed-in", "code-replayed", "sign-in-failed"]


def test_a_code_is_good_once_in_requests_at_the_same_time(house: House) -> None:
    waiting, code = [house.first() for _ in range(4)], house.code()

    codes = at_once(
        [lambda one=one: code_of(lambda: house.door.second_factor(one.token, code, HERE)) for one in waiting]  # type: ignore[misc]
    )

    assert sorted(codes) == ["", *["sign-in-failed"] * 3]


def test_a_code_from_before_the_last_one_is_not_taken(house: House) -> None:
    first, other = house.first(), house.first()
    before = house.code()
    house.door.second_factor(first.token, code_at(house.clock.now() + timedelta(seconds=30)), HERE)

    assert code_of(lambda: house.door.second_factor(other.token, before, HERE)) == "sign-in-failed"


def test_when_the_clock_is_set_back_no_code_is_good_that_may_have_been_used(house: House) -> None:
    codes = recovery(house)
    house.clock.pass_(days=-1)
    again = house.first()
    seen_then = code_at(house.clock.now())

    assert code_of(lambda: house.door.second_factor(again.token, seen_then, HERE)) == "sign-in-failed"
    assert "code-replayed" in house.actions()
    assert code_of(lambda: house.door.second_factor(again.token, codes[0], HERE)) == ""


def test_a_code_of_the_first_step_of_another_person_opens_nothing(house: House) -> None:
    other = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    add_person(house.database, house.authority, Role.CLERK, login="minh.tran", secret=other)

    first = house.first()

    assert code_of(lambda: house.door.second_factor(first.token, house.code(other), HERE)) == "sign-in-failed"


def test_the_first_step_waits_for_a_quarter_of_an_hour(house: House) -> None:
    first, late = house.first(), house.first()
    house.clock.instant = AT + PENDING_LASTS - timedelta(seconds=1)
    opened = house.door.second_factor(first.token, code_at(house.clock.now()), HERE)
    house.clock.instant = AT + PENDING_LASTS

    assert house.caller(opened).known
    assert house.door.pending(late.token) is None
    assert code_of(lambda: house.door.second_factor(late.token, house.code(), HERE)) == "not-signed-in"


# --- recovery codes -------------------------------------------------------------------------------------------------


def recovery(house: House) -> tuple[str, ...]:
    opened = house.enter()
    house.door.step_up(house.caller(opened), opened.token, PASSWORD)
    return house.door.new_recovery_codes(house.caller(opened))


def test_each_recovery_code_is_good_once(house: House) -> None:
    one, other, *_ = recovery(house)
    opened = house.door.second_factor(house.first().token, f" {one.lower().replace('-', ' ')} ", HERE)

    assert house.caller(opened).known
    assert code_of(lambda: house.door.second_factor(house.first().token, one, HERE)) == "sign-in-failed"
    assert house.door.credentials(house.caller(opened)) == (True, True, 9)
    assert house.caller(house.door.second_factor(house.first().token, other, HERE)).known
    assert house.actions().count("recovery-code-used") == 2
    assert one not in house.everything()


def test_a_recovery_code_is_good_once_in_requests_at_the_same_time(house: House) -> None:
    code, waiting = recovery(house)[0], [house.first() for _ in range(4)]

    codes = at_once(
        [lambda one=one: code_of(lambda: house.door.second_factor(one.token, code, HERE)) for one in waiting]  # type: ignore[misc]
    )

    assert sorted(codes) == ["", *["sign-in-failed"] * 3]


def test_new_recovery_codes_end_those_before(house: House) -> None:
    before, after = recovery(house)[0], recovery(house)[0]

    assert code_of(lambda: house.door.second_factor(house.first().token, before, HERE)) == "sign-in-failed"
    assert code_of(lambda: house.door.second_factor(house.first().token, after, HERE)) == ""


def test_a_recovery_code_of_somebody_else_opens_nothing(house: House) -> None:
    code = recovery(house)[0]
    add_person(house.database, house.authority, Role.CLERK, login="minh.tran")

    assert code_of(lambda: house.door.second_factor(house.first("minh.tran").token, code, HERE)) == "sign-in-failed"


def test_a_recovery_code_helps_when_the_key_of_the_secret_is_gone(house: House) -> None:
    code = recovery(house)[0]
    with house.database.unit(SYSTEM) as unit:
        factor = unit.people.second_factor(house.person.id)
        assert factor
        unit.people.set_second_factor(replace(factor, secret=RING.seal("else", b"")))

    assert code_of(lambda: house.door.second_factor(house.first().token, code, HERE)) == ""


# --- setting it up --------------------------------------------------------------------------------------------------


def test_without_a_second_factor_one_must_be_set_up_first(house: House) -> None:
    add_person(house.database, house.authority, Role.CLERK, login="minh.tran", secret="")
    first = house.first("minh.tran")
    told = house.door.enrolment(first.token)

    opened, codes = house.door.enrol(first.token, house.code(told.secret), HERE)

    assert first.session.stage == "enrol"
    assert not house.caller(first).known
    assert house.caller(opened).roles == {Role.CLERK}
    assert len(codes) == 10
    assert house.first("minh.tran").session.stage == "second_factor"
    assert house.actions() == ["second-factor-enrolled", "signed-in"]
    assert told.secret not in house.everything()
    assert house.caller(house.door.second_factor(house.first("minh.tran").token, codes[0], HERE)).known


def test_the_code_of_setting_up_is_not_good_for_signing_in(house: House) -> None:
    add_person(house.database, house.authority, Role.CLERK, login="minh.tran", secret="")
    first = house.first("minh.tran")
    code = house.code(house.door.enrolment(first.token).secret)
    house.door.enrol(first.token, code, HERE)

    assert code_of(lambda: house.door.second_factor(house.first("minh.tran").token, code, HERE)) == "sign-in-failed"


def test_a_second_factor_that_was_never_confirmed_is_none(house: House) -> None:
    with house.database.unit(SYSTEM) as unit:
        factor = unit.people.second_factor(house.person.id)
        assert factor
        unit.people.set_second_factor(replace(factor, confirmed_at=None))

    assert house.first().session.stage == "enrol"


def test_setting_up_shows_the_same_secret_again_until_a_code_was_right(house: House) -> None:
    add_person(house.database, house.authority, Role.CLERK, login="minh.tran", secret="")
    first, other = house.first("minh.tran"), house.first("minh.tran")
    told = house.door.enrolment(first.token)

    assert code_of(lambda: house.door.enrol(first.token, "000000", HERE)) == "code-wrong"
    assert house.door.enrolment(first.token) == told
    assert house.door.enrolment(other.token) != told
    assert "minh.tran" in told.uri


def test_of_two_who_set_up_at_a_time_one_does(house: House) -> None:
    add_person(house.database, house.authority, Role.CLERK, login="minh.tran", secret="")
    first, other = house.first("minh.tran"), house.first("minh.tran")
    secrets = [house.door.enrolment(one.token).secret for one in (first, other)]
    house.door.enrol(first.token, house.code(secrets[0]), HERE)

    assert code_of(lambda: house.door.enrol(other.token, house.code(secrets[1]), HERE)) == "not-signed-in"


def test_a_session_that_waits_for_the_code_cannot_set_up_another(house: House) -> None:
    first = house.first()

    assert code_of(lambda: house.door.enrolment(first.token)) == "not-signed-in"
    assert code_of(lambda: house.door.enrol(first.token, "000000", HERE)) == "not-signed-in"


# --- what browsers say ----------------------------------------------------------------------------------------------


def test_what_a_browser_says_of_itself_is_kept_short_and_seen(house: House) -> None:
    opened = house.door.with_password(LOGIN, PASSWORD, Origin("192.0.2.1\x00", "Fire\x00\ud800\u202efox" + "x" * 10**6))

    assert opened.session.address == "192.0.2.1"
    assert opened.session.device.startswith("Firefoxxx")
    assert len(opened.session.device) <= 200
