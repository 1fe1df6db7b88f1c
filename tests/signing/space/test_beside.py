from __future__ import annotations

import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest

from tests.signing.space.documents import A4, letter, plain, text
from verifier.signing.records import Wish
from verifier.signing.space.layout import Asked, LaidOut, covering, laid_out

NAMES = "between:CỤC TRƯỞNG|Nguyễn Thị Ánh Tuyết"
SIGNATURE = Asked("signature-picture", 50, 20, "last", (NAMES, "free"), main=True)
NONE = Wish()
SEAL = Asked("seal-picture", 36, 36, "last", ("beside:signature-picture", "free"))


def laid(path: Path, *pieces: Asked, wish: Wish = NONE) -> LaidOut:
    return laid_out(path, pieces, wish)


def test_a_signature_stands_in_the_middle_between_title_and_name(tmp_path: Path) -> None:
    path = letter(tmp_path / "letter.pdf")
    found = laid(path, SIGNATURE)
    place = found.places["signature-picture"]
    assert found.chosen == {"signature-picture": NAMES}
    assert covering(path, place).clear
    assert place.left_mm + place.width_mm / 2 == pytest.approx(150, abs=1)
    above = covering(path, replace(place, top_mm=place.top_mm - 9))
    below = covering(path, replace(place, top_mm=place.top_mm + 9))
    assert (above.text_lines, below.text_lines) == (1, 1)


@pytest.mark.parametrize(
    "words",
    [
        "cục  trưởng|NGUYỄN THỊ ÁNH TUYẾT",
        unicodedata.normalize("NFD", "CỤC TRƯỞNG|Nguyễn Thị Ánh Tuyết"),
        "TL. BỘ TRƯỞNG CỤC TRƯỞNG|Ánh\u00a0Tuyết",
    ],
    ids=["case and spaces", "decomposed", "two lines"],
)
def test_words_are_found_however_they_are_written(tmp_path: Path, words: str) -> None:
    path = letter(tmp_path / "letter.pdf")
    exact, other = laid(path, SIGNATURE), laid(path, replace(SIGNATURE, preferences=(f"between:{words}",)))
    one, two = exact.places["signature-picture"], other.places["signature-picture"]
    assert one.top_mm == pytest.approx(two.top_mm, abs=0.5)


@pytest.mark.parametrize("words", ["VỤ TRƯỞNG|Nguyễn Thị Ánh Tuyết", "CỤC TRƯỞNG|Trần Văn B", "|", "CỤC TRƯỞNG", ""])
def test_words_that_do_not_stand_there_leave_it_to_the_next_preference(tmp_path: Path, words: str) -> None:
    piece = replace(SIGNATURE, preferences=(f"between:{words}", "free"))
    assert laid(letter(tmp_path / "letter.pdf"), piece).chosen == {"signature-picture": "free"}


@pytest.mark.parametrize("gap", [0, 12])
def test_too_little_room_between_leaves_it_to_the_next_preference(tmp_path: Path, gap: float) -> None:
    assert laid(letter(tmp_path / "letter.pdf", gap_mm=gap), SIGNATURE).chosen == {"signature-picture": "free"}


def test_the_last_block_of_the_page_is_the_one(tmp_path: Path) -> None:
    block = "#align(right)[*CỤC TRƯỞNG* #v(30mm) *Nguyễn Thị Ánh Tuyết*]"
    path = text(tmp_path / "two.pdf", block + "\n#v(30mm)\n" + block)
    assert laid(path, SIGNATURE).places["signature-picture"].top_mm > 80


def test_a_name_above_its_title_is_no_signature_block(tmp_path: Path) -> None:
    path = text(tmp_path / "turned.pdf", "#align(right)[*Nguyễn Thị Ánh Tuyết* #v(30mm) *CỤC TRƯỞNG*]")
    assert laid(path, SIGNATURE).chosen == {"signature-picture": "free"}


def test_the_seal_covers_a_third_of_the_signature_from_the_left(tmp_path: Path) -> None:
    path = plain(tmp_path / "blank.pdf", [(A4, "")])
    found = laid(path, SEAL, replace(SIGNATURE, preferences=("free",)))
    seal, signature = found.places["seal-picture"], found.places["signature-picture"]
    assert seal.left_mm + seal.width_mm == pytest.approx(signature.left_mm + signature.width_mm / 3)
    assert seal.top_mm + seal.height_mm / 2 == pytest.approx(signature.top_mm + signature.height_mm / 2)
    assert found.covering == ()


def test_the_seal_moves_a_little_to_cover_no_text(tmp_path: Path) -> None:
    path = plain(tmp_path / "line.pdf", [(A4, "60 480 90 3 re f")])
    signature = replace(SIGNATURE, preferences=("free",))
    found = laid(path, signature, SEAL, wish=Wish(page=1, left_mm=60, top_mm=100))
    seal = found.places["seal-picture"]
    assert covering(path, seal).clear
    assert seal.top_mm != pytest.approx(92)
    assert 72.4 < seal.left_mm + seal.width_mm < 80.1


def test_a_seal_that_has_to_reach_over_print_stands_where_the_law_wants_it(tmp_path: Path) -> None:
    path = letter(tmp_path / "letter.pdf", gap_mm=24)
    found = laid(path, SIGNATURE, replace(SEAL, width_mm=46, height_mm=46))
    assert found.chosen["seal-picture"] == "beside:signature-picture"
    assert covering(path, found.places["seal-picture"]).text_lines
    assert found.covering == ()


def test_a_seal_never_covers_a_signature_field(tmp_path: Path) -> None:
    field = "/Annots [<< /Type /Annot /Subtype /Widget /FT /Sig /T (S) /Rect [60 300 500 700] >>]"
    path = plain(tmp_path / "field.pdf", [(f"{A4} {field}", "")])
    found = laid(path, SIGNATURE, SEAL, wish=Wish(page=1, left_mm=60, top_mm=100))
    assert found.chosen["seal-picture"] == "free"


def test_a_seal_off_the_page_leaves_it_to_the_next_preference(tmp_path: Path) -> None:
    path = plain(tmp_path / "blank.pdf", [(A4, "")])
    found = laid(path, SIGNATURE, SEAL, wish=Wish(page=1, left_mm=2, top_mm=100))
    assert found.chosen["seal-picture"] == "free"


def test_the_seal_goes_to_the_page_of_the_signature(tmp_path: Path) -> None:
    path = plain(tmp_path / "pages.pdf", [(A4, "")] * 3)
    found = laid(path, SEAL, SIGNATURE, wish=Wish(page=2))
    assert {place.page for place in found.places.values()} == {2}


def test_pieces_that_wait_for_each_other_end_somewhere(tmp_path: Path) -> None:
    path = plain(tmp_path / "blank.pdf", [(A4, "")])
    one = Asked("one", 30, 30, "any", ("beside:other", "free"), main=True)
    found = laid(path, one, Asked("other", 30, 30, "any", ("beside:one", "free")))
    assert found.chosen == {"one": "free", "other": "beside:one"}
