"""The page on the place of a mark in a real browser: fields, arrows and drag give the same place."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import serving
from tests.browser.support import PHONE, Site, broken_rules, wait_until
from tests.signing.space.documents import A4, plain
from tests.web.placing_site import PlacingSite, placing_site
from verifier.storage.database import Database

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

TOLD = "document.getElementById('told').dataset.state === 'told'"
FIELDS = ("page", "left", "top")


@pytest.fixture
def house(database: Database, tmp_path: Path) -> Iterator[PlacingSite]:
    with placing_site(database, tmp_path) as made:
        yield made


@pytest.fixture
def desk(browser: Browser, house: PlacingSite) -> Iterator[Site]:
    with serving(house.app) as url:
        site = Site(browser, url)
        yield site
        site.close()


def opened(desk: Site, house: PlacingSite, **options: object) -> Page:
    """The page, in a browser of the officer's."""
    page = desk.window(**options)  # type: ignore[arg-type]
    signed = house.client()
    cookie = signed.get_cookie("session")
    assert cookie is not None
    page.context.add_cookies([{"name": "session", "value": cookie.value, "url": desk.url}])
    page.goto(desk.url + house.address)
    return page


def typed(page: Page) -> tuple[str, ...]:
    return tuple(page.input_value(f"#{name}") for name in FIELDS)


def told(page: Page) -> str:
    wait_until(page, TOLD)
    return page.inner_text("#told")


def sent(page: Page, house: PlacingSite) -> tuple[int, float, float]:
    page.click("button.primary")
    page.wait_for_url("**/officer/issuances/*")
    laid = house.laid()
    return laid["page"], laid["left_mm"], laid["top_mm"]


def drag(page: Page, across: float, down: float) -> None:
    """Pull the mark by millimetres."""
    box = page.locator("#mark .frame").bounding_box()
    assert box is not None
    scale = box["width"] / 90
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + across * scale / 2, y + down * scale / 2)
    page.mouse.move(x + across * scale, y + down * scale)
    page.mouse.up()


def test_fields_arrows_and_drag_give_the_same_place(desk: Site, house: PlacingSite) -> None:
    places = []
    for way in ("fields", "arrows", "drag"):
        page = opened(desk, house)
        page.click("#home")
        told(page)
        if way == "fields":
            page.fill("#left", "93")
            page.fill("#top", "239")
        elif way == "arrows":
            page.focus("#mark")
            for key in (
                "Shift+ArrowLeft",
                "Shift+ArrowLeft",
                "ArrowLeft",
                "ArrowLeft",
                "ArrowUp",
                "ArrowUp",
                "ArrowUp",
            ):
                page.keyboard.press(key)
        else:
            page.locator("#mark").scroll_into_view_if_needed()
            drag(page, -22, -3)
        assert typed(page) == ("1", "93", "239")
        assert page.is_checked("#choice-by-hand")
        assert page.get_attribute("#mark", "transform") == "translate(93 239)"
        assert "Không che" in told(page)
        places.append(sent(page, house))
    assert places == [(1, 93, 239)] * 3
    assert desk.complaints == []


def test_what_a_place_covers_is_said_as_it_moves(desk: Site, house: PlacingSite) -> None:
    page = opened(desk, house)
    page.fill("#left", "30")
    page.fill("#top", "25")
    assert "9 dòng chữ" in told(page)
    page.focus("#mark")
    page.keyboard.press("Home")
    assert "Không che" in told(page)
    assert typed(page) == ("1", "115", "242")
    assert page.is_checked("#choice-proposed")
    assert desk.complaints == []


def test_the_mark_stays_on_the_page(desk: Site, house: PlacingSite) -> None:
    page = opened(desk, house)
    page.focus("#mark")
    for _ in range(4):
        page.keyboard.press("Shift+ArrowRight")
        page.keyboard.press("Shift+ArrowDown")
    assert typed(page) == ("1", "120", "247")
    assert "Không che" in told(page)


def test_tab_leaves_the_mark_and_its_keys_do_nothing_elsewhere(desk: Site, house: PlacingSite) -> None:
    page = opened(desk, house)
    page.focus("#mark")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "choice"
    page.focus("#left")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Home")
    assert typed(page) == ("1", "115", "242")


def test_another_page_is_shown_where_it_is_chosen(desk: Site, house: PlacingSite) -> None:
    house.act_id = house.ordered(plain(house.folder / "a.pdf", [(A4, ""), (f"{A4} /Rotate 90", "")]).read_bytes())
    page = opened(desk, house)
    page.click("#choice-last-page")
    told(page)
    assert page.inner_text("#caption") == "Trang 2/2"
    assert page.get_attribute("#sheet", "viewBox") == "0 0 297 210"
    assert page.get_attribute("#picture", "href") == f"/officer/issuances/{house.act_id}/page/2.webp"
    page.fill("#page", "1")
    told(page)
    assert page.inner_text("#caption") == "Trang 1/2"
    page.fill("#page", "7")
    assert "Không có trang này" in told(page)
    assert desk.complaints == []


def test_by_touch(desk: Site, house: PlacingSite) -> None:
    page = opened(desk, house, viewport=PHONE, has_touch=True)
    page.locator("#mark").scroll_into_view_if_needed()
    box = page.locator("#mark .frame").bounding_box()
    assert box is not None
    scale = box["width"] / 90
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    touch = page.context.new_cdp_session(page)
    points = [
        ("touchStart", x, y),
        ("touchMove", x - 11 * scale, y - scale),
        ("touchMove", x - 22 * scale, y - 3 * scale),
    ]
    for kind, across, down in points:
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": across, "y": down}]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    told(page)
    assert typed(page) == ("1", "93", "239")


def test_without_javascript_the_fields_do_the_same(desk: Site, house: PlacingSite) -> None:
    page = opened(desk, house, java_script_enabled=False)
    page.click("#choice-by-hand")
    page.fill("#left", "93")
    page.fill("#top", "239")
    assert sent(page, house) == (1, 93, 239)
    assert not page.locator("#placing-keys").is_visible()


@pytest.mark.parametrize(("lang", "theme"), [("vi", "light"), ("en", "dark"), ("vi", "contrast")])
def test_no_rule_is_broken_and_nothing_is_cut(desk: Site, house: PlacingSite, lang: str, theme: str) -> None:
    letter, faults = house.act_id, {}
    cover = house.ordered(b"GIF89a, no PDF")
    for id_, way in ((letter, "proposed"), (letter, "covering"), (letter, "wrong"), (cover, "cover")):
        house.act_id = id_
        page = opened(desk, house, lang=lang, theme=theme)
        if way != "cover":
            page.fill("#left", {"proposed": "100", "covering": "30", "wrong": "x"}[way])
            page.fill("#top", "25" if way == "covering" else "242")
            wait_until(page, TOLD)
        if way == "wrong":
            page.click("button.primary")
        found = [*broken_rules(page), *page.evaluate("window.policyViolations")]
        page.set_viewport_size({"width": 320, "height": PHONE["height"]})
        width = page.evaluate("document.documentElement.scrollWidth")
        if found or width > 320 or page.get_by_role("heading", level=1).count() != 1:
            faults[way] = (found, width)
    assert faults == {}
    assert desk.complaints == []
