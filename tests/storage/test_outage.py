from __future__ import annotations

import threading
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import errors
from sqlalchemy import create_engine, text
from sqlalchemy.exc import (
    DataError,
    IntegrityError,
    InterfaceError,
    InternalError,
    InvalidRequestError,
    OperationalError,
    PendingRollbackError,
    ProgrammingError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from tests.support.postgres import RING
from verifier.outside.clock import SystemClock
from verifier.storage.database import Database
from verifier.storage.outage import is_outage
from verifier.storage.schema import Schema
from verifier.storage.scope import SYSTEM


@pytest.mark.parametrize(
    ("error", "outage"),
    [
        (OperationalError("select", {}, psycopg.OperationalError("gone")), True),
        (OperationalError("select", {}, errors.AdminShutdown("going down")), True),
        (OperationalError("select", {}, errors.CannotConnectNow("starting up")), True),
        (InterfaceError("select", {}, psycopg.InterfaceError("the connection is closed")), True),
        (InternalError("insert", {}, errors.ReadOnlySqlTransaction("read-only")), True),
        (InternalError("select", {}, errors.InFailedSqlTransaction("aborted")), False),
        (InternalError("select", {}, errors.InFailedSqlTransaction("x"), connection_invalidated=True), True),
        (PoolTimeoutError("all are in use"), True),
        (PendingRollbackError("broken", code="8s2b"), True),
        (PendingRollbackError("failed before", code="7s2a"), False),
        (IntegrityError("insert", {}, errors.UniqueViolation("twice")), False),
        (ProgrammingError("select", {}, errors.UndefinedTable("none")), False),
        (DataError("select", {}, errors.NumericValueOutOfRange("big")), False),
        (InvalidRequestError("closed"), False),
        (ValueError("no"), False),
    ],
)
def test_an_outage_is_told_from_a_fault(error: Exception, *, outage: bool) -> None:
    assert is_outage(error) is outage


def error_of(act: object) -> SQLAlchemyError:
    assert callable(act)
    with pytest.raises(SQLAlchemyError) as caught:
        act()
    return caught.value


def test_a_session_that_the_operator_ends_is_an_outage(database: Database, database_url: str) -> None:
    begun = threading.Event()

    def work() -> None:
        with database.engine.begin() as connection:
            pid = connection.execute(text("select pg_backend_pid()")).scalar_one()
            with Schema(database_url).connection() as owner:
                owner.execute(text("select pg_terminate_backend(:pid)"), {"pid": pid})
            begun.set()
            connection.execute(text("select 1"))

    assert is_outage(error_of(work))
    assert begun.is_set()
    assert database.trouble() == ""


@pytest.fixture
def read_only(database: Database, database_url: str) -> Iterator[Database]:
    """Give a database that takes no writes from connections made now."""
    name = "options=-cdefault_transaction_read_only%3Don"
    standby = Database(database_url + ("&" if "?" in database_url else "?") + name, RING)
    yield standby
    standby.close()


def test_a_server_that_takes_no_writes_is_an_outage(read_only: Database) -> None:
    def work() -> None:
        with read_only.unit(SYSTEM) as unit:
            unit.outbox.put("mail", "k", {}, SystemClock().now())

    assert is_outage(error_of(work))


def test_no_free_connection_is_an_outage(database_url: str) -> None:
    url = database_url.replace("postgresql://", "postgresql+psycopg://", 1)
    engine = create_engine(url, pool_size=1, max_overflow=0, pool_timeout=0.01)
    try:
        with engine.connect():
            assert is_outage(error_of(engine.connect))
    finally:
        engine.dispose()
