"""What only the whole file tells: fields, coverage, revisions, validation data, remnants, bytes of no revision."""

from __future__ import annotations

import io

import pytest
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from tests.pades.build import codes, only, swap, the_signature, two_signatures
from tests.pki import FRESH, SIGNED, Draft, PdfBuilder, make_cms, make_ocsp, plain_pdf, signed_pdf, world
from tests.pki.pdf import CATALOG, PAGES, stream
from tests.pki.spoil import RANGE, contents
from verifier.pades.reader import read_document
from verifier.verdict import Changes, Coverage, SignatureKind


def signed() -> PdfBuilder:
    return Draft(world()).sign().pdf


def value_number(made: PdfBuilder) -> int:
    """Object of the signature dictionary of the last signature."""
    return made.fields[-1] - 1


def signature_body(made: PdfBuilder) -> bytes:
    """Body of the last signature dictionary."""
    start = made.data.rindex(b"\n%d 0 obj\n" % value_number(made))
    start = made.data.index(b"<<", start)
    return made.data[start : made.data.index(b"\nendobj", start)]


def test_coverage_of_a_revision_and_of_the_file() -> None:
    facts = read_document(two_signatures().data)
    assert [one.coverage for one in facts.signatures] == [Coverage.ENTIRE_REVISION, Coverage.ENTIRE_FILE]


def test_range_that_stops_early() -> None:
    one = the_signature(Draft(world()).sign(cut=7).data)
    assert one.problem is None
    assert one.coverage is Coverage.CONTIGUOUS_FROM_START
    assert one.changes_level is Changes.SUSPICIOUS


def signed_with_history_at(offset: int) -> PdfBuilder:
    """A signed document whose older cross-references are said to stand at `offset`."""
    made = PdfBuilder.new()
    made.xref = offset
    made.sign(lambda data: make_cms(data, world().cms()))
    return made


def test_history_that_stands_after_the_signed_bytes() -> None:
    plain = PdfBuilder.new()
    table = plain.data[plain.xref :]
    end = len(signed_with_history_at(10_000).data)
    made = signed_with_history_at(end)
    assert len(made.data) == end
    again = b"startxref\n%d\n%%%%EOF\n" % made.xref
    one = the_signature(made.data + table[: table.index(b"startxref")] + again)
    assert one.problem is None
    assert one.coverage is Coverage.CONTIGUOUS_FROM_START
    assert one.changes_level is Changes.SUSPICIOUS


@pytest.mark.parametrize("padding", [b"\n", b"\r\n \x00\x00\n", b"  "])
def test_harmless_padding_after_the_end(padding: bytes) -> None:
    facts = read_document(signed_pdf() + padding)
    assert facts.tolerated == ()
    assert only(facts).changes == ()
    assert only(facts).coverage is Coverage.ENTIRE_REVISION


@pytest.mark.parametrize("size", [10, 5000])
def test_bytes_after_the_end(size: int) -> None:
    facts = read_document(signed_pdf() + b"x" * size)
    assert "trailing-bytes" in facts.tolerated
    assert [change.change_class for change in only(facts).changes] == ["trailing_bytes"]
    assert facts.changes_after_last_signature is Changes.SUSPICIOUS


def test_objects_after_the_end_without_cross_references() -> None:
    loose = b"4 0 obj\n<< /Type /Page >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"
    facts = read_document(signed_pdf() + loose)
    assert facts.changes_after_last_signature is Changes.SUSPICIOUS
    assert "trailing-bytes" in facts.tolerated


def test_changed_page_is_suspicious() -> None:
    made = signed()
    made.revise({made.content_numbers[0]: stream(b"BT /F1 24 Tf 72 720 Td (Another text) Tj ET")})
    facts = read_document(made.data)
    assert only(facts).changes_level is Changes.SUSPICIOUS
    assert facts.changes_after_last_signature is Changes.SUSPICIOUS
    assert only(facts).changes[0].revision == 3


