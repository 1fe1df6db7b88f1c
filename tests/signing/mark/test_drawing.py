"""What is drawn: words as they are told, letters as they are written, nothing beyond the page."""

from __future__ import annotations

import re
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pypdfium2
import pytest

from tests.signing.mark.facts import DRAWER, main_of, picture_of, pictured, read, squeezed, valid
from verifier.errors import CouldNotIssue
from verifier.signing.mark import MarkDrawer
from verifier.signing.records import MM_PER_POINT, Drawing, Kind, MarkFacts, Role

CASES = [
    *(pytest.param(valid(kind), id=kind.value) for kind in Kind),
    pytest.param(valid(Kind.CONSULAR_CERTIFICATION, certified="seal", signed_by="", capacity=""), id="seal-only"),
    pytest.param(valid(Kind.CONSULAR_LEGALIZATION, certified="signature", seal_of=""), id="signature-only"),
    pytest.param(valid(Kind.CONSULAR_CERTIFICATION, remarks="Bản dịch kèm theo 02 tờ."), id="remarks"),
    pytest.param(valid(Kind.APOSTILLE, unsigned="yes", signed_by="", capacity=""), id="unsigned"),
    pytest.param(valid(Kind.AGENCY_DOCUMENT, annex="yes", document_number="12/QĐ-SNgV"), id="annex"),
    pytest.param(valid(Kind.AGENCY_DOCUMENT, copy_form="SAO LỤC"), id="copy"),
    pytest.param(replace(valid(Kind.CERTIFIED_ECOPY), signature_name="TL. CHỦ TỊCH"), id="for-another"),
    pytest.param(replace(valid(Kind.CERTIFIED_ECOPY), number="07/ĐT", book="01/2026-SCTĐT/BS"), id="electronic-book"),
]
HOSTILE = [
    "#set page(fill: red)",
    "$x^2$ *b* _i_ `r`",
    r"\ \u{41} \"",
    "<script>alert(1)</script>",
    "@a #[b] // c",
    "{{7*7}}",
]


def refused(facts: MarkFacts) -> tuple[str, str]:
    with pytest.raises(CouldNotIssue) as caught:
        DRAWER.pieces(facts)
    problem = caught.value.problem
    return problem.code, problem.params.get("field", "")


def letters_beyond(drawing: Drawing) -> list[tuple[float, ...]]:
    with pypdfium2.PdfDocument(drawing.pdf) as document:
        page = document[0]
        width, height = page.get_size()
        text = page.get_textpage()
        boxes = [text.get_charbox(at) for at in range(text.count_chars())]
    return [box for box in boxes if box[0] < -0.1 or box[1] < -0.1 or box[2] > width + 0.1 or box[3] > height + 0.1]


@pytest.mark.parametrize("facts", CASES)
def test_the_alternative_text_is_what_stands_there(facts: MarkFacts) -> None:
    for piece in DRAWER.pieces(facts):
        assert squeezed(read(piece.drawing.pdf)) == squeezed(piece.drawing.text)


@pytest.mark.parametrize("facts", CASES)
def test_a_drawing_is_one_page_of_vectors_with_embedded_subsets(facts: MarkFacts) -> None:
    for piece in DRAWER.pieces(facts):
        pdf = piece.drawing.pdf
        with pypdfium2.PdfDocument(pdf) as document:
            assert len(document) == 1
            size = document[0].get_size()
        drawn = piece.drawing
        assert [side * MM_PER_POINT for side in size] == pytest.approx([drawn.width_mm, drawn.height_mm], abs=0.05)
        assert set(re.findall(rb"/BaseFont/[A-Z]{6}\+(Tinos|Tinos-Bold)/", pdf)) <= {b"Tinos", b"Tinos-Bold"}
        assert len(re.findall(rb"/FontFile2 ", pdf)) == len(re.findall(rb"/Type/FontDescriptor", pdf)) > 0
        assert b"/Subtype/Image" not in pdf
        assert b"/StructParents" not in pdf
        assert not letters_beyond(piece.drawing)


