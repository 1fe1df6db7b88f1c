"""The pages of issuing in a real browser: rules of access, reflow, from the order to the release by keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import serving
from tests.browser.support import DESK, OPEN_ALL, PHONE, Site, broken_rules, wait_until
from tests.reports.samples import SAMPLES
from tests.signing.acts.ports import DOCUMENT
from tests.signing.acts.world import ECOPY
from tests.web.issuing_site import LIST, NEW, IssuingSite, issuing_site
from tests.web.pages import job
from verifier.errors import Problem
from verifier.signing.acts.facts import check_code
from verifier.storage.database import Database
from verifier.storage.issuances import Issuance

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.fixture
def house(database: Database, tmp_path: Path) -> Iterator[IssuingSite]:
    with issuing_site(database, tmp_path) as made:
        yield made


@pytest.fixture
def desk(browser: Browser, house: IssuingSite) -> Iterator[Site]:
    with serving(house.app) as url:
        site = Site(browser, url)
        yield site
        site.close()


def signed_in(page: Page, house: IssuingSite, url: str) -> Page:
    """Give the browser the officer's session."""
    client = house.client()
    cookie = client.get_cookie("session")
    assert cookie is not None
    page.context.add_cookies([{"name": "session", "value": cookie.value, "url": url}])
    return page


def code_of(house: IssuingSite, act: Issuance) -> str:
    ring = house.issuing._house.parts.ring
    return check_code(ring, act.id, ring.current)


def everything(house: IssuingSite) -> list[str]:
    """Acts and a batch in every state; the pages on them."""
    batch = house.issuing.open_batch(house.caller(), ECOPY, "L-1")
    for _ in range(2):
        house.order(batch=batch.id, dossier="L-1")
    ordered, held = house.order(said={"remarks": "Đ" * 300}), house.released()
    old, annulled = house.released(), house.released()
    house.issuing.annul(house.caller(), annulled.id, "giấy tờ gốc bị sửa", "45/QĐ-LS")
    house.released(replaces=old.id)
    waiting = house.confirmed()
    house.completes.trouble = "no-time-stamp"
    house.stamps.absent = True
    house.issuing.run(waiting.id)
    house.stamps.absent, house.completes.trouble = False, ""
    gone = house.issuing.cancel(house.caller(), house.order().id, "nhầm tệp")
    house.service.jobs["ours"] = replace(job(SAMPLES["passed"]), sha256=annulled.output_sha256)
    house.service.jobs["held"] = replace(job(SAMPLES["passed"]), sha256=held.output_sha256)
    acts = [ordered, held, old, annulled, waiting, gone]
    codes = [code_of(house, one) for one in (held, old, annulled)]
    batches = [
        f"{LIST}/batches",
        f"{LIST}/batches/new",
        f"{LIST}/batches/{batch.id}",
        f"{LIST}/batches/{batch.id}/confirm",
    ]
    return [
        LIST,
        f"{LIST}?kind=apostille",
        NEW,
        f"{NEW}/certified-ecopy",
        f"{NEW}/consular-legalization",
        *(f"{LIST}/{one.id}" for one in acts),
        f"{LIST}/{ordered.id}/confirm",
        f"{LIST}/{ordered.id}/cancel",
        f"{LIST}/{held.id}/annul",
        f"{LIST}/{held.id}/reports/output",
        *batches,
        *(f"/check/{one}" for one in (*codes, "none")),
        "/verify/ours",
        "/verify/held",
    ]


@pytest.mark.parametrize(("lang", "theme"), [("vi", "light"), ("en", "dark"), ("vi", "contrast")])
def test_no_rule_is_broken_and_nothing_is_cut(desk: Site, house: IssuingSite, lang: str, theme: str) -> None:
    page = signed_in(desk.window(lang=lang, theme=theme), house, desk.url)
    faults: dict[str, object] = {}
    for path in everything(house):
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


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_a_document_is_issued_by_keyboard(desk: Site, house: IssuingSite, tmp_path: Path) -> None:
    file = tmp_path / "bản sao.pdf"
    file.write_bytes(DOCUMENT)
    page = signed_in(desk.window(), house, desk.url)
    page.goto(f"{desk.url}{NEW}/certified-ecopy")
    page.locator("#dossier").fill("G12-1")
    press(page, "Kiểm tra và xem trước")
    expect(page.locator("#errors")).to_be_focused()
    assert page.title().startswith("Lỗi: ")
    assert page.locator("#dossier").input_value() == "G12-1"
    assert broken_rules(page) == []

    page.locator("#file").set_input_files(file)
    press(page, "Kiểm tra và xem trước")
    page.get_by_role("link", name="Xác nhận và ký số").focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.get_by_role("heading", level=1).inner_text() == "Xác nhận ký số"
    press(page, "Ký và phát hành")
    wait_until(page, "document.getElementById('now').innerText.includes('Bước 2/8')")

    house.issuing.run(house.acts()[0].id)
    page.get_by_text("Đã phát hành, còn hiệu lực").wait_for()
    with page.expect_download() as saved:
        page.get_by_role("link", name="Tải văn bản đã ký").click()
    assert saved.value.suggested_filename == "bản sao.pdf"
    assert desk.complaints == []


def test_without_scripts_it_can_be_confirmed_and_followed(desk: Site, house: IssuingSite) -> None:
    act = house.order()
    page = signed_in(desk.window(java_script_enabled=False), house, desk.url)
    page.goto(f"{desk.url}{LIST}/{act.id}/confirm")
    page.get_by_role("button", name="Ký và phát hành").click()

    assert "Bước 2/8" in page.inner_text("#now")
    assert page.get_by_role("link", name="Tải lại trang").count() == 1
    house.issuing.run(act.id)
    page.reload()
    assert "Đã phát hành, còn hiệu lực" in page.inner_text("main")


def test_what_stands_in_the_way_leaves_no_button(desk: Site, house: IssuingSite) -> None:
    act = house.order()
    house.fitness.trouble = Problem("certificate-revoked")
    page = signed_in(desk.window(viewport=PHONE, has_touch=True), house, desk.url)
    page.goto(f"{desk.url}{LIST}/{act.id}/confirm")

    assert page.get_by_role("button", name="Ký và phát hành").count() == 0
    assert "Không ký bằng khóa này" in page.inner_text("main")
    assert broken_rules(page) == []
