"""Geometry of the drawings: where a signature's box lies on a page as shown, and which revisions it covers."""

from __future__ import annotations

from dataclasses import dataclass

from verifier.verdict import Widget
from verifier.web.public.services import PageSize

FLAG = 16.0
"""Side of the numbered square at a box's corner, in points."""
LEAST = 8.0
"""Least side of a box drawn, so that a point-sized field can be seen and clicked."""
LABEL, COLUMN, ROW, HEAD = 132.0, 84.0, 34.0, 26.0
"""Measures of the drawing of revisions, in its own units."""
LEAST_WIDTH = 420.0
"""Of all columns together, so that letters keep their size."""
MOST_COLUMNS = 12


@dataclass(frozen=True)
class Box:
    """One signature's place on a page as shown: origin at the upper left, in points."""

    id: str
    number: int
    look: str
    label: str
    x: float
    y: float
    width: float
    height: float

    @property
    def flag(self) -> float:
        """Side of the numbered square."""
        return FLAG


@dataclass(frozen=True)
class Bar:
    """One row of the drawing of revisions."""

    label: str
    look: str
    after_look: str
    y: float
    x: float
    end: float
    """Where the signed part ends."""
    after: float | None
    """Where the file ends, if a revision came after the signed part."""
    sentence: str


@dataclass(frozen=True)
class Reach:
    """The drawing of what each signature covers."""

    width: float
    height: float
    columns: tuple[tuple[float, str], ...]
    """Left edge and name of each revision."""
    bars: tuple[Bar, ...]


def shown_size(page: PageSize) -> tuple[float, float]:
    """Return width and height of a page as it is shown, in points."""
    width, height = max(page.right - page.left, 1.0), max(page.top - page.bottom, 1.0)
    return (height, width) if page.rotation in (90, 270) else (width, height)


def place(widget: Widget, page: PageSize) -> tuple[float, float, float, float] | None:
    """Return x, y, width and height of a widget on the page as shown; None where nothing of it is visible."""
    left, bottom, right, top = widget.rect
    first = _turned(min(left, right), min(bottom, top), page)
    second = _turned(max(left, right), max(bottom, top), page)
    full_width, full_height = shown_size(page)
    x, y = min(first[0], second[0]), min(first[1], second[1])
    end_x, end_y = max(first[0], second[0]), max(first[1], second[1])
    if end_x - x < 1 or end_y - y < 1 or end_x <= 0 or end_y <= 0 or x >= full_width or y >= full_height:
        return None
    x, y, end_x, end_y = max(x, 0), max(y, 0), min(end_x, full_width), min(end_y, full_height)
    return round(x, 1), round(y, 1), round(max(end_x - x, LEAST), 1), round(max(end_y - y, LEAST), 1)


def _turned(x: float, y: float, page: PageSize) -> tuple[float, float]:
    across, up = x - page.left, y - page.bottom
    width, height = page.right - page.left, page.top - page.bottom
    return {
        90: (up, across),
        180: (width - across, up),
        270: (height - up, width - across),
    }.get(page.rotation, (across, height - up))


@dataclass(frozen=True)
class Row:
    """What the drawing needs to know of one signature."""

    label: str
    look: str
    after_look: str
    sentence: str
    revision: int


def reach(rows: tuple[Row, ...], names: tuple[str, ...]) -> Reach | None:
    """Lay out the drawing; None where it would show nothing (one revision) or too much to be read.

    `names` are the names of the revisions, in order.
    """
    count = len(names)
    if not rows or not 2 <= count <= MOST_COLUMNS or any(row.revision > count for row in rows):
        return None
    column = max(COLUMN, LEAST_WIDTH / count)
    end = LABEL + count * column
    bars = tuple(
        Bar(
            label=row.label,
            look=row.look,
            after_look=row.after_look,
            y=HEAD + index * ROW + 9,
            x=LABEL,
            end=LABEL + row.revision * column - 6,
            after=end - 6 if row.revision < count else None,
            sentence=row.sentence,
        )
        for index, row in enumerate(rows)
    )
    columns = tuple((LABEL + number * column, name) for number, name in enumerate(names))
    return Reach(end, HEAD + len(rows) * ROW + 4, columns, bars)
