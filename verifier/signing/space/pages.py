"""A page as a person sees it, drawn by PDFium: its ink, and the pictures, fields and notes that lie on it."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pypdfium2
from pypdfium2 import raw

from verifier.errors import CouldNotIssue
from verifier.signing.records import MM_PER_POINT, Place
from verifier.signing.space.frames import Frames
from verifier.signing.space.geometry import Frame, Rect
from verifier.signing.space.ink import Colour, Mask, Picture, background_of, ink_of
from verifier.signing.space.text import Text

PIXELS_PER_MM = 4.0
"""Drawn at about 100 dpi: the dot of an i in 8 point is 2 pixels."""
FINE_PIXELS_PER_MM = 3.0
"""A page drawn with fewer is looked at again wherever something is to be put."""
MAX_PIXELS = 6_000_000
"""Largest drawing: three sheets A4, or a poster of 2 × 2 m at 31 dpi."""
MOST_OBJECTS = 20_000
"""Objects of a page that are looked at for images."""
SAME_UNITS = 0.05
"""Units of user space by which two readings of a box may differ."""
SCAN_SHARE = 0.5
"""Share of a page's area that images fill where it is a scan."""
DEEPEST_FORM = 4
"""Levels of nested forms that are looked at for images."""
UNSEEN_NOTES = frozenset(
    (raw.FPDF_ANNOT_POPUP, raw.FPDF_ANNOT_PRINTERMARK, raw.FPDF_ANNOT_TRAPNET, raw.FPDF_ANNOT_WATERMARK)
)
"""Kinds of annotations whose rectangle is not theirs alone; what is drawn of them is ink like any other."""


@dataclass(frozen=True)
class Seen:
    """A page that was drawn and looked at. Rectangles are places on it."""

    number: int
    """Counted from 1."""
    pages: int
    """Of the document."""
    frame: Frame
    ink: Mask
    pictures: tuple[Place, ...]
    """But not those of a scan."""
    fields: tuple[Place, ...]
    notes: tuple[Place, ...]
    background: Colour
    scanned: bool
    """Most of it is an image."""

    @property
    def coarse(self) -> bool:
        """Whether it is so large that small print may have been overlooked."""
        return bool(self.ink.shape[1] < FINE_PIXELS_PER_MM * self.width_mm)

    @property
    def width_mm(self) -> float:
        """Width as seen."""
        return self.frame.width_mm

    @property
    def height_mm(self) -> float:
        """Height as seen."""
        return self.frame.height_mm

    @cached_property
    def taken(self) -> Mask:
        """Where nothing may be put: ink, and rectangles of pictures, fields and notes."""
        mask = self.ink.copy()
        for place in (*self.pictures, *self.fields, *self.notes):
            mask[self.pixels(place)] = True
        return mask

    def pixels(self, place: Place, around_mm: float = 0.0) -> tuple[slice, slice]:
        """Return rows and columns that a place touches, with so much around it."""
        height, width = self.ink.shape
        down, across = height / self.height_mm, width / self.width_mm
        top, left = place.top_mm - around_mm, place.left_mm - around_mm
        bottom, right = place.top_mm + place.height_mm + around_mm, place.left_mm + place.width_mm + around_mm
        return _cells(top * down, bottom * down, height), _cells(left * across, right * across, width)


class Document:
    """An open document; use `opened`."""

    def __init__(self, inner: Any, frames: Frames) -> None:
        self._inner, self._frames = inner, frames
        self.pages: int = len(inner)
        self._loaded: dict[int, Any] = {}
        self._seen: dict[int, Seen] = {}
        self._texts: dict[int, Text] = {}

    def size_mm(self, number: int) -> tuple[float, float]:
        """Return width and height of a page as seen. CouldNotIssue `page-missing`, `pdf-unreadable`."""
        frame = self._frame(self._page(number), number)
        return frame.width_mm, frame.height_mm

    def seen(self, number: int) -> Seen:
        """Return a page, counted from 1; drawn once. CouldNotIssue `page-missing`, `pdf-unreadable`."""
        if number not in self._seen:
            self._seen[number] = self._look(number)
        return self._seen[number]

    def under(self, place: Place) -> Mask:
        """Return the ink under a place on its page; finely drawn on large pages too."""
        seen = self.seen(place.page)
        if not seen.coarse:
            return seen.ink[seen.pixels(place)]
        closely = _drawn_closely(self._page(place.page), seen.frame, place)
        return ink_of(closely, seen.background, scanned=seen.scanned)

    def text(self, number: int) -> Text:
        """Return the text of a page."""
        if number not in self._texts:
            try:
                inner = self._page(number).get_textpage()
            except pypdfium2.PdfiumError as error:
                raise _unreadable(error) from None
            self._texts[number] = Text(inner, self.seen(number).frame, number)
        return self._texts[number]

    def _look(self, number: int) -> Seen:
        page = self._page(number)
        frame = self._frame(page, number)
        images = [frame.place(box, number) for box in _images(page)]
        area = frame.width_mm * frame.height_mm
        scanned = sum(_area_within(one, frame) for one in images) >= SCAN_SHARE * area
        drawn = _drawn(page, frame)
        background = background_of(drawn)
        ink = ink_of(drawn, background, scanned=scanned)
        fields, notes = _notes(page, frame, number)
        pictures = () if scanned else tuple(images)
        return Seen(number, self.pages, frame, ink, pictures, fields, notes, background, scanned)

    def _page(self, number: int) -> Any:
        if not 1 <= number <= self.pages:
            raise CouldNotIssue(
                "page-missing", f"the document has {self.pages} pages", page=str(number), pages=str(self.pages)
            )
        if number not in self._loaded:
            try:
                self._loaded[number] = self._inner[number - 1]
            except pypdfium2.PdfiumError as error:
                raise _unreadable(error) from None
        return self._loaded[number]

    def _frame(self, page: Any, number: int) -> Frame:
        """The frame on which PDFium and the page's dictionary agree: what is drawn is what will be written on."""
        try:
            drawn, rotation = _box(page), page.get_rotation()
        except pypdfium2.PdfiumError as error:
            raise _unreadable(error) from None
        frame = self._frames.of(number - 1)
        same = all(abs(one - other) < SAME_UNITS for one, other in zip(frame.box, drawn, strict=True))
        if not same or frame.rotation != rotation or not (frame.width_mm > 0 and frame.height_mm > 0):
            raise CouldNotIssue("pdf-unreadable", f"page {number} has no size, or one on which readers differ")
        return frame


