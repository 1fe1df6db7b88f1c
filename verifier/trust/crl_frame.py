"""The frame of a certificate revocation list (RFC 5280 5.1, 5.2): all of it but the revoked certificates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from asn1crypto import core, crl
from asn1crypto import x509 as asn1
from asn1crypto.algos import SignedDigestAlgorithm

from verifier.trust import der
from verifier.x509 import AlgorithmUse, algorithm_use

EXPIRED_CERTS_ON_CRL = "2.5.29.60"
ISSUING_DISTRIBUTION_POINT = "2.5.29.28"
DELTA_CRL_INDICATOR = "2.5.29.27"
AUTHORITY_KEY = "2.5.29.35"
UTC_TIME = 0x17
_KNOWN_EXTENSIONS = {
    "2.5.29.18",
    "2.5.29.20",
    AUTHORITY_KEY,
    "2.5.29.46",
    "1.3.6.1.5.5.7.1.1",
    EXPIRED_CERTS_ON_CRL,
    ISSUING_DISTRIBUTION_POINT,
    DELTA_CRL_INDICATOR,
}
_TIMES = (UTC_TIME, 0x18)


@dataclass(frozen=True)
class Frame:
    """The parts of a CRL beside its entries."""

    issuer: asn1.Name
    this_update: datetime
    next_update: datetime | None
    signature_use: AlgorithmUse
    extensions: Mapping[str, bytes]
    """DER value by OID."""
    unknown_critical: tuple[str, ...]
    """OIDs of critical extensions that nothing here understands."""
    is_unsigned: bool
    """Whether the signature value is empty, or nothing but zeros."""

    @cached_property
    def issuer_key(self) -> str:
        """Issuer name folded for comparison."""
        return str(self.issuer.hashable)

    @cached_property
    def scope(self) -> crl.IssuingDistributionPoint | None:
        """The issuing distribution point; ValueError where it cannot be read."""
        value = self.extensions.get(ISSUING_DISTRIBUTION_POINT)
        if value is None:
            return None
        point = crl.IssuingDistributionPoint.load(value, strict=True)
        _ = point.native  # parse it all now: what is broken shows here
        return point

    @property
    def is_indirect(self) -> bool:
        """Whether entries may belong to other issuers; ValueError as `scope`."""
        return self.scope is not None and bool(self.scope["indirect_crl"].native)

    @cached_property
    def covers_expired_since(self) -> datetime | None:
        """Certificates that expired since then stay on the list (X.509 9.5.2.7); None where the CRL does not say."""
        value = self.extensions.get(EXPIRED_CERTS_ON_CRL)
        return None if value is None else in_utc(core.GeneralizedTime.load(value).native)


@dataclass(frozen=True)
class Parts:
    """Where the parts of a CRL stand in its DER."""

    signed: tuple[der.Element, ...]
    """Elements of tbsCertList up to revokedCertificates, which is left out."""
    revoked: der.Element | None
    extensions: der.Element | None
    algorithm: der.Element
    signature: der.Element

    @property
    def without_entries(self) -> bytes:
        """A CRL with the same frame and no entry; its signature does not verify."""
        kept = (*self.signed, *(() if self.extensions is None else (self.extensions,)))
        signed = der.encoded(der.SEQUENCE, b"".join(one.whole for one in kept))
        return der.encoded(der.SEQUENCE, signed + self.algorithm.whole + self.signature.whole)


def parts_of(data: bytes) -> Parts:
    """Take a CRL apart, copying nothing; ValueError where `data` has not the form of one."""
    signed, algorithm, signature = der.only(data).children()
    parts = list(signed.children())
    first = 1 if parts and parts[0].tag == der.INTEGER else 0
    count = first + 3  # algorithm, issuer, thisUpdate
    if len(parts) < count:
        raise ValueError("not a CRL: too few parts")
    if len(parts) > count and parts[count].tag in _TIMES:
        count += 1
    rest = parts[count:]
    revoked = rest.pop(0) if rest and rest[0].tag == der.SEQUENCE else None
    return Parts(tuple(parts[:count]), revoked, rest[0] if rest else None, algorithm, signature)


def frame_of(parts: Parts) -> Frame:
    """Read the frame; ValueError where it is none."""
    try:
        elements = list(parts.signed)
        if elements[0].tag == der.INTEGER:
            elements.pop(0)
        _, issuer, this_update, *next_update = elements
        extensions, unknown = _extensions(parts.extensions) if parts.extensions else ({}, ())
        return Frame(
            issuer=asn1.Name.load(issuer.whole),
            this_update=time_of(this_update),
            next_update=time_of(next_update[0]) if next_update else None,
            signature_use=algorithm_use(SignedDigestAlgorithm.load(parts.algorithm.whole)),
            extensions=extensions,
            unknown_critical=unknown,
            is_unsigned=not parts.signature.content[1:].strip(b"\0"),
        )
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError) as error:
        raise ValueError(f"not a CRL: {error}") from None


def _extensions(wrapped: der.Element) -> tuple[dict[str, bytes], tuple[str, ...]]:
    values: dict[str, bytes] = {}
    unknown: list[str] = []
    (listed,) = wrapped.children()
    for extension in crl.TBSCertListExtensions.load(listed.whole):
        oid = extension["extn_id"].dotted
        values[oid] = bytes(extension["extn_value"].contents)
        if extension["critical"].native and oid not in _KNOWN_EXTENSIONS:
            unknown.append(oid)
    return values, tuple(unknown)


def time_of(element: der.Element) -> datetime:
    """Read a UTCTime or GeneralizedTime; ValueError where it is none."""
    kind = core.UTCTime if element.tag == UTC_TIME else core.GeneralizedTime
    return in_utc(kind.load(element.whole).native)


def in_utc(value: object) -> datetime:
    """Return an aware datetime in UTC; ValueError where `value` is no time."""
    if not isinstance(value, datetime):
        raise ValueError("not a time that can be read")  # noqa: TRY004  one class for all that is unreadable
    return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
