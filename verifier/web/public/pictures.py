"""Page pictures: drawn by a worker, then kept in memory and never on disk, so that deleting a file leaves none."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, TypeVar

from verifier.storage.blobs import StoredFile
from verifier.web.public.services import PageSize
from verifier.workers.render import page_boxes, render_page

R = TypeVar("R")
CAPACITY = 48 * 1024 * 1024
"""Bytes of pictures kept."""
DOCUMENTS = 512
"""Documents whose page sizes are kept."""

Draw = Callable[[Path, int, int], bytes]
"""Path, page counted from 1, width in pixels; gives WebP."""
Measure = Callable[[Path], tuple[PageSize, ...]]


class PagePictures:
    """Implements `services.Pictures` over a worker pool, with a bounded memory of what was drawn."""

    def __init__(self, draw: Draw, measure: Measure, capacity: int = CAPACITY) -> None:
        """`draw` and `measure` run in a worker, and raise CouldNotJudge."""
        self._draw, self._measure, self._capacity = draw, measure, capacity
        self._kept: OrderedDict[tuple[str, int, int], bytes] = OrderedDict()
        self._sizes: OrderedDict[str, tuple[PageSize, ...]] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def pages(self, document: StoredFile) -> tuple[PageSize, ...]:
        """Return the size of every page."""
        with self._lock:
            if found := self._sizes.get(document.name):
                return found
        with document.opened() as path:
            made = self._measure(path)
        with self._lock:
            self._sizes[document.name] = made
            while len(self._sizes) > DOCUMENTS:
                self._sizes.popitem(last=False)
        return made

    def picture(self, document: StoredFile, page: int, width: int) -> bytes:
        """Return a page as WebP."""
        key = (document.name, page, width)
        with self._lock:
            if found := self._kept.get(key):
                self._kept.move_to_end(key)
                return found
        # A plain copy for each picture that is drawn, and none kept: it takes 1 ms for 2 MB and 70 ms for 100 MB, where
        # drawing takes 50 ms and more; so nothing readable outlives a request.
        with document.opened() as path:
            made = self._draw(path, page, width)
        with self._lock:
            self._bytes += len(made) - len(self._kept.get(key, b""))
            self._kept[key] = made
            while self._bytes > self._capacity and len(self._kept) > 1:
                self._bytes -= len(self._kept.popitem(last=False)[1])
        return made


class Runs(Protocol):
    """A worker pool."""

    def run(self, function: Callable[..., R], *args: Any) -> R:
        """Return `function(*args)`, computed by a worker. CouldNotJudge where the budget is spent."""


def drawn_by(pool: Runs) -> PagePictures:
    """Return pictures drawn by the workers of `pool`."""

    def measure(document: Path) -> tuple[PageSize, ...]:
        return tuple(PageSize(*box) for box in pool.run(page_boxes, document))

    return PagePictures(lambda document, page, width: pool.run(render_page, document, page, width), measure)
