"""The form of a stored file: a data key of its own, sealed with the key ring, then chunks that cannot be moved.

| bytes | what |
|---|---|
| 8 | `VERIBLOB` |
| 1 | version, 1 |
| 2 | length of the sealed data key, big-endian |
| n | the data key (32 bytes), sealed with the key ring for this file's name; it begins with the ring key's name |
| … | zeros up to 128 bytes in all, so that the chunks stand at the same place under every key |
| … | chunks of 256 KiB, the last one shorter or as long, each followed by its tag (16 bytes) |

Chunks are AES-256-GCM by the STREAM construction (Hoang, Reyhanitabar, Rogaway and Vizár, "Online
authenticated-encryption and its nonce-reuse misuse-resistance", 2015): the nonce is the chunk's number (11 bytes,
big-endian, from 0) and one byte that is 1 for the last chunk. So a chunk that is changed, moved, missing or too much
does not open. The data key is random for every file and seals nothing else, so nonces do not repeat.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from verifier.storage.keys import KEY_BYTES, TAG_BYTES, CannotOpen, KeyRing, key_of

MAGIC = b"VERIBLOB"
VERSION = bytes([1])
PURPOSE = "blob"
"""What keys of the ring are used for here."""
CHUNK = 256 * 1024
"""Bytes of a chunk without its tag; part of the form."""
LENGTH_BYTES = 2
HEADER_BYTES = 128
"""The sealed data key needs 81 bytes and the ring key's name, at most 32."""


def sealed(ring: KeyRing, name: str, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Return the stored form of a file whose content comes in pieces of any size; it opens under this name only."""
    data_key = os.urandom(KEY_BYTES)
    yield _header(ring, name, data_key)
    key, source, number, last = AESGCM(data_key), _Source(pieces), 0, False
    while not last:
        chunk, last = source.chunk(CHUNK)
        yield key.encrypt(_nonce(number, last), chunk, None)
        number += 1


def opened(ring: KeyRing, name: str, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Return the content, chunk by chunk, none before it is verified; CannotOpen at once where the header is broken.

    Only at the end is it known that nothing is missing: what has been given out before is the true beginning.
    """
    source = _Source(pieces)
    return _chunks(AESGCM(_data_key(ring, name, _sealed_key(source))), source)


def resealed(ring: KeyRing, name: str, pieces: Iterable[bytes]) -> Iterator[bytes] | None:
    """Return the stored form with its data key sealed anew, the chunks as they are; None where the key is current.

    The data key stays: whoever could open an older copy can still read the file. CannotOpen as `opened`.
    """
    source = _Source(pieces)
    sealed_key = _sealed_key(source)
    if key_of(sealed_key) == ring.current:
        return None
    return _joined(_header(ring, name, _data_key(ring, name, sealed_key)), source)


def ring_key(pieces: Iterable[bytes]) -> str:
    """Return the name of the ring's key under which a stored file is; CannotOpen where it is no stored file."""
    return key_of(_sealed_key(_Source(pieces)))


def _header(ring: KeyRing, name: str, data_key: bytes) -> bytes:
    sealed_key = ring.seal(PURPOSE, data_key, bound_to=_bound_to(name))
    return (MAGIC + VERSION + len(sealed_key).to_bytes(LENGTH_BYTES) + sealed_key).ljust(HEADER_BYTES, b"\0")


def _sealed_key(source: _Source) -> bytes:
    """Read a header."""
    start, header = MAGIC + VERSION, source.take(HEADER_BYTES)
    size, rest = int.from_bytes(header[len(start) :][:LENGTH_BYTES]), header[len(start) + LENGTH_BYTES :]
    if not header.startswith(start) or len(header) < HEADER_BYTES or any(rest[size:]):
        raise _broken("It does not begin as stored files do.")
    return rest[:size]


def _data_key(ring: KeyRing, name: str, sealed_key: bytes) -> bytes:
    data_key = ring.open(PURPOSE, sealed_key, bound_to=_bound_to(name))
    if len(data_key) != KEY_BYTES:
        raise _broken("Its key has the wrong length.")
    return data_key


def _bound_to(name: str) -> bytes:
    return MAGIC + VERSION + name.encode()


def _chunks(key: AESGCM, source: _Source) -> Iterator[bytes]:
    number, last = 0, False
    while not last:
        chunk, last = source.chunk(CHUNK + TAG_BYTES)
        try:
            yield key.decrypt(_nonce(number, last), chunk, None)
        except InvalidTag:
            raise _broken(f"Chunk {number} was changed, moved or cut off.") from None
        number += 1


def _joined(header: bytes, rest: _Source) -> Iterator[bytes]:
    yield header
    last = False
    while not last:
        piece, last = rest.chunk(CHUNK)
        yield piece


def _nonce(number: int, last: bool) -> bytes:  # noqa: FBT001 - the flag of the construction
    return number.to_bytes(11) + bytes([last])


def _broken(why: str) -> CannotOpen:
    return CannotOpen("sealed-data-broken", f"A stored file does not open. {why}")


class _Source:
    """Pieces of any size, taken in the sizes that are wanted."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces, self._held = iter(pieces), bytearray()

    def take(self, size: int) -> bytes:
        """Return `size` bytes, fewer at the end."""
        self._hold(size)
        taken = bytes(self._held[:size])
        del self._held[:size]
        return taken

    def chunk(self, size: int) -> tuple[bytes, bool]:
        """Return `size` bytes, fewer at the end, and whether nothing follows."""
        self._hold(size + 1)
        return self.take(size), not self._held

    def _hold(self, size: int) -> None:
        while len(self._held) < size and (piece := next(self._pieces, None)) is not None:
            self._held += piece
