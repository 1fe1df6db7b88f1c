from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from verifier.errors import Problem
from verifier.storage.database import Database
from verifier.storage.scope import SYSTEM
from verifier.storage.validations import Finding, Validation

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
TOKEN = "token-of-the-test"


def handed_in(**changes: object) -> Validation:
    plain = Validation(
        id=uuid4(),
        file_name="văn bằng.pdf",
        size=3,
        sha256="ab" * 32,
        kind="",
        language="vi",
        state="received",
        step=1,
        attempts=0,
        received_at=NOW,
        expires_at=NOW + timedelta(days=30),
        finished_at=None,
        conclusion="",
        problem=None,
        report_text=None,
        document_blob="aa/aaaa",
        bundle_blob=None,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def stored(database: Database, validation: Validation, token: str = TOKEN) -> Validation:
    with database.unit(SYSTEM) as unit:
        unit.validations.add(validation, token)
    return validation


def test_what_was_stored_comes_back_whole(database: Database) -> None:
    validation = stored(database, handed_in(problem=Problem("busy", "late", {"seconds": "5"}), state="failed"))

    with database.unit(SYSTEM) as unit:
        assert unit.validations.by_token(TOKEN) == validation
        assert unit.validations.by_id(validation.id) == validation
        assert unit.validations.by_token("another") is None


def test_the_token_itself_is_nowhere_in_the_row(database: Database) -> None:
    stored(database, handed_in())

    with database.engine.connect() as connection:
        row = connection.execute(text("select validation::text from validation")).scalar_one()

    assert TOKEN not in row
    assert TOKEN.encode().hex() not in row


def test_a_report_comes_back_to_the_byte(database: Database) -> None:
    report = '{"file": "a\\u0000b\\ud800.pdf",  "z": 1, "a": "Đại sứ quán"}'
    validation = stored(database, handed_in())

    with database.unit(SYSTEM) as unit:
        assert unit.validations.begin(validation.id)
        assert unit.validations.finish(validation.id, Finding("pdf", "TOTAL_PASSED", report), NOW)
    with database.unit(SYSTEM) as unit:
        found = unit.validations.by_id(validation.id)

    assert found is not None
    assert found.report_text == report
    assert found.report == {"file": "a\0b\ud800.pdf", "z": 1, "a": "Đại sứ quán"}
    assert (found.state, found.conclusion, found.attempts, found.finished_at) == ("done", "TOTAL_PASSED", 1, NOW)


def test_a_problem_with_characters_that_no_database_keeps_is_stored_all_the_same(database: Database) -> None:
    validation = stored(database, handed_in())

    with database.unit(SYSTEM) as unit:
        problem = Problem("not-a-pdf", "a\0b", {"kind": "\ud800"})
        unit.validations.finish(validation.id, Finding("", problem=problem), NOW)
    with database.unit(SYSTEM) as unit:
        found = unit.validations.by_id(validation.id)

    assert found is not None
    assert found.state == "failed"
    assert found.problem == Problem("not-a-pdf", "a�b", {"kind": "?"})


def test_what_is_gone_is_not_written_again(database: Database) -> None:
    validation = stored(database, handed_in())

    with database.unit(SYSTEM) as unit:
        assert unit.validations.delete(validation.id)
        assert not unit.validations.delete(validation.id)
        assert not unit.validations.step(validation.id, 2)
        assert not unit.validations.finish(validation.id, Finding("pdf", "", "{}"), NOW)


def test_only_what_is_over_has_expired(database: Database) -> None:
    over = stored(database, handed_in(expires_at=NOW), "1")
    stored(database, handed_in(expires_at=NOW + timedelta(seconds=1)), "2")

    with database.unit(SYSTEM) as unit:
        assert [v.id for v in unit.validations.expired(NOW, 10)] == [over.id]


def test_unfinished_are_those_whose_move_is_ours(database: Database) -> None:
    judging = stored(database, handed_in(state="judging", received_at=NOW + timedelta(seconds=1)), "1")
    waiting = stored(database, handed_in(), "2")
    stored(database, handed_in(state="done", report_text="{}"), "3")

    with database.unit(SYSTEM) as unit:
        assert [v.id for v in unit.validations.unfinished()] == [waiting.id, judging.id]


@pytest.mark.parametrize("spoiled", [{"state": "done"}, {"state": "failed"}, {"state": "lost"}])
def test_the_database_itself_refuses_a_state_without_its_reason(database: Database, spoiled: dict[str, str]) -> None:
    with pytest.raises(IntegrityError):
        stored(database, handed_in(**spoiled))


def test_an_exception_rolls_everything_back(database: Database) -> None:
    def add_and_stumble() -> None:
        with database.unit(SYSTEM) as unit:
            unit.validations.add(handed_in(), TOKEN)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        add_and_stumble()

    with database.unit(SYSTEM) as unit:
        assert unit.validations.by_token(TOKEN) is None


def test_known_blobs_are_those_that_a_row_names(database: Database) -> None:
    stored(database, handed_in(bundle_blob="bb/bbbb"))

    with database.unit(SYSTEM) as unit:
        assert unit.validations.known_blobs(["aa/aaaa", "bb/bbbb", "cc/cccc"]) == {"aa/aaaa", "bb/bbbb"}


def test_what_was_concluded_once_stays(database: Database) -> None:
    validation = stored(database, handed_in(state="judging"))
    with database.unit(SYSTEM) as unit:
        assert unit.validations.finish(validation.id, Finding("pdf", "TOTAL_PASSED", "{}", bundle_blob="b"), NOW)
        done = unit.validations.by_id(validation.id)

        assert not unit.validations.finish(validation.id, Finding("", problem=Problem("internal-error")), NOW)
        assert not unit.validations.begin(validation.id)
        assert not unit.validations.step(validation.id, 2)
        assert unit.validations.by_id(validation.id) == done
