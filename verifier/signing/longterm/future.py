"""A simulated future: would a document still be valid at a later instant, if it were renewed in time?

What is assumed, and nothing else:
  1. it is renewed before what protects it ends, by a document time stamp of an authority whose certificate, key and
     algorithms are good at that instant. One such stamp stands for the whole row of renewals that there will be: it is
     dated right after the newest stamp, since each renewal proves the one before it in the same way;
  2. with that stamp comes the status of the certificates of the newest archive time stamp, asked today: that much a
     renewal can add. The status of signatures, and their certificates, must stand in the document already: whoever
     renews in ten years cannot ask about certificates that ended long before;
  3. whom we trust today is trusted then, where the trust store sets no end; no helping certificates of ours are used;
  4. status information that was fresh when it was needed counts, however old it is then: renewals bring newer one for
     every authority that still gives it, which cannot be made here. So freshness is looked at today, by the file
     alone, and not at the later instant (where EN 319 102-1 5.6.2.2 step 2c slides the control-time for it).
The judge is our own, asks nobody, and its current time is that instant.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from asn1crypto import algos, cms, core, tsp, x509
from cryptography import x509 as crypto_x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from verifier.evidence import Evidence
from verifier.signing.longterm.collecting import Collected, Question, Standing, collect, without_helpers
from verifier.snapshot import AlgorithmRule, AlgorithmSuite, Anchor, AnchorUse, TrustSnapshot
from verifier.verdict import SubIndication

DIGEST = "sha512"
SCHEME, BITS = "ecdsa", 521
LASTS = timedelta(days=365 * 30)
SHORT = timedelta(days=1)
"""Least time that must be left for a renewal."""
_KEPT = 2
"""Simulated snapshots kept in a worker."""


class AssumedAuthority:
    """A time-stamping authority that is never trusted but in a simulation; its key is in memory and nowhere else."""

    def __init__(self, now: datetime, until: datetime) -> None:
        self._key = ec.generate_private_key(ec.SECP521R1())
        name = crypto_x509.Name([crypto_x509.NameAttribute(NameOID.COMMON_NAME, "Assumed renewal (simulation)")])
        self.since, self.until = now - timedelta(days=1), max(until, now + LASTS)
        usage = crypto_x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        made = (
            crypto_x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self._key.public_key())
            .serial_number(crypto_x509.random_serial_number())
            .not_valid_before(self.since)
            .not_valid_after(self.until)
            .add_extension(usage, critical=True)
            .sign(self._key, hashes.SHA512())
        )
        self.certificate = made.public_bytes(serialization.Encoding.DER)

    def token(self, digest: bytes, at: datetime) -> bytes:
        """Return a time-stamp token (RFC 3161 2.4.2) over a SHA-512 digest, DER."""
        hashed = {"algorithm": DIGEST}
        info = tsp.TSTInfo(
            {
                "version": "v1",
                "policy": "2.5.29.32.0",
                "message_imprint": {"hash_algorithm": hashed, "hashed_message": digest},
                "serial_number": 1,
                "gen_time": at.replace(microsecond=0),
            }
        ).dump()
        attributes = _attributes(info, self.certificate)
        signer = x509.Certificate.load(self.certificate)
        identity = {"issuer": signer.issuer, "serial_number": signer.serial_number}
        signature = self._key.sign(attributes.dump(), ec.ECDSA(hashes.SHA512()))
        body = {
            "version": "v3",
            "digest_algorithms": [hashed],
            "encap_content_info": {"content_type": "tst_info", "content": core.ParsableOctetString(info)},
            "certificates": [signer],
            "signer_infos": [
                {
                    "version": "v1",
                    "sid": cms.SignerIdentifier("issuer_and_serial_number", identity),
                    "digest_algorithm": hashed,
                    "signed_attrs": attributes,
                    "signature_algorithm": {"algorithm": "sha512_ecdsa"},
                    "signature": signature,
                }
            ],
        }
        return bytes(cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(body)}).dump())


def _attributes(info: bytes, certificate: bytes) -> cms.CMSAttributes:
    reference = {
        "hash_algorithm": algos.DigestAlgorithm({"algorithm": DIGEST}),
        "cert_hash": hashlib.sha512(certificate).digest(),
    }
    told: list[dict[str, Any]] = [
        {"type": "content_type", "values": ["tst_info"]},
        {"type": "message_digest", "values": [hashlib.sha512(info).digest()]},
        {"type": "signing_certificate_v2", "values": [{"certs": [reference]}]},
    ]
    # a SET OF in DER is in order of its encodings
    return cms.CMSAttributes(sorted((cms.CMSAttribute(one) for one in told), key=lambda one: bytes(one.dump())))


@dataclass(frozen=True)
class Later:
    """What a document is asked in a simulation."""

    question: Question
    """By today's trust; `at` is the later instant."""
    authority: bytes
    """Certificate of the assumed authority, DER."""


