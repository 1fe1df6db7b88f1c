"""What the commands about keys share: their settings, and the files and the database behind them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from verifier.commands.shared import Surroundings
from verifier.errors import BadRequest, CouldNotJudge, Problem
from verifier.settings import Settings
from verifier.storage.blobs import Blobs
from verifier.storage.database import BEHIND, Database
from verifier.storage.keys import read_ring
from verifier.storage.rotation import Failure, Rotation

KEY_FILE, DATA, DATABASE = "VERIFIER_KEY_FILE", "VERIFIER_DATA", "DATABASE_URL"


def key_file(around: Surroundings) -> Path:
    """Return the key file's place; BadRequest `bad-option` where it is not set."""
    return _settings(around, KEY_FILE).key_file or Path()


@contextmanager
def rotation(around: Surroundings) -> Iterator[Rotation]:
    """Give all that is sealed. BadRequest `bad-option`; CouldNotJudge `database-unusable`, `files-unusable`.

    Nothing is guessed: in another folder no file would be found, and the key of all files would pass for unused.
    """
    settings = _settings(around, KEY_FILE, DATA, DATABASE)
    ring = read_ring(key_file(around))
    files = _files(settings.data)
    try:
        database = Database(settings.database_url, ring)
    except (ArgumentError, ValueError):
        raise _wrong(DATABASE, "is no address of a database") from None
    try:
        if database.trouble() == BEHIND:
            raise CouldNotJudge("database-unusable", "its schema is older than this release; run: verifier db upgrade")
        yield Rotation(database, Blobs(files, ring, settings.data / "spool"), ring)
    except SQLAlchemyError as error:
        raise CouldNotJudge("database-unusable", _first_line(error)) from None
    except OSError as error:
        raise CouldNotJudge("files-unusable", error.strerror or type(error).__name__) from None
    finally:
        database.close()


def told(failures: tuple[Failure, ...]) -> Iterator[Problem]:
    """Return what does not open, as problems."""
    for one in failures:
        yield Problem("sealed-data-broken", f"{one.what}: {one.why}")


def counted(files: int, second_factors: int, head: bool, messages: int = 0) -> str:  # noqa: FBT001 - as they are sealed
    """Say how much of each; of messages that wait only where there are some."""
    words = [f"{files} file{'s' * (files != 1)}", f"{second_factors} second factor{'s' * (second_factors != 1)}"]
    waiting = [f"{messages} message{'s' * (messages != 1)}"] if messages else []
    return ", ".join([*words, *waiting, *(["the mark of the audit log"] if head else [])])


def _settings(around: Surroundings, *variables: str) -> Settings:
    """Read these settings and no others; all of them must be there."""
    given = {name: around.env.get(name, "").strip() for name in variables}
    for name, value in given.items():
        if not value:
            raise _wrong(name, "is not set")
    return Settings.from_environment(given)


def _files(data: Path) -> Path:
    files = data / "files"
    try:
        owner = files.stat().st_uid
    except OSError:
        raise _wrong(DATA, f"is {data}, which holds no files of the service") from None
    if owner != os.geteuid():
        raise _wrong(DATA, f"is {data}, whose files belong to another user; run this as the user of the service")
    return files


def _first_line(error: SQLAlchemyError) -> str:
    said = str(error.orig if isinstance(error, DBAPIError) else error)
    return said.strip().partition("\n")[0]


def _wrong(variable: str, why: str) -> BadRequest:
    return BadRequest("bad-option", f"{variable} {why}", option=variable)
