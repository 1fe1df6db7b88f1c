"""Files by random name: a local folder now, an S3-compatible store by the same calls."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import obstore
from obstore.store import LocalStore

CHUNK = 256 * 1024
"""Bytes read at a time when a file is streamed out."""

NAMES = 1000
"""Names listed at a time."""


class Blobs:
    """Files under names that say nothing about them. FileNotFoundError where a name is not there."""

    def __init__(self, folder: Path) -> None:
        """Keep files in `folder`, which is made where it is missing, for the owner's eyes only."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder = folder.resolve()
        self._store = LocalStore(self._folder)

    def put_file(self, path: Path) -> str:
        """Keep a copy of the file at `path`, streamed; return its name."""
        name = _new_name()
        obstore.put(self._store, name, path)
        return name

    def put(self, data: bytes) -> str:
        """Keep `data`; return its name."""
        name = _new_name()
        obstore.put(self._store, name, data)
        return name

    def read(self, name: str) -> bytes:
        """Return the whole file."""
        return obstore.get(self._store, name).bytes().to_bytes()

    def stream(self, name: str) -> Iterator[bytes]:
        """Return the file piece by piece."""
        for piece in obstore.get(self._store, name).stream(min_chunk_size=CHUNK):
            yield bytes(piece)

    def path(self, name: str) -> Path:
        """Where the file can be read by a worker process; never to be written or moved."""
        path = self._folder / name
        if not path.is_file():
            raise FileNotFoundError(name)
        return path

    def delete(self, name: str) -> None:
        """Delete for good; nothing happens where it is gone already."""
        try:
            obstore.delete(self._store, name)
        except FileNotFoundError:
            return

    def older_than(self, instant: datetime) -> Iterator[tuple[str, ...]]:
        """Give the names of all files last written before `instant`, some at a time."""
        for page in obstore.list(self._store, chunk_size=NAMES):
            names = tuple(one["path"] for one in page if one["last_modified"] < instant)
            if names:
                yield names


def _new_name() -> str:
    name = secrets.token_hex(16)
    return f"{name[:2]}/{name}"
