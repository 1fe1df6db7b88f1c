from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.signing.space.documents import A4, letter, picture, plain, scanned, text
from verifier.errors import CouldNotIssue, Problem
from verifier.signing.records import Place, Wish
from verifier.signing.space.beside import overlap
from verifier.signing.space.layout import Asked, Covered, LaidOut, covering, laid_out

NONE = Wish()
MARK = Asked("mark", 90, 60, "any", ("top-right", "bottom-left", "free"), main=True)
"""At its first preference on a blank page of A4: 115 mm from the left, 5 from above."""
NOTE = "/Annots [<< /Type /Annot /Subtype /{} /Rect [340 660 560 800] /F 2 >>]"
FIELD = "/Annots [<< /Type /Annot /Subtype /Widget /FT /Sig /T (Sig1) /Rect [340 660 560 800] /F 2 >>]"


def laid(path: Path, *pieces: Asked, wish: Wish = NONE) -> LaidOut:
    return laid_out(path, pieces or (MARK,), wish)


def refused(path: Path, *pieces: Asked, wish: Wish = NONE) -> Problem:
    with pytest.raises(CouldNotIssue) as caught:
        laid_out(path, pieces or (MARK,), wish)
    return caught.value.problem


def corner(place: Place) -> tuple[int, float, float]:
    return place.page, place.left_mm, place.top_mm


def blank(folder: Path, pages: int = 1) -> Path:
    return plain(folder / "blank.pdf", [(A4, "")] * pages)


@pytest.mark.parametrize(
    ("preference", "left", "top"),
    [
        ("top-right", 115, 5),
        ("top-left", 5, 5),
        ("bottom-left", 5, 232),
        ("bottom-right", 115, 232),
        ("top-centre", 60, 5),
        ("bottom-centre", 60, 232),
        ("free", 110, 227),
    ],
)
def test_on_a_blank_page_each_preference_has_its_place(
    tmp_path: Path, preference: str, left: float, top: float
) -> None:
    found = laid(blank(tmp_path), replace(MARK, preferences=(preference,)))
    assert corner(found.places["mark"]) == (1, left, top)
    assert found.chosen == {"mark": preference}
    assert found.covering == ()


def test_a_mark_is_put_where_there_is_no_text(tmp_path: Path) -> None:
    path = letter(tmp_path / "letter.pdf")
    found = laid(path)
    assert found.chosen == {"mark": "bottom-left"}
    assert covering(path, found.places["mark"]).clear
    assert {name for name in found.alternatives if not name.startswith("bottom")} == {"free"}
    assert all(covering(path, place).clear for place in found.alternatives.values())


def test_it_stands_off_what_is_printed(tmp_path: Path) -> None:
    path = plain(tmp_path / "line.pdf", [(A4, "0 500 595 201 re f")])
    place = laid(path, replace(MARK, height_mm=40, preferences=("top-left",))).places["mark"]
    ink_from = (841.89 - 701) / 72 * 25.4
    assert place.top_mm + place.height_mm <= ink_from - 2
    assert laid(path, replace(MARK, height_mm=44, preferences=("top-left", "free"))).chosen == {"mark": "free"}


def test_a_named_place_may_stand_off_its_corner_but_not_across_the_page(tmp_path: Path) -> None:
    near = plain(tmp_path / "near.pdf", [(A4, "300 800 295 41 re f")])
    far = plain(tmp_path / "far.pdf", [(A4, "0 500 595 341 re f")])
    asked = replace(MARK, preferences=("top-right",))
    assert corner(laid(near, asked).places["mark"]) == (1, 115, 17)
    assert refused(far, asked).code == "no-room"


def test_pages_are_tried_in_order_first_last_others(tmp_path: Path) -> None:
    full, empty = (A4, "0 0 595 842 re f"), (A4, "")
    last = plain(tmp_path / "last.pdf", [full, empty, empty])
    middle = plain(tmp_path / "middle.pdf", [full, full, empty, full])
    assert laid(last).places["mark"].page == 3
    assert laid(middle).places["mark"].page == 3
    assert refused(last, replace(MARK, pages="first")) == Problem(
        "no-room", "no free place for mark on page 1", {"piece": "mark", "page": "1"}
    )
    assert refused(middle, replace(MARK, pages="last")).params["page"] == "4"


