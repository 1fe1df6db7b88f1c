"""Two who work at the same moment, in an order that the test says; dossiers at any stage, really brought there.

`crossed` stops the first behind one of its statements, with its transaction open, lets the second go until it is over
or waits for a lock, and then both to the end: so a race is no matter of luck.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import event, text

from tests.cases.filings import filed
from tests.cases.verdicts import judge, sound
from tests.cases.world import CONSULAR, COPY, CaseWorld
from tests.support.postgres import RING
from verifier.accounts.roles import Role
from verifier.cases.checking import CaseProof
from verifier.cases.completeness import ConfirmComplete
from verifier.cases.decision import Approve
from verifier.cases.desk import Cases
from verifier.cases.examination import PaperProposal, Propose, RecordBasis
from verifier.cases.moving import Assign
from verifier.cases.paperwork import SignOnPaper
from verifier.cases.paying import PayAtCounter
from verifier.cases.records import Case
from verifier.cases.setright import CheckPaper
from verifier.cases.statuses import Status
from verifier.errors import VerifierError
from verifier.notices.telling import Reach, Telling
from verifier.storage.database import Database
from verifier.storage.scope import SYSTEM

Act = Callable[[], object]
PATIENCE = 30
"""Seconds after which a test gives up."""
WAITING = text(
    "select count(*) from pg_locks l join pg_stat_activity a on a.pid = l.pid"
    " where not l.granted and a.datname = current_database()"
)


def outcome(act: Act) -> str:
    """Return `done`, or the code of the problem; everything else is raised."""
    try:
        act()
    except VerifierError as refusal:
        return refusal.problem.code
    return "done"


def crossed(database: Database, first: Act, at: str, second: Act) -> tuple[str, str]:
    """Let the second come while the first stands behind its first statement with `at` in it; return both outcomes."""
    reached, go, mine = threading.Event(), threading.Event(), threading.local()

    def stop(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if getattr(mine, "is_first", False) and at in statement and not reached.is_set():
            reached.set()
            go.wait(PATIENCE)

    def begun() -> str:
        mine.is_first = True
        return outcome(first)

    event.listen(database.engine, "after_cursor_execute", stop)
    try:
        with ThreadPoolExecutor(2) as pool:
            one = pool.submit(begun)
            until(lambda: reached.is_set() or one.done())
            assert reached.is_set(), f"it never came to {at!r}: {one.result()}"
            two = pool.submit(outcome, second)
            until(lambda: two.done() or waits(database))
            go.set()
            return one.result(PATIENCE), two.result(PATIENCE)
    finally:
        go.set()
        event.remove(database.engine, "after_cursor_execute", stop)


def waits(database: Database) -> bool:
    """Tell whether somebody waits for a lock."""
    with database.engine.connect() as connection:
        return bool(connection.execute(WAITING).scalar_one())


def until(told: Callable[[], bool]) -> None:
    """Wait until something is so."""
    end = time.monotonic() + PATIENCE
    while not told():
        assert time.monotonic() < end, "it never was so"
        time.sleep(0.002)


class RaceWorld(CaseWorld):
    """Dossiers that are filed and brought on by commands alone, with notices and the portal's messages really kept."""

    def __init__(self, database: Database, folder: Path, **house: Any) -> None:
        super().__init__(database, folder, **house)
        tells = Telling(self.house.book, RING, Reach(mail=True)).tell
        self.house = replace(self.house, tells=tells, portal=True)
        self.cases = Cases(self.house)

    def at(self, status: Status, procedure: str = COPY, **changes: Any) -> Case:
        """Bring a dossier to a status."""
        case = filed(self, procedure, **changes).case
        steps = (self._complete, self._paid, self._assigned, self._proposed, self._approved, self._signed)
        for step in steps:
            if case.status == status.value:
                break
            case = step(case)
        assert case.status == status.value
        return case

    def _complete(self, case: Case) -> Case:
        for paper in self.papers(case):
            self.do(Role.RECEPTION, case, CheckPaper(paper=paper.id))
        shown = ("original", "copy") if case.channel == "counter" else ()
        return self.do(Role.RECEPTION, case, ConfirmComplete(shown=shown))

    def _paid(self, case: Case) -> Case:
        if case.status != Status.PAYMENT:
            return case
        return self.do(Role.RECEPTION, case, PayAtCounter(amount=case.fee_vnd or 0))

    def _assigned(self, case: Case) -> Case:
        return self.do(Role.LEADER, case, Assign(officer=self.person(Role.SPECIALIST).id))

    def _proposed(self, case: Case) -> Case:
        for paper in self.papers(case):
            if case.procedure == CONSULAR:
                judge(self, case, paper, sound(basis="a"))
                self.do(Role.SPECIALIST, case, RecordBasis(paper=paper.id, basis="a"))
        granted = tuple(PaperProposal(paper=one.id, outcome="granted") for one in self.papers(case))
        return self.do(Role.SPECIALIST, case, Propose(papers=granted))

    def _approved(self, case: Case) -> Case:
        return self.do(Role.LEADER, case, Approve())

    def _signed(self, case: Case) -> Case:
        return self.do(Role.LEADER, case, SignOnPaper())

    def asks(self, role: Role, case: Case, said: Any, **told: Any) -> Act:
        """Return that an officer gives a command, to be done later."""
        asker = self.asker(role)
        return lambda: self.cases.do(asker, case.id, said, **told)

    def letters(self, case: Case) -> list[str]:
        """The templates of the notices of a dossier, oldest first."""
        with self.database.unit(SYSTEM) as unit:
            return [one.template for one in unit.notices.of_case(case.id)]

    def findings(self) -> list[str]:
        """What does not agree, of all there is."""
        proof = CaseProof(self.database, self.blobs)
        found = proof.findings(self.clock.now(), sent_kept=timedelta(days=9999), content=True)
        return [f"{one.code} {one.subject} {one.detail}" for one in found]


@contextmanager
def race_world(database: Database, folder: Path, **house: Any) -> Iterator[RaceWorld]:
    yield RaceWorld(database, folder, **house)
