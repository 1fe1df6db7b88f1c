"""A drawing as a form XObject (ISO 32000-2 8.10): the page that typst drew, with its fonts, taken over as vectors."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject, IndirectObject, PdfObject, StreamObject
from pyhanko.pdf_utils.reader import PdfFileReader

from verifier.signing.pdf.pages import Page
from verifier.signing.pdf.syntax import array, dictionary, is_null, plain
from verifier.signing.pdf.update import Update, raw
from verifier.signing.records import Drawing

NOT_DRAWN = frozenset({"/StructParent", "/StructParents", "/Metadata", "/PieceInfo", "/LastModified"})
"""Entries that lead back into the drawing's own document, or say nothing of what is drawn."""


_MARKED = re.compile(rb"(<<[^<>]*?)/MCID\s+\d+([^<>]*>>\s*BDC\b)")
"""A piece of content that is an element of the drawing's own structure (ISO 32000-2 14.7.5.1)."""


class DrawingError(ValueError):
    """A drawing is not one page with content."""


def form_of(update: Update, drawing: Drawing, page: Page, room: tuple[float, float] | None = None) -> IndirectObject:
    """Write a drawing as a form XObject that stands upright on a page as it is seen.

    With `room`, a width and height as seen, the form is as wide or as high as that is in proportion, and the drawing
    in the middle of it.
    """
    source = PdfFileReader(BytesIO(drawing.pdf))
    node = source.root["/Pages"]
    while "/Kids" in node:
        if len(node["/Kids"]) != 1:
            raise DrawingError("a drawing of more than one page")
        node = node["/Kids"][0]
    box = [float(each) for each in node["/MediaBox"]]
    if room is not None:
        box = _widened(box, room[0] / room[1])
    matrix = page.upright(box[2] - box[0], box[3] - box[1])
    importer = _Importer(update)
    form = StreamObject(
        dictionary(
            Type="/XObject",
            Subtype="/Form",
            FormType=1,
            BBox=array(box),
            Matrix=array(matrix),
            Resources=importer.taken(node["/Resources"]) if "/Resources" in node else DictionaryObject(),
            Group=importer.taken(node["/Group"]) if "/Group" in node else None,
        ),
        stream_data=_content(node),
    )
    form.compress()
    return update.add(form)


def _widened(box: list[float], proportion: float) -> list[float]:
    """Return a box of this proportion, width to height, around another."""
    width, height = box[2] - box[0], box[3] - box[1]
    beside, above = max(0.0, height * proportion - width) / 2, max(0.0, width / proportion - height) / 2
    return [box[0] - beside, box[1] - above, box[2] + beside, box[3] + above]


def _content(node: DictionaryObject) -> bytes:
    content = node["/Contents"]
    parts = list(content) if isinstance(content, ArrayObject) else [content]
    joined = b"\n".join(part.data for part in parts)
    return _MARKED.sub(rb"\1\2", joined)  # else readers take the marks for elements of the page


class _Importer:
    """Copies objects of another file, each indirect one once."""

    def __init__(self, update: Update) -> None:
        self._update = update
        self._known: dict[tuple[int, int], IndirectObject] = {}

    def taken(self, value: Any) -> PdfObject:
        """Return `value` as an object of the file that is written."""
        if isinstance(value, IndirectObject):
            return self._indirect(value)
        if isinstance(value, StreamObject):
            return StreamObject(self._entries(value), encoded_data=value.encoded_data)
        if isinstance(value, DictionaryObject):
            return self._entries(value)
        if isinstance(value, ArrayObject):
            return ArrayObject([self.taken(each) for each in list.__iter__(value)])
        return plain(value)

    def _entries(self, value: DictionaryObject) -> DictionaryObject:
        kept = {key: raw(value, key) for key in value if key not in NOT_DRAWN}
        return DictionaryObject({key: self.taken(each) for key, each in kept.items() if not is_null(each)})

    def _indirect(self, value: IndirectObject) -> IndirectObject:
        key = (value.idnum, value.generation)
        if key not in self._known:
            self._known[key] = self._update.reserve()
            self._update.put(self._known[key], self.taken(value.get_object()))
        return self._known[key]
