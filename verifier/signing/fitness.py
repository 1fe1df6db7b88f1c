"""Whether a signing certificate may be used now: path, status and restrictions, asked before every signature."""

from __future__ import annotations

import threading
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files

from verifier.blocks.material import Material
from verifier.blocks.notes import Notes
from verifier.blocks.xcv import Times, Xcv, validate_certificate
from verifier.check import ROUNDS, Begins, Runs
from verifier.errors import CouldNotJudge, Problem
from verifier.evidence import Evidence, Gap
from verifier.outside.clock import Clock
from verifier.pades.facts import DocumentFacts
from verifier.policy import Policy
from verifier.signing.records import HeldKey, Kind
from verifier.snapshot import AnchorUse, TrustSnapshot
from verifier.verdict import Changes, SubIndication
from verifier.x509 import Certificate

REUSED = timedelta(minutes=1)
"""How long an answer on a certificate's status serves the next signatures with it."""
_NOTHING = DocumentFacts("", 0, (), (), (), 0, Changes.NONE, 0)
_CODES = {
    SubIndication.REVOKED_NO_POE: "certificate-revoked",
    SubIndication.REVOKED_CA_NO_POE: "certificate-revoked",
    SubIndication.OUT_OF_BOUNDS_NO_POE: "certificate-expired",
    SubIndication.OUT_OF_BOUNDS_NOT_REVOKED: "certificate-expired",
    SubIndication.TRY_LATER: "certificate-status-unknown",
    SubIndication.REVOCATION_OUT_OF_BOUNDS_NO_POE: "certificate-status-unknown",
    SubIndication.CHAIN_CONSTRAINTS_FAILURE: "certificate-restricted",
    SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE: "certificate-weak",
}
"""What each outcome of certificate validation (EN 319 102-1 5.2.6) means for one who is about to sign."""


@dataclass(frozen=True)
class Rules:
    """What excludes an act, as `fitness.toml` tells it."""

    branches: frozenset[str]
    key_usage: frozenset[str]
    extended_key_usage: frozenset[str]
    excludes: tuple[tuple[str, frozenset[str], str], ...]
    """Certificate policy, kinds of acts, reason."""


@dataclass(frozen=True)
class Examined:
    """What is known of a certificate by some evidence."""

    problem: Problem | None
    gaps: tuple[Gap, ...] = ()


@cache
def rules() -> Rules:
    """Read what excludes an act."""
    told = tomllib.loads((files("verifier.signing") / "fitness.toml").read_text("utf-8"))
    excludes = tuple((one["policy"], frozenset(one["kinds"]), one["reason"]) for one in told["excludes"])
    return Rules(
        frozenset(told["branches"]), frozenset(told["key_usage"]), frozenset(told["extended_key_usage"]), excludes
    )


class Fitness:
    """Examines keys; safe for use from several threads."""

    def __init__(
        self,
        trusted: Callable[[], TrustSnapshot],
        policy: Callable[[], Policy],
        gatherer: Begins | None,
        pool: Runs,
        clock: Clock,
    ) -> None:
        """`gatherer` None: nobody is asked, so every status is unknown."""
        self._trusted, self._policy, self._gatherer = trusted, policy, gatherer
        self._pool, self._clock = pool, clock
        self._lock = threading.Lock()
        self._known: dict[bytes, tuple[datetime, Evidence]] = {}

    def problem(self, key: HeldKey, kind: Kind) -> Problem | None:
        """Return why the key may not sign an act of this kind now; None where it may.

        Codes: certificate-expired, -not-yet-valid, -revoked, -status-unknown (may pass), -not-trusted,
        -not-public-service, -restricted, -weak, -unreadable; trust-store-empty and others of CouldNotJudge.
        """
        try:
            leaf = Certificate.parse(key.certificate)
        except ValueError:
            return Problem("certificate-unreadable", "", {"key": key.name})
        problem = out_of_time(leaf, self._clock.now()) or restricted(leaf, kind)
        if problem is not None:
            return problem
        try:
            return self._by_evidence(key)
        except CouldNotJudge as refusal:
            return refusal.problem

    def _by_evidence(self, key: HeldKey) -> Problem | None:
        now, policy, trust = self._clock.now(), self._policy(), self._trusted()
        known = self._reusable(key.certificate, now, trust)
        if known is not None:
            return self._examined(key, known, policy, now).problem
        evidence = Evidence(trust, certificates=key.chain)
        examined = self._examined(key, evidence, policy, now)
        gathering = self._gatherer.begin() if self._gatherer else None
        for _ in range(ROUNDS if gathering else 0):
            filled = gathering.fill(examined.gaps) if gathering else None
            if filled is None or not filled.asked:
                break
            evidence = evidence.plus(filled.certificates, filled.crls, filled.ocsps)
            examined = self._examined(key, evidence, policy, self._clock.now())
        if examined.problem is None:
            with self._lock:
                self._known[key.certificate] = (now, evidence)
        return examined.problem

    def _reusable(self, certificate: bytes, now: datetime, trust: TrustSnapshot) -> Evidence | None:
        """Return what was gathered a moment ago; what we trust is asked anew."""
        with self._lock:
            asked, evidence = self._known.get(certificate, (None, None))
        if asked is None or evidence is None or not timedelta() <= now - asked < REUSED:
            return None
        return replace(evidence, trust=trust)

    def _examined(self, key: HeldKey, evidence: Evidence, policy: Policy, at: datetime) -> Examined:
        return self._pool.run(examined, key.certificate, evidence, policy, at)


