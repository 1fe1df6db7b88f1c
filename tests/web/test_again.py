"""Judging again by itself, on a clock that can be set."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.accounts.support import add_authority, add_person
from tests.reports.samples import SAMPLES
from tests.web.conftest import MakeService
from tests.web.pages import PaintedPictures, job, ready_service, site_of
from tests.web.support import NOW, PDF, Checker, Clock
from tests.web.test_jobs import files_in
from verifier.accounts.roles import Role
from verifier.again import PAUSES
from verifier.audit import Actor
from verifier.errors import CouldNotJudge, Problem
from verifier.outside.clock import FixedClock
from verifier.storage.database import Database
from verifier.storage.scope import SYSTEM, Scope
from verifier.web.again import LEAST_LEASE, Again
from verifier.web.jobs import NOBODY, Checked, Order, Owner, Progress, Validation, Validations
from verifier.workers.carriers import carriers
from verifier.workers.relay import Relay

SOON = NOW + timedelta(minutes=5)


def bundle(word: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo("report.json"), word)  # of no date: the same each time
    return buffer.getvalue()


def saying(word: str, again_at: datetime | None = None) -> Callable[[Order, Progress], Checked]:
    def answer(_order: Order, _progress: Progress) -> Checked:
        return Checked("pdf", f'{{"conclusion": "{word}"}}', word, bundle=bundle(word), again_at=again_at)

    return answer


def handed_in(
    service: Validations, checker: Checker, again_at: datetime | None = SOON, owner: Owner = NOBODY, *passwords: str
) -> str:
    checker.answer = saying("INDETERMINATE", again_at)
    token = service.submit(io.BytesIO(PDF), "a.pdf", "vi", passwords, owner)
    assert stands(service, token, owner).finished
    return token


def stands(service: Validations, token: str, owner: Owner = NOBODY) -> Validation:
    found = service.wait(token, 20, owner.scope)
    assert found is not None
    return found


def told(found: Validation) -> tuple[str, int, datetime | None]:
    return found.conclusion, found.again, found.again_at


def test_what_is_open_is_judged_again_when_it_is_time(service: Validations, checker: Checker, clock: Clock) -> None:
    token = handed_in(service, checker)
    checker.answer = saying("TOTAL_PASSED")
    clock.forward(minutes=4)
    assert service.judge_again(clock()) == 0
    clock.forward(minutes=1)
    assert service.judge_again(clock()) == 1
    found = stands(service, token)
    assert told(found) == ("TOTAL_PASSED", 1, None)
    assert (found.report_text, found.finished_at) == ('{"conclusion": "TOTAL_PASSED"}', clock())
    assert (found.received_at, found.attempts) == (NOW, 1)
    assert [(order.again, order.received_at, order.passwords) for order in checker.orders] == [
        (0, NOW, ()),
        (1, NOW, ()),
    ]
    assert checker.seen == [PDF, PDF]
    assert service.judge_again(clock()) == 0


def test_the_verdict_before_it_stands_in_the_bundle(service: Validations, checker: Checker, clock: Clock) -> None:
    token = handed_in(service, checker)
    checker.answer = saying("TOTAL_FAILED")
    clock.forward(minutes=5)
    service.judge_again(clock())
    pieces = service.bundle(token)
    assert pieces is not None
    with zipfile.ZipFile(io.BytesIO(b"".join(pieces))) as archive:
        assert archive.read("report.json") == b"TOTAL_FAILED"
        assert archive.read("earlier/1.json") == b'{"conclusion": "INDETERMINATE"}'
        assert archive.read("earlier/1.zip") == bundle("INDETERMINATE")


def test_what_was_known_is_handed_on(service: Validations, checker: Checker, clock: Clock) -> None:
    handed_in(service, checker)
    checker.answer = saying("TOTAL_PASSED")
    clock.forward(minutes=5)
    service.judge_again(clock())
    assert [order.earlier for order in checker.orders] == [b"", bundle("INDETERMINATE")]


def test_the_old_files_go_and_none_is_left_over(
    service: Validations, checker: Checker, clock: Clock, database: Database, folder: Path
) -> None:
    handed_in(service, checker)
    clock.forward(minutes=5)
    checker.answer = saying("TOTAL_PASSED")
    service.judge_again(clock())
    Relay(database, FixedClock(clock()), carriers(service._blobs)).run_once()
    assert len(files_in(folder)) == 2  # the document and the one bundle


def test_the_log_of_the_authority_tells_what_became_what(
    service: Validations, checker: Checker, clock: Clock, database: Database
) -> None:
    place = add_authority(database)
    person = add_person(database, place, Role.SPECIALIST)
    owner = Owner(Scope(place.id), person.id, Actor("person", str(person.id), person.name, place.id))
    token = handed_in(service, checker, SOON, owner)
    checker.answer = saying("TOTAL_PASSED")
    clock.forward(minutes=5)
    service.judge_again(clock())
    with database.unit(SYSTEM) as unit:
        event = unit.audit.chain("validation", str(stands(service, token, owner).id), 10)[-1].event
    assert (event.action, event.actor, event.authority_id) == (
        "validation-judged-again",
        Actor("system", "judge-again"),
        place.id,
    )
    assert event.details["conclusion"] == ["INDETERMINATE", "TOTAL_PASSED"]
    assert event.details["times"] == 1
    for name in ("report_sha256", "bundle_sha256"):
        hashes = event.details[name]
        assert isinstance(hashes, list)
        assert [len(one) for one in hashes] == [64, 64]
        assert len(set(hashes)) == 2


def failing(_order: Order, _progress: Progress) -> Checked:
    raise CouldNotJudge("trust-store-empty", "for now")


def not_judged(_order: Order, _progress: Progress) -> Checked:
    return Checked("pdf", "{}", problem=Problem("budget-exhausted"), bundle=b"")


def breaking(_order: Order, _progress: Progress) -> Checked:
    raise ZeroDivisionError


@pytest.mark.parametrize("answer", [failing, not_judged, breaking])
def test_where_no_verdict_is_reached_the_old_one_stays_and_it_is_tried_later(
    service: Validations, checker: Checker, clock: Clock, answer: Callable[[Order, Progress], Checked]
) -> None:
    token = handed_in(service, checker)
    before = stands(service, token)
    checker.answer = answer
    clock.forward(minutes=5)
    assert service.judge_again(clock()) == 1
    after = stands(service, token)
    assert after == replace(before, again=1, again_at=clock() + LEAST_LEASE)
    pieces = service.bundle(token)
    assert pieces is not None
    assert b"".join(pieces) == bundle("INDETERMINATE")
    assert service.judge_again(clock()) == 0


def test_it_ends_after_some_times_however_often_the_verdict_asks_for_more(
    service: Validations, checker: Checker, clock: Clock
) -> None:
    token = handed_in(service, checker)
    for _ in range(20):
        clock.forward(days=1)
        checker.answer = saying("INDETERMINATE", clock() + timedelta(minutes=5))
        service.judge_again(clock())
    assert stands(service, token).again == len(PAUSES)
    assert len(checker.orders) == len(PAUSES) + 1


def test_what_needs_a_password_is_not_judged_again(service: Validations, checker: Checker, clock: Clock) -> None:
    token = handed_in(service, checker, SOON, NOBODY, "open sesame")
    clock.forward(hours=1)
    assert told(stands(service, token)) == ("INDETERMINATE", 0, None)
    assert service.judge_again(clock()) == 0


def test_nothing_is_planned_beyond_the_end_of_a_validation(service: Validations, checker: Checker) -> None:
    token = handed_in(service, checker, NOW + timedelta(days=30))
    assert stands(service, token).again_at is None
    assert stands(service, handed_in(service, checker, NOW + timedelta(days=29))).again_at is not None


def test_what_is_over_is_not_judged_again(service: Validations, checker: Checker, clock: Clock) -> None:
    handed_in(service, checker)
    clock.forward(days=30)
    assert service.judge_again(clock()) == 0


def test_what_is_deleted_meanwhile_leaves_nothing(
    service: Validations, checker: Checker, clock: Clock, database: Database, folder: Path
) -> None:
    token = handed_in(service, checker)

    def deleting(order: Order, progress: Progress) -> Checked:
        assert service.delete(token)
        return saying("TOTAL_PASSED")(order, progress)

    checker.answer = deleting
    clock.forward(minutes=5)
    service.judge_again(clock())
    Relay(database, FixedClock(clock()), carriers(service._blobs)).run_once()
    assert service.get(token) is None
    assert files_in(folder) == []


def test_two_processes_judge_it_once(
    make_service: MakeService, checker: Checker, clock: Clock, database: Database
) -> None:
    first, second = make_service(), make_service()
    token = handed_in(first, checker)
    clock.forward(minutes=5)

    def meanwhile(order: Order, progress: Progress) -> Checked:
        checker.answer = saying("TOTAL_PASSED")
        assert second.judge_again(clock()) == 0
        return saying("TOTAL_PASSED")(order, progress)

    checker.answer = meanwhile
    assert first.judge_again(clock()) == 1
    assert told(stands(second, token)) == ("TOTAL_PASSED", 1, None)


def test_whoever_comes_second_leaves_it_alone(
    service: Validations, checker: Checker, clock: Clock, database: Database
) -> None:
    token = handed_in(service, checker)
    clock.forward(minutes=5)
    with database.unit(SYSTEM) as unit:  # another process has looked what is due, and not begun
        (seen,) = unit.validations.due_again(clock(), len(PAUSES), 10)
    checker.answer = saying("INDETERMINATE", clock())
    service.judge_again(clock())
    second = Again(database, service._blobs, clock, lambda _validation: pytest.fail("judged twice"))
    assert not second._one(seen, clock())
    assert stands(service, token).again == 1


def test_a_process_that_dies_over_it_leaves_the_old_verdict_and_a_plan(
    service: Validations, checker: Checker, clock: Clock, database: Database
) -> None:
    token = handed_in(service, checker)
    clock.forward(minutes=5)
    with database.unit(SYSTEM) as unit:  # as far as a killed process came
        (due,) = unit.validations.due_again(clock(), len(PAUSES), 10)
        assert unit.validations.begin_again(due, clock() + LEAST_LEASE)
    assert told(stands(service, token)) == ("INDETERMINATE", 1, clock() + LEAST_LEASE)
    clock.forward(minutes=30)
    checker.answer = saying("TOTAL_PASSED")
    assert service.judge_again(clock()) == 1
    assert told(stands(service, token)) == ("TOTAL_PASSED", 2, None)


@pytest.mark.parametrize("jump", [timedelta(days=-400), timedelta(days=5)])
def test_a_clock_that_jumps_makes_no_storm(
    service: Validations, checker: Checker, clock: Clock, jump: timedelta
) -> None:
    token = handed_in(service, checker)
    for instant in (NOW + jump, NOW + jump, NOW, NOW + jump, NOW):
        clock.now = instant
        checker.answer = saying("INDETERMINATE", instant + timedelta(minutes=5))
        service.judge_again(instant)
    assert len(checker.orders) <= 2
    clock.now = NOW + timedelta(days=6)
    checker.answer = saying("TOTAL_PASSED")
    assert service.judge_again(clock()) == 1
    assert stands(service, token).conclusion == "TOTAL_PASSED"


def test_a_service_that_closes_begins_no_more(service: Validations, checker: Checker, clock: Clock) -> None:
    handed_in(service, checker)
    clock.forward(minutes=5)
    service.close()
    assert service.judge_again(clock()) == 0


@pytest.mark.parametrize(
    ("lang", "again", "planned"),
    [("vi", "đã tự kiểm tra lại tệp này 2 lần", "sẽ tự kiểm tra lại"), ("en", "by itself 2 times", "will be checked")],
)
def test_the_page_tells_that_and_when(tmp_path: Path, lang: str, again: str, planned: str) -> None:
    service = ready_service()
    plain = job(SAMPLES["passed"])
    service.jobs["plain"] = plain
    service.jobs["again"] = replace(plain, again=2, again_at=plain.expires_at)
    client = site_of(service, tmp_path, PaintedPictures()).test_client()
    shown = client.get(f"/verify/again?lang={lang}").text
    assert again in shown
    assert planned in shown
    assert "&lt;time" not in shown
    other = client.get(f"/verify/plain?lang={lang}").text
    assert again not in other
    assert planned not in other
