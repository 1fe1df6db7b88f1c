"""`verifier authority add`: adds an authority; the rest of its entry is filled in by its own people."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import SQLAlchemyError

from verifier.accounts.bootstrap import Bootstrap
from verifier.commands.outbox import opened
from verifier.commands.shared import Surroundings
from verifier.errors import CouldNotJudge


def run(args: argparse.Namespace, around: Surroundings) -> int:
    """Add it; BadRequest `bad-option`, `name-unclear`; CouldNotJudge `database-unusable`."""
    with unusable(), opened(around) as database:
        added = Bootstrap(database, around.clock).add_authority(
            args.code, args.kind, args.name_vi, args.name_en, args.time_zone
        )
    print(f"added {added.code} ({added.name_vi})", file=around.out)
    return 0


@contextmanager
def unusable() -> Iterator[None]:
    """Say in one line that the database cannot be used."""
    try:
        yield
    except SQLAlchemyError as error:
        raise CouldNotJudge("database-unusable", type(error).__name__) from None
