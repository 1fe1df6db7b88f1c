"""X.509 certificate validation at the current time (EN 319 102-1 clause 5.2.6)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from verifier.blocks.crypto import Use, chain_uses, weak
from verifier.blocks.freshness import fresh
from verifier.blocks.material import Material, Status, revocation_gap
from verifier.blocks.notes import Notes
from verifier.evidence import Gap, GapCode, GapKind
from verifier.snapshot import AnchorUse
from verifier.trust import standing
from verifier.trust.path import Chain
from verifier.trust.usage import timestamp_usage_ok
from verifier.verdict import Indication, ProcessResult, SubIndication
from verifier.x509 import Certificate

PASSED = ProcessResult(Indication.PASSED)


def indeterminate(sub: SubIndication) -> ProcessResult:
    """INDETERMINATE for this reason."""
    return ProcessResult(Indication.INDETERMINATE, sub)


def failed(sub: SubIndication) -> ProcessResult:
    """FAILED for this reason."""
    return ProcessResult(Indication.FAILED, sub)


_BEST_FIRST = (
    None,
    SubIndication.OUT_OF_BOUNDS_NOT_REVOKED,
    SubIndication.OUT_OF_BOUNDS_NO_POE,
    SubIndication.REVOCATION_OUT_OF_BOUNDS_NO_POE,
    SubIndication.TRY_LATER,
    SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE,
    SubIndication.REVOKED_NO_POE,
    SubIndication.REVOKED_CA_NO_POE,
    SubIndication.NO_CERTIFICATE_CHAIN_FOUND_NO_POE,
    SubIndication.CHAIN_CONSTRAINTS_FAILURE,
    SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE,
    SubIndication.NO_CERTIFICATE_CHAIN_FOUND,
)
"""Of several chains the one whose status stands first is reported; the standard leaves the choice open."""


@dataclass(frozen=True)
class Xcv:
    """Outcome of certificate validation, with what later steps need."""

    result: ProcessResult
    chain: Chain | None = None
    revoked_at: datetime | None = None
    """Revocation of the signing certificate (REVOKED_NO_POE) or of a CA (REVOKED_CA_NO_POE)."""
    held_at: datetime | None = None
    """Suspension of a certificate, where TRY_LATER means that."""
    notes: Notes = field(default_factory=Notes, compare=False)
    gaps: tuple[Gap, ...] = ()


@dataclass(frozen=True)
class ChainStatus:
    """The revocation status of each certificate of a chain but the anchor, leaf first."""

    chain: Chain
    statuses: tuple[tuple[Certificate, Certificate, Status], ...]
    """Certificate, its issuer, its status; certificates that need none are left out."""

    @property
    def leaf(self) -> Status | None:
        """Status of the signing certificate; None where none is needed."""
        return next((s for c, _, s in self.statuses if c == self.chain.path[0]), None)


def chain_status(material: Material, chain: Chain) -> ChainStatus:
    """Look up the revocation status of every certificate that needs one."""
    entries = [
        (certificate, chain.path[place], material.status(certificate, chain.path[place:]))
        for place, certificate in enumerate(chain.path[:-1], start=1)
        if not certificate.revocation_unneeded
    ]
    return ChainStatus(chain, tuple(entries))


@dataclass(frozen=True)
class Times:
    """What is known of when something was signed."""

    stamped: datetime | None = None
    """The earliest time proved by a signature time stamp, None where there is none: it decides whether good revocation
    data is recent enough to call an expired certificate known not revoked (step 7)."""
    signed: datetime | None = None
    """When the anchor must have been trusted: the lowest proof that the signature existed, or the token's own time;
    None where nothing but the current time is known."""


def validate_certificate(
    material: Material, certificate: Certificate, use: AnchorUse, times: Times, notes: Notes
) -> Xcv:
    """Validate a signing certificate at the current time, under an anchor that was trusted when it signed."""
    outcomes: list[Xcv] = []
    search = material.search(certificate, use)
    for chain in _best_standing(material, certificate, use, times.signed):
        outcome = _validate_chain(material, chain, use, times)
        outcomes.append(outcome)
        if outcome.result.sub_indication is None:
            break
    if not search.complete and not any(outcome.result == PASSED for outcome in outcomes):
        material.miss(_search_ended(certificate))
    if not outcomes:
        material.miss(_missing_issuer(search.top))
        notes.fail("XCV_CHAIN", "5.2.6 step 2", certificate=certificate.common_name, issuer=certificate.issuer)
        return Xcv(indeterminate(SubIndication.NO_CERTIFICATE_CHAIN_FOUND))
    best = min(outcomes, key=lambda one: _BEST_FIRST.index(one.result.sub_indication))
    for gap in best.gaps:
        material.miss(gap)
    notes.extend(best.notes)
    return best


def _best_standing(
    material: Material, certificate: Certificate, use: AnchorUse, signed: datetime | None
) -> list[Chain]:
    """All chains, those first whose anchor is trusted now and was when it was signed; then those trusted longest."""

    def order(chain: Chain) -> tuple[bool, bool, float]:
        now = chain.trusted_at(material.at)
        ended = None if now else standing.last_end(chain.anchors, material.at)
        return not now, signed is not None and not chain.trusted_at(signed), -ended.timestamp() if ended else 0.0

    return sorted(material.chains(certificate, use), key=order)


def note_standing(chain: Chain, instant: datetime, clause: str, notes: Notes) -> None:
    """Note that the anchor is not, or was not, trusted at the instant that counts."""
    until = standing.last_end(chain.anchors, instant)
    notes.fail("XCV_ANCHOR_THEN", clause, anchor=chain.anchor.name, time=instant, until=until)


def _not_trusted(material: Material, chain: Chain, use: AnchorUse, signed: datetime | None, notes: Notes) -> Xcv | None:
    """Steps 1 and 3: whether the anchor is trusted now, and was when it was signed (TS 119 612 5.5.5).

    An earlier proof of existence may cure a signature (NO_POE), but nothing cures one that was made before anybody
    trusted its issuer, nor a time-stamp token, which tells its own time.
    """
    beyond_cure = False
    if signed is not None and not chain.trusted_at(signed):
        note_standing(chain, signed, "5.2.6 step 3", notes)
        beyond_cure = use is AnchorUse.TIMESTAMP or not standing.trusted_by(chain.anchors, signed)
    elif chain.trusted_at(material.at):
        return None
    if not chain.trusted_at(material.at):
        until = standing.last_end(chain.anchors, material.at)
        if until is None:
            note_standing(chain, material.at, "5.2.6 step 3", notes)
            beyond_cure = True
        else:
            notes.fail("XCV_ANCHOR_SUNSET", "5.2.6 step 3", anchor=chain.anchor.name, until=until)
    sub = SubIndication.NO_CERTIFICATE_CHAIN_FOUND_NO_POE
    return Xcv(indeterminate(SubIndication.NO_CERTIFICATE_CHAIN_FOUND if beyond_cure else sub), chain, notes=notes)


def _validate_chain(material: Material, chain: Chain, use: AnchorUse, times: Times) -> Xcv:
    notes, stamped = Notes(), times.stamped
    leaf = chain.path[0]
    notes.ok("XCV_CHAIN", "5.2.6 step 2", certificate=leaf.common_name, anchor=chain.anchor.name)
    untrusted = _not_trusted(material, chain, use, times.signed, notes)
    if untrusted:
        return untrusted
    if len(chain.path) == 1:
        # step 1: the signing certificate is itself an anchor; its dates and use are held all the same
        alone = ChainStatus(chain, ())
        return (
            _constraints(material, chain, use, notes)
            or _leaf_out_of_validity(material, alone, stamped, notes)
            or Xcv(PASSED, chain, notes=notes)
        )
    # step 4: RFC 5280 6.1, without the validity of the signing certificate
    problem = material.path_problem(chain)
    if problem:
        notes.fail("XCV_PATH", "5.2.6 step 4", detail=problem.detail, code=problem.code)
        return Xcv(indeterminate(SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE), chain, notes=notes)
    notes.ok("XCV_PATH", "5.2.6 step 4", certificate=leaf.common_name)
    statuses = chain_status(material, chain)
    # every step is run, so that a person sees all that was found; the first that did not succeed gives the status
    outcomes = (
        _revoked(statuses, notes),
        _unknown(material, statuses, notes),
        _ca_out_of_validity(material, chain, notes),
        _stale(material, statuses, notes),
        _constraints(material, chain, use, notes),
        _weak_algorithms(material, chain, notes),
        _leaf_out_of_validity(material, statuses, stamped, notes),
        _revocation_issuer(material, statuses, notes),
    )
    found = [outcome for outcome in outcomes if outcome is not None]
    gaps = tuple(gap for outcome in found for gap in outcome.gaps)
    return replace(found[0], gaps=gaps) if found else Xcv(PASSED, chain, notes=notes)


def _revoked(statuses: ChainStatus, notes: Notes) -> Xcv | None:
    """Steps 4b, 4c, 4d: revoked or on hold; a revoked CA first, since it vouches for what follows."""
    chain, revoked = statuses.chain, SubIndication.REVOKED_CA_NO_POE
    for certificate, _, status in reversed(statuses.statuses):
        if status.revoking:
            is_leaf = certificate == chain.path[0]
            _note_status(notes, certificate, status, is_leaf=is_leaf)
            revoked = SubIndication.REVOKED_NO_POE if is_leaf else SubIndication.REVOKED_CA_NO_POE
            return Xcv(indeterminate(revoked), chain, revoked_at=status.revoked_at(), notes=notes)
    for certificate, _, status in statuses.statuses:
        if status.holding:
            _note_status(notes, certificate, status, is_leaf=certificate == chain.path[0])
            held = status.holding.revoked_at or status.holding.this_update
            return Xcv(indeterminate(SubIndication.TRY_LATER), chain, held_at=held, notes=notes)
    return None


def _unknown(material: Material, statuses: ChainStatus, notes: Notes) -> Xcv | None:
    """Step 4e: no usable revocation data. A leaf that is not valid yet is told so before that."""
    chain = statuses.chain
    missing = [(c, issuer, status) for c, issuer, status in statuses.statuses if status.latest is None]
    if not missing:
        return None
    gaps = []
    for certificate, issuer, status in missing:
        gap = _no_usable_data(certificate, issuer, status, material.at)
        name = certificate.common_name
        params = {"status": "unknown", "detail": gap.reason, "code": gap.code, **gap.params}
        notes.fail("XCV_REVOCATION", "5.2.6 step 4", certificate=name, **params)
        gaps.append(gap)
    sub = SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE
    if material.at < chain.path[0].not_before and [c for c, _, _ in missing] == [chain.path[0]]:
        sub = SubIndication.OUT_OF_BOUNDS_NO_POE
        _note_validity(notes, chain.path[0], good=False)
    return Xcv(indeterminate(sub), chain, notes=notes, gaps=tuple(gaps))


def _no_usable_data(certificate: Certificate, issuer: Certificate, status: Status, at: datetime) -> Gap:
    if not status.rejected:
        return revocation_gap(certificate, issuer, "no CRL or OCSP response at hand", GapCode.NO_DATA)
    told = _refused(certificate, status, at)
    return revocation_gap(certificate, issuer, told.reason, GapCode.DATA_REFUSED, told.params)


def _refused(certificate: Certificate, status: Status, at: datetime) -> Gap:
    """What was at hand for a certificate and could not be used; asks for nothing."""
    reason = "; ".join(_in_english(*one.split(" ")) for one in status.rejected)
    params = {"data": ", ".join(status.rejected), "at": at.isoformat()}
    return Gap(GapKind.REVOCATION, certificate.common_name, reason, code=GapCode.DATA_REFUSED, params=params)


def _in_english(kind: str, code: str, issued: str = "") -> str:
    """Say why one datum was refused, for readers of JSON."""
    return f"{kind.upper()}{f' of {issued}' if issued else ''}: {code.replace('-', ' ')}"


def _ca_out_of_validity(material: Material, chain: Chain, notes: Notes) -> Xcv | None:
    """Step 4, validity of CAs in the shell model: told as out of bounds, so that proofs of existence can cure it."""
    for certificate in chain.path[1:-1]:
        if not certificate.valid_at(material.at):
            _note_validity(notes, certificate, good=False, code="XCV_CA_VALIDITY", step="5.2.6 step 4")
            return Xcv(indeterminate(SubIndication.OUT_OF_BOUNDS_NO_POE), chain, notes=notes)
    return None


def _stale(material: Material, statuses: ChainStatus, notes: Notes) -> Xcv | None:
    """Step 4a: revocation freshness."""
    gaps = []
    for certificate, issuer, status in statuses.statuses:
        latest = status.latest
        if latest is None:
            continue
        _note_status(notes, certificate, status, is_leaf=certificate == statuses.chain.path[0])
        good = fresh(latest, material.at, material.policy)
        notes.judge(
            good,
            "XCV_FRESHNESS",
            "5.2.6 step 4a",
            certificate=certificate.common_name,
            source=latest.kind.upper(),
            this_update=latest.this_update,
            next_update=latest.next_update,
        )
        if not good:
            issued = f"{latest.this_update:%Y-%m-%dT%H:%M:%SZ}"
            reason = f"the latest {latest.kind.upper()} is of {issued} and not fresh enough"
            params = {
                "source": latest.kind.upper(),
                "this_update": latest.this_update.isoformat(),
                "at": material.at.isoformat(),
            }
            gaps.append(revocation_gap(certificate, issuer, reason, GapCode.DATA_STALE, params))
            gaps += [_refused(certificate, status, material.at)] if status.rejected else []
    if not gaps:
        return None
    return Xcv(indeterminate(SubIndication.TRY_LATER), statuses.chain, notes=notes, gaps=tuple(gaps))


def _constraints(material: Material, chain: Chain, use: AnchorUse, notes: Notes) -> Xcv | None:
    """Step 5: X.509 constraints."""
    leaf = chain.path[0]
    said = usage_fault(material, leaf, use)
    if notes.judge(not said, "XCV_KEY_USAGE", "5.2.6 step 5", certificate=leaf.common_name, **said):
        return None
    return Xcv(indeterminate(SubIndication.CHAIN_CONSTRAINTS_FAILURE), chain, notes=notes)


def usage_fault(material: Material, leaf: Certificate, use: AnchorUse) -> dict[str, str]:
    """Tell why the certificate is not for this use, for a note; empty where it is.

    The policy says what a signer needs, RFC 3161 2.3 what a time-stamping unit does. No proof of existence changes it.
    """
    if use is AnchorUse.TIMESTAMP:
        if timestamp_usage_ok(leaf):
            return {}
        return {"code": "TIMESTAMP_USAGE", "detail": "extended key usage is not critical time stamping alone"}
    wanted = frozenset(material.policy.require_key_usage)
    if not wanted or wanted & (leaf.key_usage or frozenset()):
        return {}
    return {"code": "KEY_USAGE", "detail": f"key usage has none of {', '.join(sorted(wanted))}"}


def _weak_algorithms(material: Material, chain: Chain, notes: Notes) -> Xcv | None:
    """Step 6: cryptographic constraints on the chain."""
    found = weak(chain_uses(material, chain), material.at)
    for one in found:
        note_weak(notes, "XCV_ALGORITHMS", "5.2.6 step 6", one)
    if not found:
        notes.ok("XCV_ALGORITHMS", "5.2.6 step 6", certificate=chain.path[0].common_name)
        return None
    return Xcv(indeterminate(SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE), chain, notes=notes)


def _leaf_out_of_validity(
    material: Material, statuses: ChainStatus, stamped: datetime | None, notes: Notes
) -> Xcv | None:
    """Step 7: validity of the signing certificate."""
    leaf = statuses.chain.path[0]
    good = leaf.valid_at(material.at)
    _note_validity(notes, leaf, good=good)
    if good:
        return None
    known = known_not_revoked(material, statuses, stamped)
    sub = SubIndication.OUT_OF_BOUNDS_NOT_REVOKED if known else SubIndication.OUT_OF_BOUNDS_NO_POE
    return Xcv(indeterminate(sub), statuses.chain, notes=notes)


def known_not_revoked(material: Material, statuses: ChainStatus, stamped: datetime | None) -> bool:
    """Whether an expired signing certificate is known not to be revoked (step 7, NOTE 8, and the policy)."""
    leaf, status = statuses.chain.path[0], statuses.leaf
    if status is None:
        return True
    good = [datum for datum in status.data if datum.status == "good"]
    if material.policy.after_expiry == "any":
        return bool(good)
    if material.policy.after_expiry == "after_bst":
        return any(stamped is None or datum.this_update >= stamped for datum in good)
    return any(
        datum.covers_expired_since is not None
        and datum.covers_expired_since <= leaf.not_after
        and datum.this_update > leaf.not_after
        for datum in good
    )


def _revocation_issuer(material: Material, statuses: ChainStatus, notes: Notes) -> Xcv | None:
    """Step 8: validity of the certificate that signed the signing certificate's revocation data."""
    status = statuses.leaf
    if status is None or status.latest is None:
        return None
    signers = dict.fromkeys(part.signer for part in status.latest.objects)
    good = True
    for signer in signers:
        if signer not in statuses.chain.path:
            valid = signer.valid_at(material.at)
            _note_validity(notes, signer, good=valid, code="XCV_REVOCATION_ISSUER", step="5.2.6 step 8")
            good = good and valid
    if good:
        return None
    return Xcv(indeterminate(SubIndication.REVOCATION_OUT_OF_BOUNDS_NO_POE), statuses.chain, notes=notes)


