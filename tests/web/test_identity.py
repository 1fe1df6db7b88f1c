from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.accounts.support import Clock, add_authority, add_person
from tests.support.openid_provider import AN, BACK, BINH, US, Browser, OpenIdProvider, running
from tests.web.accounts_support import accounts_of, app_of
from verifier.accounts.roles import Role
from verifier.outside.clock import SystemClock
from verifier.outside.identity import IdentityProvider
from verifier.storage.database import Database
from verifier.storage.people import Person
from verifier.storage.scope import SYSTEM

BROWSER = Browser()


@dataclass
class House:
    """A site, one person whose identity the provider has, and a browser."""

    provider: OpenIdProvider
    browser: FlaskClient
    person: Person
    clock: Clock

    def depart(self, address: str = "/sign-in/identity") -> str:
        answer = self.browser.get(address)
        assert answer.status_code == 303, answer.text
        assert answer.location.startswith(f"{self.provider.issuer}/authorization?")
        return answer.location

    def back(self, query: object) -> TestResponse:
        return self.browser.get(f"{urlsplit(BACK).path}?{urlencode(dict(query))}")  # type: ignore[call-overload]

    def enter(self, sub: str = AN.sub, address: str = "/sign-in/identity") -> TestResponse:
        return self.back(BROWSER.sign_in(self.depart(address), sub))


@pytest.fixture(scope="module")
def provider() -> Iterator[OpenIdProvider]:
    with running() as one:
        yield one


def house_of(provider: OpenIdProvider, database: Database, folder: Path) -> House:
    clock = Clock(SystemClock().now())
    identity = IdentityProvider(provider.issuer, US.client_id, US.client_secret, BACK, clock, name="VNeID")
    accounts = accounts_of(database, clock, identity=identity)
    person = add_person(database, add_authority(database), Role.SPECIALIST)
    with database.unit(SYSTEM) as unit:
        unit.people.link_identity(person, provider.issuer, AN.sub, clock.now())
    return House(provider, app_of(accounts, folder).test_client(), person, clock)


@pytest.fixture
def house(provider: OpenIdProvider, database: Database, tmp_path: Path) -> House:
    return house_of(provider, database, tmp_path)


def test_a_person_signs_in_at_the_provider_and_arrives(house: House) -> None:
    assert "VNeID" in house.browser.get("/sign-in").text
    answer = house.enter()
    assert (answer.status_code, answer.location) == (303, "/sign-in/arrive")
    assert house.person.name in house.browser.get("/account").text


def test_the_page_that_was_wanted_comes_after(house: House) -> None:
    assert house.enter(address="/sign-in/identity?next=/account").location == "/account"
    assert house.enter(address="/sign-in/identity?next=https://elsewhere.example/").location == "/sign-in/arrive"


def test_somebody_whom_nobody_here_knows_is_not_let_in(house: House) -> None:
    assert house.enter(BINH.sub).status_code == 403
    assert house.browser.get("/account").status_code == 303


def test_somebody_who_says_no_can_still_use_a_password(house: House) -> None:
    answer = house.enter("")
    assert answer.status_code == 401
    assert 'name="password"' in answer.text
    assert house.browser.get("/account").status_code == 303


def test_an_answer_counts_once(house: House) -> None:
    query = BROWSER.sign_in(house.depart())
    assert house.back(query).status_code == 303
    house.browser.delete_cookie("session")
    assert house.back(query).status_code == 401
    assert house.browser.get("/account").status_code == 303


def test_an_answer_that_this_browser_did_not_begin(house: House) -> None:
    query = BROWSER.sign_in(house.depart())
    house.browser.delete_cookie("session")
    assert house.back(query).status_code == 401
    house.depart()
    assert house.back(query).status_code == 401


def test_an_answer_after_a_wrong_one_is_too_late(house: House) -> None:
    query = BROWSER.sign_in(house.depart())
    assert house.back({**query, "state": "x"}).status_code == 401
    assert house.back(query).status_code == 401


def test_the_cookie_is_another_one_afterwards(house: House) -> None:
    query = BROWSER.sign_in(house.depart())
    before = house.browser.get_cookie("session")
    house.back(query)
    after = house.browser.get_cookie("session")
    assert before is not None
    assert after is not None
    assert before.value != after.value


def test_a_step_up_wants_a_fresh_sign_in(house: House) -> None:
    house.enter()
    asked = parse_qs(urlsplit(house.depart("/step-up/identity?next=/account")).query)
    assert (asked["prompt"], asked["max_age"]) == (["login"], ["0"])
    answer = house.enter(address="/step-up/identity?next=/account")
    assert (answer.status_code, answer.location) == (303, "/account")


def test_a_step_up_is_not_done_by_somebody_else(house: House) -> None:
    house.enter()
    answer = house.enter(BINH.sub, "/step-up/identity?next=/account")
    assert answer.status_code == 403
    assert "Location" not in answer.headers


def test_the_provider_is_down_and_a_password_still_works(database: Database, tmp_path: Path) -> None:
    away = OpenIdProvider()
    house = house_of(away, database, tmp_path)
    answer = house.browser.get("/sign-in/identity")
    assert answer.status_code == 503
    assert 'name="password"' in answer.text
    assert int(answer.headers["Retry-After"]) > 0
