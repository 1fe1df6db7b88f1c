"""Receiving a file: streamed to disk under a limit, hashed on the way; its name made harmless."""

from __future__ import annotations

import hashlib
import tempfile
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from verifier.errors import CouldNotJudge
from verifier.plain import is_hidden

CHUNK = 64 * 1024
"""Bytes read at a time."""
MIB = 1024 * 1024
NAME_LIMIT = 200
"""Longest file name kept, in characters."""
UNNAMED = "unnamed"
REPLACEMENT = "�"


class Readable(Protocol):
    """Anything that gives bytes piece by piece."""

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes, none at the end."""


@dataclass(frozen=True)
class Received:
    """A file that has arrived."""

    path: Path
    size: int
    """Bytes."""
    sha256: str


@contextmanager
def received(stream: Readable, folder: Path, limit: int) -> Iterator[Received]:
    """Stream `stream` into a file of `folder`, gone on leaving. CouldNotJudge `too-large` beyond `limit` bytes."""
    with tempfile.NamedTemporaryFile(dir=folder, prefix="upload-") as file:
        digest, size = hashlib.sha256(), 0
        while piece := stream.read(CHUNK):
            size += len(piece)
            if size > limit:
                raise too_large(limit)
            digest.update(piece)
            file.write(piece)
        file.flush()
        yield Received(Path(file.name), size, digest.hexdigest())


def too_large(limit: int) -> CouldNotJudge:
    """Make the refusal of a file over `limit` bytes."""
    megabytes = f"{limit / MIB:g}"
    return CouldNotJudge("too-large", f"The file is larger than {megabytes} MB.", limit=megabytes)


def clean_file_name(raw: str) -> str:
    """Return the last part of a file name, in NFC, without characters that deceive or do harm; never empty."""
    last = raw.replace("\\", "/").rstrip("/").rpartition("/")[2]
    normal = unicodedata.normalize("NFC", last)
    shown = "".join(REPLACEMENT if is_hidden(c) else c for c in normal).strip()
    return _shortened(shown) or UNNAMED


def _shortened(name: str) -> str:
    if len(name) <= NAME_LIMIT:
        return name
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending) > 10:
        return name[:NAME_LIMIT]
    return f"{stem[: NAME_LIMIT - len(ending) - 2]}…{dot}{ending}"
