"""An Apostille looked up by number and day: what the law shows, to whom from when on, and one answer for all others."""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.cases.test_on_paper import DAY, OFF, ON, annul, approved, counter, sign
from tests.web.case_pages_site import CasePagesSite, case_pages_site
from verifier.accounts.roles import Role
from verifier.cases.records import Case
from verifier.cases.replacing import ReplaceOnPaper
from verifier.law.book import law_book
from verifier.register.books import Books, Wanted
from verifier.storage.database import Database
from verifier.web.api.issuance_schemas import Lookups

ADDRESS = "/check/apostille"
RIGHT = {"number": "01", "date": "2026-11-23"}
JSON = {"Accept": "application/json"}


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Iterator[CasePagesSite]:
    with case_pages_site(database, tmp_path, book=law_book(ON)) as made:
        made.clock.instant = DAY
        yield made


@pytest.fixture
def visitor(site: CasePagesSite) -> FlaskClient:
    return site.client(None)


@pytest.fixture
def case(site: CasePagesSite) -> Case:
    return sign(site, approved(site, counter(site)))


def told(visitor: FlaskClient, **asked: str) -> Any:
    answer = visitor.get(ADDRESS, query_string={**RIGHT, **asked}, headers=JSON)
    if answer.status_code == 200:
        Lookups.model_validate_json(answer.data)
        return answer.get_json()["entries"][0]
    return answer.get_json()["code"]


def test_what_the_register_holds_by_law_is_shown_and_no_more(
    site: CasePagesSite, visitor: FlaskClient, case: Case
) -> None:
    answer = visitor.get(ADDRESS, query_string=RIGHT)
    page = unescape(answer.text)
    assert answer.status_code == 200
    assert "no-store" in answer.headers["Cache-Control"]
    for words in (
        "Còn hiệu lực",
        "01, ngày 23/11/2026",
        "Ngô Văn Ký, Hiệu trưởng, Trường Đại học Thử",
        "Bằng giấy",
        f"2026-{site.authority.code}-000001",
        "Số quản lý của chứng nhận Apostille",
    ):
        assert words in page
    for other in (case.code, case.applicant.name, "Bằng tốt nghiệp", "B 12345", site.person(Role.LEADER).name):
        assert other not in page
    assert told(visitor, number=" 1 ")["standing"] == "in-force"


@pytest.mark.parametrize(
    "asked",
    [
        {"number": "02"},
        {"date": "2026-11-22"},
        {"date": "2025-11-23"},
        {"number": "1' or"},
        {"number": "9" * 9},
        {"date": "x"},
    ],
    ids=["number", "day", "year", "text", "long", "no-day"],
)
def test_number_and_day_must_both_be_right(visitor: FlaskClient, case: Case, asked: dict[str, str]) -> None:
    assert case.status == "signed"
    answer = visitor.get(ADDRESS, query_string={**RIGHT, **asked})
    assert answer.status_code == 404
    assert "Không có chứng nhận nào khớp" in answer.text
    assert told(visitor, **asked) == "check-unknown"


def test_an_empty_form_asks(visitor: FlaskClient) -> None:
    answer = visitor.get(ADDRESS)
    assert answer.status_code == 200
    assert 'name="number"' in answer.text
    assert "Không có chứng nhận nào khớp" not in answer.text


def test_what_became_of_it_is_told_at_once(site: CasePagesSite, visitor: FlaskClient, case: Case) -> None:
    said = {"erred": "authority", "reason": "in sai chức danh", "title": "Phó Hiệu trưởng"}
    site.do(Role.LEADER, case, ReplaceOnPaper(paper=site.papers(case)[0].id, **said))  # type: ignore[arg-type]
    old, new = told(visitor), told(visitor, number="02")
    assert (old["standing"], old["since"], new["standing"]) == ("replaced", "2026-11-23", "in-force")
    assert "thu hồi và cấp đổi" in visitor.get(ADDRESS, query_string=RIGHT).text
    annul(site, case)
    assert told(visitor, number="02")["standing"] == "annulled"
    assert "giấy tờ giả" not in visitor.get(ADDRESS, query_string={**RIGHT, "number": "02"}).text


def test_a_correction_of_the_register_is_shown(site: CasePagesSite, visitor: FlaskClient, case: Case) -> None:
    wanted = Wanted(1, "signed", "Ngô Văn Kỳ", "ghi nhầm", "Biên bản 03/BB")
    Books(site.database, site.house.book, site.clock.now).correct(site.caller(Role.CLERK), "APOSTILLE", 2026, wanted)
    assert told(visitor)["signed"] == "Ngô Văn Kỳ"


def test_until_the_minister_announces_it_only_officers_look_it_up(database: Database, tmp_path: Path) -> None:
    with case_pages_site(database, tmp_path) as site:
        site.clock.instant = DAY
        sign(site, approved(site, counter(site)))
        visitor = site.client(None)
        assert told(visitor) == "lookup-closed"
        assert visitor.get(ADDRESS).status_code == 404
        books = Books(site.database, site.house.book, site.clock.now)
        assert [one.state for one in books.find(site.caller(Role.CLERK), 1, DAY.date())] == ["issued"]


@pytest.mark.parametrize(("switches", "led"), [(ON, True), (OFF, False)], ids=["open", "closed"])
def test_pages_lead_to_it_once_it_is_open(
    database: Database, tmp_path: Path, switches: frozenset[str], *, led: bool
) -> None:
    with case_pages_site(database, tmp_path, book=law_book(switches)) as made:
        made.clock.instant = DAY
        for page in ("/verify", "/check/none"):
            assert (f'href="{ADDRESS}"' in made.client(None).get(page).text) is led
