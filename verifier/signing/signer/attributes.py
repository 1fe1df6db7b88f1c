"""Reads CMS signed attributes that somebody wants signed: exactly those of a PDF signature, and nothing beside them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from asn1crypto import cms, tsp

from verifier.errors import CouldNotIssue

NEEDED = frozenset({"content_type", "message_digest", "signing_certificate_v2"})
"""EN 319 142-1 clause 5.3."""
ALLOWED = NEEDED | {"cms_algorithm_protection"}
"""RFC 6211 beside them; whatever else would say something in the signer's name that nobody confirmed."""
LEAST_DIGEST = 32
"""Octets: SHA-256 or better."""

assert tsp  # it teaches asn1crypto `signing_certificate_v2`


@dataclass(frozen=True)
class SignedAttributes:
    """What they say."""

    digest: bytes
    """Message digest."""
    certificate_hash: bytes
    hash_algorithm: str
    """Of the certificate's hash, as `sha256`."""

    def name(self, certificate: bytes) -> bool:
        """Tell whether they name this certificate (DER)."""
        return hashlib.new(self.hash_algorithm, certificate).digest() == self.certificate_hash


def read_attributes(der: bytes) -> SignedAttributes:
    """Read DER of `SET OF Attribute` (RFC 5652 5.4). CouldNotIssue `attributes-unclear`."""
    try:
        return _read(der)
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError, AttributeError, IndexError) as error:
        raise CouldNotIssue("attributes-unclear", type(error).__name__) from None


def _read(der: bytes) -> SignedAttributes:
    found = cms.CMSAttributes.load(der, strict=True)
    if found.copy().dump(force=True) != der:
        raise ValueError("not DER")
    values: dict[str, Any] = {}
    for attribute in found:
        kind = attribute["type"].native
        if kind in values or kind not in ALLOWED or len(attribute["values"]) != 1:
            raise ValueError("an attribute too many")
        values[kind] = attribute["values"][0]
    if not set(values) >= NEEDED or values["content_type"].native != "data":
        raise ValueError("an attribute is missing")
    digest = bytes(values["message_digest"].native)
    certificates = values["signing_certificate_v2"]["certs"]
    first = certificates[0]
    hashed = str(first["hash_algorithm"]["algorithm"].native)
    if len(certificates) != 1 or hashed not in ("sha256", "sha384", "sha512") or len(digest) < LEAST_DIGEST:
        raise ValueError("a weak digest, or several certificates")
    return SignedAttributes(digest, bytes(first["cert_hash"].native), hashed)
