"""Pages (ISO 32000-2 7.7.3): how many, and on which one a widget shows."""

from __future__ import annotations

from typing import Any

from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject, IndirectObject

from verifier.pades.engine import Opened
from verifier.pades.fields import FilledField, entry
from verifier.verdict import Widget

_DEEPEST_TREE = 50
"""Levels of a page tree that are climbed; a balanced tree of a million pages has 7."""
_MAX_SIBLINGS = 10_000
_MAX_COUNT = 1_000_000


def count_pages(opened: Opened) -> int:
    """Return the number of pages that the page tree declares; 0 where it declares none or nonsense."""
    count = opened.guarded(lambda: entry(opened.reader.root["/Pages"], "/Count", 0), 0)
    return int(count) if isinstance(count, int) and 0 < count <= _MAX_COUNT else 0


def widget_of(opened: Opened, field: FilledField) -> Widget | None:
    """Return where a field shows, None where it is invisible or its page cannot be told."""
    if field.widget is None:
        return None
    widget = field.widget
    return opened.guarded(lambda: _widget(opened, widget), None)


def _widget(opened: Opened, widget: DictionaryObject) -> Widget | None:
    box = [float(number) for number in widget["/Rect"]]
    if len(box) != 4:
        return None
    left, right = sorted((box[0], box[2]))
    bottom, top = sorted((box[1], box[3]))
    if left == right or bottom == top or "/P" not in widget:
        return None
    page = _page_number(widget.raw_get("/P"))
    return Widget(page, (left, bottom, right, top)) if page and page <= max(1, count_pages(opened)) else None


def _page_number(raw: Any) -> int:
    """Climb from a page to the root and count what comes before it; 0 where the tree does not hold it."""
    if not isinstance(raw, IndirectObject):
        return 0
    before = 0
    for _ in range(_DEEPEST_TREE):
        node = raw.get_object()
        if "/Parent" not in node:
            return before + 1
        parent_raw = node.raw_get("/Parent")
        parent = parent_raw.get_object()
        kids = parent["/Kids"]
        if not isinstance(kids, ArrayObject) or len(kids) > _MAX_SIBLINGS:
            return 0
        position = next((n for n in range(len(kids)) if kids.raw_get(n) == raw), None)
        if position is None:
            return 0
        before += _pages_in(kids, position, parent)
        raw = parent_raw
    return 0


def _pages_in(kids: ArrayObject, position: int, parent: DictionaryObject) -> int:
    """Return how many pages the first `position` kids hold; all are pages where there are as many as kids."""
    if entry(parent, "/Count") == len(kids):
        return position
    return sum(int(entry(kids[n], "/Count", 1)) for n in range(position))