def test_a_later_signature_over_a_change_ends_the_changes() -> None:
    draft = Draft(world()).sign()
    draft.pdf.revise({draft.pdf.content_numbers[0]: stream(b"BT /F1 24 Tf 72 720 Td (Another text) Tj ET")})
    facts = read_document(draft.sign().data)
    assert only(facts, 0).changes_level is Changes.SUSPICIOUS
    assert facts.changes_after_last_signature is Changes.NONE


def test_dictionary_rewritten_as_it_was() -> None:
    made = signed()
    made.revise({value_number(made): signature_body(made)})
    assert the_signature(made.data).problem is None


def test_dictionary_changed() -> None:
    made = signed()
    made.revise({value_number(made): signature_body(made).replace(b"<< ", b"<< /Reason (I agree) ", 1)})
    one = the_signature(made.data)
    assert one.problem is not None
    assert one.problem.code == "SIGNATURE_DICTIONARY_CHANGED"
    assert one.coverage is Coverage.UNCLEAR


def test_dictionary_copied_to_another_object() -> None:
    made = signed()
    copy = made._take()
    body = made.data[made.data.rindex(b"/Type /Annot") : made.data.index(b">>", made.data.rindex(b"/Type /Annot"))]
    field = b"<< " + body.replace(b"/V %d 0 R" % value_number(made), b"/V %d 0 R" % copy) + b">>"
    made.revise({copy: signature_body(made), made.fields[-1]: field})
    one = the_signature(made.data)
    assert read_document(made.data).remnants == 0  # the first one says the same
    assert one.problem is not None
    assert one.problem.code == "SIGNATURE_DICTIONARY_CHANGED"


def test_one_dictionary_in_two_fields() -> None:
    made = signed()
    second = made._take()
    made.fields.append(second)
    body = b"<< /Type /Annot /Subtype /Widget /FT /Sig /T (Second) /V %d 0 R /Rect [0 0 0 0] >>" % (second - 2)
    made.revise({second: body, made.form: made._form()})
    one = the_signature(made.data)
    assert "FIELD_SHARED" in codes(one)


def test_field_type_is_inherited() -> None:
    data = signed_pdf()
    kept = swap(data, b"/FT /Sig", b"/F0 /Sig")
    assert len(read_document(kept).signatures) == 1  # the dictionary itself tells
    empty = swap(kept, b"/ByteRange", b"/ByteRangX")
    assert read_document(empty).signatures == ()


def test_kid_of_a_named_field() -> None:
    made = signed()
    kid = made.fields[-1]
    parent = made._take()
    body = b"<< /FT /Sig /T (Group) /Kids [%d 0 R] >>" % kid
    made.fields[:] = [parent]
    made.revise({parent: body, made.form: made._form()})
    assert the_signature(made.data).field_name == "Group.Signature1"


def test_value_that_is_no_dictionary() -> None:
    made = signed()
    made.revise({value_number(made): b"(nothing)"})
    one = the_signature(made.data)
    assert one.problem is not None
    assert one.problem.code == "CONTENTS_MISSING"


@pytest.mark.parametrize(
    ("kind", "sub_filter", "expected", "warnings"),
    [
        ("Sig", "ETSI.CAdES.detached", SignatureKind.SIGNATURE, []),
        ("DocTimeStamp", "ETSI.CAdES.detached", SignatureKind.SIGNATURE, ["TYPE_MISMATCH"]),
        ("Sig", "ETSI.RFC3161", SignatureKind.DOCUMENT_TIMESTAMP, ["TYPE_MISMATCH"]),
        ("DocTimeStamp", "ETSI.RFC3161", SignatureKind.DOCUMENT_TIMESTAMP, []),
    ],
)
def test_kind(kind: str, sub_filter: str, expected: SignatureKind, warnings: list[str]) -> None:
    made = PdfBuilder.new()
    stamped = sub_filter == "ETSI.RFC3161"
    made.sign(
        world().stamp(SIGNED) if stamped else lambda data: make_cms(data, world().cms()),
        kind=kind,
        sub_filter=sub_filter,
    )
    one = the_signature(made.data)
    assert (one.kind, codes(one), one.problem) == (expected, warnings, None)
    assert (one.token is not None) == stamped


