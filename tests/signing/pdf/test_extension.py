"""What a file allows: one thing hinders it, one code."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import copy_into_new_writer

from tests.pki.pdf import PdfBuilder
from tests.pki.world import Draft, signed_pdf, world
from tests.signing.pdf import files
from tests.signing.pdf.support import field, issued
from verifier.errors import CouldNotIssue
from verifier.signing.pdf.extension import COVER, REFUSED, Extension, extension

PLAIN = files.with_table(files.objects())


def found(data: bytes, folder: Path) -> Extension:
    path = folder / "file"
    path.write_bytes(data)
    return extension(path)


def locked(password: str) -> bytes:
    writer = copy_into_new_writer(PdfFileReader(BytesIO(PLAIN)))
    writer.encrypt("owner", password)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def certified(permission: int, name: str = "Certified") -> bytes:
    """Signed by someone who allows so much afterwards."""
    reference = f" /Reference [<< /Type /SigRef /TransformMethod /DocMDP /TransformParams << /P {permission} >> >>]"
    return Draft(world()).sign(extra=reference, name=name).data


def field_lock(parameters: str) -> bytes:
    reference = f" /Reference [<< /Type /SigRef /TransformMethod /FieldMDP /TransformParams << {parameters} >> >>]"
    return Draft(world()).sign(extra=reference).data


XFA = files.with_table(
    files.objects(catalog=b"/AcroForm << /Fields [] /XFA 7 0 R >>", more={7: files.stream(b"<xdp/>")})
)
CIRCLE = files.with_table(files.objects(more={2: b"<< /Type /Pages /Kids [3 0 R 2 0 R] /Count 2 >>"}))
DIRECT = files.with_table(files.objects(more={2: b"<< /Type /Pages /Kids [<< /Type /Page >>] /Count 1 >>"}))
HINDERED = {
    "text": (b"Kinh gui", "not-pdf"),
    "empty": (b"", "not-pdf"),
    "owner-password": (locked(""), "encrypted"),
    "user-password": (locked("secret"), "pdf-encrypted"),
    "certified-1": (certified(1), "docmdp-1"),
    "certified-2": (certified(2), "docmdp-2-no-field"),
    "certified-3": (certified(3), "docmdp-2-no-field"),
    "lock-all": (field_lock("/Action /All"), "field-lock"),
    "lock-but": (field_lock("/Action /Exclude /Fields [(Other)]"), "field-lock"),
    "no-cross-references": (PLAIN.replace(b"xref", b"xxxx"), "damaged-xref"),
    "wrong-start": (PLAIN.replace(b"startxref\n", b"startxref\n9"), "damaged-xref"),
    "cut-off": (PLAIN[: len(PLAIN) // 2], "damaged-xref"),
    "bytes-before": (b"From: someone\n" + PLAIN, "damaged-xref"),
    "circle": (CIRCLE, "damaged-xref"),
    "page-in-tree": (DIRECT, "damaged-xref"),
    "no-pages": (files.with_table(files.objects(more={2: b"<< /Type /Pages /Kids [] /Count 0 >>"})), "damaged-xref"),
    "xfa": (XFA, "xfa"),
    "many-pages": (PdfBuilder.new(5_001).data, "too-many-pages"),
}


@pytest.mark.parametrize("case", HINDERED)
def test_a_file_is_hindered_for_one_reason(case: str, tmp_path: Path) -> None:
    data, code = HINDERED[case]
    told = found(data, tmp_path)
    assert told.hindrances == (code,)
    assert told.refused == (code if code in REFUSED else "")
    assert code in COVER | REFUSED


@pytest.mark.parametrize("case", ["text", "owner-password", "user-password", "bytes-before", "page-in-tree"])
def test_what_cannot_be_written_is_refused_with_the_same_reason(case: str, tmp_path: Path) -> None:
    data, code = HINDERED[case]
    with pytest.raises(CouldNotIssue) as refused:
        issued(data, tmp_path)
    assert (refused.value.problem.code, refused.value.problem.params) == ("not-extendable", {"hindrance": code})
    assert not (tmp_path / "out.pdf").exists()


def test_an_ordinary_file_is_hindered_by_nothing(tmp_path: Path) -> None:
    told = found(files.with_table(files.objects(b"/MediaBox [0 0 595.28 841.89] /Rotate 90")), tmp_path)
    assert replace(told, sizes=()) == Extension(1, (), frozenset(), False, 0, ())
    assert told.sizes[0] == pytest.approx((297.0, 210.0), abs=0.01)


def test_signatures_and_fields_are_counted(tmp_path: Path) -> None:
    told = found(signed_pdf(level="LTA"), tmp_path)
    assert (told.signatures, told.hindrances) == (2, ())
    assert told.field_names == {"Signature1", "Timestamp2"}


def test_a_lock_on_other_fields_does_not_hinder(tmp_path: Path) -> None:
    assert found(field_lock("/Action /Include /Fields [(Other)]"), tmp_path).hindrances == ()


def test_five_thousand_pages_are_not_too_many(tmp_path: Path) -> None:
    told = found(PdfBuilder.new(5_000).data, tmp_path)
    assert (told.pages, told.hindrances, len(told.sizes)) == (5_000, (), 5_000)


@pytest.mark.parametrize(
    ("entries", "empty", "hindrances"),
    [
        (b"", ("Here",), ()),
        (b"/Lock << /Action /All >>", (), ("docmdp-2-no-field",)),
        (b"/SV << /Ff 1 >>", (), ("docmdp-2-no-field",)),
    ],
    ids=["free", "locking", "seed-values"],
)
def test_a_certified_file_with_an_empty_field_waits_for_it(
    entries: bytes, empty: tuple[str, ...], hindrances: tuple[str, ...], tmp_path: Path
) -> None:
    widget = b"<< /Type /Annot /Subtype /Widget /FT /Sig /T (Here) /F 4 /Rect [10 10 200 100] /P 3 0 R %b >>" % entries
    signed = b"<< /Type /Annot /Subtype /Widget /FT /Sig /T (First) /V 9 0 R /F 132 /Rect [0 0 0 0] /P 3 0 R >>"
    value = b"<< /Type /Sig /Reference [<< /TransformMethod /DocMDP /TransformParams << /P 2 >> >>] >>"
    more = {7: widget, 8: signed, 9: value}
    objects = files.objects(b"/Annots [7 0 R 8 0 R]", b"/AcroForm << /Fields [7 0 R 8 0 R] /SigFlags 3 >>", more=more)
    told = found(files.with_table(objects), tmp_path)
    assert (told.empty_fields, told.certified, told.hindrances) == (empty, True, hindrances)
    if empty:
        assert issued(files.with_table(objects), tmp_path, field("Here"))


def test_a_tagged_file_is_told(tmp_path: Path) -> None:
    objects = files.objects(catalog=b"/StructTreeRoot 7 0 R", more={7: b"<< /Type /StructTreeRoot >>"})
    assert found(files.with_table(objects), tmp_path).tagged
