from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest
from flask.testing import FlaskClient

from tests.accounts.support import Clock, add_authority, add_person
from tests.web.accounts_support import accounts_of, app_of, post
from verifier.accounts.roles import Role
from verifier.accounts.services import Accounts
from verifier.errors import BadRequest
from verifier.outside.identity import Begun, Identity, IdentityProvider, Pending
from verifier.storage.database import Database
from verifier.storage.people import Invitation, Person
from verifier.storage.scope import SYSTEM

RETURN = "/sign-in/identity/return?code=c&state=s"


@dataclass
class Provider:
    """Vouches for one subject, or refuses as it is told."""

    clock: Clock
    name: str = "VNeID"
    subject: str = "079123"
    trouble: str = ""
    fresh: list[bool] = field(default_factory=list)

    def begin(self, *, fresh: bool = False) -> Begun:
        self._perhaps_fail()
        self.fresh.append(fresh)
        return Begun("https://id.example.vn/authorize?x=1", Pending("s", "n", "v", self.clock.now(), fresh))

    def finish(self, pending: Pending, query: Mapping[str, str]) -> Identity:
        self._perhaps_fail()
        assert (pending.state, query["code"]) == ("s", "c")
        return Identity("https://id.example.vn", self.subject, "", "", self.clock.now(), ("otp",))

    def _perhaps_fail(self) -> None:
        if self.trouble:
            raise BadRequest(self.trouble)


@dataclass
class House:
    accounts: Accounts
    clock: Clock
    provider: Provider
    person: Person
    browser: FlaskClient


@pytest.fixture
def house(database: Database, tmp_path: Path) -> House:
    clock = Clock()
    provider = Provider(clock)
    accounts = accounts_of(database, clock, identity=cast("IdentityProvider", provider))
    authority = add_authority(database)
    person = add_person(database, authority, Role.SPECIALIST, password="", secret="")
    at = clock.now()
    with database.unit(SYSTEM) as unit:
        unit.people.link_identity(person, "https://id.example.vn", "079123", at)
        unit.people.invite(Invitation(authority.id, person.id, at, at + timedelta(days=1)), "the-link")
    return House(accounts, clock, provider, person, app_of(accounts, tmp_path).test_client())


def test_an_identity_opens_the_account_and_the_wanted_page(house: House) -> None:
    page = house.browser.get("/sign-in?next=/account").text
    assert page.index("Đăng nhập bằng VNeID") < page.index("Tên đăng nhập")
    gone = house.browser.get("/sign-in/identity?next=/account")
    assert gone.location == "https://id.example.vn/authorize?x=1"
    back = house.browser.get(RETURN)
    assert back.location == "/account"
    assert house.person.name in house.browser.get("/account").text


def test_an_answer_is_taken_once_and_only_by_who_asked(house: House) -> None:
    assert house.browser.get(RETURN).status_code == 401
    house.browser.get("/sign-in/identity")
    house.provider.trouble = "identity-not-proved"
    assert house.browser.get(RETURN).status_code == 401
    house.provider.trouble = ""
    assert house.browser.get(RETURN).status_code == 401
    assert house.browser.get("/account").status_code == 303


@pytest.mark.parametrize(
    ("trouble", "status", "said"),
    [
        ("identity-provider-down", 503, "Hệ thống định danh chưa trả lời"),
        ("identity-refused", 401, "Chưa đồng ý chia sẻ định danh"),
    ],
)
@pytest.mark.parametrize("where", ["/sign-in/identity?next=/account", RETURN])
def test_a_provider_that_fails_leaves_the_local_account(
    house: House, trouble: str, status: int, said: str, where: str
) -> None:
    house.browser.get("/sign-in/identity?next=/account")
    house.provider.trouble = trouble
    page = house.browser.get(where)
    assert page.status_code == status
    assert said in page.text
    assert 'name="password"' in page.text
    assert 'name="next" value="/account"' in page.text


def test_an_identity_that_nobody_has_is_told_as_such(house: House) -> None:
    house.provider.subject = "somebody else"
    house.browser.get("/sign-in/identity")
    page = house.browser.get(RETURN)
    assert page.status_code == 403
    assert "Định danh chưa gắn với tài khoản nào" in page.text


def test_an_invitation_links_an_identity(house: House) -> None:
    house.provider.subject = "new"
    assert house.browser.get("/invitation/wrong/identity").status_code == 410
    house.browser.get("/invitation/the-link/identity")
    assert house.browser.get(RETURN).status_code == 303
    assert house.person.name in house.browser.get("/account").text


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_link_elsewhere_links_no_identity(house: House, site: str) -> None:
    house.provider.subject = "new"
    answer = house.browser.get("/invitation/the-link/identity", headers={"Sec-Fetch-Site": site})
    assert answer.location == "/invitation/the-link"
    assert house.browser.get(RETURN).status_code == 401
    own = house.browser.get("/invitation/the-link/identity", headers={"Sec-Fetch-Site": "same-origin"})
    assert own.location == "https://id.example.vn/authorize?x=1"


def test_the_session_before_is_over_where_a_new_one_takes_its_cookie(house: House) -> None:
    tokens = []
    for _ in range(2):
        house.browser.get("/sign-in/identity")
        house.browser.get(RETURN)
        with house.browser.session_transaction() as cookie:
            tokens.append(cookie["token"])
    assert [house.accounts.sign_in.caller(one, "").known for one in tokens] == [False, True]


def test_whoever_came_by_an_identity_proves_it_anew_for_an_act(house: House) -> None:
    house.browser.get("/sign-in/identity")
    house.browser.get(RETURN)
    house.clock.pass_(minutes=10)
    assert "Xác thực lại bằng VNeID" in house.browser.get("/step-up?next=/account").text
    house.browser.get("/step-up/identity?next=/account")
    assert house.provider.fresh == [False, True]
    assert house.browser.get(RETURN).location == "/account"
    with house.browser.session_transaction() as cookie:
        token = cookie["token"]
    assert house.accounts.sign_in.caller(token, "").proved_within(house.clock.now())


def test_a_session_found_open_gives_nobody_a_second_factor(house: House) -> None:
    house.browser.get("/sign-in/identity")
    house.browser.get(RETURN)
    for address in ("/sign-in/enrol", "/account/second-factor"):
        answer = post(house.browser, address, {"code": "000000"}, page="/account")
        assert (answer.status_code, "otpauth" in answer.text, "<svg" in answer.text) == (303, False, False)


def test_without_a_provider_there_is_no_way_to_it(database: Database, tmp_path: Path) -> None:
    client = app_of(accounts_of(database), tmp_path).test_client()
    assert "VNeID" not in client.get("/sign-in").text
    assert client.get("/sign-in/identity").status_code == 404
