from __future__ import annotations

import pytest

from tests.pades.changes_support import (
    APPEARANCE,
    CONTENT,
    FONT,
    FORM,
    NAME_FIELD,
    PAGE,
    TREE,
    SignedFile,
    catalog,
    drawn,
    form,
    later,
    page,
    shown,
    signature,
    signature_field,
    text_field,
)
from tests.pki.pdf import stream
from verifier.pades.changes import ChangeContext
from verifier.verdict import Changes

PAY_999 = stream(b"BT /F1 24 Tf 72 720 Td (Pay 999) Tj ET")
ADDED = stream(b"BT /F1 24 Tf 72 720 Td (Pay 100) Tj ET /Fm1 Do /Fm2 Do BT (No. 12) Tj ET")


@pytest.mark.parametrize(
    ("objects", "wanted"),
    [
        ({CONTENT: PAY_999}, ["content_changed"]),
        ({PAGE: page(contents="50 0 R"), 50: PAY_999}, ["content_changed"]),
        ({PAGE: page(contents="[5 0 R 31 0 R]")}, ["content_changed"]),
        ({PAGE: page(extra="/Rotate 180")}, ["content_changed"]),
        ({PAGE: page(extra="/AA << /O << /S /JavaScript >> >>")}, ["active_content"]),
        ({PAGE: page(extra="/Group << /S /Transparency >>")}, ["content_changed"]),
        ({PAGE: page(extra="/CropBox [0 0 100 100]")}, ["content_changed"]),
        ({24: b"null", 25: drawn("")}, ["shadow_hide", "shadow_replace"]),
        ({24: drawn("1 1 1 rg 0 0 999 999 re f")}, ["content_changed"]),
        ({25: drawn("BT (Pay 999) Tj ET")}, ["shadow_replace"]),
        ({24: b"null"}, ["shadow_hide"]),
        ({TREE: b"<< /Type /Pages /Kids [4 0 R 30 0 R] /Count 2 >>"}, ["page_added"]),
        ({TREE: b"<< /Type /Pages /Kids [] /Count 0 >>"}, ["page_removed"]),
        ({TREE: b"<< /Type /Pages /Kids [30 0 R] /Count 1 >>"}, ["shadow_hide_replace"]),
        ({TREE: b"<< /Type /Pages /Kids [50 0 R] /Count 1 >>", 50: page(contents="31 0 R")}, ["page_replaced"]),
        ({TREE: b"<< /Type /Pages /Kids [4 0 R] /Count 1 /Rotate 90 >>"}, ["content_changed"]),
        ({1: catalog("/OpenAction << /S /JavaScript /JS (app.alert(1)) >>")}, ["active_content"]),
        ({1: catalog("/Names << /JavaScript << >> >>")}, ["active_content"]),
        ({1: catalog("/Names << /EmbeddedFiles << >> >>")}, ["active_content"]),
        ({1: catalog("/Names << /Dests << >> >>")}, ["structure_changed"]),
        ({1: catalog("/OCProperties << /OCGs [] /D << >> >>")}, ["shadow_hide"]),
        ({1: catalog("/PageLabels << /Nums [0 << /P (x) >>] >>")}, ["structure_changed"]),
        ({1: catalog("/SomethingNew 1")}, ["structure_changed"]),
        ({1: catalog("/Perms << /DocMDP 24 0 R >>")}, ["structure_changed"]),
        ({1: b"<< /Type /Catalog /Pages 2 0 R >>"}, ["field_removed", "structure_changed"]),
        ({FORM: form(extra="/XFA (x)")}, ["content_changed"]),
        ({TREE: b"<< /Type /Pages /Kids [2 0 R] /Count 1 >>"}, ["not_compared"]),
    ],
)
def test_attack_is_suspicious_and_named(objects: dict[int, bytes], wanted: list[str]) -> None:
    made = SignedFile.new().then(objects)
    assert sorted(made.classes()) == sorted(wanted)
    assert made.level() is Changes.SUSPICIOUS


