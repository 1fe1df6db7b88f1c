"""An append-only file of things named by their content; what was torn or altered on disk is told, never believed."""

from __future__ import annotations

import hashlib
import os
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

MAGIC = b"\x93trust\r\n"
"""Begins every entry."""
_HEAD = struct.Struct("<8s32sII")
"""Magic, SHA-256 of the thing, its size in bytes, CRC-32 of what stands before."""
_BLOCK = 1 << 20

ReadAt = Callable[[int, int], bytes]
"""Returns so many bytes from an offset on, fewer at the end."""


class PackError(ValueError):
    """What should stand in a pack does not."""


class Pack:
    """One such file. Whoever adds must hold a lock over all who add; reading needs none."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def whole(self) -> Callable[[str], bytes]:
        """Read everything, and return what finds a thing by its SHA-256 (hexadecimal), proved by it.

        OSError; PackError where a thing is not there or is another.
        """
        data = self._path.read_bytes() if self._path.exists() else b""
        places = {name: (start, size) for name, start, size in _entries(_of_bytes(data), len(data))}

        def one(name: str) -> bytes:
            start, size = places.get(bytes.fromhex(name), (0, 0))
            thing = data[start : start + size]
            if hashlib.sha256(thing).hexdigest() != name:
                raise PackError(f"{self._path.name} does not hold {name[:16]}")
            return thing

        return one

    def at(self, places: Iterable[int]) -> Iterator[bytes]:
        """Yield the things that were added at these places, unproved; OSError, PackError where none begins there."""
        with self._path.open("rb") as file:
            for place in places:
                head = os.pread(file.fileno(), _HEAD.size, place)
                entry = _entry(head)
                if entry is None:
                    raise PackError(f"nothing begins at {place} in {self._path.name}")
                yield os.pread(file.fileno(), entry[1], place + _HEAD.size)

    def add(self, things: Iterable[bytes]) -> list[int]:
        """Add what is not there yet, on disk when this returns; return the place of each. OSError.

        What was written half before, by a process that was killed, is cut off; what was altered is written anew.
        """
        with os.fdopen(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644), "r+b") as file:
            read_at = _of_file(file.fileno())
            size = os.fstat(file.fileno()).st_size
            known = {name: (start, length) for name, start, length in _entries(read_at, size)}
            end = max((start + length for start, length in known.values()), default=0)
            if end < size:
                file.truncate(end)
            file.seek(end)
            places = []
            for thing in things:
                name = hashlib.sha256(thing).digest()
                start, length = known.get(name, (0, 0))
                if name not in known or (start < end and read_at(start, length) != thing):
                    start = file.tell() + _HEAD.size
                    file.write(_head(name, len(thing)) + thing)
                    known[name] = (start, len(thing))
                places.append(start - _HEAD.size)
            file.flush()
            os.fsync(file.fileno())
        return places


def _of_bytes(data: bytes) -> ReadAt:
    return lambda offset, size: data[offset : offset + size]


def _of_file(handle: int) -> ReadAt:
    return lambda offset, size: os.pread(handle, size, offset)


def _head(name: bytes, size: int) -> bytes:
    start = _HEAD.pack(MAGIC, name, size, 0)[:-4]
    return start + struct.pack("<I", zlib.crc32(start))


def _entry(head: bytes) -> tuple[bytes, int] | None:
    """Return name and size of the entry that begins so; None where none does."""
    if len(head) < _HEAD.size or not head.startswith(MAGIC):
        return None
    _, name, size, check = _HEAD.unpack(head)
    return (name, size) if zlib.crc32(head[:-4]) == check else None


def _entries(read_at: ReadAt, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield name, place of the content and its size of every entry that is whole; damage between them is passed by."""
    offset = 0
    while offset < end:
        entry = _entry(read_at(offset, _HEAD.size))
        if entry is not None and offset + _HEAD.size + entry[1] <= end:
            yield entry[0], offset + _HEAD.size, entry[1]
            offset += _HEAD.size + entry[1]
        else:
            offset = _next(read_at, offset + 1, end)


def _next(read_at: ReadAt, offset: int, end: int) -> int:
    """Return where the next entry may begin, or the end."""
    while offset < end:
        block = read_at(offset, _BLOCK + len(MAGIC) - 1)
        found = block.find(MAGIC)
        if found >= 0:
            return offset + found
        offset += _BLOCK
    return end
