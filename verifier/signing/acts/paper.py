"""What workers are asked to do with the documents of an act; quick to load, so that whoever asks need not load it all.

Bytes of others are read and written here and nowhere else in the act.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from verifier.signing.records import Field, Prepared, Wish
from verifier.signing.space.records import Asked, LaidOut


def extension(path: Path) -> Any:
    """Return how far a document may be extended, a `pdf.extension.Extension`."""
    return _part("pdf.extension").extension(path)


def laid_out(path: Path, pieces: Sequence[Asked], wish: Wish) -> LaidOut:
    """Return where the pieces go; CouldNotIssue as `space.layout.laid_out`."""
    found: LaidOut = _part("space.layout").laid_out(path, pieces, wish)
    return found


def prepared(source: Path, out: Path, field: Field, algorithm: str) -> Prepared:
    """Write a document with room for its next signature."""
    found: Prepared = _part("pdf.writing").prepared(source, out, field, algorithm)
    return found


def covered(cover: bytes, original: Path, out: Path, file_name: str, media_type: str) -> None:
    """Write a cover that holds the original, byte for byte."""
    _part("pdf.writing").covered(cover, original, out, file_name, media_type)


def embedded(path: Path, room: Prepared, cms: bytes) -> None:
    """Put a CMS into its room, in place."""
    _part("pdf.writing").embedded(path, room, cms)


def embedded_and_prepared(path: Path, room: Prepared, cms: bytes, out: Path, field: Field, algorithm: str) -> Prepared:
    """Put a CMS into its room, in place, and write the document with room for the next: one task in place of two."""
    embedded(path, room, cms)
    return prepared(path, out, field, algorithm)


def _part(name: str) -> Any:
    return importlib.import_module(f"verifier.signing.{name}")
