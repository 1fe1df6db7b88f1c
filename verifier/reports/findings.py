"""What the sentences need to know of a verdict: states, worst signature, grave changes, proven times; no wording."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from verifier.reports.catalogue import mark
from verifier.reports.particulars import change_key
from verifier.verdict import (
    AuthorityVerdict,
    Change,
    Changes,
    CheckStatus,
    Conclusion,
    Coverage,
    DocumentVerdict,
    Indication,
    Integrity,
    SignatureKind,
    SignatureVerdict,
    SubIndication,
)


class State(StrEnum):
    """Look of a status: each has its own word, shape and colour."""

    VALID = "valid"
    INVALID = "invalid"
    UNKNOWN = "unknown"
    UNCHECKED = "unchecked"
    UNSIGNED = "unsigned"
    INFO = "info"


STATE_OF_CONCLUSION = {
    Conclusion.TOTAL_PASSED: State.VALID,
    Conclusion.TOTAL_FAILED: State.INVALID,
    Conclusion.INDETERMINATE: State.UNKNOWN,
    Conclusion.NO_SIGNATURE: State.UNSIGNED,
}
STATE_OF_INDICATION = {
    Indication.PASSED: State.VALID,
    Indication.FAILED: State.INVALID,
    Indication.INDETERMINATE: State.UNKNOWN,
}
STATE_OF_CHECK = {
    CheckStatus.OK: State.VALID,
    CheckStatus.WARNING: State.UNKNOWN,
    CheckStatus.FAILED: State.INVALID,
    CheckStatus.NOT_RUN: State.UNCHECKED,
}

SILENT_SUBS = frozenset(
    {
        SubIndication.CRYPTO_CONSTRAINTS_FAILURE,
        SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE,
        SubIndication.NO_POE,
        SubIndication.REVOKED_CA_NO_POE,
    }
)
"""Reasons under which forgery is neither said nor denied."""
SILENT_AUTHORITY = frozenset({"withdrawn", "not_competent"})
"""Answers of layer 3 under which nothing is said of forgery either."""
AUTHORITY_ORDER = ("withdrawn", "not_competent", "unknown", "not_notified", "not_checked", "recognised")
"""Answers of layer 3, worst first."""
HELD_BACK = frozenset({"stamped_between", "coverage_unclear", "not_compared", "remnants"})
"""Permitted changes under which a person must look before relying on the file."""

_CONCLUSION_ORDER = (Conclusion.TOTAL_FAILED, Conclusion.INDETERMINATE, Conclusion.TOTAL_PASSED)
_INTEGRITY_ORDER = ("changed", "unclear", "look", "permitted", "intact")


def number_of(verdict: DocumentVerdict, signature: SignatureVerdict) -> int:
    """Return the place of a signature in the file's list, from 1."""
    return verdict.signatures.index(signature) + 1


def with_signatures(verdict: DocumentVerdict, chosen: tuple[SignatureVerdict, ...]) -> DocumentVerdict:
    """Return the verdict as if it held only these signatures."""
    if len(chosen) == len(verdict.signatures):
        return verdict
    level = Changes.worst([one.integrity.changes for one in chosen])
    return replace(verdict, signatures=chosen, changes_after_last_signature=level)


def worst_signature(verdict: DocumentVerdict) -> SignatureVerdict:
    """Return the first of the signers' signatures with the worst indication; ValueError where there is none.

    Document time stamps count only where nothing else is there: they are no signatures.
    """
    chosen = relied_on(verdict) or verdict.signatures
    return min(chosen, key=lambda one: _CONCLUSION_ORDER.index(one.indication))


def alike(verdict: DocumentVerdict, signature: SignatureVerdict) -> list[SignatureVerdict]:
    """Return all signatures of the same kind with the same outcome as this one, itself included."""
    key = (signature.kind, signature.indication, signature.sub_indication)
    return [one for one in verdict.signatures if (one.kind, one.indication, one.sub_indication) == key]


def relied_on(verdict: DocumentVerdict) -> list[SignatureVerdict]:
    """Return the signatures of signers; document time stamps speak for nobody."""
    return [one for one in verdict.signatures if one.kind is SignatureKind.SIGNATURE]


