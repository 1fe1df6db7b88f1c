"""The applicant's page of a dossier: by code and secret token, alike for whatever is wrong with the pair."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.accounts.support import add_authority
from tests.cases.world import TOKEN
from tests.web.case_site import CaseSite, case_site
from verifier.accounts.roles import Role
from verifier.cases.records import Case
from verifier.cases.statuses import Status, statuses
from verifier.storage.database import Database
from verifier.storage.scope import SYSTEM

ADDRESS = "/dossier"


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Iterator[CaseSite]:
    with case_site(database, tmp_path) as made:
        yield made


@pytest.fixture
def visitor(site: CaseSite) -> FlaskClient:
    return site.client(None)


def claim(case: Case, **more: str) -> dict[str, str]:
    return {"code": case.code, "token": TOKEN, **more}


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_code_and_secret_open_the_dossier_at_every_status(site: CaseSite, visitor: FlaskClient, lang: str) -> None:
    case = site.case(status=Status.FILED)
    for status in Status:
        case = site.change(case, status=status.value, resume="filed")
        page = visitor.post(f"{ADDRESS}?lang={lang}", data=claim(case))
        assert page.status_code == 200
        assert statuses()[status.value].words.said(lang) in page.text
        assert page.headers["Cache-Control"] == "private, no-store"


def test_whatever_is_wrong_with_the_pair_the_answer_is_the_same(site: CaseSite, visitor: FlaskClient) -> None:
    one, other = site.case(), site.case()
    pairs = [(one.code, "wrong"), (other.code, TOKEN), ("G10-1", TOKEN), ("", ""), (one.code, ""), ("\0", "\0")]
    answers = [visitor.post(ADDRESS, data={"code": code, "token": token}) for code, token in pairs]
    assert {answer.status_code for answer in answers} == {404}
    bare = {
        answer.text.replace(f' value="{code}"', "") for answer, (code, _) in zip(answers, pairs, strict=True) if code
    }
    assert len(bare - {text for text in bare if "\0" in text}) == 1


def test_the_secret_stands_in_no_address(site: CaseSite, visitor: FlaskClient) -> None:
    page = visitor.post(ADDRESS, data=claim(site.case(status=Status.FILED)))
    assert f"?token={TOKEN}" not in page.text
    assert "token=" not in page.text
    assert TOKEN not in visitor.get(f"{ADDRESS}?code=x").text


def test_the_applicant_withdraws_by_a_form(site: CaseSite, visitor: FlaskClient) -> None:
    case = site.case(status=Status.FILED)
    form = visitor.post(f"{ADDRESS}/do/withdraw", data=claim(case))
    assert form.status_code == 200
    assert site.now(case).status == "filed"

    done = visitor.post(f"{ADDRESS}/do/withdraw", data=claim(case, send="1", key="k", version=str(case.version)))
    assert done.status_code == 200
    assert site.now(case).status == "withdrawn"


@pytest.mark.parametrize("command", ["approve", "record-payment", "no-such"])
def test_what_is_not_for_applicants_is_not_there(site: CaseSite, visitor: FlaskClient, command: str) -> None:
    case = site.case(status=Status.APPROVAL)
    assert visitor.post(f"{ADDRESS}/do/{command}", data=claim(case, send="1")).status_code == 404
    assert site.now(case).status == "approval"


@pytest.mark.parametrize(("kind", "status"), [("paper", 200), ("report", 404), ("evidence", 404), ("letter", 404)])
def test_own_files_are_given_and_no_others(site: CaseSite, visitor: FlaskClient, kind: str, status: int) -> None:
    case = site.case()
    record = site.record(case, b"bytes", kind)
    with visitor.post(f"{ADDRESS}/records/{record.id}", data=claim(case)) as answer:
        assert answer.status_code == status
    assert visitor.post(f"{ADDRESS}/records/{record.id}", data={"code": case.code, "token": "x"}).status_code == 404


def test_no_form_of_another_site_acts_for_somebody_who_is_signed_in(site: CaseSite) -> None:
    case = site.case(status=Status.FILED)
    client = site.client(Role.RECEPTION)
    client.post(f"{ADDRESS}/do/withdraw", data=claim(case, send="1"))
    assert site.now(case).status == "filed"


def test_who_reads_a_file_stands_in_the_log(site: CaseSite, visitor: FlaskClient) -> None:
    case = site.case()
    record = site.record(case, b"bytes", "paper")
    visitor.post(f"{ADDRESS}/records/{record.id}", data=claim(case), buffered=True)
    site.client(Role.RECEPTION).get(f"/officer/cases/{case.id}/records/{record.id}", buffered=True)
    with site.database.unit(SYSTEM) as unit:
        events = [one.event for one in unit.audit.chain("case-record", str(record.id), 10)]
    assert [(one.action, one.actor.kind) for one in events] == [("record-read", "visitor"), ("record-read", "person")]
    assert site.events(case) == ()


def test_the_authority_of_the_filing_reads_what_it_forwarded(site: CaseSite) -> None:
    other = add_authority(site.database, code="G10.NOI", kind="ministry")
    case = site.case()
    record = site.record(case, b"bytes", "paper")
    with site.database.unit(SYSTEM) as unit:
        unit.cases.move(case, other.id)
        unit.cases.change(case, authority_id=other.id, status=Status.FORWARDED.value)
    answer = site.client(Role.RECEPTION).get(f"/officer/cases/{case.id}/records/{record.id}", buffered=True)
    assert (answer.status_code, answer.data) == (200, b"bytes")
