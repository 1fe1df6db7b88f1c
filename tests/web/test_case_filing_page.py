"""The page on which a dossier is filed at the counter: sent twice it is one, with another file it is not swallowed."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.cases.test_waiting import APOSTILLE
from tests.cases.world import COPY, PDF, WHO
from tests.payments.test_refiling import returned
from tests.web.accounts_support import token_in
from tests.web.case_pages_site import LIST, CasePagesSite, case_pages_site, hidden
from verifier.accounts.roles import Role
from verifier.payments.records import CaseMoney
from verifier.storage.database import Database
from verifier.storage.scope import SYSTEM, of
from verifier.web.api import payment_telling
from verifier.web.api.payment_schemas import DossierMoney

ADDRESS = f"{LIST}/new/{COPY}"
PAPER = {
    "name": "Bằng tốt nghiệp", "type": "0501", "holder": WHO.name, "serial": "B 1", "office": "Trường Đại học Thử",
    "signer": "Ngô Văn Ký", "title": "Hiệu trưởng", "signed_on": "2025-06-30", "countries": "LA", "copies": "1",
}  # fmt: skip


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Iterator[CasePagesSite]:
    with case_pages_site(database, tmp_path) as made:
        made.competent(COPY)
        yield made


def count(site: CasePagesSite) -> int:
    with site.database.unit(of(site.authority.id)) as unit:
        return unit.case_search.dossiers()


def filled(site: CasePagesSite) -> tuple[FlaskClient, dict[str, Any]]:
    """A browser, and the form of a filing that is in order, but for the file."""
    client = site.client(Role.RECEPTION)
    shown = client.get(ADDRESS).text
    said = {"channel": "counter", "applicant-0-name": "Đỗ Thị Bưởi", "papers-0-name": "Bằng", "papers-0-pages": "2"}
    return client, {"csrf_token": token_in(shown), **hidden(shown), **said}


def file(data: bytes) -> dict[str, Any]:
    return {"papers-0-file": (io.BytesIO(data), "bằng.pdf")}


def test_a_filing_that_is_sent_twice_with_its_file_is_one_dossier(site: CasePagesSite) -> None:
    client, typed = filled(site)
    answers = [client.post(ADDRESS, data={**typed, **file(PDF)}) for _ in range(2)]
    assert [one.status_code for one in answers] == [200, 200], answers[0].text
    assert "<dd>http://localhost/dossier</dd>" in answers[0].text
    assert count(site) == 1


def test_another_file_under_a_filing_that_was_sent_is_not_swallowed(site: CasePagesSite) -> None:
    client, typed = filled(site)
    client.post(ADDRESS, data={**typed, **file(PDF)})
    again = client.post(ADDRESS, data={**typed, **file(PDF + b" ")})
    assert again.status_code == 409
    assert "nội dung và tệp của lần này chưa được ghi nhận" in again.text
    assert count(site) == 1
    key = hidden(again.text)["key"]
    assert client.post(ADDRESS, data={**typed, **file(PDF + b" "), "key": key}).status_code == 200
    assert count(site) == 2


def test_an_apostille_that_is_filed_again_names_the_earlier_dossier(site: CasePagesSite) -> None:
    site.clock.instant = datetime(2026, 10, 5, 2, tzinfo=UTC)
    site.competent(APOSTILLE, COPY)
    earlier = returned(site)
    client, address = site.client(Role.RECEPTION), f"{LIST}/new/{APOSTILLE}"
    shown = client.get(address).text
    said = {"channel": "counter", "applicant-0-name": WHO.name, "applicant-0-id_number": WHO.id_number}
    said |= {f"papers-0-{name}": value for name, value in PAPER.items()}
    form = {"csrf_token": token_in(shown), **hidden(shown), **said}

    assert 'name="continues"' in shown
    assert "continues_token" not in shown
    assert 'name="continues"' not in client.get(ADDRESS).text
    wrong = client.post(address, data={**form, "continues": "H00-1"})
    assert wrong.status_code == 404, wrong.text
    assert 'href="#continues"' in wrong.text
    done = client.post(address, data={**form, "continues": earlier.code})
    assert done.status_code == 200, done.text

    with site.database.unit(SYSTEM) as unit:
        used = unit.payments.of_case(earlier.id).used
    assert used is not None
    assert f"của hồ sơ {earlier.code}" in client.get(f"{LIST}/{used.case_id}").text
    assert f"hồ sơ nộp lại {used.code}" in client.get(f"{LIST}/{earlier.id}").text
    told = payment_telling.money(CaseMoney(carried=used, used=used), office=True, online=False)
    assert DossierMoney(**told).carried == DossierMoney(**told).used