def test_overwritten_font_is_suspicious_wherever_it_is_used() -> None:
    made = SignedFile.new().then({FONT: b"<< /Type /Font /Subtype /Type3 >>"})
    # page, field, form resources; the drawing Fm1 uses it too
    assert sorted(made.classes()) == ["content_changed", "font_changed", "font_changed", "font_changed"]


def test_overwritten_font_of_a_field_alone_is_suspicious() -> None:
    own = {APPEARANCE: shown("Ann").replace(b"/Helv 3 0 R", b"/Helv 50 0 R"), 50: b"<< /Type /Font /BaseFont /A >>"}
    assert SignedFile.new(own).then({50: b"<< /Type /Font /BaseFont /B >>"}).classes() == ["font_changed"]


def test_freed_drawing_is_hidden_content() -> None:
    assert SignedFile.new().then({}, freed=[24]).classes() == ["shadow_hide"]


def test_freed_page_is_removed() -> None:
    assert "page_removed" in SignedFile.new().then({}, freed=[PAGE]).classes()


def test_validation_data_that_is_also_page_content_is_content() -> None:
    made = SignedFile.new({1: catalog("/DSS << /Certs [5 0 R] >>")}).then({CONTENT: PAY_999})
    assert "content_changed" in made.classes()


def test_new_resource_under_a_name_the_content_already_uses_is_suspicious() -> None:
    made = SignedFile.new({CONTENT: stream(b"/F9 12 Tf (x) Tj")}).then({PAGE: page(fonts="/F1 3 0 R /F9 3 0 R")})
    assert made.classes() == ["font_changed"]


def test_content_added_and_covered_by_a_later_signature_is_stamped_between() -> None:
    made = SignedFile.new().then({CONTENT: ADDED})
    (change,) = made.changes(ChangeContext(signatures=(later(1),)))
    assert (change.change_class, change.level) == ("stamped_between", Changes.SUSPICIOUS)
    assert change.params == {"page": "1", "kind": "content_added", "covered_by": "Agency"}


@pytest.mark.parametrize("cover", [(), (later(0),), (later(1, timestamp=True),)])
def test_content_added_without_a_covering_signature_is_changed_content(cover: tuple[object, ...]) -> None:
    made = SignedFile.new().then({CONTENT: ADDED})
    assert made.classes(ChangeContext(signatures=cover)) == ["content_changed"]  # type: ignore[arg-type]


def test_replaced_content_is_never_stamped_between() -> None:
    made = SignedFile.new().then({CONTENT: PAY_999})
    assert made.classes(ChangeContext(signatures=(later(1),))) == ["content_changed"]


@pytest.mark.parametrize("subtype", ["FreeText", "Stamp", "Highlight", "Link", "Redact", "Unheard"])
def test_added_annotation_is_suspicious(subtype: str) -> None:
    note = f"<< /Type /Annot /Subtype /{subtype} /Rect [70 700 300 750] >>".encode()
    (change,) = SignedFile.new().then({PAGE: page(annots="[21 0 R 50 0 R]"), 50: note}).changes()
    assert (change.change_class, change.level) == ("annotation_added", Changes.SUSPICIOUS)
    assert change.params["kind"] == subtype


NOTE = b"<< /Type /Annot /Subtype /FreeText /Rect [70 700 300 750] /Contents (signed) >>"


@pytest.mark.parametrize(
    ("objects", "wanted"),
    [
        ({50: NOTE.replace(b"signed", b"forged")}, "annotation_changed"),
        ({50: NOTE.replace(b"700", b"100")}, "annotation_changed"),
        ({PAGE: page()}, "annotation_removed"),
        ({50: b"null"}, "annotation_removed"),
        ({PAGE: page(annots="[50 0 R 21 0 R]")}, "annotation_changed"),
    ],
    ids=["text", "place", "removed", "null", "order"],
)
def test_altered_annotation_is_suspicious(objects: dict[int, bytes], wanted: str) -> None:
    made = SignedFile.new({PAGE: page(annots="[21 0 R 50 0 R]"), 50: NOTE}).then(objects)
    assert made.classes() == [wanted]
    assert made.level() is Changes.SUSPICIOUS


