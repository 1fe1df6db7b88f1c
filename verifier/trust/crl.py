"""One certificate revocation list (RFC 5280 5), read without an object per entry; no trust, no clock."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, lru_cache

from asn1crypto import core, crl
from asn1crypto import x509 as asn1
from asn1crypto.algos import SignedDigestAlgorithm
from cryptography import x509

from verifier.trust import der
from verifier.x509 import AlgorithmUse, algorithm_use

EXPIRED_CERTS_ON_CRL = "2.5.29.60"
ISSUING_DISTRIBUTION_POINT = "2.5.29.28"
DELTA_CRL_INDICATOR = "2.5.29.27"
_KNOWN_EXTENSIONS = {
    "2.5.29.18",
    "2.5.29.20",
    "2.5.29.35",
    "2.5.29.46",
    "1.3.6.1.5.5.7.1.1",
    EXPIRED_CERTS_ON_CRL,
    ISSUING_DISTRIBUTION_POINT,
    DELTA_CRL_INDICATOR,
}
_CRL_REASON = "2.5.29.21"
_CERTIFICATE_ISSUER = "2.5.29.29"
_KNOWN_ENTRY_EXTENSIONS = {_CRL_REASON, _CERTIFICATE_ISSUER, "2.5.29.23", "2.5.29.24"}
_DER_TRUE = b"\x01\x01\xff"
_LONGEST_OID = 32
"""Bytes of the longest extension OID looked for, exclusive."""
_TIMES = (0x17, 0x18)


REMOVED = "remove_from_crl"
"""Reason of an entry that lifts a hold (RFC 5280 5.3.1)."""


@dataclass(frozen=True)
class Entry:
    """One revoked certificate."""

    revoked_at: datetime
    reason: str | None
    """CRLReason (RFC 5280 5.3.1) as `key_compromise`; None where the entry gives none."""


@dataclass(frozen=True)
class Crl:
    """The parts of a CRL; entries are looked up, not listed."""

    sha256: str
    der: bytes
    issuer: asn1.Name
    this_update: datetime
    next_update: datetime | None
    signature_use: AlgorithmUse
    extensions: Mapping[str, bytes]
    """DER value by OID."""
    unknown_critical: tuple[str, ...]
    """OIDs of critical extensions that nothing here understands."""
    revoked: bytes
    """DER of revokedCertificates, empty where absent."""

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
        """Whether entries may belong to other issuers."""
        return self.scope is not None and bool(self.scope["indirect_crl"].native)

    @cached_property
    def covers_expired_since(self) -> datetime | None:
        """Certificates that expired since then stay on the list (X.509 9.5.2.7); None where the CRL does not say."""
        value = self.extensions.get(EXPIRED_CERTS_ON_CRL)
        return None if value is None else _utc(core.GeneralizedTime.load(value).native)

    def entry(self, serial: int, issuer_key: str) -> Entry | None:
        """Return the entry of a certificate, None where it is not listed.

        ValueError where the list cannot be relied on: unreadable, or an entry with an unknown critical extension.
        """
        if self._needs_walk or serial < 0:
            return self._walked.get((issuer_key, serial))
        listed = self._parsed.get_revoked_certificate_by_serial_number(serial) if self._parsed else None
        if listed is None or issuer_key != self.issuer_key:
            return None
        found = _entry(listed)
        # a certificate that is listed twice: the graver entry counts
        return found if found.reason != REMOVED else self._walked.get((issuer_key, serial), found)

    @cached_property
    def _parsed(self) -> x509.CertificateRevocationList | None:
        try:
            return x509.load_der_x509_crl(self.der)
        except (ValueError, TypeError):
            return None

    @cached_property
    def _needs_walk(self) -> bool:
        """Whether entries must be read one after the other: other issuers, or a critical extension somewhere."""
        return self._parsed is None or self.is_indirect or _holds_critical_extension(self.revoked)

    @cached_property
    def _walked(self) -> Mapping[tuple[str, int], Entry]:
        entries: dict[tuple[str, int], Entry] = {}
        issuer_key = self.issuer_key
        for element in der.only(self.revoked).children() if self.revoked else ():
            serial, entry, named_issuer = _read_entry(element)
            if named_issuer is not None:
                issuer_key = named_issuer
            known = entries.get((issuer_key, serial))
            if known is None or known.reason == REMOVED:
                entries[issuer_key, serial] = entry
        return entries


@lru_cache(maxsize=32)
def parse_crl(data: bytes) -> Crl:
    """Read the frame of a CRL; ValueError where `data` is none."""
    try:
        signed, algorithm, _ = der.only(data).children()
        parts = list(signed.children())
        if parts[0].tag == der.INTEGER:
            parts.pop(0)
        issuer, this_update, *rest = parts[1:]
        next_update = rest.pop(0) if rest and rest[0].tag in _TIMES else None
        revoked = rest.pop(0) if rest and rest[0].tag == der.SEQUENCE else None
        extensions, unknown = _extensions(rest.pop(0)) if rest else ({}, ())
        return Crl(
            sha256=hashlib.sha256(data).hexdigest(),
            der=data,
            issuer=asn1.Name.load(issuer.whole),
            this_update=_time(this_update),
            next_update=None if next_update is None else _time(next_update),
            signature_use=algorithm_use(SignedDigestAlgorithm.load(algorithm.whole)),
            extensions=extensions,
            unknown_critical=unknown,
            revoked=b"" if revoked is None else revoked.whole,
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


def _read_entry(element: der.Element) -> tuple[int, Entry, str | None]:
    """Serial number, entry, and the issuer from here on where it changes."""
    serial, revoked_at, *extensions = element.children()
    reason: str | None = None
    issuer: str | None = None
    for extension in crl.CRLEntryExtensions.load(extensions[0].whole) if extensions else ():
        oid = extension["extn_id"].dotted
        if oid == _CRL_REASON:
            reason = str(extension["extn_value"].parsed.native)
        elif oid == _CERTIFICATE_ISSUER:
            issuer = next(
                str(name.chosen.hashable) for name in extension["extn_value"].parsed if name.name == "directory_name"
            )
        elif extension["critical"].native and oid not in _KNOWN_ENTRY_EXTENSIONS:
            raise ValueError(f"an entry has the unknown critical extension {oid}")
    return int.from_bytes(serial.content, "big", signed=True), Entry(_time(revoked_at), reason), issuer


def _holds_critical_extension(data: bytes) -> bool:
    """Whether an OID followed by TRUE stands anywhere, as in every critical extension; errs on the safe side."""
    place = data.find(_DER_TRUE)
    while place >= 0:
        if any(data[place - length - 2 : place - length] == bytes((0x06, length)) for length in range(1, _LONGEST_OID)):
            return True
        place = data.find(_DER_TRUE, place + 1)
    return False


def _entry(listed: x509.RevokedCertificate) -> Entry:
    """Translate an entry that has no critical extension; an unreadable reason counts as none."""
    try:
        reason: str | None = listed.extensions.get_extension_for_class(x509.CRLReason).value.reason.name
    except (x509.ExtensionNotFound, ValueError):
        reason = None
    return Entry(listed.revocation_date_utc, reason)


def _time(element: der.Element) -> datetime:
    kind = core.UTCTime if element.tag == 0x17 else core.GeneralizedTime
    return _utc(kind.load(element.whole).native)


def _utc(value: object) -> datetime:
    if not isinstance(value, datetime):
        raise ValueError("not a time that can be read")  # noqa: TRY004  one class for all that is unreadable
    return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
