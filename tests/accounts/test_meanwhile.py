from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace

import pytest

from tests.accounts.house import HERE, House, code_of
from tests.accounts.support import PASSWORD, CheapHasher
from verifier.accounts.sign_in import Opened
from verifier.storage.database import Database, UnitOfWork
from verifier.storage.scope import SYSTEM

NEW = "ba con mèo đen ngồi trên mái 7"
OTHERS = "chín bậc tình yêu trên đồi 33"
PATIENCE = 0.3
"""Seconds given to what should wait, to show that it does not."""


class Interrupted(CheapHasher):
    """Something happens while a password is looked at."""

    def __init__(self) -> None:
        super().__init__()
        self.meanwhile: Callable[[], object] | None = None

    def fits(self, hashed: str, password: str) -> bool:
        act, self.meanwhile = self.meanwhile, None
        if act:
            act()
        return super().fits(hashed, password)


@pytest.fixture
def hasher() -> Interrupted:
    return Interrupted()


@pytest.fixture
def house(database: Database, database_url: str, hasher: Interrupted) -> House:
    return House(database, database_url, hasher=hasher)


@pytest.fixture
def opened(house: House) -> Opened:
    return house.enter()


def set_password(house: House) -> None:
    with house.database.unit(SYSTEM) as unit:
        unit.people.set_password(house.person, CheapHasher().hashed(OTHERS), house.clock.now())


def close(unit: UnitOfWork, house: House) -> None:
    unit.people.change(replace(house.person, disabled_at=house.clock.now()))
    unit.sessions.end_all(house.person.id, house.clock.now(), "closed")


def close_now(house: House) -> None:
    with house.database.unit(SYSTEM) as unit:
        close(unit, house)


@pytest.mark.parametrize("act", [set_password, close_now])
def test_a_password_that_ends_while_it_is_looked_at_lets_nobody_in(
    house: House, hasher: Interrupted, act: Callable[[House], None]
) -> None:
    hasher.meanwhile = lambda: act(house)

    assert code_of(house.first) == "sign-in-failed"


def test_a_password_that_ends_while_it_is_looked_at_proves_nothing(
    house: House, hasher: Interrupted, opened: Opened
) -> None:
    caller = house.caller(opened)
    hasher.meanwhile = lambda: set_password(house)

    assert code_of(lambda: house.door.step_up(caller, opened.token, PASSWORD)) == "step-up-failed"


def test_a_password_that_ends_while_it_is_looked_at_is_not_changed(
    house: House, hasher: Interrupted, opened: Opened
) -> None:
    caller = house.caller(opened)
    hasher.meanwhile = lambda: set_password(house)

    assert code_of(lambda: house.door.change_password(caller, PASSWORD, NEW)) == "step-up-failed"
    assert house.first(password=OTHERS).session.stage == "second_factor"


def test_a_session_that_ends_while_a_password_is_looked_at_proves_nothing(
    house: House, hasher: Interrupted, opened: Opened
) -> None:
    caller = house.caller(opened)
    hasher.meanwhile = lambda: house.door.sign_out(opened.token, "")

    assert code_of(lambda: house.door.step_up(caller, opened.token, PASSWORD)) == "not-signed-in"


@pytest.mark.parametrize("step", ["first", "second"])
def test_whoever_signs_in_while_the_account_is_being_closed_waits_and_is_refused(house: House, step: str) -> None:
    first, code = house.first(), house.code()

    def sign_in() -> str:
        act = house.first if step == "first" else lambda: house.door.second_factor(first.token, code, HERE)
        return code_of(act)

    with ThreadPoolExecutor(1) as pool:
        with house.database.unit(SYSTEM) as unit:
            close(unit, house)
            answer = pool.submit(sign_in)
            wait([answer], PATIENCE)
        assert answer.result() == {"first": "sign-in-failed", "second": "not-signed-in"}[step]
    with house.database.unit(SYSTEM) as unit:
        assert unit.sessions.of_person(house.person.id) == ()