@pytest.mark.parametrize("kind", list(Kind), ids=[kind.value for kind in Kind])
def test_what_lies_under_a_mark_is_seen_through_it(kind: Kind) -> None:
    image = picture_of(main_of(valid(kind)).drawing, paper=(0, 255, 0, 255))
    pixels = [image.getpixel((x, y)) for x in range(0, image.width, 7) for y in range(0, image.height, 7)]
    assert pixels.count((0, 255, 0)) > len(pixels) * 0.6


@pytest.mark.parametrize("facts", CASES)
def test_the_same_facts_give_the_same_bytes(facts: MarkFacts) -> None:
    assert DRAWER.pieces(facts) == MarkDrawer(frozenset({"e-apostille"})).pieces(facts)


@pytest.mark.parametrize("words", HOSTILE)
def test_nothing_said_is_read_as_markup(words: str) -> None:
    drawing = main_of(valid(Kind.CONSULAR_CERTIFICATION, signed_by=words, remarks=words)).drawing
    assert squeezed(read(drawing.pdf)) == squeezed(drawing.text)
    assert squeezed(read(drawing.pdf)).count(squeezed(words)) == 2


@pytest.mark.parametrize("word", ["Nguyễn ", "NGUYỄNTHỊẪẰỢỨ", "W"])
def test_a_name_of_300_letters_is_drawn_whole_and_within_its_frame(word: str) -> None:
    name = (word * 300)[:300].strip()
    for kind in (Kind.CONSULAR_CERTIFICATION, Kind.APOSTILLE):
        drawing = main_of(valid(kind, signed_by=name)).drawing
        assert squeezed(name) in squeezed(read(drawing.pdf))
        assert not letters_beyond(drawing)


def test_long_names_of_authority_and_officer_are_drawn_within_the_frame() -> None:
    long = " ".join(f"Ủy ban nhân dân phường số {number}" for number in range(11))[:300].strip()
    for kind in Kind:
        facts = replace(valid(kind), officer=long, authority_vi=long)
        for piece in DRAWER.pieces(facts):
            assert squeezed(long) in squeezed(read(piece.drawing.pdf))
            assert not letters_beyond(piece.drawing)


def test_what_is_longer_than_the_mark_can_hold_names_its_field() -> None:
    assert refused(valid(Kind.CONSULAR_CERTIFICATION, signed_by="ơ" * 301)) == ("mark-too-long", "signed_by")
    assert refused(replace(valid(Kind.APOSTILLE), officer="ơ" * 601)) == ("mark-too-long", "officer")
    long = "Nguyễn Thị Bích Ngọc " * 14
    every = valid(Kind.CONSULAR_CERTIFICATION, signed_by=long, capacity=long, seal_of=long, remarks="Ghi chú " * 60)
    worst = replace(
        every, authority_vi=long, authority_en="A" + long, place_vi=long, place_en="A" + long, seal_name=long
    )
    assert refused(replace(worst, officer=long * 2))[0] == "mark-too-long"


def test_letters_shrink_before_a_mark_is_refused() -> None:
    long = "Nguyễn Thị Bích Ngọc " * 14
    drawing = main_of(
        valid(Kind.CONSULAR_CERTIFICATION, signed_by=long, capacity=long, seal_of=long, remarks=long)
    ).drawing
    assert drawing.height_mm < 192
    assert not letters_beyond(drawing)


def test_decomposed_letters_are_composed() -> None:
    composed = valid(Kind.CONSULAR_CERTIFICATION)
    said = {name: unicodedata.normalize("NFD", text) for name, text in composed.said.items()}
    assert said != composed.said
    assert DRAWER.pieces(replace(composed, said=said)) == DRAWER.pieces(composed)


def test_white_space_is_one_space() -> None:
    plain = valid(Kind.CONSULAR_CERTIFICATION, signed_by="Lê Thị A")
    assert main_of(valid(Kind.CONSULAR_CERTIFICATION, signed_by=" Lê\tThị\n\u00a0A ")) == main_of(plain)


