from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.accounts.support import PASSWORD, Clock, add_authority, add_person, code_at
from tests.web.accounts_support import accounts_of, app_of, post, session_of, token_in
from verifier.accounts.roles import Role
from verifier.accounts.services import Accounts
from verifier.storage.authorities import Authority
from verifier.storage.database import Database
from verifier.storage.people import Invitation, Person
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

    def outbox(self) -> list[str]:
        with self.accounts.database.unit(SYSTEM) as unit:
            return [str(one.payload["what"]) for one in unit.outbox.listed("waiting") if "what" in one.payload]

    def cookie(self) -> str:
        found = self.browser.get_cookie("session")
        return found.value if found else ""


@pytest.fixture
def house(database: Database, tmp_path: Path) -> House:
    clock = Clock()
    accounts = accounts_of(database, clock)
    authority = add_authority(database)
    person = add_person(database, authority, Role.SPECIALIST)
    app = app_of(accounts, tmp_path)
    return House(app, accounts, clock, authority, person, app.test_client())


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


def test_failures_of_signing_in_look_alike(house: House) -> None:
    wrong = post(house.browser, "/sign-in", {"login": house.person.login, "password": "not the password"})
    unknown = post(house.browser, "/sign-in", {"login": "nobody.here", "password": PASSWORD})
    assert wrong.status_code == unknown.status_code == 401
    assert plain(wrong.text, house.person.login) == plain(unknown.text, "nobody.here")
    assert 'value="nobody.here"' in unknown.text
    assert PASSWORD not in unknown.text


def plain(page: str, login: str) -> str:
    return re.sub(r'name="csrf_token" value="[^"]+"', "", page).replace(login, "*")


def test_after_many_failures_the_wait_is_told(house: House) -> None:
    for _ in range(5):
        answer = post(house.browser, "/sign-in", {"login": house.person.login, "password": "not the password"})
    answer = post(house.browser, "/sign-in", {"login": house.person.login, "password": PASSWORD})
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "30"
    assert "30 giây" in answer.text


@pytest.mark.parametrize(("name", "said"), [("login", "Hãy nhập tên đăng nhập."), ("password", "Hãy nhập mật khẩu.")])
def test_what_is_missing_is_said_at_its_field(house: House, name: str, said: str) -> None:
    form = {"login": house.person.login, "password": PASSWORD} | {name: ""}
    answer = post(house.browser, "/sign-in", form)
    assert answer.status_code == 422
    assert answer.text.count(said) == 2
    assert f'aria-describedby="{name}-error" aria-invalid="true"' in answer.text
    assert "<title>Lỗi: " in answer.text


# --- the cookie ------------------------------------------------------------------------------------------------------


def test_the_cookie_and_the_secret_of_forms_are_new_after_each_step(house: House) -> None:
    seen = []
    for form, page in (
        ({}, "/sign-in"),
        ({"login": house.person.login, "password": PASSWORD}, "/sign-in/second-factor"),
        ({"code": code_at(house.clock.now())}, "/account"),
    ):
        if form:
            post(house.browser, "/sign-in" if "login" in form else "/sign-in/second-factor", form)
        house.browser.get(page)
        with house.browser.session_transaction() as cookie:
            seen.append((cookie.get("token", ""), cookie.get("csrf_token", "")))
    tokens, secrets = zip(*seen, strict=True)
    assert len(set(tokens)) == 3
    assert len(set(secrets)) == 3


def test_a_planted_token_is_not_the_one_that_is_signed_in(house: House) -> None:
    with house.browser.session_transaction() as cookie:
        cookie["token"] = "planted"
    house.enter()
    with house.browser.session_transaction() as cookie:
        assert cookie["token"] != "planted"
    assert house.browser.get("/account").status_code == 200
    assert house.accounts.sign_in.caller("planted", "").person is None


def test_a_stolen_cookie_is_worth_nothing_after_signing_out(house: House) -> None:
    house.enter()
    stolen = house.cookie()
    out = post(house.browser, "/sign-out", page="/account")
    assert (out.status_code, out.location) == (303, "/sign-in?out=1")
    assert out.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert house.cookie() == ""

    thief = house.app.test_client()
    thief.set_cookie("session", stolen)
    assert thief.get("/account").status_code == 303


def test_a_cookie_that_was_changed_counts_for_nothing(house: House) -> None:
    house.enter()
    house.browser.set_cookie("session", house.cookie()[:-2] + "xx")
    assert house.browser.get("/account").status_code == 303