@contextmanager
def opened(path: Path) -> Iterator[Document]:
    """Open a document. CouldNotIssue: `pdf-unreadable`, `pdf-encrypted`."""
    try:
        inner = pypdfium2.PdfDocument(path)
    except FileNotFoundError:
        raise CouldNotIssue("pdf-unreadable", "the file is gone") from None
    except pypdfium2.PdfiumError as error:
        if error.err_code == raw.FPDF_ERR_PASSWORD:
            raise CouldNotIssue("pdf-encrypted", "the pages cannot be seen without the password") from None
        raise _unreadable(error) from None
    with closing(inner), path.open("rb") as handle:
        inner.init_forms()
        yield Document(inner, Frames(handle))


def _drawn(page: Any, frame: Frame) -> Picture:
    """Draw a page with annotations and form fields: rows × columns × 3."""
    width, height = page.get_size()
    scale = PIXELS_PER_MM * MM_PER_POINT * frame.unit
    scale = min(scale, math.sqrt(MAX_PIXELS / (width * height)), MAX_PIXELS / max(width, height))
    return _picture(page, scale, (0, 0, 0, 0))


def _drawn_closely(page: Any, frame: Frame, place: Place) -> Picture:
    """Draw a part of a page alone."""
    unit = frame.unit * MM_PER_POINT
    scale = min(PIXELS_PER_MM * unit, unit * math.sqrt(MAX_PIXELS / (place.width_mm * place.height_mm)))
    left, top = place.left_mm, place.top_mm
    right, bottom = frame.width_mm - left - place.width_mm, frame.height_mm - top - place.height_mm
    return _picture(page, scale, tuple(max(0.0, side / unit) for side in (left, bottom, right, top)))


def _picture(page: Any, scale: float, crop: tuple[float, ...]) -> Picture:
    try:
        picture: Picture = page.render(scale=scale, crop=crop).to_numpy()
    except (pypdfium2.PdfiumError, ValueError) as error:
        raise _unreadable(error) from None
    return picture[:, :, :3]


def _box(page: Any) -> Rect:
    left, bottom, right, top = page.get_bbox()
    return left, bottom, right, top


def _images(page: Any) -> Iterator[Rect]:
    """Boxes of the images of a page, those in forms too."""
    try:
        for count, found in enumerate(page.get_objects(max_depth=DEEPEST_FORM)):
            if count >= MOST_OBJECTS:
                return
            if found.type == raw.FPDF_PAGEOBJ_IMAGE:
                yield _outer(found)
    except pypdfium2.PdfiumError as error:
        raise _unreadable(error) from None


def _outer(found: Any) -> Rect:
    """The bounds of an object in user space: those of what is in a form are the form's."""
    left, bottom, right, top = found.get_bounds()
    points = [(left, bottom), (left, top), (right, bottom), (right, top)]
    while (found := found.container) is not None:
        matrix = found.get_matrix()
        points = [matrix.on_point(x, y) for x, y in points]
    across, up = [x for x, _ in points], [y for _, y in points]
    return min(across), min(up), max(across), max(up)


def _notes(page: Any, frame: Frame, number: int) -> tuple[tuple[Place, ...], tuple[Place, ...]]:
    """Fields and other annotations with an area, visible or not."""
    fields: list[Place] = []
    notes: list[Place] = []
    for index in range(raw.FPDFPage_GetAnnotCount(page)):
        note = raw.FPDFPage_GetAnnot(page, index)
        if not note:
            continue
        kind, box = raw.FPDFAnnot_GetSubtype(note), raw.FS_RECTF()
        told = raw.FPDFAnnot_GetRect(note, ctypes.byref(box))
        raw.FPDFPage_CloseAnnot(note)
        place = frame.place((box.left, box.bottom, box.right, box.top), number)
        if told and kind not in UNSEEN_NOTES and place.width_mm > 0 and place.height_mm > 0:
            (fields if kind == raw.FPDF_ANNOT_WIDGET else notes).append(place)
    return tuple(fields), tuple(notes)


def _area_within(place: Place, frame: Frame) -> float:
    """Area in mm² of the part of a place that is on the page."""
    width = min(place.left_mm + place.width_mm, frame.width_mm) - max(place.left_mm, 0.0)
    height = min(place.top_mm + place.height_mm, frame.height_mm) - max(place.top_mm, 0.0)
    return max(0.0, width) * max(0.0, height)


def _cells(start: float, end: float, count: int) -> slice:
    """The cells that a stretch touches; a hair's breadth over an edge is no touch."""
    first = min(max(math.floor(start + 1e-6), 0), count)
    return slice(first, max(first, min(math.ceil(end - 1e-6), count)))


def _unreadable(error: Exception) -> CouldNotIssue:
    return CouldNotIssue("pdf-unreadable", f"the page cannot be drawn: {error}")
