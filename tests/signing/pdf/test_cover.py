"""A cover holds a file byte for byte, under a name that harms nobody."""

from __future__ import annotations

import hashlib
import random
import subprocess
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import typst
from pyhanko.pdf_utils.reader import PdfFileReader

from tests.pki.pdf import PdfBuilder
from tests.pki.world import signed_pdf
from tests.signing.pdf.support import field, issued, pdfsig, told, verdict
from verifier.signing.pdf.cover import LONGEST_NAME, safe_name
from verifier.signing.pdf.writing import covered
from verifier.signing.records import Place

PAGE = b'#set document(title: "C")\n#set text(lang: "vi")\n= T\xe1\xbb\x9d b\xc3\xaca'


def cover() -> bytes:
    return bytes(typst.compile(PAGE, pdf_standards=["a-3a"]))


def put(
    data: bytes, folder: Path, name: str = "Đơn.pdf", media_type: str = "application/pdf", with_: bytes = b""
) -> bytes:
    original, out = folder / "original", folder / "cover.pdf"
    original.write_bytes(data)
    covered(with_ or cover(), original, out, name, media_type)
    return out.read_bytes()


def specification(data: bytes) -> Any:
    root = PdfFileReader(BytesIO(data), strict=True).root
    assert root["/AF"][0] == root["/Names"]["/EmbeddedFiles"]["/Names"][1]
    return root["/AF"][0]


CONTENTS = {
    "empty": b"",
    "text": "Kính gửi".encode() * 100,
    "random": random.Random(5).randbytes(3_000_000),
    "document": PdfBuilder.new(2).data,
    "signed": signed_pdf(level="LTA"),
    "endings": b"\nendstream\nendobj\nstartxref\n0\n%%EOF\n",
}


@pytest.mark.parametrize("content", CONTENTS)
def test_a_file_comes_out_byte_for_byte(content: str, tmp_path: Path) -> None:
    data = CONTENTS[content]
    put(data, tmp_path)
    saved = tmp_path / "saved"
    done = subprocess.run(
        ["pdfdetach", "-save", "1", "-o", saved, tmp_path / "cover.pdf"], check=False, capture_output=True
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert saved.read_bytes() == data


@pytest.mark.parametrize("content", ["document", "signed", "endings"])
def test_nothing_inside_can_be_taken_for_a_part_of_the_cover(content: str, tmp_path: Path) -> None:
    made = put(CONTENTS[content], tmp_path)
    assert made.count(b"%%EOF") == cover().count(b"%%EOF") + 1
    assert b"/ByteRange" not in made


@pytest.mark.parametrize("content", CONTENTS)
def test_a_cover_is_marked_and_signed_like_any_document(content: str, tmp_path: Path) -> None:
    made = issued(put(CONTENTS[content], tmp_path), tmp_path, field(place=Place(1, 20, 90, 60, 30)))
    said = verdict(made)
    assert told(made) == [("Mark", "TOTAL_PASSED", "none")]
    assert (said.signature_remnants, said.tolerated) == (0, ())
    assert pdfsig(made, tmp_path) == {"Mark": "Signature is Valid."}


def test_what_is_inside_is_described(tmp_path: Path) -> None:
    data = CONTENTS["text"]
    said = specification(put(data, tmp_path, "Đơn đề nghị.txt", "text/plain"))
    assert (said["/UF"], said["/AFRelationship"]) == ("Đơn đề nghị.txt", "/Source")
    inner = said["/EF"]["/F"]
    assert said["/EF"].raw_get("/F") == said["/EF"].raw_get("/UF")
    assert (inner["/Type"], inner["/Subtype"]) == ("/EmbeddedFile", "/text/plain")
    assert inner["/Params"]["/Size"] == len(data)
    check = inner["/Params"]["/CheckSum"]
    assert getattr(check, "original_bytes", check) == hashlib.md5(data).digest()
    assert inner.data == data


@pytest.mark.parametrize("media_type", ["", "text", "text/pl ain", "text/plain\n", "a/b/c", "x/" + "y" * 200])
def test_an_odd_media_type_is_not_repeated(media_type: str, tmp_path: Path) -> None:
    said = specification(put(b"x", tmp_path, media_type=media_type))
    assert said["/EF"]["/F"]["/Subtype"] == "/application/octet-stream"


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("Đơn đề nghị.pdf", "Đơn đề nghị.pdf"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("C:\\tmp\\a.pdf", "C__tmp_a.pdf"),
        ("a\x00b\r\n.pdf", "ab.pdf"),
        ("gpj\u202efdp.exe", "gpjfdp.exe"),
        ("\u200fa.pdf", "a.pdf"),
        ("e\u0302\u0301.pdf", "ế.pdf"),
        ("  .pdf ", "pdf"),
        ("", "document"),
        ("...", "document"),
        ("con đường.", "con đường"),
    ],
)
def test_a_name_becomes_harmless(name: str, safe: str, tmp_path: Path) -> None:
    assert safe_name(name) == safe
    assert specification(put(b"x", tmp_path, name))["/UF"] == safe


def test_a_long_name_keeps_its_ending(tmp_path: Path) -> None:
    safe = safe_name("ệ" * 300 + ".docx")
    assert safe == "ệ" * (LONGEST_NAME - 5) + ".docx"
    assert len(safe_name("ệ" * 300)) == LONGEST_NAME
    assert specification(put(b"x", tmp_path, "ệ" * 300 + ".docx"))["/UF"] == safe


def test_the_cover_stays_tagged_and_says_so(tmp_path: Path) -> None:
    root = PdfFileReader(BytesIO(put(b"x", tmp_path))).root
    assert root["/MarkInfo"]["/Marked"]
    assert root["/PageMode"] == "/UseAttachments"
