"""The API's document and what the API does agree, whatever the operation."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.web.case_api_site import API, CaseApiSite, case_api_site, code
from tests.web.contract import held, operation_of, wrongs
from tests.web.contract import told as told_document
from verifier.accounts.roles import Role
from verifier.cases.filing import MOST_PAPERS
from verifier.errors import BadRequest
from verifier.storage.database import Database
from verifier.web.access import ACCESS, EVERYBODY
from verifier.web.api.appointment_bodies import DeskBody, MoveBody
from verifier.web.api.case_body import read
from verifier.web.api.common_answers import known_callers
from verifier.web.api.openapi import Operation
from verifier.web.api.operations import OPERATIONS
from verifier.web.limits import ASKED_ELSEWHERE, GUESSED, LIMITED, RECKONED, TRIES

ANY = "00000000-0000-0000-0000-000000000000"
CALLED = [one for one in OPERATIONS if one.path.startswith("/api/")]
NAMES = {f"{one.method} {one.path}": one for one in OPERATIONS}
SCHEMAS = told_document()["components"]["schemas"]
READ_BY_OFFICERS = ("", "/papers", "/log", "/deadline", "/deliveries", "/offers", "/control-sheet")


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Iterator[CaseApiSite]:
    with case_api_site(database, tmp_path) as made:
        yield made


@pytest.fixture
def visitor(site: CaseApiSite) -> FlaskClient:
    return site.app.test_client()


def endpoint_of(app: Flask, one: Operation) -> str:
    address = re.sub(r"\{year\}", "2026", re.sub(r"\{(id_|\w+_id)\}", ANY, one.path))
    endpoint, _ = app.url_map.bind("").match(re.sub(r"\{\w+\}", "x", address), one.method.upper())
    return str(endpoint)


def limited(endpoint: str, one: Operation) -> bool:
    """Whether calls of a route are counted, by the tables that say so."""
    gets = endpoint in ASKED_ELSEWHERE | GUESSED | RECKONED
    tried = endpoint.partition(".")[0] in TRIES and (one.method == "get") == gets
    return tried or (one.method == "post" and one.path in LIMITED) or ACCESS.get(endpoint, EVERYBODY).applicants


def test_too_many_calls_are_told_of_exactly_where_calls_are_counted(site: CaseApiSite) -> None:
    counted = {name for name, one in NAMES.items() if limited(endpoint_of(site.app, one), one)}

    assert {name for name, one in NAMES.items() if 429 in one.answers} == counted


@pytest.mark.parametrize("one", CALLED, ids=lambda one: f"{one.method} {one.path}")
def test_what_comes_before_every_view_is_told(one: Operation) -> None:
    assert {400, 500} <= one.answers.keys()
    if known_callers(one):
        assert 503 in one.answers
        assert all("WWW-Authenticate" in one.answers[status].headers for status in (401, 403) if status in one.answers)
    for status in {429, 503} & one.answers.keys():
        assert "Retry-After" in one.answers[status].headers


@pytest.mark.parametrize("name", NAMES)
def test_an_answer_that_nothing_changed_goes_with_the_header_that_asks_for_it(name: str) -> None:
    one = NAMES[name]
    if not one.path.startswith(("/api/v1/law/", "/api/v1/trust")):
        assert (304 in one.answers) == any(told["name"] == "If-None-Match" for told in one.parameters)


def test_nothing_changed_is_answered_exactly_where_it_is_told(site: CaseApiSite) -> None:
    filed, officer = site.portal().filed(), site.officer(Role.RECEPTION)
    work = cast("SimpleNamespace", site.work)
    work.control_sheets = SimpleNamespace(handovers=lambda *_: ())
    place = f"{API}/{filed['dossier']['id']}"
    tag = officer("GET", place).headers["ETag"]

    for rest in READ_BY_OFFICERS:
        again = officer("GET", place + rest, headers={"If-None-Match": tag})
        operation = operation_of("GET", place + rest)
        assert operation
        assert (again.status_code == 304) == ("304" in operation["responses"]), rest


@pytest.mark.parametrize("accept", ["", "text/html", "application/json"])
@pytest.mark.parametrize("address", ["/check/none", "/check/apostille?number=1&date=2026-11-24"])
def test_checks_answer_pages_and_json_as_told(
    site: CaseApiSite, visitor: FlaskClient, address: str, accept: str
) -> None:
    answer = held(visitor.get(address, headers={"Accept": accept} if accept else {}))

    assert answer.status_code == 404
    assert answer.is_json == (accept == "application/json")


UNCLEAR = {
    "/api/v1/payments/reconciliation": ("day=20261124", "day=2026-W48-2", "day=", "day=1999-12-31", "day=2026-02-30"),
    "/api/v1/payments/remittance": ("month=2026-1", "month=202611", "month=", "month=2101-01", "month=2026-13"),
    "/api/v1/tracking-book": ("from=20261124&to=2026-11-24", "from=2026-11-24&to=9999-12-31", "to=2026-11-24"),
    "/api/v1/register-entries": ("number=1&day=9999-12-31", "number=1&day=20261124", "number=&day=2026-11-24"),
    "/api/v1/appointments": (f"dossier={{{ANY}}}", f"dossier={UUID(ANY).hex}", "dossier=", "day=20261124", "day="),
    "/api/v1/appointments/slots": ("from=20261124", "from=", "dossier="),
    API: ("limit=", "limit=1&limit=2", f"officer={{{ANY}}}", f"officer={UUID(ANY).hex}"),
}


@pytest.mark.parametrize("address", [f"{path}?{query}" for path, queries in UNCLEAR.items() for query in queries])
def test_a_parameter_that_is_not_as_told_is_refused(site: CaseApiSite, address: str) -> None:
    work = cast("SimpleNamespace", site.work)
    work.tracking, work.books = None, SimpleNamespace(find=None)  # nothing of it is reached
    work.days = SimpleNamespace(day=None, month=None)

    assert code(site.officer(Role.CLERK)("GET", address)) == (400, "bad-option")


def test_a_parameter_that_comes_twice_is_refused_unless_it_is_a_list(site: CaseApiSite) -> None:
    officer = site.officer(Role.CLERK)

    assert officer("GET", f"{API}?status=filed&status=payment").status_code == 200
    assert code(officer("GET", f"{API}?procedure=a&procedure=b")) == (400, "bad-option")


@pytest.mark.parametrize("dossier", ["", f"{{{ANY}}}", UUID(ANY).hex])
def test_a_file_for_a_dossier_that_is_none_is_not_kept(site: CaseApiSite, dossier: str) -> None:
    answer = site.portal()("POST", f"{API}/uploads?dossier={dossier}", data=b"x")

    assert code(answer) == (400, "bad-option")


def test_whether_a_body_is_needed_is_told() -> None:
    needed = {
        ("post", "/api/v1/payments/reconciliation"): False,
        ("post", "/api/v1/registers/{book}/{year}/volumes"): False,
        ("post", "/api/v1/registers/{book}/{year}/closing"): False,
        ("post", "/api/v1/registers/{book}/{year}/corrections"): True,
        ("post", "/api/v1/cases/{id_}/withdraw"): False,
        ("post", "/api/v1/cases/{id_}/assign"): True,
        ("post", "/api/v1/cases/uploads"): True,
        ("post", "/api/v1/cases"): True,
    }
    for (method, path), wanted in needed.items():
        operation: dict[str, Any] | None = operation_of(method, re.sub(r"\{\w+\}", "1", path))
        assert operation
        assert operation["requestBody"]["required"] is wanted, path


WRITTEN = {
    "2026-11-24T10:00:00+07:00": True,
    "2026-11-24T03:00:00.5Z": True,
    "2026-11-24 10:00:00+07:00": False,
    "2026-11-24T10:00+07:00": False,
    "2026-11-24T10:00:00+0700": False,
    "1764000000": False,
}


@pytest.mark.parametrize("instant", WRITTEN)
def test_an_instant_is_read_as_the_schema_tells_and_in_no_other_way(instant: str) -> None:
    data = json.dumps({"starts_at": instant})

    if WRITTEN[instant]:
        assert read(MoveBody, data.encode()).starts_at
    else:
        with pytest.raises(BadRequest) as refusal:
            read(MoveBody, data.encode())
        assert (refusal.value.problem.code, refusal.value.problem.params["field"]) == ("field-wrong", "starts_at")
    assert (not wrongs(SCHEMAS["MoveBody"], json.loads(data))) is WRITTEN[instant]


@pytest.mark.parametrize("id_", [f"{{{ANY}}}", ANY.replace("-", ""), f"urn:uuid:{ANY}"])
def test_an_id_is_read_as_the_schema_tells_and_in_no_other_way(id_: str) -> None:
    said = {"starts_at": "2026-11-24T10:00:00Z", "desk": id_}

    with pytest.raises(BadRequest) as refusal:
        read(MoveBody, json.dumps(said).encode())
    assert (refusal.value.problem.code, refusal.value.problem.params["field"]) == ("field-wrong", "desk")
    assert wrongs(SCHEMAS["MoveBody"], said)


AT_MOST: dict[str, tuple[Any, Any]] = {
    "number": (2**31 - 1, 2**31),
    "name": ("b" * 1000, "b" * 1001),
    "procedures": (["b"] * 1000, ["b"] * 1001),
}


@pytest.mark.parametrize("name", AT_MOST)
def test_bounds_of_bodies_stand_in_their_schemas(name: str) -> None:
    most, more = ({"number": 1, name: one} for one in AT_MOST[name])

    read(DeskBody, json.dumps(most).encode())
    with pytest.raises(BadRequest):
        read(DeskBody, json.dumps(more).encode())
    assert not wrongs(SCHEMAS["DeskBody"], most)
    assert wrongs(SCHEMAS["DeskBody"], more)


def test_how_many_papers_a_filing_may_have_stands_in_its_schema() -> None:
    papers = SCHEMAS["Filing"]["properties"]["papers"]

    assert (papers["minItems"], papers["maxItems"]) == (1, MOST_PAPERS)
