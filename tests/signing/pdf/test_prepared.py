"""A mark is added to files of every shape; what was there stays, byte for byte and in every verdict."""

from __future__ import annotations

import hashlib
import subprocess
from datetime import datetime, timedelta, timezone
from io import BytesIO
from pathlib import Path

import pytest
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from tests.pki.world import Draft, signed_pdf, world
from tests.signing.pdf import files
from tests.signing.pdf.support import TEXT, but, cms_for, field, issued, pdfsig, told
from verifier.errors import CouldNotIssue
from verifier.signing.pdf.writing import embedded, prepared
from verifier.signing.records import Place

VALID = "Signature is Valid."
WIDGET = b"<< /Type /Annot /Subtype /Link /Rect [10 10 20 20] /Border [0 0 0] >>"
FORM = b"/AcroForm << /Fields [7 0 R] /DR << /Font << /F1 5 0 R >> >> >>"
TEXT_FIELD = (
    b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (Name) /V (An) /DA (/F1 10 Tf) /F 4 /Rect [50 50 150 70] /P 3 0 R >>"
)
BOX = b"/MediaBox [0 0 595 842] "
SHAPES = {
    "table": files.with_table(files.objects()),
    "no-line-at-end": files.with_table(files.objects(), end=b"%%EOF"),
    "xref-stream": files.with_stream(files.objects()),
    "object-streams": files.with_stream(files.objects(), inside=(1, 2, 3, 5)),
    "hybrid": files.hybrid(files.objects(), inside=(5,)),
    "linearized": files.linearized(files.objects()),
    "form-with-resources": files.with_table(files.objects(BOX + b"/Annots [7 0 R]", FORM, more={7: TEXT_FIELD})),
    "form-of-its-own": files.with_table(
        files.objects(
            BOX + b"/Annots [7 0 R]",
            b"/AcroForm 8 0 R",
            more={7: TEXT_FIELD, 8: b"<< /Fields 9 0 R /DR << /Font << /F1 5 0 R >> >> >>", 9: b"[7 0 R]"},
        )
    ),
    "annotations-elsewhere": files.with_table(files.objects(BOX + b"/Annots 7 0 R", more={7: b"[8 0 R]", 8: WIDGET})),
    "annotations-direct": files.with_table(files.objects(BOX + b"/Annots [" + WIDGET + b"]")),
    "annotations-null": files.with_table(files.objects(BOX + b"/Annots null")),
    "form-null": files.with_table(files.objects(BOX, b"/AcroForm null")),
    "inherited-box": files.with_table(files.objects(b"", tree=b"/MediaBox [0 0 595 842]")),
    "no-box": files.with_table(files.objects(b"")),
    "strings": files.with_table(
        files.objects(BOX, b"/Lang <FEFF00760069> /ViewerPreferences << /X (a\\(b\\)\\\\) /Y <EFBBBFC3A1> >>")
    ),
}


UNKNOWN_TO_PYHANKO = ("hybrid", "annotations-direct")
"""It validates nothing in hybrid files, and compares no annotations that are no objects of their own."""


@pytest.mark.parametrize("shape", SHAPES)
def test_a_mark_is_added(shape: str, tmp_path: Path) -> None:
    data = SHAPES[shape]
    made = issued(data, tmp_path)
    assert made.startswith(data)
    assert told(made) == [("Mark", "TOTAL_PASSED", "none")]
    assert pdfsig(made, tmp_path) == {"Mark": VALID}
    root = PdfFileReader(BytesIO(made), strict=True).root
    assert root["/AcroForm"]["/SigFlags"] == 3
    done = subprocess.run(
        ["pdftoppm", "-r", "20", "-png", tmp_path / "pdfsig.pdf", tmp_path / "page"], check=False, capture_output=True
    )
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("shape", SHAPES)
def test_what_was_signed_before_keeps_its_verdict(shape: str, tmp_path: Path) -> None:
    first = issued(SHAPES[shape], tmp_path, field("First"))
    second = issued(first, tmp_path, field("Second", Place(1, 20, 90, 60, 30)))
    third = issued(second, tmp_path, field("Third", None))
    assert third.startswith(second)
    assert told(third) == [
        ("First", "TOTAL_PASSED", "permitted"),
        ("Second", "TOTAL_PASSED", "permitted"),
        ("Third", "TOTAL_PASSED", "none"),
    ]
    assert pdfsig(third, tmp_path) == {"First": VALID, "Second": VALID, "Third": VALID}
    if shape in UNKNOWN_TO_PYHANKO:
        return
    assert levels(third) == [ModificationLevel.FORM_FILLING, ModificationLevel.FORM_FILLING, ModificationLevel.NONE]


