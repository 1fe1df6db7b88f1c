from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from verifier.storage.blobs import CHUNK, Blobs


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs(tmp_path / "files")


def test_what_is_put_comes_back(blobs: Blobs, tmp_path: Path) -> None:
    content = b"signed" * CHUNK
    (tmp_path / "in").write_bytes(content)

    name = blobs.put_file(tmp_path / "in")

    assert blobs.read(name) == content
    assert b"".join(blobs.stream(name)) == content
    assert blobs.path(name).read_bytes() == content
    assert (tmp_path / "in").exists()


def test_an_empty_file_is_a_file(blobs: Blobs, tmp_path: Path) -> None:
    (tmp_path / "in").touch()

    assert blobs.read(blobs.put_file(tmp_path / "in")) == b""


def test_names_differ_and_say_nothing(blobs: Blobs) -> None:
    first, second = blobs.put(b"same"), blobs.put(b"same")

    assert first != second
    assert len(first) == 35


def test_deleting_leaves_nothing_on_the_disk(blobs: Blobs, tmp_path: Path) -> None:
    name = blobs.put(b"secret")

    blobs.delete(name)
    blobs.delete(name)

    assert [path for path in (tmp_path / "files").rglob("*") if path.is_file()] == []
    for read in (blobs.read, blobs.path, lambda gone: list(blobs.stream(gone))):
        with pytest.raises(FileNotFoundError):
            read(name)


def test_only_the_owner_may_look_into_the_folder(blobs: Blobs, tmp_path: Path) -> None:
    assert (tmp_path / "files").stat().st_mode & 0o077 == 0


def test_older_than_names_what_was_written_before(blobs: Blobs) -> None:
    name = blobs.put(b"x")
    now = datetime.now(UTC)

    assert list(blobs.older_than(now + timedelta(minutes=1))) == [(name,)]
    assert list(blobs.older_than(now - timedelta(minutes=1))) == []
