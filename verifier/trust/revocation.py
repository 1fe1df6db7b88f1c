"""Which CRLs and OCSP responses speak about a certificate, and what they say (EN 319 102-1 5.2.6 step 4); pure.

Freshness, the instant of judging and the validity of the signer's certificate at that instant are the judge's matter.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache, partial

from verifier.trust.crl import REMOVED, Crl, parse_crl
from verifier.trust.crypto import issued_by, object_verifies
from verifier.trust.findings import RejectedData, RejectedError, Rejection, RevocationData, RevocationFindings
from verifier.trust.ocsp import Answer, OcspResponse, is_for, key_hash, parse_ocsp
from verifier.trust.scope import names_crl, require_whole_scope
from verifier.trust.usage import may_answer_ocsp, may_sign_crls
from verifier.x509 import Certificate

__all__ = ["RejectedData", "Rejection", "RevocationData", "RevocationFindings", "revocation_data"]

MAX_SIGNERS = 64
"""Certificates of the right name that are tried as signer of one object."""
MAX_ANCESTORS = 10
"""Certificates above the issuer that may vouch for a CRL issuer."""
_GRAVITY = {"good": 0, "on_hold": 1, "revoked": 2}


@dataclass(frozen=True)
class _Subject:
    """Whose revocation is asked for, with the certificates that may help."""

    certificate: Certificate
    issuer: Certificate
    pool: tuple[Certificate, ...]


def revocation_data(
    certificate: Certificate,
    issuer: Certificate,
    crls: Iterable[bytes],
    ocsps: Iterable[bytes],
    pool: Iterable[Certificate],
) -> RevocationFindings:
    """Return what the given CRLs and OCSP responses (DER) say about `certificate`.

    `issuer` is the next certificate of its path; `pool` holds certificates that may have signed the data, among them
    those of the path itself. Objects for other issuers and certificates are passed over in silence. Data that says
    *revoked* or *on hold* is accepted even where it is a delta, for some reasons only, or the certificate had expired;
    data that says *good* only where it answers for this certificate and for all reasons.
    """
    subject = _Subject(certificate, issuer, tuple(dict.fromkeys(pool)))
    accepted: list[RevocationData] = []
    rejected: list[RejectedData] = []
    tasks: list[tuple[str, bytes, Callable[[], Iterator[RevocationData]]]] = [
        *(("crl", data, partial(_from_crl, data, subject)) for data in dict.fromkeys(crls)),
        *(("ocsp", data, partial(_from_ocsp, data, subject)) for data in dict.fromkeys(ocsps)),
    ]
    for kind, data, read in tasks:
        try:
            accepted.extend(read())
        except RejectedError as refusal:
            rejected.append(RejectedData(_sha256(data), kind, refusal.reason))
    accepted.sort(key=_rank, reverse=True)
    return RevocationFindings(tuple(accepted), tuple(rejected))


def _rank(data: RevocationData) -> tuple[datetime, datetime, int, str]:
    return data.this_update, data.issued_at, _GRAVITY[data.status], data.sha256


def _require_usable(data: RevocationData, certificate: Certificate, *, certificate_known: bool = False) -> None:
    """Raise RejectedError unless the data was issued within its signer's validity and still covers the certificate."""
    if not data.signer.valid_at(data.issued_at):
        raise RejectedError(Rejection.SIGNER_VALIDITY)
    covered = data.covers_expired_since is not None and data.covers_expired_since <= certificate.not_after
    if data.status == "good" and certificate.not_after < data.this_update and not covered and not certificate_known:
        raise RejectedError(Rejection.EXPIRED)


# --- CRL ---------------------------------------------------------------------------------------------------------


def _from_crl(data: bytes, subject: _Subject) -> Iterator[RevocationData]:
    try:
        crl = parse_crl(data)
        if names_crl(subject.certificate, crl):
            yield _crl_answer(crl, subject)
    except RejectedError:
        raise
    except (ValueError, TypeError, KeyError):
        raise RejectedError(Rejection.UNREADABLE) from None


