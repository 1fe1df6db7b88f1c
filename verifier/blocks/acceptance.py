"""Signature acceptance validation (EN 319 102-1 clause 5.2.8)."""

from __future__ import annotations

from datetime import datetime

from verifier.blocks.crypto import Use, names, reference_uses, signature_uses, weak
from verifier.blocks.material import Material
from verifier.blocks.notes import Notes
from verifier.blocks.xcv import PASSED, indeterminate, note_weak
from verifier.pades.facts import CmsFacts
from verifier.trust.path import Chain
from verifier.verdict import ProcessResult, SubIndication
from verifier.x509 import Certificate


def accept_attributes(
    material: Material, cms: CmsFacts, chain: Chain | None, claimed: datetime | None, notes: Notes
) -> ProcessResult:
    """Hold the signed attributes against the policy; independent of time."""
    if not cms.ess_references:
        required = material.policy.require_signing_certificate_attribute
        (notes.fail if required else notes.warn)("SAV_ESS_PRESENT", "5.2.8.4.2.1")
        if required:
            return indeterminate(SubIndication.SIG_CONSTRAINTS_FAILURE)
    if chain and len(cms.ess_references) > 1:
        outside = [r for r in cms.ess_references if not any(names(r, certificate) for certificate in chain.path)]
        if not notes.judge(not outside, "SAV_ESS_PATH", "5.2.8.4.2.1", certificate=chain.path[0].common_name):
            return indeterminate(SubIndication.SIG_CONSTRAINTS_FAILURE)
    if claimed is None:
        notes.warn("SAV_SIGNING_TIME", "5.2.8.4.2.2", detail="no signing time is claimed")
    else:
        notes.ok("SAV_SIGNING_TIME", "5.2.8.4.2.2", time=claimed)
    return PASSED


def weak_at(material: Material, cms: CmsFacts, certificate: Certificate, instant: datetime) -> list[Use]:
    """Algorithms of the signature that are not reliable at `instant`."""
    return weak(signature_uses(material, cms, certificate), instant)


def accept_algorithms(
    material: Material, cms: CmsFacts, certificate: Certificate, instant: datetime, notes: Notes
) -> ProcessResult:
    """Hold the algorithms of signature value and signed attributes against the suite at `instant`."""
    for use in weak(reference_uses(material, cms, certificate), instant):
        notes.warn("SAV_ALGORITHMS", "5.2.8", object=use.object, algorithm=use.algorithm, until=use.reliability.until)
    found = weak_at(material, cms, certificate, instant)
    for use in found:
        note_weak(notes, "SAV_ALGORITHMS", "5.2.8", use)
    if found:
        return indeterminate(SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE)
    name = cms.signature_use.scheme
    digest = cms.signature_use.digest or cms.digest_algorithm
    notes.ok("SAV_ALGORITHMS", "5.2.8", algorithm=f"{name}/{digest}", key_bits=certificate.key_bits, time=instant)
    return PASSED
