"""The database: engine, unit of work, migrations."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from verifier.storage.validations import Validations

CONNECTIONS = 16
"""Connections kept for one process: at least one for each request thread."""
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
        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
        with self.engine.begin() as connection:
            connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": UPGRADE_LOCK})
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    def trouble(self) -> str:
        """Why the database cannot be used now; empty where it can."""
        try:
            with self.engine.connect() as connection:
                connection.execute(text("select 1 from validation limit 1"))
        except SQLAlchemyError as error:
            return type(error).__name__
        return ""

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


def _unit(session: Session) -> UnitOfWork:
    return UnitOfWork(Validations(session))


def _with_driver(url: str) -> str:
    for prefix in ("postgresql://", "postgres://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url
