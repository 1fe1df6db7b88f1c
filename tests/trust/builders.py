"""Certificates, CRLs and OCSP responses for the tests of trust, with every extension at will."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from asn1crypto import algos, core, ocsp
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from verifier.snapshot import Anchor
from verifier.x509 import Certificate

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
CA_USAGE = frozenset({"key_cert_sign", "crl_sign"})
_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


REVOKED_AT = day("2025-06-01")
START, END = day("2020-01-01"), day("2030-01-01")
NOW = day("2026-01-01")
WEEK = timedelta(days=7)


@cache
def key(name: str) -> ec.EllipticCurvePrivateKey:
    seed = int.from_bytes(hashlib.sha512(name.encode()).digest(), "big")
    return ec.derive_private_key(seed % (P256_ORDER - 1) + 1, ec.SECP256R1())


def name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "VN"), x509.NameAttribute(NameOID.COMMON_NAME, text)])


def usage(bits: frozenset[str]) -> x509.KeyUsage:
    return x509.KeyUsage(**{bit: bit in bits for bit in _USAGES})


@dataclass(frozen=True)
class Spec:
    """What a certificate shall say."""

    subject: str
    key_name: str = ""
    ca: bool | None = False
    path_length: int | None = None
    usages: frozenset[str] | None = frozenset({"digital_signature"})
    start: datetime = START
    end: datetime = END
    serial: int = 0
    extra: tuple[tuple[x509.ExtensionType, bool], ...] = ()
    """Further extensions, each with whether it is critical."""

    def but(self, **changes: Any) -> Spec:
        return replace(self, **changes)


@dataclass(frozen=True)
class Party:
    """A certificate with its key."""

    certificate: Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def der(self) -> bytes:
        return self.certificate.der

    @property
    def x509(self) -> x509.Certificate:
        return x509.load_der_x509_certificate(self.der)

    @property
    def anchor(self) -> Anchor:
        return Anchor(self.der, self.certificate.common_name)


def issue(spec: Spec, issuer: Party | None = None, *, signer: str = "") -> Party:
    """Certificate for `spec` by `issuer` or itself; `signer` names a key to sign with in place of the issuer's."""
    own = key(spec.key_name or spec.subject)
    signing = key(signer) if signer else issuer.key if issuer else own
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(spec.subject))
        .issuer_name(issuer.x509.subject if issuer else name(spec.subject))
        .public_key(own.public_key())
        .serial_number(spec.serial or int.from_bytes(hashlib.sha256(spec.subject.encode()).digest()[:8], "big"))
        .not_valid_before(spec.start)
        .not_valid_after(spec.end)
    )
    if spec.ca is not None:
        builder = builder.add_extension(x509.BasicConstraints(spec.ca, spec.path_length), critical=True)
    if spec.usages is not None:
        builder = builder.add_extension(usage(spec.usages), critical=True)
    for extension, critical in spec.extra:
        builder = builder.add_extension(extension, critical=critical)
    der = builder.sign(signing, hashes.SHA256()).public_bytes(Encoding.DER)
    return Party(Certificate.parse(der), own)


def root(subject: str = "Root", **changes: Any) -> Party:
    return issue(Spec(subject, ca=True, usages=CA_USAGE).but(**changes))


def authority(issuer: Party, subject: str = "CA", **changes: Any) -> Party:
    return issue(Spec(subject, ca=True, usages=CA_USAGE).but(**changes), issuer)


def leaf(issuer: Party, subject: str = "Signer", **changes: Any) -> Party:
    return issue(Spec(subject).but(**changes), issuer)


def responder(issuer: Party, subject: str = "Responder", **changes: Any) -> Party:
    extended = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING])
    return issue(Spec(subject, extra=((extended, False),)).but(**changes), issuer)


# --- revocation --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Revoked:
    """One entry of a CRL."""

    serial: int
    at: datetime
    reason: x509.ReasonFlags | None = None
    extra: tuple[tuple[x509.ExtensionType, bool], ...] = ()


def crl(
    issuer: Party,
    *revoked: Revoked,
    at: datetime = NOW,
    lasts: timedelta | None = WEEK,
    extra: Sequence[tuple[x509.ExtensionType, bool]] = (),
    signer: str = "",
) -> bytes:
    builder = x509.CertificateRevocationListBuilder().issuer_name(issuer.x509.subject).last_update(at)
    builder = builder.next_update(at + (lasts or WEEK))
    for one in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(one.serial).revocation_date(one.at)
        if one.reason:
            entry = entry.add_extension(x509.CRLReason(one.reason), critical=False)
        for extension, critical in one.extra:
            entry = entry.add_extension(extension, critical=critical)
        builder = builder.add_revoked_certificate(entry.build())
    for extension, critical in extra:
        builder = builder.add_extension(extension, critical=critical)
    return builder.sign(key(signer) if signer else issuer.key, hashes.SHA256()).public_bytes(Encoding.DER)


