"""Validation process for basic signatures (EN 319 102-1 clause 5.3.4), for signatures and time-stamp tokens alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from verifier.blocks.acceptance import accept_algorithms, accept_attributes, weak_at
from verifier.blocks.identification import probable_certificate, signing_certificate
from verifier.blocks.material import Material
from verifier.blocks.notes import Notes
from verifier.blocks.xcv import PASSED, Times, Xcv, failed, indeterminate, validate_certificate
from verifier.pades.cms import signature_value_verifies
from verifier.pades.facts import CmsFacts, FormatProblem
from verifier.snapshot import AnchorUse
from verifier.verdict import ProcessResult, SubIndication
from verifier.x509 import Certificate


@dataclass(frozen=True)
class Signed:
    """What is validated: a CMS and what stands around it."""

    cms: CmsFacts | None
    problem: FormatProblem | None
    use: AnchorUse
    claimed: datetime | None = None
    content_times: tuple[datetime, ...] = ()
    """genTime of every content time stamp that passed clause 5.4."""
    stamped: datetime | None = None
    """Earliest genTime of the signature time stamps that passed clause 5.4."""
    proved: datetime | None = None
    """Lowest proof that it existed, or a token's own time; None where nothing is proved before the current time."""


@dataclass(frozen=True)
class Basic:
    """Outcome of the basic process, with what later processes need."""

    result: ProcessResult
    certificate: Certificate | None = None
    xcv: Xcv | None = None
    digest_matches: bool = False
    value_verifies: bool = False

    @property
    def intact(self) -> bool:
        """Digest and signature value are both right."""
        return self.digest_matches and self.value_verifies


def validate_basic(material: Material, signed: Signed, notes: Notes) -> Basic:
    """Run clause 5.3.4. Step 5 comes before step 4, which clause 5.1.1 allows: CV decides before XCV anyway."""
    # step 1: format checking (5.2.2)
    cms = signed.cms
    if signed.problem or cms is None:
        problem = signed.problem or FormatProblem("CMS_UNREADABLE")
        notes.fail("FC_PROCESSABLE", "5.2.2", code=problem.code, detail=problem.detail or None)
        return _unprocessed(material, cms, problem)
    notes.ok("FC_PROCESSABLE", "5.2.2")
    # step 5, digest of the signed data (5.2.7 step 2); needs no certificate
    if not notes.judge(cms.digest_matches, "CV_DIGEST", "5.2.7 step 2", algorithm=cms.digest_algorithm):
        return Basic(failed(SubIndication.HASH_FAILURE))
    # step 2: identification of the signing certificate (5.2.3)
    certificate = signing_certificate(cms, material.pool, notes)
    if certificate is None:
        return Basic(indeterminate(SubIndication.NO_SIGNING_CERTIFICATE_FOUND), digest_matches=True)
    # step 3: validation context initialisation (5.2.4)
    context = _signature_policy(material, cms, notes)
    # step 5, signature value (5.2.7 steps 3 and 4)
    verifies = signature_value_verifies(cms, certificate)
    if not notes.judge(verifies, "CV_SIGNATURE_VALUE", "5.2.7 step 3", certificate=certificate.common_name):
        return Basic(failed(SubIndication.SIG_CRYPTO_FAILURE), certificate, digest_matches=True)
    if context is not None:
        return Basic(context, certificate, digest_matches=True, value_verifies=True)
    # step 4: X.509 certificate validation at current time (5.2.6)
    times = Times(signed.stamped, signed.proved)
    xcv = validate_certificate(material, certificate, signed.use, times, notes)
    result = _proved_later(xcv, certificate, signed.content_times)
    # step 6: signature acceptance validation (5.2.8), run in any case for what it finds
    accepted = accept_attributes(material, cms, xcv.chain, signed.claimed, notes)
    strong = _algorithms(material, signed, cms, certificate, notes)
    # step 7
    result = result or (accepted if accepted != PASSED else strong)
    return Basic(result, certificate, xcv, digest_matches=True, value_verifies=True)


def _unprocessed(material: Material, cms: CmsFacts | None, problem: FormatProblem) -> Basic:
    """FORMAT_FAILURE. Where only the number of signers is wrong, the first one's integrity is told all the same."""
    result = failed(SubIndication.FORMAT_FAILURE)
    if cms is None or problem.code != "SIGNER_COUNT":
        return Basic(result)
    certificate = probable_certificate(cms, material.pool)
    verifies = certificate is not None and signature_value_verifies(cms, certificate)
    return Basic(result, digest_matches=cms.digest_matches, value_verifies=verifies)


def _signature_policy(material: Material, cms: CmsFacts, notes: Notes) -> ProcessResult | None:
    """A signature policy that the signer names is reported; we judge by our own, and never fetch."""
    policy = cms.signature_policy
    if policy is None or not policy.oid:
        return None
    if material.policy.require_readable_signature_policy:
        notes.fail("VCI_SIGNATURE_POLICY", "5.2.4", oid=policy.oid)
        return indeterminate(SubIndication.SIGNATURE_POLICY_NOT_AVAILABLE)
    notes.warn("VCI_SIGNATURE_POLICY", "5.2.4", oid=policy.oid)
    return None


def _proved_later(xcv: Xcv, certificate: Certificate, content_times: Sequence[datetime]) -> ProcessResult | None:
    """Step 4: a content time stamp proves that the signature was made after the certificate's end."""
    sub, latest = xcv.result.sub_indication, max(content_times, default=None)
    if sub is None:
        return None
    if latest is not None:
        if sub is SubIndication.REVOKED_NO_POE and xcv.revoked_at and latest > xcv.revoked_at:
            return failed(SubIndication.REVOKED)
        out = (SubIndication.OUT_OF_BOUNDS_NO_POE, SubIndication.OUT_OF_BOUNDS_NOT_REVOKED)
        if sub in out and latest > certificate.not_after:
            return failed(SubIndication.EXPIRED)
    return xcv.result


def _algorithms(
    material: Material, signed: Signed, cms: CmsFacts, certificate: Certificate, notes: Notes
) -> ProcessResult:
    """Step 6: a weak algorithm of which a content time stamp proves that it was used too late."""
    result = accept_algorithms(material, cms, certificate, material.at, notes)
    latest = max(signed.content_times, default=None)
    if result == PASSED or latest is None:
        return result
    late = [use for use in weak_at(material, cms, certificate, latest) if use.reliability.until]
    return indeterminate(SubIndication.CRYPTO_CONSTRAINTS_FAILURE) if late else result
