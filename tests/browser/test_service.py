"""The whole house in a browser: a signed file is sent, judged by real workers, kept, drawn and deleted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import serving
from tests.browser.support import Site
from tests.pki import AT, plain_pdf, signed_pdf, trust_folder
from tests.support.postgres import empty
from verifier.compose import close, create_app
from verifier.outside.clock import FixedClock
from verifier.settings import Settings
from verifier.storage.database import Database

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

LONG = 60_000
"""Milliseconds that judging may take here: the machine may be busy with other tests."""


@pytest.fixture(scope="module")
def house(
    browser: Browser, database_url: str, _migrated: Database, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    empty(database_url)  # the journal of trust may name what another test kept
    roots = trust_folder(None, tmp_path_factory.mktemp("roots"))
    data = tmp_path_factory.mktemp("data")
    settings = Settings(trust_store=roots, database_url=database_url, data=data, fetch=False, workers=1)
    app = create_app(settings, FixedClock(AT))
    with serving(app) as url:
        site = Site(browser, url)
        yield site
        site.close()
    close(app)


def test_from_upload_to_deletion(house: Site, tmp_path: Path) -> None:
    path = tmp_path / "quyết định.pdf"
    path.write_bytes(signed_pdf(level="LT"))
    page = house.open("/verify")
    page.set_input_files("#file", path)
    page.get_by_role("button", name="Kiểm tra chữ ký").click()
    page.wait_for_selector(".verdict", timeout=LONG)
    expect(page.locator("h1")).to_have_text("quyết định.pdf")
    expect(page.locator("#word")).to_have_text("Hợp lệ về chữ ký")
    expect(page.locator("article.signature")).to_have_count(1)
    expect(page.locator(".layers li")).to_have_count(3)
    expect(page.locator(".leaf img").first).to_have_js_property("naturalWidth", 1000, timeout=LONG)
    page.locator("summary", has_text="Tải báo cáo").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Gói chứng cứ (ZIP)").first.click()
    assert download.value.path().read_bytes()[:2] == b"PK"
    assert page.evaluate("window.policyViolations") == []
    page.get_by_role("button", name="Xóa tệp và kết quả").click()
    expect(page.get_by_role("status").first).to_have_text("Đã xóa tệp và kết quả.")
    assert house.complaints == []


def test_without_scripts_and_without_a_signature(house: Site, tmp_path: Path) -> None:
    path = tmp_path / "plain.pdf"
    path.write_bytes(plain_pdf())
    page = house.open("/verify", java_script_enabled=False, lang="en")
    page.set_input_files("#file", path)
    page.get_by_role("button", name="Check signatures").click()
    expect(page.locator("#word")).to_have_text("No signature", timeout=LONG)


def test_a_scan_is_answered_with_what_to_do(house: Site, tmp_path: Path) -> None:
    path = tmp_path / "anh.pdf"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(200))
    page = house.open("/verify")
    page.set_input_files("#file", path)
    page.get_by_role("button", name="Kiểm tra chữ ký").click()
    expect(page.locator("#word")).to_have_text("Chưa kiểm tra được", timeout=LONG)
    expect(page.locator(".verdict")).to_contain_text("Kết quả này không nói gì về tài liệu.")
