"""Authorities, proposals and the audit log in a real browser: rules of access, reflow, deciding and checking by key."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import cast
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import serving
from tests.browser.support import DESK, OPEN_ALL, PHONE, Site, broken_rules
from tests.web.access_world import World, world_of
from tests.web.accounts_support import caller_of
from verifier.accounts.authorities import payload_of
from verifier.accounts.roles import Role
from verifier.storage.database import Database

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

PAGES = {
    Role.SPECIALIST: ("/authorities", "/authorities/{authority}", "/nowhere"),
    Role.ADMINISTRATOR: ("/authorities/own/change", "/proposals"),
    Role.LEADER: ("/proposals", "/proposals/{proposal}", "/proposals/{proposal}/approve"),
    Role.AUDITOR: ("/audit", "/audit?actor=zzz", "/audit?since=now", "/audit/chain/person/{person}", "/audit/check"),
}


@pytest.fixture
def world(database: Database, tmp_path: Path) -> Iterator[World]:
    with world_of(database, tmp_path) as made:
        yield made


@pytest.fixture
def desk(browser: Browser, world: World) -> Iterator[Site]:
    with serving(world.app) as url:
        site = Site(browser, url)
        yield site
        site.close()


def proposal_of(world: World) -> UUID:
    """What a colleague proposes."""
    place, desk = world.own, world.app.extensions["accounts"].authorities
    proposer = caller_of(place.colleague, place.authority, Role.ADMINISTRATOR)
    changed = payload_of(place.authority, ()) | {"seal_name": "Dấu mới", "address_en": "x" * 300}
    return cast("UUID", desk.propose(proposer, place.authority.version, changed, "Quyết định 12").id)


def pages_of(world: World, role: Role) -> list[str]:
    """The addresses that a role opens; from now on it is the one who asks."""
    place = world.own
    ids = {"authority": place.authority.id, "proposal": proposal_of(world), "person": place.colleague.id}
    world.caller = world.callers(place)[role.value]
    return [one.format(**ids) for one in PAGES[role]]


@pytest.mark.parametrize("theme", ["light", "dark", "contrast"])
@pytest.mark.parametrize("lang", ["vi", "en"])
def test_no_rule_is_broken_and_nothing_is_cut(desk: Site, world: World, lang: str, theme: str) -> None:
    page = desk.window(lang=lang, theme=theme)
    faults: dict[str, object] = {}
    for role in PAGES:
        for path in pages_of(world, role):
            page.set_viewport_size(DESK)  # type: ignore[arg-type]
            page.goto(desk.url + path)
            page.evaluate(OPEN_ALL)
            found = [*broken_rules(page), *page.evaluate("window.policyViolations")]
            page.set_viewport_size({"width": 320, "height": PHONE["height"]})
            width = page.evaluate("document.documentElement.scrollWidth")
            if found or width > 320 or page.get_by_role("heading", level=1).count() != 1:
                faults[path] = (found, width)
    assert faults == {}


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_a_proposal_is_rejected_by_keyboard_with_a_reason(desk: Site, world: World) -> None:
    _, path, _ = pages_of(world, Role.LEADER)
    page = desk.open(path)
    press(page, "Không phê duyệt")
    expect(page.locator("#errors")).to_be_focused()
    assert page.title().startswith("Lỗi: ")

    page.locator("#reason").fill("Thiếu căn cứ")
    press(page, "Không phê duyệt")
    assert "Thiếu căn cứ" in page.inner_text("main")
    assert page.get_by_role("button", name="Phê duyệt").count() == 0
    assert desk.complaints == []


def test_the_log_is_filtered_and_checked_by_keyboard(desk: Site, world: World) -> None:
    path, *_ = pages_of(world, Role.AUDITOR)
    page = desk.open(path)
    page.locator("#actor").fill("không có ai tên này")
    press(page, "Lọc")
    assert page.input_value("#actor") == "không có ai tên này"
    assert "Không có việc nào khớp với bộ lọc." in page.inner_text("main")
    press(page, "Kiểm tra chuỗi")
    assert "Chuỗi nguyên vẹn" in page.inner_text("main")
    page.locator(".person summary").click()
    assert page.get_by_role("button", name="Đăng xuất").is_visible()
    assert desk.complaints == []
