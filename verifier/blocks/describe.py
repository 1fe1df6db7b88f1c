"""Writes the verdict's records from what the processes found; decides the conclusion of the document."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from verifier.blocks.authority import authority_verdict
from verifier.blocks.basic import Basic
from verifier.blocks.identification import probable_certificate
from verifier.blocks.level import level_of
from verifier.blocks.material import Material
from verifier.blocks.notes import Notes
from verifier.evidence import Evidence
from verifier.pades.facts import DocumentFacts, SignatureFacts
from verifier.snapshot import Filing
from verifier.verdict import (
    Algorithms,
    AuthorityVerdict,
    Changes,
    Conclusion,
    Coverage,
    DocumentVerdict,
    EvidenceNote,
    GapNote,
    Integrity,
    Processes,
    SignatureKind,
    SignatureVerdict,
    Signer,
    TimestampVerdict,
)
from verifier.x509 import Certificate

_WORST_FIRST = (Conclusion.TOTAL_FAILED, Conclusion.INDETERMINATE, Conclusion.TOTAL_PASSED)


@dataclass(frozen=True)
class Described:
    """One signature after all processes."""

    signature: SignatureFacts
    basic: Basic
    processes: Processes
    best_time: datetime | None
    timestamps: tuple[TimestampVerdict, ...]
    notes: Notes
    try_again_at: datetime | None = None


def signature_verdict(
    material: Material, document: DocumentFacts, one: Described, filing: Filing | None = None
) -> SignatureVerdict:
    """Say what was found on one signature; `filing` is for layer 3."""
    signature, final = one.signature, one.processes.archival
    certificate = one.basic.certificate
    if certificate is None and signature.cms:
        certificate = probable_certificate(signature.cms, material.pool)
    _note_layer_one(signature, one.notes)
    imprint = signature.token is None or signature.token.imprint_matches
    return SignatureVerdict(
        id=signature.id,
        kind=signature.kind,
        field_name=signature.field_name,
        sub_filter=signature.sub_filter,
        level=level_of(document, signature, one.basic),
        indication=final.conclusion,
        sub_indication=final.sub_indication,
        integrity=Integrity(
            intact=one.basic.digest_matches and imprint,
            cryptographically_valid=one.basic.value_verifies,
            coverage=signature.coverage,
            changes=signature.changes_level,
            revision=signature.revision,
        ),
        signer=_signer(certificate),
        authority=_authority(material, one, certificate, filing),
        algorithms=_algorithms(signature, certificate),
        claimed_signing_time=signature.claimed_time,
        best_signature_time=one.best_time if signature.problem is None else None,
        timestamps=one.timestamps,
        checks=one.notes.checks,
        changes=signature.changes,
        processes=one.processes,
        widget=signature.widget,
        try_again_at=one.try_again_at,
    )


def document_verdict(
    document: DocumentFacts,
    signatures: tuple[SignatureVerdict, ...],
    material: Material,
    evidence: Evidence,
    engine: str,
) -> DocumentVerdict:
    """Say what follows for the document."""
    conclusion = conclude(signatures, document.changes_after_last_signature)
    waiting = [one.try_again_at for one in signatures if one.kind is SignatureKind.SIGNATURE and one.try_again_at]
    return DocumentVerdict(
        sha256=document.sha256,
        kind="pdf",
        conclusion=conclusion,
        changes_after_last_signature=document.changes_after_last_signature,
        signature_remnants=document.remnants,
        revisions=document.revisions,
        signatures=signatures,
        gaps=tuple(GapNote(gap.kind.value, gap.subject, gap.reason, gap.code, gap.params) for gap in material.gaps),
        evidence=EvidenceNote(
            document.sha256, evidence.trust.id, material.policy.sha256, engine, material.at, evidence.objects
        ),
        tolerated=document.tolerated,
        try_again_at=min(waiting, default=None) if conclusion is Conclusion.INDETERMINATE else None,
    )


def conclude(signatures: tuple[SignatureVerdict, ...], after_last: Changes) -> Conclusion:
    """The worst over all signatures. Suspicious changes and a broken document time stamp leave at best INDETERMINATE.

    A document time stamp is no signature: a file that holds nothing else is not signed.
    """
    signed = [one for one in signatures if one.kind is SignatureKind.SIGNATURE]
    if not signed:
        return Conclusion.NO_SIGNATURE
    found = [one.indication for one in signed]
    stamps = [one for one in signatures if one.kind is SignatureKind.DOCUMENT_TIMESTAMP]
    suspicious = [one.integrity.changes for one in signatures] + [after_last]
    partial = any(one.integrity.coverage is Coverage.CONTIGUOUS_FROM_START for one in signed)
    broken = any(not (one.integrity.intact and one.integrity.cryptographically_valid) for one in stamps)
    if Changes.SUSPICIOUS in suspicious or partial or broken:
        found.append(Conclusion.INDETERMINATE)
    return min(found, key=_WORST_FIRST.index)


def _note_layer_one(signature: SignatureFacts, notes: Notes) -> None:
    """Coverage and changes (ISO 32000-2 12.8.1, 12.8.2) stand beside the indication, with what a person should know."""
    clause = "ISO 32000-2 12.8"
    whole = signature.coverage in (Coverage.ENTIRE_FILE, Coverage.ENTIRE_REVISION)
    notes.judge(whole, "FC_COVERAGE", clause, coverage=signature.coverage)
    for warning in signature.warnings:
        notes.warn("FC_WARNING", clause, code=warning.code, detail=warning.detail or None)
    classes = ", ".join(dict.fromkeys(c.change_class for c in signature.changes))
    if signature.changes_level is Changes.SUSPICIOUS:
        notes.fail("CHANGES_SUSPICIOUS", clause, changes=classes)
    elif signature.changes_level is Changes.NONE:
        notes.ok("CHANGES_NONE", clause)
    else:
        notes.ok("CHANGES_PERMITTED", clause, changes=classes)


def _authority(
    material: Material, one: Described, certificate: Certificate | None, filing: Filing | None
) -> AuthorityVerdict:
    """Layer 3; a document time stamp speaks for nobody."""
    if one.signature.kind is not SignatureKind.SIGNATURE:
        return AuthorityVerdict()
    return authority_verdict(material, one.basic, certificate, one.best_time or material.at, filing)


def _signer(certificate: Certificate | None) -> Signer:
    if certificate is None:
        return Signer("", "", "", "", "", "")
    return Signer(
        certificate.subject,
        certificate.common_name,
        certificate.issuer,
        f"{certificate.serial:x}",
        certificate.organization,
        certificate.country,
    )


def _algorithms(signature: SignatureFacts, certificate: Certificate | None) -> Algorithms:
    if signature.cms is None:
        return Algorithms("", "", 0)
    bits = certificate.key_bits if certificate else 0
    return Algorithms(signature.cms.digest_algorithm, signature.cms.signature_use.scheme, bits)
