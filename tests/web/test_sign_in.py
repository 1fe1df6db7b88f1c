from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.accounts.support import PASSWORD, Clock, add_authority, add_person, code_at
from tests.web.accounts_support import accounts_of, app_of, post, token_in
from verifier.accounts.roles import Role
from verifier.accounts.services import Accounts
from verifier.storage.authorities import Authority
from verifier.storage.database import Database
from verifier.storage.people import Person
from verifier.storage.scope import SYSTEM


@dataclass
class House:
    """One authority with one specialist, and a browser on its site."""

    app: Flask
    accounts: Accounts
    clock: Clock
    authority: Authority
    person: Person
    browser: FlaskClient

    def enter(self, **form: str) -> None:
        """Sign in as the specialist, up to the end."""
        post(self.browser, "/sign-in", {"login": self.person.login, "password": PASSWORD, **form})
        post(self.browser, "/sign-in/second-factor", {"code": code_at(self.clock.now())})

    def cookie(self) -> str:
        found = self.browser.get_cookie("session")
        return found.value if found else ""


@pytest.fixture
def house(database: Database, tmp_path: Path) -> Iterator[House]:
    clock = Clock()
    accounts = accounts_of(database, clock)
    authority = add_authority(database)
    person = add_person(database, authority, Role.SPECIALIST)
    app = app_of(accounts, tmp_path)
    yield House(app, accounts, clock, authority, person, app.test_client())


def test_password_and_code_open_the_account(house: House) -> None:
    first = post(house.browser, "/sign-in", {"login": house.person.login, "password": PASSWORD})
    assert (first.status_code, first.location) == (303, "/sign-in/second-factor")
    assert house.browser.get("/account").status_code == 303

    second = post(house.browser, "/sign-in/second-factor", {"code": code_at(house.clock.now())})
    assert (second.status_code, second.location) == (303, "/sign-in/arrive")

    page = house.browser.get("/account")
    assert page.status_code == 200
    assert house.person.name in page.text
    assert house.authority.name_vi in page.text
    assert page.headers["Cache-Control"] == "private, no-store"
    assert "Cookie" in page.headers["Vary"]