def _missing_issuer(top: Certificate) -> Gap:
    """Name the topmost certificate that is known, whose issuer is wanted."""
    if not top.self_signed:
        reason = f"the issuer {top.issuer} is not known"
        params = {"issuer": top.issuer}
        code = GapCode.ISSUER_UNKNOWN
        return Gap(GapKind.ISSUER, top.common_name, reason, top.der, b"", top.issuer_urls, code, params)
    reason = "the root is not a trust anchor"
    return Gap(GapKind.ISSUER, top.common_name, reason, top.der, code=GapCode.ROOT_NOT_ANCHOR)


def _search_ended(certificate: Certificate) -> Gap:
    reason = "the search for a path was ended: it is too long, or there is too much to try"
    return Gap(GapKind.ISSUER, certificate.common_name, reason, certificate.der, code=GapCode.SEARCH_ENDED)


def _note_status(notes: Notes, certificate: Certificate, status: Status, *, is_leaf: bool) -> None:
    datum = status.revoking or status.latest
    if datum is None:
        return
    step = {"revoked": "4b" if is_leaf else "4d", "on_hold": "4c"}.get(datum.status, "4")
    notes.judge(
        datum.status == "good",
        "XCV_REVOCATION",
        f"5.2.6 step {step}",
        certificate=certificate.common_name,
        status=datum.status,
        source=datum.kind.upper(),
        this_update=datum.this_update,
        revoked_at=datum.revoked_at,
        reason=datum.reason,
    )


def note_weak(notes: Notes, code: str, clause: str, use: Use) -> None:
    """Note an algorithm that is not reliable."""
    notes.fail(
        code,
        clause,
        object=use.object,
        algorithm=use.algorithm,
        key_bits=use.key_bits or None,
        until=use.reliability.until,
        detail=use.reliability.reason,
    )


def _note_validity(
    notes: Notes, certificate: Certificate, *, good: bool, code: str = "XCV_VALIDITY", step: str = "5.2.6 step 7"
) -> None:
    span = {"from": certificate.not_before, "until": certificate.not_after}
    notes.judge(good, code, step, certificate=certificate.common_name, **span)