def test_only_so_many_pages_are_looked_at(tmp_path: Path) -> None:
    path = plain(tmp_path / "long.pdf", [(A4, "0 0 595 842 re f")] * 30 + [(A4, ""), (A4, "0 0 595 842 re f")])
    assert refused(path).code == "no-room"


def test_of_thousands_of_pages_only_those_needed_are_opened(tmp_path: Path) -> None:
    found = laid(blank(tmp_path, 5000))
    assert found.pages == 5000
    assert set(found.page_sizes) == {1, 5000}
    assert corner(found.alternatives["last-page"]) == (5000, 115, 5)


def test_pieces_do_not_cover_each_other(tmp_path: Path) -> None:
    line = Asked("top-line", 80, 12, "first", ("top-right",))
    found = laid(blank(tmp_path), line, MARK, replace(MARK, id="wording", main=False)).places
    assert corner(found["top-line"]) == (1, 125, 5)
    assert not any(overlap(a, b) for a in found.values() for b in found.values() if a != b)


def test_what_is_not_required_is_left_out(tmp_path: Path) -> None:
    path = plain(tmp_path / "full.pdf", [(A4, "0 0 595 842 re f")])
    found = laid(path, replace(MARK, required=False))
    assert (found.places, found.alternatives) == ({}, {})
    assert refused(path, MARK).code == "no-room"


@pytest.mark.parametrize("note", ["Text", "Link", "Highlight", "Ink"])
def test_an_invisible_note_is_not_covered(tmp_path: Path, note: str) -> None:
    path = plain(tmp_path / "note.pdf", [(f"{A4} {NOTE.format(note)}", "")])
    place = laid(path).places["mark"]
    assert corner(place) != (1, 115, 5)
    assert covering(path, place).clear
    assert covering(path, replace(place, left_mm=115, top_mm=5)) == Covered(Place(1, 115, 5, 90, 60), notes=1)


@pytest.mark.parametrize("note", ["Popup", "Watermark"])
def test_a_note_without_a_rectangle_of_its_own_takes_no_room(tmp_path: Path, note: str) -> None:
    path = plain(tmp_path / "note.pdf", [(f"{A4} {NOTE.format(note)}", "")])
    assert corner(laid(path).places["mark"]) == (1, 115, 5)


def test_an_invisible_signature_field_is_not_covered(tmp_path: Path) -> None:
    path = plain(tmp_path / "field.pdf", [(f"{A4} {FIELD}", "")])
    assert laid(path).chosen == {"mark": "top-right"}
    assert covering(path, laid(path).places["mark"]).clear
    assert covering(path, Place(1, 115, 5, 90, 60)).fields == 1


def test_a_picture_is_not_covered_even_where_it_is_white(tmp_path: Path) -> None:
    path = picture(tmp_path / "picture.pdf", 60, 40, A4, "q 240 0 0 160 350 670 cm /Im Do Q")
    white = Place(1, 150, 15, 20, 20)
    assert covering(path, white) == Covered(white, pictures=1)
    assert covering(path, laid(path).places["mark"]).clear


def test_a_form_field_is_seen_as_it_is_shown(tmp_path: Path) -> None:
    shown = FIELD.replace("/F 2", "/F 4 /AP << /N 10 0 R >>")
    drawn = "1 0 0 rg 0 0 220 140 re f"
    form = f"<< /Type /XObject /Subtype /Form /BBox [0 0 220 140] /Length {len(drawn)} >>\nstream\n{drawn}\nendstream"
    path = plain(tmp_path / "field.pdf", [(f"{A4} {shown}", "")], [form], root="/AcroForm << /Fields [] >>")
    assert covering(path, Place(1, 125, 20, 30, 30)).ink == 1


# --- what the officer wishes --------------------------------------------------------------------------------------


def test_a_place_by_hand_is_taken_and_what_it_covers_is_said(tmp_path: Path) -> None:
    path = letter(tmp_path / "letter.pdf")
    found = laid(path, wish=Wish(page=1, left_mm=30, top_mm=25))
    assert corner(found.places["mark"]) == (1, 30, 25)
    assert found.chosen == {"mark": "by-hand"}
    assert len(found.covering) == 1
    assert found.covering[0].text_lines > 5
    assert 0.1 < found.covering[0].ink < 0.6
    assert found.alternatives["recommended"] == laid(path).places["mark"]


