"""Judging while the database is away for a moment: no verdict is lost, none is told twice."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from tests.support.postgres import RING
from tests.web.support import Checker, Clock, passing
from tests.web.test_jobs import files_in, hand_in, judged
from verifier.storage.blobs import Blobs
from verifier.storage.database import Database, UnitOfWork
from verifier.storage.scope import Scope
from verifier.web.jobs import Checked, JobLimits, Order, Progress, Validations


class Failing(Database):
    """A database that is away, or breaks off right after a commit, as often as it is told."""

    away = unheard = 0

    @contextmanager
    def unit(self, scope: Scope) -> Iterator[UnitOfWork]:
        if self.away:
            self.away -= 1
            raise OperationalError("select 1", {}, OSError("gone"))
        with super().unit(scope) as unit:
            yield unit
        if self.unheard:
            self.unheard -= 1
            raise OperationalError("commit", {}, OSError("gone"))


@pytest.fixture
def failing(database: Database, service_url: str) -> Iterator[Failing]:
    made = Failing(service_url, RING)
    yield made
    made.close()


@pytest.fixture
def judging(failing: Failing, folder: Path, checker: Checker, clock: Clock) -> Iterator[Validations]:
    blobs = Blobs(folder / "files", RING, folder / "spool")
    made = Validations(failing, blobs, check=checker, clock=clock, spool=folder / "spool", limits=JobLimits())
    yield made
    made.close()


def ended(judging: Validations) -> None:
    while judging.load:
        time.sleep(0.01)


def test_a_verdict_waits_for_a_database_that_is_away(judging: Validations, failing: Failing, checker: Checker) -> None:
    def answer(order: Order, progress: Progress) -> Checked:
        checked = passing(order, progress)
        failing.away = 2
        return checked

    checker.answer = answer
    token = hand_in(judging)
    ended(judging)

    assert judged(judging, token).state == "done"
    assert len(checker.orders) == 1


def test_judging_waits_for_a_database_that_goes_away_before_trust_is_known(
    judging: Validations, failing: Failing, checker: Checker
) -> None:
    def answer(order: Order, progress: Progress) -> Checked:
        if len(checker.orders) == 1:
            raise OperationalError("select trust_change", {}, OSError("gone"))
        return passing(order, progress)

    checker.answer = answer
    token = hand_in(judging, passwords=("geheim",))
    ended(judging)

    assert judged(judging, token).state == "done"
    assert [order.passwords for order in checker.orders] == [("geheim",)] * 2


def test_a_step_that_cannot_be_told_stops_nothing(judging: Validations, failing: Failing, checker: Checker) -> None:
    def answer(order: Order, progress: Progress) -> Checked:
        failing.away = 2
        return passing(order, progress)

    checker.answer = answer
    token = hand_in(judging)

    assert judged(judging, token).state == "done"


def test_a_verdict_whose_commit_was_not_heard_of_stays_with_its_evidence(
    judging: Validations, failing: Failing, checker: Checker, folder: Path
) -> None:
    def answer(order: Order, progress: Progress) -> Checked:
        checked = passing(order, progress)
        failing.unheard = 1
        return checked

    checker.answer = answer
    token = hand_in(judging)
    ended(judging)

    assert judged(judging, token).state == "done"
    assert judging.bundle(token) is not None
    assert len(files_in(folder)) == 2


def test_what_ends_while_the_database_is_away_is_left_to_the_next_start(
    judging: Validations, failing: Failing, checker: Checker
) -> None:
    def answer(order: Order, progress: Progress) -> Checked:
        checked = passing(order, progress)
        failing.away = 1
        judging._closing.set()
        return checked

    checker.answer = answer
    token = hand_in(judging)
    ended(judging)

    found = judging.get(token)
    assert found is not None
    assert (found.state, found.problem) == ("judging", None)
