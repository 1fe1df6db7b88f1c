"""`verifier outbox`: dead letters at the command line, for messages that no page shows or when there is no page."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError

from verifier.accounts.dead_letters import DeadLetters, Operator
from verifier.commands.shared import Surroundings
from verifier.compose import ring_of
from verifier.errors import BadRequest, CouldNotJudge
from verifier.plain import visible
from verifier.settings import Settings
from verifier.storage.database import Database

OPERATOR = Operator()


def run(args: argparse.Namespace, around: Surroundings) -> int:
    """List dead letters, or have one tried again or dropped; CouldNotJudge `database-unusable`."""
    with opened(around) as database:
        letters = DeadLetters(database, around.clock)
        try:
            if args.act == "list":
                _tell(letters, around)
            elif args.act == "retry":
                letters.retry(OPERATOR, _id(args.id))
                print(f"{args.id} is due again", file=around.out)
            else:
                letters.drop(OPERATOR, _id(args.id), args.reason)
                print(f"{args.id} is dropped", file=around.out)
        except SQLAlchemyError as error:
            raise CouldNotJudge("database-unusable", type(error).__name__) from None
    return 0


@contextmanager
def opened(around: Surroundings) -> Iterator[Database]:
    """Give the database that the settings name. BadRequest `bad-option` where they name none."""
    settings = Settings.from_environment(around.env)
    if not settings.database_url:
        raise BadRequest("bad-option", "DATABASE_URL is not set", option="DATABASE_URL")
    database = Database(settings.database_url, ring_of(settings))
    try:
        yield database
    finally:
        database.close()


def _tell(letters: DeadLetters, around: Surroundings) -> None:
    found = letters.list(OPERATOR)
    for one in found:
        parts = (str(one.id), one.topic, one.created_at.isoformat("T", "seconds"), str(one.attempts), one.trouble)
        print(visible("  ".join(parts)), file=around.out)
    if not found:
        print("no dead letters", file=around.out)


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise BadRequest("bad-option", f"{text} is no id of a message", option="ID") from None