def scope(
    *,
    urls: Sequence[str] = (),
    users: bool = False,
    authorities: bool = False,
    attributes: bool = False,
    indirect: bool = False,
    reasons: frozenset[x509.ReasonFlags] | None = None,
) -> tuple[x509.ExtensionType, bool]:
    """Issuing distribution point."""
    point = x509.IssuingDistributionPoint(
        full_name=[x509.UniformResourceIdentifier(url) for url in urls] or None,
        relative_name=None,
        only_contains_user_certs=users,
        only_contains_ca_certs=authorities,
        only_some_reasons=reasons,
        indirect_crl=indirect,
        only_contains_attribute_certs=attributes,
    )
    return point, True


def crl_points(*urls: str, issuer: str = "") -> tuple[x509.CRLDistributionPoints, bool]:
    """CRL distribution points, one for each URL; `issuer` is the name of the CRL issuer."""
    names = [x509.DirectoryName(name(issuer))] if issuer else None
    points = [x509.DistributionPoint([x509.UniformResourceIdentifier(url)], None, None, names) for url in urls]
    if issuer and not urls:
        points = [x509.DistributionPoint(None, None, None, names)]
    return x509.CRLDistributionPoints(points), False


@dataclass(frozen=True)
class OcspSpec:
    """What an OCSP response shall say; the default is *good* by the issuer."""

    status: str = "good"
    revoked_at: datetime = REVOKED_AT
    reason: str = "key_compromise"
    at: datetime = NOW
    lasts: timedelta | None = WEEK
    produced_at: datetime | None = None
    cert_id_hash: str = "sha1"
    by_name: bool = False
    archive_cutoff: datetime | None = None
    certificate_hash: bytes | None = None
    single_extensions: tuple[dict[str, Any], ...] = ()
    response_extensions: tuple[dict[str, Any], ...] = ()

    def but(self, **changes: Any) -> OcspSpec:
        return replace(self, **changes)


GOOD = OcspSpec()
REVOKED = OcspSpec("revoked")
UNKNOWN_CRITICAL = {"extn_id": "1.2.3.4", "critical": True, "extn_value": core.ParsableOctetString(b"\x05\x00")}


def ocsp_response(
    subjects: Party | Sequence[Party],
    issuer: Party,
    spec: OcspSpec = GOOD,
    *,
    signer: Party | None = None,
    signed_by: str = "",
    basic: bool = False,
) -> bytes:
    """OCSPResponse, or its inner part; `signer` is a delegated responder, `signed_by` a key in its place."""
    responsible = signer or issuer
    named = responsible.certificate.asn1
    by_key = ocsp.ResponderId("by_key", bytes(named.public_key.sha1))
    body = ocsp.ResponseData(
        {
            "responder_id": ocsp.ResponderId("by_name", named.subject) if spec.by_name else by_key,
            "produced_at": spec.produced_at or spec.at,
            "responses": [
                _single(one, issuer, spec) for one in ([subjects] if isinstance(subjects, Party) else subjects)
            ],
            "response_extensions": list(spec.response_extensions) or None,
        }
    )
    signing = key(signed_by) if signed_by else responsible.key
    inner = ocsp.BasicOCSPResponse(
        {
            "tbs_response_data": body,
            "signature_algorithm": {"algorithm": "sha256_ecdsa"},
            "signature": signing.sign(body.dump(), ec.ECDSA(hashes.SHA256())),
            "certs": [signer.certificate.asn1] if signer else None,
        }
    )
    if basic:
        return bytes(inner.dump())
    wrapped = {"response_type": "basic_ocsp_response", "response": inner}
    return bytes(ocsp.OCSPResponse({"response_status": "successful", "response_bytes": wrapped}).dump())


def _single(subject: Party, issuer: Party, spec: OcspSpec) -> dict[str, Any]:
    key_bits = issuer.certificate.asn1.public_key["public_key"].contents[1:]
    extensions = list(spec.single_extensions)
    if spec.archive_cutoff:
        extensions.append({"extn_id": "archive_cutoff", "extn_value": spec.archive_cutoff})
    if spec.certificate_hash is not None:
        stated = _CertHash({"algorithm": {"algorithm": "sha256"}, "value": spec.certificate_hash}).dump()
        extensions.append({"extn_id": "1.3.36.8.3.13", "extn_value": core.ParsableOctetString(stated)})
    revocation = {"revocation_time": spec.revoked_at, "revocation_reason": spec.reason}
    status = ocsp.CertStatus(spec.status, revocation if spec.status == "revoked" else core.Null())
    return {
        "cert_id": {
            "hash_algorithm": {"algorithm": spec.cert_id_hash},
            "issuer_name_hash": hashlib.new(spec.cert_id_hash, issuer.certificate.asn1.subject.dump()).digest(),
            "issuer_key_hash": hashlib.new(spec.cert_id_hash, key_bits).digest(),
            "serial_number": subject.certificate.serial,
        },
        "cert_status": status,
        "this_update": spec.at,
        "next_update": spec.at + spec.lasts if spec.lasts else None,
        "single_extensions": extensions or None,
    }


class _CertHash(core.Sequence):  # type: ignore[misc]
    _fields = [("algorithm", algos.DigestAlgorithm), ("value", core.OctetString)]  # noqa: RUF012
