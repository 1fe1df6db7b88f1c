"""The service under test, on a real database and a real folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.web.support import Checker, Clock
from verifier.storage.blobs import Blobs
from verifier.storage.database import Database
from verifier.web.jobs import JobLimits, Validations

MakeService = Callable[[], Validations]


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
        blobs = Blobs(folder / "files")
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
