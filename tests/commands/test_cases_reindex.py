from __future__ import annotations

import io
from argparse import Namespace
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from tests.accounts.support import AT
from tests.cases.world import CaseWorld
from tests.support.postgres import RING
from verifier.cli import run
from verifier.commands import cases_reindex
from verifier.commands.shared import NOT_JUDGED, USAGE, Surroundings
from verifier.outside.clock import FixedClock
from verifier.storage.database import Database
from verifier.storage.keys import write_ring
from verifier.storage.schema import Schema
from verifier.storage.scope import SYSTEM

COUNT = 5


@pytest.fixture
def env(database: Database, service_url: str, tmp_path: Path) -> dict[str, str]:
    write_ring(tmp_path / "keys.toml", RING)
    return {"DATABASE_URL": service_url, "VERIFIER_DATA": str(tmp_path)}


@pytest.fixture
def ids(database: Database, tmp_path: Path, database_url: str) -> list[UUID]:
    """Dossiers, by id, that are found by nothing."""
    world = CaseWorld(database, tmp_path)
    made = sorted(world.case().id for _ in range(COUNT))
    with Schema(database_url).connection() as connection:
        connection.execute(text("update case_search set words = ''"))
    return made


def reindex(env: dict[str, str], *words: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    code = run(["cases", "reindex", *words], Surroundings(env, out, err, FixedClock(AT)))
    return code, out.getvalue(), err.getvalue()


def found(database: Database, ids: list[UUID]) -> list[bool]:
    """Whether each dossier is found by the name of its applicant."""
    with database.unit(SYSTEM) as unit:
        return ["bưởi" in unit.case_search.words(one) for one in ids]


def test_dossiers_are_found_again(database: Database, env: dict[str, str], ids: list[UUID]) -> None:
    assert found(database, ids) == [False] * COUNT
    assert reindex(env) == (0, f"{COUNT} dossiers are found by their words of now\n", "")
    assert found(database, ids) == [True] * COUNT


def test_it_goes_on_behind_a_dossier(database: Database, env: dict[str, str], ids: list[UUID]) -> None:
    assert reindex(env, "--after", str(ids[1]))[:2] == (0, "3 dossiers are found by their words of now\n")
    assert found(database, ids) == [False, False, True, True, True]


def test_it_writes_some_at_a_time(database: Database, ids: list[UUID]) -> None:
    with database.unit(SYSTEM) as unit:
        assert list(unit.case_search.rewrite(None, 2)) == ids[:2]
    with database.unit(SYSTEM) as unit:
        assert list(unit.case_search.rewrite(ids[1], 2)) == ids[2:4]
    assert found(database, ids) == [True] * 4 + [False]


def test_nobody_changes_a_dossier_while_its_words_are_written(database: Database, ids: list[UUID]) -> None:
    with database.unit(SYSTEM) as unit:
        unit.case_search.rewrite(None, 1)
        hold(database, ids[1])
        with pytest.raises(OperationalError):
            hold(database, ids[0])


def hold(database: Database, id_: UUID) -> None:
    """Hold a dossier, or give up soon."""
    with database.unit(SYSTEM) as unit:
        unit.cases._session.execute(text("set local lock_timeout = '100ms'"))
        unit.cases.get(id_, hold=True)


class Interrupting(io.StringIO):
    """A terminal on which somebody presses Ctrl-C after three dossiers."""

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if text.startswith("\r\x1b[K[4/"):
            raise KeyboardInterrupt
        return super().write(text)


def test_who_ends_it_is_told_how_to_go_on(database: Database, env: dict[str, str], ids: list[UUID]) -> None:
    err = Interrupting()
    around = Surroundings(env, io.StringIO(), err, FixedClock(AT))
    with pytest.raises(KeyboardInterrupt):
        cases_reindex.run(parsed(), around, at_once=2)

    assert f"verifier cases reindex --after {ids[3]}" in err.getvalue()
    assert found(database, ids) == [True] * 4 + [False]


def parsed() -> Namespace:
    return Namespace(after=None)


@pytest.mark.parametrize(("words", "changes", "code"), [
    (("--after", "x"), {}, USAGE),
    ((), {"DATABASE_URL": ""}, USAGE),
    ((), {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}, NOT_JUDGED),
], ids=["id", "no-address", "away"])  # fmt: skip
def test_mistakes_are_one_line(env: dict[str, str], words: tuple[str, ...], changes: dict[str, str], code: int) -> None:
    told, out, err = reindex({**env, **changes}, *words)
    assert (told, out) == (code, "")
    assert "Traceback" not in err
