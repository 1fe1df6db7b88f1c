"""`verifier cases reindex`: writes anew by what words dossiers are found, where a release changed how words are made.

It may run beside the service: some dossiers are held at a time, for a moment. It can be interrupted and goes on where
it was told that it ended. Exit codes: 0 done, 2 usage, 3 the database could not be used.
"""

from __future__ import annotations

import argparse
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError

from verifier.commands.audit_head import opened
from verifier.commands.progress import Progress
from verifier.commands.shared import Surroundings
from verifier.errors import CouldNotJudge
from verifier.storage.database import Database
from verifier.storage.scope import SYSTEM

AT_ONCE = 200
"""Dossiers that are written in one transaction, and held as long."""


def run(args: argparse.Namespace, around: Surroundings, at_once: int = AT_ONCE) -> int:
    """Write all, in the order of their ids, and say how many it were; CouldNotJudge `database-unusable`."""
    last: UUID | None = args.after
    done, whole = 0, False
    try:
        with opened(around) as (database, _):
            progress = Progress(_count(database), around.err)
            try:
                while ids := _written(database, last, at_once):
                    done, last = done + len(ids), ids[-1]
                    for one in ids:
                        progress.done(str(one))
                whole = True
            finally:
                progress.clear()
    except SQLAlchemyError as error:
        raise CouldNotJudge("database-unusable", type(error).__name__) from None
    finally:
        if not whole and last:
            print(f"to go on: verifier cases reindex --after {last}", file=around.err)
    print(f"{done} dossiers are found by their words of now", file=around.out)
    return 0


def _count(database: Database) -> int:
    with database.unit(SYSTEM) as unit:
        return unit.case_search.dossiers()


def _written(database: Database, after: UUID | None, limit: int) -> tuple[UUID, ...]:
    with database.unit(SYSTEM) as unit:
        return unit.case_search.rewrite(after, limit)
