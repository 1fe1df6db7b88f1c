"""What a page on which a mark is placed shows: which parts of a page are taken, and the mark as a picture."""

from __future__ import annotations

import io
import math
from itertools import groupby
from pathlib import Path

import numpy as np
import pypdfium2

from verifier.errors import CouldNotIssue
from verifier.signing.space.ink import Mask
from verifier.signing.space.pages import Seen, opened
from verifier.signing.space.records import Box, Leaf

CELL_MM = 3.0
"""Side of the squares in which taken parts are told."""
MOST_CELLS = 160
"""Squares along a side of a page; on large ones they are larger."""


def leaf(path: Path, number: int) -> Leaf:
    """Return a page, counted from 1. CouldNotIssue `page-missing`, `pdf-unreadable`, `pdf-encrypted`."""
    with opened(path) as document:
        seen = document.seen(number)
        return Leaf(number, document.pages, seen.width_mm, seen.height_mm, _boxes(seen))


def mark_picture(pdf: bytes, width_px: int) -> bytes:
    """Draw the first page of a drawing of ours as WebP with a transparent ground; CouldNotIssue `pdf-unreadable`."""
    out = io.BytesIO()
    try:
        with pypdfium2.PdfDocument(pdf) as document:
            page = document[0]
            bitmap = page.render(scale=width_px / page.get_width(), fill_color=(255, 255, 255, 0), rev_byteorder=True)
            bitmap.to_pil().save(out, "WEBP", lossless=True, method=2)
    except pypdfium2.PdfiumError as error:
        raise CouldNotIssue("pdf-unreadable", f"the mark cannot be drawn: {error}") from None
    return out.getvalue()


def _boxes(seen: Seen) -> tuple[Box, ...]:
    """Squares of which something is taken, joined to rectangles."""
    cell = max(CELL_MM, max(seen.width_mm, seen.height_mm) / MOST_CELLS)
    rows, columns = math.ceil(seen.height_mm / cell), math.ceil(seen.width_mm / cell)
    height, width = seen.taken.shape
    grid = np.zeros((rows, columns), dtype=bool)
    down, across = np.nonzero(seen.taken)
    grid[down * rows // height, across * columns // width] = True
    found, row = [], 0
    for bands in (list(group) for _, group in groupby(grid, key=lambda line: line.tobytes())):
        for start, end in _runs(bands[0]):
            found.append(
                Box(
                    start * seen.width_mm / columns,
                    row * seen.height_mm / rows,
                    (end - start) * seen.width_mm / columns,
                    len(bands) * seen.height_mm / rows,
                )
            )
        row += len(bands)
    return tuple(found)


def _runs(line: Mask) -> list[tuple[int, int]]:
    """Where stretches begin, and where they are over."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], line.astype(np.int8), [0]))))
    return [(int(start), int(end)) for start, end in edges.reshape(-1, 2)]
