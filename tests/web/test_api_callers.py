from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pydantic import TypeAdapter
from sqlalchemy import text
from werkzeug.test import TestResponse

from tests.accounts.machines import ENDPOINT, Machine, add_machine
from tests.accounts.support import AT, add_authority, add_person
from tests.accounts.support import Clock as AccountsClock
from tests.web.accounts_support import accounts_of, caller_of
from tests.web.conftest import MakeApp
from tests.web.support import NOW, PDF, Checker, Clock
from verifier.accounts.roles import Role
from verifier.accounts.scopes import CREATE, READ
from verifier.storage.database import Database
from verifier.storage.schema import Schema
from verifier.storage.scope import SYSTEM
from verifier.web.api.schemas import Listing
from verifier.web.oauth import blueprint as oauth

ADDRESS = "/api/v1/validations"
Call = Callable[..., TestResponse]


@pytest.fixture
def site(make_app: MakeApp, database: Database) -> Flask:
    return make_app(accounts=accounts_of(database, audience=ENDPOINT), blueprints=[oauth])


@pytest.fixture
def visitor(site: Flask) -> FlaskClient:
    return site.test_client()


def machine_of(database: Database, *scopes: str, **changes: Any) -> Machine:
    return add_machine(database, add_authority(database), scopes=scopes or (CREATE, READ), **changes)


def token_of(site: Flask, machine: Machine) -> str:
    answer = site.test_client().post("/oauth/token", data=machine.form())
    assert answer.json is not None
    return str(answer.json["access_token"])


