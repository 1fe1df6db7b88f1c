"""A site of real services whose requests come from a given caller, and forms that carry their token."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.accounts.support import AT, CheapHasher, Clock
from tests.support.postgres import RING
from tests.support.templates import sharing
from tests.web.pages import ReadyService, ready_service
from verifier.accounts.caller import Caller
from verifier.accounts.roles import Role
from verifier.accounts.services import Accounts, Shared, make_accounts
from verifier.accounts.sessions import SessionLimits
from verifier.accounts.two_people import Kind
from verifier.storage.authorities import Authority
from verifier.storage.database import Database
from verifier.storage.people import Person
from verifier.storage.scope import SYSTEM
from verifier.storage.sessions import SignedIn
from verifier.web.access import Identify
from verifier.web.assembly import Parts, assemble
from verifier.web.jobs import Validations
from verifier.web.pages import PAGES
from verifier.web.public import blueprint, render_problem
from verifier.web.site import Site

ADDRESS = "127.0.0.1"
LIMITS = SessionLimits(timedelta(minutes=30), timedelta(hours=12))


def accounts_of(
    database: Database, clock: Clock | None = None, *, kinds: Mapping[str, Kind] | None = None, **changes: Any
) -> Accounts:
    """All services of accounts, on a clock of the test's own; `changes` are fields of `Shared`."""
    shared = Shared(database, clock or Clock(), RING, LIMITS, hasher=CheapHasher())
    return make_accounts(replace(shared, **changes), kinds)


def app_of(
    accounts: Accounts,
    spool: Path,
    caller: Caller | Identify | None = None,
    service: ReadyService | Validations | None = None,
    **changes: Any,
) -> Flask:
    """The whole site; every request comes from `caller`, or from who its cookie says where none is given."""
    identify = cast("Identify", caller if callable(caller) or caller is None else lambda: caller)
    parts = Parts(
        service=cast("Validations", service or ready_service()),
        site=Site("Cục Lãnh sự", "Consular Department", "024 3799 3456"),
        pages=blueprint,
        render_problem=render_problem,
        spool=spool,
        secret_key="a secret of the tests, 32 letters",
        rate_limit="9999 per minute",
        accounts=accounts,
        blueprints=PAGES,
        identify=identify,
    )
    return sharing(assemble(Parts(**{**_fields(parts), **changes})))


def session_of(person: Person, *, proved: bool = False, **changes: Any) -> SignedIn:
    """An open session that began at `AT`; fresh from a step-up where `proved`."""
    plain: dict[str, Any] = {
        "id": uuid4(),
        "authority_id": person.authority_id,
        "person_id": person.id,
        "stage": "open",
        "method": "password",
        "created_at": AT,
        "seen_at": AT,
        "expires_at": AT + timedelta(hours=12),
        "proved_at": AT if proved else None,
        "address": ADDRESS,
        "device": "Firefox, Linux",
    }
    return SignedIn(**(plain | changes))


def caller_of(
    person: Person, authority: Authority, *roles: Role, database: Database | None = None, proved: bool = False
) -> Caller:
    """The person as a caller with these roles; with `database` the session is stored, so that it can be ended."""
    session = session_of(person, proved=proved)
    if database is not None:
        with database.unit(SYSTEM) as unit:
            unit.sessions.add(session, uuid4().hex)
    return Caller(ADDRESS, authority, person, session=session, roles=frozenset(roles))


def token_in(page: str) -> str:
    """The token of the first form of a page that has one."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found, "the page has no form with a token"
    return found[1]


def post(
    client: FlaskClient, address: str, form: Mapping[str, Any] | None = None, *, page: str = "", follow: bool = False
) -> TestResponse:
    """Send the form of a page (by default the page at `address`), with its token."""
    token = token_in(client.get(page or address).text)
    return client.post(address, data={"csrf_token": token, **(form or {})}, follow_redirects=follow)


def _fields(parts: Parts) -> dict[str, Any]:
    return {name: getattr(parts, name) for name in Parts.__dataclass_fields__}
