"""One OCSP response (RFC 6960), read into frozen records; no trust, no clock."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from asn1crypto import core, ocsp

from verifier.trust.crl_frame import in_utc
from verifier.trust.findings import RejectedError, Rejection
from verifier.x509 import AlgorithmUse, Certificate, algorithm_use

_CERT_HASH = "1.3.36.8.3.13"
_ARCHIVE_CUTOFF = "1.3.6.1.5.5.7.48.1.6"
_KNOWN_EXTENSIONS = {
    "1.3.6.1.5.5.7.48.1.2",
    "1.3.6.1.5.5.7.48.1.3",
    "1.3.6.1.5.5.7.48.1.7",
    "1.3.6.1.5.5.7.48.1.9",
    "1.3.6.1.4.1.11129.2.4.5",
    "2.5.29.21",
    "2.5.29.24",
    "2.5.29.29",
    _ARCHIVE_CUTOFF,
    _CERT_HASH,
}
_HASHES = {"sha1", "sha256", "sha384", "sha512"}
"""Hashes by which an answer may name its certificate: we ask by the first two, answers by SHA-512 are met in files."""
_REFUSALS = {
    "malformed_request": Rejection.MALFORMED_REQUEST,
    "internal_error": Rejection.RESPONDER_ERROR,
    "try_later": Rejection.RESPONDER_LATER,
    "sign_required": Rejection.RESPONDER_SIGN,
    "unauthorized": Rejection.UNAUTHORIZED,
}
_NEVER_ISSUED = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class CertId:
    """Which certificate an answer is for."""

    hash_name: str
    issuer_name_hash: bytes
    issuer_key_hash: bytes
    serial: int


@dataclass(frozen=True)
class Answer:
    """One SingleResponse."""

    cert_id: CertId
    status: str
    """`good`, `revoked`, `on_hold` or `unknown`."""
    revoked_at: datetime | None
    reason: str | None
    this_update: datetime
    next_update: datetime | None
    archive_cutoff: datetime | None
    certificate_hash: tuple[str, bytes] | None
    """Hash name and value of the positive statement CertHash (Common PKI); None where absent."""
    unknown_critical: bool


@dataclass(frozen=True)
class OcspResponse:
    """A basic OCSP response."""

    sha256: str
    """Of the bytes given, whether OCSPResponse or BasicOCSPResponse."""
    basic: bytes
    """DER of the BasicOCSPResponse."""
    responder_name: str
    """Responder's name folded for comparison; empty where it is given by key."""
    responder_key_hash: bytes
    """SHA-1 of the responder's key; empty where it is given by name."""
    produced_at: datetime
    signature_use: AlgorithmUse
    certificates: tuple[Certificate, ...]
    answers: tuple[Answer, ...]
    unknown_critical: bool


@lru_cache(maxsize=256)
def parse_ocsp(data: bytes) -> OcspResponse:
    """Read an OCSPResponse or BasicOCSPResponse; RejectedError `unreadable`, or by the status it gives instead."""
    try:
        return _read(data, _basic(data))
    except RejectedError:
        raise
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, IndexError):
        raise RejectedError(Rejection.UNREADABLE) from None


def is_for(cert_id: CertId, certificate: Certificate, issuer: Certificate) -> bool:
    """Return whether the answer is for this certificate of this issuer, named by a known hash (RFC 6960 4.1.1)."""
    return cert_id.hash_name in _HASHES and _matches(cert_id, certificate, issuer) == (True, True)


def is_near(cert_id: CertId, certificate: Certificate, issuer: Certificate) -> Rejection | None:
    """Return why an answer that seems to be for the certificate is not; None where it is for quite another one."""
    name, key = _matches(cert_id, certificate, issuer)
    if cert_id.hash_name not in _HASHES:
        return Rejection.CERT_ID if name and key else None
    return Rejection.OTHER_KEY if name and not key else None


def _matches(cert_id: CertId, certificate: Certificate, issuer: Certificate) -> tuple[bool, bool]:
    """Whether the issuer's name and its key are those that the answer names; neither for another serial number."""
    if cert_id.serial != certificate.serial:
        return False, False
    names = (certificate.asn1.issuer.dump(), issuer.asn1.subject.dump())
    try:
        name = any(hashlib.new(cert_id.hash_name, one).digest() == cert_id.issuer_name_hash for one in names)
        return name, key_hash(issuer, cert_id.hash_name) == cert_id.issuer_key_hash
    except (ValueError, TypeError):  # a hash that is not known here
        return False, False


