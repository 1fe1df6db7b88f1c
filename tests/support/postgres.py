"""A real PostgreSQL for tests: the one that DATABASE_URL names, else the embedded one; a database for each worker."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from psycopg.errors import DeadlockDetected
from sqlalchemy import Engine, create_engine, event, make_url, text
from sqlalchemy.exc import OperationalError

from verifier.storage.database import Database
from verifier.storage.embedded import EmbeddedPostgres
from verifier.storage.keys import KeyRing
from verifier.storage.schema import Schema, with_driver
from verifier.storage.tables import Base

RING = KeyRing("test", {"test": bytes(range(32))})
LOGIN = "verifier_test_web"
"""A login as production has it: a member of the service's role, and nothing else."""
PASSWORD = "test"
MEMORY = Path("/dev/shm")  # the memory file system of Linux
ROOM = 4 * 1024**3
TRIES = 5
"""Of emptying a database that a service is at work on."""


@contextmanager
def database_url(worker: str) -> Iterator[str]:
    """Give the address of an empty database that belongs to this test worker alone."""
    given = os.environ.get("DATABASE_URL", "")
    if given:
        with _own_database(given, f"verifier_test_{worker}") as url:
            yield url
            _owner(url).dispose()
        return
    with open_folder() as folder, EmbeddedPostgres(folder / "data") as server:
        yield server.url
        _owner(server.url).dispose()


def _in_memory() -> Path | None:
    """Return a place in memory where there is room, since each test empties every table, which is work for a disk."""
    roomy = MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM
    return MEMORY if roomy else None


@contextmanager
def open_folder() -> Iterator[Path]:
    """Give a temporary folder that others may enter, as the embedded server needs."""
    folder = Path(tempfile.mkdtemp(prefix="verifier-test-", dir=_in_memory()))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _own_database(server: str, name: str) -> Iterator[str]:
    url = make_url(server).set(drivername="postgresql+psycopg")
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.execute(text(f'drop database if exists "{name}" with (force)'))
            connection.execute(text(f'create database "{name}"'))
        yield url.set(database=name).render_as_string(hide_password=False)
        with engine.connect() as connection:
            connection.execute(text(f'drop database if exists "{name}" with (force)'))
    finally:
        engine.dispose()


_LOGIN = f"""
do $$ begin
    create role {LOGIN} login password '{PASSWORD}';
exception when duplicate_object or unique_violation then null;
end $$;
do $$ begin
    if not pg_has_role('{LOGIN}', 'verifier_service', 'member') then
        grant verifier_service to {LOGIN};
    end if;
end $$
"""


def service_url(url: str) -> str:
    """Return the address by which the service logs in at the migrated database of `url`, with its own rights only."""
    with Schema(url).connection() as owner:
        owner.execute(text("select pg_advisory_xact_lock(1)"))
        owner.execute(text(_LOGIN))
    address = make_url(with_driver(url)).set(username=LOGIN, password=PASSWORD)
    return address.set(drivername="postgresql").render_as_string(hide_password=False)


@contextmanager
def upgraded(url: str) -> Iterator[Database]:
    """Give the database at `url`, migrated, as the service uses it, and close it afterwards."""
    Schema(url).upgrade()
    database = Database(service_url(url), RING)
    try:
        yield database
    finally:
        database.close()


def empty(url: str) -> None:
    """Delete every row, as the owner; again where work beside requests of a running service stood in the way."""
    for attempt in range(1, TRIES + 1):
        try:
            with _owner(url).begin() as connection:
                connection.execute(text("select pg_temp.empty_all()"))
        except OperationalError as error:
            if attempt == TRIES or not isinstance(error.orig, DeadlockDetected):
                raise
        else:
            return


@cache
def _owner(url: str) -> Engine:
    """Keep one connection of the owner: what it emptied once it empties next time by the plans that it has."""
    engine = create_engine(with_driver(url), pool_size=1, max_overflow=0, pool_pre_ping=True)
    event.listen(engine, "connect", _prepare)
    return engine


def _prepare(connection: Any, _record: object) -> None:
    """Make the function that empties. To delete the few rows of a test is much quicker than to truncate each table."""
    deletes = "; ".join(
        f"delete from {table.name}" for table in Base.metadata.sorted_tables if table.name != "audit_head"
    )
    start = f"update audit_head set number = 0, hash = '\\x{bytes(32).hex()}', mac = ''"
    connection.execute(f"""
        create function pg_temp.empty_all() returns void language plpgsql set session_replication_role = replica as $$
        begin {deletes}; {start}; end $$
    """)
    connection.commit()
