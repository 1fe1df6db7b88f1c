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

SET, CONSTRUCTED, MULTIPLE = 0x31, 0x20, 0x1F
"""Identifier octets (X.690 8.1.2): a SET OF; the bit of what has parts; a tag that takes several octets."""

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
    (whole,) = _parts(der)
    if whole[0] != SET or (listed := _parts(_value(whole))) != sorted(listed):
        raise ValueError("not DER")
    found = cms.CMSAttributes.load(der, strict=True)
    values: dict[str, Any] = {}
    for attribute in found:
        kind = attribute["type"].native
        if kind in values or kind not in ALLOWED or len(attribute["values"]) != 1:
            raise ValueError("an attribute too many")
        values[kind] = attribute["values"][0]
    if not set(values) >= NEEDED or values["content_type"].native != "data":
        raise ValueError("an attribute is missing")
    if values["signing_certificate_v2"]["policies"].native is not None:
        raise ValueError("a policy is named")
    digest = bytes(values["message_digest"].native)
    certificates = values["signing_certificate_v2"]["certs"]
    first = certificates[0]
    hashed = str(first["hash_algorithm"]["algorithm"].native)
    if len(certificates) != 1 or hashed not in ("sha256", "sha384", "sha512") or len(digest) < LEAST_DIGEST:
        raise ValueError("a weak digest, or several certificates")
    return SignedAttributes(digest, bytes(first["cert_hash"].native), hashed)


def _parts(data: bytes) -> list[bytes]:
    """Split into elements, and see that lengths are written in the one way of DER, however deep (X.690 10.1)."""
    found, at = [], 0
    while at < len(data):
        end = at + _head(data, at) + _length(data, at)
        if end > len(data) or data[at] & MULTIPLE == MULTIPLE:
            raise ValueError("not DER")
        found.append(data[at:end])
        if data[at] & CONSTRUCTED:
            _parts(_value(found[-1]))
        at = end
    return found


def _value(element: bytes) -> bytes:
    return element[_head(element, 0) :]


def _head(data: bytes, at: int) -> int:
    """How many octets identifier and length take."""
    first = data[at + 1]
    return 2 if first < 0x80 else 2 + (first & 0x7F)


def _length(data: bytes, at: int) -> int:
    first = data[at + 1]
    if first < 0x80:
        return first
    told = data[at + 2 : at + 2 + (first & 0x7F)]
    length = int.from_bytes(told, "big")
    if not told or told[0] == 0 or length < 0x80:
        raise ValueError("not DER")
    return length
