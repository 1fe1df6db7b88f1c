"""The schema of the database: migrations, run as the owner, and whether it fits this release."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, NullPool, create_engine, text

BEHIND = "schema-behind"
"""Trouble of a database on which migrations of this release have not run."""
UPGRADE_LOCK = 0x7665726966
"""Key of the advisory lock that lets one process migrate at a time."""
CONNECT_SECONDS = 5


class Schema:
    """The schema behind a database address whose role may change it."""

    def __init__(self, url: str) -> None:
        """`url` is a `postgresql://` address."""
        self._engine = create_engine(
            with_driver(url), poolclass=NullPool, connect_args={"connect_timeout": CONNECT_SECONDS}
        )

    def upgrade(self) -> None:
        """Run all migrations that have not run yet; processes that start together wait for each other."""
        config = _config()
        with self._engine.begin() as connection:
            connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": UPGRADE_LOCK})
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    def revision(self) -> str:
        """Return the migration that the schema stands at; empty where none has run. SQLAlchemyError where it fails."""
        with self._engine.connect() as connection:
            return ", ".join(MigrationContext.configure(connection).get_current_heads())

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """Open a transaction as the owner, for what the service may not do."""
        with self._engine.begin() as connection:
            yield connection


def behind(connection: Connection) -> bool:
    """Tell whether migrations of this release are missing.

    A schema newer than this release is none: it is what the last process of an old release meets.
    """
    found = set(MigrationContext.configure(connection).get_current_heads())
    return found != _wanted() and found <= _known()


def with_driver(url: str) -> str:
    """Return the address with the driver that we use."""
    for prefix in ("postgresql://", "postgres://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


@cache
def _wanted() -> frozenset[str]:
    """The newest migration of this release."""
    return frozenset(ScriptDirectory.from_config(_config()).get_heads())


@cache
def _known() -> frozenset[str]:
    """All migrations of this release."""
    return frozenset(one.revision for one in ScriptDirectory.from_config(_config()).walk_revisions())
