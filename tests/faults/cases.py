"""Processes in which officers work on dossiers side by side, each process killed some steps after it began.

python -m tests.faults.cases DATABASE_URL FOLDER ROUNDS

Every request has its key, and is asked again by the next process where this one did not live to note its answer.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from uuid import UUID, uuid4

from sqlalchemy import event

from tests.cases.filings import paper
from tests.cases.world import CONSULAR, COPY, PDF, WHO, CaseWorld
from tests.faults.issue import DeadlyBlobs, DeadlyDatabase, Step, in_a_process
from tests.support.postgres import RING
from verifier.accounts.roles import Role
from verifier.audit import Actor
from verifier.cases.completeness import ConfirmComplete
from verifier.cases.desk import Cases
from verifier.cases.filing import Filing
from verifier.cases.intake import file
from verifier.cases.kernel import Asker, CaseHouse, Command
from verifier.cases.keys import Key
from verifier.cases.moving import Assign, Withdraw
from verifier.cases.paying import PayAtCounter
from verifier.cases.records import Case, Upload
from verifier.cases.setright import CheckPaper
from verifier.notices.telling import Reach, Telling
from verifier.storage.database import Database
from verifier.storage.people import Person
from verifier.storage.scope import of

OFFICERS = 4
"""Threads of a process."""
DOSSIERS = 3
"""That each of them brings to the end."""
LATEST = 420
"""The last step at which a process is killed: a process that nothing kills takes a few more."""
SEED = 20_261_123
ACTIONS = {
    CONSULAR: ("case-filed", "paper-checked", "completeness-confirmed", "fee-paid", "case-assigned", "case-withdrawn"),
    COPY: ("case-filed", "paper-checked", "completeness-confirmed", "case-assigned", "case-withdrawn"),
}
"""What is done with a dossier, by procedure."""


def procedure_of(officer: int) -> str:
    """Return what an officer works on."""
    return CONSULAR if officer % 2 else COPY


@dataclass(frozen=True)
class Desk:
    """What officers work with, made in the process where they do."""

    house: CaseHouse
    people: dict[Role, Person]

    @property
    def cases(self) -> Cases:
        return Cases(self.house)

    def asker(self, role: Role) -> Asker:
        one = self.people[role]
        actor = Actor("person", str(one.id), one.name, one.authority_id)
        return Asker(f"person:{one.id}", of(one.authority_id), actor, frozenset({role.value}), one.id, proved=True)

    def file(self, procedure: str, key: Key) -> Case:
        """File a dossier whose paper is brought anew each time."""
        who, online = self.asker(Role.RECEPTION), procedure == CONSULAR
        own = paper(procedure, file=self.upload(who) if online else None)
        told = Filing(procedure=procedure, channel="portal" if online else "counter", applicant=WHO, papers=(own,))
        return file(self.house, who, told, key=key).case

    def upload(self, who: Asker) -> UUID:
        now, digest = self.house.clock(), hashlib.sha256(PDF).hexdigest()
        blob, authority = self.house.blobs.put(PDF), self.people[Role.RECEPTION].authority_id
        one = Upload(uuid4(), authority, who.id, "bằng.pdf", "application/pdf", len(PDF), digest, blob, now, 1)
        with self.house.database.unit(who.scope) as unit:
            unit.cases.add_upload(one)
        return one.id

    def request(self, action: str, case: Case) -> tuple[Role, Command]:
        """Return who asks what, for an action to be in the log."""
        if action == "paper-checked":
            (one,) = self.cases.view(self.asker(Role.RECEPTION), case.id).papers
            return Role.RECEPTION, CheckPaper(paper=one.id)
        if action == "completeness-confirmed":
            return Role.RECEPTION, ConfirmComplete(shown=shown(case))
        if action == "fee-paid":
            return Role.RECEPTION, PayAtCounter(amount=case.fee_vnd or 0)
        if action == "case-assigned":
            return Role.LEADER, Assign(officer=self.people[Role.SPECIALIST].id)
        return Role.RECEPTION, Withdraw(reason="Người nộp đề nghị.")


def shown(case: Case) -> tuple[str, ...]:
    """Return what is shown at the counter."""
    return ("original", "copy") if case.channel == "counter" else ()


@dataclass
class Work:
    """What was answered, kept in a file that outlives processes."""

    path: Path
    lock: threading.Lock = field(default_factory=threading.Lock)

    def noted(self) -> dict[tuple[int, int, int], UUID]:
        """Return the dossier of each request that was answered, by officer, dossier and step."""
        lines = self.path.read_text().splitlines() if self.path.exists() else []
        told = [line.split() for line in lines]
        return {(int(a), int(b), int(c)): UUID(id_) for a, b, c, id_ in told}

    def note(self, officer: int, dossier: int, step: int, case: UUID) -> None:
        with self.lock, self.path.open("a") as file_:
            file_.write(f"{officer} {dossier} {step} {case}\n")


def work(desk: Desk, done: Work, officer: int) -> None:
    """Bring dossiers to the end, from where the process before left off."""
    noted, procedure = done.noted(), procedure_of(officer)
    for dossier in range(DOSSIERS):
        id_ = noted.get((officer, dossier, 0))
        for step, action in enumerate(ACTIONS[procedure]):
            if (officer, dossier, step) in noted:
                continue
            key = Key(f"{officer}-{dossier}-{step}", hashlib.sha256(action.encode()).digest())
            if id_ is None:
                id_ = desk.file(procedure, key).id
            else:
                ask(desk, action, id_, key)
            done.note(officer, dossier, step, id_)


def ask(desk: Desk, action: str, id_: UUID, key: Key) -> Case:
    """Give a command under its key; what it says is made out of the dossier as it stands."""
    case = desk.cases.case(desk.asker(Role.RECEPTION), id_)
    role, said = desk.request(action, case)
    return desk.cases.do(desk.asker(role), id_, said, key=key)


# --- being killed ----------------------------------------------------------------------------------------------------


def deadly(at: int) -> Step:
    """Count the steps of all threads, and kill the process at one of them."""
    steps = itertools.count(1)

    def step() -> None:
        if next(steps) == at:
            os.kill(os.getpid(), signal.SIGKILL)

    return step


def desk_of(url: str, world: CaseWorld, step: Step) -> Desk:
    """Return the desk of this process: each statement, commit and stored file is a step before and after it."""
    database = DeadlyDatabase(url, RING)
    blobs = DeadlyBlobs(world.folder / "files", RING, world.folder / "spool")
    database.step = blobs.step = step
    around: Callable[..., None] = lambda *_: step()  # noqa: E731 - what is listening has many shapes
    for name in ("before_cursor_execute", "after_cursor_execute"):
        event.listen(database.engine, name, around)
    tells = Telling(world.house.book, RING, Reach(mail=True, sms=True, portal=True)).tell
    house = CaseHouse(database, blobs, RING, world.house.book, world.clock.now, tells, portal=True)
    return Desk(house, world.people)


def officers_at_work(url: str, world: CaseWorld, step: Step) -> None:
    """Let officers work side by side until all is done, or the process is killed."""
    desk, done = desk_of(url, world, step), Work(world.folder / "answered")
    threads = [threading.Thread(target=work, args=(desk, done, number)) for number in range(OFFICERS)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()


def office(url: str, folder: Path) -> CaseWorld:
    """Return an authority with its people."""
    world = CaseWorld(Database(url, RING), folder)
    world.competent(CONSULAR, COPY)
    for role in (Role.RECEPTION, Role.SPECIALIST, Role.LEADER):
        world.person(role)
    return world


def main(url: str, folder: Path, rounds: int) -> None:
    """Kill a process after another at a step by lot; nothing kills the last one."""
    world, lot = office(url, folder), Random(SEED)
    for number in range(rounds):
        at = lot.randrange(1, LATEST) if number < rounds - 1 else 0
        in_a_process(world, lambda at=at: officers_at_work(url, world, deadly(at)))  # type: ignore[misc]
        sys.stdout.write(f"{at} {len(Work(folder / 'answered').noted())}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
