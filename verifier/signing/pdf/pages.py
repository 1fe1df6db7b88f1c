"""Pages with what they inherit, and places on them: from millimetres as seen to user space (ISO 32000-2 8.3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject, IndirectObject

from verifier.signing.pdf.syntax import reference_of
from verifier.signing.pdf.update import Update, raw
from verifier.signing.records import MM_PER_POINT, Place

INHERITED = ("/MediaBox", "/CropBox", "/Rotate")
"""Entries that a node of the page tree hands down (7.7.3.4) and that matter here."""

LETTER = (0.0, 0.0, 612.0, 792.0)
"""What viewers take where no usable media box is given, points."""

DEEPEST_TREE = 50
"""Levels of the page tree; a balanced one of a million pages has 7."""

MAX_NODES = 100_000
"""Nodes of the page tree that are read."""

Box = tuple[float, float, float, float]
"""Left, bottom, right, top in default user space."""


class PageTreeError(ValueError):
    """The page tree cannot be followed."""


@dataclass(frozen=True)
class Page:
    """One page."""

    where: IndirectObject | None
    """None for a page that stands directly in the tree: it cannot be changed by itself."""
    dictionary: DictionaryObject
    box: Box
    """The crop box within the media box: what is seen."""
    turned: int
    """/Rotate: 0, 90, 180 or 270 degrees clockwise."""
    unit: float
    """/UserUnit: points to a unit of user space."""

    @property
    def size_mm(self) -> tuple[float, float]:
        """Width and height as seen, millimetres."""
        scale = MM_PER_POINT * self.unit
        sides = ((self.box[2] - self.box[0]) * scale, (self.box[3] - self.box[1]) * scale)
        return (sides[1], sides[0]) if self.turned in (90, 270) else sides

    def rectangle(self, place: Place) -> Box:
        """Return where a place stands in default user space."""
        left, bottom, right, top = self.box
        scale = 1 / (MM_PER_POINT * self.unit)
        x, y = (
            (place.left_mm * scale, (place.left_mm + place.width_mm) * scale),
            (
                place.top_mm * scale,
                (place.top_mm + place.height_mm) * scale,
            ),
        )
        if self.turned == 90:
            return (left + y[0], bottom + x[0], left + y[1], bottom + x[1])
        if self.turned == 180:
            return (right - x[1], bottom + y[0], right - x[0], bottom + y[1])
        if self.turned == 270:
            return (right - y[1], top - x[1], right - y[0], top - x[0])
        return (left + x[0], top - y[1], left + x[1], top - y[0])

    def upright(self, width: float, height: float) -> tuple[float, ...]:
        """Return the matrix that makes a picture of this size stand upright as seen, its lower left corner at 0, 0."""
        if self.turned == 90:
            return (0, 1, -1, 0, height, 0)
        if self.turned == 180:
            return (-1, 0, 0, -1, width, height)
        if self.turned == 270:
            return (0, -1, 1, 0, 0, width)
        return (1, 0, 0, 1, 0, 0)


def pages(update: Update) -> Iterator[Page]:
    """Yield the pages in order; raises PageTreeError where the tree runs in circles or holds nonsense."""
    seen: set[object] = set()
    yield from _below(update, raw(update.root, "/Pages"), {}, seen, 0)


def page(update: Update, number: int) -> Page | None:
    """Return the page with a number, from 1; None where there is none."""
    return next((one for count, one in enumerate(pages(update), start=1) if count == number), None)


def _below(update: Update, value: Any, above: dict[str, Any], seen: set[object], depth: int) -> Iterator[Page]:
    node = update.read(value)
    where = reference_of(value)
    if not isinstance(node, DictionaryObject):
        raise PageTreeError("a node of the page tree is no dictionary")
    if depth > DEEPEST_TREE or len(seen) > MAX_NODES or (where is not None and where in seen):
        raise PageTreeError("the page tree runs in a circle, or is too large")
    seen.add(where or id(node))
    handed = above | {key: update.entry(node, key) for key in INHERITED if key in node}
    kids = update.entry(node, "/Kids")
    if kids is None:
        yield _page(update, value, node, handed)
        return
    if not isinstance(kids, ArrayObject):
        raise PageTreeError("the kids of a node of the page tree are no array")
    for kid in list.__iter__(kids):
        if update.read(kid) is not None:
            yield from _below(update, kid, handed, seen, depth + 1)


def _page(update: Update, value: Any, node: DictionaryObject, handed: dict[str, Any]) -> Page:
    media = _box(update, handed.get("/MediaBox")) or LETTER
    crop = _box(update, handed.get("/CropBox")) or media
    turned, unit = _number(handed.get("/Rotate")), _number(update.entry(node, "/UserUnit"))
    return Page(
        where=value if isinstance(value, IndirectObject) else None,
        dictionary=node,
        box=_common(crop, media) or media,
        turned=int(turned or 0) % 360 if turned is not None and turned % 90 == 0 else 0,
        unit=unit if unit is not None and unit > 0 else 1.0,
    )


def _box(update: Update, value: Any) -> Box | None:
    """Return a rectangle with its corners in order; None where it is none or empty."""
    corners = [_number(update.read(each)) for each in list.__iter__(value)] if isinstance(value, ArrayObject) else []
    if len(corners) != 4 or None in corners:
        return None
    left, bottom, right, top = (each for each in corners if each is not None)
    found = (min(left, right), min(bottom, top), max(left, right), max(bottom, top))
    return found if found[2] > found[0] and found[3] > found[1] else None


def _common(one: Box, other: Box) -> Box | None:
    found = (max(one[0], other[0]), max(one[1], other[1]), min(one[2], other[2]), min(one[3], other[3]))
    return found if found[2] > found[0] and found[3] > found[1] else None


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None