def levels(data: bytes) -> list[ModificationLevel]:
    """What pyHanko says was done after each signature, all of which must be valid for it."""
    roots = [world().root.certificate]
    found = []
    for one in PdfFileReader(BytesIO(data)).embedded_regular_signatures:
        context = ValidationContext(trust_roots=roots, allow_fetching=False)
        status = validate_pdf_signature(one, context)
        assert status.bottom_line
        found.append(status.modification_level)
    return found


@pytest.mark.parametrize("level", ["B", "T", "LT", "LTA"])
def test_signatures_of_others_stay_at_every_level(level: str, tmp_path: Path) -> None:
    data = signed_pdf(level=level)
    before = told(data)
    after = told(issued(data, tmp_path))
    assert [(name, indication) for name, indication, _ in after[:-1]] == [each[:2] for each in before]
    assert all(changes != "suspicious" for _, _, changes in after)
    assert after[-1] == ("Mark", "TOTAL_PASSED", "none")


def test_the_update_has_the_form_of_the_file(tmp_path: Path) -> None:
    plain, packed = (issued(SHAPES[name], tmp_path)[len(SHAPES[name]) :] for name in ("table", "xref-stream"))
    assert b"\nxref\n" in plain
    assert b"/Type /XRef" not in plain
    assert b"\nxref\n" not in packed
    assert b"/Type /XRef" in packed


def test_the_same_document_is_written_the_same_way(tmp_path: Path) -> None:
    assert issued(SHAPES["table"], tmp_path) == issued(SHAPES["table"], tmp_path)


def test_the_signature_dictionary_says_what_pades_wants(tmp_path: Path) -> None:
    at = datetime(2026, 11, 20, 17, 0, 5, tzinfo=timezone(timedelta(hours=7)))
    wanted = but(field(), at=at, reason="Chứng nhận (1)", location="Hà Nội")
    (one,) = PdfFileReader(BytesIO(issued(SHAPES["table"], tmp_path, wanted))).embedded_signatures
    said = one.sig_object
    assert (said["/Type"], said["/Filter"], said["/SubFilter"]) == ("/Sig", "/Adobe.PPKLite", "/ETSI.CAdES.detached")
    assert (said["/Name"], said["/Reason"], said["/Location"]) == ("Nguyễn Văn A", "Chứng nhận (1)", "Hà Nội")
    assert said["/M"] == "D:20261120170005+07'00'"
    assert one.sig_field["/F"] == 0b10000100
    assert one.sig_field["/TU"] == TEXT


def test_an_invisible_field_shows_nothing(tmp_path: Path) -> None:
    (one,) = PdfFileReader(BytesIO(issued(SHAPES["table"], tmp_path, field(place=None)))).embedded_signatures
    assert [int(each) for each in one.sig_field["/Rect"]] == [0, 0, 0, 0]
    assert "/AP" not in one.sig_field


@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
def test_the_digest_is_of_what_the_byte_range_covers(digest: str, tmp_path: Path) -> None:
    source, out = tmp_path / "in.pdf", tmp_path / "out.pdf"
    source.write_bytes(SHAPES["table"])
    room = prepared(source, out, field(), digest)
    form = PdfFileReader(BytesIO(out.read_bytes())).root["/AcroForm"]
    first, length, second, rest = map(int, form["/Fields"][0]["/V"]["/ByteRange"])
    assert (first, length, second, second + rest) == (0, room.contents_start, room.contents_end, out.stat().st_size)
    assert (room.algorithm, room.digest) == (digest, digest_of(out.read_bytes(), digest, length, second))


def digest_of(data: bytes, digest: str, length: int, second: int) -> bytes:
    return hashlib.new(digest, data[:length] + data[second:]).digest()


def test_a_signature_with_time_stamp_takes_the_place_of_the_first(tmp_path: Path) -> None:
    source, out = tmp_path / "in.pdf", tmp_path / "out.pdf"
    source.write_bytes(SHAPES["table"])
    room = prepared(source, out, field())
    size = out.stat().st_size
    embedded(out, room, cms_for(room, stamped=True))
    longer = out.read_bytes()
    embedded(out, room, cms_for(room))
    shorter = out.read_bytes()
    assert len(longer) == len(shorter) == size
    digits = shorter[room.contents_start + 1 : room.contents_end - 1].decode()
    assert bytes.fromhex(digits).rstrip(b"\0") == cms_for(room).rstrip(b"\0")
    assert told(longer) == told(shorter) == [("Mark", "TOTAL_PASSED", "none")]
    embedded(out, room, cms_for(room, stamped=True))
    assert out.read_bytes() == longer


