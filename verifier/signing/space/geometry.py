"""Places on a page as it is seen, and rectangles in its user space: one conversion for all who place or write.

ISO 32000-2 14.11.2 (boxes), 7.7.3.3 (Rotate, UserUnit) and 8.3.2.3 (user space).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from verifier.signing.records import MM_PER_POINT, Place

LETTER = (0.0, 0.0, 612.0, 792.0)
"""What a page without a size is drawn as."""

Rect = tuple[float, float, float, float]
"""Left, bottom, right, top in user space."""


@dataclass(frozen=True)
class Frame:
    """The visible part of a page: its box in user space, how it is turned, and how long a unit is."""

    box: Rect
    rotation: int = 0
    """Degrees clockwise: 0, 90, 180 or 270."""
    unit: float = 1.0
    """/UserUnit: length of a unit in points of 1/72 inch."""

    @classmethod
    def of(
        cls, media: Sequence[float] | None, crop: Sequence[float] | None, rotation: float = 0, unit: float = 1
    ) -> Frame:
        """Return the frame of a page with these (inherited) entries, read as viewers read them.

        A page without a box has the size of a letter; a crop box is cut to the media box; a rotation that is no
        multiple of 90 turns nothing; a unit that is no positive number is 1.
        """
        whole = _upright(media) or LETTER
        seen = _upright(crop)
        turned = int(rotation) % 360 if math.isfinite(rotation) and rotation % 90 == 0 else 0
        length = unit if math.isfinite(unit) and unit > 0 else 1.0
        return cls(_common(whole, seen) if seen else whole, turned, length)

    @property
    def width_mm(self) -> float:
        """Width as seen."""
        return self._across()[0] * self._mm

    @property
    def height_mm(self) -> float:
        """Height as seen."""
        return self._across()[1] * self._mm

    @property
    def _mm(self) -> float:
        return self.unit * MM_PER_POINT

    def rect(self, place: Place) -> Rect:
        """Return the rectangle in user space on which a place lies."""
        left, top = place.left_mm / self._mm, place.top_mm / self._mm
        right, bottom = left + place.width_mm / self._mm, top + place.height_mm / self._mm
        one, other = self._point(left, bottom), self._point(right, top)
        return (min(one[0], other[0]), min(one[1], other[1]), max(one[0], other[0]), max(one[1], other[1]))

    def place(self, rect: Rect, page: int = 1) -> Place:
        """Return the place on which a rectangle in user space lies."""
        one, other = self._seen(rect[0], rect[1]), self._seen(rect[2], rect[3])
        left, top = min(one[0], other[0]), min(one[1], other[1])
        width, height = abs(one[0] - other[0]), abs(one[1] - other[1])
        return Place(page, left * self._mm, top * self._mm, width * self._mm, height * self._mm)

    def _across(self) -> tuple[float, float]:
        left, bottom, right, top = self.box
        return (top - bottom, right - left) if self.rotation % 180 else (right - left, top - bottom)

    def _point(self, x: float, y: float) -> tuple[float, float]:
        """From units right of the left edge and below the upper edge, as seen, to user space."""
        left, bottom, right, top = self.box
        match self.rotation:
            case 90:
                return left + y, bottom + x
            case 180:
                return right - x, bottom + y
            case 270:
                return right - y, top - x
            case _:
                return left + x, top - y

    def _seen(self, x: float, y: float) -> tuple[float, float]:
        """The way back."""
        left, bottom, right, top = self.box
        match self.rotation:
            case 90:
                return y - bottom, x - left
            case 180:
                return right - x, y - bottom
            case 270:
                return top - y, right - x
            case _:
                return x - left, top - y


def _upright(box: Sequence[float] | None) -> Rect | None:
    """A box with its corners in order; None for none, and for one without an area."""
    if box is None or len(box) != 4 or not all(map(math.isfinite, box)):
        return None
    left, right = sorted((float(box[0]), float(box[2])))
    bottom, top = sorted((float(box[1]), float(box[3])))
    return (left, bottom, right, top) if right > left and top > bottom else None


def _common(one: Rect, other: Rect) -> Rect:
    """What two boxes share; a box without an area where that is nothing."""
    left, bottom = max(one[0], other[0]), max(one[1], other[1])
    right, top = min(one[2], other[2]), min(one[3], other[3])
    return (left, bottom, right, top) if right > left and top > bottom else (0.0, 0.0, 0.0, 0.0)
