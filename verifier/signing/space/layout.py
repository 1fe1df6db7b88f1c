"""Lays a mark out on a document: by the officer's wish or by preferences, so that it covers nothing; for a worker."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from verifier.errors import CouldNotIssue
from verifier.signing.records import Place, Wish
from verifier.signing.space.records import Asked, Covered, LaidOut

__all__ = ["Asked", "Covered", "LaidOut", "covering", "laid_out"]


def laid_out(path: Path, pieces: Sequence[Asked], wish: Wish) -> LaidOut:
    """Return where the pieces go on the document in `path`.

    CouldNotIssue: `no-room` (params `piece`, `page`), `page-missing` (`page`, `pages`), `page-too-small` (`piece`,
    `page`), `off-page` (`piece`, `page`), `pdf-unreadable`, `pdf-encrypted`. `Wish.placement` is the caller's matter.
    """
    raise CouldNotIssue("no-room", "not built yet", piece=pieces[0].id, page="1")


def covering(path: Path, place: Place) -> Covered:
    """Return what a place covers. CouldNotIssue: `page-missing`, `off-page`, `pdf-unreadable`, `pdf-encrypted`."""
    raise CouldNotIssue("off-page", "not built yet")
