"""The level of a signature as a label (EN 319 142-1; ISO 32000-2 12.8); it never changes the verdict."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from verifier.blocks.basic import Basic
from verifier.blocks.poe import later_stamps
from verifier.pades.facts import CmsFacts, DocumentFacts, SignatureFacts
from verifier.trust.revocation import revocation_data
from verifier.verdict import SignatureKind
from verifier.x509 import Certificate

PADES, PKCS7, NOT_ETSI, STAMP = "PAdES-BASELINE", "PKCS7", "NOT-ETSI", "DOCUMENT-TIMESTAMP"


MOST_ISSUERS = 8
"""Certificates of one name that are tried as an issuer."""
MOST_DEEP = 10
"""Length of a path."""


@dataclass(frozen=True)
class InFile:
    """Certificates and revocation data that the file itself holds."""

    pool: tuple[Certificate, ...]
    crls: tuple[bytes, ...]
    ocsps: tuple[bytes, ...]


def level_of(document: DocumentFacts, signature: SignatureFacts, basic: Basic) -> str:
    """Name the level that the file has by what it holds, looking at presence, not validity."""
    if signature.kind is SignatureKind.DOCUMENT_TIMESTAMP:
        return STAMP
    cms = signature.cms
    form = _form(signature)
    if cms is None or signature.problem is not None or form == NOT_ETSI:
        return NOT_ETSI
    stamps = later_stamps(document, signature)
    if not signature.signature_timestamps and not stamps:
        return f"{form}-B"
    held = _in_file(document, signature)
    signers: list[Certificate | None] = [basic.certificate]
    signers += [_signer_of(token.cms, held.pool) for token in signature.signature_timestamps if token.cms]
    if not document.validation_data and not cms.crls and not cms.ocsps:
        return f"{form}-T"
    if not all(certificate and _status_in_file(certificate, held) for certificate in signers):
        return f"{form}-T"
    dss = [data.revision for data in document.validation_data]
    archived = any(revision <= stamp.revision for stamp in stamps for revision in dss)
    return f"{form}-LTA" if archived else f"{form}-LT"


def _form(signature: SignatureFacts) -> str:
    cms = signature.cms
    if cms is None:
        return NOT_ETSI
    if signature.sub_filter == "ETSI.CAdES.detached":
        return PADES if _baseline_b(signature, cms) else "PAdES"
    return PKCS7 if signature.sub_filter in ("adbe.pkcs7.detached", "adbe.pkcs7.sha1") else NOT_ETSI


def _baseline_b(signature: SignatureFacts, cms: CmsFacts) -> bool:
    """EN 319 142-1 clause 6: the attributes that a baseline signature must and must not have."""
    return (
        bool(cms.certificates)
        and cms.message_digest is not None
        and cms.ess_attributes == 1
        and cms.signing_time is None
        and "M" in signature.dictionary
        and "Filter" in signature.dictionary
        and not ("Reason" in signature.dictionary and cms.signature_policy is not None)
    )


def _in_file(document: DocumentFacts, signature: SignatureFacts) -> InFile:
    cms = [one for one in [signature.cms, *(token.cms for token in signature.signature_timestamps)] if one]
    pool: list[Certificate] = [certificate for one in cms for certificate in one.certificates]
    crls = [crl for one in cms for crl in one.crls]
    ocsps = [ocsp for one in cms for ocsp in one.ocsps]
    for data in document.validation_data:
        pool += _readable(data.certificates)
        crls += data.crls
        ocsps += data.ocsps
    return InFile(tuple(dict.fromkeys(pool)), tuple(crls), tuple(ocsps))


def _readable(certificates: Iterable[bytes]) -> Iterable[Certificate]:
    for der in certificates:
        try:
            yield Certificate.parse(der)
        except ValueError:
            continue


def _signer_of(cms: CmsFacts, pool: tuple[Certificate, ...]) -> Certificate | None:
    fitting = (c for c in pool if c.serial == cms.signer_serial and c.issuer_key == cms.signer_issuer_key)
    return next(fitting, None)


def _status_in_file(certificate: Certificate, held: InFile) -> bool:
    """Whether the file holds revocation data for every certificate up to the last one that it holds."""
    return _status_upwards(certificate, held, set(), depth=0)


def _status_upwards(certificate: Certificate, held: InFile, seen: set[Certificate], depth: int) -> bool:
    """Try every issuer of the right name: one CA may have had several keys. Each certificate is looked at once."""
    if certificate.self_signed:
        return True
    seen.add(certificate)
    issuers = [c for c in held.pool if c.subject_key == certificate.issuer_key][:MOST_ISSUERS]
    if not issuers:
        return depth > 0
    if depth >= MOST_DEEP:
        return False
    return any(
        _status_by(certificate, issuer, held)
        and (issuer.self_signed or (issuer not in seen and _status_upwards(issuer, held, seen, depth + 1)))
        for issuer in issuers
    )


def _status_by(certificate: Certificate, issuer: Certificate, held: InFile) -> bool:
    if certificate.revocation_unneeded:
        return True
    return bool(revocation_data(certificate, issuer, held.crls, held.ocsps, held.pool).accepted)