def test_two_lines_are_two(tmp_path: Path) -> None:
    path = text(tmp_path / "lines.pdf", "#set par(leading: 10mm)\nMột dòng chữ, *đậm*\\ Hai dòng chữ.\\ Ba dòng.")
    assert covering(path, Place(1, 20, 15, 90, 25)).text_lines == 2
    assert covering(path, Place(1, 20, 15, 90, 60)).text_lines == 3


def test_a_page_wished_is_taken_whatever_the_layout_says(tmp_path: Path) -> None:
    found = laid(blank(tmp_path, 3), replace(MARK, pages="first"), wish=Wish(page=2))
    assert corner(found.places["mark"]) == (2, 115, 5)


def test_only_the_main_piece_is_moved(tmp_path: Path) -> None:
    other = Asked("top-line", 80, 12, "first", ("top-right",))
    found = laid(blank(tmp_path), other, MARK, wish=Wish(page=1, left_mm=20, top_mm=100))
    assert corner(found.places["top-line"]) == (1, 125, 5)
    assert corner(found.places["mark"]) == (1, 20, 100)


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        (Wish(page=2), "page-missing"),
        (Wish(page=0, left_mm=5, top_mm=5), "page-missing"),
        (Wish(page=10**30), "page-missing"),
        (Wish(page=1, left_mm=-1, top_mm=5), "off-page"),
        (Wish(page=1, left_mm=121, top_mm=5), "off-page"),
        (Wish(page=1, left_mm=5, top_mm=238), "off-page"),
        (Wish(page=1, left_mm=float("nan"), top_mm=5), "off-page"),
        (Wish(page=1, left_mm=5, top_mm=float("inf")), "off-page"),
    ],
    ids=str,
)
def test_a_wish_that_cannot_be(tmp_path: Path, wish: Wish, code: str) -> None:
    assert refused(blank(tmp_path), wish=wish).code == code


def test_a_mark_larger_than_the_wished_page(tmp_path: Path) -> None:
    small = plain(tmp_path / "small.pdf", [("/MediaBox [0 0 85 85]", "")])
    assert refused(small, wish=Wish(page=1, left_mm=1, top_mm=1)).code == "page-too-small"


# --- odd pages ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("boxes", "content"),
    [
        ("/MediaBox [0 0 85.04 85.04]", ""),
        ("/MediaBox [0 0 10000 0.001]", "0 0 1 1 re f"),
        (A4, "0 0 600 900 re f"),
        (A4, "0.5 0 0 rg 0 0 600 900 re f"),
    ],
    ids=["3 cm", "line", "black", "dark red"],
)
def test_pages_without_room(tmp_path: Path, boxes: str, content: str) -> None:
    assert refused(plain(tmp_path / "page.pdf", [(boxes, content)])).code == "no-room"


@pytest.mark.parametrize(
    ("boxes", "left"),
    [
        ("/MediaBox [0 0 5669.3 5669.3]", 1905),
        ("/MediaBox [0 0 14400 14400]", 4982),
        ("/MediaBox [0 0 5669.3 5669.3] /Rotate 90", 1905),
        ("/MediaBox [0 0 297.64 420.95] /UserUnit 2", 115),
        ("/MediaBox [0 0 841.89 595.276] /Rotate 270", 115),
        ("", 120),
    ],
)
def test_pages_of_odd_sizes(tmp_path: Path, boxes: str, left: float) -> None:
    found = laid(plain(tmp_path / "page.pdf", [(boxes, "")]))
    assert corner(found.places["mark"]) == (1, left, 5)


def test_small_print_on_a_poster_is_not_covered(tmp_path: Path) -> None:
    boxes = "/MediaBox [0 0 14400 14400] /UserUnit 10"
    here = laid(plain(tmp_path / "blank.pdf", [(boxes, "")])).places["mark"]
    x, y = (here.left_mm + 40) / 254 * 72, 14400 - (here.top_mm + 30) / 254 * 72
    path = plain(tmp_path / "poster.pdf", [(boxes, f"{x} {y} m {x + 0.5} {y} l {x} {y + 0.5} l f")])
    assert covering(path, here).ink > 0
    found = laid(path)
    assert found.places["mark"] != here
    assert all(covering(path, place).clear for place in (*found.places.values(), *found.alternatives.values()))


