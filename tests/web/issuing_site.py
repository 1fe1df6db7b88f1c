"""A site that issues: the house of the tests of the act, behind its pages; who asks is told by the session cookie."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.signing.acts.ports import DOCUMENT
from tests.signing.acts.world import ECOPY, ActWorld
from tests.web.accounts_support import accounts_of, app_of, token_in
from tests.web.pages import ReadyService, ready_service
from verifier.accounts.roles import Role
from verifier.signing.records import Kind
from verifier.storage.database import Database
from verifier.storage.issuances import Issuance
from verifier.storage.scope import SYSTEM

NEW = "/officer/issuances/new"
LIST = "/officer/issuances"


class IssuingSite(ActWorld):
    """The house with its site."""

    def __init__(self, database: Database, folder: Path, **parts: Any) -> None:
        super().__init__(database, folder, **parts)
        self.service: ReadyService = ready_service()
        self.accounts = accounts_of(database, self.clock)
        self.app: Flask = self.site()

    def site(self, **changes: Any) -> Flask:
        told = {"issuing": self.issuing, "wait_seconds": 0, **changes}
        return app_of(self.accounts, self.folder / "spool", None, self.service, **told)

    def client(self, token: str | None = None, app: Flask | None = None) -> FlaskClient:
        """A browser of the officer, whose session was just proved; or of whose token it is; `""` of a visitor."""
        client = (app or self.app).test_client()
        if token != "":
            with client.session_transaction() as session:
                session["token"] = token or self.token
        return client

    def colleague(self, *roles: Role, login: str = "binh") -> FlaskClient:
        """A browser of another person of the authority, just proved."""
        return self.client(self.house.signed_in(self.person(*roles, login=login)))

    def unproved(self) -> None:
        """Let the officer's step-up be too long ago."""
        self.clock.pass_(minutes=6)

    def ran(self, id_: UUID) -> Issuance:
        """Let a confirmed act go on, as threads of the service would."""
        return self.issuing.run(id_)

    def acts(self) -> list[Issuance]:
        """Acts that were ordered by the test, newest first."""
        with self.database.unit(SYSTEM) as unit:
            return [one for one in unit.issuances.recent(100) if one.wanted]


def order(
    client: FlaskClient, form: Mapping[str, str] | None = None, kind: Kind = ECOPY, data: bytes = DOCUMENT
) -> TestResponse:
    """Send the form of a kind."""
    address = f"{NEW}/{kind}"
    told = {"csrf_token": token_in(client.get(address).text), "level": "B-LTA", "placement": "auto", **(form or {})}
    return client.post(address, data={**told, "file": (io.BytesIO(data), "bản sao.pdf")})


def send(client: FlaskClient, address: str, form: Mapping[str, Any] | None = None) -> TestResponse:
    """Send a form of one button, with the token of the session."""
    return client.post(address, data={"csrf_token": token_in(client.get("/account").text), **(form or {})})


def id_in(answer: TestResponse) -> UUID:
    """The act that an answer leads to."""
    return UUID(answer.headers["Location"].rstrip("/").rpartition("/")[2])


@contextmanager
def issuing_site(database: Database, folder: Path, **parts: Any) -> Iterator[IssuingSite]:
    site = IssuingSite(database, folder, **parts)
    try:
        yield site
    finally:
        site.close()