def test_annotation_rewritten_as_another_object_is_no_change() -> None:
    made = SignedFile.new({PAGE: page(annots="[21 0 R 50 0 R]"), 50: NOTE})
    assert made.then({PAGE: page(annots="[21 0 R 51 0 R]"), 51: NOTE}).changes() == ()


def test_widget_outside_the_form_is_an_overlay() -> None:
    made = SignedFile.new().then({PAGE: page(annots="[21 0 R 50 0 R]"), 50: text_field("x")})
    assert made.classes() == ["overlay"]


def test_prepared_widget_put_on_the_page_is_a_shadow() -> None:
    made = SignedFile.new({50: text_field("x").replace(b"(name)", b"(other)"), FORM: form("21 0 R 50 0 R")})
    assert made.then({PAGE: page(annots="[21 0 R 50 0 R]")}).classes() == ["shadow_replace"]


class TestSignatureFields:
    def test_empty_field_that_draws_is_sneaky(self) -> None:
        made = SignedFile.new().then(
            {
                FORM: form("21 0 R 50 0 R"),
                PAGE: page(annots="[21 0 R 50 0 R]"),
                50: signature_field("Empty", rect="60 700 300 750", extra="/AP << /N 24 0 R >>"),
            }
        )
        assert made.classes() == ["sneaky_signature"]

    def test_empty_field_that_draws_nothing_is_permitted(self) -> None:
        made = SignedFile.new().then({FORM: form("21 0 R 50 0 R"), 50: signature_field("Empty")})
        assert made.classes() == ["field_added"]
        assert made.level() is Changes.PERMITTED

    def test_signature_whose_picture_covers_the_page_is_sneaky(self) -> None:
        made = SignedFile.new().then(
            {
                FORM: form("21 0 R 50 0 R"),
                PAGE: page(annots="[21 0 R 50 0 R]"),
                50: signature_field("Big", "/V 51 0 R", "0 0 595 700", "/AP << /N 24 0 R >>"),
                51: signature(),
            }
        )
        assert made.classes() == ["sneaky_signature", "later_signature"]

    def test_standing_empty_field_may_not_get_a_picture(self) -> None:
        first = {FORM: form("21 0 R 50 0 R"), 50: signature_field("Sig", rect="9 9 99 99")}
        drawing = {50: signature_field("Sig", rect="9 9 99 99", extra="/AP << /N 24 0 R >>")}
        assert SignedFile.new(first).then(drawing).classes() == ["sneaky_signature"]

    def test_hidden_signature_may_not_be_shown(self) -> None:
        standing = signature_field("Sig", "/V 51 0 R", "9 9 99 99", "/AP << /N 24 0 R >>")
        first = {FORM: form("21 0 R 50 0 R"), 50: standing.replace(b"/F 132", b"/F 134"), 51: signature()}
        assert SignedFile.new(first).then({50: standing}).classes() == ["shadow_replace"]

    @pytest.mark.parametrize(
        ("objects", "wanted"),
        [
            ({51: signature().replace(b"<00>", b"<01>")}, "signature_changed"),
            ({50: signature_field("Sig")}, "signature_removed"),
            ({50: signature_field("Sig", "/V 51 0 R", extra="/AP << /N 24 0 R >>")}, "overlay"),
            ({50: signature_field("Sig", "/V 51 0 R", "1 1 90 90")}, "overlay"),
            ({FORM: form("21 0 R")}, "signature_removed"),
        ],
    )
    def test_standing_signature_may_not_change(self, objects: dict[int, bytes], wanted: str) -> None:
        first = {FORM: form("21 0 R 50 0 R"), 50: signature_field("Sig", "/V 51 0 R"), 51: signature()}
        made = SignedFile.new(first).then(objects)
        assert made.classes() == [wanted]
        assert made.level() is Changes.SUSPICIOUS

    def test_signature_dictionary_rewritten_alike_is_no_change(self) -> None:
        first = {FORM: form("21 0 R 50 0 R"), 50: signature_field("Sig", "/V 51 0 R"), 51: signature()}
        again = {50: signature_field("Sig", "/V 52 0 R", extra="/Ff 1"), 52: signature()}
        assert SignedFile.new(first).then(again).changes() == ()

    def test_appearance_shared_with_something_else_is_a_prepared_swap(self) -> None:
        first = {
            1: catalog("/Other 52 0 R"),
            FORM: form("21 0 R 50 0 R"),
            50: signature_field("Sig", extra="/AP 52 0 R"),
            52: b"<< /N 22 0 R >>",
        }
        made = SignedFile.new(first).then(
            {50: signature_field("Sig", "/V 51 0 R", extra="/AP << /N 22 0 R >> /Ff 1"), 51: signature()}
        )
        assert made.classes() == ["later_signature"]
        made = SignedFile.new(first).then(
            {50: signature_field("Sig", "/V 51 0 R", extra="/AP << /N 24 0 R >>"), 51: signature()}
        )
        assert made.classes() == ["shadow_replace", "later_signature"]


