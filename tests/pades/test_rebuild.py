"""Files whose cross-references cannot be followed are read all the same, and it is said."""

from __future__ import annotations

import re

import pytest

from tests.pades.build import only, refusal, swap, verifies
from tests.pades.test_document import object_stream_base
from tests.pki import Draft, PdfBuilder, plain_pdf, signed_pdf, world
from tests.pki.pdf import stream
from verifier.pades.reader import read_document
from verifier.pades.rebuild import with_new_cross_references
from verifier.verdict import Changes, Coverage


def lost(data: bytes) -> bytes:
    """Let every startxref point to nowhere."""
    return re.sub(rb"startxref\n(\d+)", lambda match: b"startxref\n" + b"1".ljust(len(match[1])), data)


def test_plain_document() -> None:
    facts = read_document(lost(plain_pdf(pages=2)))
    assert (facts.tolerated, facts.pages) == (("xref-rebuilt",), 2)
    assert len(facts.revisions) == 1


def test_signature_over_the_whole_file() -> None:
    draft = Draft(world())
    draft.pdf.data = lost(draft.pdf.data)
    broken = lost(draft.sign().data)
    facts = read_document(broken)
    assert facts.tolerated == ("xref-rebuilt",)
    assert (only(facts).problem, only(facts).coverage) == (None, Coverage.ENTIRE_FILE)
    assert verifies(only(facts).cms)


def test_later_changes_cannot_be_compared() -> None:
    made = Draft(world()).sign().pdf
    made.revise({made.content_numbers[0]: stream(b"BT /F1 24 Tf 72 720 Td (Another text) Tj ET")})
    facts = read_document(swap(made.data, b"startxref\n%d" % made.xref, b"startxref\n1"))
    assert facts.changes_after_last_signature is Changes.SUSPICIOUS
    assert only(facts).coverage is not Coverage.ENTIRE_FILE


def test_members_of_object_streams_are_found() -> None:
    data = object_stream_base()
    facts = read_document(re.sub(rb"startxref\n\d+", b"startxref\n1", data))
    assert (facts.tolerated, facts.pages) == (("xref-rebuilt",), 1)


def test_objects_inside_streams_are_not_taken() -> None:
    made = PdfBuilder.new()
    made.revise({made._take(): stream(signed_pdf())})
    facts = read_document(lost(made.data))
    assert facts.tolerated == ("xref-rebuilt",)
    assert (facts.signatures, facts.remnants) == ((), 0)


def test_the_last_definition_counts() -> None:
    made = PdfBuilder.new(pages=1)
    made.revise({2: b"<< /Type /Pages /Kids [4 0 R 4 0 R] /Count 2 >>"})
    assert read_document(lost(made.data)).pages == 2


@pytest.mark.parametrize("data", [b"", b"nothing", b"1 0 obj", b"1 0 obj << /A 1 >> endobj", b"9" * 5000])
def test_nothing_to_rebuild(data: bytes) -> None:
    assert with_new_cross_references(data) is None


def test_truncated_file_is_not_rebuilt() -> None:
    assert refusal(signed_pdf()[:-10])[0] == "pdf-truncated"
    assert refusal(Draft(world()).sign().sign().data[:-10]) == ("", {})  # the first signature is whole
    assert refusal(plain_pdf()[:-10])[0] == "pdf-truncated"