def test_stamp_field_that_holds_a_signature() -> None:
    made = PdfBuilder.new()
    made.sign(lambda data: make_cms(data, world().cms()), kind="DocTimeStamp", sub_filter="ETSI.RFC3161")
    one = the_signature(made.data)
    assert one.problem is not None
    assert one.problem.code == "CONTENT_TYPE"


def test_signature_field_that_holds_a_stamp() -> None:
    made = PdfBuilder.new()
    made.sign(world().stamp(SIGNED))
    one = the_signature(made.data)
    assert one.problem is not None
    assert one.problem.code == "CONTENT_TYPE"


def test_form_lost_leaves_a_remnant() -> None:
    made = signed()
    made.revise({CATALOG: b"<< /Type /Catalog /Pages %d 0 R >>" % PAGES})
    facts = read_document(made.data)
    assert facts.signatures == ()
    assert facts.remnants == 1


def test_value_removed_leaves_a_remnant() -> None:
    made = signed()
    made.revise({made.fields[-1]: b"<< /FT /Sig /T (Signature1) /Type /Annot /Subtype /Widget /Rect [0 0 0 0] >>"})
    facts = read_document(made.data)
    assert (facts.signatures, facts.remnants) == ((), 1)


def test_no_remnants_of_reachable_signatures() -> None:
    made = signed()
    made.revise({value_number(made): signature_body(made)})
    assert read_document(made.data).remnants == 0
    assert read_document(signed_pdf(level="LTA")).remnants == 0


def test_older_version_of_a_reachable_dictionary_is_no_remnant() -> None:
    made = PdfBuilder.new()
    value = made.next_number + 1
    made.revise({value: b"<< /Type /Sig /ByteRange [0 0 0 0] /Contents <aabb> >>"})
    assert read_document(made.data).remnants == 1
    made.sign(lambda data: make_cms(data, world().cms()))
    assert value_number(made) == value
    assert read_document(made.data).remnants == 0


def test_remnant_that_stands_in_no_cross_reference() -> None:
    dictionary = b"90 0 obj\n<< /Type /Sig /ByteRange [0 1 2 3] /Contents <3080> >>\nendobj\n"
    made = PdfBuilder.new()
    made.data += dictionary
    made.revise({PAGES: b"<< /Type /Pages /Kids [4 0 R] /Count 1 >>"})
    assert read_document(made.data).remnants == 1


def test_remnant_of_cms_alone() -> None:
    blob = make_cms(b"x", world().cms()).hex().encode()
    made = PdfBuilder.new()
    made.revise({made._take(): b"<< /Type /Sig /Contents <%b> >>" % blob})
    assert read_document(made.data).remnants == 1


def test_embedded_signed_file_is_no_remnant() -> None:
    made = PdfBuilder.new()
    made.revise({made._take(): stream(signed_pdf())})
    assert read_document(made.data).remnants == 0


def test_remnant_in_an_object_stream() -> None:
    writer = IncrementalPdfFileWriter(io.BytesIO(object_stream_base()))
    from pyhanko.pdf_utils import generic

    packed = writer.prepare_object_stream()
    lost = generic.DictionaryObject(
        {
            generic.pdf_name("/Type"): generic.pdf_name("/Sig"),
            generic.pdf_name("/ByteRange"): generic.ArrayObject([generic.NumberObject(0)]),
            generic.pdf_name("/Contents"): generic.ByteStringObject(b"\x30\x80"),
        }
    )
    reference = writer.add_object(lost, obj_stream=packed)
    writer.root[generic.pdf_name("/Lost")] = reference
    writer.update_root()
    made = io.BytesIO()
    writer.write(made)
    assert read_document(made.getvalue()).remnants == 1


