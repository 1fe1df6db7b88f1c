"""Processes that hand a file in, have it judged and delete it, each of them killed a step later than the one before.

python -m tests.faults.hand_in DATABASE_URL FOLDER STEPS
"""

from __future__ import annotations

import io
import itertools
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.postgres import RING
from tests.web.support import PDF, passing
from verifier.outside.clock import SystemClock
from verifier.storage.blobs import Blobs
from verifier.storage.database import Database, UnitOfWork
from verifier.storage.scope import Scope
from verifier.web.jobs import JobLimits, Validations
from verifier.workers.carriers import carriers
from verifier.workers.relay import Relay

CLOCK = SystemClock()


class Deadly:
    """Counts steps, and kills the process at one of them."""

    def __init__(self, at: int) -> None:
        self._at, self._steps = at, itertools.count(1)

    def step(self) -> None:
        if next(self._steps) == self._at:
            os.kill(os.getpid(), signal.SIGKILL)


class DeadlyDatabase(Database):
    """Each unit of work that was committed is a step."""

    deadly: Deadly

    @contextmanager
    def unit(self, scope: Scope) -> Iterator[UnitOfWork]:
        with super().unit(scope) as unit:
            yield unit
        self.deadly.step()


class DeadlyBlobs(Blobs):
    """Each file that is kept or deleted is a step."""

    deadly: Deadly

    def put_file(self, path: Path) -> str:
        name = super().put_file(path)
        self.deadly.step()
        return name

    def put(self, data: bytes) -> str:
        name = super().put(data)
        self.deadly.step()
        return name

    def delete(self, name: str) -> None:
        super().delete(name)
        self.deadly.step()


def tell(what: str, token: str) -> None:
    sys.stdout.write(f"told {what} {token}\n")
    sys.stdout.flush()


def work(url: str, folder: Path, at: int) -> None:
    database, blobs = DeadlyDatabase(url, RING), DeadlyBlobs(folder / "files", RING, folder / "spool")
    database.deadly = blobs.deadly = Deadly(at)
    service = Validations(database, blobs, check=passing, clock=CLOCK.now, spool=folder / "spool", limits=JobLimits())
    token = service.submit(io.BytesIO(PDF), "a.pdf", "vi")
    tell("handed-in", token)
    service.wait(token, 60)
    tell("deleting", token)
    service.delete(token)
    tell("deleted", token)
    Relay(database, CLOCK, carriers(blobs)).run_once()


def main(url: str, folder: Path, steps: int) -> None:
    """Do it once for each step, in a process that ends there."""
    for at in range(1, steps + 1):
        child = os.fork()
        if not child:
            work(url, folder, at)
            tell("over", str(at))
            os._exit(0)
        os.waitpid(child, 0)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
