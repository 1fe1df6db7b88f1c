"""Certificates of the test PKI, written field by field so that any of them can be spoiled."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from asn1crypto import core, x509
from asn1crypto.util import OrderedDict

from tests.pki.keys import Key, algorithm, sign

NOCHECK = "1.3.6.1.5.5.7.48.1.5"
VALIDITY_ASSURED = "0.4.0.194121.2.1"
NO_REV_AVAIL = "2.5.29.56"
NULL = b"\x05\x00"

CA_USAGE = frozenset({"key_cert_sign", "crl_sign"})
SIGNER_USAGE = frozenset({"digital_signature", "non_repudiation"})
LAST_UTC_TIME = 2049


@dataclass(frozen=True)
class Spec:
    """What one certificate shall say; spoil it with `but`."""

    name: str
    key: Key
    not_before: datetime
    not_after: datetime
    ca: bool = False
    usage: frozenset[str] | None = SIGNER_USAGE
    """Key usage; None leaves the extension out."""
    extended: tuple[str, ...] = ()
    extended_critical: bool = True
    extensions: tuple[str, ...] = ()
    """OIDs of further extensions whose value is NULL."""
    digest: str = "sha256"
    """Hash of the issuer's signature."""
    crl_urls: tuple[str, ...] = ()
    ocsp_urls: tuple[str, ...] = ()
    issuer_urls: tuple[str, ...] = ()
    serial: int = 0
    """0: derived from the name."""

    def but(self, **changes: Any) -> Spec:
        """Return a copy with `changes`."""
        return replace(self, **changes)


@dataclass(frozen=True)
class Identity:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: Key

    @cached_property
    def der(self) -> bytes:
        """The certificate in DER."""
        return bytes(self.certificate.dump())

    @property
    def serial(self) -> int:
        """Serial number."""
        return int(self.certificate.serial_number)

    @property
    def name(self) -> x509.Name:
        """Subject."""
        return self.certificate.subject

    @property
    def key_id(self) -> bytes:
        """SHA-1 of the public key bits."""
        return bytes(self.certificate.public_key.sha1)


def name_of(common_name: str) -> x509.Name:
    """Distinguished name in the country VN."""
    return x509.Name.build(
        OrderedDict([("country_name", "VN"), ("organization_name", "Test authority"), ("common_name", common_name)])
    )


def asn1_time(instant: datetime) -> x509.Time:
    """UTCTime up to 2049, GeneralizedTime after it (RFC 5280 4.1.2.5)."""
    kind = "utc_time" if instant.year <= LAST_UTC_TIME else "general_time"
    return x509.Time({kind: instant.astimezone(UTC).replace(microsecond=0)})


def issue(spec: Spec, issuer: Identity | None = None) -> Identity:
    """Certificate for `spec`, signed by `issuer`, or by itself."""
    signer = issuer.key if issuer else spec.key
    subject = name_of(spec.name)
    used = algorithm(signer, spec.digest)
    serial = spec.serial or int.from_bytes(hashlib.sha256(spec.name.encode()).digest()[:8], "big")
    body = x509.TbsCertificate(
        {
            "version": "v3",
            "serial_number": serial,
            "signature": used,
            "issuer": issuer.name if issuer else subject,
            "validity": {"not_before": asn1_time(spec.not_before), "not_after": asn1_time(spec.not_after)},
            "subject": subject,
            "subject_public_key_info": spec.key.public,
            "extensions": _extensions(spec, issuer),
        }
    )
    value = sign(signer, body.dump(), spec.digest)
    certificate = x509.Certificate({"tbs_certificate": body, "signature_algorithm": used, "signature_value": value})
    return Identity(x509.Certificate.load(certificate.dump()), spec.key)


def _extensions(spec: Spec, issuer: Identity | None) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [_extension("key_identifier", spec.key.public.sha1)]
    if issuer:
        found.append(_extension("authority_key_identifier", {"key_identifier": issuer.key_id}))
    if spec.ca:
        found.append(_extension("basic_constraints", {"ca": True}, critical=True))
    if spec.usage is not None:
        found.append(_extension("key_usage", set(spec.usage), critical=True))
    if spec.extended:
        found.append(_extension("extended_key_usage", list(spec.extended), critical=spec.extended_critical))
    if spec.crl_urls:
        point = {"distribution_point": x509.DistributionPointName("full_name", _urls(spec.crl_urls))}
        found.append(_extension("crl_distribution_points", [point]))
    access = [{"access_method": "ocsp", "access_location": url} for url in _urls(spec.ocsp_urls)]
    access += [{"access_method": "ca_issuers", "access_location": url} for url in _urls(spec.issuer_urls)]
    if access:
        found.append(_extension("authority_information_access", access))
    return found + [_extension(oid, core.ParsableOctetString(NULL)) for oid in spec.extensions]


def _extension(kind: str, value: Any, *, critical: bool = False) -> dict[str, Any]:
    return {"extn_id": kind, "critical": critical, "extn_value": value}


def _urls(urls: tuple[str, ...]) -> list[x509.GeneralName]:
    return [x509.GeneralName("uniform_resource_identifier", url) for url in urls]