def object_stream_base() -> bytes:
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.pdf_utils.writer import PdfFileWriter, copy_into_new_writer

    writer = copy_into_new_writer(PdfFileReader(io.BytesIO(plain_pdf())), writer_kwargs={"stream_xrefs": True})
    assert isinstance(writer, PdfFileWriter)
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()


def test_validation_data_by_revision() -> None:
    first = world().signer_crls(FRESH)
    response = make_ocsp(world().leaf, world().ca, FRESH)
    draft = Draft(world()).sign().dss(crls=first).document_stamp(FRESH).dss(ocsps=(response,))
    stored = read_document(draft.data).validation_data
    assert [(one.revision, one.crls, one.ocsps) for one in stored] == [(3, first, ()), (5, (), (response,))]


def test_validation_data_that_a_later_store_drops() -> None:
    draft = Draft(world()).sign().dss(crls=world().signer_crls(FRESH)).document_stamp(FRESH)
    draft.pdf.stored["CRLs"].clear()
    stored = read_document(draft.dss(certificates=(world().ca.der,)).data).validation_data
    assert [(one.revision, len(one.crls), one.certificates) for one in stored] == [
        (3, 2, ()),
        (5, 0, (world().ca.der,)),
    ]


def test_damaged_store_gives_the_rest() -> None:
    draft = Draft(world()).sign().dss(crls=world().signer_crls(FRESH))
    store = draft.pdf.dss
    numbers = draft.pdf.stored["CRLs"]
    draft.pdf.revise({store: b"<< /Certs 7 /VRI (no) /CRLs [%d 0 R 1 999 0 R null] >>" % numbers[0]})
    facts = read_document(draft.data)
    assert only(facts).problem is None
    assert facts.validation_data[0].crls == world().signer_crls(FRESH)


def test_stamp_in_the_store() -> None:
    import hashlib

    made = signed()
    value = read_document(made.data).signatures[0].cms
    assert value is not None
    token = world().stamp(FRESH)(value.signature_value)
    number, store = made._take(), made._take()
    key = hashlib.sha1(contents(made.data)).hexdigest().upper().encode()
    made.dss = store
    made.revise(
        {
            number: stream(token),
            store: b"<< /VRI << /%b << /TS %d 0 R >> >> >>" % (key, number),
            CATALOG: made._catalog(),
        }
    )
    (stamped,) = the_signature(made.data).signature_timestamps
    assert (stamped.gen_time, stamped.imprint_matches) == (FRESH, True)


def test_linearised_file_is_one_revision() -> None:
    data = linearised()
    facts = read_document(data)
    assert [note.kinds for note in facts.revisions] == [("document",)]


def linearised() -> bytes:
    """A file whose first cross-reference section stands at its start and names the one at its end as earlier."""
    head = b"%PDF-1.7\n"
    first = b"xref\n4 1\n%010d 00000 n \ntrailer << /Size 5 /Root 1 0 R /Prev %010d >>\nstartxref\n0\n%%%%EOF\n"
    size = len(first % (0, 0))
    objects = {
        4: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>",
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: b"<< /Type /Pages /Kids [4 0 R] /Count 1 >>",
    }
    body, offsets = b"", {}
    for number, text in objects.items():
        offsets[number] = len(head) + size + len(body)
        body += b"%d 0 obj\n%b\nendobj\n" % (number, text)
    main = len(head) + size + len(body)
    table = b"xref\n0 3\n0000000000 65535 f \n%010d 00000 n \n%010d 00000 n \n" % (offsets[1], offsets[2])
    end = b"trailer << /Size 5 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % len(head)
    return head + first % (offsets[4], main) + body + table + end


def test_range_of_an_unprocessable_signature_is_kept_for_the_report() -> None:
    data = signed_pdf()
    match = RANGE.search(data)
    assert match is not None
    one = the_signature(swap(data, match[1], b"[0 10 20]"))
    assert one.byte_range == (0, 10, 20)
