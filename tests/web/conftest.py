"""The service under test, on a real database and a real folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Blueprint, Flask
from flask.testing import FlaskClient

from tests.support.postgres import RING
from tests.support.templates import sharing
from tests.web.support import Checker, Clock
from verifier.storage.blobs import Blobs
from verifier.storage.database import Database
from verifier.web.access import EVERYBODY
from verifier.web.assembly import Parts, assemble
from verifier.web.jobs import JobLimits, Validations
from verifier.web.problems import Refusal
from verifier.web.site import Site

MakeService = Callable[[], Validations]
MakeApp = Callable[..., Flask]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def checker() -> Checker:
    return Checker()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def make_service(database: Database, folder: Path, checker: Checker, clock: Clock) -> Iterator[MakeService]:
    made: list[Validations] = []

    def make() -> Validations:
        limits = JobLimits(upload_bytes=1000, workers=2, waiting=1, keep=timedelta(days=30))
        blobs = Blobs(folder / "files", RING, folder / "spool")
        service = Validations(database, blobs, check=checker, clock=clock, spool=folder / "spool", limits=limits)
        made.append(service)
        return service

    yield make
    checker.gate.set()
    for service in made:
        service.close()


@pytest.fixture
def service(make_service: MakeService) -> Validations:
    return make_service()


def plain_page(refusal: Refusal) -> str:
    return f"<h1>{refusal.words('vi').title}</h1><p>{refusal.problem.params.get('reference', '')}</p>"


def plain_pages() -> Blueprint:
    pages = Blueprint("pages", __name__)

    @pages.get("/verify")
    def form() -> str:
        return "a form"

    @pages.post("/verify")
    def upload() -> str:
        return "taken"

    @pages.get("/broken")
    def broken() -> str:
        raise ZeroDivisionError("secret of the house")

    return pages


@pytest.fixture
def make_app(service: Validations, folder: Path) -> MakeApp:
    def make(**changes: object) -> Flask:
        plain: dict[str, object] = {
            "service": service,
            "site": Site("Cơ quan", "Authority", upload_bytes=1000),
            "pages": plain_pages(),
            "render_problem": plain_page,
            "spool": folder / "spool",
            "secret_key": "of the test",
            "rate_limit": "1000 per minute",
            "access": dict.fromkeys(("pages.form", "pages.upload", "pages.broken"), EVERYBODY),
        }
        return sharing(assemble(Parts(**(plain | changes))))  # type: ignore[arg-type]

    return make


@pytest.fixture
def client(make_app: MakeApp) -> FlaskClient:
    return make_app().test_client()
