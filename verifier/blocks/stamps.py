"""Time-stamp validation (EN 319 102-1 clause 5.4), now and in the past, and what the stamps prove."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from verifier.blocks.acceptance import weak_at
from verifier.blocks.basic import Basic, Signed, validate_basic
from verifier.blocks.crypto import imprint_use
from verifier.blocks.invariant import hold_stamp
from verifier.blocks.material import Material
from verifier.blocks.notes import Notes
from verifier.blocks.past import Past, validate_past_signature
from verifier.blocks.poe import ProofsOfExistence, covered_by_document_timestamp, covered_by_evidence_record
from verifier.blocks.xcv import PASSED, failed, indeterminate
from verifier.evidence import Gap, GapCode, GapKind
from verifier.pades.facts import DocumentFacts, FormatProblem, SignatureFacts, TokenFacts
from verifier.snapshot import AnchorUse
from verifier.verdict import (
    Coverage,
    ProcessResult,
    SignatureKind,
    SubIndication,
    TimestampKind,
    TimestampVerdict,
)

CURABLE = (
    SubIndication.REVOKED_NO_POE,
    SubIndication.REVOKED_CA_NO_POE,
    SubIndication.OUT_OF_BOUNDS_NO_POE,
    SubIndication.OUT_OF_BOUNDS_NOT_REVOKED,
    SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE,
    SubIndication.REVOCATION_OUT_OF_BOUNDS_NO_POE,
    SubIndication.NO_CERTIFICATE_CHAIN_FOUND_NO_POE,
    SubIndication.TRY_LATER,
)
"""5.6.3.4 step 5c; the last two are ours (docs/decisions): past validation asks no less of them."""


@dataclass(frozen=True)
class Stamp:
    """A judged token."""

    token: TokenFacts
    basic: Basic
    result: ProcessResult
    """Of clause 5.4 at the current time."""
    notes: Notes

    @property
    def passed(self) -> bool:
        """Whether clause 5.4 passed at the current time."""
        return self.result == PASSED

    def verdict(self, past: ProcessResult | None = None) -> TimestampVerdict:
        """Say it in the words of the verdict; `past` is the status that proofs of existence led to."""
        result = past or self.result
        certificate = self.basic.certificate
        return TimestampVerdict(
            self.token.kind,
            self.token.gen_time,
            self.token.imprint_matches and self.basic.intact,
            result.indication,
            result.sub_indication,
            certificate.common_name if certificate else "",
        )


def validate_stamp(material: Material, token: TokenFacts, problem: FormatProblem | None = None) -> Stamp:
    """Run clause 5.4 on a token: the basic process with the anchors for time stamps, and its imprint."""
    notes = Notes()
    signed = Signed(token.cms, problem or token.problem, AnchorUse.TIMESTAMP, token.gen_time, proved=token.gen_time)
    basic = validate_basic(material, signed, notes)
    result = basic.result
    if result.sub_indication is not SubIndication.FORMAT_FAILURE and not token.imprint_matches:
        notes.fail("TS_IMPRINT", "5.5.4 step 3a", kind=token.kind, algorithm=token.imprint_algorithm)
        result = failed(SubIndication.HASH_FAILURE)
    elif token.gen_time and token.gen_time > material.at:
        reason = f"time stamp of {token.gen_time.isoformat()}, after the time of judging"
        params = {"time": token.gen_time.isoformat()}
        material.miss(Gap(GapKind.SET_ASIDE, _issuer(basic), reason, code=GapCode.STAMP_LATER, params=params))
        result = indeterminate(SubIndication.NO_POE)
    elif _backdated(token, basic):
        assert basic.certificate is not None
        span = {"from": basic.certificate.not_before, "until": basic.certificate.not_after}
        notes.fail("XCV_VALIDITY", "5.4", certificate=_issuer(basic), time=token.gen_time, **span)
        result = failed(SubIndication.NOT_YET_VALID)
    return Stamp(token, basic, result, notes)


def _backdated(token: TokenFacts, basic: Basic) -> bool:
    """Whether a token says that it is older than its certificate (ours: clause 5.4 does not ask)."""
    if token.gen_time is None or basic.certificate is None or not basic.intact:
        return False
    return basic.certificate.not_before - token.gen_time > token.accuracy  # a sum might be no date any more


def validate_in_past(material: Material, stamp: Stamp, proofs: ProofsOfExistence) -> ProcessResult:
    """Clause 5.6.3.4 step 5, b and c: is the stamp good now, or was it when it is proved to have existed?"""
    cms, basic = stamp.token.cms, stamp.basic
    if cms is None or basic.certificate is None or basic.xcv is None:
        return stamp.result
    lowest = proofs.of(cms.sha256)
    result = stamp.result
    if not stamp.passed:
        if result.sub_indication not in CURABLE:
            return result
        past = Past(cms, basic.certificate, basic.xcv, result, AnchorUse.TIMESTAMP)
        result = validate_past_signature(material, past, proofs)
        if result != PASSED:
            return result
        result = hold_stamp(material, past, lowest, stamp.notes)
        if result != PASSED:
            return result
        if weak_at(material, cms, basic.certificate, lowest):
            return indeterminate(SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE)
    if not imprint_use(material, stamp.token.imprint_algorithm, cms.sha256).reliable_at(lowest):
        return indeterminate(SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE)
    return PASSED


@dataclass(frozen=True)
class DocumentStamps:
    """All document time stamps of a file, and what they prove together."""

    stamps: dict[str, Stamp]
    """By the id of the signature field."""
    results: dict[str, ProcessResult]
    """Past status of each: PASSED where it proves something."""
    proofs: ProofsOfExistence
    """Of these stamps and of the evidence records."""
    recorded: tuple[datetime, ...] = ()
    """When evidence records prove the whole file to have existed."""


def validate_document_stamps(
    material: Material, document: DocumentFacts, recorded: tuple[datetime, ...] = ()
) -> DocumentStamps:
    """Clause 5.6.3.4 step 5 for the document time stamps, newest first; one that fails is left out.

    `recorded` are the times at which evidence records prove the whole file to have existed (step 1).
    """
    entries = [one for one in document.signatures if one.kind is SignatureKind.DOCUMENT_TIMESTAMP]
    stamps: dict[str, Stamp] = {}
    results: dict[str, ProcessResult] = {}
    proofs = ProofsOfExistence(material.at)
    for time in recorded:
        proofs = proofs.plus(covered_by_evidence_record(document), time)
    for entry in sorted(entries, key=lambda one: one.revision, reverse=True):
        stamp = _document_stamp(material, entry)
        stamps[entry.id] = stamp
        results[entry.id] = validate_in_past(material, stamp, proofs)
        if results[entry.id] == PASSED and entry.token and entry.token.gen_time:
            proofs = proofs.plus(covered_by_document_timestamp(document, entry), entry.token.gen_time)
    return DocumentStamps(stamps, results, proofs, recorded)


def _document_stamp(material: Material, entry: SignatureFacts) -> Stamp:
    problem = entry.problem
    if problem is None and entry.coverage is Coverage.UNCLEAR:
        problem = FormatProblem("COVERAGE_UNCLEAR")
    token = entry.token or TokenFacts(
        kind=TimestampKind.DOCUMENT,
        cms=entry.cms,
        problem=entry.problem or FormatProblem("TOKEN_UNREADABLE"),
        gen_time=None,
        accuracy=timedelta(0),
        ordering=False,
        imprint_algorithm="",
        imprint_matches=False,
    )
    return validate_stamp(material, token, problem)


def passed_times(stamps: Iterable[Stamp]) -> list[datetime]:
    """The times of those that passed, earliest first."""
    return sorted(stamp.token.gen_time for stamp in stamps if stamp.passed and stamp.token.gen_time)


def _issuer(basic: Basic) -> str:
    return basic.certificate.common_name if basic.certificate else "time stamp"
