from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from tests.accounts.support import PASSWORD, Clock, add_authority, add_person, code_at
from tests.browser.conftest import serving
from tests.browser.support import PHONE, Site, broken_rules
from tests.web.accounts_support import accounts_of, app_of, session_of
from verifier.accounts.roles import Role
from verifier.storage.database import Database
from verifier.storage.people import Person
from verifier.storage.scope import SYSTEM

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

CLOCK = Clock()


@pytest.fixture
def person(database: Database) -> Person:
    authority = add_authority(database)
    found = add_person(database, authority, Role.SPECIALIST)
    add_person(database, authority, Role.CLERK, login="moi", secret="")
    with database.unit(SYSTEM) as unit:
        unit.sessions.add(session_of(found, device="Chrome, Windows", address="203.0.113.7"), "another device")
    return found


@pytest.fixture
def app(database: Database, person: Person, tmp_path: Path) -> Flask:
    CLOCK.pass_(minutes=2)  # a code of the test before would be a replay
    return app_of(accounts_of(database, CLOCK), tmp_path, rate_limit_signed_in="9999 per minute")


@pytest.fixture
def desk(browser: Browser, app: Flask) -> Iterator[Site]:
    with serving(app) as url:
        made = Site(browser, url)
        yield made
        made.close()


def enter(page: Page, person: Person) -> None:
    """Sign in by keyboard alone, from the first field to the account."""
    page.locator("#login").focus()
    page.keyboard.type(person.login)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/second-factor")
    page.locator("#code").focus()
    page.keyboard.type(code_at(CLOCK.now()))
    page.keyboard.press("Enter")


def test_signing_in_by_keyboard_ending_a_session_and_signing_out(desk: Site, person: Person) -> None:
    page = desk.open("/account")
    assert page.url.endswith("/sign-in?next=/account")
    enter(page, person)
    page.wait_for_url("**/account")
    assert page.locator("h1").inner_text() == "Tài khoản của tôi"
    row = page.locator("tr", has_text="Chrome, Windows")
    row.get_by_role("button", name="Đăng xuất thiết bị này").focus()
    page.keyboard.press("Enter")
    page.get_by_text("Đã đăng xuất thiết bị đó.").wait_for()
    assert row.count() == 0

    page.locator(".person summary").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Đăng xuất", exact=True).focus()
    page.keyboard.press("Enter")
    page.get_by_text("Ông/bà đã đăng xuất.").wait_for()
    page.go_back()
    page.wait_for_url("**/sign-in**")
    assert person.name not in page.content()
    assert desk.complaints == []


@pytest.mark.parametrize("theme", ["light", "dark", "contrast"])
@pytest.mark.parametrize("lang", ["vi", "en"])
def test_no_rule_of_accessibility_is_broken(desk: Site, person: Person, lang: str, theme: str) -> None:
    page = desk.open("/sign-in", lang=lang, theme=theme)
    assert broken_rules(page) == []
    page.locator("form.form button").click()
    page.locator("#errors").wait_for()
    expect(page.locator("#errors")).to_be_focused()
    assert broken_rules(page) == []

    page.locator("#login").fill("moi")
    page.locator("#password").fill(PASSWORD)
    page.locator("form.form button").click()
    page.wait_for_url("**/enrol")
    assert broken_rules(page) == []
    page.goto(desk.url + "/sign-in")
    enter(page, person)
    page.wait_for_url("**/officer/validations")
    for path in ("/officer/validations", "/account", "/account/password", "/step-up?next=/account/recovery-codes"):
        page.goto(desk.url + path)
        assert broken_rules(page) == [], path
    page.locator(".person summary").click()
    assert broken_rules(page) == []
    assert page.evaluate("window.policyViolations") == []


@pytest.mark.parametrize("size", [{"width": 320, "height": 640}, PHONE])
def test_nothing_is_cut_on_a_narrow_screen_without_scripts(desk: Site, person: Person, size: dict[str, int]) -> None:
    page = desk.open("/sign-in", viewport=size, java_script_enabled=False)
    enter(page, person)
    page.wait_for_url("**/officer/validations")
    for path in ("/sign-in/arrive", "/account", "/account/password", "/step-up"):
        page.goto(desk.url + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], path
        assert page.locator("h1").count() == 1


