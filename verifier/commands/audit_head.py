"""`verifier audit head`: prints how far the audit log goes, to be written down where no owner of the database is."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from verifier.commands.shared import Surroundings
from verifier.errors import BadRequest, CouldNotJudge
from verifier.settings import Settings
from verifier.storage.audit_check import head
from verifier.storage.database import Database
from verifier.storage.keys import KeyRing, read_ring
from verifier.storage.scope import SYSTEM

VARIABLES = ("DATABASE_URL", "VERIFIER_KEY_FILE", "VERIFIER_DATA")
"""The settings that these commands read; the others are none of theirs."""


def run(_args: argparse.Namespace, around: Surroundings) -> int:
    """Print `NUMBER:HASH`; CouldNotJudge `database-unusable`."""
    try:
        with opened(around) as (database, _), database.unit(SYSTEM) as unit:
            print(head(unit.audit), file=around.out)
    except SQLAlchemyError as error:
        raise CouldNotJudge("database-unusable", type(error).__name__) from None
    return 0


@contextmanager
def opened(around: Surroundings) -> Iterator[tuple[Database, KeyRing]]:
    """Give the database that the settings name and the key ring, which is never made here; BadRequest `bad-option`."""
    settings = Settings.from_environment({name: around.env.get(name, "") for name in VARIABLES})
    if not settings.database_url:
        raise BadRequest("bad-option", "DATABASE_URL is not set", option="DATABASE_URL")
    ring = read_ring(settings.key_file or settings.data / "keys.toml")
    try:
        database = Database(settings.database_url, ring)
    except (ArgumentError, ValueError):
        raise BadRequest("bad-option", "DATABASE_URL is no address of a database", option="DATABASE_URL") from None
    try:
        yield database, ring
    finally:
        database.close()