class TestBytesOutsideRevisions:
    def test_bytes_after_the_end_are_told(self) -> None:
        made = SignedFile.new()
        made.pdf.data += b"% something more"
        assert made.classes() == ["trailing_bytes"]

    def test_white_space_after_the_end_is_not(self) -> None:
        made = SignedFile.new()
        made.pdf.data += b"\r\n\0\0 \n"
        assert made.changes() == ()

    def test_object_without_cross_reference_is_an_incremental_saving_attack(self) -> None:
        made = SignedFile.new()
        made.pdf.data += b"5 0 obj\n" + PAY_999 + b"\nendobj\n"
        made.then({60: b"null"})
        (change,) = made.changes()
        assert (change.change_class, change.params["object"]) == ("isa", "5 0")

    def test_signature_that_ends_inside_a_revision_covers_something_unclear(self) -> None:
        made = SignedFile.new()
        assert "coverage_unclear" in made.classes(ChangeContext(covered_end=made.end - 40))

    @pytest.mark.parametrize("beyond", [1, 10_000])
    def test_signature_that_ends_beyond_the_file_covers_something_unclear(self, beyond: int) -> None:
        made = SignedFile.new().then({CONTENT: PAY_999})
        context = ChangeContext(covered_end=len(made.pdf.data) + beyond)
        assert made.classes(context) == ["coverage_unclear", "content_changed"]

    def test_prepared_cross_reference_inside_the_signed_bytes_is_compared(self) -> None:
        made = SignedFile.new()
        start = made.pdf.xref
        signed = made.pdf.data
        # a whole update lies ready in the signed file; the file is then only told to start reading there
        made.then({CONTENT: PAY_999})
        prepared = made.pdf.xref
        made.pdf.data += b"startxref\n%d\n%%%%EOF\n" % start
        made.end = len(made.pdf.data)
        assert len(signed) < made.end
        made.pdf.data += b"startxref\n%d\n%%%%EOF\n" % prepared
        assert made.classes() == ["content_changed"]


class TestLimits:
    def test_spent_budget_is_not_compared(self) -> None:
        made = SignedFile.new().then({1: catalog("/Version /2.0")})
        (change,) = made.changes(ChangeContext(max_work=5))
        assert (change.change_class, change.level) == ("not_compared", Changes.SUSPICIOUS)

    def test_more_revisions_than_allowed_are_not_compared(self) -> None:
        made = SignedFile.new().then({1: catalog("/Version /2.0")}).then({1: catalog("/Version /1.7")})
        assert made.classes(ChangeContext(max_revisions=1)) == ["lta_updates", "not_compared"]

    def test_what_is_undone_later_is_still_told(self) -> None:
        signed = stream(b"BT /F1 24 Tf 72 720 Td (Pay 100) Tj ET /Fm1 Do /Fm2 Do")
        made = SignedFile.new().then({CONTENT: PAY_999}).then({CONTENT: signed})
        assert [(change.change_class, change.revision) for change in made.changes()] == [
            ("content_changed", 2),
            ("content_changed", 3),
        ]

    def test_unreadable_object_in_use_is_suspicious(self) -> None:
        assert SignedFile.new().then({CONTENT: b"<< /Length"}).level() is Changes.SUSPICIOUS

    @pytest.mark.parametrize("name", ["FlateDecode", "LZWDecode", "Unheard"])
    def test_undecodable_content_is_suspicious(self, name: str) -> None:
        body = f"<< /Filter /{name} /Length 6 >>\nstream\nabcdef\nendstream".encode()
        assert SignedFile.new().then({CONTENT: body}).classes() == ["content_changed"]

    def test_object_nobody_can_read_and_nobody_uses_is_no_change(self) -> None:
        assert SignedFile.new().then({70: b"<< /Broken"}).changes() == ()