def change_level(change: Change) -> str:
    """Return `allowed`, `look`, `forbidden` or `note`: the judge's level, made precise by the change's class."""
    level = mark(f"changes.{change_key(change.change_class)}.level")
    if change.level is Changes.SUSPICIOUS:
        return "look" if level in ("look", "note") else "forbidden"
    if level == "note" or change.level is not Changes.PERMITTED:
        return "note" if level == "note" else "allowed"
    return "look" if level == "forbidden" else level


def all_changes(verdict: DocumentVerdict) -> list[Change]:
    """Return the changes after any of the signatures, oldest first, each once."""
    found: dict[tuple[object, ...], Change] = {}
    for signature in verdict.signatures:
        for change in signature.changes:
            key = (change.revision, change.change_class, *sorted(change.params.items()))
            kept = found.setdefault(key, change)
            if Changes.worst([kept.level, change.level]) is not kept.level:
                found[key] = change
    return sorted(found.values(), key=lambda change: change.revision)


def suspicious(verdict: DocumentVerdict) -> bool:
    """Tell whether anything suspicious was done after a signature."""
    levels = [one.integrity.changes for one in verdict.signatures]
    return Changes.SUSPICIOUS in (*levels, verdict.changes_after_last_signature)


def integrity_word(integrity: Integrity, changes: Iterable[Change]) -> str:
    """Return the word of layer 1 for one signature: `intact`, `permitted`, `look`, `changed` or `unclear`."""
    if integrity.coverage is Coverage.UNCLEAR:
        return "unclear"
    if not integrity.intact:
        return "changed"
    if not integrity.cryptographically_valid:
        return "unclear"
    levels = {change_level(change) for change in changes}
    if integrity.changes is Changes.SUSPICIOUS:
        return "changed" if "forbidden" in levels else "look"
    if "look" in levels:
        return "look"
    return "intact" if integrity.changes is Changes.NONE else "permitted"


def worst_integrity(verdict: DocumentVerdict) -> tuple[str, SignatureVerdict]:
    """Return the worst word of layer 1 over all signatures, and the first signature that has it."""
    words = [(integrity_word(one.integrity, one.changes), one) for one in verdict.signatures]
    return min(words, key=lambda pair: _INTEGRITY_ORDER.index(pair[0]))


def must_look(verdict: DocumentVerdict) -> bool:
    """Tell whether a person must look before the file is relied on, though every signature may pass."""
    return any(change.change_class in HELD_BACK for change in all_changes(verdict))


def nothing_said_of_forgery(verdict: DocumentVerdict) -> bool:
    """Tell whether an undecided verdict must leave open whether the document is forged."""
    if any(one.sub_indication in SILENT_SUBS for one in verdict.signatures):
        return True
    if suspicious(verdict) or verdict.signature_remnants:
        return True
    if any(one.integrity.coverage is Coverage.UNCLEAR for one in verdict.signatures):
        return True
    return any(change_level(change) in ("look", "forbidden") for change in all_changes(verdict))


def authority_asked(verdict: DocumentVerdict, register: bool) -> bool:  # noqa: FBT001
    """Tell whether layer 3 was asked: a register is held, or the judge gave an answer."""
    return register or any(one.authority.status != "not_checked" for one in verdict.signatures)


def worst_authority(signatures: Iterable[SignatureVerdict]) -> SignatureVerdict | None:
    """Return the first signature with the worst answer of layer 3; None without signatures."""
    return min(signatures, key=lambda one: authority_rank(one.authority), default=None)


def authority_rank(authority: AuthorityVerdict) -> int:
    """Return the place in `AUTHORITY_ORDER`; an answer that is not known here counts as `unknown`."""
    return AUTHORITY_ORDER.index(authority_status(authority))


def authority_status(authority: AuthorityVerdict) -> str:
    """Return the answer of layer 3, `unknown` for one that is not known here."""
    return authority.status if authority.status in AUTHORITY_ORDER else "unknown"


def proven_time(signature: SignatureVerdict, at: datetime) -> datetime | None:
    """Return the time before which the signature is proved to exist; None where only the check itself proves it.

    The best-signature-time begins as the instant of judging (EN 319 102-1 5.5.4 step 1), which proves nothing.
    """
    best = signature.best_signature_time
    return best if best is not None and best < at else None
