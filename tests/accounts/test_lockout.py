from __future__ import annotations

from datetime import timedelta

import pytest

from tests.accounts.house import HERE, LOGIN, House, at_once, code_of
from tests.accounts.support import AT, PASSWORD, add_person, code_at
from tests.support.postgres import RING
from verifier.accounts.lockout import FREE, as_of, counted, delay, seconds_left
from verifier.accounts.roles import Role
from verifier.errors import BadRequest
from verifier.storage.scope import SYSTEM
from verifier.storage.sessions import Attempts

# --- the rule -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [(0, 0), (1, 0), (4, 0), (5, 30), (6, 60), (7, 120), (11, 1920), (12, 3600), (13, 3600), (10**9, 3600)],
)
def test_the_wait_doubles_up_to_an_hour(failures: int, seconds: int) -> None:
    assert delay(failures) == timedelta(seconds=seconds)


def test_a_failure_counts_and_locks_from_its_own_instant() -> None:
    fourth = counted(Attempts(3, AT, None), AT)
    fifth = counted(fourth, AT + timedelta(seconds=5))

    assert fourth == Attempts(4, AT, None)
    assert fifth == Attempts(5, AT + timedelta(seconds=5), AT + timedelta(seconds=35))


def test_part_of_a_second_is_a_second_to_wait() -> None:
    locked = Attempts(5, AT, AT + timedelta(seconds=30))

    assert seconds_left(locked, AT + timedelta(seconds=29, microseconds=1)) == 1
    assert seconds_left(locked, AT + timedelta(seconds=30)) == 0
    assert seconds_left(Attempts(4, AT, None), AT) == 0


def test_failures_are_forgotten_a_day_after_the_last() -> None:
    kept = Attempts(9, AT, AT + timedelta(minutes=8))

    assert as_of(kept, AT + timedelta(hours=24, microseconds=-1)) == kept
    assert as_of(kept, AT + timedelta(hours=24)).failures == 0


def test_a_clock_that_was_set_back_does_not_lock_for_longer_than_is_meant() -> None:
    kept = Attempts(5, AT, AT + timedelta(seconds=30))
    before = AT - timedelta(days=400)

    assert as_of(kept, before) == Attempts(5, before, before + timedelta(seconds=30))


# --- at the door ----------------------------------------------------------------------------------------------------


def fail(house: House, times: int, login: str = LOGIN) -> list[str]:
    return [code_of(lambda: house.first(login, "wrong password")) for _ in range(times)]


def seconds(house: House, login: str = LOGIN, password: str = PASSWORD) -> str:
    with pytest.raises(BadRequest) as refused:
        house.first(login, password)
    assert refused.value.problem.code == "sign-in-locked"
    return refused.value.problem.params["seconds"]


def test_the_fifth_failure_locks_and_each_further_one_for_twice_as_long(house: House) -> None:
    assert fail(house, FREE + 1) == ["sign-in-failed"] * 5

    for wait in (30, 60, 120, 240):
        assert seconds(house) == str(wait)
        house.clock.pass_(seconds=wait)
        assert fail(house, 1) == ["sign-in-failed"]


def test_a_locked_name_is_refused_before_the_password_is_looked_at(house: House) -> None:
    fail(house, 5)
    asked = house.hasher.asked

    assert seconds(house) == "30"

    assert house.hasher.asked == asked
    house.clock.pass_(seconds=30)
    assert house.first().session.stage == "second_factor"


def test_tries_while_locked_do_not_lock_for_longer(house: House) -> None:
    fail(house, 5)
    house.clock.pass_(seconds=10)

    assert [seconds(house), seconds(house)] == ["20", "20"]


@pytest.mark.parametrize(
    "login", ["no.body", "Lan Nguyen", "", "ab\x00\ud800", "x" * 100_000, "lan.nguyen\u200b", "' or 1=1 --"]
)
def test_a_name_that_nobody_has_is_answered_like_one_that_somebody_has(house: House, login: str) -> None:
    answers = []
    for name in (LOGIN, login):
        asked = house.hasher.asked
        codes = fail(house, 6, name)
        answers.append((codes, house.hasher.asked - asked, seconds(house, name)))

    assert answers[0] == answers[1] == (["sign-in-failed"] * 5 + ["sign-in-locked"], 5, "30")


def test_names_that_cannot_be_any_are_counted_by_themselves(house: House) -> None:
    fail(house, 5, "lan nguyen")

    assert fail(house, 1, "Lan-Nguyen!") == ["sign-in-failed"]
    assert house.first().session.stage == "second_factor"


def test_a_name_is_one_name_however_it_is_typed(house: House) -> None:
    fail(house, 5, " Lan.NGUYEN ")

    assert seconds(house) == "30"


def test_right_passwords_do_not_forget_wrong_codes(house: House) -> None:
    codes = [code_of(lambda: house.door.second_factor(house.first().token, "000000", HERE)) for _ in range(5)]

    assert codes == ["sign-in-failed"] * 5
    assert seconds(house) == "30"


def test_wrong_passwords_lock_the_second_step_too(house: House) -> None:
    opened = house.first()
    fail(house, 5)

    assert code_of(lambda: house.door.second_factor(opened.token, house_code(house), HERE)) == "sign-in-locked"


def house_code(house: House) -> str:
    return code_at(house.clock.now())


def test_whoever_signs_in_has_all_failures_forgotten(house: House) -> None:
    fail(house, 4)
    house.enter()

    assert fail(house, 5) == ["sign-in-failed"] * 5


def test_the_first_step_alone_takes_only_itself_back(house: House) -> None:
    fail(house, 4)
    house.first()

    assert fail(house, 2) == ["sign-in-failed", "sign-in-locked"]


def test_failures_of_one_are_nothing_to_another(house: House) -> None:
    add_person(house.database, house.authority, Role.CLERK, login="minh.tran")
    fail(house, 5)

    assert house.first("minh.tran").session.stage == "second_factor"


@pytest.mark.parametrize("login", [LOGIN, "no.body"])
def test_guesses_at_the_same_time_do_not_pass_the_limit_together(house: House, login: str) -> None:
    codes = at_once([lambda: code_of(lambda: house.first(login, "wrong password"))] * 12)

    assert sorted(codes) == ["sign-in-failed"] * 5 + ["sign-in-locked"] * 7


def test_right_passwords_at_the_same_time_are_not_counted_in_the_end(house: House) -> None:
    at_once([lambda: code_of(house.first)] * 4)

    with house.database.unit(SYSTEM) as unit:
        kept = unit.sessions.attempts(RING.digest("sign-in name", LOGIN.encode()))
    assert kept is not None
    assert (kept.failures, kept.locked_until) == (0, None)


def test_the_logs_tell_of_failures_and_of_the_lock_without_the_name_that_was_typed(house: House) -> None:
    fail(house, 5)
    fail(house, 7, "tra-loi-mat-khau-nham-o")

    assert house.actions() == (["sign-in-failed"] * 5 + ["sign-in-locked"]) * 2
    subjects = {tuple(event["subject"]) for event in house.events()}
    mark = RING.digest("sign-in name", b"tra-loi-mat-khau-nham-o").hex()
    assert subjects == {("person", str(house.person.id)), ("sign-in", mark)}
    assert {event["authority"] for event in house.events()} == {str(house.authority.id), None}
    assert "tra-loi" not in house.everything()
    assert "wrong password" not in house.everything()