def test_appearance_of_a_field_that_is_also_page_content_is_content() -> None:
    first = {PAGE: page(contents="[5 0 R 22 0 R]")}
    made = SignedFile.new(first).then({NAME_FIELD: text_field("Bob"), APPEARANCE: drawn("BT (Bob) Tj ET")})
    assert "content_changed" in made.classes()


class TestObjectsWithTwoRoles:
    """One object serves as a part that may change and as something that is drawn with."""

    def drawn_with(self, number: int, objects: dict[int, bytes]) -> SignedFile:
        return SignedFile.new(
            {PAGE: page(extra="").replace(b"/XObject", b"/ExtGState << /G %d 0 R >> /XObject" % number), **objects}
        )

    def test_document_information(self) -> None:
        made = self.drawn_with(50, {50: b"<< /ca 1 /Title (x) >>"})
        made.pdf.data = made.pdf.data.replace(b"trailer << ", b"trailer << /Info 50 0 R ")
        made.end = len(made.pdf.data)
        made.then({50: b"<< /ca 0 /Title (x) >>"})
        made.pdf.data = made.pdf.data.replace(b"trailer << /Size", b"trailer << /Info 50 0 R /Size")
        assert made.classes() == ["structure_changed"]

    def test_page_tree_node(self) -> None:
        node = b"<< /Type /Pages /Kids [4 0 R] /Count 1 /ca %d >>"
        assert self.drawn_with(TREE, {TREE: node % 1}).then({TREE: node % 0}).classes() == ["structure_changed"]

    def test_empty_signature_field(self) -> None:
        first = {FORM: form("21 0 R 50 0 R"), 50: signature_field("Sig", extra="/ca 1")}
        made = self.drawn_with(50, first).then(
            {50: signature_field("Sig", "/V 51 0 R", extra="/ca 0"), 51: signature()}
        )
        assert made.classes() == ["later_signature", "overlay"]

    def test_object_that_becomes_a_signature_field(self) -> None:
        made = self.drawn_with(50, {50: b"<< /ca 1 >>"})
        made.then(
            {FORM: form("21 0 R 50 0 R"), 50: signature_field("Sig", "/V 51 0 R", extra="/ca 0"), 51: signature()}
        )
        assert "shadow_replace" in made.classes()

    def test_annotation_that_becomes_a_signature_field(self) -> None:
        first = {PAGE: page(annots="[21 0 R 50 0 R]"), 50: NOTE}
        new = {FORM: form("21 0 R 50 0 R"), 50: signature_field("Sig", "/V 51 0 R"), 51: signature()}
        assert {"annotation_changed", "shadow_replace"} <= set(SignedFile.new(first).then(new).classes())


def test_field_written_inside_the_form_is_compared() -> None:
    first = {FORM: form(text_field("Ann").decode()), PAGE: page(annots="[]")}
    assert SignedFile.new(first).then({APPEARANCE: shown("Eve")}).classes() == ["overlay"]


def test_second_field_of_the_same_name_is_seen() -> None:
    made = SignedFile.new().then(
        {FORM: form("50 0 R 21 0 R"), PAGE: page(annots="[21 0 R 50 0 R]"), 50: text_field("Eve")}
    )
    assert made.classes() == ["overlay"]


def test_annotation_that_is_a_stream_is_compared() -> None:
    body = b"<< /Type /Annot /Subtype /Stamp /Rect [0 0 9 9] /Length 1 >>\nstream\n%b\nendstream"
    made = SignedFile.new({PAGE: page(annots="[21 0 R 50 0 R]"), 50: body % b"a"}).then({50: body % b"b"})
    assert made.level() is Changes.SUSPICIOUS


