"""`verifier db upgrade`: brings the schema of the database at DATABASE_URL up to this release."""

from __future__ import annotations

import argparse

from alembic.util import CommandError
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from verifier.commands.shared import Surroundings
from verifier.errors import BadRequest, CouldNotJudge
from verifier.settings import Settings
from verifier.storage.schema import Schema

VARIABLE = "DATABASE_URL"


def run(_args: argparse.Namespace, around: Surroundings) -> int:
    """Run the migrations that have not run yet; CouldNotJudge `database-unusable` says why in one line."""
    schema = _schema(around)
    try:
        before = schema.revision()
        schema.upgrade()
        after = schema.revision()
    except (SQLAlchemyError, CommandError) as error:
        raise CouldNotJudge("database-unusable", _first_line(error)) from None
    done = f"is at {after} already" if before == after else f"upgraded from {before or 'nothing'} to {after}"
    print(f"the schema {done}", file=around.out)
    return 0


def _schema(around: Surroundings) -> Schema:
    """Make the schema out of its one variable: the other settings are none of this command's."""
    settings = Settings.from_environment({VARIABLE: around.env.get(VARIABLE, "")})
    if not settings.database_url:
        raise BadRequest("bad-option", f"{VARIABLE} is not set", option=VARIABLE)
    try:
        return Schema(settings.database_url)
    except (ArgumentError, ValueError):
        raise BadRequest("bad-option", f"{VARIABLE} is no address of a database", option=VARIABLE) from None


def _first_line(error: SQLAlchemyError | CommandError) -> str:
    said = str(error.orig if isinstance(error, DBAPIError) else error)
    return said.strip().partition("\n")[0]
