"""Two who wait for each other in a circle: the database ends one, which is then done again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from psycopg.errors import DeadlockDetected, SerializationFailure, UniqueViolation
from sqlalchemy.exc import DBAPIError, OperationalError

from tests.cases.filings import upload
from tests.cases.races import RaceWorld, crossed, race_world
from tests.cases.world import CONSULAR
from verifier.accounts.roles import Role
from verifier.cases.completeness import AskSupplement, Item, Supplement
from verifier.cases.filing import FiledComponent
from verifier.cases.records import Case
from verifier.cases.statuses import Status
from verifier.storage.database import Database
from verifier.storage.outage import TRIES, again

ASK = AskSupplement(items=(Item(what="Giấy tờ tùy thân", why="thiếu"),))


@pytest.fixture
def world(database: Database, tmp_path: Path) -> Iterator[RaceWorld]:
    with race_world(database, tmp_path) as world:
        yield world


def test_two_who_take_the_same_files_in_another_order_end(world: RaceWorld) -> None:
    desk = world.asker(Role.RECEPTION)
    one, other = (world.do(Role.RECEPTION, world.at(Status.FILED, CONSULAR), ASK) for _ in range(2))
    files = [upload(world, desk) for _ in range(2)]

    def brings(case: Case, *order: int) -> object:
        components = tuple(FiledComponent(component="power-of-attorney", file=files[at]) for at in order)
        return world.cases.do(desk, case.id, Supplement(components=components))

    found = crossed(world.database, lambda: brings(one, 0, 1), "DELETE FROM case_upload", lambda: brings(other, 1, 0))
    assert sorted(found) == ["done", "upload-unknown"]
    assert sorted(world.now(case).status for case in (one, other)) == ["filed", "supplement"]
    assert world.findings() == []


@pytest.mark.parametrize("error", [DeadlockDetected, SerializationFailure])
def test_what_clashes_is_done_again_a_few_times(error: type[Exception]) -> None:
    times: list[int] = []

    def work() -> str:
        times.append(1)
        if len(times) < TRIES:
            raise OperationalError("update", {}, error())
        return "done"

    assert again(work) == "done"
    times.clear()

    def never() -> None:
        times.append(1)
        raise OperationalError("update", {}, error())

    with pytest.raises(OperationalError):
        again(never)
    assert len(times) == TRIES


def test_what_fails_otherwise_is_not_done_again() -> None:
    times: list[int] = []

    def work() -> None:
        times.append(1)
        raise DBAPIError("insert", {}, UniqueViolation())

    with pytest.raises(DBAPIError):
        again(work)
    assert len(times) == 1
