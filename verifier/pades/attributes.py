"""Signed and unsigned attributes of a SignerInfo (RFC 5652 5.3, RFC 5035, RFC 5126), each read by itself.

An attribute that cannot be read is as good as absent (EN 319 102-1 5.2.8); none stops the reading of the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from asn1crypto import cms, core, tsp, x509

from verifier.pades import ber, digests
from verifier.pades.facts import EssReference, SignaturePolicyReference

CONTENT_TYPE = "1.2.840.113549.1.9.3"
MESSAGE_DIGEST = "1.2.840.113549.1.9.4"
SIGNING_TIME = "1.2.840.113549.1.9.5"
SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.12"
SIGNATURE_TIME_STAMP = "1.2.840.113549.1.9.16.2.14"
SIGNATURE_POLICY = "1.2.840.113549.1.9.16.2.15"
CONTENT_TIME_STAMP = "1.2.840.113549.1.9.16.2.20"
CERTIFICATE_VALUES = "1.2.840.113549.1.9.16.2.23"
REVOCATION_VALUES = "1.2.840.113549.1.9.16.2.24"
SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47"
ADBE_REVOCATION = "1.2.840.113583.1.1.8"

T = TypeVar("T")

_UNREADABLE = (ValueError, TypeError, KeyError, IndexError, OverflowError, AttributeError)


@dataclass(frozen=True)
class Attributes:
    """A set of attributes: the values of each, as elements, by OID in dotted form."""

    values: dict[str, list[ber.Element]] = field(default_factory=dict)
    names: frozenset[str] = frozenset()

    def all(self, oid: str) -> list[ber.Element]:
        """Return every value of the attribute, over all its instances."""
        return self.values.get(oid, [])

    def first(self, oid: str) -> ber.Element | None:
        """Return the first value of the attribute, None where absent."""
        return next(iter(self.all(oid)), None)


def read_attributes(members: Iterable[ber.Element]) -> Attributes:
    """Sort attributes by OID; ValueError where one is not an attribute."""
    values: dict[str, list[ber.Element]] = {}
    names = set()
    for member in members:
        parts = member.children()
        if len(parts) != 2:
            raise ValueError("not an attribute")
        oid = core.ObjectIdentifier.load(parts[0].raw).dotted
        values.setdefault(oid, []).extend(parts[1].children())
        names.add(str(cms.CMSAttributeType(oid).native))
    return Attributes(values, frozenset(names))


def signed_encoding(members: Iterable[ber.Element]) -> bytes:
    """Return the DER SET OF attributes over which the signature is computed (RFC 5652 5.4)."""
    return ber.encode(b"\x31", b"".join(sorted(_attribute_der(member) for member in members)))


def _attribute_der(member: ber.Element) -> bytes:
    parts = member.children()
    if len(parts) != 2:
        raise ValueError("not an attribute")
    values = ber.encode(b"\x31", b"".join(sorted(value.to_der() for value in parts[1].children())))
    return ber.encode(b"\x30", parts[0].to_der() + values)


def message_digest(attributes: Attributes) -> bytes | None:
    """Return the value of message-digest, None where absent; more than one value is none."""
    found = attributes.all(MESSAGE_DIGEST)
    return _readable(found[0].octets) if len(found) == 1 else None


def content_type(attributes: Attributes) -> str:
    """Return the name of content-type, empty where absent."""
    value = attributes.first(CONTENT_TYPE)
    return _readable(lambda: str(cms.ContentType.load(value.raw).native)) or "" if value else ""


def signing_time(attributes: Attributes) -> datetime | None:
    """Return signing-time in UTC, None where absent or unreadable; it is a claim, and often local time."""
    value = attributes.first(SIGNING_TIME)
    if value is None:
        return None
    moment = _readable(lambda: cms.Time.load(value.raw).native)
    return moment.astimezone(UTC) if isinstance(moment, datetime) and moment.tzinfo else None


def ess_references(attributes: Attributes) -> tuple[EssReference, ...]:
    """Return all references of signing-certificate, version 2 before 1 (RFC 5035 3, 4)."""
    found: list[EssReference] = []
    for version, oid in ((2, SIGNING_CERTIFICATE_V2), (1, SIGNING_CERTIFICATE)):
        for value in attributes.all(oid):
            found += _readable(_references, value.raw, version) or ()
    return tuple(found)


def ess_count(attributes: Attributes) -> int:
    """Return how many signing-certificate attributes there are."""
    return len(attributes.all(SIGNING_CERTIFICATE)) + len(attributes.all(SIGNING_CERTIFICATE_V2))


def _references(raw: bytes, version: int) -> tuple[EssReference, ...]:
    parsed = (tsp.SigningCertificateV2 if version == 2 else tsp.SigningCertificate).load(raw)
    return tuple(_reference(one, version) for one in parsed["certs"])


def _reference(one: Any, version: int) -> EssReference:
    algorithm = str(one["hash_algorithm"]["algorithm"].native) if version == 2 else "sha1"
    issuer, serial = _readable(lambda: _issuer_serial(one["issuer_serial"])) or ("", None)
    return EssReference(version, algorithm, one["cert_hash"].native, issuer, serial)


def _issuer_serial(value: Any) -> tuple[str, int | None]:
    if isinstance(value, core.Void):
        return "", None
    names = [name.chosen for name in value["issuer"] if name.name == "directory_name"]
    return str(names[0].hashable) if names else "", int(value["serial_number"].native)


def signature_policy(attributes: Attributes) -> SignaturePolicyReference | None:
    """Return the signature-policy-identifier, None where absent (RFC 5126 5.8.1)."""
    value = attributes.first(SIGNATURE_POLICY)
    if value is None:
        return None
    return _readable(lambda: _policy(value)) or SignaturePolicyReference("")


def _policy(value: ber.Element) -> SignaturePolicyReference:
    if value.tag != ber.SEQUENCE:
        return SignaturePolicyReference("")
    parts = value.children()
    oid = core.ObjectIdentifier.load(parts[0].raw).dotted
    if len(parts) < 2 or parts[1].tag != ber.SEQUENCE:
        return SignaturePolicyReference(oid)
    algorithm, digest_value = parts[1].children()[:2]
    return SignaturePolicyReference(oid, digests.algorithm_name(algorithm.to_der()), digest_value.octets())


def revocation_objects(attributes: Attributes) -> tuple[list[bytes], list[bytes]]:
    """Return CRLs and OCSP responses that attributes carry, DER.

    Of adbe-revocationInfoArchival (ISO 32000-2 12.8.3.3.2) and revocation-values (RFC 5126 6.3.4), which have one form.
    """
    crls: list[bytes] = []
    ocsps: list[bytes] = []
    for value in (*attributes.all(ADBE_REVOCATION), *attributes.all(REVOCATION_VALUES)):
        for tag, members in _readable(_tagged_lists, value) or []:
            if tag in (0xA0, 0xA1):
                (crls if tag == 0xA0 else ocsps).extend(members)
    return crls, ocsps


def _tagged_lists(value: ber.Element) -> list[tuple[int, list[bytes]]]:
    return [(part.tag, [one.raw for one in part.children()[0].children()]) for part in value.children()]


def certificate_values(attributes: Attributes) -> list[bytes]:
    """Return the certificates of the unsigned certificate-values attribute (RFC 5126 6.3.3)."""
    found: list[bytes] = []
    for value in attributes.all(CERTIFICATE_VALUES):
        found += _readable(_members, value) or []
    return found


def _members(value: ber.Element) -> list[bytes]:
    return [member.raw for member in value.children()]


def name_key(raw: bytes) -> str:
    """Return a distinguished name folded for comparison, empty where unreadable."""
    return _readable(lambda: str(x509.Name.load(raw).hashable)) or ""


def _readable(read: Callable[..., T], *args: object) -> T | None:
    try:
        return read(*args)
    except _UNREADABLE:
        return None