def test_a_cms_that_does_not_fit_leaves_the_file_untouched(tmp_path: Path) -> None:
    source, out = tmp_path / "in.pdf", tmp_path / "out.pdf"
    source.write_bytes(SHAPES["table"])
    room = prepared(source, out, but(field(), reserved=100))
    before = out.read_bytes()
    with pytest.raises(CouldNotIssue) as refused:
        embedded(out, room, bytes(101))
    assert refused.value.problem.code == "cms-too-large"
    assert refused.value.problem.params == {"size": "101", "room": "100"}
    assert out.read_bytes() == before
    embedded(out, room, bytes(100))


def test_room_that_is_not_there_is_not_written_to(tmp_path: Path) -> None:
    source, out = tmp_path / "in.pdf", tmp_path / "out.pdf"
    source.write_bytes(SHAPES["table"])
    room = prepared(source, out, field())
    with pytest.raises(ValueError, match="no room"):
        embedded(source, room, b"\x30\x00")
    assert source.read_bytes() == SHAPES["table"]


@pytest.mark.parametrize("name", ["Signature1", "Name"])
def test_a_name_that_is_taken_is_refused(name: str, tmp_path: Path) -> None:
    data = Draft(world()).sign().data if name == "Signature1" else SHAPES["form-with-resources"]
    with pytest.raises(CouldNotIssue) as refused:
        issued(data, tmp_path, field(name))
    assert (refused.value.problem.code, refused.value.problem.params) == ("field-name-taken", {"field": name})


def test_a_field_may_have_a_vietnamese_name(tmp_path: Path) -> None:
    name = "Chứng nhận của ông Đặng"
    assert told(issued(SHAPES["table"], tmp_path, field(name))) == [(name, "TOTAL_PASSED", "none")]


def test_a_page_that_is_not_there_is_told_with_their_number(tmp_path: Path) -> None:
    with pytest.raises(CouldNotIssue) as refused:
        issued(SHAPES["table"], tmp_path, field(place=Place(2, 0, 0, 10, 10)))
    assert (refused.value.problem.code, refused.value.problem.params) == ("page-missing", {"page": "2", "pages": "1"})


def test_two_pages_that_share_their_annotations_do_not_share_the_mark(tmp_path: Path) -> None:
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Annots 7 0 R >>"
    more = {2: b"<< /Type /Pages /Kids [3 0 R 6 0 R] /Count 2 >>", 3: page, 6: page, 7: b"[]"}
    made = issued(files.with_table(files.objects(more=more)), tmp_path)
    kids = PdfFileReader(BytesIO(made)).root["/Pages"]["/Kids"]
    assert [len(kids[index]["/Annots"]) for index in (0, 1)] == [1, 0]


EMPTY = b"<< /Type /Annot /Subtype /Widget /FT /Sig /T (Here) /F 4 /Rect [100 100 300 200] /P 3 0 R >>"


def with_empty_field(rect: bytes = b"[100 100 300 200]") -> bytes:
    form, body = b"/AcroForm 8 0 R", EMPTY.replace(b"[100 100 300 200]", rect)
    more = {7: body, 8: b"<< /Fields [7 0 R] >>"}
    return files.with_table(files.objects(BOX + b"/Annots [7 0 R]", form, more=more))


def test_an_empty_field_is_filled_where_it_stands(tmp_path: Path) -> None:
    data = with_empty_field()
    made = issued(data, tmp_path, field("Here"))
    assert told(made) == [("Here", "TOTAL_PASSED", "none")]
    (one,) = PdfFileReader(BytesIO(made)).embedded_signatures
    assert [int(each) for each in one.sig_field["/Rect"]] == [100, 100, 300, 200]
    box = [float(each) for each in one.sig_field["/AP"]["/N"]["/BBox"]]
    assert (box[2] - box[0]) / (box[3] - box[1]) == pytest.approx(2.0, rel=1e-3)


def test_an_empty_field_too_small_for_the_mark_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CouldNotIssue) as refused:
        issued(with_empty_field(b"[100 100 150 120]"), tmp_path, field("Here"))
    assert refused.value.problem.code == "field-too-small"
