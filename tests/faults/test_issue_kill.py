"""Acts of issuing whose processes are killed at every step: each is finished, or not begun, with its number kept."""

from __future__ import annotations

import itertools
import subprocess
import sys
from pathlib import Path

from tests.faults.issue import issuing
from tests.faults.server import Restartable, restartable
from tests.faults.test_kill import HERE
from tests.signing.acts.ports import COMPLETED, DOCUMENT, OURS
from tests.signing.acts.world import ActWorld
from tests.support.postgres import RING
from verifier.errors import fault_of
from verifier.outside.clock import SystemClock
from verifier.register.checking import BookCheck
from verifier.storage.audit import AuditFilter
from verifier.storage.blobs import Blobs
from verifier.storage.database import Database
from verifier.storage.issuances import Issuance
from verifier.storage.scope import SYSTEM
from verifier.workers.expiry import ORPHAN_AGE, Expiry

STEPS = 56
"""More than there are: the last ones live to the end."""
CUTS = (3, 14, 26, 40)
"""Steps at which the database is ended, early and late ones."""


def killed(url: str, folder: Path) -> list[str]:
    """Have a process killed at each step, and what it left taken up; return what was said by those that lived."""
    command = [sys.executable, "-m", "tests.faults.issue", url, str(folder), "1", str(STEPS)]
    done = subprocess.run(command, cwd=HERE, check=False, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]
    return [line for line in done.stdout.splitlines() if line.startswith("over ")]


def acts_of(database: Database) -> list[Issuance]:
    with database.unit(SYSTEM) as unit:
        return [one for one in unit.issuances.recent(1000) if one.input_blob != "blob"]


def test_acts_survive_their_processes(database: Database, service_url: str, tmp_path: Path) -> None:
    lived = killed(service_url, tmp_path)
    assert 0 < len(lived) < STEPS / 4  # most steps were an end
    acts = acts_of(database)
    assert len(acts) == STEPS
    blobs = Blobs(tmp_path / "files", RING, tmp_path / "spool")
    released = [one for one in acts if one.state == "released"]
    # a killed confirmation leaves the act as it was ordered, for the officer to confirm; every other act is finished
    assert {one.state for one in acts} == {"ordered", "released"}
    assert len(released) > STEPS * 2 / 3
    assert all(one.number is None for one in acts if one.state == "ordered")

    numbers_are_whole(database, blobs, released)
    for act in released:
        is_whole_and_judged(blobs, act)
    nothing_was_signed_twice(database)
    the_rest_is_swept_up(database, blobs, tmp_path)


def numbers_are_whole(database: Database, blobs: Blobs, released: list[Issuance]) -> None:
    checked = BookCheck(database, blobs).run()
    assert checked.findings == ()
    assert (checked.entries, checked.files) == (len(released), len(released))
    assert sorted(one.number or 0 for one in released) == list(range(1, len(released) + 1))


def is_whole_and_judged(blobs: Blobs, act: Issuance) -> None:
    data = blobs.read(act.output_blob or "")
    assert data.startswith(DOCUMENT)
    assert data.endswith(COMPLETED)
    assert data.count(COMPLETED) == 1
    names = {name.decode() for name in OURS.findall(data)}
    assert names == {f"issuance-{act.id.hex}-person", f"issuance-{act.id.hex}-agency"}
    assert act.output_sha256 in act.output_report


def nothing_was_signed_twice(database: Database) -> None:
    with database.unit(SYSTEM) as unit:
        made = [one.event for one in unit.audit.search(AuditFilter(action="signature-made"), 1000)]
    signed: dict[tuple[str, object], set[object]] = {}
    for event in made:
        signed.setdefault((event.subject_id, event.details["role"]), set()).add(event.details["digest"])
    assert signed
    assert all(len(digests) == 1 for digests in signed.values())


def the_rest_is_swept_up(database: Database, blobs: Blobs, folder: Path) -> None:
    Expiry(database, blobs, folder / "spool").sweep(SystemClock().now() + 2 * ORPHAN_AGE)
    wanted = {name for act in acts_of(database) for name in (act.input_blob, act.output_blob) if name}
    assert {name for names in blobs.names() for name in names} == wanted
    assert not list((folder / "acts").iterdir())


# --- the database goes away ------------------------------------------------------------------------------------------


class Cut:
    """Ends the database at one step."""

    def __init__(self, server: Restartable, at: int) -> None:
        self._server, self._at, self._steps = server, at, itertools.count(1)
        self.down = False

    def __call__(self) -> None:
        if next(self._steps) == self._at:
            self._server.down()
            self.down = True


def test_acts_survive_a_restart_of_the_database(tmp_path: Path) -> None:
    with restartable() as server:
        database = Database(server.url, RING)
        world = ActWorld(database, tmp_path)
        for at in CUTS:
            act = world.confirmed()
            cut = Cut(server, at)
            service = issuing(world, server.url, cut)
            assert fault_of(lambda act=act, service=service: service.run(act.id)) is not None  # type: ignore[misc]
            assert cut.down
            server.up()
            service._house.database.close()
            world.clock.pass_(seconds=40)
            with database.unit(SYSTEM) as unit:
                unit.issuances.drop_leases()
            assert world.issuing.run(act.id).state == "released"
        assert world.sound()
        assert [act.number for act in reversed(acts_of(database))] == list(range(1, len(CUTS) + 1))
        world.close()
        database.close()
