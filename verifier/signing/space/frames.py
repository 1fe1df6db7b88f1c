"""Frames of pages from their dictionaries: PDFium does not tell /UserUnit, and where readers differ nothing is put."""

from __future__ import annotations

from typing import Any, BinaryIO

from pyhanko.pdf_utils.generic import DictionaryObject
from pyhanko.pdf_utils.reader import PdfFileReader

from verifier.errors import CouldNotIssue, fault_of
from verifier.signing.space.geometry import Frame

_DEEPEST_TREE = 50
"""Levels of a page tree that are climbed."""


def frame_of(page: DictionaryObject) -> Frame:
    """Return the frame of a page from its dictionary, with what it inherits; for those who write into it."""
    return Frame.of(
        _box(page, "/MediaBox"), _box(page, "/CropBox"), _number(_inherited(page, "/Rotate"), 0), _unit(page)
    )


class Frames:
    """The frames of the pages of a file, which is read once."""

    def __init__(self, handle: BinaryIO) -> None:
        self._handle = handle
        self._tree: Any = None

    def of(self, index: int) -> Frame:
        """Return the frame of a page, counted from 0; CouldNotIssue `pdf-unreadable`."""
        found: list[Frame] = []
        fault = fault_of(lambda: found.append(self._read(index)))
        if isinstance(fault, MemoryError):
            raise fault
        if fault is not None:
            raise CouldNotIssue("pdf-unreadable", f"the page tree cannot be read: {type(fault).__name__}")
        return found[0]

    def _read(self, index: int) -> Frame:
        if self._tree is None:
            reader = PdfFileReader(self._handle, strict=False)
            if reader.encrypted:
                reader.decrypt(b"")
            self._tree = reader.root["/Pages"]
        return frame_of(_page(self._tree, index))


def _page(node: Any, index: int) -> DictionaryObject:
    """Go down the page tree by its counts."""
    for _ in range(_DEEPEST_TREE):
        if "/Kids" not in node:
            return node
        node, index = _kid(node["/Kids"], int(node.get("/Count", 0)), index)
    raise ValueError("the page tree is too deep")


def _kid(kids: Any, count: int, index: int) -> tuple[Any, int]:
    """The kid that holds a page, and the number of the page in it; all kids are pages where there are as many."""
    if count == len(kids):
        return kids[index], 0
    for position in range(len(kids)):
        kid = kids[position]  # iteration would give references
        held = int(kid.get("/Count", 1)) if "/Kids" in kid else 1
        if index < held:
            return kid, index
        index -= held
    raise ValueError("the page tree does not hold the page")


def _inherited(page: Any, key: str) -> Any:
    for _ in range(_DEEPEST_TREE):
        if key in page:
            return page[key]
        if "/Parent" not in page:
            return None
        page = page["/Parent"]
    return None


def _box(page: Any, key: str) -> tuple[float, ...] | None:
    found = _inherited(page, key)
    try:
        return None if found is None else tuple(float(number) for number in found)
    except (TypeError, ValueError):
        return None


def _unit(page: Any) -> float:
    return Frame.of(None, None, unit=_number(page.get("/UserUnit"), 1)).unit


def _number(value: Any, otherwise: float) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return otherwise
