"""Which CRLs and OCSP responses speak about a certificate, and what they say (EN 319 102-1 5.2.6 step 4); pure.

Freshness, the instant of judging and the validity of the signer's certificate at that instant are the judge's matter.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache

from verifier.evidence import AnyCrl, crl_sha256
from verifier.trust.combining import Piece
from verifier.trust.crl import Crl, parse_crl
from verifier.trust.crl_answers import Subject, answers_of, piece_of
from verifier.trust.crypto import is_unsigned
from verifier.trust.findings import RejectedData, RejectedError, Rejection, RevocationData, RevocationFindings
from verifier.trust.ocsp import parse_ocsp
from verifier.trust.ocsp_answers import ocsp_answers
from verifier.trust.scope import names_crl
from verifier.x509 import Certificate

__all__ = ["RejectedData", "Rejection", "RevocationData", "RevocationFindings", "revocation_data"]

_GRAVITY = {"good": 0, "on_hold": 1, "revoked": 2}
_UNREADABLE = (ValueError, TypeError, KeyError)


def revocation_data(
    certificate: Certificate,
    issuer: Certificate,
    crls: Iterable[AnyCrl],
    ocsps: Iterable[bytes],
    pool: Iterable[Certificate],
) -> RevocationFindings:
    """Return what the given CRLs (DER or stored) and OCSP responses (DER) say about `certificate`.

    `issuer` is the next certificate of its path; `pool` holds certificates that may have signed the data, among them
    those of the path itself. Objects for other issuers and certificates are passed over in silence. Data that says
    *revoked* or *on hold* is accepted even where it is a delta, for some reasons only, or the certificate had expired;
    data that says *good* only where it answers for this certificate and for all reasons, alone or together with others.
    """
    subject = Subject(certificate, issuer, tuple(dict.fromkeys(pool)))
    accepted, rejected = _from_crls(crls, subject)
    for data in dict.fromkeys(ocsps):
        found, refused = _from_ocsp(data, subject)
        accepted += found
        rejected += refused
    accepted.sort(key=_rank, reverse=True)
    rejected.sort(key=lambda one: (one.kind, one.reason, one.sha256))
    return RevocationFindings(tuple(accepted), tuple(rejected))


def _rank(data: RevocationData) -> tuple[datetime, datetime, int, str]:
    return data.this_update, data.issued_at, _GRAVITY[data.status], data.sha256


def _from_crls(crls: Iterable[AnyCrl], subject: Subject) -> tuple[list[RevocationData], list[RejectedData]]:
    pieces: list[Piece] = []
    rejected: list[RejectedData] = []
    for data in dict.fromkeys(crls):
        crl: Crl | None = None
        try:
            crl = parse_crl(data)
            if names_crl(subject.certificate, crl):
                pieces.append(piece_of(crl, subject))
        except RejectedError as refused:
            rejected.append(_refused_crl(crl, data, refused.reason))
        except _UNREADABLE:
            rejected.append(_refused_crl(crl, data, Rejection.UNREADABLE))
    answers, left = answers_of(pieces)
    rejected += [RejectedData(piece.crl.sha256, "crl", why, piece.crl.this_update) for piece, why in left]
    return answers, rejected


def _refused_crl(crl: Crl | None, data: AnyCrl, reason: Rejection) -> RejectedData:
    if crl is None:
        return RejectedData(_sha256(data), "crl", reason)
    if reason is Rejection.SIGNATURE and isinstance(data, bytes) and is_unsigned(data):
        reason = Rejection.UNSIGNED
    return RejectedData(crl.sha256, "crl", reason, crl.this_update)


def _from_ocsp(data: bytes, subject: Subject) -> tuple[list[RevocationData], list[RejectedData]]:
    try:
        response = parse_ocsp(data)
        accepted, refused = ocsp_answers(response, subject)
    except RejectedError as why:
        return [], [RejectedData(_sha256(data), "ocsp", why.reason)]
    except _UNREADABLE:
        return [], [RejectedData(_sha256(data), "ocsp", Rejection.UNREADABLE)]
    return accepted, [
        RejectedData(response.sha256, "ocsp", why, answer.this_update if answer else response.produced_at)
        for answer, why in refused
    ]


@lru_cache(maxsize=512)
def _sha256(data: AnyCrl) -> str:
    return crl_sha256(data)
