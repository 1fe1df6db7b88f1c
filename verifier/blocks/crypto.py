"""Cryptographic constraints: which algorithm was used on which object, and until when it is reliable (TS 119 312)."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from verifier.blocks.material import Material
from verifier.pades.facts import CmsFacts, EssReference
from verifier.trust.algorithms import Reliability, digest_reliable_until, reliable_until
from verifier.trust.path import Chain
from verifier.trust.revocation import RevocationData
from verifier.x509 import Certificate


@dataclass(frozen=True)
class Use:
    """One algorithm at work on one object."""

    object: str
    """For people: `signature value`, `certificate of …`."""
    object_id: str
    """Name of the object in the set of proofs of existence."""
    algorithm: str
    key_bits: int
    reliability: Reliability

    def reliable_at(self, instant: datetime) -> bool:
        """Whether the algorithm is reliable at `instant`; its end date itself is too late."""
        return self.reliability.holds_at(instant)


def signature_uses(material: Material, cms: CmsFacts, certificate: Certificate) -> list[Use]:
    """Algorithms of signature value and signed data; of the ESS digest too where the policy says so."""
    use = cms.signature_use
    digest = use.digest or cms.digest_algorithm
    uses = [_signature_use(material, "signature value", cms.sha256, use.scheme, digest, certificate.key_bits)]
    if cms.digest_algorithm != digest:
        uses.append(_digest_use(material, "digest of the signed data", cms.sha256, cms.digest_algorithm))
    if material.policy.fail_weak_certificate_reference:
        uses += reference_uses(material, cms, certificate)
    return uses


def reference_uses(material: Material, cms: CmsFacts, certificate: Certificate) -> list[Use]:
    """Digest with which the signing-certificate attribute names the certificate; of several the strongest."""
    ess = [ref.digest_algorithm for ref in cms.ess_references if names(ref, certificate)]
    uses = [_digest_use(material, "signing-certificate attribute", cms.sha256, digest) for digest in ess]
    return [max(uses, key=_strength)] if uses else []


def names(reference: EssReference, certificate: Certificate) -> bool:
    """Whether an ESS reference names this certificate by its digest."""
    try:
        return hashlib.new(reference.digest_algorithm, certificate.der).digest() == reference.digest
    except ValueError:
        return False


def chain_uses(material: Material, chain: Chain) -> list[Use]:
    """Algorithms of every certificate but the anchor, whose own signature is never tested."""
    uses = []
    for certificate, issuer in zip(chain.path, chain.path[1:], strict=False):
        use = certificate.signature_use
        what = f"certificate of {certificate.common_name}"
        bits = issuer.key_bits
        uses.append(_signature_use(material, what, certificate.sha256, use.scheme, use.digest, bits))
    return uses


def revocation_uses(material: Material, data: Iterable[RevocationData]) -> list[Use]:
    """Algorithms of the revocation data used."""
    uses = []
    for datum in (part for one in data for part in one.objects):
        use = datum.signature_use
        what = f"{datum.kind.upper()} by {datum.signer.common_name}"
        uses.append(_signature_use(material, what, datum.sha256, use.scheme, use.digest, datum.signer.key_bits))
    return uses


def imprint_use(material: Material, digest: str, object_id: str) -> Use:
    """Digest of a time stamp's message imprint."""
    return _digest_use(material, "message imprint of the time stamp", object_id, digest)


def weak(uses: Iterable[Use], instant: datetime) -> list[Use]:
    """Those that are not reliable at `instant`."""
    return [use for use in uses if not use.reliable_at(instant)]


def _signature_use(material: Material, what: str, object_id: str, scheme: str, digest: str, bits: int) -> Use:
    reliability = reliable_until(material.suite, material.policy, scheme, digest, bits)
    name = f"{scheme}/{digest}" if digest and not scheme.startswith("ed") else scheme
    return Use(what, object_id, name, bits, reliability)


def _digest_use(material: Material, what: str, object_id: str, digest: str) -> Use:
    return Use(what, object_id, digest, 0, digest_reliable_until(material.suite, material.policy, digest))


def _strength(use: Use) -> tuple[bool, float]:
    # several references to one certificate: one good digest suffices
    until = use.reliability.until
    return (use.reliability.known, until.timestamp() if until else math.inf)
