"""Validation in the past (EN 319 102-1 clause 5.6.2): certificate, time sliding, signature."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from verifier.blocks.crypto import Use, chain_uses, revocation_uses, signature_uses
from verifier.blocks.freshness import fresh
from verifier.blocks.material import Material, Status
from verifier.blocks.poe import ProofsOfExistence
from verifier.blocks.xcv import PASSED, Xcv, chain_status, failed, indeterminate
from verifier.pades.facts import CmsFacts
from verifier.snapshot import AnchorUse
from verifier.trust import standing
from verifier.trust.path import Chain
from verifier.trust.revocation import RevocationData
from verifier.verdict import Indication, ProcessResult, SubIndication
from verifier.x509 import Certificate

INSTANT = timedelta(microseconds=1)
"""An end is exclusive: the last good instant is the one before it."""


@dataclass(frozen=True)
class Past:
    """What past signature validation works on."""

    cms: CmsFacts
    certificate: Certificate
    xcv: Xcv
    """Certificate validation at the current time."""
    current: ProcessResult
    """The current-time status that is to be cured."""
    use: AnchorUse


def validate_past_signature(material: Material, past: Past, proofs: ProofsOfExistence) -> ProcessResult:
    """Past signature validation (5.6.2.4): PASSED, or the status that could not be cured."""
    if past.xcv.chain is None:
        return past.current
    # step 1: revocation data whose issuer certificate is proved inside its validity
    reliable, issuer_result = _reliable_issuers(material, past.xcv.chain, proofs)
    # step 2: past certificate validation
    control = _past_certificate(material, past.xcv.chain, reliable, proofs)
    if control is None:
        return past.current
    # steps 3 to 6: the current-time status decides what must be shown
    cured = _cure(material, past, control, proofs)
    # step 7
    return issuer_result if cured.indication is Indication.PASSED else cured


def _reliable_issuers(
    material: Material, chain: Chain, proofs: ProofsOfExistence
) -> tuple[tuple[RevocationData, ...] | None, ProcessResult]:
    status = chain_status(material, chain).leaf
    if status is None:
        return None, PASSED
    kept = tuple(d for d in status.data if all(proofs.of(o.signer.sha256) <= o.signer.not_after for o in d.objects))
    if kept:
        return kept, PASSED
    return None, indeterminate(SubIndication.REVOCATION_OUT_OF_BOUNDS_NO_POE)


def _past_certificate(
    material: Material, chain: Chain, leaf_data: tuple[RevocationData, ...] | None, proofs: ProofsOfExistence
) -> datetime | None:
    """Past certificate validation (5.6.2.1): the control-time, None where it does not succeed."""
    if material.path_problem(chain):
        return None
    return _slide(material, chain, leaf_data, proofs)


def _slide(
    material: Material, chain: Chain, leaf_data: tuple[RevocationData, ...] | None, proofs: ProofsOfExistence
) -> datetime | None:
    """Validation time sliding (5.6.2.2): the latest instant at which the chain was still good; None for NO_POE."""
    # step 1: where trust in the anchor has ended, its last instant
    ended = None if chain.trusted_at(material.at) else standing.last_end(chain.anchors, material.at)
    control = ended - INSTANT if ended else material.at
    statuses = {c: status for c, _, status in chain_status(material, chain).statuses}
    uses = {use.object_id: use for use in chain_uses(material, chain)}
    # step 2: from the certificate that the anchor issued down to the signing certificate
    for certificate in reversed(chain.path[:-1]):
        data = statuses[certificate].data if certificate in statuses else None
        if certificate == chain.path[0] and leaf_data is not None:
            data = leaf_data
        slid = _slide_one(material, certificate, data, control, proofs)
        if slid is not None:
            slid = _last_reliable([uses[certificate.sha256]], slid)
        if slid is None:
            return None
        control = slid
    return control


def _slide_one(
    material: Material,
    certificate: Certificate,
    data: tuple[RevocationData, ...] | None,
    control: datetime,
    proofs: ProofsOfExistence,
) -> datetime | None:
    if data is None:
        # the issuer promises that no revocation need be asked
        return control if proofs.of(certificate.sha256) <= control else None
    # step 2a
    if proofs.of(certificate.sha256) > control:
        return None
    usable = [d for d in data if d.this_update < control and _known_since(d, proofs) <= control]
    if not usable:
        return None
    revoking = [d for d in usable if d.status != "good" and not _lifted(d, usable)]
    if revoking:
        # step 2b: any that revokes counts; the earliest time is the safe one
        used = revoking[0]
        control = min(control, *(d.revoked_at or d.this_update for d in revoking))
    else:
        # step 2c
        used = usable[0]
        if not fresh(used, control, material.policy):
            control = min(control, used.this_update)
    # step 2d, and the chain of the revocation data (NOTE 5)
    return _last_reliable(revocation_uses(material, [used]), control)


def _known_since(datum: RevocationData, proofs: ProofsOfExistence) -> datetime:
    """The earliest instant at which every object that the datum rests on is proved to exist."""
    return max(proofs.of(part.sha256) for part in datum.objects)


def _lifted(datum: RevocationData, others: list[RevocationData]) -> bool:
    """Whether a hold was lifted later."""
    return datum.status == "on_hold" and any(d.status == "good" and d.this_update > datum.this_update for d in others)


def _last_reliable(uses: list[Use], control: datetime) -> datetime | None:
    for use in uses:
        if use.reliable_at(control):
            continue
        if not use.reliability.known or use.reliability.until is None:
            return None
        control = min(control, use.reliability.until - INSTANT)
    return control


def _cure(material: Material, past: Past, control: datetime, proofs: ProofsOfExistence) -> ProcessResult:
    """Steps 3 to 6 of 5.6.2.4."""
    sub = past.current.sub_indication
    proved = proofs.of(past.cms.sha256)
    if proved <= control:
        result = _cure_by_control_time(material, past, proved, proofs)
        if result is not None:
            return result
    # step 4: each object with a weak algorithm existed before its end
    if sub is SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE and not weak_when_made(material, past, proofs):
        return PASSED
    # step 5
    if sub is SubIndication.TRY_LATER and past.xcv.held_at is None:
        assert past.xcv.chain is not None
        statuses = chain_status(material, past.xcv.chain)
        if all(_fresh_status(material, status, proved) for _, _, status in statuses.statuses):
            return PASSED
    # step 6
    return past.current


def _cure_by_control_time(
    material: Material, past: Past, proved: datetime, proofs: ProofsOfExistence
) -> ProcessResult | None:
    """Step 3: the signature is proved to have existed while the chain was good."""
    leaf, sub = past.certificate, past.current.sub_indication
    assert past.xcv.chain is not None
    if sub is SubIndication.NO_CERTIFICATE_CHAIN_FOUND_NO_POE and not past.xcv.chain.trusted_at(proved):
        # proved too early, or between two stretches of trust
        return past.current
    inside = leaf.not_before <= proved <= leaf.not_after
    held = sub is SubIndication.TRY_LATER and past.xcv.held_at is not None
    cures = sub in _CURED_BY_TIME or held
    if sub is SubIndication.REVOKED_CA_NO_POE:
        if not _leaf_data_before_ca_revocation(material, past, proofs):
            return past.current
        cures = True
    if not cures:
        return None
    if proved < leaf.not_before:
        return failed(SubIndication.NOT_YET_VALID)
    if inside:
        return PASSED
    no_poe = sub in (SubIndication.NO_CERTIFICATE_CHAIN_FOUND_NO_POE, SubIndication.OUT_OF_BOUNDS_NO_POE)
    return indeterminate(SubIndication.OUT_OF_BOUNDS_NO_POE if no_poe else SubIndication.OUT_OF_BOUNDS_NOT_REVOKED)


_CURED_BY_TIME = (
    SubIndication.NO_CERTIFICATE_CHAIN_FOUND_NO_POE,
    SubIndication.REVOKED_NO_POE,
    SubIndication.REVOCATION_OUT_OF_BOUNDS_NO_POE,
    SubIndication.OUT_OF_BOUNDS_NO_POE,
    SubIndication.OUT_OF_BOUNDS_NOT_REVOKED,
)


def _leaf_data_before_ca_revocation(material: Material, past: Past, proofs: ProofsOfExistence) -> bool:
    chain, revoked_at = past.xcv.chain, past.xcv.revoked_at
    assert chain is not None
    status = chain_status(material, chain).leaf
    if status is None or revoked_at is None:
        return status is None
    return any(_known_since(datum, proofs) <= revoked_at for datum in status.data)


def weak_when_made(material: Material, past: Past, proofs: ProofsOfExistence) -> list[Use]:
    """Those used on an object whose lowest proof of existence lies beyond their end."""
    chain = past.xcv.chain
    assert chain is not None
    uses = signature_uses(material, past.cms, past.certificate) + chain_uses(material, chain)
    latest = [status.latest for _, _, status in chain_status(material, chain).statuses if status.latest]
    uses += revocation_uses(material, latest)
    return [use for use in uses if not use.reliable_at(proofs.of(use.object_id))]


def _fresh_status(material: Material, status: Status, instant: datetime) -> bool:
    return status.latest is not None and fresh(status.latest, instant, material.policy)