def key_hash(certificate: Certificate, hash_name: str) -> bytes:
    """Hash of the bits of the subject's public key, without tag, length and unused bits."""
    bits = certificate.asn1["tbs_certificate"]["subject_public_key_info"]["public_key"].contents[1:]
    return hashlib.new(hash_name, bits).digest()


def _basic(data: bytes) -> ocsp.BasicOCSPResponse:
    try:
        whole = ocsp.OCSPResponse.load(data, strict=True)
        status = whole["response_status"].native
    except (ValueError, TypeError, KeyError):
        # validation data sometimes holds the inner structure alone
        return ocsp.BasicOCSPResponse.load(data, strict=True)
    if status != "successful":
        raise RejectedError(_REFUSALS.get(status, Rejection.NOT_SUCCESSFUL))
    return whole["response_bytes"]["response"].parsed


def _read(data: bytes, basic: ocsp.BasicOCSPResponse) -> OcspResponse:
    content = basic["tbs_response_data"]
    responder = content["responder_id"]
    by_name = responder.name == "by_name"
    return OcspResponse(
        sha256=hashlib.sha256(data).hexdigest(),
        basic=bytes(basic.dump()),
        responder_name=str(responder.chosen.hashable) if by_name else "",
        responder_key_hash=b"" if by_name else bytes(responder.chosen.native),
        produced_at=in_utc(content["produced_at"].native),
        signature_use=algorithm_use(basic["signature_algorithm"]),
        certificates=tuple(_certificates(basic)),
        answers=tuple(_answer(single) for single in content["responses"]),
        unknown_critical=_has_unknown_critical(content["response_extensions"]),
    )


def _certificates(basic: ocsp.BasicOCSPResponse) -> Iterator[Certificate]:
    for certificate in basic["certs"] or ():
        try:
            yield Certificate.parse(certificate.dump())
        except ValueError:  # one broken certificate does not spoil the response
            continue


def _answer(single: ocsp.SingleResponse) -> Answer:
    cert_id = single["cert_id"]
    status, revoked_at, reason = _status(single["cert_status"])
    values = {extension["extn_id"].dotted: extension["extn_value"] for extension in single["single_extensions"] or ()}
    cutoff = values.get(_ARCHIVE_CUTOFF)
    stated = values.get(_CERT_HASH)
    next_update = single["next_update"].native
    return Answer(
        cert_id=CertId(
            hash_name=str(cert_id["hash_algorithm"]["algorithm"].native),
            issuer_name_hash=bytes(cert_id["issuer_name_hash"].native),
            issuer_key_hash=bytes(cert_id["issuer_key_hash"].native),
            serial=int(cert_id["serial_number"].native),
        ),
        status=status,
        revoked_at=revoked_at,
        reason=reason,
        this_update=in_utc(single["this_update"].native),
        next_update=None if next_update is None else in_utc(next_update),
        archive_cutoff=None if cutoff is None else in_utc(cutoff.parsed.native),
        certificate_hash=None if stated is None else _certificate_hash(bytes(stated.contents)),
        unknown_critical=_has_unknown_critical(single["single_extensions"]),
    )


def _status(choice: ocsp.CertStatus) -> tuple[str, datetime | None, str | None]:
    if choice.name != "revoked":
        return choice.name, None, None
    revoked_at = in_utc(choice.chosen["revocation_time"].native)
    reason = choice.chosen["revocation_reason"].native
    if reason == "remove_from_crl":
        return "good", None, reason
    # a hold since 1970 stands for "never issued" (RFC 6960 2.2)
    on_hold = reason == "certificate_hold" and revoked_at != _NEVER_ISSUED
    return ("on_hold" if on_hold else "revoked"), revoked_at, reason


class _CertHash(core.Sequence):  # type: ignore[misc]
    _fields = [("hash_algorithm", core.Any), ("certificate_hash", core.OctetString)]  # noqa: RUF012


def _certificate_hash(value: bytes) -> tuple[str, bytes]:
    stated = _CertHash.load(value)
    algorithm = ocsp.DigestAlgorithm.load(stated["hash_algorithm"].dump())
    return str(algorithm["algorithm"].native), bytes(stated["certificate_hash"].native)


def _has_unknown_critical(extensions: core.SequenceOf) -> bool:
    return any(
        extension["critical"].native and extension["extn_id"].dotted not in _KNOWN_EXTENSIONS
        for extension in extensions or ()
    )
