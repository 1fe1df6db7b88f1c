"""The mark stands upright and in its true size where the page is seen, however the page is turned, cut or scaled."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from pyhanko.pdf_utils.reader import PdfFileReader

from tests.signing.pdf import files
from tests.signing.pdf.support import field, issued, told
from verifier.signing.records import MM_PER_POINT, Place

DOTS = 2.0
"""Pixels to a millimetre."""
PLACE = Place(1, 20, 30, 60, 30)
PAGES = {
    "upright": b"/MediaBox [0 0 595 842]",
    "turned-90": b"/MediaBox [0 0 595 842] /Rotate 90",
    "turned-180": b"/MediaBox [0 0 595 842] /Rotate 180",
    "turned-270": b"/MediaBox [0 0 595 842] /Rotate 270",
    "turned-minus-90": b"/MediaBox [0 0 595 842] /Rotate -90",
    "cut": b"/MediaBox [0 0 800 900] /CropBox [100 50 600 750]",
    "cut-and-turned": b"/MediaBox [0 0 800 900] /CropBox [100 50 600 750] /Rotate 90",
    "off-origin": b"/MediaBox [-300 -400 295 442]",
    "corners-swapped": b"/MediaBox [595 842 0 0]",
    "cut-beyond-the-page": b"/MediaBox [0 0 595 842] /CropBox [-50 -50 900 900] /Rotate 270",
}


def seen(data: bytes) -> Any:
    """The pixels of the first page as viewers draw it."""
    document = pypdfium2.PdfDocument(data)
    document.init_forms()
    page = document[0]
    picture = page.render(scale=DOTS * MM_PER_POINT, rev_byteorder=True)
    pixels = picture.to_numpy()[:, :, :3].astype(int)
    page.close()
    document.close()
    return pixels


def bounds(pixels: Any, *colour: bool) -> list[float]:
    """Left, top, right, bottom of what has this colour (red, green, blue there or not), millimetres."""
    found = (pixels > 128) == colour
    rows, columns = found.all(axis=2).any(axis=1).nonzero()[0], found.all(axis=2).any(axis=0).nonzero()[0]
    return [each / DOTS for each in (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)]


@pytest.mark.parametrize("page", PAGES)
def test_a_mark_stands_where_it_was_placed(page: str, tmp_path: Path) -> None:
    made = issued(files.with_table(files.objects(PAGES[page])), tmp_path, field(place=PLACE))
    pixels = seen(made)
    assert bounds(pixels, True, False, False) == pytest.approx([20, 30, 80, 60], abs=1)
    # its blue corner is at the top left
    assert bounds(pixels, False, False, True) == pytest.approx([20, 30, 40, 40], abs=1)
    assert told(made) == [("Mark", "TOTAL_PASSED", "none")]


@pytest.mark.parametrize(
    ("turned", "rectangle"), [(0, (20, 255, 80, 285)), (90, (30, 20, 60, 80)), (180, (530, 30, 590, 60))]
)
def test_a_page_with_larger_units_has_the_mark_in_true_size(
    turned: int, rectangle: tuple[int, ...], tmp_path: Path
) -> None:
    unit = 72 / 25.4  # one unit of user space is a millimetre
    page = b"/MediaBox [0 0 610 315] /UserUnit %.6f /Rotate %d" % (unit, turned)
    (one,) = PdfFileReader(
        BytesIO(issued(files.with_table(files.objects(page)), tmp_path, field(place=PLACE)))
    ).embedded_signatures
    assert [float(each) for each in one.sig_field["/Rect"]] == pytest.approx(rectangle, abs=0.01)
