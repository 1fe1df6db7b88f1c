from __future__ import annotations

import io

import pytest
from sqlalchemy import text

from tests.pki import AT
from tests.support.postgres import RING
from verifier.cli import run
from verifier.commands.shared import NOT_JUDGED, USAGE, Surroundings
from verifier.outside.clock import FixedClock
from verifier.storage.database import BEHIND, Database
from verifier.storage.schema import Schema


def upgrade(**env: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    code = run(["db", "upgrade"], Surroundings(env, out, err, FixedClock(AT)))
    return code, out.getvalue(), err.getvalue()


@pytest.fixture
def empty_schema(database: Database, database_url: str) -> str:
    with Schema(database_url).connection() as connection:
        connection.execute(text("drop schema if exists fresh cascade"))
        connection.execute(text("create schema fresh"))
    return f"{database_url}{'&' if '?' in database_url else '?'}options=-csearch_path%3Dfresh"


def trouble(url: str) -> str:
    database = Database(url, RING)
    try:
        return database.trouble()
    finally:
        database.close()


def test_an_empty_database_is_brought_up_to_date_and_the_second_time_nothing_happens(empty_schema: str) -> None:
    before = trouble(empty_schema)
    # the settings of the service are there too, and are none of this command's
    first = upgrade(DATABASE_URL=empty_schema, VERIFIER_ENV="production")
    second = upgrade(DATABASE_URL=empty_schema)

    assert (before, trouble(empty_schema)) == (BEHIND, "")
    assert first[0] == second[0] == 0
    assert first[1].startswith("the schema upgraded from nothing to ")
    assert second[1].endswith(" already\n")
    assert first[2] == second[2] == ""


def test_a_schema_of_a_newer_release_is_left_alone(empty_schema: str) -> None:
    upgrade(DATABASE_URL=empty_schema)
    with Schema(empty_schema).connection() as connection:
        connection.execute(text("update alembic_version set version_num = '9999'"))

    code, out, err = upgrade(DATABASE_URL=empty_schema)

    assert (code, out) == (NOT_JUDGED, "")
    assert "9999" in err


@pytest.mark.parametrize(
    ("url", "code", "why"),
    [
        ("", USAGE, "DATABASE_URL is not set"),
        ("sqlite:///geheim", USAGE, "must be a postgresql:// address"),
        ("postgresql://judge:geheim@127.0.0.1:port/x", USAGE, "no address of a database"),
        ("postgresql://judge:geheim@127.0.0.1:1/x", NOT_JUDGED, "Connection refused"),
    ],
)
def test_what_is_wrong_is_told_in_one_line_without_the_password(url: str, code: int, why: str) -> None:
    answered, out, err = upgrade(DATABASE_URL=url)

    assert (answered, out) == (code, "")
    (line,) = err.splitlines()
    assert line.startswith("verifier: ")
    assert why in line
    assert "geheim" not in line
