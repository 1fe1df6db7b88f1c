"""Fixtures that several parts share."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
import structlog

from tests.support import postgres
from verifier.storage.database import Database


def pytest_configure() -> None:
    """Write the trace of an error without the values of its variables, which take minutes to draw."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
        ]
    )


@pytest.fixture(scope="session")
def database_url() -> Iterator[str]:
    with postgres.database_url(os.environ.get("PYTEST_XDIST_WORKER", "alone")) as url:
        yield url


@pytest.fixture
def service_url(database_url: str, database: Database) -> str:
    """The address by which the service logs in: with the rights of its role, and no others."""
    return postgres.service_url(database_url)


@pytest.fixture(scope="session")
def _migrated(database_url: str) -> Iterator[Database]:
    with postgres.upgraded(database_url) as database:
        yield database


@pytest.fixture
def database(database_url: str, _migrated: Database) -> Database:
    postgres.empty(database_url)
    return _migrated