class TestTrailer:
    def with_entry(self, made: SignedFile, entry: bytes) -> SignedFile:
        made.pdf.data = made.pdf.data.replace(b"trailer << ", b"trailer << " + entry + b" ")
        made.end = len(made.pdf.data)
        return made

    def test_object_that_the_trailer_names_is_not_overwritten(self) -> None:
        made = self.with_entry(SignedFile.new({50: stream(b"a")}), b"/Other 50 0 R").then({50: stream(b"b")})
        assert made.classes() == ["structure_changed"]

    def test_dangling_name_in_the_trailer_means_nothing(self) -> None:
        made = self.with_entry(SignedFile.new(), b"/AdditionalStreams [(text) 50 0 R]").then({50: stream(b"b")})
        assert made.changes() == ()

    @pytest.mark.parametrize(
        ("old", "new", "wanted"),
        [
            (b"<< /Title (A) >>", b"<< /Title (B) >>", Changes.PERMITTED),
            (b"<< /Title (A) >>", b"<< /Title (A) /ModDate (D:2026) >>", Changes.LTA_UPDATES),
            (b"<< /Title (A) >>", b"<< /Title (A) /Trapped /False >>", Changes.PERMITTED),
            (b"<< /Title (A) >>", b"<< /Title (A) /BM /Multiply >>", Changes.SUSPICIOUS),
            (b"<< /Title (A) >>", b"null", Changes.LTA_UPDATES),
        ],
    )
    def test_document_information(self, old: bytes, new: bytes, wanted: Changes) -> None:
        made = self.with_entry(SignedFile.new({50: old}), b"/Info 50 0 R").then({50: new})
        made.pdf.data = made.pdf.data.replace(b"trailer << /Size", b"trailer << /Info 50 0 R /Size")
        assert made.level() is wanted

    def test_store_of_validation_data_must_be_a_dictionary(self) -> None:
        assert SignedFile.new().then({1: catalog("/DSS [1 2]")}).classes() == ["structure_changed"]


class TestPicturesOfEmptySignatureFields:
    @pytest.mark.parametrize(
        ("appearance", "objects", "wanted"),
        [
            ("50 0 R", {50: drawn("q Q")}, "field_added"),
            ("50 0 R", {50: drawn("0 0 10 10 re f")}, "sneaky_signature"),
            ("50 0 R", {50: drawn("BT (Paid) Tj ET")}, "sneaky_signature"),
            ("50 0 R", {50: stream(b"").replace(b"<<", b"<< /Filter /Unheard")}, "sneaky_signature"),
            ("<< /On 50 0 R >>", {50: drawn("0 0 10 10 re f")}, "sneaky_signature"),
            ("<< /On 50 0 R >>", {50: drawn("q Q")}, "field_added"),
            (
                "50 0 R",
                {50: drawn("/N Do").replace(b"/Font", b"/XObject << /N 51 0 R >> /Font"), 51: drawn("")},
                "field_added",
            ),
            (
                "50 0 R",
                {50: drawn("/N Do").replace(b"/Font", b"/XObject << /N 51 0 R >> /Font"), 51: drawn("0 0 9 9 re f")},
                "sneaky_signature",
            ),
            (
                "50 0 R",
                {
                    50: drawn("/N Do").replace(b"/Font", b"/XObject << /N 51 0 R >> /Font"),
                    51: stream(b"").replace(b"<<", b"<< /Subtype /Image"),
                },
                "sneaky_signature",
            ),
            ("50 0 R", {50: drawn("/N Do").replace(b"/Font", b"/XObject << /N 50 0 R >> /Font")}, "sneaky_signature"),
        ],
        ids=["blank", "box", "text", "undecodable", "state", "blank state", "blank layer", "layer", "image", "circle"],
    )
    def test_only_blank_ones_may_be_added(self, appearance: str, objects: dict[int, bytes], wanted: str) -> None:
        empty = signature_field("Empty", rect="60 700 300 750", extra=f"/AP << /N {appearance} >>")
        new = {FORM: form("21 0 R 60 0 R"), PAGE: page(annots="[21 0 R 60 0 R]"), 60: empty, **objects}
        assert SignedFile.new().then(new).classes() == [wanted]
