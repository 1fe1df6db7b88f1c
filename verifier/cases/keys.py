"""Idempotency keys of dossiers: the same request under the same key has one effect."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from verifier.cases.kernel import Asker
from verifier.cases.records import Case
from verifier.errors import BadRequest
from verifier.storage.database import UnitOfWork


@dataclass(frozen=True)
class Key:
    """An idempotency key, and the hash of what was asked under it."""

    text: str
    content: bytes
    """SHA-256 of the request."""


def answered_under(unit: UnitOfWork, asker: Asker, key: Key) -> Case | None:
    """Return the case of a request that was answered under this key; None where none was.

    BadRequest `idempotency-key-reused` where the content was another one.
    """
    found = unit.cases.answered(asker.id, key_hash(key))
    if found is None:
        return None
    if found[0] != key.content:
        raise BadRequest("idempotency-key-reused")
    return unit.cases.get(found[1])


def key_hash(key: Key) -> bytes:
    """Return what is kept of a key."""
    return hashlib.sha256(key.text.encode("utf-8", "surrogatepass")).digest()
