"""Draws pages of hostile PDFs with PDFium, in a worker: the file itself never reaches a browser."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pypdfium2
from PIL import Image
from pypdfium2.raw import FPDF_ERR_PASSWORD

from verifier.errors import CouldNotJudge

MAX_PIXELS = 8_000_000
"""Largest picture: an A4 page 2400 pixels wide."""
MAX_PAGES = 5000
"""Pages whose size is told."""
WEBP_QUALITY = 80
WEBP_METHOD = 2
"""How hard to try to make it small, from 0 to 6: speed counts more here."""
WEBP_SIDE = 16383
"""Longest side that WebP knows, in pixels."""


class PageBox(NamedTuple):
    """The visible part (crop box) of one page, in points of the unrotated page, and how it is turned."""

    left: float
    bottom: float
    right: float
    top: float
    rotation: int
    """Degrees clockwise: 0, 90, 180 or 270."""


def page_boxes(path: Path, passwords: Sequence[str] = ()) -> tuple[PageBox, ...]:
    """Return the box of every page, at most `MAX_PAGES`. CouldNotJudge: pdf-unreadable, pdf-encrypted."""
    with _opened(path, passwords) as document:
        return tuple(_box(document, index) for index in range(min(len(document), MAX_PAGES)))


def render_page(path: Path, page: int, width_px: int, passwords: Sequence[str] = ()) -> bytes:
    """Return a page, counted from 1, as WebP at most `width_px` wide, with annotations and form fields.

    CouldNotJudge: pdf-unreadable, pdf-encrypted, `not-found` where there is no such page.
    """
    with _opened(path, passwords) as document:
        if not 1 <= page <= len(document):
            raise CouldNotJudge("not-found", f"the document has {len(document)} pages")
        document.init_forms()
        try:
            image = _drawn(document[page - 1], width_px)
        except (pypdfium2.PdfiumError, ValueError) as error:
            raise _unreadable(error) from None
    out = io.BytesIO()
    image.save(out, "WEBP", quality=WEBP_QUALITY, method=WEBP_METHOD)
    return out.getvalue()


def _drawn(page: Any, width_px: int) -> Image.Image:
    width, height = page.get_size()
    if not (math.isfinite(width) and math.isfinite(height) and width > 0 and height > 0):
        raise ValueError("the page has no size")
    scale = min(width_px / width, math.sqrt(MAX_PIXELS / (width * height)), WEBP_SIDE / (max(width, height) + 1))
    if min(width, height) * scale < 1:
        raise ValueError("the page is a line")
    image: Image.Image = page.render(scale=scale).to_pil()
    return image.convert("RGB")


def _box(document: Any, index: int) -> PageBox:
    try:
        page = document[index]
        left, bottom, right, top = page.get_cropbox()
        rotation = page.get_rotation()
    except pypdfium2.PdfiumError:
        return PageBox(0, 0, 0, 0, 0)
    if not all(map(math.isfinite, (left, bottom, right, top))):
        return PageBox(0, 0, 0, 0, 0)
    return PageBox(min(left, right), min(bottom, top), max(left, right), max(bottom, top), rotation)


@contextmanager
def _opened(path: Path, passwords: Sequence[str]) -> Iterator[Any]:
    document = _open(path, ("", *passwords))
    try:
        yield document
    finally:
        document.close()


def _open(path: Path, passwords: Sequence[str]) -> Any:
    """Open with the first password that fits."""
    for password in passwords:
        try:
            return pypdfium2.PdfDocument(path, password=password or None)
        except FileNotFoundError:
            raise CouldNotJudge("file-missing", "the file is gone") from None
        except pypdfium2.PdfiumError as error:
            if error.err_code != FPDF_ERR_PASSWORD:
                raise _unreadable(error) from None
    raise CouldNotJudge("pdf-encrypted", "the pages cannot be shown without the password")


def _unreadable(error: Exception) -> CouldNotJudge:
    return CouldNotJudge("pdf-unreadable", f"the page cannot be drawn: {error}")
