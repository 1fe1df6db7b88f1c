"""The judgement of a signed PDF, clause by clause of ETSI EN 319 102-1; pure: same inputs, same verdict, on any day.

For a document, at an instant `at` that plays the current time:
  A. evidence records beside the document, each its archive time stamps oldest first (5.6.3.4 step 1);
     document time stamps, newest first (5.4, 5.6.3.4 step 5), and what they prove to have existed (5.6.2.3)
  B. for each signature
     1. its content and signature time stamps (5.4)
     2. validation process for basic signatures (5.3.4)                        `blocks.basic`
     3. process for signatures with time and long-term validation data (5.5.4)  `with_time`
     4. process for signatures providing long term availability (5.6.3.4)       `archival`
     5. the result of the last process applied is final (5.1.1); the invariant  `blocks.invariant`
     6. coverage and changes after signing, told beside the indication (ISO 32000-2 12.8)
     7. the authority behind the signer, by the register, beside the indication too       `blocks.authority`
  C. conclusion: the worst over all signatures, held back by changes that nobody permitted
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import version

from verifier import __version__
from verifier.blocks.acceptance import accept_algorithms, weak_at
from verifier.blocks.again import try_again_at
from verifier.blocks.basic import Basic, Signed, validate_basic
from verifier.blocks.crypto import chain_uses, imprint_use, revocation_uses, weak
from verifier.blocks.describe import Described, document_verdict, signature_verdict
from verifier.blocks.evidence_record import recorded_times
from verifier.blocks.freshness import fresh
from verifier.blocks.invariant import hold
from verifier.blocks.material import Material
from verifier.blocks.notes import Notes
from verifier.blocks.past import Past, validate_past_signature
from verifier.blocks.poe import ProofsOfExistence, covered_by_signature_timestamp, later_stamps
from verifier.blocks.stamps import (
    DocumentStamps,
    Stamp,
    passed_times,
    validate_document_stamps,
    validate_in_past,
    validate_stamp,
)
from verifier.blocks.xcv import PASSED, ChainStatus, chain_status, failed, indeterminate, note_weak
from verifier.errors import CouldNotJudge
from verifier.evidence import Evidence, Gap
from verifier.pades.facts import DocumentFacts, FormatProblem, SignatureFacts
from verifier.policy import Policy
from verifier.snapshot import AnchorUse
from verifier.verdict import (
    Coverage,
    DocumentVerdict,
    Indication,
    Processes,
    ProcessResult,
    SignatureKind,
    SubIndication,
)

ENGINE = f"verifier/{__version__} pyhanko/{version('pyhanko')} certvalidator/{version('pyhanko-certvalidator')}"
"""Names the code that judged; part of the key of a replay."""

_WITH_TIME_GOES_ON = (
    None,
    SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE,
    SubIndication.REVOKED_NO_POE,
    SubIndication.REVOKED_CA_NO_POE,
    SubIndication.TRY_LATER,
    SubIndication.OUT_OF_BOUNDS_NO_POE,
    SubIndication.OUT_OF_BOUNDS_NOT_REVOKED,
)
"""5.5.4 step 2."""

_ARCHIVAL_GOES_ON = (
    SubIndication.REVOKED_NO_POE,
    SubIndication.REVOKED_CA_NO_POE,
    SubIndication.OUT_OF_BOUNDS_NO_POE,
    SubIndication.OUT_OF_BOUNDS_NOT_REVOKED,
    SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE,
    SubIndication.REVOCATION_OUT_OF_BOUNDS_NO_POE,
    SubIndication.SIG_CONSTRAINTS_FAILURE,
    SubIndication.TRY_LATER,
    SubIndication.NO_CERTIFICATE_CHAIN_FOUND_NO_POE,
)
"""5.6.3.4 step 3; the last is missing in the letter, though 5.6.2.4 step 3 treats it (docs/decisions)."""


@dataclass(frozen=True)
class Judgement:
    """A verdict, and what was not known when it was reached."""

    verdict: DocumentVerdict
    gaps: tuple[Gap, ...]


@dataclass(frozen=True)
class Timed:
    """Outcome of a process that fixes the best signature time."""

    result: ProcessResult
    best_time: datetime


@dataclass(frozen=True)
class Case:
    """One signature under judgement."""

    material: Material
    signature: SignatureFacts
    basic: Basic
    stamps: tuple[Stamp, ...]
    """Its signature time stamps."""
    content: tuple[Stamp, ...]
    notes: Notes


def judge(document: DocumentFacts, evidence: Evidence, policy: Policy, at: datetime) -> Judgement:
    """Judge a document by this evidence and policy as if it were `at`.

    Raises CouldNotJudge `trust-store-empty` without trust anchors and `policy-unreadable` without its algorithm suite.
    """
    if not evidence.trust.anchors:
        raise CouldNotJudge("trust-store-empty", "the trust snapshot holds no trust anchor")
    material = Material(document, evidence, policy, at)
    archive = validate_document_stamps(material, document, recorded_times(material, document))
    described = [_judge_one(material, document, signature, archive) for signature in document.signatures]
    signatures = tuple(signature_verdict(material, document, one, evidence.filing) for one in described)
    verdict = document_verdict(document, signatures, material, evidence, ENGINE)
    return Judgement(verdict, material.gaps)


def _judge_one(
    material: Material, document: DocumentFacts, signature: SignatureFacts, archive: DocumentStamps
) -> Described:
    if signature.kind is SignatureKind.DOCUMENT_TIMESTAMP:
        return _describe_stamp(material, document, signature, archive)
    notes = Notes()
    content = tuple(validate_stamp(material, token) for token in signature.content_timestamps)
    stamps = tuple(validate_stamp(material, token) for token in signature.signature_timestamps)
    signed = Signed(
        signature.cms,
        _format_problem(signature),
        AnchorUse.SIGNATURE,
        signature.claimed_time,
        tuple(passed_times(content)),
        min(passed_times(stamps), default=None),
        _proved(material, signature, stamps, archive),
    )
    basic = validate_basic(material, signed, notes)
    case = Case(material, signature, basic, stamps, content, notes)
    timed = with_time(case)
    final, past_stamps = archival(case, document, archive, timed)
    processes = Processes(basic.result, timed.result, final.result)
    inner = tuple(s.verdict() for s in content) + tuple(
        s.verdict(past) for s, past in zip(stamps, past_stamps, strict=True)
    )
    after = [one.id for one in later_stamps(document, signature)]
    later = [archive.stamps[one].verdict(archive.results[one]) for one in after]
    proving = [*zip(stamps, past_stamps, strict=True), *((archive.stamps[one], archive.results[one]) for one in after)]
    again = try_again_at(material, basic, final.result, final.best_time, proving)
    return Described(signature, basic, processes, final.best_time, (*inner, *reversed(later)), notes, again)


def _proved(
    material: Material, signature: SignatureFacts, stamps: tuple[Stamp, ...], archive: DocumentStamps
) -> datetime | None:
    """The lowest instant at which the signature is known to have existed; None where that is the current time."""
    known = [*passed_times(stamps), material.received_at or material.at]
    known += [archive.proofs.of(name) for name in covered_by_signature_timestamp(signature)]
    lowest = min(known)
    return lowest if lowest < material.at else None


def _describe_stamp(
    material: Material, document: DocumentFacts, signature: SignatureFacts, archive: DocumentStamps
) -> Described:
    stamp, past = archive.stamps[signature.id], archive.results[signature.id]
    final = past if past == PASSED else stamp.result
    notes = stamp.notes
    notes.judge(final == PASSED, "TS_VALID", "5.4", kind="document", time=stamp.token.gen_time)
    processes = Processes(stamp.basic.result, stamp.result, final)
    proofs = [archive.stamps[one.id].verdict(archive.results[one.id]) for one in later_stamps(document, signature)]
    timestamps = (stamp.verdict(final), *reversed(proofs))
    again = try_again_at(material, stamp.basic, final, material.at)
    return Described(signature, stamp.basic, processes, stamp.token.gen_time, timestamps, notes, again)


def _format_problem(signature: SignatureFacts) -> FormatProblem | None:
    """A signature of which it is unclear what it covers cannot be processed (ours, docs/decisions)."""
    if signature.problem is None and signature.coverage is Coverage.UNCLEAR:
        return FormatProblem("COVERAGE_UNCLEAR")
    return signature.problem


def with_time(case: Case) -> Timed:
    """Validation process for signatures with time and signatures with long-term validation data, clause 5.5.4."""
    material, notes = case.material, case.notes
    # step 1: the best signature time is the current time, or the receipt that the application knows of
    best = min(material.received_at or material.at, material.at)
    # step 2: the basic process
    if case.basic.result.sub_indication not in _WITH_TIME_GOES_ON:
        return Timed(case.basic.result, best)
    # step 3: signature time stamps; one that did not pass is dropped
    for stamp in case.stamps:
        _note_stamp(material, stamp, notes)
    times = passed_times(case.stamps)
    if material.policy.require_timestamp and not times:
        notes.fail("TS_REQUIRED", "5.5.4 step 3b")
        return Timed(indeterminate(SubIndication.SIG_CONSTRAINTS_FAILURE), best)
    best = min([best, *times])
    notes.ok("LTV_BEST_SIGNATURE_TIME", "5.5.4 step 3", time=best, kind="timestamp" if times else "current")
    # steps 4 to 10, then row 0
    result = _at_best_time(case, best)
    if result == PASSED:
        proofs = _with_proof(ProofsOfExistence(material.at), case, best)
        result = hold(material, _past(case, PASSED), best, proofs, notes)
    return Timed(result, best)


def _at_best_time(case: Case, best: datetime) -> ProcessResult:
    """5.5.4 steps 4 to 10: what the basic process found, looked at from the best signature time."""
    basic, material, notes = case.basic, case.material, case.notes
    # step 4 a, b, d
    result = _dated(case, best)
    # step 4c is contained in step 8; step 4e: order of the time stamps
    if result == PASSED and not _in_order(case):
        result = indeterminate(SubIndication.TIMESTAMP_ORDER_FAILURE)
    # step 5: delay between the claimed time and the best signature time
    if result == PASSED and passed_times(case.stamps) and not _within_delay(case, best):
        result = indeterminate(SubIndication.SIG_CONSTRAINTS_FAILURE)
    # steps 6 and 7: freshness and suspension as of the best signature time
    if result == PASSED and basic.result.sub_indication is SubIndication.TRY_LATER and not _timely(case, best):
        result = indeterminate(SubIndication.TRY_LATER)
    if result != PASSED:
        return result
    # steps 8 and 9: algorithms of the signature at the best signature time
    assert basic.certificate is not None
    assert case.signature.cms is not None
    result = accept_algorithms(material, case.signature.cms, basic.certificate, best, notes)
    # step 10: certificates and revocation data against the current time
    return result if result != PASSED else _strong_now(case)


def _dated(case: Case, best: datetime) -> ProcessResult:
    """5.5.4 step 4 a, b and d."""
    basic, sub = case.basic, case.basic.result.sub_indication
    leaf, xcv = basic.certificate, basic.xcv
    assert leaf is not None
    assert xcv is not None
    if sub in (SubIndication.REVOKED_NO_POE, SubIndication.REVOKED_CA_NO_POE):
        if xcv.revoked_at is None or xcv.revoked_at <= best or _too_late_for_ca(case, xcv.revoked_at):
            return basic.result
    elif sub not in (None, SubIndication.OUT_OF_BOUNDS_NO_POE, SubIndication.OUT_OF_BOUNDS_NOT_REVOKED):
        return PASSED
    if best < leaf.not_before:
        case.notes.fail("XCV_VALIDITY", "5.5.4 step 4", certificate=leaf.common_name, time=best)
        return failed(SubIndication.NOT_YET_VALID)
    if sub is SubIndication.OUT_OF_BOUNDS_NO_POE:
        return basic.result
    if sub is not None and best > leaf.not_after:
        return indeterminate(SubIndication.OUT_OF_BOUNDS_NOT_REVOKED)
    return PASSED


def _too_late_for_ca(case: Case, revoked_at: datetime) -> bool:
    """The stricter reading of step 4a: the signer's revocation data must be older than the CA's revocation."""
    strict = case.material.policy.strict_ca_revocation
    if not strict or case.basic.result.sub_indication is not SubIndication.REVOKED_CA_NO_POE:
        return False
    leaf = _statuses(case).leaf
    return leaf is not None and not any(datum.this_update < revoked_at for datum in leaf.data)


def _in_order(case: Case) -> bool:
    """Step 4e: no signature time stamp is proved to be earlier than a content time stamp."""
    good = True
    for content in (one for one in case.content if one.passed):
        for stamp in (one for one in case.stamps if one.passed):
            earlier, later = content.token.gen_time, stamp.token.gen_time
            if earlier is None or later is None:
                continue
            in_order = earlier - later <= _margin(content, stamp)
            case.notes.judge(in_order, "TS_ORDER", "5.5.4 step 4e", time=later, **{"from": earlier})
            good = good and in_order
    return good


def _margin(one: Stamp, other: Stamp) -> timedelta:
    """How far two times may lie apart and still stand in either order (RFC 3161 2.4.2).

    A time-stamping unit that sets `ordering` puts its own tokens in order whatever their accuracy.
    """
    ordered = one.token.ordering and other.token.ordering and one.basic.certificate == other.basic.certificate
    return timedelta(0) if ordered else one.token.accuracy + other.token.accuracy


def _within_delay(case: Case, best: datetime) -> bool:
    """Step 5: the time stamp came within the delay that the policy sets."""
    delay, claimed = case.material.policy.delay, case.signature.claimed_time
    if delay is None:
        return True
    good = claimed is not None and claimed + delay >= best
    return case.notes.judge(good, "TS_DELAY", "5.5.4 step 5", time=best, **{"from": claimed})


def _timely(case: Case, best: datetime) -> bool:
    """Steps 6 and 7."""
    xcv = case.basic.xcv
    assert xcv is not None
    if xcv.held_at is not None:
        return best < xcv.held_at
    policy = case.material.policy
    latest = [status.latest for _, _, status in _statuses(case).statuses]
    return all(datum is not None and fresh(datum, best, policy) for datum in latest)


def _strong_now(case: Case) -> ProcessResult:
    """Step 10: the best signature time is no proof of existence for certificates and revocation data."""
    material, statuses = case.material, _statuses(case)
    latest = [status.latest for _, _, status in statuses.statuses if status.latest]
    found = weak(chain_uses(material, statuses.chain) + revocation_uses(material, latest), material.at)
    for use in found:
        note_weak(case.notes, "XCV_ALGORITHMS", "5.5.4 step 10", use)
    return indeterminate(SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE) if found else PASSED


def archival(
    case: Case, document: DocumentFacts, archive: DocumentStamps, timed: Timed
) -> tuple[Timed, list[ProcessResult]]:
    """Validation process for signatures providing long term availability and integrity, clause 5.6.3.4.

    Returns the outcome, and the past status of each signature time stamp.
    """
    now = [stamp.result for stamp in case.stamps]
    # step 3: neither archive time stamp nor evidence record, passed already, or beyond cure
    later = later_stamps(document, case.signature)
    if not (later or archive.recorded) or timed.result.sub_indication not in _ARCHIVAL_GOES_ON:
        return timed, now
    # steps 1, 2, 4 and 5: proofs of existence, from the newest stamp to the oldest
    proofs = _with_proof(archive.proofs, case, timed.best_time)
    past_stamps = [validate_in_past(case.material, stamp, proofs) for stamp in case.stamps]
    for stamp, past in zip(case.stamps, past_stamps, strict=True):
        if past == PASSED and stamp.token.imprint_matches and stamp.token.gen_time:
            proofs = proofs.plus(covered_by_signature_timestamp(case.signature), stamp.token.gen_time)
    for time in archive.recorded:
        case.notes.ok("LTA_POE", "5.6.3.4 step 1", object="document", time=time)
    for one in (one.token for one in later if one.token and archive.results[one.id] == PASSED):
        case.notes.ok("LTA_POE", "5.6.3.4 step 5", object="signature", time=one.gen_time)
    # steps 6 to 10
    return _from_the_past(case, proofs, timed), past_stamps


def _from_the_past(case: Case, proofs: ProofsOfExistence, timed: Timed) -> Timed:
    cms, certificate = case.signature.cms, case.basic.certificate
    assert cms is not None
    if certificate is None or case.basic.xcv is None:
        return timed
    # step 6
    best = proofs.of(cms.sha256)
    # step 7
    result = validate_past_signature(case.material, _past(case, timed.result), proofs)
    # step 8
    if result == PASSED and not _within_delay(case, best):
        result = indeterminate(SubIndication.SIG_CONSTRAINTS_FAILURE)
    # step 9
    if result == PASSED and weak_at(case.material, cms, certificate, best):
        result = indeterminate(SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE)
    # step 10, and row 0
    if result == PASSED:
        result = hold(case.material, _past(case, PASSED), best, proofs, case.notes)
    good = result.indication is Indication.PASSED
    sub = result.sub_indication
    case.notes.judge(good, "LTA_PAST_VALIDATION", "5.6.3.4 step 7", time=best, sub_indication=sub)
    return Timed(result, best)


def _past(case: Case, current: ProcessResult) -> Past:
    cms, basic = case.signature.cms, case.basic
    assert cms is not None
    assert basic.certificate is not None
    assert basic.xcv is not None
    return Past(cms, basic.certificate, basic.xcv, current, AnchorUse.SIGNATURE)


def _with_proof(proofs: ProofsOfExistence, case: Case, best: datetime) -> ProofsOfExistence:
    return proofs.plus(covered_by_signature_timestamp(case.signature), best)


def _statuses(case: Case) -> ChainStatus:
    assert case.basic.xcv is not None
    assert case.basic.xcv.chain is not None
    return chain_status(case.material, case.basic.xcv.chain)


def _note_stamp(material: Material, stamp: Stamp, notes: Notes) -> None:
    token = stamp.token
    if token.cms and not imprint_use(material, token.imprint_algorithm, token.cms.sha256).reliable_at(material.at):
        notes.warn("TS_IMPRINT", "5.5.4 step 3a", kind=token.kind, algorithm=token.imprint_algorithm)
    write = notes.ok if stamp.passed else notes.warn
    write("TS_VALID", "5.5.4 step 3", kind=token.kind, time=token.gen_time, sub_indication=stamp.result.sub_indication)
