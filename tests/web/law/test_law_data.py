from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.web.law.support import law_app
from verifier.accounts.roles import Role
from verifier.law.book import law_book, read_book
from verifier.law.listing import listed
from verifier.law.records import STATUSES
from verifier.law.source import FOLDER, Source


@pytest.fixture
def officer(tmp_path: Path) -> FlaskClient:
    return law_app(tmp_path / "spool", Role.SPECIALIST).test_client()


def test_it_shows_the_hash_the_switches_and_that_the_examples_hold(officer: FlaskClient) -> None:
    page = officer.get("/law").text

    assert "".join(re.findall(r"<span>([0-9a-f]{4})</span>", page)).startswith(law_book().sha256)
    for switch in ("e-apostille", "swap-2026-11-23", "tet-2027-option-1"):
        assert f'<span class="mono">{switch}</span>' in page
    assert "tất cả đều đúng" in page
    assert page.count("Đang tắt") == 4


def test_entries_are_filtered_by_part_and_mark_and_come_page_by_page(officer: FlaskClient) -> None:
    entries = listed(Source())
    for part in ("fees", "grounds"):
        for status in STATUSES:
            wanted = [one for one in entries if (one.part, one.status) == (part, status)]
            page = officer.get(f"/law?part={part}&status={status}").text
            assert f"({len(wanted)} mục)" in page
    first, second = officer.get("/law").text, officer.get("/law?from=50").text
    assert 'rel="next"' in first
    assert 'rel="prev"' in second
    assert 'rel="prev"' not in first
    assert f"({len(entries)} mục)" in first


@pytest.mark.parametrize(
    "query", ["part=none", "status=none", "from=-5", "from=x", "from=99999999999999999999", "part=<b>"]
)
def test_what_is_not_understood_in_an_address_filters_nothing(officer: FlaskClient, query: str) -> None:
    page = officer.get(f"/law?{query}")

    assert page.status_code == 200
    assert f"({len(listed(Source()))} mục)" in page.text


def test_an_example_that_fails_is_shown_first(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(FOLDER, tmp_path / "law", ignore=shutil.ignore_patterns("*.py", "__pycache__")))
    for file in (folder / "examples").glob("*.toml"):
        file.unlink()
    (folder / "examples" / "one.toml").write_text(
        '[[example]]\nkind = "fee"\nsubject = "certified-copy"\nvi = "Một trang"\nen = "One"\ncitation = "Điều 4"\n'
        'ask = { procedure = "certified-copy", at = 2026-11-23, pages = [1] }\nexpect = { amount_vnd = 2000 }\n'
        '[[example]]\nkind = "fee"\nsubject = "certified-copy"\nvi = "Hai trang"\nen = "Two"\ncitation = "Điều 4"\n'
        'ask = { procedure = "certified-copy", at = 2026-11-23, pages = [1] }\nexpect = { amount_vnd = 1 }\n',
        "utf-8",
    )
    auditor = law_app(tmp_path, Role.AUDITOR, book=read_book(Source(folder))).test_client()

    assert "1 trong 2 ví dụ không đúng" in auditor.get("/law").text
    page = auditor.get("/law/examples").text
    assert page.index("Hai trang") < page.index("Không đúng") < page.index("Một trang")
    assert "&#39;amount_vnd&#39;: 2000" in page


def test_examples_are_filtered_by_what_they_ask(officer: FlaskClient) -> None:
    everything, fees = officer.get("/law/examples").text, officer.get("/law/examples?kind=fee").text

    assert "branches:" in everything
    assert "branches:" not in fees
    assert "fees:" in fees


def test_lists_that_are_in_no_order_of_time_have_a_next_page(officer: FlaskClient) -> None:
    for path in ("/law", "/law/examples"):
        assert "Trang sau" in officer.get(path).text
        assert "Cũ hơn" not in officer.get(path).text


def test_a_form_for_staff_bears_marks_that_one_for_applicants_has_not(officer: FlaskClient) -> None:
    for_staff = officer.get("/law/forms/supplement-request")
    for_applicants = officer.get("/api/v1/law/forms/supplement-request")

    assert for_staff.content_type == for_applicants.content_type == "application/pdf"
    assert for_staff.data != for_applicants.data
    assert for_staff.headers["Cache-Control"] == "private, no-store"
