"""Hostile and broken files: each gets its own clear code, and none hangs or crashes the reader."""

from __future__ import annotations

import io
import re
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import copy_into_new_writer

from tests.pades.build import refusal, the_signature
from tests.pki import PdfBuilder, plain_pdf, signed_pdf
from tests.pki.pdf import CATALOG, PAGES, stream
from verifier.errors import CouldNotJudge
from verifier.pades.engine import MAX_REVISIONS, Opened, analyse
from verifier.pades.fields import MAX_SIGNATURE_FIELDS, clean_text, filled_fields
from verifier.pades.reader import read_document


def test_empty_file() -> None:
    assert refusal(b"") == ("empty-file", {})


def test_not_a_pdf() -> None:
    assert refusal(b"hello") == ("not-a-pdf", {"kind": "unknown"})


@pytest.mark.parametrize("share", [0.1, 0.4, 0.7, 0.99])
def test_a_file_cut_within_its_signature_is_not_called_unsigned(share: float) -> None:
    plain, signed = PdfBuilder.new().data, signed_pdf()
    assert signed.startswith(plain)
    cut = signed[: len(plain) + int(share * (len(signed) - len(plain)))]
    assert refusal(cut) == ("pdf-truncated", {})


def test_bytes_after_the_end_that_hold_no_object_do_not_matter() -> None:
    assert read_document(plain_pdf() + b"sent by mail gateway").signatures == ()