@pytest.mark.parametrize(
    "letter", ["\u200b", "\u202e", "\u200f", "\x00", "\x1b", "\ufeff", "\u4e2d", "\U0001f600", "\u0301" * 4],
    ids=["zero-width", "override", "rtl-mark", "null", "escape", "bom", "han", "emoji", "piled"],
)  # fmt: skip
def test_what_cannot_be_seen_or_printed_is_refused(letter: str) -> None:
    assert refused(valid(Kind.CONSULAR_CERTIFICATION, signed_by=f"Lê{letter} A")) == ("mark-unprintable", "signed_by")
    assert refused(replace(valid(Kind.CERTIFIED_ECOPY), officer=f"Lê{letter} A")) == ("mark-unprintable", "officer")


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        (valid(Kind.CONSULAR_CERTIFICATION, country=""), "country"),
        (valid(Kind.CONSULAR_CERTIFICATION, signed_by=" "), "signed_by"),
        (valid(Kind.CONSULAR_CERTIFICATION, certified="signature", capacity=""), "capacity"),
        (valid(Kind.CONSULAR_LEGALIZATION, certified="seal", seal_of=""), "seal_of"),
        (valid(Kind.APOSTILLE, management_number=""), "management_number"),
        (valid(Kind.APOSTILLE, unsigned="yes", seal_of=""), "seal_of"),
        (valid(Kind.AGENCY_DOCUMENT, annex="yes"), "document_number"),
        (replace(valid(Kind.CERTIFIED_ECOPY), book=""), "book"),
        (replace(valid(Kind.CERTIFIED_ECOPY), title_vi=""), "title"),
        (replace(valid(Kind.CERTIFIED_ECOPY), officer=""), "officer"),
        (replace(valid(Kind.CONSULAR_CERTIFICATION), place_vi="", place_en=""), "place"),
        (replace(valid(Kind.CONSULAR_CERTIFICATION), number=""), "number"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.kind.value,
)
def test_what_a_mark_must_say_and_nobody_says_is_an_error(facts: MarkFacts, field: str) -> None:
    assert refused(facts) == ("mark-field-missing", field)


def test_unknown_fields_and_choices_are_refused() -> None:
    assert refused(valid(Kind.CERTIFIED_ECOPY, colour="blue")) == ("mark-field-unknown", "colour")
    assert refused(valid(Kind.AGENCY_DOCUMENT, copy_form="sao")) == ("mark-choice-unknown", "copy_form")


def test_what_is_certified_is_said() -> None:
    whole = main_of(valid(Kind.CONSULAR_CERTIFICATION)).drawing.text
    seal = main_of(valid(Kind.CONSULAR_CERTIFICATION, certified="seal", signed_by="", capacity="")).drawing.text
    assert "Chỉ chứng nhận con dấu, chữ ký và chức danh trên giấy tờ" in whole
    assert "Chỉ chứng nhận con dấu trên giấy tờ" in seal
    assert "2. do ông (bà) / has been signed by: –\n" in seal
    assert "does not certify the content or the form" in whole


def test_pictures_have_their_true_size_and_their_place() -> None:
    signature, seal = DRAWER.pieces(pictured(valid(Kind.AGENCY_DOCUMENT)))
    assert (signature.id, signature.role, signature.main) == ("signature-picture", Role.PERSON, True)
    assert signature.preferences[0] == "between:Giám đốc|Trần Quốc Việt"
    assert (signature.drawing.width_mm, signature.drawing.height_mm) == pytest.approx((45, 15), abs=0.1)
    assert (seal.id, seal.role, seal.preferences) == ("seal-picture", Role.AGENCY, ("beside:signature-picture",))
    assert (seal.drawing.width_mm, seal.drawing.height_mm) == pytest.approx((36, 36), abs=0.1)
    assert picture_of(seal.drawing).getpixel((100, 100)) == (200, 0, 0)


def test_where_no_picture_is_granted_the_mark_says_so() -> None:
    signature, seal = DRAWER.pieces(valid(Kind.AGENCY_DOCUMENT))
    assert "không có hình ảnh chữ ký" in signature.drawing.text
    assert "không có hình ảnh con dấu" in seal.drawing.text
    assert not seal.required


