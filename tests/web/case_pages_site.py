"""The pages of dossiers over the house of their tests; who asks is told by the session cookie."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.cases.world import CaseWorld
from tests.web.accounts_support import accounts_of, app_of, token_in
from tests.web.pages import ReadyService, ready_service
from verifier.accounts.roles import Role
from verifier.archive.service import Archives
from verifier.cases.queue import Queue
from verifier.cases.uploads import Uploads
from verifier.casework import CaseWork
from verifier.law_desk import LawDesk
from verifier.storage.database import Database

LIST = "/officer/cases"


class CasePagesSite(CaseWorld):
    """The house of dossiers with its site."""

    def __init__(self, database: Database, folder: Path, **house: Any) -> None:
        super().__init__(database, folder, **house)
        self.service: ReadyService = ready_service()
        self.accounts = accounts_of(database, self.clock)
        law = LawDesk(self.house.book, self.clock)
        self.app: Flask = app_of(
            self.accounts, folder / "spool", None, self.service, casework=work_of(self), law=law, wait_seconds=0
        )

    def client(self, role: Role | None, **told: Any) -> FlaskClient:
        """A browser of the officer of a role, just proved unless told otherwise; None: of a visitor."""
        client = self.app.test_client()
        if role is not None:
            token = self.session(told.pop("person", None) or self.person(role), **told)[1]
            with client.session_transaction() as session:
                session["token"] = token
        return client


def work_of(world: CaseWorld) -> CaseWork:
    """What pages ask of dossiers."""
    uploads = Uploads(world.house, lambda _path: 1)
    archives = Archives(world.cases, None, world.folder / "spool")
    return CaseWork(cases=world.cases, uploads=uploads, queue=Queue(world.house), issues=None, archives=archives)


def send(client: FlaskClient, address: str, form: Mapping[str, Any], page: str = "") -> TestResponse:
    """Send a form with its token, key and version as the page gave them."""
    shown = client.get(page or address).text
    return client.post(address, data={"csrf_token": token_in(shown), **hidden(shown), **form})


def hidden(page: str) -> dict[str, str]:
    """Key and version out of a page's form."""
    from re import search

    found = {name: search(rf'name="{name}" value="([^"]*)"', page) for name in ("key", "version")}
    return {name: one[1] for name, one in found.items() if one}


@contextmanager
def case_pages_site(database: Database, folder: Path, **house: Any) -> Iterator[CasePagesSite]:
    yield CasePagesSite(database, folder, **house)
