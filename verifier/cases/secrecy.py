"""What of a dossier is secret: its access token, and who filed it by electronic identity; both by the key ring."""

from __future__ import annotations

import base64
from uuid import UUID

from verifier.cases.records import Case
from verifier.storage.keys import KeyRing
from verifier.storage.rows import token_hash

TOKEN_PURPOSE = "case-token"  # noqa: S105 - a name
IDENTITY_PURPOSE = "case-identity"


def token_of(ring: KeyRing, id_: UUID, key: str = "") -> str:
    """Return the secret access token of a dossier: 43 letters, 256 bits; under the current key where none is named.

    It follows from the id, so that a filing that is sent again gets the same one; only its SHA-256 is stored.
    """
    return base64.urlsafe_b64encode(ring.digest(TOKEN_PURPOSE, id_.bytes, key)).decode().rstrip("=")


def token_again(ring: KeyRing, case: Case) -> str:
    """Return the token that a dossier was given when it was filed; empty where its key is not on the ring any more."""
    made = (token_of(ring, case.id, name) for name in ring.keys)
    return next((token for token in made if token_hash(token) == case.token_sha256), "")


def identity_of(ring: KeyRing, subject: str) -> bytes:
    """Return what is kept of the subject of an electronic identity (định danh điện tử): 32 bytes, or none."""
    return ring.digest(IDENTITY_PURPOSE, subject.encode("utf-8", "surrogatepass")) if subject else b""


def identities_of(ring: KeyRing, subject: str) -> tuple[bytes, ...]:
    """Return what may be kept of a subject, under each key of the ring: a dossier keeps that of its own day."""
    told = subject.encode("utf-8", "surrogatepass")
    return tuple(ring.digest(IDENTITY_PURPOSE, told, name) for name in ring.keys) if subject else ()
