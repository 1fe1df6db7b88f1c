"""The API of dossiers: who asks is told by session cookie and form token, bearer token, or a dossier's own token."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from flask import Flask
from werkzeug.test import TestResponse

from tests.accounts.machines import ENDPOINT, Machine, add_machine
from tests.cases.world import CONSULAR, PDF, CaseWorld
from tests.web.accounts_support import accounts_of, app_of, token_in
from tests.web.contract import held
from verifier.accounts.roles import Role
from verifier.accounts.scopes import FILE_CASES, READ_CASES
from verifier.cases.delivering import Deliveries
from verifier.cases.queue import Queue
from verifier.cases.uploads import Uploads
from verifier.casework import CaseWork
from verifier.outside.identity import IdentityProvider
from verifier.register.lookup import Lookup
from verifier.storage.database import Database
from verifier.storage.people import Person
from verifier.workers.precheck import pages_of

API = "/api/v1/cases"
APPLICANT: dict[str, Any] = {
    "name": "Đỗ Thị Bưởi", "kind": "person", "id_kind": "identity-card", "id_number": "001090000001",
    "phone": "0912000000", "email": "buoi@example.vn", "address": "5 Phố Chợ", "lang": "vi", "portal_account": "",
}  # fmt: skip
PAPER: dict[str, Any] = {
    "name": "Bằng tốt nghiệp đại học", "work": "CNLS", "type": "0501", "holder": "Đỗ Thị Bưởi", "serial": "B 12345",
    "office": "Trường Đại học Thử", "signer": "Ngô Văn Ký", "title": "Hiệu trưởng", "signed_on": "2025-06-30",
    "countries": ["LA"], "language": "vi", "pages": 1,
}  # fmt: skip


@dataclass
class Calls:
    """The API as one caller sees it; every answer is held against the API's document."""

    app: Flask
    headers: dict[str, str]
    cookie: dict[str, Any] = field(default_factory=dict)

    def __call__(self, method: str, address: str = API, **more: Any) -> TestResponse:
        client = self.app.test_client()
        if self.cookie:
            with client.session_transaction() as session:
                session.update(self.cookie)
        headers = {**self.headers, **more.pop("headers", {})}
        if version := more.pop("version", None):
            headers["If-Match"] = f'"{version}"'
        if key := more.pop("key", ""):
            headers["Idempotency-Key"] = key
        return held(client.open(address, method=method, headers=headers, buffered=True, **more), more.get("json"))

    def upload(self, data: bytes = PDF, name: str = "bang.pdf", **more: Any) -> str:
        """Bring a file; return its id."""
        answer = self("POST", f"{API}/uploads", data=data, headers={"X-File-Name": name}, **more)
        assert answer.status_code == 201, answer.text
        return str(told(answer)["id"])

    def filing(self, **changes: Any) -> dict[str, Any]:
        """A filing in order, with a file that was just brought."""
        paper = {**PAPER, "file": self.upload()}
        return {
            "procedure": CONSULAR, "channel": "portal", "applicant": APPLICANT, "papers": [paper], **changes
        }  # fmt: skip

    def filed(self, **changes: Any) -> dict[str, Any]:
        """File a dossier; return the answer."""
        answer = self("POST", json=self.filing(**changes))
        assert answer.status_code == 201, answer.text
        return told(answer)


class CaseApiSite:
    """The house with dossiers, behind its API."""

    def __init__(self, world: CaseWorld, **accounts: Any) -> None:
        self.world = world
        self.accounts = accounts_of(world.database, world.clock, audience=ENDPOINT, **accounts)
        told = {"cases": world.cases, "queue": Queue(world.house), "deliveries": Deliveries(world.cases)}
        lookup = Lookup(world.database, world.house.book, world.clock.now)
        parts = SimpleNamespace(**told, uploads=Uploads(world.house, pages_of), lookup=lookup)
        self.work = cast("CaseWork", parts)  # what the API asks of it
        self.app = self.site()
        world.competent(CONSULAR)

    def site(self, **changes: Any) -> Flask:
        return app_of(self.accounts, self.world.folder / "web", casework=self.work, **changes)

    def officer(self, role: Role, person: Person | None = None, *, proved: bool = True) -> Calls:
        """An officer's script: cookie and form token."""
        _, token = self.world.session(person or self.world.person(role), proved=proved)
        client = self.app.test_client()
        with client.session_transaction() as session:
            session["token"] = token
        page = token_in(client.get("/account").text)
        with client.session_transaction() as session:
            cookie = dict(session)
        return Calls(self.app, {"X-CSRF-Token": page, "Sec-Fetch-Site": "same-origin"}, cookie)

    def portal(self, *scopes: str, machine: Machine | None = None) -> Calls:
        """A machine client with a token."""
        wanted = scopes or (FILE_CASES, READ_CASES)
        machine = machine or add_machine(self.world.database, self.world.authority, scopes=wanted)
        form = machine.form(machine.assertion(machine.claims(self.world.clock.now())))
        granted = self.app.test_client().post("/oauth/token", data=form).json
        assert granted, "no token"
        return Calls(self.app, {"Authorization": f"Bearer {granted['access_token']}"})

    def holder(self, code: str, token: str) -> Calls:
        """Who holds a dossier's code and token."""
        return Calls(self.app, {"X-Dossier-Code": code, "X-Dossier-Token": token})

    def holder_of(self, filed: dict[str, Any]) -> Calls:
        return self.holder(filed["dossier"]["code"], filed["token"])


def told(answer: TestResponse) -> dict[str, Any]:
    """The JSON object of an answer."""
    assert isinstance(answer.json, dict), answer.text
    return answer.json


def code(answer: TestResponse) -> tuple[int, str]:
    """Status and code of a refusal."""
    assert answer.content_type == "application/problem+json", answer.text
    return answer.status_code, str(told(answer)["code"])


@contextmanager
def case_api_site(database: Database, folder: Path, identity: object = None, **world: Any) -> Iterator[CaseApiSite]:
    more = {"identity": cast("IdentityProvider", identity)} if identity else {}
    yield CaseApiSite(CaseWorld(database, folder, **world), **more)