def collect_alone(path: Path, asked: Question) -> Collected:
    """Read a document in a worker as it stands today for somebody who has but the file and the anchors."""
    return collect(path, replace(asked, evidence=Evidence(without_helpers(asked.evidence.trust)), archive_only=False))


def collect_later(path: Path, later: Later) -> Collected:
    """Read a document in a worker as it will stand at the later instant, by the file alone."""
    asked = replace(later.question, archive_only=False)
    policy = replace(asked.policy, freshness="off", minimum_ec_bits=min(asked.policy.minimum_ec_bits, BITS))
    if policy.allowed_digests:
        policy = replace(policy, allowed_digests=(*policy.allowed_digests, DIGEST))
    evidence = Evidence(_simulated(asked.evidence.trust, policy.suite, later.authority))
    return collect(path, replace(asked, evidence=evidence, policy=policy))


_SIMULATED: OrderedDict[tuple[str, str, bytes], TrustSnapshot] = OrderedDict()


def _simulated(trust: TrustSnapshot, suite: str, certificate: bytes) -> TrustSnapshot:
    """Return today's trust with the assumed authority and its algorithms, without helping certificates.

    The same for the same, as its index of anchors is made once.
    """
    key = (trust.id, suite, certificate)
    if key not in _SIMULATED:
        assumed = Anchor(certificate, "Assumed renewal", frozenset({AnchorUse.TIMESTAMP}), source="simulation")
        suites = dict(trust.suites)
        if suite in suites:
            good = (AlgorithmRule(DIGEST, 0, None), AlgorithmRule(SCHEME, BITS, None))
            suites[suite] = AlgorithmSuite(suites[suite].name, (*suites[suite].rules, *good))
        name = hashlib.sha256(f"{trust.id} renewed".encode() + certificate).hexdigest()
        _SIMULATED[key] = TrustSnapshot(name, (*trust.anchors, assumed), (), suites)
    while len(_SIMULATED) > _KEPT:
        _SIMULATED.popitem(last=False)
    return _SIMULATED[key]


def why_not(found: Collected) -> tuple[str, Standing] | None:
    """Return why a document will not last, and which signature of ours; None where all of them hold.

    `status-missing`, `chain-missing`, `algorithm-ends`, `proof-too-late`, or the sub-indication in kebab-case.
    """
    for one in found.standings:
        if one.own and not one.holds:
            return _WHY.get(one.sub_indication, _plain(one)), one
    return None


def _plain(one: Standing) -> str:
    return (one.sub_indication or one.indication).value.lower().replace("_", "-")


_WHY: dict[SubIndication | None, str] = {
    SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE: "status-missing",
    SubIndication.TRY_LATER: "status-missing",
    SubIndication.NO_CERTIFICATE_CHAIN_FOUND: "chain-missing",
    SubIndication.NO_CERTIFICATE_CHAIN_FOUND_NO_POE: "chain-missing",
    SubIndication.NO_SIGNING_CERTIFICATE_FOUND: "chain-missing",
    SubIndication.CRYPTO_CONSTRAINTS_FAILURE: "algorithm-ends",
    SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE: "algorithm-ends",
    SubIndication.OUT_OF_BOUNDS_NO_POE: "proof-too-late",
    SubIndication.OUT_OF_BOUNDS_NOT_REVOKED: "proof-too-late",
    SubIndication.REVOCATION_OUT_OF_BOUNDS_NO_POE: "proof-too-late",
}
