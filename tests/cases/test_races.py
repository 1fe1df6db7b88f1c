"""Two commands on one dossier at the same moment: one is carried out, the other is told why not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from tests.accounts.support import add_authority, add_person
from tests.cases.races import RaceWorld, crossed, race_world
from tests.cases.world import COPY
from verifier.accounts.caller import Caller
from verifier.accounts.roles import Role
from verifier.cases.completeness import AskSupplement, ConfirmComplete, Item
from verifier.cases.decision import Approve, SendBack
from verifier.cases.delays import Apologise
from verifier.cases.kernel import Asker, Command, officer
from verifier.cases.moving import Assign, Forward, Receive, Stop, Take, Withdraw
from verifier.cases.paperwork import SignOnPaper
from verifier.cases.statuses import Status
from verifier.cases.watch import Watch
from verifier.register.books import Books
from verifier.storage.authorities import Competence
from verifier.storage.database import Database
from verifier.storage.scope import SYSTEM

WRITTEN = "UPDATE case_file"
ASK = AskSupplement(items=(Item(what="Bản dịch", why="thiếu"),))
WITHDRAW = Withdraw(reason="Người nộp đề nghị.")
STOP = Stop(reason="Người nộp đề nghị.", asked_by_applicant=True)
BACK = SendBack(reason="Xem lại giấy tờ.")


@pytest.fixture
def world(database: Database, tmp_path: Path) -> Iterator[RaceWorld]:
    with race_world(database, tmp_path) as world:
        yield world


Given = tuple[Role, Command]
RECEPTION, LEADER, SPECIALIST = Role.RECEPTION, Role.LEADER, Role.SPECIALIST
PAIRS: list[tuple[str, Status, Given, Given, str]] = [
    ("approve-withdraw", Status.APPROVAL, (LEADER, Approve()), (RECEPTION, WITHDRAW), "signing"),
    ("withdraw-approve", Status.APPROVAL, (RECEPTION, WITHDRAW), (LEADER, Approve()), "withdrawn"),
    ("approve-stop", Status.APPROVAL, (LEADER, Approve()), (LEADER, STOP), "signing"),
    ("stop-approve", Status.APPROVAL, (LEADER, STOP), (LEADER, Approve()), "stopped"),
    ("back-approve", Status.APPROVAL, (LEADER, BACK), (LEADER, Approve()), "examination"),
    ("sign-back", Status.SIGNING, (LEADER, SignOnPaper()), (LEADER, BACK), "signed"),
    ("back-sign", Status.SIGNING, (LEADER, BACK), (LEADER, SignOnPaper()), "examination"),
    ("sign-sign", Status.SIGNING, (LEADER, SignOnPaper()), (LEADER, SignOnPaper()), "signed"),
    ("ask-complete", Status.FILED, (RECEPTION, ASK), (RECEPTION, ConfirmComplete(shown=("original", "copy"))),
     "supplement"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("at", "first", "second", "ends"), [pair[1:] for pair in PAIRS], ids=[pair[0] for pair in PAIRS]
)
def test_of_two_commands_the_second_meets_the_dossier_as_it_then_stands(
    world: RaceWorld, at: Status, first: Given, second: Given, ends: str
) -> None:
    case = world.at(at)
    before = len(world.events(case))
    found = crossed(
        world.database, world.asks(first[0], case, first[1]), WRITTEN, world.asks(second[0], case, second[1])
    )

    assert found == ("done", "case-not-now")
    assert world.now(case).status == ends
    assert len(world.events(case)) == before + 1
    assert world.findings() == []


# --- who has it ------------------------------------------------------------------------------------------------------


@pytest.fixture
def forwarding(database: Database, tmp_path: Path) -> Iterator[tuple[RaceWorld, Asker]]:
    """An authority that may forward, and reception where it forwards to."""
    ministry = add_authority(database, code="G08", kind="ministry", states=())
    local = add_authority(database, code="H99.SNV", kind="local_office", forwards_to=ministry.id, states=())
    with race_world(database, tmp_path, authority=local) as world:
        told = [Competence(uuid4(), ministry.id, COPY, "decide", date(2020, 1, 1), None, "test")]
        with database.unit(SYSTEM) as unit:
            unit.authorities.set_competences(ministry.id, told)
        person = add_person(database, ministry, Role.RECEPTION, login="bng.tiepnhan", name="Lý Thị Nhận")
        caller = Caller("192.0.2.8", ministry, person, roles=frozenset({Role.RECEPTION}))
        yield world, officer(caller, world.clock.now())


FORWARD = Forward(reason="Thuộc thẩm quyền của Bộ.")


def test_what_is_forwarded_is_assigned_to_nobody_here(forwarding: tuple[RaceWorld, Asker]) -> None:
    world, _ = forwarding
    case = world.at(Status.ACCEPTED)
    assign = world.asks(LEADER, case, Assign(officer=world.person(SPECIALIST).id))

    assert crossed(world.database, world.asks(RECEPTION, case, FORWARD), WRITTEN, assign) == ("done", "case-elsewhere")
    assert world.now(case).officer_id is None
    assert "assigned-officer" not in world.letters(case)
    assert world.findings() == []


def test_what_is_assigned_as_it_is_forwarded_is_nobodys_at_the_end(forwarding: tuple[RaceWorld, Asker]) -> None:
    world, _ = forwarding
    case = world.at(Status.ACCEPTED)
    assign = world.asks(LEADER, case, Assign(officer=world.person(SPECIALIST).id))

    assert crossed(world.database, assign, WRITTEN, world.asks(RECEPTION, case, FORWARD)) == ("done", "done")
    assert (world.now(case).status, world.now(case).officer_id) == ("forwarded", None)
    assert world.findings() == []


def test_a_forwarded_dossier_is_received_once(forwarding: tuple[RaceWorld, Asker]) -> None:
    world, there = forwarding
    case = world.do(RECEPTION, world.at(Status.ACCEPTED), FORWARD)

    def receive() -> object:
        return world.cases.do(there, case.id, Receive())

    before = world.letters(case).count("receipt")
    assert crossed(world.database, receive, WRITTEN, receive) == ("done", "case-not-now")
    assert world.letters(case).count("receipt") == before + 1
    assert world.findings() == []


def test_a_dossier_that_is_assigned_as_somebody_takes_it_is_who_was_first(world: RaceWorld) -> None:
    case = world.at(Status.ACCEPTED)
    assign = world.asks(LEADER, case, Assign(officer=world.person(SPECIALIST).id))

    assert crossed(world.database, assign, WRITTEN, world.asks(SPECIALIST, case, Take())) == (
        "done",
        "already-assigned",
    )
    assert world.findings() == []


# --- the watch -------------------------------------------------------------------------------------------------------


def test_nobody_is_warned_of_a_date_that_was_put_off_meanwhile(world: RaceWorld) -> None:
    case = world.at(Status.EXAMINATION)
    assert case.due_at is not None
    said = Apologise(new_due=case.due_at + timedelta(days=7), reason="Cần xác minh.")
    apologises = world.asks(LEADER, case, said)
    world.clock.instant = case.due_at + timedelta(minutes=1)
    watch = Watch(world.cases)

    found = crossed(world.database, lambda: watch.run(world.clock.now()), "FROM case_file", apologises)
    assert found == ("done", "done")
    assert "deadline-warned" not in world.actions(case)
    assert world.findings() == []


# --- the year's end --------------------------------------------------------------------------------------------------


def test_what_is_signed_on_paper_as_the_book_is_closed_stands_in_the_next_one(world: RaceWorld) -> None:
    first, case = world.at(Status.SIGNED), world.at(Status.SIGNING)
    (before,), year = world.papers(first), world.clock.now().year
    books, leader = Books(world.database, world.house.book, world.clock.now), world.caller(LEADER)
    signs = world.asks(LEADER, case, SignOnPaper())

    found = crossed(
        world.database, lambda: books.close(leader, before.symbol, year, "9/QĐ"), "UPDATE register_book", signs
    )
    assert found == ("done", "book-closed")
    assert world.now(case).status == "signing"
    world.clock.instant = world.clock.instant.replace(year=year + 1)
    assert world.do(LEADER, case, SignOnPaper()).status == "signed"
    assert [(one.year, one.entry) for one in world.papers(case)] == [(year + 1, 1)]
    assert world.findings() == []
