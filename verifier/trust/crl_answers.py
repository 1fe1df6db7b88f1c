"""What CRLs say about one certificate: who signed them, whom they list, alone and together (RFC 5280 6.3.3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from asn1crypto import x509 as asn1

from verifier.trust.combining import Piece, combined
from verifier.trust.crl import REMOVED, Crl
from verifier.trust.crypto import issued_by
from verifier.trust.findings import RejectedError, Rejection, RevocationData
from verifier.trust.scope import reasons_covered
from verifier.trust.usage import may_sign_crls
from verifier.x509 import Certificate

MAX_SIGNERS = 64
"""Certificates of the right name that are tried as signer of one object."""
MAX_ANCESTORS = 10
"""Certificates above the issuer that may vouch for a CRL issuer."""
_AUTHORITY_KEY = "2.5.29.35"


@dataclass(frozen=True)
class Subject:
    """Whose revocation is asked for, with the certificates that may help."""

    certificate: Certificate
    issuer: Certificate
    pool: tuple[Certificate, ...]


def piece_of(crl: Crl, subject: Subject) -> Piece:
    """Return what one CRL says about the certificate; RejectedError where it cannot be believed at all."""
    path = _signer(crl, subject)
    if crl.unknown_critical:
        raise RejectedError(Rejection.CRITICAL_EXTENSION)
    certificate = subject.certificate
    try:
        entry = crl.entry(certificate.serial, certificate.issuer_key)
    except (ValueError, TypeError, KeyError, StopIteration):
        raise RejectedError(Rejection.ENTRIES) from None
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
    if entry is not None and entry.reason != REMOVED:
        status = "on_hold" if entry.reason == "certificate_hold" else "revoked"
        answer = replace(answer, status=status, revoked_at=entry.revoked_at)
        require_usable(answer, certificate)
    try:
        reasons = reasons_covered(certificate, crl)
        require_usable(replace(answer, status="good"), certificate)
    except RejectedError as refused:
        return Piece(crl, answer, frozenset(), refused.reason)
    return Piece(crl, answer, reasons)


def answers_of(pieces: Iterable[Piece]) -> tuple[list[RevocationData], list[tuple[Piece, Rejection]]]:
    """Return what the CRLs say, alone and together, and those that brought nothing to it, with the reason."""
    known = list(pieces)
    joined = combined(known)
    used = {part.sha256 for datum in joined for part in datum.objects}
    refused = []
    for piece in known:
        if piece.alone or piece.datum.sha256 in used:
            continue
        refused.append((piece, piece.refusal or (Rejection.DELTA if piece.is_delta else Rejection.REASONS)))
    return [*(piece.datum for piece in known if piece.alone), *joined], refused


def require_usable(data: RevocationData, certificate: Certificate, *, certificate_known: bool = False) -> None:
    """Raise RejectedError unless the data was made within its signer's validity.

    Data that says *good* must cover the certificate still, and its dates must fit; *revoked* is believed without that.
    """
    if not data.signer.valid_at(data.issued_at):
        raise RejectedError(Rejection.SIGNER_VALIDITY)
    if data.status != "good":
        return
    covered = data.covers_expired_since is not None and data.covers_expired_since <= certificate.not_after
    if certificate.not_after < data.this_update and not covered and not certificate_known:
        raise RejectedError(Rejection.EXPIRED)
    if data.this_update > data.issued_at:
        raise RejectedError(Rejection.STATUS_LATER)
    if data.next_update is not None and data.next_update < data.this_update:
        raise RejectedError(Rejection.ENDS_FIRST)
    if data.next_update is not None and data.next_update < data.issued_at:
        raise RejectedError(Rejection.PRODUCED_LATE)


def _signer(crl: Crl, subject: Subject) -> tuple[Certificate, ...]:
    """Return the CRL's signer and who vouches for it (RFC 5280 6.3.3 f-g): the CA, or a CRL issuer in the same path."""
    refused: Rejection | None = None
    candidates = list(_possible_signers(crl, subject))
    for path in candidates:
        if not crl.verified_by(path[0].public_key):
            continue
        if may_sign_crls(path[0]):
            return path
        refused = Rejection.CRL_SIGN
    raise RejectedError(refused or _why_unverified(crl, [path[0] for path in candidates]))


def _why_unverified(crl: Crl, candidates: list[Certificate]) -> Rejection:
    named = _key_id(crl)
    known = {one.asn1.key_identifier or one.asn1.public_key.sha1 for one in candidates}
    return Rejection.OTHER_KEY if candidates and named and named not in known else Rejection.SIGNATURE


def _key_id(crl: Crl) -> bytes | None:
    """Return which key the CRL says it was signed with; None where it does not say."""
    value = crl.extensions.get(_AUTHORITY_KEY)
    try:
        return None if value is None else asn1.AuthorityKeyIdentifier.load(value)["key_identifier"].native
    except (ValueError, TypeError, KeyError):
        return None


def _possible_signers(crl: Crl, subject: Subject) -> Iterator[tuple[Certificate, ...]]:
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


def _line(subject: Subject) -> list[Certificate]:
    """The issuer and the certificates above it, each verified to have signed the one below."""
    line = [subject.issuer]
    for below in line:
        above = (one for one in subject.pool if one not in line and issued_by(below, one))
        line.extend(one for one in above if len(line) < MAX_ANCESTORS)
    return line
