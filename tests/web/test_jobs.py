from __future__ import annotations

import io
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from tests.web.conftest import MakeService
from tests.web.support import NOW, PDF, Checker, Clock, report_of
from verifier.errors import CouldNotJudge, Problem
from verifier.outside.clock import FixedClock
from verifier.storage.database import Database
from verifier.storage.keys import CannotOpen
from verifier.web.jobs import ATTEMPTS, Checked, Order, Progress, Validation, Validations
from verifier.workers.carriers import carriers
from verifier.workers.relay import Relay

Deliver = Callable[[], int]


@pytest.fixture
def deliver(database: Database, service: Validations, clock: Clock) -> Deliver:
    return lambda: Relay(database, FixedClock(clock()), carriers(service._blobs)).run_once()


def hand_in(service: Validations, content: bytes = PDF, name: str = "a.pdf", passwords: tuple[str, ...] = ()) -> str:
    return service.submit(io.BytesIO(content), name, "vi", passwords)


def judged(service: Validations, token: str) -> Validation:
    found = service.wait(token, 20)
    assert found is not None
    return found


def files_in(folder: Path) -> list[bytes]:
    return sorted(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_a_file_is_judged_and_its_report_kept(service: Validations, checker: Checker) -> None:
    token = hand_in(service, name="bằng.pdf", passwords=("open",))

    found = judged(service, token)

    assert (found.state, found.conclusion, found.kind, found.size) == ("done", "TOTAL_PASSED", "pdf", len(PDF))
    assert found.report_text == '{"file": "bằng.pdf", "conclusion": "TOTAL_PASSED"}'
    assert (found.received_at, found.expires_at) == (NOW, NOW + timedelta(days=30))
    assert (checker.orders[0].passwords, checker.orders[0].received_at) == (("open",), NOW)
    assert checker.seen == [PDF]
    assert service.load == 0


def test_file_and_evidence_can_be_had(service: Validations) -> None:
    token = hand_in(service)
    judged(service, token)

    document, bundle = service.document(token), service.bundle(token)

    assert document is not None
    with document.opened() as path:
        assert path.read_bytes() == PDF
    assert bundle is not None
    assert b"".join(bundle) == b"PK-evidence"


def spoil_files(folder: Path) -> None:
    for path in (folder / "files").rglob("*"):
        if path.is_file():
            path.write_bytes(path.read_bytes()[:-1])


def test_the_plain_copy_is_there_while_judging_and_gone_afterwards(
    service: Validations, checker: Checker, folder: Path
) -> None:
    token = hand_in(service)
    judged(service, token)

    assert checker.seen == [PDF]
    assert not checker.orders[0].document.exists()
    assert files_in(folder / "spool") == []


def test_a_stored_file_that_was_changed_is_never_judged(
    make_service: MakeService, checker: Checker, folder: Path
) -> None:
    first = make_service()
    first.close()
    token = hand_in(first)
    spoil_files(folder)

    second = make_service()
    second.recover(NOW + timedelta(seconds=1))

    found = judged(second, token)
    assert found.problem == Problem("internal-error", "The stored file does not open.")
    assert checker.orders == []


def test_evidence_that_was_changed_is_not_given_out(service: Validations, folder: Path) -> None:
    token = hand_in(service)
    judged(service, token)
    spoil_files(folder)

    with pytest.raises(CannotOpen):
        service.bundle(token)


def test_tokens_cannot_be_guessed(service: Validations) -> None:
    tokens = {hand_in(service), hand_in(service)}

    assert [len(token) for token in tokens] == [32, 32]


def test_steps_are_told_while_judging(service: Validations, checker: Checker) -> None:
    reached, go = threading.Event(), threading.Event()

    def slowly(order: Order, progress: Progress) -> Checked:
        progress("gathering")
        reached.set()
        assert go.wait(20)
        return Checked("pdf", report_of(order))

    checker.answer = slowly
    token = hand_in(service)
    assert reached.wait(20)
    found = service.wait(token, 0)
    go.set()

    assert found is not None
    assert (found.state, found.step, found.steps, found.finished) == ("judging", 3, 4, False)


def test_a_refusal_is_kept_with_its_code(service: Validations, checker: Checker) -> None:
    checker.refuse("not-a-pdf", kind="docx")

    found = judged(service, hand_in(service))

    assert found.state == "failed"
    assert found.problem == Problem("not-a-pdf", "as the test wants", {"kind": "docx"})
    assert found.report is None


def test_a_fault_is_an_internal_error_that_tells_nothing(service: Validations, checker: Checker) -> None:
    checker.break_down()

    found = judged(service, hand_in(service))

    assert found.state == "failed"
    assert found.problem is not None
    assert found.problem.code == "internal-error"
    assert "secret" not in found.problem.detail
    checker.answer = Checker().answer
    assert judged(service, hand_in(service)).state == "done"


def test_a_file_over_the_limit_is_refused_and_leaves_nothing(service: Validations, folder: Path) -> None:
    with pytest.raises(CouldNotJudge) as refusal:
        hand_in(service, b"x" * 1001)

    assert refusal.value.problem.code == "too-large"
    assert files_in(folder) == []
    assert judged(service, hand_in(service, b"x" * 1000)).state == "done"


def test_a_full_queue_answers_busy_and_recovers(service: Validations, checker: Checker) -> None:
    checker.gate.clear()
    tokens = [hand_in(service) for _ in range(3)]

    with pytest.raises(CouldNotJudge) as refusal:
        hand_in(service)

    assert refusal.value.problem.code == "busy"
    checker.gate.set()
    assert {judged(service, token).state for token in tokens} == {"done"}
    assert judged(service, hand_in(service)).state == "done"


def test_a_failed_upload_gives_its_place_back(service: Validations) -> None:
    for _ in range(10):
        with pytest.raises(CouldNotJudge, match="too-large"):
            hand_in(service, b"x" * 1001)

    assert judged(service, hand_in(service)).state == "done"


def test_deleting_leaves_nothing(service: Validations, folder: Path, deliver: Deliver) -> None:
    token = hand_in(service)
    judged(service, token)
    kept = files_in(folder)
    assert len(kept) == 2
    assert not any(PDF in file or b"PK-evidence" in file for file in kept)

    assert service.delete(token)
    deliver()

    assert files_in(folder) == []
    assert not service.delete(token)
    assert (service.get(token), service.document(token), service.bundle(token)) == (None, None, None)


def test_deleting_while_judging_leaves_nothing_either(
    service: Validations, checker: Checker, folder: Path, deliver: Deliver
) -> None:
    checker.gate.clear()
    token = hand_in(service)
    assert checker.entered.wait(20)

    assert service.delete(token)
    checker.gate.set()
    service.close()
    deliver()

    assert files_in(folder) == []


def test_unknown_and_hostile_tokens_are_simply_not_there(service: Validations) -> None:
    for token in ("", "x", "' or 1=1", "\0", "\ud800", "x" * 10_000):
        assert service.get(token) is None
        assert service.wait(token, 0) is None
        assert not service.delete(token)


def test_what_is_over_is_gone_at_once_though_its_file_is_still_there(
    service: Validations, clock: Clock, folder: Path
) -> None:
    token = hand_in(service)
    judged(service, token)
    clock.forward(days=30)

    assert service.get(token) is None
    assert files_in(folder) != []


def test_a_restart_takes_up_what_was_left(make_service: MakeService, checker: Checker, database: Database) -> None:
    first = make_service()
    token = hand_in(first)
    left = judged(first, token)
    first.close()
    with database.engine.begin() as connection:
        connection.exec_driver_sql("update validation set state = 'judging', report = null, attempts = 1")

    second = make_service()
    assert second.recover(NOW + timedelta(seconds=1)) == 1

    again = judged(second, token)
    assert (again.state, again.attempts, again.report_text) == ("done", 2, left.report_text)
    assert second.recover(NOW + timedelta(seconds=1)) == 0


def test_a_file_that_took_the_service_down_twice_is_given_up(
    make_service: MakeService, checker: Checker, database: Database
) -> None:
    first = make_service()
    token = hand_in(first)
    judged(first, token)
    with database.engine.begin() as connection:
        connection.exec_driver_sql(f"update validation set state = 'judging', report = null, attempts = {ATTEMPTS}")

    second = make_service()
    second.recover(NOW + timedelta(seconds=1))

    found = judged(second, token)
    assert found.problem is not None
    assert found.problem.code == "internal-error"
    assert len(checker.orders) == 1


def test_recovery_leaves_alone_what_is_in_hand(service: Validations, checker: Checker) -> None:
    checker.gate.clear()
    token = hand_in(service)
    assert checker.entered.wait(20)

    assert service.recover(NOW + timedelta(seconds=1)) == 0
    checker.gate.set()
    judged(service, token)
    assert len(checker.orders) == 1


def test_closing_leaves_unfinished_work_for_the_next_start(
    make_service: MakeService, checker: Checker, clock: Clock
) -> None:
    first = make_service()
    checker.gate.clear()
    checker.refuse("budget-exhausted", limit="time")
    token = hand_in(first)
    assert checker.entered.wait(20)
    closing = threading.Thread(target=first.close)
    closing.start()
    while not first._closing.is_set():
        pass
    checker.gate.set()
    closing.join(20)

    checker.answer = Checker().answer
    second = make_service()
    assert second.recover(NOW + timedelta(seconds=1)) == 1
    assert judged(second, token).state == "done"