def test_a_tinted_page_has_room_where_nothing_is_printed(tmp_path: Path) -> None:
    path = plain(tmp_path / "tinted.pdf", [(A4, "1 0.97 0.88 rg 0 0 600 900 re f 0 g 300 600 250 200 re f")])
    assert laid(path).chosen == {"mark": "bottom-left"}


def test_a_pale_panel_on_a_white_page_is_something(tmp_path: Path) -> None:
    path = plain(tmp_path / "panel.pdf", [(A4, "0.95 g 300 600 250 200 re f")])
    assert covering(path, Place(1, 115, 20, 60, 40)).ink == 1
    assert laid(path).chosen == {"mark": "bottom-left"}


def test_white_beside_a_large_dark_picture_is_free(tmp_path: Path) -> None:
    path = plain(tmp_path / "half.pdf", [(A4, "0 300 600 600 re f")])
    assert laid(path).chosen == {"mark": "bottom-left"}


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7 nonsense", b"GIF89a"])
def test_a_file_that_is_no_pdf(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "file.pdf"
    path.write_bytes(data)
    assert refused(path).code == "pdf-unreadable"


def test_a_page_cut_to_nothing(tmp_path: Path) -> None:
    boxes = "/MediaBox [0 0 100 100] /CropBox [300 300 400 400]"
    assert refused(plain(tmp_path / "cut.pdf", [(boxes, "")])).code == "pdf-unreadable"


# --- scans --------------------------------------------------------------------------------------------------------


def test_the_white_of_a_scan_is_found_and_its_text_is_not_covered(tmp_path: Path) -> None:
    source = letter(tmp_path / "letter.pdf")
    path = scanned(tmp_path / "scan.pdf", source)
    found = laid(path)
    assert found.chosen == {"mark": "bottom-left"}
    for place in (*found.places.values(), *found.alternatives.values()):
        assert covering(path, place).clear
        assert covering(source, place).clear
    assert covering(path, Place(1, 60, 30, 90, 60)).ink > 0.1


def test_the_shadow_at_the_edge_of_a_scan_is_not_written_on(tmp_path: Path) -> None:
    source = plain(tmp_path / "blank.pdf", [(A4, "")])
    path = scanned(tmp_path / "scan.pdf", source)
    assert covering(path, Place(1, 0, 0, 4, 200)).ink == 1
    assert laid(path, replace(MARK, preferences=("top-left",))).places["mark"].left_mm > 5
    assert corner(laid(path).places["mark"])[1] >= 114


@pytest.mark.parametrize("noise", [0, 2, 10])
def test_grain_and_dust_of_a_blank_scan_are_no_ink(tmp_path: Path, noise: float) -> None:
    path = scanned(tmp_path / "scan.pdf", plain(tmp_path / "blank.pdf", [(A4, "")]), noise, shadow=False)
    assert covering(path, Place(1, 0, 0, 209, 296)).ink == 0


def test_a_dotted_line_of_a_scan_is_ink(tmp_path: Path) -> None:
    source = text(tmp_path / "dots.pdf", "Họ và tên: " + "." * 60)
    path = scanned(tmp_path / "scan.pdf", source, shadow=False)
    assert not covering(path, Place(1, 80, 15, 40, 15)).clear


def test_a_pale_stamp_on_a_scan_is_ink(tmp_path: Path) -> None:
    source = plain(tmp_path / "stamp.pdf", [(A4, "3 w 1 0.6 0.6 RG 400 650 100 100 re S")])
    path = scanned(tmp_path / "scan.pdf", source, shadow=False)
    assert not covering(path, Place(1, 130, 25, 70, 60)).clear


def test_a_grey_picture_on_a_scan_is_not_taken_for_paper(tmp_path: Path) -> None:
    source = plain(tmp_path / "photo.pdf", [(A4, "0.6 g 100 500 250 250 re f")])
    path = scanned(tmp_path / "scan.pdf", source, shadow=False)
    assert covering(path, Place(1, 60, 60, 40, 40)).ink == 1
