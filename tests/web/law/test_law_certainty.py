"""Whatever is unverified is never cited to an applicant: every entry of the folder, on pages of several days."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask.testing import FlaskClient

from verifier.law.book import law_book
from verifier.law.listing import listed
from verifier.law.source import Source

ENTRIES = listed(Source())
SURE = {one.citation for one in ENTRIES if one.status != "unverified"}
UNSURE = {one.citation for one in ENTRIES if one.status == "unverified"} - SURE
"""Citations that stand with unverified entries alone; one that names nothing may stand in a sentence that says so."""
NAMED = sorted(one for one in UNSURE if re.search(r"\d", one))
ASKED = "calc=fee&calc=deadline&pages=3"
PAGES = ("", "/which?issued_in=VN&used_in=LA", *(f"/{one}?{ASKED}" for one in law_book().procedures.ids))


def shown(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_there_are_citations_to_look_for() -> None:
    assert len(NAMED) > 20


@pytest.mark.parametrize("day", ["2020-06-01", "2025-10-01", "2026-11-23"])
@pytest.mark.parametrize("lang", ["vi", "en"])
def test_no_page_for_applicants_cites_what_is_unverified(visitor: FlaskClient, day: str, lang: str) -> None:
    for page in PAGES:
        joined = "&" if "?" in page else "?"
        times = f"received={day}T10:00&accepted={day}T11:00"
        text = shown(visitor.get(f"/procedures{page}{joined}at={day}&lang={lang}&{times}").text)
        assert [one for one in NAMED if one in text] == [], page