def test_the_end_of_the_session_is_said_and_put_off(desk: Site, person: Person) -> None:
    page = desk.window()
    page.clock.install()
    page.goto(desk.url + "/sign-in?next=/account")
    enter(page, person)
    page.wait_for_url("**/account")
    assert page.locator("#ending").is_hidden()
    page.clock.run_for(28 * 60 * 1000 + 5000)
    page.locator("#ending").wait_for()
    assert "sắp kết thúc" in page.locator("#session-told").inner_text()
    page.get_by_role("button", name="Gia hạn").click()
    page.locator("#ending").wait_for(state="hidden")
    assert page.locator("#session-told").inner_text() == "Đã gia hạn phiên làm việc."
    page.clock.run_for(31 * 60 * 1000)
    assert page.get_by_text("Phiên làm việc đã kết thúc.").first.is_visible()


def test_an_upload_by_script_carries_the_token(desk: Site, person: Person, pdf: Path) -> None:
    page = desk.open("/sign-in?next=/verify")
    enter(page, person)
    page.wait_for_url("**/verify")
    page.locator("#file").set_input_files(pdf)
    page.locator("#upload button[type=submit]").click()
    page.wait_for_url("**/verify/*")
    assert page.locator("h1").count() == 1


@contextmanager
def over_tls(app: Flask, folder: Path) -> Iterator[str]:
    """Serve over TLS with a certificate of its own making."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(days=1), now + timedelta(days=1))
    names = x509.SubjectAlternativeName([x509.DNSName("localhost")])
    certificate = made.add_extension(names, critical=True).sign(key, hashes.SHA256())
    pem, secret = folder / "certificate.pem", folder / "key.pem"
    pem.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    server = make_server("127.0.0.1", 0, app, threaded=True, ssl_context=(str(pem), str(secret)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"https://localhost:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_in_production_the_cookie_is_the_hosts_own(
    browser: Browser, database: Database, person: Person, tmp_path: Path
) -> None:
    CLOCK.pass_(minutes=2)
    app = app_of(accounts_of(database, CLOCK), tmp_path, production=True)
    with over_tls(app, tmp_path) as url:
        context = browser.new_context(ignore_https_errors=True)
        page = context.new_page()
        page.goto(url + "/sign-in?next=/account")
        enter(page, person)
        page.wait_for_url("**/account")
        [cookie] = [one for one in context.cookies() if "session" in str(one["name"])]
        context.close()
    told = (cookie["name"], cookie["secure"], cookie["httpOnly"], cookie["sameSite"], cookie["path"])
    assert told == ("__Host-session", True, True, "Lax", "/")


def administrators(database: Database, *logins: str) -> None:
    authority = add_authority(database)
    for login in logins:
        add_person(database, authority, Role.ADMINISTRATOR, login=login)


def sign_in(page: Page, login: str) -> None:
    CLOCK.pass_(minutes=2)
    page.locator("#login").fill(login)
    page.locator("#password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/second-factor")
    page.locator("#code").fill(code_at(CLOCK.now()))
    page.keyboard.press("Enter")


@pytest.mark.parametrize(("second", "back"), [("quan.tri", "Nguyễn Văn Bình"), ("quan.tri2", "")])
def test_what_was_typed_outlives_the_session_for_the_same_person_only(
    desk: Site, database: Database, second: str, back: str
) -> None:
    administrators(database, "quan.tri", "quan.tri2")
    page = desk.open("/admin/people/new")
    sign_in(page, "quan.tri")
    page.wait_for_url("**/admin/people/new")
    assert page.locator("#put-back").is_hidden()
    page.locator("#name").fill("Nguyễn Văn Bình")
    CLOCK.pass_(hours=1)
    page.locator("form.form button[type=submit], form.desk-form button[type=submit]").first.click()
    page.wait_for_url("**/sign-in**")
    assert "Nguyễn Văn Bình" not in page.content()
    sign_in(page, second)
    page.wait_for_url("**/admin/people/new")

    assert page.locator("#name").input_value() == back
    assert page.locator("#put-back").is_visible() is bool(back)
    assert desk.complaints == []
