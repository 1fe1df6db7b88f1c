"""Every page in every theme and both languages: axe, content policy, reflow, print, motion, targets, font."""

from __future__ import annotations

from pathlib import Path

import pypdfium2
import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import serving
from tests.browser.support import OPEN_ALL, PHONE, Site, broken_rules
from tests.web.pages import PaintedPictures, ReadyService, site_of

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

PAGES = {
    "upload": "/verify",
    "judging": "/verify/gathering",
    "list": "/verify?t=passed&t=sub-HASH_FAILURE&t=not-judged-pdf-encrypted&t=nobody",
    "passed": "/verify/passed-two-signatures",
    "failed": "/verify/second-signature-failed",
    "changed": "/verify/change-overlay",
    "gaps": "/verify/gaps",
    "unsigned": "/verify/remnants",
    "not-judged": "/verify/not-judged-pdf-encrypted",
    "unknown": "/verify/nobody",
    "hostile": "/verify/hostile",
}
LOOKS = [("vi", "light"), ("vi", "dark"), ("vi", "contrast"), ("en", "light")]


@pytest.mark.parametrize(("lang", "theme"), LOOKS)
def test_no_rule_is_broken_and_the_content_policy_holds(site: Site, lang: str, theme: str) -> None:
    page = site.window(lang=lang, theme=theme)
    faults: dict[str, list[str]] = {}
    for name, path in PAGES.items():
        page.goto(site.url + path)
        page.evaluate(OPEN_ALL)
        faults[name] = [*broken_rules(page), *page.evaluate("window.policyViolations"), *site.complaints]
        site.complaints.clear()
    assert faults == {name: [] for name in PAGES}


def test_form_errors_break_no_rule_and_take_focus(site: Site) -> None:
    page = site.open("/verify")
    page.get_by_role("button", name="Kiểm tra chữ ký").click()
    page.wait_for_selector("#errors")
    assert broken_rules(page) == []
    expect(page.locator("#errors")).to_be_focused()
    assert page.title().startswith("Lỗi: ")


def test_the_warning_of_an_unusable_trust_store_breaks_no_rule(
    browser: Browser, service: ReadyService, tmp_path: Path
) -> None:
    pages = site_of(service, tmp_path, PaintedPictures(), troubles={"trust": lambda: "trust-store-empty"})
    with serving(pages) as url:
        site = Site(browser, url)
        page = site.window(lang="vi", theme="dark")
        page.goto(f"{url}/verify")
        assert "kho tin cậy" in page.inner_text("main")
        assert [*broken_rules(page), *page.evaluate("window.policyViolations"), *site.complaints] == []
        site.close()


def test_system_dark_theme_is_followed(site: Site) -> None:
    page = site.open("/verify", theme="auto", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(18, 24, 31)"
    assert broken_rules(page) == []


def test_narrow_windows_do_not_scroll_sideways(site: Site) -> None:
    page = site.window(viewport=PHONE)
    widths: dict[str, list[int]] = {}
    for name, path in PAGES.items():
        page.goto(site.url + path)
        page.evaluate(OPEN_ALL)
        widths[name] = []
        for width in (360, 320):
            page.set_viewport_size({"width": width, "height": 740})
            widths[name].append(page.evaluate("document.documentElement.scrollWidth"))
    assert widths == {name: [360, 320] for name in PAGES}


def test_text_spacing_loses_nothing(site: Site) -> None:
    page = site.open(PAGES["failed"], viewport=PHONE, bypass_csp=True)
    spacing = "* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important; }"
    page.add_style_tag(content=spacing)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


@pytest.mark.parametrize("name", ["upload", "passed", "not-judged"])
def test_targets_on_a_touch_screen_are_large_enough(site: Site, name: str) -> None:
    page = site.open(PAGES[name], viewport=PHONE, has_touch=True, is_mobile=True)
    small = page.evaluate(
        """[...document.querySelectorAll("button, .button, summary, .choose, input:not([type=hidden],[type=file])")]
        .filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < 44)
        .map((one) => one.outerHTML.slice(0, 120))"""
    )
    assert small == []


def test_the_font_draws_vietnamese_itself(site: Site) -> None:
    page = site.open("/verify")
    page.evaluate("document.fonts.ready")
    assert page.evaluate("""[...document.fonts].map((one) => [one.family.replaceAll('"', ""), one.status])""") == [
        ["Source Sans 3", "loaded"]
    ]


def test_nothing_moves_for_those_who_do_not_want_it(site: Site) -> None:
    still = site.open(PAGES["judging"]).evaluate("document.getAnimations().length")
    moving = site.open(PAGES["judging"], reduced_motion="no-preference").evaluate("document.getAnimations().length")
    assert (still, moving > 0) == (0, True)


def test_paper_has_the_verdict_and_every_check_but_no_controls(site: Site) -> None:
    page = site.open(PAGES["failed"], theme="dark")
    data = page.pdf(prefer_css_page_size=True)
    document = pypdfium2.PdfDocument(data)
    width, _ = document[0].get_size()
    text = "".join(leaf.get_textpage().get_text_range() for leaf in document)
    document.close()
    assert round(width) == 595
    assert "Không hợp lệ" in text
    assert "FC_PROCESSABLE" in text
    assert "Bản in này không thay thế tệp điện tử" in text
    for control in ("Sao chép địa chỉ", "Giao diện", "English", "Xóa tệp"):
        assert control not in text


def test_paper_is_black_on_white_with_a_border_that_tells_the_state(site: Site) -> None:
    page = site.open(PAGES["failed"], theme="dark")
    page.emulate_media(media="print")
    look = page.eval_on_selector(
        ".verdict", "(one) => [getComputedStyle(one).borderTopStyle, getComputedStyle(one).backgroundColor]"
    )
    assert look == ["double", "rgb(255, 255, 255)"]


def test_the_tree_says_the_conclusion_before_any_code(site: Site) -> None:
    heard = site.open(PAGES["failed"]).locator("main").aria_snapshot()
    assert heard.index("Không hợp lệ") < heard.index("Việc tiếp theo") < heard.index("Toàn vẹn")
    assert heard.index("Việc tiếp theo") < heard.index("CV_DIGEST")


def test_landmarks_are_there(site: Site) -> None:
    page = site.open(PAGES["passed"])
    for role in ("banner", "main", "contentinfo"):
        assert page.get_by_role(role).count() == 1
    assert page.get_by_role("heading", level=1).count() == 1
