"""Files of a dossier that are swept, replaced or judged at the moment at which they are brought."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cases.filings import upload
from tests.cases.races import RaceWorld, crossed, race_world
from tests.cases.test_judging import OTHER
from tests.cases.verdicts import FakeJudge
from tests.cases.world import CONSULAR
from verifier.accounts.roles import Role
from verifier.cases.completeness import AskSupplement, Item, NewFile, Supplement
from verifier.cases.judging import JudgePapers
from verifier.cases.kernel import applicant
from verifier.cases.records import Case
from verifier.cases.statuses import Status
from verifier.outside.clock import SystemClock
from verifier.storage.database import Database
from verifier.workers.expiry import ORPHAN_AGE, Expiry

ASK = AskSupplement(items=(Item(what="Bản quét rõ hơn", why="mờ"),))
WRITTEN = "UPDATE case_file"


@pytest.fixture
def world(database: Database, tmp_path: Path) -> Iterator[RaceWorld]:
    with race_world(database, tmp_path) as world:
        yield world


@pytest.fixture
def asked(world: RaceWorld) -> Case:
    """A dossier whose applicant is to bring another document."""
    return world.do(Role.RECEPTION, world.at(Status.FILED, CONSULAR), ASK)


@pytest.mark.parametrize("at", ["FROM case_upload", "FROM case_record"])
def test_a_file_that_is_taken_as_orphans_are_swept_stays(world: RaceWorld, asked: Case, at: str) -> None:
    who = applicant(asked)
    said = Supplement(files=(NewFile(paper=1, file=upload(world, who, OTHER)),))
    expiry = Expiry(world.database, world.blobs, world.folder / "spool")
    later = SystemClock().now() + 2 * ORPHAN_AGE

    found = crossed(world.database, lambda: expiry.sweep(later), at, lambda: world.cases.do(who, asked.id, said))
    assert found == ("done", "done")
    assert world.findings() == []


def test_of_two_who_bring_what_was_asked_for_one_does(world: RaceWorld, asked: Case) -> None:
    who, desk = applicant(asked), world.asker(Role.RECEPTION)
    own, other = (Supplement(files=(NewFile(paper=1, file=upload(world, one, OTHER)),)) for one in (who, desk))

    found = crossed(
        world.database,
        lambda: world.cases.do(who, asked.id, own),
        WRITTEN,
        lambda: world.cases.do(desk, asked.id, other),
    )
    assert found == ("done", "case-not-now")
    assert world.actions(asked).count("supplemented") == 1
    assert sum(one.kind == "paper" for one in world.view(asked).records) == 2
    assert world.findings() == []


def test_a_verdict_that_lands_as_the_document_is_replaced_is_discarded(world: RaceWorld, asked: Case) -> None:
    who = applicant(asked)
    said = Supplement(files=(NewFile(paper=1, file=upload(world, who, OTHER)),))
    judge = JudgePapers(world.cases, FakeJudge())
    (paper,) = world.papers(asked)

    found = crossed(world.database, lambda: world.cases.do(who, asked.id, said), WRITTEN, lambda: judge.judge(paper))
    assert found == ("done", "done")
    assert world.papers(asked)[0].verdict == {}
    assert judge.run(world.clock.now()) == 1
    assert world.findings() == []
