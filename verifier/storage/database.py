"""The database: engine, unit of work, migrations."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from verifier.storage.validations import Validations

CONNECTIONS = 16
"""Connections kept for one process: at least one for each request thread."""
BEHIND = "schema-behind"
"""Trouble of a database on which migrations of this release have not run."""
UPGRADE_LOCK = 0x7665726966
"""Key of the advisory lock that lets one process migrate at a time."""


@dataclass(frozen=True)
class UnitOfWork:
    """The repositories of one transaction."""

    validations: Validations


class Database:
    """PostgreSQL behind an SQLAlchemy engine. `close` it when done."""

    def __init__(self, url: str) -> None:
        """`url` is a `postgresql://` address."""
        self.engine = create_engine(
            _with_driver(url),
            pool_pre_ping=True,
            pool_size=CONNECTIONS,
            hide_parameters=True,  # names of files have no place in logs
            connect_args={"connect_timeout": 5},
        )
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)

    @contextmanager
    def unit(self) -> Iterator[UnitOfWork]:
        """Open a unit of work: committed on leaving, rolled back on any exception. SQLAlchemyError where it fails."""
        with self._sessions.begin() as session:
            yield _unit(session)

    def upgrade(self) -> None:
        """Run all migrations that have not run yet; processes that start together wait for each other."""
        config = _config()
        with self.engine.begin() as connection:
            connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": UPGRADE_LOCK})
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    def revision(self) -> str:
        """Return the migration that the schema stands at; empty where none has run. SQLAlchemyError where it fails."""
        with self.engine.connect() as connection:
            return ", ".join(MigrationContext.configure(connection).get_current_heads())

    def trouble(self) -> str:
        """Why the database cannot be used now; empty where it can, `BEHIND` where migrations are missing.

        A schema newer than this release is no trouble: it is what the last process of an old release meets.
        """
        try:
            with self.engine.connect() as connection:
                found = MigrationContext.configure(connection).get_current_heads()
                if set(found) != _wanted() and set(found) <= _known():
                    return BEHIND
                connection.execute(text("select 1 from validation limit 1"))
        except SQLAlchemyError as error:
            return type(error).__name__
        return ""

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


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


def _unit(session: Session) -> UnitOfWork:
    return UnitOfWork(Validations(session))


def _with_driver(url: str) -> str:
    for prefix in ("postgresql://", "postgres://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url
