"""The pages of procedures in a real browser: rules of access, reflow, calculators by keyboard and without scripts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import serving
from tests.browser.support import DESK, OPEN_ALL, PHONE, Site, broken_rules
from tests.web.law.support import law_app
from verifier.accounts.roles import Role

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

BOTH = (
    "calc=fee&documents=3&copies=2&calc=deadline&received=2026-11-20T20:30&accepted=2026-11-21T09:00&papers=7"
    "&channel=portal"
)
PAGES = (
    "/procedures",
    "/procedures?at=2025-10-15",
    "/procedures/which",
    "/procedures/which?issued_in=VN&used_in=FR",
    "/procedures/which?issued_in=VN&used_in=VN",
    "/procedures/which?issued_in=VN",
    "/procedures/apostille?at=2026-09-10",
    "/procedures/signature-certification",
    "/procedures/certified-copy?calc=fee&pages=x&calc=deadline&received=",
    f"/procedures/consular-legalization?{BOTH}",
)
DATA = ("/law?part=fees&status=partial", "/law/examples?kind=branch&from=50")


@pytest.fixture
def public(browser: Browser, tmp_path: Path) -> Iterator[Site]:
    with serving(law_app(tmp_path / "spool")) as url:
        site = Site(browser, url)
        yield site
        site.close()


@pytest.fixture
def desk(browser: Browser, tmp_path: Path) -> Iterator[Site]:
    with serving(law_app(tmp_path / "spool", Role.ADMINISTRATOR)) as url:
        site = Site(browser, url)
        yield site
        site.close()


def faults_of(site: Site, page: Page, path: str) -> list[object]:
    """Rules that a page breaks with everything unfolded, and what does not fit into a narrow window."""
    page.set_viewport_size(DESK)  # type: ignore[arg-type]
    page.goto(site.url + path)
    page.evaluate(OPEN_ALL)
    found: list[object] = [*broken_rules(page), *page.evaluate("window.policyViolations")]
    page.set_viewport_size({"width": 320, "height": PHONE["height"]})
    width = page.evaluate("document.documentElement.scrollWidth")
    if width > 320:
        found.append(f"{width} wide")
    if page.get_by_role("heading", level=1).count() != 1:
        found.append("headings")
    return found


@pytest.mark.parametrize(("lang", "theme"), [("vi", "light"), ("en", "dark"), ("vi", "contrast")])
def test_no_rule_is_broken_and_nothing_is_cut(public: Site, lang: str, theme: str) -> None:
    page = public.window(lang=lang, theme=theme)
    faults = {path: found for path in PAGES if (found := faults_of(public, page, path))}

    assert faults == {}
    assert public.complaints == []


@pytest.mark.parametrize(("lang", "theme"), [("vi", "light"), ("en", "contrast")])
def test_the_page_of_all_data_breaks_no_rule(desk: Site, lang: str, theme: str) -> None:
    page = desk.window(lang=lang, theme=theme)
    faults = {path: found for path in DATA if (found := faults_of(desk, page, path))}

    assert faults == {}
    assert desk.complaints == []


def test_a_fee_and_a_day_are_reckoned_by_keyboard_and_stand_side_by_side(public: Site) -> None:
    page = public.open("/procedures/certified-copy")
    page.locator("#pages").focus()
    page.keyboard.type("4, 2")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "10.000\u00a0đ" in page.inner_text(".law-answer")
    assert page.url.endswith("#fee")

    page.locator("#received").fill("2026-11-23T15:30")
    page.get_by_role("button", name="Tính ngày trả kết quả").focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "Trước 17 giờ 00, thứ Tư ngày 25/11/2026" in page.inner_text("#deadline ~ .law-answer")
    assert "10.000\u00a0đ" in page.inner_text("#fee ~ .law-answer")
    assert page.locator(".law-days svg").count() == 1
    assert page.evaluate("document.querySelector('#deadline').getBoundingClientRect().top") < DESK["height"] / 2
    assert public.complaints == []


def test_the_answer_needs_no_script_and_fits_a_phone(public: Site) -> None:
    page = public.open("/procedures/which", java_script_enabled=False, viewport=PHONE)
    page.locator("#issued_in").select_option("FR")
    page.locator("#used_in").select_option("VN")
    page.get_by_role("button", name="Xem thủ tục").click()
    assert page.locator(".law-branch h2").count() == 1
    page.goto(public.url + "/procedures/certified-copy")
    page.locator("#pages").fill("199")
    page.get_by_role("button", name="Tính phí").click()
    assert "200.000\u00a0đ" in page.inner_text(".law-answer .total")
    assert page.locator(".law-answer").bounding_box()["width"] <= PHONE["width"]  # type: ignore[index]


@pytest.mark.parametrize("media", ["screen", "print"])
@pytest.mark.parametrize("theme", ["light", "dark", "contrast"])
def test_the_drawing_tells_time_that_counts_and_its_numbers_apart(public: Site, media: str, theme: str) -> None:
    page = public.window(theme=theme)
    page.goto(public.url + "/procedures/certified-copy?calc=deadline&received=2026-11-19T15:30")
    page.emulate_media(media=media)  # type: ignore[arg-type]
    fills = page.evaluate(
        """() => Object.fromEntries([".open", ".run", ".filed circle", ".filed text", ".due rect", ".due text"].map(
        (one) => [one, getComputedStyle(document.querySelector(".law-days svg " + one)).fill]))"""
    )

    assert fills[".open"] != fills[".run"]
    assert fills[".filed circle"] != fills[".filed text"]
    assert fills[".due rect"] != fills[".due text"]


def test_what_can_be_touched_is_large_enough(public: Site) -> None:
    page = public.open(f"/procedures/consular-legalization?{BOTH}", viewport=PHONE, has_touch=True, is_mobile=True)
    small = page.evaluate(
        """() => [...document.querySelectorAll("main :is(a, button, input, select, summary):not(.crumbs a)")]
        .map((one) => [one.textContent.trim().slice(0, 40), one.getBoundingClientRect()])
        .filter(([, box]) => box.height > 0 && box.height < 24).map(([text]) => text)"""
    )

    assert small == []
