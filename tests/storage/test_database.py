from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from tests.support import postgres
from verifier.errors import BadRequest
from verifier.storage.database import BEHIND, Database
from verifier.storage.embedded import EmbeddedPostgres, closed_parent
from verifier.storage.schema import Schema
from verifier.storage.tables import STATES, Base, ValidationRow


def test_the_migrations_make_exactly_the_tables_that_the_code_knows(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_migrating_twice_changes_nothing(database_url: str, database: Database) -> None:
    Schema(database_url).upgrade()

    with database.engine.connect() as connection:
        assert connection.execute(text("select count(*) from alembic_version")).scalar_one() == 1


def test_the_states_are_those_that_the_database_allows() -> None:
    rule = next(c for c in ValidationRow.__table__.constraints if c.name == "validation_state")  # type: ignore[attr-defined]

    assert all(f"'{state}'" in str(rule.sqltext) for state in STATES)


def test_a_database_that_answers_has_no_trouble(database: Database) -> None:
    assert database.trouble() == ""


def test_a_database_that_is_not_there_is_trouble() -> None:
    gone = Database("postgresql://nobody@127.0.0.1:1/none", postgres.RING)

    assert gone.trouble() == "OperationalError"
    gone.close()


def test_an_empty_database_is_trouble(database_url: str, database: Database) -> None:
    url = database_url + ("&" if "?" in database_url else "?") + "options=-csearch_path%3Dnowhere"
    elsewhere = Database(url, postgres.RING)

    assert Schema(url).revision() == ""
    assert elsewhere.trouble() == BEHIND
    elsewhere.close()


def test_a_schema_is_behind_until_its_migrations_ran_and_a_newer_one_is_none_of_our_trouble(
    database_url: str, database: Database
) -> None:
    schema = Schema(database_url)
    head = schema.revision()
    seen = []
    for revision in ("", "9999"):
        with schema.connection() as connection:
            connection.execute(text("delete from alembic_version"))
            if revision:
                connection.execute(text("insert into alembic_version values (:one)"), {"one": revision})
        seen.append(database.trouble())
    with schema.connection() as connection:
        connection.execute(text("update alembic_version set version_num = :head"), {"head": head})

    assert seen == [BEHIND, ""]
    assert database.trouble() == ""


def test_the_embedded_server_is_refused_in_production(tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match="DATABASE_URL must be set"):
        EmbeddedPostgres(tmp_path / "data", production=True)


def test_a_closed_folder_is_noticed_before_the_embedded_server_opens_it(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    (closed / "in").mkdir(parents=True)
    closed.chmod(0o700)

    assert closed_parent(closed / "in" / "data") == closed
    assert closed_parent(Path("/data")) is None


def test_the_embedded_server_can_be_stopped_and_started_again() -> None:
    with postgres.open_folder() as folder:
        for _ in range(2):
            with EmbeddedPostgres(folder / "data") as server, postgres.upgraded(server.url) as database:
                assert database.trouble() == ""
        with EmbeddedPostgres(folder / "data") as server:
            stopped = Database(server.url, postgres.RING)
        assert stopped.trouble() == "OperationalError"
        stopped.close()
