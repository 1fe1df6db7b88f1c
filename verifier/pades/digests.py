"""Digest algorithms by the names that asn1crypto gives them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

from asn1crypto import algos

_HASHLIB = {
    "md5": "md5",
    "sha1": "sha1",
    "sha224": "sha224",
    "sha256": "sha256",
    "sha384": "sha384",
    "sha512": "sha512",
    "sha512_224": "sha512_224",
    "sha512_256": "sha512_256",
    "sha3_224": "sha3_224",
    "sha3_256": "sha3_256",
    "sha3_384": "sha3_384",
    "sha3_512": "sha3_512",
    "ripemd160": "ripemd160",
}
_EXTRA_NAMES = {"1.3.36.3.2.1": "ripemd160", "2.16.840.1.101.3.4.2.5": "sha512_224"}


class FileDigests:
    """Digests over a file but for one gap each; what several have in common at the start is hashed once."""

    def __init__(self, data: bytes) -> None:
        self._data = memoryview(data)
        self._states: dict[str, dict[int, Any]] = {}

    def without(self, gap_start: int, gap_end: int, end: int, algorithm: str) -> bytes | None:
        """Return the digest of the bytes up to `end` but the gap; None where the algorithm is unknown."""
        state = self._up_to(gap_start, algorithm)
        if state is None:
            return None
        state.update(self._data[gap_end:end])
        return bytes(state.digest())

    def whole(self, algorithm: str) -> bytes | None:
        """Return the digest of the whole file."""
        return self.without(len(self._data), len(self._data), len(self._data), algorithm)

    def _up_to(self, offset: int, algorithm: str) -> Any:
        """Return a fresh state that has seen everything before `offset`."""
        known = self._states.setdefault(algorithm, {})
        start = max((place for place in known if place <= offset), default=None)
        state = known[start].copy() if start is not None else _new(algorithm)
        if state is None:
            return None
        state.update(self._data[start or 0 : offset])
        known[offset] = state
        return state.copy()


def _new(algorithm: str) -> Any:
    try:
        return hashlib.new(_HASHLIB[algorithm])
    except (KeyError, ValueError):
        return None


def digest(algorithm: str, pieces: Iterable[bytes | memoryview]) -> bytes | None:
    """Return the digest over `pieces` in order; None where the algorithm is unknown here."""
    state = _new(algorithm)
    if state is None:
        return None
    for piece in pieces:
        state.update(piece)
    return bytes(state.digest())


def algorithm_name(identifier: bytes) -> str:
    """Return the name of the digest in a DER AlgorithmIdentifier, else its OID; ValueError where unreadable."""
    name = str(algos.DigestAlgorithm.load(identifier)["algorithm"].native)
    return _EXTRA_NAMES.get(name, name)
