"""Dossiers while two officers, a double click, the database or the mail server stand in the way."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.exc import SQLAlchemyError

from tests.cases.world import CONSULAR, COPY, CaseWorld, code_of
from tests.faults.cases import ACTIONS, Desk, Work, ask, desk_of, office, work
from tests.faults.server import Restartable, restartable
from tests.faults.test_case_kill import findings
from tests.faults.test_outage import until
from tests.notices.mail_server import mail_server, nowhere
from tests.notices.test_carriers import PortalDoor, Post
from tests.support.postgres import RING
from verifier.accounts.roles import Role
from verifier.cases.keys import Key
from verifier.cases.moving import Withdraw
from verifier.cases.records import Case
from verifier.errors import VerifierError
from verifier.notices.telling import Reach, Telling
from verifier.storage.database import Database
from verifier.storage.notices import Notice
from verifier.storage.scope import SYSTEM

AT_ONCE = 8


def idle() -> None:
    """A step at which nothing happens."""


@pytest.fixture
def world(database: Database, service_url: str, tmp_path: Path) -> Iterator[CaseWorld]:
    made = office(service_url, tmp_path)
    yield made
    made.database.close()


@pytest.fixture
def desk(world: CaseWorld, service_url: str) -> Iterator[Desk]:
    made = desk_of(service_url, world, idle)
    yield made
    made.house.database.close()


def key(text: str, content: str = "") -> Key:
    return Key(text, hashlib.sha256((content or text).encode()).digest())


def together(act: Callable[[], object]) -> list[object]:
    """Do it many times at once; return what came back, problems as their codes."""

    def one(_number: int) -> object:
        try:
            return act()
        except VerifierError as refusal:
            return refusal.problem.code

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(one, range(AT_ONCE)))


def actions(world: CaseWorld, case: Case) -> tuple[str, ...]:
    return tuple(world.actions(case))


def test_a_double_click_has_one_effect(world: CaseWorld, desk: Desk, database: Database) -> None:
    filed = together(lambda: desk.file(CONSULAR, key("file")))
    cases = [one for one in filed if isinstance(one, Case)]
    assert cases
    assert len({one.id for one in cases}) == 1
    assert {one for one in filed if isinstance(one, str)} <= {"in-hand"}
    for action in ACTIONS[CONSULAR][1:]:
        answers = together(lambda action=action: ask(desk, action, cases[0].id, key(action)))  # type: ignore[misc]
        assert {type(one) for one in answers} == {Case}, action

    assert actions(world, cases[0]) == ACTIONS[CONSULAR]
    assert findings(database, desk.house.blobs) == []


def test_a_key_is_for_one_request(desk: Desk) -> None:
    case = desk.file(COPY, key("one"))
    ask(desk, "paper-checked", case.id, key("two"))

    assert code_of(lambda: ask(desk, "completeness-confirmed", case.id, key("two", "other"))) == (
        "idempotency-key-reused"
    )


def test_of_two_officers_at_one_version_one_is_told(world: CaseWorld, desk: Desk, database: Database) -> None:
    case = desk.file(COPY, key("file"))
    who = desk.asker(Role.RECEPTION)
    answers = together(lambda: desk.cases.do(who, case.id, Withdraw(reason="Đề nghị."), version=case.version))

    assert sorted(map(str, (one for one in answers if isinstance(one, str)))) == ["changed-meanwhile"] * (AT_ONCE - 1)
    assert actions(world, case) == ("case-filed", "case-withdrawn")
    assert findings(database, desk.house.blobs) == []


# --- the database goes away ------------------------------------------------------------------------------------------


def test_commands_go_on_after_the_database_was_ended(tmp_path: Path) -> None:
    """Each officer asks again under the same key until there is an answer."""
    with restartable() as server:
        world = office(server.url, tmp_path)
        desk, done = desk_of(server.url, world, idle), Work(tmp_path / "answered")
        failed: list[str] = []
        with ThreadPoolExecutor(2) as pool:
            officers = [pool.submit(patiently, desk, done, number, failed) for number in range(2)]
            for _ in range(2):
                cut(server, done, failed)
            for one in officers:
                one.result(60)

        assert failed
        wanted = sum(len(ACTIONS[procedure]) for procedure in (COPY, CONSULAR))
        assert len(done.noted()) == len(set(done.noted())) == wanted * len({case for _, case, _ in done.noted()})
        assert findings(desk.house.database, desk.house.blobs) == []
        desk.house.database.close()
        world.database.close()


def patiently(desk: Desk, done: Work, officer: int, failed: list[str]) -> None:
    while True:
        try:
            work(desk, done, officer)
        except SQLAlchemyError as error:
            failed.append(type(error).__name__)
            time.sleep(0.02)
        else:
            return


def cut(server: Restartable, done: Work, failed: list[str]) -> None:
    """End the database in the middle, and begin it anew once somebody has met that."""
    before, trouble = len(done.noted()), len(failed)
    until(lambda: len(done.noted()) >= before + 4)
    server.down()
    until(lambda: len(failed) > trouble)
    server.up()


# --- the mail server goes away ---------------------------------------------------------------------------------------


def test_letters_wait_for_a_mail_server_that_is_down_for_a_day(
    world: CaseWorld, desk: Desk, database: Database, tmp_path: Path
) -> None:
    book = desk.house.book
    desk = replace(desk, house=replace(desk.house, tells=Telling(book, RING, Reach(mail=True)).tell))
    case = desk.file(COPY, key("file"))
    for action in ACTIONS[COPY][1:]:
        ask(desk, action, case.id, key(action))
    (tmp_path / "tls").mkdir()
    with mail_server(tmp_path / "tls") as server:
        Post(world, nowhere(1), portal=PortalDoor()).run(24)
        waiting = letters(database, case)
        assert [one.state for one in waiting] == ["waiting"] * len(waiting)
        assert findings(database, desk.house.blobs) == []

        Post(world, server.mailer(), portal=PortalDoor()).run(24)
        assert [one.state for one in letters(database, case)] == ["sent"] * len(waiting)
        assert len(server.handler.taken) == len(waiting) > 2
    assert findings(database, desk.house.blobs) == []


def letters(database: Database, case: Case) -> tuple[Notice, ...]:
    with database.unit(SYSTEM) as unit:
        return unit.notices.of_case(case.id)
