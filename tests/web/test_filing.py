from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.accounts.machines import ENDPOINT, add_machine
from tests.accounts.support import add_authority, add_person
from tests.web.accounts_support import accounts_of, app_of, caller_of, token_in
from tests.web.conftest import MakeApp
from tests.web.pages import PaintedPictures
from tests.web.support import PDF, Checker
from tests.web.test_api_callers import ADDRESS, calls_of, code
from verifier.accounts.caller import Caller
from verifier.accounts.roles import Role
from verifier.accounts.scopes import CREATE, READ
from verifier.snapshot import Filing
from verifier.storage.database import Database
from verifier.web.jobs import Validations
from verifier.web.oauth import blueprint as oauth


def sent(**fields: str) -> dict[str, Any]:
    return {"file": (BytesIO(PDF), "a.pdf"), **fields}


# --- the API -------------------------------------------------------------------------------------------------------


@pytest.fixture
def site(make_app: MakeApp, database: Database) -> Flask:
    return make_app(accounts=accounts_of(database, audience=ENDPOINT), blueprints=[oauth])


def test_a_visitor_says_it_or_nobody_does(site: Flask, checker: Checker) -> None:
    client = site.test_client()
    for fields in (
        {},
        {"document_kind": "", "filed_at": ""},
        {"document_kind": "diploma"},
        {"filed_at": "mission:sg,BN"},
    ):
        assert client.post(ADDRESS, data=sent(**fields)).status_code == 201
    client.post(ADDRESS, data=PDF)
    assert [order.filing for order in checker.orders] == [
        None,
        None,
        Filing("diploma", ""),
        Filing("", "mission", ("SG", "BN")),
        None,
    ]


@pytest.mark.parametrize(
    "fields", [{"filed_at": "abroad"}, {"document_kind": "Birth certificate"}], ids=["place", "kind"]
)
def test_what_is_not_understood_is_refused_before_the_file_is_taken(
    site: Flask, checker: Checker, fields: dict[str, str]
) -> None:
    assert code(site.test_client().post(ADDRESS, data=sent(**fields))) == (400, "bad-filing")
    assert checker.orders == []


@pytest.mark.parametrize(
    ("kind", "states", "fields", "expected"),
    [
        ("ministry", (), {}, Filing("", "home")),
        ("ministry", (), {"document_kind": "diploma"}, Filing("diploma", "home")),
        ("mission", ("SG", "BN"), {}, Filing("", "mission", ("SG", "BN"))),
        ("mission", ("SG", "BN"), {"filed_at": "home"}, Filing("", "home")),
        ("mission", (), {}, None),
        ("mission", (), {"document_kind": "diploma"}, Filing("diploma", "")),
    ],
    ids=["at-home", "with-kind", "mission", "said-otherwise", "mission-to-nobody", "mission-to-nobody-with-kind"],
)
def test_the_place_follows_from_the_authority(
    site: Flask,
    database: Database,
    checker: Checker,
    kind: str,
    states: tuple[str, ...],
    fields: dict[str, str],
    expected: Filing | None,
) -> None:
    machine = add_machine(database, add_authority(database, kind=kind, states=states), scopes=(CREATE, READ))
    assert calls_of(site, machine)("POST", data=sent(**fields)).status_code == 201
    assert [order.filing for order in checker.orders] == [expected]


# --- pages ---------------------------------------------------------------------------------------------------------


def test_what_an_officer_hands_in_is_for_their_authority(
    service: Validations, checker: Checker, database: Database, tmp_path: Path
) -> None:
    authority = add_authority(database, kind="mission", states=("SG",))
    person = add_person(database, authority, Role.SPECIALIST)
    who: Caller = caller_of(person, authority, Role.SPECIALIST)
    client = app_of(accounts_of(database), tmp_path, lambda: who, service, pictures=PaintedPictures()).test_client()
    form = sent(csrf_token=token_in(client.get("/verify").text))
    address = client.post("/verify", data=form).location
    assert address is not None
    found = service.wait(address.rpartition("/")[2], 20, who.scope)
    assert found is not None
    # it stands with the validation, so that judging it again asks the same
    assert found.filing == Filing("", "mission", ("SG",))
    assert [order.filing for order in checker.orders] == [found.filing]


@pytest.fixture
def visitor(service: Validations, database: Database, tmp_path: Path) -> FlaskClient:
    return app_of(accounts_of(database), tmp_path, None, service, pictures=PaintedPictures()).test_client()


def posted(client: FlaskClient, **fields: str) -> TestResponse:
    return client.post("/verify", data=sent(**fields))


def test_a_visitor_states_kind_and_place_in_the_form(
    visitor: FlaskClient, service: Validations, checker: Checker
) -> None:
    shown = visitor.get("/verify").text
    for name in ("document_kind", "filed_at", "filed_states"):
        assert f'id="{name}"' in shown
    for fields in (
        {"document_kind": " diploma ", "filed_at": "home", "filed_states": ""},
        {"document_kind": "", "filed_at": "mission", "filed_states": "sg, bn"},
        {"document_kind": "", "filed_at": "", "filed_states": "SG"},
    ):
        address = posted(visitor, **fields).location
        assert address is not None
        service.wait(address.rpartition("/")[2], 20)
    assert [order.filing for order in checker.orders] == [
        Filing("diploma", "home"),
        Filing("", "mission", ("SG", "BN")),
        None,
    ]


@pytest.mark.parametrize(
    "fields",
    [
        {"filed_at": "mission", "filed_states": ""},
        {"filed_at": "mission", "filed_states": "Lào"},
        {"document_kind": "?"},
    ],
    ids=["no-states", "no-codes", "no-kind"],
)
def test_a_form_that_is_not_understood_comes_back_with_words(
    visitor: FlaskClient, checker: Checker, fields: dict[str, str]
) -> None:
    answer = posted(visitor, **fields)
    assert answer.status_code == 400
    assert "Loại giấy tờ hoặc nơi nộp hồ sơ không rõ" in answer.text
    assert 'href="#filed_at"' in answer.text
    assert 'id="file-error"' not in answer.text
    script = visitor.post("/verify", data=sent(**fields), headers={"X-Requested-With": "XMLHttpRequest"})
    assert (script.status_code, script.is_json) == (400, True)
    assert checker.orders == []
