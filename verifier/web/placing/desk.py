"""What the page on the place of a mark asks of worker processes; found as `extensions["placing"]`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, TypeVar, cast

from flask import current_app

from verifier.errors import BadRequest
from verifier.signing.records import Drawing, Place
from verifier.signing.space import tasks
from verifier.signing.space.records import Covered, Leaf
from verifier.storage.blobs import StoredFile
from verifier.workers.render import render_page

R = TypeVar("R")
PAGE_WIDTH = 1000
"""Pixels of a page picture."""
MARK_WIDTH = 700
"""Pixels of the picture of a mark."""


class Runs(Protocol):
    """A worker pool."""

    def run(self, function: Callable[..., R], *args: Any) -> R:
        """Return `function(*args)`, computed by a worker. CouldNotJudge where the budget is spent."""


class PlacingDesk:
    """Looks at pages of documents that are to be marked; bytes of others are read by workers alone."""

    def __init__(self, pool: Runs) -> None:
        self._pool = pool

    def leaf(self, document: StoredFile, number: int) -> Leaf:
        """Return a page and what of it is taken; CouldNotIssue `page-missing`, `pdf-unreadable`, `pdf-encrypted`."""
        return self._looked(tasks.leaf, document, number)

    def covering(self, document: StoredFile, place: Place) -> Covered:
        """Return what a place covers; CouldNotIssue `off-page` and those of `leaf`."""
        return self._looked(tasks.covering, document, place)

    def picture(self, document: StoredFile, number: int) -> bytes:
        """Return a page as WebP; CouldNotJudge `not-found`, `pdf-unreadable`, `pdf-encrypted`."""
        return self._looked(render_page, document, number, PAGE_WIDTH)

    def mark(self, drawing: Drawing) -> bytes:
        """Return a mark as WebP with a transparent ground."""
        return self._pool.run(tasks.mark_picture, drawing.pdf, MARK_WIDTH)

    def _looked(self, task: Callable[..., R], document: StoredFile, *told: Any) -> R:
        path: Path
        with document.opened() as path:
            return self._pool.run(task, path, *told)


def desk() -> PlacingDesk:
    """Return the desk; BadRequest `page-not-found` where the service has none."""
    found = current_app.extensions.get("placing")
    if found is None:
        raise BadRequest("page-not-found")
    return cast("PlacingDesk", found)
