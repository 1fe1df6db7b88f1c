"""The cover (allonge), the paper carrier, and which layout holds on a day."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pypdfium2
import pytest

from tests.signing.mark.facts import ABOUT, DRAWER, picture_of, pictured, png, read, squeezed, valid
from verifier.errors import CouldNotIssue
from verifier.signing.mark import MarkDrawer
from verifier.signing.mark.covers import AIR_MM
from verifier.signing.records import Drawing, Kind, MarkFacts, Role, Wish
from verifier.signing.space.layout import laid_out
from verifier.signing.space.records import Asked

COVERED = [
    *(pytest.param(valid(kind), id=kind.value) for kind in Kind),
    pytest.param(pictured(valid(Kind.AGENCY_DOCUMENT)), id="pictures"),
    pytest.param(pictured(valid(Kind.CERTIFIED_ECOPY)), id="copy-with-picture"),
    pytest.param(valid(Kind.AGENCY_DOCUMENT, copy_form="SAO Y"), id="copy"),
    pytest.param(valid(Kind.CONSULAR_CERTIFICATION, signed_by="Nguyễn " * 42), id="long"),
]


def pages(pdf: bytes) -> int:
    with pypdfium2.PdfDocument(pdf) as document:
        return len(document)


def whole(pdf: bytes) -> str:
    return squeezed("".join(read(pdf, page) for page in range(pages(pdf))))


@pytest.mark.parametrize("facts", COVERED)
def test_the_pieces_find_their_place_on_the_first_page_of_the_cover(facts: MarkFacts, tmp_path: Path) -> None:
    cover, pieces = DRAWER.cover(facts, ABOUT)
    (path := tmp_path / "cover.pdf").write_bytes(cover)
    found = laid_out(path, [Asked.of(piece) for piece in pieces], Wish())
    assert set(found.places) == {piece.id for piece in pieces}
    assert {place.page for place in found.places.values()} == {1}
    assert not found.covering
    for piece in pieces:
        assert found.chosen[piece.id] == piece.preferences[0]


def test_a_cover_says_what_it_holds_and_why() -> None:
    cover, _ = DRAWER.cover(valid(Kind.CERTIFIED_ECOPY), ABOUT)
    text = whole(cover)
    for told in (
        "TỜ BÌA CHỨNG NHẬN ĐÍNH KÈM", "SIGNED COVER (ALLONGE)", ABOUT.file_name, "1.234.567 byte", "application/pdf",
        "0123 4567 89ab cdef " * 4, "Một chữ ký có sẵn không cho phép thay đổi nào", "No page has free room",
        "Hợp lệ.", "Signature 1: intact.", "Tệp đính kèm", "07", "2026-11-23T14:03:22+07:00",
        "https://mark.example.vn/check/7F3K9Q2MXR5TW8PD4HJNABCDEF", "Sở Ngoại vụ thành phố Hải Phòng",
    ):  # fmt: skip
        assert squeezed(told) in text


def test_a_reason_without_words_is_told_by_its_code() -> None:
    cover, _ = DRAWER.cover(valid(Kind.CERTIFIED_ECOPY), replace(ABOUT, reasons=("new-hindrance",)))
    assert "(mãnew-hindrance)" in whole(cover)


def test_a_hostile_file_name_is_shown_letter_by_letter() -> None:
    about = replace(ABOUT, file_name="giấy\u202egpj.exe\u4e2d#set[x]" + "Ơ" * 250, findings=(("a\u200bb", "c"),))
    text = whole(DRAWER.cover(valid(Kind.CERTIFIED_ECOPY), about)[0])
    assert "giấy‹U+202E›gpj.exe‹U+4E2D›#set[x]" + "Ơ" * 250 in text
    assert "a‹U+200B›b" in text


def test_a_long_verdict_goes_on_the_next_pages_and_leaves_the_room() -> None:
    findings = tuple((f"Câu số {number}. " * 9, f"Sentence {number}.") for number in range(60))
    facts = valid(Kind.CONSULAR_CERTIFICATION)
    cover, pieces = DRAWER.cover(facts, replace(ABOUT, findings=findings))
    assert pages(cover) >= 3
    assert "Câusố59" in whole(cover)
    image = picture_of(Drawing(cover, 210, 297, ""), 1.0)
    room = image.crop((0, 297 - 15 - int(pieces[0].drawing.height_mm + AIR_MM), 210, 297))
    assert room.convert("L").getextrema() == (255, 255)


def test_a_cover_is_tagged_and_claims_an_archive_format() -> None:
    facts = valid(Kind.CERTIFIED_ECOPY)
    cover, pieces = DRAWER.cover(facts, ABOUT)
    assert b"/StructTreeRoot" in cover
    assert b"/Marked true" in cover
    assert b"/Suspects" not in cover
    assert b"<pdfaid:part>3</pdfaid:part>" in cover
    assert b"<pdfaid:conformance>B</pdfaid:conformance>" in cover
    assert re.search(rb"/Lang\s*\(vi", cover)
    assert (cover, pieces) == MarkDrawer(frozenset({"e-apostille"})).cover(facts, ABOUT)


def test_offsets_of_a_cover_stay_where_they_are_said() -> None:
    cover, _ = DRAWER.cover(valid(Kind.CERTIFIED_ECOPY), ABOUT)
    start = int(cover.rsplit(b"startxref", 1)[1].split()[0])
    assert cover[start : start + 4] == b"xref"


@pytest.mark.parametrize("kind", [one for one in Kind if one is not Kind.AGENCY_DOCUMENT], ids=lambda kind: kind.value)
def test_the_paper_carrier_is_a_sheet_of_a4_with_all_its_words(kind: Kind) -> None:
    sheet = DRAWER.sheet(pictured(valid(kind)))
    assert (sheet.width_mm, sheet.height_mm) == pytest.approx((210, 297), abs=0.1)
    assert pages(sheet.pdf) == 1
    assert squeezed(read(sheet.pdf)) == squeezed(sheet.text)
    assert b"/Subtype/Image" not in sheet.pdf
    assert "G08.09-261123-0001" in sheet.text


def test_the_paper_carrier_of_long_names_is_one_page() -> None:
    long = "Nguyễn Thị Bích Ngọc " * 14
    for kind in (Kind.CONSULAR_CERTIFICATION, Kind.APOSTILLE):
        assert pages(DRAWER.sheet(valid(kind, signed_by=long, capacity=long, seal_of=long)).pdf) == 1


def test_the_agency_document_has_no_paper_carrier() -> None:
    with pytest.raises(CouldNotIssue) as caught:
        DRAWER.sheet(valid(Kind.AGENCY_DOCUMENT))
    assert caught.value.problem.code == "no-sheet"


def test_without_the_switch_an_apostille_is_printed_but_not_issued_electronically() -> None:
    drawer, facts = MarkDrawer(), valid(Kind.APOSTILLE)
    assert drawer.sheet(facts) == DRAWER.sheet(facts)
    assert drawer.layout(Kind.APOSTILLE, date(2026, 9, 11)).edition == "apostille/2026-09"
    for draw in (lambda: drawer.pieces(facts), lambda: drawer.cover(facts, ABOUT)):
        with pytest.raises(CouldNotIssue) as caught:
            draw()
        assert caught.value.problem.code == "e-apostille-off"


@pytest.mark.parametrize(
    ("kind", "last", "first"),
    [
        (Kind.CONSULAR_CERTIFICATION, date(2025, 12, 31), date(2026, 1, 1)),
        (Kind.CONSULAR_LEGALIZATION, date(2025, 12, 31), date(2026, 1, 1)),
        (Kind.CERTIFIED_ECOPY, date(2020, 5, 21), date(2020, 5, 22)),
        (Kind.AGENCY_DOCUMENT, date(2020, 3, 4), date(2020, 3, 5)),
        (Kind.APOSTILLE, date(2026, 9, 10), date(2026, 9, 11)),
    ],
    ids=lambda value: value.value if isinstance(value, Kind) else None,
)
def test_before_its_law_a_kind_has_no_layout_and_says_why(kind: Kind, last: date, first: date) -> None:
    assert DRAWER.layout(kind, first).kind is kind
    with pytest.raises(CouldNotIssue) as caught:
        DRAWER.layout(kind, last)
    problem = caught.value.problem
    assert problem.code == "no-layout"
    assert problem.params["reason_vi"]
    assert problem.params["reason_en"] == problem.detail
    with pytest.raises(CouldNotIssue):
        DRAWER.pieces(replace(valid(kind), at=valid(kind).at.replace(year=2020, month=1)))


def test_a_layout_says_what_an_act_needs() -> None:
    consular = DRAWER.layout(Kind.CONSULAR_CERTIFICATION, date(2026, 11, 23))
    assert consular.signatures == (Role.PERSON, Role.AGENCY)
    assert consular.fields == ("country",)
    assert consular.optional == ("certified", "signed_by", "capacity", "seal_of", "remarks")
    assert (consular.status, consular.book, consular.width_mm) == ("partial", "CNLS", 90.0)
    copy = DRAWER.layout(Kind.CERTIFIED_ECOPY, date(2026, 11, 23))
    assert (copy.book, copy.book_electronic) == ("SCT/BS", "SCTĐT/BS")
    apostille = DRAWER.layout(Kind.APOSTILLE, date(2026, 11, 23))
    assert apostille.made == {"management_number"}
    assert "management_number" not in (*apostille.fields, *apostille.optional)


@pytest.mark.parametrize(
    ("picture", "width", "code"),
    [
        (png((0, 0, 0, 255), (50, 50)), None, "mark-picture-size"),
        (png((0, 0, 0, 255), (50, 50)), 200.0, "mark-picture-size"),
        (b"\xff\xd8\xff no PNG", 36.0, "mark-picture-bad"),
        (png((0, 0, 0, 255), (50, 50))[:20], 36.0, "mark-picture-bad"),
        (png((0, 0, 0, 255), (5000, 1)), 36.0, "mark-picture-bad"),
    ],
    ids=["no-width", "too-wide", "jpeg", "cut", "many-pixels"],
)
def test_a_picture_that_cannot_be_shown_in_true_size_is_refused(picture: bytes, width: float | None, code: str) -> None:
    facts = replace(
        valid(Kind.AGENCY_DOCUMENT),
        pictures={Role.AGENCY: picture},
        pictures_mm={} if width is None else {Role.AGENCY: width},
    )
    with pytest.raises(CouldNotIssue) as caught:
        DRAWER.pieces(facts)
    assert caught.value.problem.code == code


def test_a_picture_may_say_its_own_size() -> None:
    facts = replace(valid(Kind.AGENCY_DOCUMENT), pictures={Role.AGENCY: png((200, 0, 0, 255), (425, 425), dpi=300)})
    seal = DRAWER.pieces(facts)[1].drawing
    assert seal.width_mm == pytest.approx(36, abs=0.1)