def examined(certificate: bytes, evidence: Evidence, policy: Policy, at: datetime) -> Examined:
    """Validate a certificate at an instant (EN 319 102-1 5.2.6) under anchors of public-service signatures alone."""
    leaf = Certificate.parse(certificate)
    ours = tuple(one for one in evidence.trust.anchors if one.branch in rules().branches)
    if not ours:
        return Examined(Problem("certificate-not-public-service", "no root of public-service signatures is trusted"))
    found, gaps = _validated(leaf, replace(evidence, trust=replace(evidence.trust, anchors=ours)), policy, at)
    sub = found.result.sub_indication
    if sub is None:
        return Examined(None)
    if sub in (SubIndication.NO_CERTIFICATE_CHAIN_FOUND, SubIndication.NO_CERTIFICATE_CHAIN_FOUND_NO_POE):
        elsewhere, _ = _validated(leaf, evidence, policy, at)
        code = "certificate-not-trusted" if elsewhere.chain is None else "certificate-not-public-service"
        return Examined(_problem(code, leaf, sub.value), gaps)
    if sub is SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE:
        unknown = any(one.kind.value == "revocation" for one in gaps)
        code = "certificate-status-unknown" if unknown else "certificate-not-trusted"
        return Examined(_problem(code, leaf, sub.value), gaps)
    return Examined(_problem(_CODES.get(sub, "certificate-not-trusted"), leaf, sub.value), gaps)


def _validated(leaf: Certificate, evidence: Evidence, policy: Policy, at: datetime) -> tuple[Xcv, tuple[Gap, ...]]:
    material = Material(_NOTHING, evidence, policy, at)
    found = validate_certificate(material, leaf, AnchorUse.SIGNATURE, Times(signed=at), Notes())
    return found, material.gaps


def out_of_time(leaf: Certificate, now: datetime) -> Problem | None:
    """Tell whether the certificate is out of its validity."""
    if now < leaf.not_before:
        return _problem("certificate-not-yet-valid", leaf, "")
    return _problem("certificate-expired", leaf, "") if now > leaf.not_after else None


def restricted(leaf: Certificate, kind: Kind) -> Problem | None:
    """Tell whether the certificate says that it is not for this act (Decree 68/2024/NĐ-CP Art. 7)."""
    told = rules()
    try:
        usage, purposes = leaf.key_usage, leaf.extended_key_usage
        policies = leaf.asn1.certificate_policies_value
        named = {one["policy_identifier"].dotted for one in policies} if policies is not None else set()
    except (ValueError, TypeError, KeyError):
        return Problem("certificate-unreadable", "its extensions cannot be read", {"name": leaf.common_name})
    if usage is not None and not usage & told.key_usage:
        return _problem("certificate-restricted", leaf, "its key usage names no signing")
    if purposes is not None and not frozenset(purposes) & told.extended_key_usage:
        return _problem("certificate-restricted", leaf, "its extended key usage names other purposes")
    for policy, kinds, reason in told.excludes:
        if policy in named and kind.value in kinds:
            return _problem("certificate-restricted", leaf, reason)
    return None


def _problem(code: str, leaf: Certificate, detail: str) -> Problem:
    span = {"from": leaf.not_before.isoformat(), "until": leaf.not_after.isoformat()}
    return Problem(code, detail, {"name": leaf.common_name, **span})
