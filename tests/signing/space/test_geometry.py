from __future__ import annotations

import math
from pathlib import Path

import pytest
from pyhanko.pdf_utils.reader import PdfFileReader

from tests.signing.space.documents import file_of, plain
from verifier.errors import CouldNotIssue
from verifier.signing.pdf.opening import attempted
from verifier.signing.pdf.pages import page as page_of
from verifier.signing.records import Place
from verifier.signing.space.frames import frame_of
from verifier.signing.space.geometry import Frame
from verifier.signing.space.layout import covering
from verifier.signing.space.pages import opened

BOXES = (
    "/MediaBox [0 0 400 600]",
    "/MediaBox [0 0 400 600] /Rotate 90",
    "/MediaBox [0 0 400 600] /Rotate 180",
    "/MediaBox [0 0 400 600] /Rotate -90",
    "/MediaBox [0 0 400 600] /CropBox [50 100 390 900] /Rotate 270",
    "/MediaBox [-100 -50 400 600] /Rotate 450",
    "/MediaBox [0 0 200 300] /UserUnit 2",
    "/MediaBox [0 0 200 300] /UserUnit 2 /Rotate 90",
    "/MediaBox [400 600 0 0]",
    "/MediaBox [0 0 400 600] /Rotate 45",
    "/MediaBox [0 0 400 600] /CropBox [100 100 100 100]",
    "/MediaBox [0 0 400 600] /UserUnit -3",
    "/MediaBox [0 0 0 0]",
    "/MediaBox [0 0 400]",
    "",
)


def frame(path: Path) -> Frame:
    with path.open("rb") as handle:
        return frame_of(PdfFileReader(handle, strict=False).root["/Pages"]["/Kids"][0])


@pytest.mark.parametrize("boxes", BOXES)
def test_what_is_written_at_a_place_is_seen_there(tmp_path: Path, boxes: str) -> None:
    place = Place(1, 20, 30, 40, 25)
    left, bottom, right, top = frame(plain(tmp_path / "blank.pdf", [(boxes, "")])).rect(place)
    content = f"0 0 1 rg {left} {bottom} {right - left} {top - bottom} re f"
    written = plain(tmp_path / "drawn.pdf", [(boxes, content)])
    assert covering(written, Place(1, 20.3, 30.3, 39.4, 24.4)).ink == 1
    around = (
        Place(1, 20, 25, 40, 4.5),
        Place(1, 20, 55.5, 40, 5),
        Place(1, 15, 30, 4.5, 25),
        Place(1, 60.5, 30, 5, 25),
    )
    assert [covering(written, one).ink for one in around] == [0, 0, 0, 0]


@pytest.mark.parametrize("boxes", BOXES)
def test_a_writer_and_the_drawn_page_agree_on_the_frame(tmp_path: Path, boxes: str) -> None:
    path = plain(tmp_path / "page.pdf", [(boxes, "")])
    with opened(path) as document:
        assert document.seen(1).frame == frame(path)


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_there_and_back(rotation: int) -> None:
    one, place = Frame((10, 20, 300, 500), rotation, 1.5), Place(3, 12, 34, 56, 78)
    back = one.place(one.rect(place), 3)
    found = (back.left_mm, back.top_mm, back.width_mm, back.height_mm)
    assert back.page == 3
    assert all(math.isclose(a, b) for a, b in zip(found, (12, 34, 56, 78), strict=True))


def test_a_turned_page_is_as_wide_as_it_was_high() -> None:
    upright, turned = Frame((0, 0, 72, 144)), Frame((0, 0, 72, 144), 90)
    assert (upright.width_mm, upright.height_mm) == pytest.approx((25.4, 50.8))
    assert (turned.width_mm, turned.height_mm) == pytest.approx((50.8, 25.4))


def test_what_a_page_inherits_counts(tmp_path: Path) -> None:
    path = plain(tmp_path / "page.pdf", [("", "")], tree="/Rotate 90 /MediaBox [0 0 72 144]")
    with opened(path) as document:
        assert frame(path) == document.seen(1).frame == Frame((0, 0, 72, 144), 90)


@pytest.mark.parametrize("boxes", BOXES)
def test_what_writes_the_mark_puts_it_where_it_was_laid_out(tmp_path: Path, boxes: str) -> None:
    path, place = plain(tmp_path / "page.pdf", [(boxes, "")]), Place(1, 20, 30, 40, 25)
    there = attempted(path.read_bytes(), lambda update: page_of(update, 1))
    assert there is not None
    assert there.rectangle(place) == pytest.approx(frame(path).rect(place))


@pytest.mark.parametrize(
    "entries",
    [
        "/MediaBox [0 0 400 600] /Rotate 100",
        "/MediaBox [0 0 400 600] /Rotate 90.5",
        "/MediaBox [0 0 400 600] /CropBox [300 900 400 1000]",
        "/MediaBox [0 0 400 (600)]",
    ],
)
def test_a_page_that_readers_see_differently_is_left_alone(tmp_path: Path, entries: str) -> None:
    path = plain(tmp_path / "page.pdf", [(entries, "")])
    with pytest.raises(CouldNotIssue) as caught:
        covering(path, Place(1, 20, 30, 40, 25))
    assert caught.value.problem.code == "pdf-unreadable"


def test_pages_are_found_in_a_tree_of_several_levels(tmp_path: Path) -> None:
    bodies = {
        1: "<< /Type /Catalog /Pages 2 0 R >>",
        2: "<< /Type /Pages /Kids [3 0 R 6 0 R] /Count 3 /MediaBox [0 0 100 100] >>",
        3: "<< /Type /Pages /Parent 2 0 R /Kids [4 0 R 5 0 R] /Count 2 >>",
        4: "<< /Type /Page /Parent 3 0 R /UserUnit 1 >>",
        5: "<< /Type /Page /Parent 3 0 R /UserUnit 2 >>",
        6: "<< /Type /Page /Parent 2 0 R /UserUnit 3 >>",
    }
    path = tmp_path / "tree.pdf"
    path.write_bytes(file_of(bodies))
    with opened(path) as document:
        assert [document.seen(number).frame.unit for number in (1, 2, 3)] == [1, 2, 3]