def calls_of(site: Flask, machine: Machine) -> Call:
    """The API as this machine sees it."""
    client, token = site.test_client(), token_of(site, machine)

    def call(method: str, address: str = ADDRESS, **more: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {token}", **more.pop("headers", {})}
        return client.open(address, method=method, headers=headers, **more)

    return call


def id_in(made: TestResponse) -> UUID:
    return UUID(made.headers["Location"].rpartition("/")[2])


def code(answer: TestResponse) -> tuple[int, str]:
    assert answer.content_type == "application/problem+json"
    assert answer.json is not None
    return answer.status_code, answer.json["code"]


def events(database_url: str) -> list[tuple[str, dict[str, Any]]]:
    wanted = text("select action, body from audit_event where subject_kind = 'validation' order by number")
    with Schema(database_url).connection() as connection:
        return [(action, json.loads(body)) for action, body in connection.execute(wanted)]


# --- of the authority -----------------------------------------------------------------------------------------------


def test_what_a_client_hands_in_belongs_to_its_authority(site: Flask, database: Database) -> None:
    machine = machine_of(database)
    call = calls_of(site, machine)

    made = call("POST", data=PDF)
    read = call("GET", made.headers["Location"])

    assert (made.status_code, read.status_code, read.data) == (201, 200, made.data)
    with database.unit(SYSTEM) as unit:
        found = unit.validations.by_id(id_in(made))
    assert found is not None
    assert (found.authority_id, found.handed_in_by) == (machine.client.authority_id, machine.id)


def test_another_client_of_the_authority_reads_it_too(site: Flask, database: Database) -> None:
    authority = add_authority(database)
    one, other = (calls_of(site, add_machine(database, authority)) for _ in range(2))

    place = one("POST", data=PDF).headers["Location"]

    assert other("GET", place).status_code == 200


def test_a_client_deletes_what_it_handed_in_and_nothing_else(site: Flask, database: Database) -> None:
    authority = add_authority(database)
    one, other = (calls_of(site, add_machine(database, authority)) for _ in range(2))
    place = one("POST", data=PDF).headers["Location"]

    assert code(other("DELETE", place)) == (404, "not-found")
    assert one("GET", place).status_code == 200
    assert one("DELETE", place).status_code == 204
    assert code(one("GET", place)) == (404, "not-found")


def test_what_cannot_be_judged_is_not_kept(site: Flask, database: Database, checker: Checker) -> None:
    call = calls_of(site, machine_of(database))
    checker.refuse("not-a-pdf", kind="zip")

    assert code(call("POST", data=PDF)) == (422, "not-a-pdf")
    assert call("GET").json == {"validations": [], "next": None}


def test_a_client_that_will_not_wait_comes_back(site: Flask, database: Database, checker: Checker) -> None:
    call = calls_of(site, machine_of(database))
    checker.gate.clear()

    made = call("POST", data=PDF, headers={"Prefer": "respond-async"})

    assert (made.status_code, call("GET", made.headers["Location"]).status_code) == (202, 202)
    checker.gate.set()
    while (later := call("GET", made.headers["Location"])).status_code == 202:
        pass
    assert later.status_code == 200


# --- nobody else ----------------------------------------------------------------------------------------------------


def stored_token(database_url: str, id_: UUID, token: str) -> None:
    """Let a validation have a known token: a client's own is told to nobody."""
    with Schema(database_url).connection() as connection:
        connection.execute(
            text("update validation set token_sha256 = sha256(convert_to(:token, 'UTF8')) where id = :id"),
            {"token": token, "id": id_},
        )


def test_another_authority_and_strangers_find_nothing_by_id_or_token(
    site: Flask, database: Database, database_url: str, visitor: FlaskClient
) -> None:
    owner, stranger = (calls_of(site, machine_of(database)) for _ in range(2))
    made = owner("POST", data=PDF)
    stored_token(database_url, id_in(made), "known")

    for place in (made.headers["Location"], f"{ADDRESS}/known"):
        for method in ("GET", "DELETE"):
            assert code(stranger(method, place)) == (404, "not-found")
            assert code(visitor.open(place, method=method)) == (404, "not-found")
        assert owner("GET", place).status_code == 200
    assert stranger("GET").json == {"validations": [], "next": None}


def test_nobody_reads_what_is_nobodys_by_its_id(
    site: Flask, database: Database, database_url: str, visitor: FlaskClient
) -> None:
    visitor.post(ADDRESS, data=PDF)
    with Schema(database_url).connection() as connection:
        id_ = connection.execute(text("select id from validation")).scalar_one()

    assert code(visitor.get(f"{ADDRESS}/{id_}")) == (404, "not-found")
    assert code(calls_of(site, machine_of(database))("GET", f"{ADDRESS}/{id_}")) == (404, "not-found")


def test_without_a_token_all_is_as_before(site: Flask, database: Database, visitor: FlaskClient) -> None:
    place = visitor.post(ADDRESS, data=PDF).headers["Location"]

    assert len(place.rpartition("/")[2]) == 32
    assert visitor.get(place).status_code == 200
    assert calls_of(site, machine_of(database))("GET", place).status_code == 200
    assert visitor.delete(place).status_code == 204


# --- tokens ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "header",
    [
        "",
        "x",
        "Bearer",
        "Bearer ",
        "Bearer x",
        f"Bearer {'A' * 43}",
        "Bearer a b",
        "Basic Y2xpZW50OnNlY3JldA==",
        "Basic !",
        "Digest username=x",
        "Bearer \xe9\xe9",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_bad_header_is_never_a_visitor(visitor: FlaskClient, header: str, method: str, database: Database) -> None:
    answer = visitor.open(ADDRESS, method=method, data=PDF, headers={"Authorization": header})

    assert code(answer) == (401, "token-invalid")
    assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'
    with database.unit(SYSTEM) as unit:
        assert unit.validations.unfinished() == ()


def test_the_name_of_the_scheme_may_be_written_in_any_case(site: Flask, database: Database) -> None:
    token = token_of(site, machine_of(database))

    assert site.test_client().get(ADDRESS, headers={"Authorization": f"bEARER {token}"}).status_code == 200


def test_two_headers_are_none(site: Flask, database: Database) -> None:
    header = ("Authorization", f"Bearer {token_of(site, machine_of(database))}")

    answer = site.test_client().get(ADDRESS, headers=[header, header])

    assert code(answer) == (401, "token-invalid")


def test_a_token_in_the_address_counts_for_nothing(site: Flask, database: Database) -> None:
    token = token_of(site, machine_of(database))

    assert code(site.test_client().get(f"{ADDRESS}?access_token={token}")) == (401, "not-signed-in")


def test_a_token_over_is_refused(make_app: MakeApp, database: Database) -> None:
    clock = AccountsClock()
    site = make_app(accounts=accounts_of(database, clock, audience=ENDPOINT), blueprints=[oauth])
    call = calls_of(site, machine_of(database))
    assert call("GET").status_code == 200

    clock.pass_(minutes=10)

    assert code(call("GET")) == (401, "token-invalid")


def test_a_token_of_a_client_that_was_disabled_is_refused(site: Flask, database: Database) -> None:
    machine = machine_of(database)
    call = calls_of(site, machine)
    with database.unit(SYSTEM) as unit:
        unit.clients.change(replace(machine.client, disabled_at=AT))

    assert code(call("POST", data=PDF)) == (401, "token-invalid")


@pytest.mark.parametrize(
    ("scope", "method", "address"),
    [
        (READ, "POST", ADDRESS),
        (READ, "DELETE", f"{ADDRESS}/x"),
        (CREATE, "GET", ADDRESS),
        (CREATE, "GET", f"{ADDRESS}/x"),
    ],
)
def test_a_scope_that_is_missing_is_told(
    site: Flask, database: Database, scope: str, method: str, address: str
) -> None:
    answer = calls_of(site, machine_of(database, scope))(method, address, data=PDF)

    assert code(answer) == (403, "not-allowed")
    assert answer.headers["WWW-Authenticate"] == 'Bearer error="insufficient_scope"'


def test_people_call_the_api_as_strangers_and_by_no_cookie(make_app: MakeApp, database: Database) -> None:
    authority = add_authority(database)
    who = caller_of(add_person(database, authority, Role.SPECIALIST), authority, Role.SPECIALIST)
    client = make_app(accounts=accounts_of(database), blueprints=[oauth], identify=lambda: who).test_client()

    place = client.post(ADDRESS, data=PDF).headers["Location"]

    assert len(place.rpartition("/")[2]) == 32
    assert code(client.get(ADDRESS)) == (403, "not-allowed")
    with database.unit(SYSTEM) as unit:
        found = unit.validations.by_token(place.rpartition("/")[2])
    assert found is not None
    assert found.authority_id is None


def test_pages_do_not_look_at_tokens(site: Flask, database: Database) -> None:
    headers = {"Authorization": f"Bearer {token_of(site, machine_of(database))}"}

    assert site.test_client().get("/verify", headers=headers).text == "a form"


# --- the list -------------------------------------------------------------------------------------------------------


def test_the_list_shows_the_newest_first(site: Flask, database: Database, clock: Clock) -> None:
    call = calls_of(site, machine_of(database))
    for name in ("a.pdf", "b%C4%83.pdf"):
        call("POST", data=PDF, headers={"X-File-Name": name})
        clock.forward(seconds=1)

    told = call("GET").json

    assert told is not None
    TypeAdapter(Listing).validate_python(told)
    assert [one["file"] for one in told["validations"]] == ["bă.pdf", "a.pdf"]
    assert [one["conclusion"] for one in told["validations"]] == ["TOTAL_PASSED"] * 2
    assert call("GET", told["validations"][0]["href"]).status_code == 200


def test_pages_of_the_list_leave_nothing_out_and_double_nothing(site: Flask, database: Database, clock: Clock) -> None:
    call = calls_of(site, machine_of(database))
    made = set()
    for number in range(5):  # some at the same instant
        made.add(str(id_in(call("POST", data=PDF))))
        clock.forward(seconds=number // 2)
    seen, address = [], f"{ADDRESS}?limit=2"
    while address:
        told = call("GET", address).json
        assert told is not None
        assert len(told["validations"]) <= 2
        seen += [one["id"] for one in told["validations"]]
        address = told["next"]

    assert (len(seen), set(seen)) == (5, made)


def test_the_list_may_begin_before_an_instant_and_ends_with_what_is_over(
    site: Flask, database: Database, clock: Clock
) -> None:
    call = calls_of(site, machine_of(database))
    call("POST", data=PDF)
    at = NOW.isoformat().replace("+00:00", "Z")

    assert call("GET", f"{ADDRESS}?before={at}").json == {"validations": [], "next": None}
    assert len((call("GET", f"{ADDRESS}?before={at.replace('00Z', '01Z')}").json or {})["validations"]) == 1
    clock.forward(days=31)
    assert call("GET").json == {"validations": [], "next": None}


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("limit=0", "bad-option"),
        ("limit=101", "bad-option"),
        ("limit=-1", "bad-option"),
        ("limit=²", "bad-option"),
        ("limit=9999999999", "bad-option"),
        ("limit=", "bad-option"),
        ("before=x", "bad-instant"),
        ("before=2026-11-20", "bad-instant"),
        ("before=2026-11-20T08:00:00", "bad-instant"),
        ("before=2026-11-20T08:00:00Z~x", "bad-instant"),
        ("before=%00", "bad-instant"),
        ("before=~", "bad-instant"),
    ],
)
def test_a_list_that_is_asked_for_wrongly_is_refused(site: Flask, database: Database, query: str, told: str) -> None:
    assert code(calls_of(site, machine_of(database))("GET", f"{ADDRESS}?{query}")) == (400, told)


def test_the_ends_of_time_do_no_harm(site: Flask, database: Database) -> None:
    call = calls_of(site, machine_of(database))

    for instant in ("0001-01-01T00:00:00%2B14:00", "9999-12-31T23:59:59-14:00"):
        assert call("GET", f"{ADDRESS}?before={instant}").status_code == 200


def test_the_list_is_for_machine_clients(visitor: FlaskClient) -> None:
    answer = visitor.get(ADDRESS)

    assert code(answer) == (401, "not-signed-in")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


# --- the log --------------------------------------------------------------------------------------------------------


def test_what_a_client_does_is_in_the_audit_log(site: Flask, database: Database, database_url: str) -> None:
    machine = machine_of(database)
    call = calls_of(site, machine)
    place = call("POST", data=PDF, headers={"X-File-Name": "secret-name.pdf"}).headers["Location"]
    call("GET", place)
    call("DELETE", place)

    found = events(database_url)

    assert [action for action, _ in found] == ["validation-handed-in", "validation-read", "validation-deleted"]
    assert all(body["actor"]["id"] == str(machine.id) for _, body in found)
    assert all(body["authority"] == str(machine.client.authority_id) for _, body in found)
    assert [body["reads"] for _, body in found] == [[], ["report"], []]
    assert "secret-name" not in json.dumps(found)


def test_what_is_nobodys_is_in_no_log(visitor: FlaskClient, database_url: str) -> None:
    visitor.delete(visitor.post(ADDRESS, data=PDF).headers["Location"])

    assert events(database_url) == []


# --- rates ----------------------------------------------------------------------------------------------------------


def test_each_client_has_a_count_of_its_own(make_app: MakeApp, database: Database) -> None:
    site = make_app(
        accounts=accounts_of(database, audience=ENDPOINT),
        blueprints=[oauth],
        rate_limit="1 per minute",
        rate_limit_signed_in="2 per minute",
    )
    one, other = (calls_of(site, machine_of(database)) for _ in range(2))
    client = site.test_client()

    assert [client.post(ADDRESS, data=PDF).status_code for _ in range(2)] == [201, 429]
    assert [one("POST", data=PDF).status_code for _ in range(3)] == [201, 201, 429]
    elsewhere = one("POST", data=PDF, environ_base={"REMOTE_ADDR": "192.0.2.8"})
    assert elsewhere.status_code == 429
    assert other("POST", data=PDF).status_code == 201
