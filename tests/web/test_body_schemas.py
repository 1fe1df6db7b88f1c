"""What bodies of requests may hold stands in their schemas, out of what the rules check."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.web.case_api_site import APPLICANT, PAPER, Calls, CaseApiSite, case_api_site, code, told
from verifier.accounts.roles import Role
from verifier.cases.statuses import Status
from verifier.storage.database import Database
from verifier.web.api.case_schemas import bodies

CLOSED = {
    ("Filing", "channel"): {"portal", "counter", "post"},
    ("Applicant", "kind"): {"person", "company", "authority", "other"},
    ("Applicant", "lang"): {"vi", "en"},
    ("FiledPaper", "type"): {"", "0501", "0502", "0503", "0504"},
    ("FiledPaper", "language"): {"", "vi", "en", "other"},
    ("PaperProposal", "outcome"): {"granted", "refused"},
    ("RecordBasisCommand", "basis"): {"a", "b", "c", "specimen"},
    ("DraftConfirmationCommand", "asked"): {"vietnam", "ministry", "foreign"},
    ("RecordAnswerCommand", "answer"): {"authentic", "not-authentic", "unclear"},
}


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Iterator[CaseApiSite]:
    with case_api_site(database, tmp_path) as made:
        yield made


def field(record: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = bodies()[record]["properties"][name]
    return found


@pytest.mark.parametrize(("record", "name"), CLOSED, ids=lambda one: one)
def test_closed_sets_stand_in_the_schema(record: str, name: str) -> None:
    assert set(field(record, name)["enum"]) == CLOSED[record, name]


def test_every_way_of_the_law_is_named(site: CaseApiSite) -> None:
    procedures = site.world.house.book.at(site.world.clock.now().date()).procedures
    wanted = {way.id for one in procedures for way in one.delivery}
    work = {kind for one in procedures for kind in one.kinds_of_work}

    assert wanted
    assert wanted <= set(field("Filing", "delivery")["enum"])
    assert wanted <= set(field("DeliverCommand", "way")["enum"])
    assert all(f"`{kind}`" in field("FiledPaper", "work")["description"] for kind in work)


@pytest.mark.parametrize(("record", "name"), [("FiledPaper", "serial"), ("Applicant", "address"), ("Filing", "note")])
def test_lengths_are_those_of_the_rules(site: CaseApiSite, record: str, name: str) -> None:
    longest = field(record, name)["maxLength"]

    def sent(length: int) -> Any:
        portal: Calls = site.portal()
        top: dict[str, Any] = {}
        paper, who = {**PAPER, "file": portal.upload()}, dict(APPLICANT)
        {"FiledPaper": paper, "Applicant": who, "Filing": top}[record][name] = "x" * length
        return portal("POST", json=portal.filing(papers=[paper], applicant=who, **top))

    assert sent(longest).status_code == 201
    assert code(sent(longest + 1)) == (422, "text-unclear")


def test_fields_are_described_by_their_docstrings(site: CaseApiSite) -> None:
    case = site.world.case(status=Status.SIGNED)
    offers = told(site.officer(Role.CLERK)("GET", f"/api/v1/cases/{case.id}/offers"))["commands"]
    [deliver] = [one["schema"] for one in offers if one["command"] == "deliver"]

    assert "số vận đơn" in deliver["properties"]["tracking"]["description"]
    assert set(deliver["properties"]["way"]["enum"]) >= {"data-store", "e-mail", "paper"}
    assert "subject" in field("Filing", "identity")["description"].lower()
    assert "người được cấp" in field("FiledPaper", "holder")["description"]
