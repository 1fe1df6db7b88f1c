from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Blueprint, Flask
from flask.testing import FlaskClient

from tests.support import postgres
from tests.web.access_world import World, world_of
from tests.web.accounts_support import app_of, token_in
from verifier.accounts.caller import Caller
from verifier.accounts.roles import Role
from verifier.storage.database import Database
from verifier.web.access import ACCESS, SIGNED_IN

pytestmark = pytest.mark.xdist_group("table of access")

SHARED = {"authorities.show", "account.invited", "account.accept", "account.link_identity"}
"""Routes that show the same to all authorities: who they are is public, and an invitation is a secret of its own."""


@pytest.fixture(scope="module")
def world(database_url: str, _migrated: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    postgres.empty(database_url)
    with world_of(_migrated, tmp_path_factory.mktemp("world")) as made:
        yield made


@pytest.fixture(scope="module")
def doors(world: World, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The same site with nothing behind its doors."""
    app = app_of(world.app.extensions["accounts"], tmp_path_factory.mktemp("doors"), lambda: world.caller)
    app.view_functions = dict.fromkeys(app.view_functions, lambda **_: "let in")
    return app


@pytest.mark.parametrize("endpoint", sorted(ACCESS))
def test_exactly_those_whom_the_table_names_are_let_in(world: World, doors: Flask, endpoint: str) -> None:
    address, methods = world.address(endpoint, world.own), world.methods(endpoint)
    for name, who in world.callers(world.own).items():
        world.caller = who
        for method in methods:
            answer = doors.test_client().open(address, method=method)
            at_the_form = answer.status_code == 400 and "Biểu mẫu đã hết hạn" in answer.text
            assert (answer.text == "let in" or at_the_form) == ACCESS[endpoint].admits(who), (name, method)
            if not ACCESS[endpoint].admits(who):
                assert answer.status_code == refused_with(address, who), (name, method)


def refused_with(address: str, who: Caller) -> int:
    if address.startswith("/api/"):
        return 403 if who.known else 401
    return 404 if who.known else 303


@pytest.mark.parametrize("endpoint", sorted(ACCESS.keys() - SHARED))
def test_what_is_another_authoritys_looks_as_if_it_were_not_there(world: World, endpoint: str) -> None:
    if not world.has_ids(endpoint):
        return
    for name, who in world.callers(world.own).items():
        machine = endpoint.startswith(("api.", "cases_api."))
        if not ACCESS[endpoint].admits(who) or (who.client and not machine):
            continue
        world.caller = who
        for method in world.methods(endpoint):
            if who.identities and method == "POST":
                continue  # refused before for want of a form token, which no page of this world gives
            theirs = shown(world, endpoint, method, theirs=True)
            nobodys = shown(world, endpoint, method, theirs=False)
            assert theirs == nobodys, (name, method)
            assert theirs[0] in {404, 286}, (name, method, theirs[0])


def shown(world: World, endpoint: str, method: str, *, theirs: bool) -> tuple[int, str]:
    """Status and page for an id of the other authority, or of nobody; without what differs each time."""
    client, address = world.app.test_client(), world.address(endpoint, world.other if theirs else None)
    for limiter in world.app.extensions["limiter"]:
        limiter.reset()
    form = {"csrf_token": token_of(client)} if world.caller.person and method == "POST" else None
    answer = client.open(address, method=method, data=form)
    page = re.sub(r'name="csrf_token" value="[^"]+"', "", answer.get_data(as_text=True))
    return answer.status_code, re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "*", page)


def token_of(client: FlaskClient) -> str:
    return token_in(client.get("/account").text)


@pytest.mark.parametrize("endpoint", sorted(ACCESS))
def test_every_page_says_who_is_signed_in_and_where(world: World, endpoint: str) -> None:
    if "GET" not in world.methods(endpoint):
        return
    for name, who in world.callers(world.own).items():
        world.caller = who
        with world.app.test_client().get(world.address(endpoint, world.own), buffered=True) as answer:
            page = answer.get_data().decode("utf-8", "replace")
        if '<header class="top">' not in page or who.person is None or who.authority is None:
            continue
        assert f'<span class="authority">{who.authority.name("vi")}</span>' in page, name
        assert f"</span>{who.person.name}</summary>" in page, name


def test_a_route_without_a_rule_stops_the_start(world: World, tmp_path: Path) -> None:
    more = Blueprint("more", __name__)
    more.get("/more")(lambda: "forgotten")

    with pytest.raises(ValueError, match=r"more\.<lambda>"):
        app_of(world.app.extensions["accounts"], tmp_path, blueprints=(more,))


def test_the_table_names_no_route_that_is_not_there(world: World) -> None:
    assert ACCESS.keys() == set(world.routes)


def test_nobody_decides_and_runs_the_house() -> None:
    deciding = {name for name, rule in ACCESS.items() if rule is not SIGNED_IN and Role.LEADER in rule.roles}
    running = {name for name, rule in ACCESS.items() if rule is not SIGNED_IN and rule.roles == {Role.ADMINISTRATOR}}
    assert {"proposals.approve", "proposals.reject"} <= deciding
    assert not {"proposals.approve", "proposals.reject"} & running
    for name in ("proposals.approve", "proposals.approval", "proposals.reject"):
        assert Role.ADMINISTRATOR not in ACCESS[name].roles