def test_the_certified_copy_shows_the_signature_but_no_seal() -> None:
    plain = main_of(valid(Kind.CERTIFIED_ECOPY)).drawing
    shown = main_of(pictured(valid(Kind.CERTIFIED_ECOPY))).drawing
    image = picture_of(shown, 2)
    pixels = (image.getpixel((x, y)) for x in range(image.width) for y in range(image.height))
    colours = {pixel for pixel in pixels if isinstance(pixel, tuple)}
    assert shown.height_mm > plain.height_mm + 10
    assert any(one[2] > 150 and one[0] < 60 for one in colours)
    assert not any(one[0] > 150 and one[2] < 60 for one in colours)


def test_the_line_of_a_copy_has_size_10_and_is_black() -> None:
    line = DRAWER.pieces(valid(Kind.CERTIFIED_ECOPY))[1]
    with pypdfium2.PdfDocument(line.drawing.pdf) as document:
        page = document[0]
        sizes = {round(one.get_font_size(), 1) for one in page.get_objects() if one.type == 1}
    assert sizes == {10.0}
    assert line.preferences[0] == "top-right"
    assert line.pages == "first"
    assert line.drawing.text.splitlines()[-1] == "2026-11-23T14:03:22+07:00"


def test_the_apostille_is_a_square_of_at_least_nine_centimetres() -> None:
    for words in ("A", "Trường Đại học Ngoại ngữ " * 10):
        drawing = main_of(valid(Kind.APOSTILLE, seal_of=words)).drawing
        assert drawing.width_mm == pytest.approx(drawing.height_mm, abs=0.1)
        assert drawing.width_mm >= 90


BY_HAND = replace(valid(Kind.APOSTILLE), check_url="", document="Bằng tốt nghiệp đại học, số B 001234")


LONGEST = replace(
    BY_HAND,
    authority_vi="Cục Lãnh sự " * 24,
    authority_en="Consular Department " * 14,
    place_vi="Hà Nội " * 40,
    place_en="Ha Noi " * 40,
    officer="Trần Quốc Việt " * 19,
    said={**BY_HAND.said, **dict.fromkeys(("seal_of", "signed_by", "capacity"), "Trường Đại học Ngoại ngữ " * 11)},
)


@pytest.mark.parametrize("facts", [BY_HAND, LONGEST], ids=["usual", "longest"])
def test_an_apostille_by_hand_is_a_whole_page(facts: MarkFacts) -> None:
    drawing = MarkDrawer().by_hand(facts)
    assert (round(drawing.width_mm), round(drawing.height_mm)) == (210, 297)
    assert letters_beyond(drawing) == []
    assert squeezed(read(drawing.pdf)) == squeezed(drawing.text)


def test_an_apostille_by_hand_needs_no_switch_and_has_no_code() -> None:
    text = MarkDrawer().by_hand(BY_HAND).text
    assert [one for one in text.splitlines() if one[0] in "91"] == [
        "1. Quốc gia / Country: VIỆT NAM / VIET NAM", "9. Con dấu/dấu đóng / Seal/stamp", "10. Chữ ký / Signature",
    ]  # fmt: skip
    assert "Bằng tốt nghiệp đại học, số B 001234" in text
    assert not any(word in text for word in ("Kiểm tra", "Thời điểm", "SỞ NGOẠI VỤ"))
    with pytest.raises(CouldNotIssue, match="e-apostille-off"):
        MarkDrawer().pieces(BY_HAND)


def test_field_9_has_the_height_of_a_seal() -> None:
    drawing = MarkDrawer().by_hand(BY_HAND)
    with pypdfium2.PdfDocument(drawing.pdf) as document:
        page = document[0].get_textpage()
        found = {words: page.search(words).get_next() for words in ("9.", "Chứng nhận Apostille")}
        tops = [page.get_charbox(place[0])[3] * MM_PER_POINT for place in found.values() if place]
    assert tops[0] - tops[1] >= 36


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.APOSTILLE])
def test_what_is_electronic_only_has_no_sheet_by_hand(kind: Kind) -> None:
    with pytest.raises(CouldNotIssue, match="no-sheet"):
        DRAWER.by_hand(valid(kind))


def test_many_threads_draw_with_one_drawer() -> None:
    facts = [valid(Kind.CERTIFIED_ECOPY, original=f"Bản {number}") for number in range(24)]
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(DRAWER.pieces, facts)) == [DRAWER.pieces(one) for one in facts]
