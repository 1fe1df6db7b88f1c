"""Identification of the signing certificate (EN 319 102-1 clause 5.2.3)."""

from __future__ import annotations

from collections.abc import Iterable

from verifier.blocks.crypto import names
from verifier.blocks.notes import Notes
from verifier.pades.facts import CmsFacts, EssReference
from verifier.x509 import Certificate


def signing_certificate(cms: CmsFacts, pool: Iterable[Certificate], notes: Notes) -> Certificate | None:
    """Return the signing certificate, None for NO_SIGNING_CERTIFICATE_FOUND.

    Candidates are the certificates of the CMS, then all others at hand, that fit the signer identifier. Where signed
    ESS references exist, one of them must name the candidate by digest; a different issuerSerial is only a warning.
    """
    candidates = _candidates(cms, pool)
    if not candidates:
        notes.fail("ISC_CERTIFICATE", "5.2.3 step 1", detail="no certificate fits the signer identifier")
        return None
    if not cms.ess_references:
        notes.ok("ISC_CERTIFICATE", "5.2.3 step 1", certificate=candidates[0].common_name)
        return candidates[0]
    for candidate in candidates:
        reference = next((ref for ref in cms.ess_references if names(ref, candidate)), None)
        if reference:
            notes.ok("ISC_CERTIFICATE", "5.2.3 step 1", certificate=candidate.common_name)
            notes.ok("ISC_ESS_DIGEST", "5.2.3 step 2", algorithm=reference.digest_algorithm)
            _compare_issuer(reference, candidate, notes)
            return candidate
    notes.fail("ISC_ESS_DIGEST", "5.2.3 step 2", certificate=candidates[0].common_name)
    return None


def probable_certificate(cms: CmsFacts, pool: Iterable[Certificate]) -> Certificate | None:
    """The certificate that fits the signer identifier, for display only where none could be identified."""
    return next(iter(_candidates(cms, pool)), None)


def _candidates(cms: CmsFacts, pool: Iterable[Certificate]) -> list[Certificate]:
    fitting = [one for one in (*cms.certificates, *pool) if _fits(cms, one)]
    return list(dict.fromkeys(fitting))


def _fits(cms: CmsFacts, certificate: Certificate) -> bool:
    if cms.signer_serial is not None:
        return certificate.serial == cms.signer_serial and certificate.issuer_key == cms.signer_issuer_key
    return bool(cms.signer_key_id) and certificate.key_identifier == cms.signer_key_id


def _compare_issuer(reference: EssReference, certificate: Certificate, notes: Notes) -> None:
    if reference.serial is None:
        return
    same = reference.serial == certificate.serial and reference.issuer_key == certificate.issuer_key
    (notes.ok if same else notes.warn)("ISC_ISSUER_SERIAL", "5.2.3 step 3", certificate=certificate.common_name)
