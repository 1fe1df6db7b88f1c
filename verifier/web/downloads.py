"""Files given out under a name, piece by piece."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO
from urllib.parse import quote

from flask import Response

from verifier.storage.blobs import StoredFile

CHUNK = 64 * 1024
"""Bytes given out at a time."""


def given(file: StoredFile, name: str, media_type: str = "application/octet-stream") -> Response:
    """Give a stored file out under a name, piece by piece; its plain copy is gone when the answer ends."""
    held = ExitStack()
    path: Path = held.enter_context(file.opened())
    stream = held.enter_context(path.open("rb"))
    answer = Response(pieces(stream), content_type=media_type)
    answer.call_on_close(held.close)
    answer.content_length = path.stat().st_size
    return as_download(answer, name)


def as_download(answer: Response, name: str) -> Response:
    """Let the browser save an answer under a name."""
    plain = "".join(one if (one.isascii() and one.isalnum()) or one in ".-_" else "_" for one in name)
    answer.headers["Content-Disposition"] = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def pieces(stream: IO[bytes]) -> Iterator[bytes]:
    """Give what is left of a file, piece by piece."""
    while piece := stream.read(CHUNK):
        yield piece