def test_the_session_ends_by_itself_and_leads_back(house: House) -> None:
    house.enter()
    house.clock.pass_(minutes=31)
    answer = house.browser.get("/account/password?a=b")
    assert answer.location == "/sign-in?next=/account/password?a%3Db"
    page = house.browser.get(answer.location)
    assert "Phiên làm việc đã kết thúc." in page.text
    assert "Phiên làm việc đã kết thúc." not in house.browser.get("/sign-in").text
    assert house.cookie() != ""

    form = {"login": house.person.login, "password": PASSWORD, "next": "/account/password?a=b"}
    post(house.browser, "/sign-in", form)
    last = post(house.browser, "/sign-in/second-factor", {"code": code_at(house.clock.now())})
    assert last.location == "/account/password?a=b"


def test_a_form_of_a_session_that_is_over_leads_back_to_its_page(house: House) -> None:
    house.enter()
    house.clock.pass_(minutes=31)
    for page, leads in (
        ("http://localhost/account/password?a=b", "/sign-in?next=/account/password?a%3Db"),
        ("http://evil.example/account", "/sign-in"),
        ("http://localhost.evil.example/account", "/sign-in"),
    ):
        answer = house.browser.post("/account/password", headers={"Referer": page})
        assert (answer.status_code, answer.location) == (303, leads)


def test_a_session_is_extended_by_a_form_of_the_page(house: House) -> None:
    house.enter()
    house.clock.pass_(minutes=25)
    token = token_in(house.browser.get("/verify").text)
    headers = {"X-Requested-With": "XMLHttpRequest"}
    answer = house.browser.post("/session/extend", data={"csrf_token": token}, headers=headers)
    assert (answer.status_code, answer.headers["X-Session-Seconds"]) == (204, "1800")
    house.clock.pass_(minutes=25)
    assert house.browser.get("/account").status_code == 200


@pytest.mark.parametrize("path", ["/verify", "/verify/passed", "/verify/nothing", "/nothing", "/api/v1/docs"])
def test_visitors_of_public_pages_get_no_cookie(house: House, path: str) -> None:
    answer = house.browser.get(path)
    assert "Set-Cookie" not in answer.headers
    assert "csrf_token" not in answer.text


def test_in_production_the_cookie_belongs_to_this_host_alone(house: House, tmp_path: Path) -> None:
    app = app_of(house.accounts, tmp_path, production=True)
    cookie = app.test_client().get("/sign-in", base_url="https://kiemtra.example.vn").headers["Set-Cookie"]
    assert cookie.startswith("__Host-session=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert "Domain" not in cookie


# --- where to go next ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https:evil.example",
        "https://evil.example/account",
        "///evil.example",
        "/\tevil.example/",
        "/\t/evil.example",
        "\t//evil.example",
        "/\n/evil.example",
        "%2f%2fevil.example",
        "/%2fevil.example",
        "/%5cevil.example",
        "/\u2215evil.example",
        "\uff0f\uff0fevil.example",
        "/\u200b/evil.example",
        "javascript:alert(1)",
        "account",
        "@evil.example",
        "http:///evil.example",
    ],
)
def test_nobody_is_led_elsewhere_after_signing_in(house: House, address: str) -> None:
    page = house.browser.get("/sign-in", query_string={"next": address})
    assert 'name="next"' not in page.text.partition("<main")[2]
    post(house.browser, "/sign-in", {"login": house.person.login, "password": PASSWORD, "next": address})
    last = post(house.browser, "/sign-in/second-factor", {"code": code_at(house.clock.now())})
    assert last.location == "/sign-in/arrive"


def test_a_wish_that_would_fill_the_cookie_up_is_forgotten(house: House) -> None:
    long = "".join(hashlib.sha256(bytes([n])).hexdigest() for n in range(100))
    for count, kept in ((1500, False), (1480, True)):
        address = f"/account?x={long[:count]}"
        post(house.browser, "/sign-in", {"login": house.person.login, "password": PASSWORD, "next": address})
        with house.browser.session_transaction() as cookie:
            assert cookie.get("next") == (address if kept else None)
        assert len(house.cookie()) < 4000


def test_whoever_is_signed_in_is_not_led_elsewhere_either(house: House) -> None:
    house.enter()
    assert house.browser.get("/sign-in?next=//evil.example").location == "/officer/validations"
    assert house.browser.get("/sign-in?next=/account").location == "/account"
    form = {"next": "//evil.example", "theme": "dark"}
    assert post(house.browser, "/preferences", form, page="/account").location == "/verify"


# --- tokens of forms -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/sign-out", "/account/password", "/account/sessions/end-others", "/preferences"])
@pytest.mark.parametrize("token", ["", "wrong"])
def test_a_form_without_its_token_does_nothing(house: House, path: str, token: str) -> None:
    house.enter()
    answer = house.browser.post(path, data={"csrf_token": token})
    assert answer.status_code == 400
    assert "Biểu mẫu đã hết hạn" in answer.text
    assert house.browser.get("/account").status_code == 200
    assert "form-refused" in house.outbox()


