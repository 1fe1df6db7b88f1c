from __future__ import annotations

import pytest

from tests.pades.changes_support import (
    CONTENT,
    FORM,
    PAGE,
    SignedFile,
    catalog,
    form,
    page,
    signature,
    signature_field,
)
from tests.pki.pdf import stream
from verifier.verdict import Changes

DSS = b"<< /Type /DSS /Certs [41 0 R] /CRLs [42 0 R] >>"
STORED = {41: stream(b"certificate"), 42: stream(b"crl")}


def with_dss() -> SignedFile:
    return SignedFile.new().then({1: catalog("/DSS 40 0 R"), 40: DSS, **STORED})


def stamped(on: SignedFile, number: int, fields: str) -> SignedFile:
    return on.then(
        {
            FORM: form(fields, "/SigFlags 3"),
            PAGE: page(annots=f"[{fields}]"),
            number: signature_field("Stamp", f"/V {number + 1} 0 R"),
            number + 1: signature("DocTimeStamp", "ETSI.RFC3161"),
        }
    )


def test_nothing_after_the_signature_is_no_change() -> None:
    assert SignedFile.new().changes() == ()


def test_validation_data_is_an_lta_update() -> None:
    found = with_dss().changes()
    assert [(change.change_class, change.level, change.revision) for change in found] == [
        ("lta_updates", Changes.LTA_UPDATES, 2)
    ]


def test_document_time_stamp_is_an_lta_update() -> None:
    made = stamped(with_dss(), 50, "21 0 R 50 0 R")
    assert set(made.classes()) == {"lta_updates"}
    assert made.level() is Changes.LTA_UPDATES


def test_two_prolongations_with_vri_rewritten_stay_lta_updates() -> None:
    made = stamped(with_dss(), 50, "21 0 R 50 0 R")
    made.then({40: b"<< /Type /DSS /VRI << /AA << /Cert [41 0 R] /TU (D:2026) >> >> >>", 41: stream(b"other")})
    made.then({40: b"<< /VRI 43 0 R /OCSPs [44 0 R] >>", 43: b"<< /BB << /OCSP [44 0 R] >> >>", 44: stream(b"ocsp")})
    stamped(made, 52, "21 0 R 50 0 R 52 0 R")
    assert made.level() is Changes.LTA_UPDATES


def test_replaced_store_with_its_old_objects_freed_is_an_lta_update() -> None:
    made = with_dss().then(
        {1: catalog("/DSS 43 0 R"), 43: b"<< /Certs [44 0 R] >>", 44: stream(b"x")}, freed=[40, 41, 42]
    )
    assert made.level() is Changes.LTA_UPDATES


def test_freeing_a_number_that_never_was_used_is_no_change() -> None:
    assert SignedFile.new().then({}, freed=[49]).changes() == ()


def test_extensions_and_version_are_lta_updates() -> None:
    made = SignedFile.new().then({1: catalog("/Version /2.0 /Extensions << /ESIC << /ExtensionLevel 5 >> >>")})
    assert made.level() is Changes.LTA_UPDATES


@pytest.mark.parametrize(
    "objects",
    [
        {1: b"<</AcroForm 20 0 R/Pages 2 0 R/Type/Catalog>>"},
        {PAGE: page(contents="[5 0 R]")},
        {PAGE: page(extra="/Rotate 0 /CropBox [0 0 595.0 842]")},
        {PAGE: page(annots="45 0 R"), 45: b"[21 0 R]"},
        {PAGE: page(contents="46 0 R"), 46: stream(b"BT /F1 24 Tf 72 720 Td (Pay 100) Tj ET /Fm1 Do /Fm2 Do")},
        {PAGE: page(fonts="/F1 47 0 R"), 47: b"<< /Subtype /Type1 /BaseFont /Helvetica /Type /Font >>"},
        {CONTENT: stream(b"BT /F1 24 Tf 72 720 Td (Pay 100) Tj ET /Fm1 Do /Fm2 Do")},
        {48: b"<< /Nobody /UsesThis >>"},
    ],
    ids=["catalog", "contents", "defaults", "annots", "content moved", "font copied", "content again", "orphan"],
)
def test_the_same_thing_written_differently_is_no_change(objects: dict[int, bytes]) -> None:
    assert SignedFile.new().then(objects).changes() == ()


def test_later_signature_is_permitted_and_named() -> None:
    made = SignedFile.new().then(
        {
            FORM: form("21 0 R 50 0 R"),
            PAGE: page(annots="[21 0 R 50 0 R]"),
            50: signature_field("Second", "/V 51 0 R", "300 50 400 90"),
            51: signature(),
        }
    )
    (change,) = made.changes()
    assert (change.change_class, change.level) == ("later_signature", Changes.PERMITTED)
    assert change.params == {"field": "Second", "page": "1"}


def test_metadata_is_permitted_and_named() -> None:
    (change,) = SignedFile.new().then({1: catalog("/Metadata 50 0 R"), 50: stream(b"<xmp/>")}).changes()
    assert (change.change_class, change.level, change.params["key"]) == ("metadata", Changes.PERMITTED, "Metadata")


