from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from tests.accounts.support import AT, Clock
from tests.support.postgres import RING
from verifier.outside.clock import SystemClock
from verifier.storage.blobs import Blobs
from verifier.storage.database import Database
from verifier.storage.scope import SYSTEM
from verifier.storage.validations import Finding, Validation
from verifier.workers.carriers import BLOB_DELETE, carriers
from verifier.workers.expiry import ORPHAN_AGE, Expiry
from verifier.workers.relay import Relay


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs(tmp_path / "files", RING, tmp_path / "spool")


@pytest.fixture
def expiry(database: Database, blobs: Blobs, tmp_path: Path) -> Expiry:
    return Expiry(database, blobs, tmp_path / "spool")


def handed_in(database: Database, blobs: Blobs, days: int = 30) -> Validation:
    document, bundle = blobs.put(b"document"), blobs.put(b"bundle")
    plain = ("a.pdf", 8, "0" * 64, "pdf", "vi", "done", 4, 1, AT, AT + timedelta(days=days), AT)
    one = Validation(uuid4(), *plain, "TOTAL_PASSED", None, "{}", document, bundle)
    with database.unit(SYSTEM) as unit:
        unit.validations.add(one, str(one.id))
    return one


def stored(folder: Path) -> int:
    return sum(path.is_file() for path in (folder / "files").rglob("*"))


def test_what_is_over_is_deleted_and_its_files_follow(
    database: Database, blobs: Blobs, expiry: Expiry, tmp_path: Path
) -> None:
    handed_in(database, blobs)
    handed_in(database, blobs, days=31)
    later = AT + timedelta(days=30)

    assert expiry.expire(later) == 1
    assert stored(tmp_path) == 4
    assert Relay(database, Clock(later), carriers(blobs)).run_once() == 2
    assert stored(tmp_path) == 2
    assert expiry.expire(later) == 0


def test_row_and_deletion_of_its_files_are_decided_together(
    database: Database, blobs: Blobs, tmp_path: Path, expiry: Expiry
) -> None:
    validation = handed_in(database, blobs)

    with suppress(InterruptedError), database.unit(SYSTEM) as unit:
        unit.validations.delete(validation.id)
        unit.outbox.put(BLOB_DELETE, "k", {"blob": validation.document_blob}, AT)
        raise InterruptedError

    assert Relay(database, Clock(), carriers(blobs)).run_once() == 0
    assert expiry.remove(validation, AT)
    assert not expiry.remove(validation, AT)
    assert Relay(database, Clock(), carriers(blobs)).run_once() == 2
    assert stored(tmp_path) == 0


def test_without_a_database_nothing_is_deleted(blobs: Blobs, tmp_path: Path, database: Database) -> None:
    validation = handed_in(database, blobs)
    gone = Database("postgresql://nobody@127.0.0.1:1/none", RING)

    with pytest.raises(SQLAlchemyError):
        Expiry(gone, blobs, tmp_path / "spool").remove(validation, AT)
    gone.close()

    assert stored(tmp_path) == 2


def test_a_file_that_no_row_names_is_swept_up(database: Database, blobs: Blobs, tmp_path: Path, expiry: Expiry) -> None:
    kept = handed_in(database, blobs)
    blobs.put(b"left by a crash")
    upload = tmp_path / "spool" / "upload-x"
    upload.write_bytes(b"cut short by a crash")
    now = SystemClock().now()

    assert expiry.sweep(now) == 0
    assert expiry.sweep(now + ORPHAN_AGE + timedelta(minutes=1)) == 2

    assert not upload.exists()
    assert blobs.read(kept.document_blob) == b"document"
    assert stored(tmp_path) == 2


def test_evidence_that_is_kept_in_the_very_moment_of_deleting_goes_too(
    database: Database, blobs: Blobs, expiry: Expiry
) -> None:
    one = handed_in(database, blobs)
    with database.unit(SYSTEM) as unit:
        unit.validations.delete(one.id)
    one = replace(one, state="judging", finished_at=None, report_text=None, bundle_blob=None)
    with database.unit(SYSTEM) as unit:
        unit.validations.add(one, str(one.id))
    removing = threading.Thread(target=expiry.remove, args=(one, AT))

    with database.unit(SYSTEM) as unit, database.engine.connect() as watch:
        unit.validations.finish(one.id, Finding("pdf", "TOTAL_PASSED", "{}", bundle_blob="the-bundle"), AT)
        removing.start()
        while not watch.execute(text("select count(*) from pg_locks where not granted")).scalar_one():
            assert removing.is_alive()
    removing.join(20)

    with database.unit(SYSTEM) as unit:
        assert unit.validations.by_id(one.id) is None
        assert {message.payload["blob"] for message in unit.outbox.listed("waiting")} == {
            one.document_blob,
            "the-bundle",
        }