def test_the_token_of_another_session_is_wrong(house: House) -> None:
    house.enter()
    theirs = token_in(house.app.test_client().get("/sign-in").text)
    assert house.browser.post("/sign-out", data={"csrf_token": theirs}).status_code == 400


def test_signing_in_needs_a_token_too(house: House) -> None:
    answer = house.browser.post("/sign-in", data={"login": house.person.login, "password": PASSWORD})
    assert answer.status_code == 400


def test_forms_of_other_sites_are_refused_before_all(house: House) -> None:
    house.enter()
    token = token_in(house.browser.get("/account").text)
    headers = {"Sec-Fetch-Site": "cross-site"}
    assert house.browser.post("/sign-out", data={"csrf_token": token}, headers=headers).status_code == 400
    assert house.browser.get("/account").status_code == 200


def test_an_upload_carries_the_token_only_where_somebody_is_signed_in(house: House) -> None:
    assert house.app.test_client().post("/verify", data={"file": (BytesIO(b"%PDF-1.7"), "a.pdf")}).status_code == 303
    house.enter()
    token = token_in(house.browser.get("/verify").text)

    def send(headers: dict[str, str], **form: str) -> int:
        data = {**form, "file": (BytesIO(b"%PDF-1.7"), "a.pdf")}
        return house.browser.post("/verify", data=data, headers=headers).status_code

    assert send({}) == 400
    assert send({}, csrf_token=token) == 303
    assert send({"X-CSRFToken": token, "X-Requested-With": "XMLHttpRequest"}) == 201


# --- second factor, recovery codes, step-up ---------------------------------------------------------------------------


def test_a_second_factor_is_set_up_at_the_first_sign_in(house: House) -> None:
    new = add_person(house.accounts.database, house.authority, Role.CLERK, login="moi", secret="")
    form = {"login": new.login, "password": PASSWORD, "next": "/account"}
    assert post(house.browser, "/sign-in", form).location == "/sign-in/enrol"
    page = house.browser.get("/sign-in/enrol")
    assert "<svg" in page.text
    assert "style=" not in page.text
    secret = "".join(re.findall(r"<span>([A-Z2-7]{4})</span>", page.text))
    wrong = post(house.browser, "/sign-in/enrol", {"code": "000000"})
    assert wrong.status_code == 422

    codes = post(house.browser, "/sign-in/enrol", {"code": code_at(house.clock.now(), secret)})
    shown = re.findall(r"<li>([0-9A-Z-]{19})</li>", codes.text)
    assert (codes.status_code, len(shown)) == (200, 10)
    assert codes.headers["Cache-Control"] == "private, no-store"

    kept = {"csrf_token": token_in(codes.text), "code": shown, "next": "/account"}
    again = house.browser.post("/account/recovery-codes/kept", data=kept)
    assert again.status_code == 422
    assert shown[3] in again.text
    assert house.browser.post("/account/recovery-codes/kept", data={**kept, "kept": "1"}).location == "/account"


def test_what_is_no_recovery_code_is_not_shown(house: House) -> None:
    house.enter()
    token = token_in(house.browser.get("/account").text)
    kept = {"csrf_token": token, "code": ["<b>call 0900 000 000</b>"]}
    assert house.browser.post("/account/recovery-codes/kept", data=kept).status_code == 303


def test_new_recovery_codes_need_a_fresh_proof_that_comes_back_to_them(house: House) -> None:
    house.enter()
    asked = house.browser.get("/account/recovery-codes")
    assert asked.location == "/step-up?next=/account/recovery-codes"
    page = house.browser.get(asked.location)
    assert house.person.name in page.text
    assert "Tạo mã dự phòng mới" in page.text

    form = {"secret": "not the password", "next": "/account/recovery-codes"}
    assert post(house.browser, "/step-up", form).status_code == 403
    assert post(house.browser, "/step-up", form | {"secret": PASSWORD}).location == "/account/recovery-codes"
    codes = post(house.browser, "/account/recovery-codes")
    assert len(re.findall(r"<li>([0-9A-Z-]{19})</li>", codes.text)) == 10

    token = token_in(house.browser.get("/account").text)
    house.clock.pass_(minutes=6)
    late = house.browser.post("/account/recovery-codes", data={"csrf_token": token})
    assert (late.status_code, late.location) == (303, "/step-up?next=/account/recovery-codes")


def test_a_replayed_code_does_not_open_a_second_session(house: House) -> None:
    house.enter()
    second = house.app.test_client()
    post(second, "/sign-in", {"login": house.person.login, "password": PASSWORD})
    answer = post(second, "/sign-in/second-factor", {"code": code_at(house.clock.now())})
    assert answer.status_code == 401


# --- own account -----------------------------------------------------------------------------------------------------