def test_truncated() -> None:
    data = plain_pdf()
    assert refusal(data[: len(data) // 2]) == ("pdf-truncated", {})


def test_cross_references_are_nonsense() -> None:
    assert refusal(b"%PDF-1.7\nxref\nstartxref\n9\n%%EOF\n")[0] == "pdf-unreadable"


def test_page_tree_is_no_dictionary() -> None:
    made = PdfBuilder.new()
    made.revise({PAGES: b"[1 2 3]"})
    assert refusal(made.data) == ("pdf-unreadable", {})


def test_only_a_header() -> None:
    assert refusal(b"%PDF-1.7\n")[0] == "pdf-truncated"


def test_permissions_that_the_key_does_not_confirm() -> None:
    writer = copy_into_new_writer(PdfFileReader(io.BytesIO(plain_pdf())))
    writer.encrypt("secret", "secret")
    out = io.BytesIO()
    writer.write(out)
    assert read_document(out.getvalue(), ("secret",)).encrypted
    spoiled = re.sub(
        rb"/P -?\d+", lambda found: found[0][:-1] + (b"2" if found[0][-1:] != b"2" else b"3"), out.getvalue()
    )
    assert spoiled != out.getvalue()
    with pytest.raises(CouldNotJudge) as refused:
        read_document(spoiled, ("secret",))
    assert refused.value.problem.code == "pdf-unreadable"
    assert "permission" in refused.value.problem.detail


def many_revisions(count: int) -> bytes:
    made = PdfBuilder.new()
    parts, position, previous = [made.data], len(made.data), made.xref
    for _ in range(count - 1):
        part = b"xref\n0 1\n0000000000 65535 f \ntrailer << /Size %d /Root %d 0 R /Prev %d >>\nstartxref\n%d\n%%%%EOF\n"
        parts.append(part % (made.next_number, CATALOG, previous, position))
        previous = position
        position += len(parts[-1])
    return b"".join(parts)


def test_ten_thousand_revisions() -> None:
    assert refusal(many_revisions(10_000)) == ("budget-exhausted", {"limit": "revisions"})


def test_as_many_revisions_as_allowed() -> None:
    assert len(read_document(many_revisions(MAX_REVISIONS)).revisions) == MAX_REVISIONS
    assert refusal(many_revisions(MAX_REVISIONS + 1)) == ("budget-exhausted", {"limit": "revisions"})


def with_empty_fields(count: int) -> bytes:
    made = PdfBuilder.new()
    objects = {1000 + n: b"<< /FT /Sig /T (f%d) >>" % n for n in range(count)}
    listed = b" ".join(b"%d 0 R" % number for number in objects)
    objects[CATALOG] = b"<< /Type /Catalog /Pages %d 0 R /AcroForm << /Fields [%b] >> >>" % (PAGES, listed)
    made.next_number = 1000 + count
    made.revise(objects)
    return made.data


def test_ten_thousand_signature_fields() -> None:
    assert refusal(with_empty_fields(10_000)) == ("budget-exhausted", {"limit": "fields"})


def test_the_rest_of_too_many_fields_is_not_read() -> None:
    seen: list[Opened] = []

    def count(opened: Opened) -> None:
        seen.append(opened)
        filled_fields(opened)

    with pytest.raises(CouldNotJudge):
        analyse(with_empty_fields(3 * MAX_SIGNATURE_FIELDS), (), count)
    assert len(seen[0].reader.resolved_objects) < MAX_SIGNATURE_FIELDS + 10


def test_as_many_fields_as_allowed() -> None:
    assert read_document(with_empty_fields(MAX_SIGNATURE_FIELDS)).signatures == ()


def test_fields_in_a_circle() -> None:
    made = PdfBuilder.new()
    made.next_number = 52
    made.revise(
        {
            CATALOG: b"<< /Type /Catalog /Pages %d 0 R /AcroForm << /Fields [50 0 R] >> >>" % PAGES,
            50: b"<< /T (a) /Kids [51 0 R] >>",
            51: b"<< /T (b) /Kids [50 0 R 51 0 R] >>",
        }
    )
    assert read_document(made.data).signatures == ()


def test_revisions_in_a_circle() -> None:
    made = PdfBuilder.new()
    previous = made.xref
    made.revise({PAGES: b"<< /Type /Pages /Kids [4 0 R] /Count 1 >>"})
    looped = made.data.replace(b"/Prev %d" % previous, b"/Prev %d" % made.xref, 1)
    assert read_document(looped).tolerated == ("xref-rebuilt",)


def test_decompression_bomb() -> None:
    packed = zlib.compress(bytes(200 * 1024 * 1024), 9)
    body = stream(packed).replace(b"<< ", b"<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode ", 1)
    made = PdfBuilder.new()
    holder, member = made.next_number, made.next_number + 1
    position = len(made.data)
    made.data += b"%d 0 obj\n%b\nendobj\n" % (holder, body)
    table = len(made.data)
    entries = b"".join(
        kind + place.to_bytes(4, "big") + index.to_bytes(2, "big")
        for kind, place, index in ((b"\1", position, 0), (b"\2", holder, 0), (b"\1", table, 0))
    )
    made.data += b"%d 0 obj\n<< /Type /XRef /W [1 4 2] /Index [%d 3] /Size %d /Root %d 0 R /Prev %d /Length %d >>\n" % (
        member + 1, holder, member + 2, member, made.xref, len(entries),
    )  # fmt: skip
    made.data += b"stream\n%b\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % (entries, table)
    assert refusal(made.data) == ("budget-exhausted", {"limit": "decode"})


def test_nested_without_end() -> None:
    made = PdfBuilder.new()
    made.revise({CATALOG: b"<< /Pages %d 0 R /Deep %b >>" % (PAGES, b"[" * 50_000)})
    assert refusal(made.data) == ("budget-exhausted", {"limit": "memory"})


def encrypted(password: str) -> bytes:
    writer = copy_into_new_writer(PdfFileReader(io.BytesIO(plain_pdf())))
    writer.encrypt(owner_pass="owner", user_pass=password)
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()


def test_password() -> None:
    data = encrypted("secret")
    assert refusal(data) == ("pdf-encrypted", {})
    assert refusal(data, "wrong", "also wrong") == ("pdf-encrypted", {})
    assert read_document(data, ("wrong", "secret")).encrypted
    assert read_document(data, ("owner",)).encrypted
    assert read_document(encrypted("")).encrypted


def test_control_characters_in_the_field_name() -> None:
    one = the_signature(signed_pdf(name="Sig\\001\\n9"))
    assert one.field_name == "Sig\ufffd\ufffd9"
    assert clean_text("a\u202eb\ud800c" + "d" * 2000) == "a\ufffdb?c" + "d" * 995


def test_signature_of_an_unreadable_field_is_a_remnant() -> None:
    facts = read_document(signed_pdf(name="Sig\\u202e"))
    assert facts.signatures == ()
    assert facts.remnants == 1
    assert facts.tolerated == ("field-unreadable",)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_damage_anywhere_is_never_a_crash(data: st.DataObject) -> None:
    file = bytearray(signed_pdf(level="T"))
    for _ in range(data.draw(st.integers(1, 4))):
        file[data.draw(st.integers(9, len(file) - 1))] = data.draw(st.integers(0, 255))
    try:
        facts = read_document(bytes(file))
    except CouldNotJudge:
        return
    assert facts.size == len(file)


@pytest.mark.parametrize("junk", [b"\x00" * 5, b"\xef\xbb\xbf", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_bytes_before_the_header(junk: bytes) -> None:
    facts = read_document(junk + signed_pdf())
    assert facts.tolerated == ("bytes-before-header",)
    (one,) = facts.signatures
    assert one.problem is None
    assert [(change.change_class, change.params["size"]) for change in one.changes] == [
        ("trailing_bytes", str(len(junk)))
    ]
