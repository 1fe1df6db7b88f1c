"""What one OCSP response says about one certificate, and whether its signer may (RFC 6960 4.2.2)."""

from __future__ import annotations

import hashlib
from functools import lru_cache

from verifier.trust.crl_answers import MAX_SIGNERS, Subject, require_usable
from verifier.trust.crypto import is_unsigned, issued_by, object_verifies
from verifier.trust.findings import RejectedError, Rejection, RevocationData
from verifier.trust.ocsp import Answer, OcspResponse, is_for, is_near, key_hash
from verifier.trust.usage import may_answer_ocsp
from verifier.x509 import Certificate


def ocsp_answers(
    response: OcspResponse, subject: Subject
) -> tuple[list[RevocationData], list[tuple[Answer | None, Rejection]]]:
    """Return what its answers for the certificate say, and those that cannot be used, each by itself.

    A response for other certificates alone brings neither. Locally trusted responders are not known here: the CA
    signs, or whom the CA itself delegated to.
    """
    mine = [answer for answer in response.answers if is_for(answer.cert_id, subject.certificate, subject.issuer)]
    if not mine:
        near = (is_near(answer.cert_id, subject.certificate, subject.issuer) for answer in response.answers)
        return [], [(None, why) for why in dict.fromkeys(near) if why is not None]
    accepted: list[RevocationData] = []
    refused: list[tuple[Answer | None, Rejection]] = []
    try:
        path = _responder(response, subject)
    except RejectedError as why:
        return [], [(mine[0], why.reason)]
    for answer in mine:
        try:
            accepted.append(_datum(response, answer, path, subject.certificate))
        except RejectedError as why:
            refused.append((answer, why.reason))
    return accepted, refused


def _datum(
    response: OcspResponse, answer: Answer, path: tuple[Certificate, ...], certificate: Certificate
) -> RevocationData:
    if response.unknown_critical or answer.unknown_critical:
        raise RejectedError(Rejection.CRITICAL_EXTENSION)
    if answer.status == "unknown":
        raise RejectedError(Rejection.STATUS)
    stated = answer.certificate_hash
    if stated is not None and stated[1] != _digest(stated[0], certificate.der):
        raise RejectedError(Rejection.CERTIFICATE_HASH)
    data = RevocationData(
        kind="ocsp",
        sha256=response.sha256,
        this_update=answer.this_update,
        next_update=answer.next_update,
        produced_at=response.produced_at,
        status=answer.status,
        revoked_at=answer.revoked_at,
        reason=answer.reason,
        signer=path[0],
        signer_path=path,
        signature_use=response.signature_use,
        covers_expired_since=answer.archive_cutoff,
        before_validity=answer.this_update < certificate.not_before,
    )
    require_usable(data, certificate, certificate_known=stated is not None)
    return data


def _responder(response: OcspResponse, subject: Subject) -> tuple[Certificate, ...]:
    """Return the responder and who vouches for it: the CA, or one the CA itself delegated to (RFC 6960 4.2.2.2)."""
    refused: Rejection | None = None
    everyone = dict.fromkeys((subject.issuer, *response.certificates, *subject.pool))
    candidates = [one for one in everyone if _is_named(response, one)]
    for candidate in candidates[:MAX_SIGNERS]:
        if not _verifies(response.basic, candidate.public_key):
            continue
        if candidate.public_key == subject.issuer.public_key and candidate.subject_key == subject.issuer.subject_key:
            return (subject.issuer,)
        if issued_by(candidate, subject.issuer) and may_answer_ocsp(candidate):
            return (candidate, subject.issuer)
        refused = Rejection.RESPONDER
    if is_unsigned(response.basic):
        raise RejectedError(Rejection.UNSIGNED)
    raise RejectedError(refused or (Rejection.SIGNATURE if candidates else Rejection.SIGNER_UNKNOWN))


def _is_named(response: OcspResponse, candidate: Certificate) -> bool:
    if response.responder_name:
        return candidate.subject_key == response.responder_name
    return key_hash(candidate, "sha1") == response.responder_key_hash


def _digest(name: str, data: bytes) -> bytes:
    try:
        return hashlib.new(name, data).digest()
    except ValueError:
        return b""


@lru_cache(maxsize=512)
def _verifies(basic: bytes, public_key: bytes) -> bool:
    return object_verifies(basic, public_key)
