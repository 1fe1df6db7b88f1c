from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pytest

from verifier.errors import CouldNotJudge
from verifier.web.uploads import NAME_LIMIT, clean_file_name, received


def test_a_file_arrives_whole(tmp_path: Path) -> None:
    with received(io.BytesIO(b"x" * 100_000), tmp_path, 100_000) as upload:
        assert upload.path.read_bytes() == b"x" * 100_000
        assert (upload.size, upload.sha256) == (100_000, hashlib.sha256(b"x" * 100_000).hexdigest())

    assert list(tmp_path.iterdir()) == []


class Endless:
    def __init__(self) -> None:
        self.given = 0

    def read(self, size: int, /) -> bytes:
        self.given += size
        return b"x" * size


def test_an_endless_body_is_stopped_soon_after_the_limit(tmp_path: Path) -> None:
    body = Endless()

    with pytest.raises(CouldNotJudge) as refusal, received(body, tmp_path, 1_000_000):
        pytest.fail("was let in")

    assert refusal.value.problem.code == "too-large"
    assert body.given < 1_200_000
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("văn bằng.pdf", "văn bằng.pdf"),
        ("va\u0306n ba\u0306\u0300ng.pdf", "văn bằng.pdf"),
        ("C:\\Users\\x\\a.pdf", "a.pdf"),
        ("../../etc/passwd", "passwd"),
        ("a\r\nSet-Cookie: x\0.pdf", "a��Set-Cookie: x�.pdf"),
        ("invoice\u202efdp.exe", "invoice�fdp.exe"),
        ("a\ud800.pdf", "a�.pdf"),
        ("  ", "unnamed"),
        ("", "unnamed"),
        ("/", "unnamed"),
    ],
)
def test_file_names_are_made_harmless(raw: str, clean: str) -> None:
    assert clean_file_name(raw) == clean


def test_a_long_name_is_shortened_and_keeps_its_ending() -> None:
    short = clean_file_name("a" * 500 + ".pdf")

    assert len(short) == NAME_LIMIT
    assert short.endswith("a….pdf")
    assert len(clean_file_name("." * 500)) == NAME_LIMIT
