"""The pages on dossiers in a real browser: rules of access, reflow, a command by keyboard, work without scripts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import serving
from tests.browser.support import DESK, OPEN_ALL, PHONE, Site, broken_rules
from tests.cases.world import COPY, TOKEN
from tests.web.case_pages_site import LIST, CasePagesSite, case_pages_site
from verifier.accounts.roles import Role
from verifier.cases.statuses import Status
from verifier.storage.database import Database

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
WIDE = "document.documentElement.scrollWidth > window.innerWidth"


@pytest.fixture
def house(database: Database, tmp_path: Path) -> Iterator[CasePagesSite]:
    with case_pages_site(database, tmp_path) as made:
        made.competent(COPY)
        yield made


@pytest.fixture
def desk(browser: Browser, house: CasePagesSite) -> Iterator[Site]:
    with serving(house.app) as url:
        site = Site(browser, url)
        yield site
        site.close()


def signed_in(page: Page, house: CasePagesSite, url: str, role: Role) -> Page:
    cookie = house.client(role).get_cookie("session")
    assert cookie is not None
    page.context.add_cookies([{"name": "session", "value": cookie.value, "url": url}])
    return page


@pytest.mark.parametrize(("lang", "theme", "size"), [("vi", "light", DESK), ("en", "dark", PHONE)])
def test_pages_keep_the_rules_of_access_and_fit(
    house: CasePagesSite, desk: Site, lang: str, theme: str, size: dict[str, int]
) -> None:
    filed = house.case(status=Status.FILED, papers=2)
    examined = house.case(papers=2, officer_id=house.person(Role.SPECIALIST).id)
    house.confirmation(examined, *house.papers(examined))
    pages = [
        (Role.RECEPTION, [LIST, f"{LIST}/board", f"{LIST}/new", f"{LIST}/new/{COPY}", f"{LIST}/{filed.id}"]),
        (Role.RECEPTION, [f"{LIST}/{filed.id}/do/{one}" for one in ("ask-supplement", "confirm-complete")]),
        (
            Role.SPECIALIST,
            [f"{LIST}/{examined.id}", *(f"{LIST}/{examined.id}/do/{one}" for one in ("propose", "take"))],
        ),
    ]
    for role, addresses in pages:
        page = signed_in(desk.window(lang=lang, theme=theme, viewport=size), house, desk.url, role)
        for address in addresses:
            page.goto(desk.url + address)
            page.evaluate(OPEN_ALL)
            assert broken_rules(page) == [], address
            assert not page.evaluate(WIDE), address
    assert desk.complaints == []


def test_a_dossier_is_filed_and_found_without_scripts(house: CasePagesSite, desk: Site) -> None:
    page = signed_in(desk.window(java_script_enabled=False), house, desk.url, Role.RECEPTION)
    page.goto(f"{desk.url}{LIST}/new/{COPY}")
    page.check("input[name=channel][value=counter]")
    page.fill("#applicant-0-name", "Đỗ Thị Bưởi")
    page.fill("#papers-0-name", "Bằng tốt nghiệp")
    page.fill("#papers-0-pages", "4")
    page.click("main button.primary")
    assert page.locator("h1").inner_text() == "Hồ sơ đã được nộp"
    page.click("main a.button.primary")
    page.click("text=Xác nhận hồ sơ đầy đủ")
    for tick in page.locator("input[name=shown]").all():
        tick.check()
    page.click("main button.primary")
    assert "done=confirm-complete" in page.url


def test_what_is_wrong_is_told_on_top_with_a_link_and_nothing_is_lost(house: CasePagesSite, desk: Site) -> None:
    case = house.case(status=Status.FILED)
    page = signed_in(desk.window(), house, desk.url, Role.RECEPTION)
    page.goto(f"{desk.url}{LIST}/{case.id}/do/ask-supplement")
    page.fill("#items-0-what", "Bản dịch")
    page.click("main button.primary")
    expect(page.locator("#errors")).to_be_focused()
    assert page.locator("#items-0-what").input_value() == "Bản dịch"
    page.click("#errors a")
    assert page.evaluate("document.activeElement.id").startswith("items-0-why")


def test_the_applicant_looks_and_withdraws_on_a_phone(house: CasePagesSite, desk: Site) -> None:
    case = house.case(status=Status.FILED)
    page = desk.open("/dossier", viewport=PHONE)
    page.fill("#code", case.code)
    page.fill("#token", TOKEN)
    page.click("main button.primary")
    assert broken_rules(page) == []
    assert not page.evaluate(WIDE)
    page.click("text=Rút hồ sơ")
    assert broken_rules(page) == []
    page.click("main button.primary")
    assert house.now(case).status == "withdrawn"
    assert desk.complaints == []
