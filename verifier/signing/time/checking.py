"""Whether a fresh time-stamp token can be believed: judged by the very blocks that judge documents (EN 319 102-1 5.4).

Read in our own process, as answers of OCSP responders are: authorities are named by the operator, their answers short.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from verifier.blocks.material import Material
from verifier.blocks.stamps import Stamp, validate_stamp
from verifier.check import Begins
from verifier.evidence import Evidence, GapKind
from verifier.pades.facts import DocumentFacts, SignatureFacts, TokenFacts
from verifier.policy import Policy
from verifier.signing.time.messages import NoToken, Token
from verifier.snapshot import TrustSnapshot
from verifier.trust.usage import timestamp_usage_ok
from verifier.verdict import Changes, Coverage, SignatureKind, SubIndication

ROUNDS = 6
"""Times that more is gathered about a token's certificates."""
CLOCKS_DIFFER = timedelta(minutes=5)
"""How far the time of a token may be from ours, its own accuracy beside, of which no more than this counts."""
CLOCK_OFF = "clock-off"

_CODES = {
    SubIndication.FORMAT_FAILURE: "not-a-response",
    SubIndication.HASH_FAILURE: "signature-wrong",
    SubIndication.SIG_CRYPTO_FAILURE: "signature-wrong",
    SubIndication.NO_SIGNING_CERTIFICATE_FOUND: "certificate-missing",
    SubIndication.NO_CERTIFICATE_CHAIN_FOUND: "not-trusted",
    SubIndication.NO_CERTIFICATE_CHAIN_FOUND_NO_POE: "not-trusted",
    SubIndication.CHAIN_CONSTRAINTS_FAILURE: "not-for-time-stamps",
    SubIndication.REVOKED_NO_POE: "revoked",
    SubIndication.REVOKED_CA_NO_POE: "revoked",
    SubIndication.NOT_YET_VALID: "expired",
    SubIndication.OUT_OF_BOUNDS_NO_POE: "expired",
    SubIndication.OUT_OF_BOUNDS_NOT_REVOKED: "expired",
    SubIndication.REVOCATION_OUT_OF_BOUNDS_NO_POE: "status-unknown",
    SubIndication.CRYPTO_CONSTRAINTS_FAILURE: "algorithm-weak",
    SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE: "algorithm-weak",
    SubIndication.SIG_CONSTRAINTS_FAILURE: "attributes-wrong",
}
"""What each status of a token is called; the others are `status-unknown` or `path-wrong`."""


@dataclass(frozen=True)
class TokenCheck:
    """Judges tokens by the trust and the policy of the moment."""

    trusted: Callable[[], TrustSnapshot]
    policy: Callable[[], Policy]
    now: Callable[[], datetime]
    gatherer: Begins | None = None
    """None to ask nobody: a token whose certificate's status does not come along is then not believed."""

    def require_good(self, token: Token) -> None:
        """Refuse a token that cannot be believed; NoToken with a code."""
        evidence, policy = Evidence(self.trusted()), self.policy()
        gathering = self.gatherer.begin() if self.gatherer else None
        stamp, material = self._judged(token, evidence, policy)
        for _ in range(ROUNDS):
            self._refuse_what_stays(stamp, token)
            if stamp.passed or gathering is None:
                break
            filled = gathering.fill(material.gaps)
            if not filled.asked:
                break
            evidence = evidence.plus(filled.certificates, filled.crls, filled.ocsps)
            stamp, material = self._judged(token, evidence, policy)
        if not stamp.passed:
            raise NoToken(_code(stamp, material), _signer(stamp))

    def _refuse_what_stays(self, stamp: Stamp, token: Token) -> None:
        """Refuse at once what nothing that is gathered would change."""
        basic = stamp.basic
        if basic.certificate is None or not basic.intact:
            raise NoToken(_CODES.get(stamp.result.sub_indication or SubIndication.FORMAT_FAILURE, "signature-wrong"))
        if not timestamp_usage_ok(basic.certificate):
            raise NoToken("not-for-time-stamps", _signer(stamp))
        # before its status is asked: by a wrong clock of ours, that would seem to be of another time too
        off = abs(token.at - self.now())
        if basic.xcv and basic.xcv.chain and off > CLOCKS_DIFFER + min(token.facts.accuracy, CLOCKS_DIFFER):
            raise NoToken(CLOCK_OFF, f"its clock says {token.at:%Y-%m-%d %H:%M:%S} UTC", at=token.at)
        if not basic.certificate.valid_at(token.at):
            raise NoToken("expired", _signer(stamp))

    def _judged(self, token: Token, evidence: Evidence, policy: Policy) -> tuple[Stamp, Material]:
        at = max(self.now(), token.at)  # an authority whose clock is a little ahead of ours
        material = Material(_holding(token.facts), evidence, policy, at)
        return validate_stamp(material, token.facts), material


def _code(stamp: Stamp, material: Material) -> str:
    sub = stamp.result.sub_indication
    known = _CODES.get(sub) if sub else None
    if known:
        return known
    if sub is SubIndication.TRY_LATER and stamp.basic.xcv and stamp.basic.xcv.held_at:
        return "revoked"
    general = sub is SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE
    status_missing = any(gap.kind is GapKind.REVOCATION for gap in material.gaps)
    return "path-wrong" if general and not status_missing else "status-unknown"


def _signer(stamp: Stamp) -> str:
    return stamp.basic.certificate.common_name if stamp.basic.certificate else ""


def _holding(token: TokenFacts) -> DocumentFacts:
    """Return a document that holds nothing but this token, for the blocks that judge documents."""
    entry = SignatureFacts(
        id="token",
        kind=SignatureKind.DOCUMENT_TIMESTAMP,
        field_name="",
        sub_filter="ETSI.RFC3161",
        revision=1,
        problem=None,
        cms=token.cms,
        token=token,
        coverage=Coverage.ENTIRE_FILE,
        changes=(),
        changes_level=Changes.NONE,
        claimed_time=None,
    )
    return DocumentFacts(
        sha256="",
        size=0,
        revisions=(),
        signatures=(entry,),
        validation_data=(),
        remnants=0,
        changes_after_last_signature=Changes.NONE,
        pages=0,
    )
