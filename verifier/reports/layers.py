"""The three rows under the headline: integrity, signature, authority; always three, always in this order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo

from verifier.reports import findings
from verifier.reports.authority import authority_reason, authority_word, registered_name
from verifier.reports.findings import State
from verifier.reports.formats import HANOI, Words
from verifier.reports.headline import which
from verifier.reports.particulars import change_title, localised, signature_params, sub_key
from verifier.verdict import (
    Change,
    Changes,
    Check,
    CheckStatus,
    Conclusion,
    Coverage,
    DocumentVerdict,
    Outcome,
    SignatureVerdict,
)


@dataclass(frozen=True)
class Layer:
    """One row."""

    number: int
    name: str
    state: State
    word: str
    reason: str
    """Why, with source and age where there is one; a clause without a full stop."""


_INTEGRITY_STATES = {
    "intact": State.VALID,
    "permitted": State.VALID,
    "look": State.UNKNOWN,
    "changed": State.INVALID,
    "unclear": State.UNKNOWN,
}


def layers(
    outcome: Outcome,
    lang: str,
    *,
    signature: SignatureVerdict | None = None,
    authorities_asked: bool = False,
    zone: tzinfo = HANOI,
) -> tuple[Layer, ...]:
    """Return the rows of the whole file, or of one of its signatures; none where nothing was judged or signed."""
    words = Words(lang, zone)
    if not isinstance(outcome, DocumentVerdict) or not outcome.signatures:
        return ()
    if signature is None and outcome.conclusion is Conclusion.NO_SIGNATURE:
        return ()
    chosen = outcome.signatures if signature is None else (signature,)
    asked = findings.authority_asked(outcome, authorities_asked)
    return (
        _integrity(outcome, chosen, words),
        _signature(outcome, chosen, words),
        _authority(outcome, chosen, words, asked=asked),
    )


def _integrity(verdict: DocumentVerdict, chosen: tuple[SignatureVerdict, ...], words: Words) -> Layer:
    part = findings.with_signatures(verdict, chosen)
    word, signature = findings.worst_integrity(part)
    state = _INTEGRITY_STATES[word]
    whole = len(chosen) == len(verdict.signatures)
    if whole and verdict.signature_remnants and word in ("intact", "permitted"):
        reason = words.word("integrity_reason", "remnants", count=str(verdict.signature_remnants))
        return _layer(1, "integrity", State.UNKNOWN, words.word("integrity", "look"), reason, words)
    if word == "look" and not findings.suspicious(part) and not findings.must_look(part):
        state = State.INFO
    reason = _integrity_reason(signature, word, words, last=chosen[-1])
    if word in ("changed", "unclear", "look"):
        reason = _named(verdict, chosen, signature, reason, words)
    return _layer(1, "integrity", state, words.word("integrity", word), reason, words)


def _integrity_reason(signature: SignatureVerdict, word: str, words: Words, last: SignatureVerdict) -> str:
    integrity = signature.integrity
    if word == "unclear":
        unclear = integrity.coverage is Coverage.UNCLEAR
        return words.word("integrity_reason", "coverage" if unclear else "unverified")
    if word == "changed" and not integrity.intact:
        return words.word("integrity_reason", "digest")
    if integrity.changes is not Changes.NONE and signature.changes:
        grave = [c for c in signature.changes if word in ("intact", "permitted") or _is_grave(c, word)]
        titles = words.listing(change_title(change, words) for change in grave or signature.changes)
        return words.word("integrity_reason", "changes", changes=titles)
    if word in ("look", "changed"):
        return words.word("integrity_reason", "unnamed")
    coverage = words.word("coverage", last.integrity.coverage.value)
    return words.word("integrity_reason", "covers" if last is signature else "last_covers", coverage=coverage)


def _is_grave(change: Change, word: str) -> bool:
    return findings.change_level(change) == ("forbidden" if word == "changed" else "look")


def _signature(verdict: DocumentVerdict, chosen: tuple[SignatureVerdict, ...], words: Words) -> Layer:
    worst = findings.worst_signature(findings.with_signatures(verdict, chosen))
    reason = signature_reason(worst, verdict.evidence.at, words)
    if worst.indication is not Conclusion.TOTAL_PASSED:
        reason = _named(verdict, chosen, worst, reason, words)
    state = findings.STATE_OF_CONCLUSION[worst.indication]
    return _layer(2, "signature", state, words.word("conclusion", worst.indication.value), reason, words)


def signature_reason(signature: SignatureVerdict, at: datetime, words: Words) -> str:
    """Return why a signature stands as it does: for a sound one, source and age of its revocation status."""
    if signature.sub_indication is not None:
        return words.text(f"{sub_key(signature)}.because", signature_params(signature, words))
    if signature.indication is not Conclusion.TOTAL_PASSED:
        return words.word("signature_reason", "other")
    statuses = [check for check in signature.checks if check.code == "XCV_REVOCATION" and _says_issue(check)]
    own = [check for check in statuses if check.params.get("certificate") == signature.signer.common_name]
    return words.word("signature_reason", "passed") if not own else _freshness(own[-1], at, words)


def _says_issue(check: Check) -> bool:
    return check.status is CheckStatus.OK and bool(check.params.get("produced_at") or check.params.get("this_update"))


def _freshness(check: Check, at: datetime, words: Words) -> str:
    issued = check.params.get("produced_at") or check.params["this_update"]
    filled = localised(check.params, words)
    try:
        age = at - datetime.fromisoformat(issued)
    except (ValueError, TypeError):
        return words.word("signature_reason", "passed")
    params = {"source": filled.get("source", ""), "time": filled["issued_at"], "age": words.age(age)}
    return words.word("signature_reason", "not_revoked" if age.total_seconds() >= 0 else "not_revoked_later", **params)


def _authority(verdict: DocumentVerdict, chosen: tuple[SignatureVerdict, ...], words: Words, *, asked: bool) -> Layer:
    relied = [one for one in chosen if one.kind.value == "signature"] or list(chosen)
    worst = findings.worst_authority(relied)
    status = findings.authority_status(worst.authority) if worst and asked else "not_checked"
    if worst is None or status == "not_checked":
        word, reason = words.word("authority", status), words.word("authority_reason", status)
        return _layer(3, "authority", State.UNCHECKED, word, reason, words)
    word, reason = authority_word(worst.authority, words), authority_reason(worst, words)
    if status != "recognised":
        return _layer(3, "authority", State.UNKNOWN, word, _named(verdict, chosen, worst, reason, words), words)
    # whose it says to be is no more than that while the signature itself is open
    if any(one.indication is not Conclusion.TOTAL_PASSED for one in relied):
        name = registered_name(worst.authority, words)
        return _layer(3, "authority", State.INFO, word, words.word("authority_reason", "unproven", name=name), words)
    return _layer(3, "authority", State.VALID, word, reason, words)


def _named(
    verdict: DocumentVerdict,
    chosen: tuple[SignatureVerdict, ...],
    signature: SignatureVerdict,
    reason: str,
    words: Words,
) -> str:
    """Put the number of the signature before its reason, where there are several."""
    if len(chosen) == 1:
        return reason
    return words.word("joining", "named", which=which(verdict, [signature], words), what=reason)


def _layer(number: int, name: str, state: State, word: str, reason: str, words: Words) -> Layer:
    return Layer(number, words.word("layer", name), state, word, reason)
