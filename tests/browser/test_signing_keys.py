"""The pages on signing keys in a real browser: rules of access, reflow, a right proposed and approved."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import serving
from tests.browser.support import PHONE, Site, broken_rules
from tests.signing.granting import ENDS, WHY, GrantHouse, png
from tests.web.accounts_support import app_of
from verifier.signing.records import Role
from verifier.storage.database import Database

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

LOOKS = [("vi", "light"), ("vi", "dark"), ("vi", "contrast"), ("en", "light")]
KEYS, NEW = "/signing/keys", "/signing/keys/grants/new"
CONTROLS = "main button, main .button, main select, main input:not([type=hidden], [type=checkbox], [type=file])"
SMALL = """(controls) => [...document.querySelectorAll(controls)]
    .filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < 44)
    .map((one) => one.outerHTML.slice(0, 120))"""


@pytest.fixture
def house(database: Database) -> GrantHouse:
    house = GrantHouse(database)
    house.approved(house.proposed())
    house.signer.held.append(house.key("hong", Role.AGENCY, problem="pin-wrong"))
    return house


@pytest.fixture
def desk(browser: Browser, house: GrantHouse, tmp_path: Path) -> Iterator[Site]:
    app = app_of(house.accounts, tmp_path, lambda: house.caller_now, signing=house.desk)
    with serving(app) as url:
        site = Site(browser, url)
        yield site
        site.close()


@pytest.mark.parametrize(("lang", "theme"), LOOKS)
def test_no_rule_is_broken_on_any_page(desk: Site, house: GrantHouse, lang: str, theme: str) -> None:
    proposal = house.proposed(key="dau-co-quan", picture=png(), picture_mm="36")
    paths = [KEYS, NEW, f"{KEYS}/grants/{house.grants()[0].id}/end", f"/proposals/{proposal.id}"]
    page = desk.window(lang=lang, theme=theme)
    faults: dict[str, list[str]] = {}
    for path in paths:
        page.goto(desk.url + path)
        faults[path] = [*broken_rules(page), *page.evaluate("window.policyViolations"), *desk.complaints]
        assert page.get_by_role("heading", level=1).count() == 1
        desk.complaints.clear()
    assert faults == {path: [] for path in paths}


@pytest.mark.parametrize("signer", ["there", "away"])
def test_narrow_windows_do_not_scroll_sideways_and_targets_are_large(
    desk: Site, house: GrantHouse, signer: str
) -> None:
    house.signer.absent = signer == "away"
    house.clock.instant = ENDS
    page = desk.window(viewport=PHONE, has_touch=True, is_mobile=True)
    faults: dict[str, object] = {}
    for path in (KEYS, NEW):
        page.goto(desk.url + path)
        small, width = page.evaluate(SMALL, CONTROLS), page.evaluate("document.documentElement.scrollWidth")
        if small or width > PHONE["width"] or broken_rules(page):
            faults[path] = (width, small)
    assert faults == {}


def test_a_right_to_sign_is_proposed_and_approved(desk: Site, house: GrantHouse, tmp_path: Path) -> None:
    picture = tmp_path / "dấu.png"
    picture.write_bytes(png())
    page = desk.open(KEYS)
    page.get_by_role("link", name="Đề xuất giao quyền ký").click()
    page.get_by_label("Người ký").select_option(label="Trần Thị Hương")
    page.get_by_role("button", name="Gửi đề xuất").click()
    page.wait_for_selector("#errors")
    assert page.input_value("#person") == str(house.officer.id)
    assert broken_rules(page) == []

    page.locator("#key").select_option("dau-co-quan")
    page.get_by_label("Chứng thực bản sao điện tử").check()
    page.set_input_files("#picture", picture)
    page.fill("#picture_mm", "36")
    page.fill("#reason", WHY)
    page.get_by_role("button", name="Gửi đề xuất").click()
    page.wait_for_url("**/proposals/*")
    image = page.locator("main img")
    assert image.evaluate("one => one.complete && one.naturalWidth") == 60
    assert "dau-co-quan" in page.inner_text("main")

    house.caller_now = house.leader
    page.reload()
    page.get_by_role("link", name="Phê duyệt").click()
    page.get_by_role("button", name="Phê duyệt").first.click()
    page.goto(desk.url + KEYS)
    assert "chữ ký cơ quan" in page.inner_text("main")
    assert sorted(one.key_name for one in house.grants()) == ["dau-co-quan", "ky-huong"]
    assert desk.complaints == []
