"""Refusals say which field they are about, and which dossier."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.cases.world import CONSULAR
from tests.web.case_api_site import API, PAPER, Calls, CaseApiSite, case_api_site, code, told
from verifier.cases.statuses import Status
from verifier.storage.database import Database

NOWHERE = str(uuid4())


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Iterator[CaseApiSite]:
    with case_api_site(database, tmp_path) as made:
        yield made


@pytest.fixture
def portal(site: CaseApiSite) -> Calls:
    return site.portal()


@pytest.mark.parametrize(
    ("spoilt", "expected", "field"),
    [
        ({"papers": [{**PAPER, "file": NOWHERE}]}, (404, "upload-unknown"), "papers.0.file"),
        (
            {"components": [{"component": "identity-paper", "file": NOWHERE}]},
            (404, "upload-unknown"),
            "components.0.file",
        ),
        ({"facts": {"weather": "fine"}}, (422, "fact-unknown"), "facts.weather"),
    ],
    ids=["paper", "component", "fact"],
)
def test_what_a_filing_lacks_is_told_with_its_place(
    site: CaseApiSite, portal: Calls, spoilt: dict[str, Any], expected: tuple[int, str], field: str
) -> None:
    if "components" in spoilt:
        ids = [one.id for one in site.world.house.book.at(site.world.clock.now().date()).procedure(CONSULAR).components]
        spoilt["components"][0]["component"] = ids[0]
    answer = portal("POST", json={**portal.filing(), **spoilt})

    assert code(answer) == expected
    assert told(answer)["params"]["field"] == field


def test_a_supplement_without_its_file_is_told_with_its_place(site: CaseApiSite) -> None:
    case = site.world.case(status=Status.SUPPLEMENT, resume="filed")
    holder = site.holder(case.code, "a-secret-token-of-the-applicant")
    body = {"files": [{"paper": 1, "file": NOWHERE}]}

    answer = holder("POST", f"{API}/{case.id}/supplement", json=body, version=case.version)

    assert code(answer) == (404, "upload-unknown")
    assert told(answer)["params"]["field"] == "files.0.file"


def test_a_reference_that_was_filed_names_the_dossier(portal: Calls) -> None:
    filed = portal.filed(external="A-1")["dossier"]

    again = portal("POST", json=portal.filing(external="A-1"))

    assert code(again) == (409, "external-known")
    assert told(again)["params"]["dossier"] == filed["code"]
