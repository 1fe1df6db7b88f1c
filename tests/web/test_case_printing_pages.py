"""The forms of what is printed: wordings of the law to choose from with their text, and an input for what is open."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from html import unescape
from pathlib import Path

import pytest

from tests.cases.test_on_paper import DAY, counter, text_of
from tests.cases.test_on_paper import approved as apostille
from tests.cases.test_on_paper import sign as signed
from tests.cases.test_paperwork import approved
from tests.cases.world import SIGNATURE
from tests.web.case_pages_site import LIST, CasePagesSite, case_pages_site, send
from verifier.accounts.roles import Role
from verifier.law.book import law_book
from verifier.storage.database import Database
from verifier.web.casework.wordings import text_of as wording_text

LEADER = Role.LEADER


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Iterator[CasePagesSite]:
    with case_pages_site(database, tmp_path) as made:
        made.clock.instant = DAY
        yield made


def named(page: str, kind: str = "") -> list[str]:
    """Names of the inputs of a page, of one type."""
    tags = re.findall(r"<(?:input|select|textarea)[^>]*>", page)
    found = [name[1] for one in tags if kind in one and (name := re.search(r' name="([^"]+)"', one))]
    return list(dict.fromkeys(found))


def test_the_text_of_a_wording_is_that_of_the_law_without_what_is_filled_in() -> None:
    text = wording_text(law_book().at(date(2026, 11, 23)).form("wording-signature-one"))
    assert "Ông/bà …, Giấy tờ tùy thân: … số …, cam đoan đã hiểu" in text
    assert "{" not in text


def test_a_wording_is_chosen_by_its_text_and_what_it_leaves_open_is_said_by_name(site: CasePagesSite) -> None:
    case = approved(site, SIGNATURE)
    client, address = site.client(LEADER), f"{LIST}/{case.id}/do/sign-on-paper"
    page = unescape(client.get(address).text)
    assert len(re.findall(r'type="radio"[^>]* name="wording"', page)) == 5
    assert re.search(r'value="wording-signature-one" checked', page)
    assert "cam đoan đã hiểu, tự chịu trách nhiệm về nội dung" in page
    assert {"values-0-place", "values-0-where", "values-0-intake"} <= set(named(page))
    assert {"values", "values-0-number", "values-0-made", "values-0-people"}.isdisjoint(named(page))
    assert page.count("Chỉ có trong: ") >= 2

    said = {"wording": "wording-fingerprint", "values-0-place": "Bệnh viện Thử", "values-0-where": "outside"}
    assert send(client, address, said).status_code == 303
    (sheet,) = (one for one in site.view(case).records if one.form.startswith("wording-"))
    assert sheet.form == "wording-fingerprint"
    assert "Bệnh viện Thử" in text_of(site, sheet)


@pytest.mark.parametrize("command", ["sign-on-paper", "replace-on-paper"])
def test_of_an_apostille_its_fields_are_asked_and_no_wording(site: CasePagesSite, command: str) -> None:
    case = apostille(site, counter(site))
    if command == "replace-on-paper":
        signed(site, case)
    page = site.client(LEADER).get(f"{LIST}/{case.id}/do/{command}").text
    asked = {one for one in named(page) if one.startswith("values")}
    assert asked == {f"values-0-{one}" for one in ("signed_by", "capacity", "seal_of", "unsigned")}
    assert "wording" not in named(page)
    assert "Chức danh của người ký giấy tờ công" in page
