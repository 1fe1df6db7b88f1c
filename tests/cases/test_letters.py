"""Forms are drawn while a command goes on; what cannot be drawn undoes the command, and no record lacks its bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.cases.world import CONSULAR, CaseWorld
from verifier.accounts.roles import Role
from verifier.cases import letters
from verifier.cases.completeness import AskSupplement, Item
from verifier.cases.desk import Cases
from verifier.cases.records import Case
from verifier.cases.statuses import Status
from verifier.storage.database import Database
from verifier.storage.scope import of

ASK = AskSupplement(items=(Item(what="Bản dịch", why="Giấy tờ lập bằng tiếng nước ngoài."),))


class Failing(Executor):
    """Draws nothing."""

    def submit(self, _fn: Callable[..., Any], /, *_args: Any, **_more: Any) -> Future[Any]:
        undone: Future[Any] = Future()
        undone.set_exception(OSError("the disk is full"))
        return undone


@pytest.fixture
def world(database: Database, tmp_path: Path) -> CaseWorld:
    return CaseWorld(database, tmp_path)


def test_a_form_that_was_drawn_meanwhile_stands_in_its_record(world: CaseWorld) -> None:
    case = world.case(CONSULAR, Status.EXAMINATION)

    world.do(Role.SPECIALIST, case, ASK)

    record = next(one for one in world.view(case).records if one.form == "supplement-request")
    drawn = world.blobs.read(record.blob)
    assert drawn.startswith(b"%PDF")
    assert (record.size, record.sha256) == (len(drawn), hashlib.sha256(drawn).hexdigest())


def test_a_form_that_cannot_be_drawn_undoes_the_command(world: CaseWorld) -> None:
    case = world.case(CONSULAR, Status.EXAMINATION)
    broken = Cases(replace(world.house, drawers=Failing()))

    with pytest.raises(OSError, match="the disk is full"):
        broken.do(world.asker(Role.SPECIALIST), case.id, ASK)

    view = world.view(case)
    assert view.case.status == Status.EXAMINATION
    assert not [one for one in view.records if one.form]


def test_no_unit_of_work_ends_with_a_form_that_is_not_drawn(world: CaseWorld) -> None:
    case = world.case(CONSULAR, Status.EXAMINATION)

    with pytest.raises(LookupError, match="not drawn"), world.database.unit(of(case.authority_id)) as unit:
        unit.cases.add_record(_undrawn(world, case))

    assert not [one for one in world.view(case).records if one.sha256 == letters.NOT_DRAWN.sha256]


def _undrawn(world: CaseWorld, case: Case) -> Any:
    one = world.view(case).records[0]
    missing = letters.NOT_DRAWN
    return replace(one, id=case.id, size=missing.size, sha256=missing.sha256, blob=missing.blob)


def test_papers_are_read_again_once_one_changed(world: CaseWorld) -> None:
    case = world.case(CONSULAR, papers=2)

    with world.database.unit(of(case.authority_id)) as unit:
        before = unit.cases.papers(case.id)
        unit.cases.change_paper(before[1].id, name="Bằng khác")
        changed = unit.cases.papers(case.id)
        unit.cases.add_paper(replace(changed[0], id=case.id, number=3))
        more = unit.cases.papers(case.id)

    assert [one.name for one in changed] == [before[0].name, "Bằng khác"]
    assert [one.number for one in more] == [1, 2, 3]
