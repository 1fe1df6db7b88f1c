"""People at work: sending files, following, reading; with a mouse, by keyboard, without scripts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.support import Site
from tests.reports.samples import SAMPLES
from tests.web.pages import ReadyService, job

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

DROP = """([names, size]) => {
  const carried = new DataTransfer();
  names.forEach((name) => carried.items.add(new File([new Uint8Array(size)], name, { type: "application/pdf" })));
  document.getElementById("drop").dispatchEvent(new DragEvent("drop", { dataTransfer: carried, bubbles: true }));
}"""


def tab_to(page: Page, expression: str, most: int = 60) -> None:
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate(f"((one) => {expression})(document.activeElement)"):
            return
    raise AssertionError(f"focus never came to {expression}")


def test_one_file_by_mouse(site: Site, pdf: Path) -> None:
    page = site.open("/verify")
    page.set_input_files("#file", pdf)
    expect(page.locator("#files li")).to_contain_text("Sẵn sàng gửi")
    page.get_by_role("button", name="Kiểm tra chữ ký").click()
    page.wait_for_selector(".verdict")
    expect(page.locator("h1")).to_have_text("văn bằng.pdf")
    expect(page.locator("#word")).to_have_text("Hợp lệ về chữ ký")
    assert site.complaints == []


def test_dropped_files_are_listed_and_an_empty_one_is_told_at_once(site: Site) -> None:
    page = site.open("/verify")
    page.evaluate(DROP, [["a.pdf", "b.pdf"], 10])
    page.evaluate(DROP, [["rong.pdf"], 0])
    page.evaluate(DROP, [["to.pdf"], 2 * 1024 * 1024])
    rows = page.locator("#files li")
    expect(rows).to_have_count(4)
    expect(rows.nth(2)).to_contain_text("Tệp rỗng (0 byte)")
    expect(rows.nth(3)).to_contain_text("Tệp lớn hơn 1 MB")
    expect(page.locator("#spoken")).to_contain_text("to.pdf")
    for _ in range(2):
        rows.nth(2).get_by_role("button").click()
    page.get_by_role("button", name="Kiểm tra chữ ký").click()
    page.wait_for_url("**/verify?t=*")
    expect(page.locator("h1")).to_have_text("Các tệp đã gửi")
    expect(page.locator(".files li")).to_have_count(2)


def test_a_file_with_a_fault_keeps_its_words_while_others_are_sent(site: Site) -> None:
    page = site.open("/verify")
    page.evaluate(DROP, [["tot.pdf"], 10])
    page.evaluate(DROP, [["rong.pdf"], 0])
    page.get_by_role("button", name="Kiểm tra chữ ký").click()
    rows = page.locator("#files li")
    expect(rows.nth(0).get_by_role("link")).to_have_text("Xem kết quả")
    expect(rows.nth(1)).to_contain_text("Tệp rỗng (0 byte)")


def test_a_broken_line_is_told(site: Site, pdf: Path) -> None:
    page = site.open("/verify")
    page.route("**/verify", lambda route: route.abort())
    page.set_input_files("#file", pdf)
    page.get_by_role("button", name="Kiểm tra chữ ký").click()
    expect(page.locator("#files li")).to_contain_text("Đường truyền gián đoạn")
    expect(page.get_by_role("button", name="Kiểm tra chữ ký")).to_be_enabled()


def test_without_scripts(site: Site, pdf: Path) -> None:
    page = site.open("/verify", java_script_enabled=False)
    page.set_input_files("#file", pdf)
    page.get_by_role("button", name="Kiểm tra chữ ký").click()
    expect(page.locator("#word")).to_have_text("Hợp lệ về chữ ký")
    expect(page.locator(".leaf")).to_have_count(3)
    page.get_by_role("link", name="English").click()
    expect(page.locator("#word")).to_have_text("Valid as to the signature")
    page.locator("summary", has_text="Display").click()
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.locator("h1")).to_have_text("văn bằng.pdf")


def test_by_keyboard_alone(site: Site, pdf: Path) -> None:
    page = site.open("/verify")
    page.on("filechooser", lambda _: None)  # from here on the browser hands its dialog to the test
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    tab_to(page, "one.id === 'file'")
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Space")
    chooser.value.set_files(pdf)
    tab_to(page, "one.type === 'submit' && one.closest('#upload')")
    page.keyboard.press("Enter")
    page.wait_for_selector(".verdict")
    tab_to(page, "one.classList.contains('pages')")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#where")).to_have_text("Trang 2/3")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#where")).to_have_text("Trang 1/3")
    tab_to(page, "one.matches('a.box')")
    page.keyboard.press("Enter")
    assert page.url.endswith("#sig-1")


def test_page_keys_work_only_inside_the_viewer(site: Site) -> None:
    page = site.open("/verify/passed")
    page.locator("body").press("ArrowRight")
    expect(page.locator("#where")).to_have_text("Trang 1/3")


def test_the_list_of_boxes_leads_to_the_page(site: Site) -> None:
    page = site.open("/verify/passed")
    page.locator("#on").click()
    page.get_by_role("link", name=re.compile("Trang 1 ?: Chữ ký 1")).click()
    expect(page.locator("#where")).to_have_text("Trang 1/3")
    expect(page.locator("#page-2")).to_be_hidden()


def test_escape_closes_a_menu_and_gives_focus_back(site: Site) -> None:
    page = site.open("/verify/passed")
    summary = page.locator("summary", has_text="Tải báo cáo")
    summary.click()
    expect(page.get_by_role("link", name="Gói chứng cứ (ZIP)").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".menu[open]")).to_have_count(0)
    expect(summary).to_be_focused()


def test_progress_speaks_and_ends_in_the_verdict(site: Site, service: ReadyService) -> None:
    service.jobs["moving"] = job(None, "judging", 2)
    page = site.open("/verify/moving")
    expect(page.locator("#now")).to_have_text("Bước 2/4: Đọc cấu trúc")
    page.evaluate("window.kept = document.getElementById('now')")
    service.jobs["moving"] = job(None, "judging", 3)
    expect(page.locator("#now")).to_have_text("Bước 3/4: Thu thập chứng cứ")
    assert page.evaluate("window.kept === document.getElementById('now')")
    service.jobs["moving"] = job(SAMPLES["sub-HASH_FAILURE"])
    expect(page.locator("#word")).to_have_text("Không hợp lệ")
    assert site.complaints == []


def test_the_list_of_files_settles_by_itself(site: Site, service: ReadyService) -> None:
    service.jobs["one"] = job(None, "judging", 2)
    page = site.open("/verify?t=one&t=passed")
    expect(page.locator(".files li").first).to_contain_text("Bước 2/4")
    service.jobs["one"] = job(SAMPLES["passed"])
    expect(page.locator(".files li").first).to_contain_text("Hợp lệ về chữ ký")


def test_the_theme_switch_keeps_the_page(site: Site) -> None:
    page = site.open("/verify/passed?x=1", theme="auto")
    page.locator("summary", has_text="Giao diện").click()
    page.get_by_role("button", name="Tương phản cao").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "contrast")
    assert page.url.endswith("/verify/passed?x=1")


def test_the_address_can_be_copied(site: Site) -> None:
    page = site.open("/verify/passed", permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Sao chép địa chỉ").click()
    expect(page.locator("#copied")).to_have_text("Đã sao chép địa chỉ")
    assert page.evaluate("navigator.clipboard.readText()").endswith("/verify/passed")


def test_deleting_is_said(site: Site, service: ReadyService) -> None:
    service.jobs["gone"] = job(SAMPLES["passed"])
    page = site.open("/verify/gone")
    page.get_by_role("button", name="Xóa tệp và kết quả").click()
    expect(page.get_by_role("status").first).to_have_text("Đã xóa tệp và kết quả.")


def test_a_file_with_a_password_is_asked_for_it(site: Site) -> None:
    page = site.open("/verify/not-judged-pdf-encrypted")
    page.get_by_role("link", name="Nhập mật khẩu và gửi lại tệp").click()
    expect(page.get_by_label("Mật khẩu mở tệp")).to_be_visible()
