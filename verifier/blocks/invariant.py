"""One last look, blind to the branches taken: what must hold of every PASSED at a time in the past.

The letter of EN 319 102-1 leaves holes (clause 5.5.4 after steps 4c, 6 and 7; clause 5.6.2.4 steps 4 and 5 ask for no
proof against the control-time). See docs/decisions for the argument.
"""

from __future__ import annotations

from datetime import datetime

from verifier.blocks.acceptance import accept_attributes
from verifier.blocks.freshness import fresh, speaks_for
from verifier.blocks.material import Material
from verifier.blocks.notes import Notes
from verifier.blocks.past import Past, weak_when_made
from verifier.blocks.poe import ProofsOfExistence
from verifier.blocks.xcv import (
    PASSED,
    ChainStatus,
    chain_status,
    failed,
    indeterminate,
    known_not_revoked,
    note_standing,
    note_weak,
    usage_fault,
)
from verifier.trust import standing
from verifier.verdict import ProcessResult, SubIndication


def hold(material: Material, past: Past, best_time: datetime, proofs: ProofsOfExistence, notes: Notes) -> ProcessResult:
    """Return PASSED where all of it holds at `best_time`, else the fitting status, noted as failed."""
    if past.xcv.chain is None:
        return indeterminate(SubIndication.NO_CERTIFICATE_CHAIN_FOUND)
    statuses = chain_status(material, past.xcv.chain)
    return (
        _trusted_then(past, best_time, notes)
        or _not_revoked(statuses, best_time, notes)
        or _leaf_valid(material, statuses, best_time, notes)
        or _cas_valid(statuses, best_time, notes)
        or _status_known(material, statuses, best_time, notes)
        or _strong(material, past, proofs, notes)
        or _allowed(material, past, notes)
        or PASSED
    )


def hold_stamp(material: Material, past: Past, proved: datetime, notes: Notes) -> ProcessResult:
    """Do the same for a time-stamp token that is proved to have existed at `proved`.

    Whether the status of its certificates was known then, and its algorithms were reliable, time sliding has shown.
    """
    if past.xcv.chain is None:
        return indeterminate(SubIndication.NO_CERTIFICATE_CHAIN_FOUND)
    statuses = chain_status(material, past.xcv.chain)
    return (
        _not_revoked(statuses, proved, notes)
        or _leaf_valid(material, statuses, proved, notes)
        or _cas_valid(statuses, proved, notes)
        or _allowed(material, past, notes)
        or PASSED
    )


def _trusted_then(past: Past, best_time: datetime, notes: Notes) -> ProcessResult | None:
    """The status of the service at the time of signing counts, not today's (TS 119 612 5.5.5)."""
    chain = past.xcv.chain
    if chain is None or chain.trusted_at(best_time):
        return None
    note_standing(chain, best_time, "invariant", notes)
    sub = SubIndication.NO_CERTIFICATE_CHAIN_FOUND_NO_POE
    ever = standing.trusted_by(chain.anchors, best_time)
    return indeterminate(sub if ever else SubIndication.NO_CERTIFICATE_CHAIN_FOUND)


def _not_revoked(statuses: ChainStatus, best_time: datetime, notes: Notes) -> ProcessResult | None:
    leaf = statuses.chain.path[0]
    for certificate, _, status in reversed(statuses.statuses):
        held = status.holding.revoked_at if status.holding else None
        revoked = status.revoked_at()
        is_leaf = certificate == leaf
        code = "INV_REVOCATION" if is_leaf else "INV_CA_REVOCATION"
        if revoked is not None and revoked <= best_time:
            notes.fail(code, "invariant", certificate=certificate.common_name, revoked_at=revoked, time=best_time)
            sub = SubIndication.REVOKED_NO_POE if is_leaf else SubIndication.REVOKED_CA_NO_POE
            return indeterminate(sub)
        if held is not None and held <= best_time:
            notes.fail(code, "invariant", certificate=certificate.common_name, status="on_hold", revoked_at=held)
            return indeterminate(SubIndication.TRY_LATER)
    return None


def _leaf_valid(material: Material, statuses: ChainStatus, best_time: datetime, notes: Notes) -> ProcessResult | None:
    leaf = statuses.chain.path[0]
    if leaf.valid_at(best_time):
        return None
    span = {"from": leaf.not_before, "until": leaf.not_after}
    notes.fail("INV_VALIDITY", "invariant", certificate=leaf.common_name, time=best_time, **span)
    if best_time < leaf.not_before:
        return failed(SubIndication.NOT_YET_VALID)
    known = known_not_revoked(material, statuses, best_time)
    return indeterminate(SubIndication.OUT_OF_BOUNDS_NOT_REVOKED if known else SubIndication.OUT_OF_BOUNDS_NO_POE)


def _cas_valid(statuses: ChainStatus, best_time: datetime, notes: Notes) -> ProcessResult | None:
    for certificate in statuses.chain.path[1:-1]:
        if not certificate.valid_at(best_time):
            span = {"from": certificate.not_before, "until": certificate.not_after}
            notes.fail("INV_CA_VALIDITY", "invariant", certificate=certificate.common_name, time=best_time, **span)
            return indeterminate(SubIndication.OUT_OF_BOUNDS_NO_POE)
    return None


def _status_known(material: Material, statuses: ChainStatus, best_time: datetime, notes: Notes) -> ProcessResult | None:
    """Some accepted datum of each certificate must speak for the best time."""
    for certificate, _, status in statuses.statuses:
        if not status.data:
            notes.fail("INV_REVOCATION", "invariant", certificate=certificate.common_name, status="unknown")
            return indeterminate(SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE)
        if not any(fresh(datum, best_time, material.policy) for datum in status.data):
            notes.fail(
                "INV_REVOCATION", "invariant", certificate=certificate.common_name, status="stale", time=best_time
            )
            return indeterminate(SubIndication.TRY_LATER)
        expired = certificate.not_after < material.at and material.policy.after_expiry != "any"
        if expired and not any(speaks_for(datum, best_time) for datum in status.data):
            notes.fail(
                "INV_REVOCATION", "invariant", certificate=certificate.common_name, status="stale", time=best_time
            )
            return indeterminate(SubIndication.OUT_OF_BOUNDS_NO_POE)
    return None


def _strong(material: Material, past: Past, proofs: ProofsOfExistence, notes: Notes) -> ProcessResult | None:
    found = weak_when_made(material, past, proofs)
    for use in found:
        note_weak(notes, "INV_ALGORITHMS", "invariant", use)
    return indeterminate(SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE) if found else None


def _allowed(material: Material, past: Past, notes: Notes) -> ProcessResult | None:
    """Constraints that time does not cure; what the basic process found first may have hidden them."""
    said = usage_fault(material, past.certificate, past.use)
    if said:
        notes.fail("XCV_KEY_USAGE", "invariant", certificate=past.certificate.common_name, **said)
        return indeterminate(SubIndication.CHAIN_CONSTRAINTS_FAILURE)
    accepted = accept_attributes(material, past.cms, past.xcv.chain, None, Notes())
    return None if accepted == PASSED else accepted