def _crl_answer(crl: Crl, subject: _Subject) -> RevocationData:
    path = _crl_signer(crl, subject)
    if crl.unknown_critical:
        raise RejectedError(Rejection.CRITICAL_EXTENSION)
    certificate = subject.certificate
    try:
        entry = crl.entry(certificate.serial, certificate.issuer_key)
    except (ValueError, TypeError, KeyError, StopIteration):
        raise RejectedError(Rejection.ENTRIES) from None
    listed = entry is not None and entry.reason != REMOVED
    answer = RevocationData(
        kind="crl",
        sha256=crl.sha256,
        this_update=crl.this_update,
        next_update=crl.next_update,
        produced_at=None,
        status="good",
        revoked_at=None,
        reason=entry.reason if entry else None,
        signer=path[0],
        signer_path=path,
        signature_use=crl.signature_use,
        covers_expired_since=crl.covers_expired_since,
        before_validity=crl.this_update < certificate.not_before,
    )
    if entry is not None and listed:
        status = "on_hold" if entry.reason == "certificate_hold" else "revoked"
        answer = replace(answer, status=status, revoked_at=entry.revoked_at)
    else:
        require_whole_scope(certificate, crl)
    _require_usable(answer, certificate)
    return answer


def _crl_signer(crl: Crl, subject: _Subject) -> tuple[Certificate, ...]:
    """Return the CRL's signer and who vouches for it (RFC 5280 6.3.3 f-g): the CA, or a CRL issuer in the same path."""
    refused = Rejection.SIGNATURE
    for path in _possible_crl_signers(crl, subject):
        if not _verifies(crl.der, path[0].public_key):
            continue
        if may_sign_crls(path[0]):
            return path
        refused = Rejection.CRL_SIGN
    raise RejectedError(refused)


def _possible_crl_signers(crl: Crl, subject: _Subject) -> Iterator[tuple[Certificate, ...]]:
    if subject.issuer.subject_key == crl.issuer_key:
        yield (subject.issuer,)
    candidates = [one for one in subject.pool if one.subject_key == crl.issuer_key and one != subject.issuer]
    if not candidates:
        return
    line = _line(subject)
    for candidate in candidates[:MAX_SIGNERS]:
        if candidate in line:
            yield (candidate,)
            continue
        voucher = next((above for above in line if issued_by(candidate, above)), None)
        if voucher is not None:
            yield (candidate, voucher)


def _line(subject: _Subject) -> list[Certificate]:
    """The issuer and the certificates above it, each verified to have signed the one below."""
    line = [subject.issuer]
    for below in line:
        above = (one for one in subject.pool if one not in line and issued_by(below, one))
        line.extend(one for one in above if len(line) < MAX_ANCESTORS)
    return line


# --- OCSP --------------------------------------------------------------------------------------------------------


def _from_ocsp(data: bytes, subject: _Subject) -> Iterator[RevocationData]:
    try:
        response = parse_ocsp(data)
        answers = [answer for answer in response.answers if is_for(answer.cert_id, subject.certificate, subject.issuer)]
        if answers:
            path = _responder(response, subject)
            yield from [_ocsp_answer(response, answer, path, subject.certificate) for answer in answers]
    except RejectedError:
        raise
    except (ValueError, TypeError, KeyError):
        raise RejectedError(Rejection.UNREADABLE) from None


def _ocsp_answer(
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
    _require_usable(data, certificate, certificate_known=stated is not None)
    return data


def _responder(response: OcspResponse, subject: _Subject) -> tuple[Certificate, ...]:
    """Return the responder and who vouches for it: the CA, or one the CA itself delegated to (RFC 6960 4.2.2.2)."""
    refused = Rejection.SIGNATURE
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
    raise RejectedError(refused)


def _is_named(response: OcspResponse, candidate: Certificate) -> bool:
    if response.responder_name:
        return candidate.subject_key == response.responder_name
    return key_hash(candidate, "sha1") == response.responder_key_hash


# --- shared ------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=512)
def _verifies(signed_object: bytes, public_key: bytes) -> bool:
    return object_verifies(signed_object, public_key)


@lru_cache(maxsize=512)
def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _digest(name: str, data: bytes) -> bytes:
    try:
        return hashlib.new(name, data).digest()
    except ValueError:
        return b""
