"""Finds free places on a page by the names of preferences: corners, middles, anywhere; by integral images."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from verifier.signing.records import Place
from verifier.signing.space.pages import Seen
from verifier.signing.space.records import Asked

CLEARANCE_MM = 2.0
"""Free around a mark."""
EDGE_MM = 5.0
"""Between a mark and the edge of its page: more than printers cut off."""
STEP_MM = 1.0
"""Places are tried at whole millimetres, as the officer moves them."""
HAIR_MM = 0.01
"""By which an A4 page may be too narrow, as points are no round millimetres."""
MOST_STEPS = 600
"""Places tried along one side of a page; on large ones they lie further apart."""
REACH = 0.25
"""Share of a page by which a mark may stand off the corner whose name it was given."""
AIR_MM = (10.0, 6.0, 4.0, CLEARANCE_MM)
"""Clearances tried in turn where a mark may stand anywhere."""
BETWEEN_MM = 0.5
"""Free around what stands between two lines of a signature block, which are close by nature."""

Grid = NDArray[np.bool_]
"""Rows × columns of the places tried."""


@dataclass(frozen=True)
class Corner:
    """Where a named place is: 0 left or top, 1 right or bottom, 0.5 in the middle."""

    across: float
    down: float
    sideways: float = REACH
    """Share of the page's width by which it may stand off."""
    upwards: float = REACH
    """Share of the page's height by which it may stand off."""


CORNERS = {
    "top-right": Corner(1, 0),
    "top-left": Corner(0, 0),
    "bottom-left": Corner(0, 1),
    "bottom-right": Corner(1, 1),
    "top-centre": Corner(0.5, 0, 0.05),
    "bottom-centre": Corner(0.5, 1, 0.05),
}
ANYWHERE = Corner(1, 1, 1, 1)
"""Where a mark that may stand anywhere would like best to be."""


class Room:
    """The free room of a page, beside what was put there already."""

    def __init__(self, seen: Seen, others: Sequence[Place] = ()) -> None:
        """`others` are places of the same mark on this page."""
        self.seen, self.others = seen, tuple(others)
        taken = seen.taken
        if others:
            taken = taken.copy()
            for one in others:
                taken[seen.pixels(one)] = True
        self._sums = np.zeros((taken.shape[0] + 1, taken.shape[1] + 1), dtype=np.int32)
        np.cumsum(taken, axis=0, dtype=np.int32, out=self._sums[1:, 1:])
        np.cumsum(self._sums[1:, 1:], axis=1, out=self._sums[1:, 1:])

    def named(self, piece: Asked, preference: str) -> Place | None:
        """Return the free place nearest to where a preference wants it; None where there is none.

        Preferences that are not the name of a corner or `free` are unknown here, and have none.
        """
        if preference == "free":
            return self._anywhere(piece)
        corner = CORNERS.get(preference)
        return None if corner is None else self._nearest(piece, corner, CLEARANCE_MM)

    def fits(self, place: Place, around_mm: float = CLEARANCE_MM) -> bool:
        """Tell whether a place is on the page and free, with so much around it."""
        if not within(self.seen, place, 0.0):
            return False
        rows, columns = self.seen.pixels(place, around_mm)
        total = self._sums
        return bool(
            total[rows.stop, columns.stop]
            - total[rows.start, columns.stop]
            - total[rows.stop, columns.start]
            + total[rows.start, columns.start]
            == 0
        )

    def _anywhere(self, piece: Asked) -> Place | None:
        """With as much air as there is, then as near to the lower right corner as may be."""
        for air in AIR_MM:
            if (found := self._nearest(piece, ANYWHERE, air)) is not None:
                return found
        return None

    def _nearest(self, piece: Asked, corner: Corner, air: float) -> Place | None:
        seen, edge = self.seen, max(EDGE_MM, air)
        lefts, tops = _steps(seen.width_mm - piece.width_mm, edge), _steps(seen.height_mm - piece.height_mm, edge)
        if not (len(lefts) and len(tops)):
            return None
        across, down = np.abs(lefts - _ideal(lefts, corner.across)), np.abs(tops - _ideal(tops, corner.down))
        free = self._free(lefts, tops, piece, air)
        free &= across[None, :] <= max(corner.sideways * seen.width_mm, STEP_MM)
        free &= down[:, None] <= max(corner.upwards * seen.height_mm, STEP_MM)
        if not free.any():
            return None
        cost = np.where(free, np.hypot(down[:, None], across[None, :]), np.inf)
        row, column = np.unravel_index(int(cost.argmin()), cost.shape)
        return Place(seen.number, float(lefts[column]), float(tops[row]), piece.width_mm, piece.height_mm)

    def _free(self, lefts: NDArray[np.float64], tops: NDArray[np.float64], piece: Asked, air: float) -> Grid:
        height, width = self.seen.ink.shape
        down, across = height / self.seen.height_mm, width / self.seen.width_mm
        y0, y1 = _edges(tops, piece.height_mm, air, down, height)
        x0, x1 = _edges(lefts, piece.width_mm, air, across, width)
        total = self._sums
        taken = total[np.ix_(y1, x1)] - total[np.ix_(y0, x1)] - total[np.ix_(y1, x0)] + total[np.ix_(y0, x0)]
        free: Grid = taken == 0
        return free


def within(seen: Seen, place: Place, edge: float) -> bool:
    """Tell whether a place lies on its page, so far from the edge; by a tenth of a millimetre it may be off."""
    sides = (
        place.left_mm,
        place.top_mm,
        seen.width_mm - place.left_mm - place.width_mm,
        seen.height_mm - place.top_mm - place.height_mm,
    )
    return all(math.isfinite(side) and side >= edge - 0.1 for side in sides)


def _steps(room: float, edge: float) -> NDArray[np.float64]:
    """Positions from one edge to the other at equal steps; none where there is not so much room."""
    if room < 2 * edge - HAIR_MM:
        return np.empty(0)
    step = max(STEP_MM, math.ceil(room / MOST_STEPS))
    return np.arange(edge, room - edge + HAIR_MM, step, dtype=np.float64)


def _edges(
    starts: NDArray[np.float64], length: float, air: float, scale: float, count: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First pixels and those behind the last, of stretches with air around them."""
    first = np.clip(np.floor((starts - air) * scale + 1e-6), 0, count).astype(np.int64)
    last = np.clip(np.ceil((starts + length + air) * scale - 1e-6), 0, count).astype(np.int64)
    return first, last


def _ideal(positions: NDArray[np.float64], share: float) -> float:
    return float(positions[0] + share * (positions[-1] - positions[0]))
