"""The pages on trust in a real browser: rules of access, reflow, proposing and approving by keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import serving
from tests.browser.support import DESK, OPEN_ALL, PHONE, Site, broken_rules
from tests.keeping.house import pem, write
from tests.keeping.lists import PLACE, a_signed_list
from tests.trust.lists.builder import service_ca
from tests.web.trust_site import TrustSite
from verifier.accounts.caller import Caller
from verifier.accounts.roles import Role
from verifier.keeping.operations import fingerprint
from verifier.storage.database import Database
from verifier.storage.scope import SYSTEM
from verifier.storage.trust import TrustSource

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

LAOS = service_ca("Root of Laos")
PAGES = (
    "/trust",
    "/trust/history",
    "/trust/snapshots/{after}",
    "/trust/diff/{before}/{after}",
    "/trust/change",
    "/trust/change/folder",
    "/trust/change/list-file",
    "/trust/change/follow",
    "/trust/change/anchor",
    "/trust/change/anchor-end",
    "/trust/change/authority?id=la-embassy",
    "/trust/authorities",
    "/trust/authorities?name=zzz",
    "/trust/authorities/la-embassy",
    "/proposals/{proposal}",
)


@pytest.fixture
def house(database: Database, tmp_path: Path) -> TrustSite:
    """A store with an anchor, a list that fails, an authority, a changed folder and a proposal that waits."""
    made = TrustSite(database, tmp_path)
    made.keeper.snapshot()
    for told in (made.follow(), made.a_list(a_signed_list(7)), made.authority_entry(), made.anchor()):
        made.change(told)
    write(made.folder, service_ca("New root"))
    made.propose(made.a_list(a_signed_list(8)), reason="Bản số 8")
    now = made.clock.now()
    failing = TrustSource("vn-neac", PLACE, now, now - timedelta(hours=3), now, 2, "signer-not-pinned", {})
    with database.unit(SYSTEM) as unit:
        unit.trust.put_source(failing)
    return made


@pytest.fixture
def desk(browser: Browser, house: TrustSite) -> Iterator[Site]:
    with serving(house.app) as url:
        site = Site(browser, url)
        yield site
        site.close()


def paths(house: TrustSite) -> list[str]:
    after, before = (one.snapshot_id for one in house.desk.journal(2))
    (waiting,) = house.desk.waiting(house.specialist)
    return [one.format(before=before, after=after, proposal=waiting.id) for one in PAGES]


@pytest.mark.parametrize(("lang", "theme"), [("vi", "light"), ("en", "dark"), ("vi", "contrast")])
def test_no_rule_is_broken_and_nothing_is_cut(desk: Site, house: TrustSite, lang: str, theme: str) -> None:
    house.caller = house.signed_in(house.specialist)
    page = desk.window(lang=lang, theme=theme)
    faults: dict[str, object] = {}
    for path in paths(house):
        page.set_viewport_size(DESK)  # type: ignore[arg-type]
        page.goto(desk.url + path)
        page.evaluate(OPEN_ALL)
        found = [*broken_rules(page), *page.evaluate("window.policyViolations")]
        page.set_viewport_size({"width": 320, "height": PHONE["height"]})
        width = page.evaluate("document.documentElement.scrollWidth")
        if found or width > 320 or page.get_by_role("heading", level=1).count() != 1:
            faults[path] = (found, width)
    assert faults == {}
    assert desk.complaints == []


def test_an_empty_store_is_a_red_page_that_breaks_no_rule(browser: Browser, database: Database, tmp_path: Path) -> None:
    house = TrustSite(database, tmp_path)
    for file in house.folder.iterdir():
        file.unlink()
    house.caller = house.signed_in(house.specialist)
    with serving(house.app) as url:
        site = Site(browser, url)
        page = site.open("/trust")
        assert "Không thể kiểm tra: kho tin cậy trống" in page.inner_text("main")
        assert broken_rules(page) == []
        assert site.complaints == []
        site.close()


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_an_anchor_is_proposed_and_approved_by_keyboard(desk: Site, house: TrustSite, tmp_path: Path) -> None:
    file = tmp_path / "gốc.pem"
    file.write_bytes(pem(service_ca("Root of France").der))
    house.caller = house.signed_in(house.specialist)
    page = desk.open("/trust/change/anchor")
    page.locator("#certificate").set_input_files(file)
    for name, value in {"fingerprint": "0" * 64, "compared": "điện thoại", "name": "Gốc của Pháp"}.items():
        page.locator(f"#{name}").fill(value)
    page.locator("#branch").select_option("foreign")
    page.locator("#uses-1").check()
    page.locator("#source").fill("Công hàm 5")
    page.locator("#reason").fill("Công hàm 5")
    press(page, "Gửi đề xuất")
    expect(page.locator("#errors")).to_be_focused()
    assert page.title().startswith("Lỗi: ")
    assert broken_rules(page) == []

    page.locator("#fingerprint").fill(fingerprint(service_ca("Root of France").der))
    press(page, "Gửi đề xuất")
    assert "Gốc của Pháp" in page.inner_text("main")
    shown = page.url

    house.caller = _proved(house)
    page.goto(shown + "/approve")
    assert broken_rules(page) == []
    press(page, "Phê duyệt")
    assert "Đã phê duyệt" in page.inner_text("main")
    assert "Gốc của Pháp" in page.inner_text("main")
    assert desk.complaints == []


def _proved(house: TrustSite) -> Caller:
    leader = house.signed_in(house.leader, proved=True)
    return replace(leader, roles=frozenset({Role.LEADER}))
