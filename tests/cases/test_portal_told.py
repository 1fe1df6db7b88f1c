from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.cases.signing_world import signing_world
from tests.cases.test_delivery import exempt
from tests.cases.world import COPY, CaseWorld, case_world
from verifier.accounts.roles import Role
from verifier.cases.completeness import AskSupplement, Item
from verifier.cases.delays import Apologise
from verifier.cases.delivery import Deliver
from verifier.cases.moving import Assign
from verifier.cases.statuses import Status
from verifier.storage.database import Database
from verifier.storage.scope import SYSTEM

DUE = datetime(2026, 3, 4, 10, tzinfo=UTC)


@pytest.fixture
def world(database: Database, tmp_path: Path) -> Iterator[CaseWorld]:
    with case_world(database, tmp_path, portal=True) as world:
        yield world


def told(world: CaseWorld) -> list[tuple[int, datetime, str | None]]:
    """What the portal is told, in order: code, since when, due date."""
    with world.database.unit(SYSTEM) as unit:
        found = [one for one in unit.outbox.listed("waiting") if one.topic == "portal-status"]
    payloads = [one.payload for one in sorted(found, key=lambda one: one.created_at)]
    return [(one["portal"], datetime.fromisoformat(one["at"]), one["due"]) for one in payloads]


def test_a_new_date_is_told_though_the_status_stays(world: CaseWorld) -> None:
    new = DUE + timedelta(days=5)
    case = world.case(COPY, due_at=DUE, first_due=DUE)
    world.do(Role.LEADER, case, Apologise(new_due=new, reason="Cần xác minh."))

    assert [(code, datetime.fromisoformat(due or "")) for code, _, due in told(world)] == [(4, new)]


def test_the_statuses_of_a_dossier_stand_in_one_line(world: CaseWorld) -> None:
    case = world.case(COPY, due_at=DUE, first_due=DUE)
    case = world.do(Role.LEADER, case, Apologise(new_due=DUE + timedelta(days=5), reason="Cần xác minh."))
    last = world.do(Role.SPECIALIST, case, AskSupplement(items=(Item(what="Bản dịch", why="Bằng tiếng Lào."),)))

    with world.database.unit(SYSTEM) as unit:
        found = [one for one in unit.outbox.listed("waiting") if one.topic == "portal-status"]
    assert {(one.line, one.place) for one in found} == {
        (f"case:{case.id}", one) for one in (case.version, last.version)
    }


def test_what_changes_neither_status_nor_date_is_not_told(world: CaseWorld) -> None:
    case = world.case(COPY, due_at=DUE)
    world.do(Role.LEADER, case, Assign(officer=world.person(Role.SPECIALIST).id))

    assert told(world) == []


def test_a_request_for_supplement_is_told_with_its_moment(world: CaseWorld) -> None:
    case = world.case(COPY, due_at=DUE)
    world.clock.pass_(minutes=7)
    world.do(Role.SPECIALIST, case, AskSupplement(items=(Item(what="Bản dịch", why="Bằng tiếng Lào."),)))

    assert [(code, at) for code, at, _ in told(world)] == [(5, world.clock.now())]


def test_the_work_ends_when_the_last_act_was_issued_not_when_it_is_noted(database: Database, tmp_path: Path) -> None:
    with signing_world(database, tmp_path, portal=True) as world:
        case = world.approved(papers=2)
        world.sign(case)
        world.carried_on(case)
        issued = world.clock.now()
        world.clock.pass_(hours=3)
        world.look()

        assert world.now(case).signed_at == issued
        assert (9, issued) in [(code, at) for code, at, _ in told(world)]


def test_a_result_is_told_as_given_when_it_was_given(world: CaseWorld) -> None:
    case = world.case(COPY, Status.SIGNED, signed_at=world.clock.now())
    exempt(world, case)
    world.clock.pass_(minutes=30)
    case = world.do(Role.RECEPTION, case, Deliver(way="paper", received_by="Đỗ Thị Bưởi", id_number="001090000001"))

    assert [(code, at) for code, at, _ in told(world)] == [(10, case.delivered_at)]
