"""Digest algorithms by the names that asn1crypto gives them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

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


def digest(algorithm: str, pieces: Iterable[bytes | memoryview]) -> bytes | None:
    """Return the digest over `pieces` in order; None where the algorithm is unknown here."""
    try:
        state = hashlib.new(_HASHLIB[algorithm])
    except (KeyError, ValueError):
        return None
    for piece in pieces:
        state.update(piece)
    return state.digest()


def algorithm_name(identifier: bytes) -> str:
    """Return the name of the digest in a DER AlgorithmIdentifier, else its OID; ValueError where unreadable."""
    name = str(algos.DigestAlgorithm.load(identifier)["algorithm"].native)
    return _EXTRA_NAMES.get(name, name)