@pytest.mark.parametrize(
    ("text", "level"),
    [
        (b"<x:ModifyDate>2027</x:ModifyDate><dc:title>A</dc:title>", Changes.LTA_UPDATES),
        (b'<y pdf:Producer="Tool 2" /><dc:title>A</dc:title>', Changes.PERMITTED),
        (b"<x:ModifyDate>2026</x:ModifyDate><dc:title>B</dc:title>", Changes.PERMITTED),
    ],
)
def test_new_dates_of_the_metadata_are_a_tool_stamp(text: bytes, level: Changes) -> None:
    first = b"<x:ModifyDate>2026</x:ModifyDate>\n<dc:title>A</dc:title>"
    made = SignedFile.new({1: catalog("/Metadata 50 0 R"), 50: stream(first)}).then({50: stream(text)})
    assert made.level() is level


def test_unused_resource_may_be_added() -> None:
    (change,) = SignedFile.new().then({PAGE: page(fonts="/F1 3 0 R /F9 3 0 R")}).changes()
    assert (change.change_class, change.level) == ("structure_changed", Changes.PERMITTED)


TREE = {
    60: b"<< /Type /StructTreeRoot /K [61 0 R] /ParentTree 63 0 R /ParentTreeNextKey 1 >>",
    61: b"<< /Type /StructElem /S /Document /P 60 0 R /K [62 0 R] >>",
    62: b"<< /Type /StructElem /S /P /P 61 0 R /Pg 4 0 R /K 0 >>",
    63: b"<< /Nums [0 [62 0 R]] >>",
}


def test_tagging_a_new_field_extends_the_structure_tree() -> None:
    made = SignedFile.new({1: catalog("/StructTreeRoot 60 0 R"), **TREE}).then(
        {
            60: b"<< /Type /StructTreeRoot /K [61 0 R] /ParentTree 64 0 R /ParentTreeNextKey 2 >>",
            61: b"<< /Type /StructElem /S /Document /P 60 0 R /K [62 0 R 65 0 R] >>",
            64: b"<< /Nums [0 [62 0 R] 1 65 0 R] >>",
            65: b"<< /Type /StructElem /S /Form /P 61 0 R /K << /Type /OBJR /Obj 21 0 R >> >>",
        }
    )
    (change,) = made.changes()
    assert (change.change_class, change.level) == ("structure_changed", Changes.PERMITTED)


@pytest.mark.parametrize(
    "objects",
    [
        {62: b"<< /Type /StructElem /S /P /P 61 0 R /Pg 4 0 R /K 0 /ActualText (Pay 999) >>"},
        {61: b"<< /Type /StructElem /S /Document /P 60 0 R /K [] >>"},
        {61: b"<< /Type /StructElem /S /Document /P 60 0 R /K [62 0 R 65 0 R] >>", 65: b"<< /S /P /P 61 0 R /K 1 >>"},
        {63: b"<< /Nums [0 [61 0 R]] >>"},
    ],
    ids=["text replaced", "element removed", "content tagged", "parent tree bent"],
)
def test_other_changes_of_the_structure_tree_are_suspicious(objects: dict[int, bytes]) -> None:
    made = SignedFile.new({1: catalog("/StructTreeRoot 60 0 R"), **TREE}).then(objects)
    assert made.classes() == ["structure_changed"]
    assert made.level() is Changes.SUSPICIOUS


def rooted(entries: str) -> bytes:
    return f"<< /Type /StructTreeRoot /K [61 0 R] /ParentTree 63 0 R {entries} >>".encode()


@pytest.mark.parametrize(
    ("old", "new", "level"),
    [
        ("", "/RoleMap << /A /P >>", Changes.PERMITTED),
        ("/RoleMap << /A /P >>", "/RoleMap << /A /P /B /H1 >>", Changes.PERMITTED),
        ("/RoleMap << /A /P >>", "/RoleMap << /A /H1 >>", Changes.SUSPICIOUS),
        ("/Namespaces [(a)]", "/Namespaces [(a) (b)]", Changes.PERMITTED),
        ("/Namespaces [(a)]", "/Namespaces [(b) (a)]", Changes.SUSPICIOUS),
        ("/Namespaces [(a) (b)]", "/Namespaces [(a)]", Changes.SUSPICIOUS),
        ("", "/Unheard 1", Changes.SUSPICIOUS),
        ("/ParentTreeNextKey 1", "/ParentTreeNextKey 2", Changes.NONE),
    ],
)
def test_root_of_the_structure_tree_only_grows(old: str, new: str, level: Changes) -> None:
    made = SignedFile.new({1: catalog("/StructTreeRoot 60 0 R"), **TREE, 60: rooted(old)})
    assert made.then({60: rooted(new)}).level() is level


@pytest.mark.parametrize(
    ("old", "new", "level"),
    [
        ("", "/StructTreeRoot 60 0 R", Changes.PERMITTED),
        ("/StructTreeRoot 60 0 R", "", Changes.SUSPICIOUS),
        ("/StructTreeRoot 60 0 R", "/StructTreeRoot [1]", Changes.SUSPICIOUS),
        ("", "/MarkInfo << /Marked true >>", Changes.PERMITTED),
        ("/MarkInfo << /Marked true >>", "", Changes.SUSPICIOUS),
    ],
)
def test_tagging_may_be_added_but_not_taken_away(old: str, new: str, level: Changes) -> None:
    assert SignedFile.new({1: catalog(old), **TREE}).then({1: catalog(new)}).level() is level


def test_private_data_of_a_page_is_metadata() -> None:
    assert SignedFile.new().then({PAGE: page(extra="/PieceInfo << /App << >> >>")}).classes() == ["metadata"]
