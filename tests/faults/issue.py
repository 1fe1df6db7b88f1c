"""Processes that carry out an act of issuing, each of them killed a step later than the one before, then again.

python -m tests.faults.issue DATABASE_URL FOLDER FIRST LAST
"""

from __future__ import annotations

import itertools
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, TypeVar
from uuid import UUID

from tests.signing.acts.ports import LAW, Here
from tests.signing.acts.world import ActWorld
from tests.support.postgres import RING
from verifier.check import Checked
from verifier.signing.acts.issuing import Issuing
from verifier.signing.acts.records import Parts
from verifier.signing.ports import Completed
from verifier.signing.records import HeldKey, Level, Role, Stamped
from verifier.storage.blobs import Blobs
from verifier.storage.database import Database, UnitOfWork
from verifier.storage.scope import SYSTEM, Scope

R = TypeVar("R")
Step = Callable[[], None]


def deadly(at: int) -> Step:
    """Count steps, and kill the process at one of them."""
    steps = itertools.count(1)

    def step() -> None:
        if next(steps) == at:
            os.kill(os.getpid(), signal.SIGKILL)

    return step


class DeadlyDatabase(Database):
    """Each unit of work has a step right before its commit, and one right after it."""

    step: Step

    @contextmanager
    def unit(self, scope: Scope) -> Iterator[UnitOfWork]:
        with super().unit(scope) as unit:
            yield unit
            self.step()
        self.step()


class DeadlyBlobs(Blobs):
    """Each file that is kept or deleted is a step."""

    step: Step

    def put_file(self, path: Path) -> str:
        name = super().put_file(path)
        self.step()
        return name

    def delete(self, name: str) -> None:
        self.step()
        super().delete(name)


@dataclass(frozen=True)
class DeadlyPool:
    """Each task is a step before it and one after it; so with all below."""

    step: Step

    def run(self, function: Callable[..., R], *args: Any) -> R:
        return around(self.step, lambda: Here().run(function, *args))


@dataclass(frozen=True)
class DeadlySigner:
    step: Step
    world: ActWorld

    def keys(self) -> tuple[HeldKey, ...]:
        return self.world.signer.keys()

    def confirm(self, token: str, issuances: Sequence[UUID]) -> UUID:
        return around(self.step, lambda: self.world.signer.confirm(token, issuances))

    def sign(self, issuance: UUID, role: Role, attributes: bytes) -> bytes:
        return around(self.step, lambda: self.world.signer.sign(issuance, role, attributes))


@dataclass(frozen=True)
class DeadlyStamps:
    step: Step
    world: ActWorld

    def token(self, data: bytes, algorithm: str = "sha256") -> Stamped:
        return around(self.step, lambda: self.world.stamps.token(data, algorithm))


@dataclass(frozen=True)
class DeadlyCompletes:
    step: Step
    world: ActWorld

    def completed(self, source: Path, out: Path, level: Level) -> Completed:
        return around(self.step, lambda: self.world.completes.completed(source, out, level))

    def lasting(self, path: Path, at: datetime) -> None:
        around(self.step, lambda: self.world.completes.lasting(path, at))


@dataclass(frozen=True)
class DeadlyJudges:
    step: Step
    world: ActWorld

    def judged(self, path: Path, file_name: str) -> Checked:
        return around(self.step, lambda: self.world.judges.judged(path, file_name))


def around(step: Step, do: Callable[[], R]) -> R:
    step()
    done = do()
    step()
    return done


def issuing(world: ActWorld, url: str, step: Step) -> Issuing:
    """The service, with a step around everything that it does."""
    database = DeadlyDatabase(url, RING)
    blobs = DeadlyBlobs(world.folder / "files", RING, world.folder / "spool")
    database.step = blobs.step = step
    parts = Parts(
        DeadlySigner(step, world), world.draws, DeadlyStamps(step, world), DeadlyCompletes(step, world),
        DeadlyJudges(step, world), world.fitness, RING, LAW, "https://check.example.vn",
    )  # fmt: skip
    spool = world.folder / "acts"
    return Issuing(database, blobs, DeadlyPool(step), parts, world.clock.now, spool, workers=0)


class Holds(Protocol):
    """Who holds connections."""

    database: Database


def in_a_process(world: Holds, work: Callable[[], None]) -> None:
    """Do it in a child; the parent itself opens no connection and touches no file, since neither may be in two."""
    world.database.close()
    child = os.fork()
    if not child:
        try:
            work()
        finally:
            os._exit(0)
    os.waitpid(child, 0)


def carry_out(world: ActWorld, url: str, at: int) -> None:
    """Order an act, then confirm it and carry it out until the end or the step."""
    act = world.order()
    service = issuing(world, url, deadly(at))
    service.confirm(world.caller(), world.token, [act.id])
    service.run(act.id)
    sys.stdout.write(f"over {at}\n")
    sys.stdout.flush()


def go_on(world: ActWorld, url: str, at: int) -> None:
    """Take the newest act up again, as a process does at its start."""
    (act,) = world.issuing.recent(world.caller(), 1)
    with world.database.unit(SYSTEM) as unit:
        unit.issuances.drop_leases()
    issuing(world, url, deadly(at)).run(act.id)


def finish(world: ActWorld) -> None:
    """Take all up that is left."""
    service = world.begun(workers=2)
    service.recover(world.clock.now())
    for one in service.recent(world.caller(), 1000):
        service.wait(world.caller(), one.id, 60)
    service.close()


def main(url: str, folder: Path, first: int, last: int) -> None:
    """Do it once for each step, in a process that ends there; half of the next attempts end as well."""
    world = ActWorld(Database(url, RING), folder)
    for at in range(first, last + 1):
        world.clock.pass_(seconds=1)
        in_a_process(world, lambda at=at: carry_out(world, url, at))  # type: ignore[misc]
        if at % 2:
            in_a_process(world, lambda at=at: go_on(world, url, 1 + at % 17))  # type: ignore[misc]
    in_a_process(world, lambda: finish(world))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
