"""The cover (allonge): a document that holds another one unchanged, as an embedded file (ISO 32000-2 7.11.4)."""

from __future__ import annotations

from pathlib import Path


def covered(cover: bytes, original: Path, out: Path, file_name: str, media_type: str) -> None:
    """Write the cover with the original inside."""
    raise NotImplementedError