def test_another_device_is_signed_out(house: House) -> None:
    house.enter()
    other = session_of(house.person, device="Chrome, Windows", address="203.0.113.7")
    with house.accounts.database.unit(SYSTEM) as unit:
        unit.sessions.add(other, "token of the other")
    assert "Chrome, Windows" in house.browser.get("/account").text
    answer = post(house.browser, f"/account/sessions/{other.id}/end", page="/account", follow=True)
    assert "Đã đăng xuất thiết bị đó." in answer.text
    assert "Chrome, Windows" not in answer.text
    assert house.accounts.sign_in.caller("token of the other", "").person is None


def test_the_session_of_somebody_else_cannot_be_ended(house: House) -> None:
    house.enter()
    colleague = add_person(house.accounts.database, house.authority, Role.CLERK, login="dong.nghiep")
    theirs = session_of(colleague)
    with house.accounts.database.unit(SYSTEM) as unit:
        unit.sessions.add(theirs, "theirs")
    assert post(house.browser, f"/account/sessions/{theirs.id}/end", page="/account").status_code == 404
    assert post(house.browser, f"/account/sessions/{uuid4()}/end", page="/account").status_code == 404
    assert house.accounts.sign_in.caller("theirs", "").person is not None


def test_a_new_password_ends_other_sessions_and_renews_this_one(house: House) -> None:
    house.enter()
    before = house.cookie()
    new = "một câu dài mà chỉ mình tôi nhớ 77"
    form = {"old": PASSWORD, "password": new, "again": new}
    assert post(house.browser, "/account/password", form | {"again": "other"}).status_code == 422
    assert post(house.browser, "/account/password", form | {"old": "wrong"}).status_code == 403
    done = post(house.browser, "/account/password", form)
    assert done.location == "/account?done=password"
    assert "Đã đổi mật khẩu." in house.browser.get(done.location).text
    thief = house.app.test_client()
    thief.set_cookie("session", before)
    assert thief.get("/account").status_code == 303


def test_an_invitation_sets_the_password_once(house: House) -> None:
    new = add_person(house.accounts.database, house.authority, Role.CLERK, login="moi", password="", secret="")
    at = house.clock.now()
    with house.accounts.database.unit(SYSTEM) as unit:
        unit.people.invite(Invitation(house.authority.id, new.id, at, at + timedelta(days=3)), "the-link")
    form = {"password": PASSWORD, "again": PASSWORD}
    assert post(house.browser, "/invitation/the-link", {"password": "short", "again": "short"}).status_code == 422
    assert post(house.browser, "/invitation/the-link", form).location == "/sign-in/enrol"
    assert house.browser.get("/invitation/the-link").status_code == 410
    assert house.browser.get("/invitation/none").status_code == 410


def test_the_header_says_who_and_for_whom(house: House) -> None:
    visitor = house.browser.get("/verify").text
    assert "Cục Lãnh sự" in visitor
    assert 'href="/sign-in?next=/verify"' in visitor
    house.enter()
    page = house.browser.get("/verify").text
    assert house.authority.name_vi in page
    assert house.person.name in page
    assert 'href="/officer/validations"' in page
    assert 'href="/admin/people"' not in page
    assert 'href="/sign-in' not in page.partition("<main")[0]


def test_a_cookie_counts_for_nothing_on_the_api(house: House) -> None:
    house.enter()
    assert house.browser.get("/api/v1/validations").status_code == 401


def test_a_page_that_is_not_for_the_role_looks_as_if_it_were_not_there_and_is_noted(house: House) -> None:
    house.enter()
    forbidden, missing = house.browser.get("/admin/people"), house.browser.get("/admin/nothing")
    assert forbidden.status_code == missing.status_code == 404
    assert plain(forbidden.text, "/admin/people") == plain(missing.text, "/admin/nothing")
    assert "access-refused" in house.outbox()


def test_the_authenticator_is_changed_after_a_fresh_proof(house: House) -> None:
    house.enter()
    before = house.cookie()
    asked = house.browser.get("/account/second-factor")
    assert asked.location == "/step-up?next=/account/second-factor"
    post(house.browser, "/step-up", {"secret": PASSWORD, "next": "/account/second-factor"})
    page = house.browser.get("/account/second-factor")
    secret = "".join(re.findall(r"<span>([A-Z2-7]{4})</span>", page.text))
    assert post(house.browser, "/account/second-factor", {"code": "000000"}).status_code == 422

    codes = post(house.browser, "/account/second-factor", {"code": code_at(house.clock.now(), secret)})
    assert len(re.findall(r"<li>([0-9A-Z-]{19})</li>", codes.text)) == 10
    kept = {"csrf_token": token_in(codes.text), "kept": "1", "next": "/account?done=second-factor"}
    done = house.browser.post("/account/recovery-codes/kept", data=kept)
    assert "Đã đổi thiết bị xác thực." in house.browser.get(done.location or "").text
    thief = house.app.test_client()
    thief.set_cookie("session", before)
    assert thief.get("/account").status_code == 303
