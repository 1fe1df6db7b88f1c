from __future__ import annotations

import hashlib
import io
import os
import zipfile
from pathlib import Path

import pytest

from verifier.intake import Intake, NotTaken, sniff, take_in

LIMIT = 10_000
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


def packed(**entries: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name.replace("__", "/"), content)
    return buffer.getvalue()


def refusal(path: Path) -> NotTaken:
    with pytest.raises(NotTaken) as caught:
        take_in(path, LIMIT)
    return caught.value


def test_a_pdf_is_taken_in_with_size_and_hash(tmp_path: Path) -> None:
    file = tmp_path / "letter.pdf"
    file.write_bytes(PDF)
    assert take_in(file, LIMIT) == Intake(len(PDF), hashlib.sha256(PDF).hexdigest(), "pdf")


@pytest.mark.parametrize("junk", [b"", b"\n", b"GARBAGE" * 100, b"\x00" * 1024])
def test_junk_may_stand_before_a_pdf(junk: bytes) -> None:
    assert sniff(junk + PDF) == "pdf"


KINDS = {
    "scan": [
        b"\xff\xd8\xff\xe0\x00\x10JFIF",
        b"\x89PNG\r\n\x1a\n\x00\x00",
        b"II*\x00\x08",
        b"MM\x00*\x00",
        b"\x00\x00\x00\x18ftypheic\x00\x00",
        b"RIFF\x10\x00\x00\x00WEBPVP8 ",
    ],
    "docx": [packed(**{"[Content_Types].xml": b"<Types/>", "word__document.xml": b"<w/>"})],
    "xlsx": [packed(**{"[Content_Types].xml": b"<Types/>", "xl__workbook.xml": b"<w/>"})],
    "pptx": [packed(**{"[Content_Types].xml": b"<Types/>", "ppt__presentation.xml": b"<w/>"})],
    "odt": [packed(mimetype=b"application/vnd.oasis.opendocument.text")],
    "asic": [
        packed(mimetype=b"application/vnd.etsi.asic-e+zip", **{"letter.pdf": PDF}),
        packed(**{"letter.pdf": PDF, "META-INF__signatures0.xml": b"<x/>"}),
    ],
    "zip": [packed(**{"letter.pdf": PDF}), b"PK\x03\x04\x14\x00cut off"],
    "xml": [b'<?xml version="1.0"?><hoSo/>', b"\xef\xbb\xbf<hoSo a='1'>", "<?xml version='1.0'?>".encode("utf-16")],
    "html": [b"<!DOCTYPE html><html>", b"  <HTML lang=vi>", b"<!-- saved --><html>"],
    "rtf": [b"{\\rtf1\\ansi"],
    "office": [b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00"],
    "archive": [b"Rar!\x1a\x07\x00", b"7z\xbc\xaf\x27\x1c\x00"],
    "text": ["Kính gửi quý cơ quan".encode(), b"< 5 apples", ("ă" * 3000).encode()[:4095]],
    "empty": [b""],
    "unknown": [b"\x00\x01\x02\x03", b"\xfe\x00garbage\xff\x00\xc3", b"\x00" * 1025 + PDF],
}


@pytest.mark.parametrize(("kind", "content"), [(kind, one) for kind, all_ in KINDS.items() for one in all_])
def test_other_kinds_are_told_by_content(kind: str, content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "letter.pdf"
    file.write_bytes(content)
    refused = refusal(file)
    assert refused.intake.kind == kind
    assert refused.intake.sha256 == hashlib.sha256(content).hexdigest()
    if kind == "empty":
        assert refused.problem.code == "empty-file"
    else:
        assert (refused.problem.code, refused.problem.params) == ("not-a-pdf", {"kind": kind})


def test_a_pdf_stored_in_a_zip_does_not_make_the_zip_a_pdf() -> None:
    archive = packed(**{"a.pdf": PDF})
    assert archive.find(b"%PDF-") < 1024
    assert sniff(archive, archive) == "zip"


def test_a_file_of_two_gigabytes_is_refused_unread(tmp_path: Path) -> None:
    file = tmp_path / "huge.pdf"
    with file.open("wb") as out:
        out.write(PDF)
        out.truncate(2 * 1024**3)
    refused = refusal(file)
    assert refused.problem.code == "too-large"
    assert refused.intake.sha256 == ""  # nobody read it


def test_one_byte_decides_over_the_limit(tmp_path: Path) -> None:
    file = tmp_path / "letter.pdf"
    file.write_bytes(PDF.ljust(LIMIT, b"\n"))
    assert take_in(file, LIMIT).size == LIMIT
    file.write_bytes(PDF.ljust(LIMIT + 1, b"\n"))
    assert refusal(file).problem.code == "too-large"


def test_what_is_not_there_is_missing(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none.pdf").problem.code == "file-missing"


def test_what_cannot_be_read_as_a_file_is_unreadable(tmp_path: Path) -> None:
    pipe, loop = tmp_path / "pipe.pdf", tmp_path / "loop.pdf"
    os.mkfifo(pipe)
    loop.symlink_to(loop)
    for path in (tmp_path, pipe, loop, Path("a\0b.pdf"), tmp_path / ("x" * 300)):
        assert refusal(path).problem.code == "file-unreadable"
