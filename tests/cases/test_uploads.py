"""Files that applicants bring before a command names them: how many, however many come at once."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from tests.cases.world import PDF, CaseWorld, code_of
from verifier.cases.kernel import Asker, applicant
from verifier.cases.statuses import Status
from verifier.cases.uploads import MOST_UNUSED, Uploads
from verifier.errors import BadRequest

AT_ONCE, LEFT = 10, 3


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "bằng.pdf"
    path.write_bytes(PDF)
    return path


def filled(world: CaseWorld, who: Asker, uploads: Uploads, file: Path, left: int) -> None:
    """Bring files until so many more may come."""
    one = uploads.keep(who, file, file.name, len(PDF)).upload
    with world.database.unit(who.scope) as unit:
        for _ in range(MOST_UNUSED - left - 1):
            unit.cases.add_upload(replace(one, id=uuid4()))


def unused(world: CaseWorld, who: Asker) -> int:
    with world.database.unit(who.scope) as unit:
        return unit.cases.unused_uploads(who.id)


def test_of_files_that_come_at_once_no_more_are_taken_than_there_is_room(world: CaseWorld, file: Path) -> None:
    who = applicant(world.case(status=Status.SUPPLEMENT))
    meet = threading.Barrier(AT_ONCE)

    def counted(_path: Path) -> int:  # the first look is over for all of them
        meet.wait()
        return 1

    uploads, refusals = Uploads(world.house, counted), []
    filled(world, who, Uploads(world.house, lambda _: 1), file, LEFT)

    def bring() -> None:
        try:
            uploads.keep(who, file, file.name, len(PDF))
        except BadRequest as refusal:
            refusals.append(refusal.problem.code)

    threads = [threading.Thread(target=bring) for _ in range(AT_ONCE)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert refusals == ["uploads-unused"] * (AT_ONCE - LEFT)
    assert unused(world, who) == MOST_UNUSED


def test_what_is_refused_at_the_end_leaves_no_file_behind(world: CaseWorld, file: Path) -> None:
    who = applicant(world.case(status=Status.SUPPLEMENT))
    other = Uploads(world.house, lambda _: 1)
    filled(world, who, other, file, 1)

    def quicker(_path: Path) -> int:  # somebody takes the last place meanwhile
        other.keep(who, file, file.name, len(PDF))
        return 1

    before = len([name for names in world.blobs.names() for name in names])
    assert code_of(lambda: Uploads(world.house, quicker).keep(who, file, file.name, len(PDF))) == "uploads-unused"
    assert len([name for names in world.blobs.names() for name in names]) == before + 1
