from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata
from flask import Flask
from flask.testing import FlaskClient
from pydantic import TypeAdapter
from werkzeug.test import TestResponse

from tests.accounts.machines import ENDPOINT, Machine, add_machine
from tests.accounts.support import add_authority
from tests.web.accounts_support import accounts_of, app_of
from verifier.accounts.clients import TOKEN_PATH
from verifier.accounts.scopes import CREATE, READ
from verifier.storage.database import Database
from verifier.web.api.schemas import AccessToken, ServerMetadata, TokenError
from verifier.web.oauth.views import FORM_BYTES
from verifier.web.site import address_under

TOKEN = "/oauth/token"


@pytest.fixture
def app(database: Database, tmp_path: Path) -> Flask:
    return app_of(accounts_of(database, audience=ENDPOINT), tmp_path)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def machine(database: Database) -> Machine:
    return add_machine(database, add_authority(database))


def told(answer: TestResponse) -> tuple[int, Any]:
    return answer.status_code, answer.json and answer.json.get("error")


def test_a_token_is_given_and_kept_by_nobody(client: FlaskClient, machine: Machine) -> None:
    answer = client.post(TOKEN, data=machine.form())

    assert answer.status_code == 200
    TypeAdapter(AccessToken).validate_python(answer.json)
    assert answer.content_type == "application/json"
    assert (answer.headers["Cache-Control"], answer.headers["Pragma"]) == ("no-store", "no-cache")
    assert "Set-Cookie" not in answer.headers


def test_a_token_is_given_whatever_page_asks(client: FlaskClient, machine: Machine) -> None:
    headers = {"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "cross-site"}

    assert client.post(TOKEN, data=machine.form(), headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"grant_type": ""}, 400, "invalid_request"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"scope": "trust:change"}, 400, "invalid_scope"),
        ({"client_assertion": "x"}, 401, "invalid_client"),
        ({"client_id": str(uuid4())}, 401, "invalid_client"),
    ],
)
def test_refusals_are_told_as_oauth_tells_them(
    client: FlaskClient, machine: Machine, changes: dict[str, str], status: int, error: str
) -> None:
    answer = client.post(TOKEN, data=machine.form() | changes)

    assert told(answer) == (status, error)
    TypeAdapter(TokenError).validate_python(answer.json)
    assert answer.headers["Cache-Control"] == "no-store"


def test_an_empty_field_is_as_good_as_none(client: FlaskClient, machine: Machine) -> None:
    answer = client.post(TOKEN, data=machine.form() | {"scope": "", "client_id": ""})

    assert answer.json is not None
    assert answer.json["scope"] == f"{CREATE} {READ}"


def test_a_field_stands_there_once(client: FlaskClient, machine: Machine) -> None:
    fields = [*machine.form(scope=READ).items(), ("scope", CREATE)]

    answer = client.post(TOKEN, data=urlencode(fields), content_type="application/x-www-form-urlencoded")

    assert told(answer) == (400, "invalid_request")


def test_the_form_stands_in_the_body(client: FlaskClient, machine: Machine) -> None:
    for answer in (
        client.post(TOKEN, query_string=machine.form()),
        client.post(TOKEN, json=machine.form()),
        client.post(TOKEN, data=machine.form(), content_type="multipart/form-data"),
        client.post(TOKEN, data=machine.form() | {"more": "x" * FORM_BYTES}),
    ):
        assert told(answer) == (400, "invalid_request")


@pytest.mark.parametrize("header", ["Basic Y2xpZW50OnNlY3JldA==", "Bearer x", "x", ""])
def test_no_other_proof_is_taken_beside_the_assertion(client: FlaskClient, machine: Machine, header: str) -> None:
    answer = client.post(TOKEN, data=machine.form(), headers={"Authorization": header})

    assert told(answer) == (401, "invalid_client")
    assert answer.headers["WWW-Authenticate"].startswith("Basic")


def test_a_token_is_asked_for_by_post_only(client: FlaskClient) -> None:
    answer = client.get(TOKEN)

    assert (answer.status_code, answer.json and answer.json["code"]) == (405, "method-not-allowed")


def test_tries_are_limited_by_address(client: FlaskClient) -> None:
    answers = [client.post(TOKEN, data={"grant_type": "x"}) for _ in range(61)]
    other = client.post(TOKEN, data={"grant_type": "x"}, environ_base={"REMOTE_ADDR": "192.0.2.9"})

    assert [answer.status_code for answer in answers] == [400] * 60 + [429]
    assert "Retry-After" in answers[-1].headers
    assert other.status_code == 400


def test_metadata_says_where_and_how(client: FlaskClient) -> None:
    answer = client.get("/.well-known/oauth-authorization-server", headers={"Host": "evil.example"})

    assert answer.json is not None
    TypeAdapter(ServerMetadata).validate_python(answer.json)
    required_but_empty = {"response_types_supported": ["none"]}  # there is no authorization endpoint
    AuthorizationServerMetadata(answer.json | required_but_empty).validate()
    assert answer.json["issuer"] == "https://kiemtra.example.vn"
    assert answer.json["token_endpoint"] == ENDPOINT
    assert answer.json["token_endpoint_auth_methods_supported"] == ["private_key_jwt"]
    assert "HS256" not in answer.json["token_endpoint_auth_signing_alg_values_supported"]


def test_in_development_the_endpoint_is_where_it_was_asked(database: Database, tmp_path: Path) -> None:
    client = app_of(accounts_of(database, audience=address_under("", TOKEN_PATH)), tmp_path).test_client()
    machine = add_machine(database, add_authority(database), endpoint="http://localhost/oauth/token")
    elsewhere = machine.form(machine.assertion(machine.claims(aud=ENDPOINT)))

    assert client.post(TOKEN, data=machine.form()).status_code == 200
    assert told(client.post(TOKEN, data=elsewhere)) == (401, "invalid_client")


def test_without_an_address_there_is_no_token(database: Database, tmp_path: Path, machine: Machine) -> None:
    client = app_of(accounts_of(database, audience=""), tmp_path).test_client()

    for audience in ("", [""], ENDPOINT):
        form = machine.form(machine.assertion(machine.claims(aud=audience)))
        assert told(client.post(TOKEN, data=form)) == (401, "invalid_client")
