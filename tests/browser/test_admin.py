"""The pages of administrators in a real browser: rules of access, reflow, and inviting a person by keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.accounts.desks import DAY, WHY, House, grant_of
from tests.accounts.machines import add_machine
from tests.accounts.support import AT
from tests.browser.conftest import serving
from tests.browser.support import PHONE, Site, broken_rules, wait_until
from tests.web.accounts_support import accounts_of, app_of
from verifier.accounts.roles import Role
from verifier.storage.database import Database
from verifier.storage.scope import SYSTEM

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

LOOKS = [("vi", "light"), ("vi", "dark"), ("vi", "contrast"), ("en", "light")]

CONTROLS = "button, .button, summary, select, textarea, input:not([type=hidden], [type=checkbox], [type=radio])"
SMALL = """(controls) => [...document.querySelectorAll(controls)]
    .filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < 44)
    .map((one) => one.outerHTML.slice(0, 120))"""


@pytest.fixture
def house(database: Database) -> House:
    house = House(database)
    house.session_of(house.lan)
    house.desk.grant(house.me, house.lan.id, Role.CLERK, AT + DAY, AT + 9 * DAY, WHY)
    house.desk.invite(house.me, "lan.khac", "Nguyễn Thị Lan", "Bí thư thứ ba", "Third Secretary")
    house.desk.close(house.me, house.second.id, 1, WHY)
    with database.unit(SYSTEM) as unit:
        unit.outbox.put("mail", "m-1", {}, AT, house.authority.id)
        unit.outbox.bury(unit.outbox.listed("waiting")[-1].id, AT, "connection refused")
        unit.jobs.began("retention", AT)
    return house


@pytest.fixture
def paths(house: House) -> dict[str, str]:
    machine = add_machine(house.database, house.authority)
    person, client = f"/admin/people/{house.lan.id}", f"/admin/clients/{machine.id}"
    return {
        "people": "/admin/people",
        "nobody": "/admin/people?q=zzz",
        "new": "/admin/people/new",
        "person": person,
        "own": f"/admin/people/{house.admin.id}",
        "closed": f"/admin/people/{house.second.id}",
        "edit": f"{person}/edit",
        "grant": f"{person}/roles/new",
        "end": f"{person}/roles/{grant_of(house, house.lan)}/end",
        "close": f"{person}/close",
        "reset": f"{person}/reset",
        "gone": f"{person}/invitation",
        "clients": "/admin/clients",
        "new-client": "/admin/clients/new",
        "client": client,
        "add-key": f"{client}/keys/new",
        "outbox": "/admin/outbox",
    }


@pytest.fixture
def desk(browser: Browser, house: House, tmp_path: Path) -> Iterator[Site]:
    app = app_of(accounts_of(house.database, house.clock), tmp_path, lambda: house.caller(house.admin))
    with serving(app) as url:
        site = Site(browser, url)
        yield site
        site.close()


@pytest.mark.parametrize(("lang", "theme"), LOOKS)
def test_no_rule_is_broken_on_any_page(desk: Site, paths: dict[str, str], lang: str, theme: str) -> None:
    page = desk.window(lang=lang, theme=theme)
    faults: dict[str, list[str]] = {}
    for name, path in paths.items():
        page.goto(desk.url + path)
        faults[name] = [*broken_rules(page), *page.evaluate("window.policyViolations"), *desk.complaints]
        assert page.get_by_role("heading", level=1).count() == 1
        desk.complaints.clear()
    assert faults == {name: [] for name in paths}


def test_narrow_windows_do_not_scroll_sideways_and_targets_are_large(desk: Site, paths: dict[str, str]) -> None:
    page = desk.window(viewport=PHONE, has_touch=True, is_mobile=True)
    faults: dict[str, object] = {}
    for name, path in paths.items():
        page.goto(desk.url + path)
        small = page.evaluate(SMALL, CONTROLS)
        width = page.evaluate("document.documentElement.scrollWidth")
        if small or width > PHONE["width"]:
            faults[name] = (width, small)
    assert faults == {}


def test_a_person_is_invited_by_keyboard_alone(desk: Site) -> None:
    page = desk.open("/admin/people")
    _go_to(page, "Thêm người")
    page.keyboard.press("Enter")
    page.wait_for_url("**/new")
    _go_to(page, "Họ và tên")
    page.keyboard.type("Trần Văn Bình")
    page.keyboard.press("Tab")
    page.keyboard.type("B")
    _go_to(page, "Văn thư")
    page.keyboard.press("Space")
    _go_to(page, "Tạo tài khoản và liên kết")
    page.keyboard.press("Enter")
    page.wait_for_selector("#errors")
    expect(page.locator("#errors")).to_be_focused()
    assert page.title().startswith("Lỗi: ")
    assert broken_rules(page) == []

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#login")).to_be_focused()
    page.keyboard.type("inh.tran")
    _go_to(page, "Tạo tài khoản và liên kết")
    page.keyboard.press("Enter")

    page.wait_for_url("**/invitation*")
    assert "chỉ hiện một lần" in page.inner_text("main")
    assert broken_rules(page) == []
    _go_to(page, "Sao chép liên kết")
    page.keyboard.press("Enter")
    wait_until(page, "document.getElementById('copied').textContent || getSelection().toString()")
    link = page.inner_text("#address").strip()
    page.goto(link)
    assert "Trần Văn Bình" in page.inner_text("main")
    assert desk.complaints == []


def test_changing_the_language_keeps_what_was_typed(desk: Site) -> None:
    page = desk.open("/admin/people/new")
    page.fill("#name", "Trần Văn Bình")
    page.get_by_label("Văn thư").check()
    page.click("main button[type=submit]")
    page.wait_for_selector("#errors")
    page.fill("#title_vi", "Phó phòng")
    page.get_by_role("link", name="English").click()
    page.wait_for_url("**lang=en")

    assert page.input_value("#name") == "Trần Văn Bình"
    assert page.input_value("#title_vi") == "Phó phòng"
    assert page.get_by_label("Clerk").is_checked()
    assert page.locator("#put-back").is_hidden()
    page.goto(desk.url + "/admin/people/new")
    assert page.input_value("#name") == ""
    assert desk.complaints == []


def test_the_form_works_without_scripts(desk: Site) -> None:
    page = desk.open("/admin/people/new", java_script_enabled=False)
    page.fill("#name", "Trần Văn Bình")
    page.fill("#login", "binh.tran")
    page.click("main button[type=submit]")
    assert "/invitation/" in page.inner_text("#address")


def test_who_is_second_hears_of_both_versions(desk: Site, house: House) -> None:
    page = desk.open(f"/admin/people/{house.lan.id}/edit")
    house.desk.change(house.me, house.lan.id, 1, "Nguyễn Lan")
    page.fill("#title_vi", "Phó phòng")
    page.click("main button[type=submit]")

    page.wait_for_selector("#errors")
    expect(page.locator("#errors")).to_be_focused()
    assert page.input_value("#title_vi") == "Phó phòng"
    assert "Nguyễn Lan" in page.inner_text("#errors")
    assert broken_rules(page) == []


def _go_to(page: Page, name: str) -> None:
    """Press Tab until what has the focus goes by this name."""
    for _ in range(80):
        page.keyboard.press("Tab")
        heard = page.evaluate(
            "((one) => (one.labels && one.labels.length ? one.labels[0].innerText : one.innerText) || '')"
            "(document.activeElement)"
        )
        if heard.strip().startswith(name):
            return
    pytest.fail(f"nothing called {name} can be reached by the keyboard")
