"""The card of one signature: everything said about it, in the order in which people need it."""

from __future__ import annotations

from dataclasses import dataclass

from verifier.reports import findings
from verifier.reports.catalogue import has
from verifier.reports.findings import State
from verifier.reports.formats import Moment, Words
from verifier.reports.layers import layers
from verifier.reports.particulars import change_key, localised, signature_params
from verifier.reports.plain import visible
from verifier.verdict import (
    Change,
    Check,
    CheckStatus,
    Conclusion,
    DocumentVerdict,
    SignatureKind,
    SignatureVerdict,
    TimestampVerdict,
)

LOOKS = {
    State.VALID: "ok",
    State.INVALID: "bad",
    State.UNKNOWN: "open",
    State.UNCHECKED: "none",
    State.UNSIGNED: "plain",
    State.INFO: "info",
}
"""Class of the style sheet, and name of the shape, by state."""
CHANGE_LOOKS = {"allowed": "ok", "look": "open", "forbidden": "bad", "note": "info"}
ATTENTION = (CheckStatus.FAILED, CheckStatus.WARNING)
"""Checks that are not folded, worst first."""


@dataclass(frozen=True)
class Reason:
    """Why a signature is not valid: what was found, what it means, what to do."""

    found: str
    means: str
    do: str


@dataclass(frozen=True)
class CheckRow:
    """One line of the table of checks."""

    look: str
    word: str
    sentence: str
    citation: str
    code: str


@dataclass(frozen=True)
class ChangeRow:
    """One change after the signature."""

    look: str
    word: str
    revision: str
    found: str
    means: str
    do: str


@dataclass(frozen=True)
class StampRow:
    """One time stamp of the signature."""

    time: Moment | None
    kind: str
    issuer: str
    look: str
    word: str


@dataclass(frozen=True)
class Card:
    """One signature or document time stamp."""

    id: str
    number: int
    title: str
    """`Chữ ký 2`."""
    name: str
    look: str
    word: str
    stamp: bool
    reason: Reason | None
    common_name: str
    organization: str
    authority: str
    claimed: Moment | None
    proven: Moment | None
    level: str
    coverage: str
    changes: tuple[ChangeRow, ...]
    timestamps: tuple[StampRow, ...]
    attention: tuple[CheckRow, ...]
    passed: tuple[CheckRow, ...]
    counts: str
    code: str
    issuer: str
    serial: str
    subject: str
    algorithms: str
    sub_filter: str
    field_name: str


def card(verdict: DocumentVerdict, signature: SignatureVerdict, words: Words) -> Card:
    """Make the card of one of the verdict's signatures."""
    number = findings.number_of(verdict, signature)
    state = findings.STATE_OF_CONCLUSION[signature.indication]
    proven = findings.proven_time(signature, verdict.evidence.at)
    by_urgency = sorted(signature.checks, key=lambda one: _urgency(one.status))
    return Card(
        id=signature.id,
        number=number,
        title=title(signature, number, words),
        name=signer_name(signature, words),
        look=LOOKS[state],
        word=words.word("conclusion", signature.indication.value),
        stamp=signature.kind is SignatureKind.DOCUMENT_TIMESTAMP,
        reason=_reason(signature, words),
        common_name=visible(signature.signer.common_name),
        organization=visible(signature.signer.organization),
        authority=_authority(verdict, signature, words),
        claimed=words.moment(signature.claimed_signing_time) if signature.claimed_signing_time else None,
        proven=words.moment(proven) if proven else None,
        level=_capital(words.word("level", signature.level)),
        coverage=_capital(words.word("coverage", signature.integrity.coverage.value)),
        changes=tuple(_change(one, words) for one in signature.changes),
        timestamps=tuple(_stamp(one, words) for one in signature.timestamps),
        attention=tuple(_check(one, signature, words) for one in by_urgency if one.status in ATTENTION),
        passed=tuple(_check(one, signature, words) for one in by_urgency if one.status not in ATTENTION),
        counts=_counts(signature.checks, words),
        code=" · ".join(filter(None, (signature.indication.value, signature.sub_indication))),
        issuer=visible(signature.signer.issuer),
        serial=signature.signer.serial,
        subject=visible(signature.signer.subject),
        algorithms=_algorithms(signature, words),
        sub_filter=visible(signature.sub_filter),
        field_name=visible(signature.field_name),
    )


def title(signature: SignatureVerdict, number: int, words: Words) -> str:
    """Return kind and number: `Chữ ký 2`, `Dấu thời gian 3`."""
    return words.word("numbered", signature.kind.value, number=str(number))


def signer_name(signature: SignatureVerdict, words: Words) -> str:
    """Return the name to call the signer by: common name, else the whole subject, else that it is not known."""
    signer = signature.signer
    return visible(signer.common_name or signer.subject) or words.word("not_known", "signer")


def _urgency(status: CheckStatus) -> int:
    return (CheckStatus.FAILED, CheckStatus.WARNING, CheckStatus.OK, CheckStatus.NOT_RUN).index(status)


def _reason(signature: SignatureVerdict, words: Words) -> Reason | None:
    if signature.sub_indication is None:
        return None
    key, params = f"sub_indications.{signature.sub_indication.value}", signature_params(signature, words)
    return Reason(*(words.text(f"{key}.{part}", params) for part in ("found", "means", "do")))


def _authority(verdict: DocumentVerdict, signature: SignatureVerdict, words: Words) -> str:
    if signature.kind is SignatureKind.DOCUMENT_TIMESTAMP:
        return ""
    row = layers(verdict, words.lang, signature=signature, zone=words.zone)[2]
    return f"{row.word}: {row.reason}"


def _change(change: Change, words: Words) -> ChangeRow:
    level = findings.change_level(change)
    key, params = f"changes.{change_key(change.change_class)}", localised(change.params, words)
    found, means, do = (words.text(f"{key}.{part}", params) for part in ("found", "means", "do"))
    revision = words.word("revision", "title", number=str(change.revision))
    return ChangeRow(CHANGE_LOOKS[level], words.word("change_level", level), revision, found, means, do)


def _stamp(stamp: TimestampVerdict, words: Words) -> StampRow:
    return StampRow(
        time=words.moment(stamp.time) if stamp.time else None,
        kind=_capital(words.word("timestamp", stamp.kind.value)),
        issuer=visible(stamp.issuer),
        look=LOOKS[findings.STATE_OF_INDICATION[stamp.indication]],
        word=_capital(words.word("indication", stamp.indication.value)),
    )


def _check(check: Check, signature: SignatureVerdict, words: Words) -> CheckRow:
    look = LOOKS[findings.STATE_OF_CHECK[check.status]]
    if look == "bad" and signature.indication is not Conclusion.TOTAL_FAILED:
        look = "open"  # red is for what is proved to be wrong
    return CheckRow(
        look, words.word("check_status", check.status.value), _sentence(check, words), check.citation, check.code
    )


def _sentence(check: Check, words: Words) -> str:
    key = f"checks.{check.code}" if has(f"checks.{check.code}.title") else "checks.other"
    revoked = check.status is CheckStatus.FAILED and check.params.get("revoked_at") and has(f"{key}.revoked")
    part = "revoked" if revoked else check.status.value
    return words.text(f"{key}.{part if has(f'{key}.{part}') else 'failed'}", localised(check.params, words))


def _counts(checks: tuple[Check, ...], words: Words) -> str:
    numbers = [(status, sum(one.status is status for one in checks)) for status in CheckStatus]
    return ", ".join(words.word("check_count", status.value, count=str(number)) for status, number in numbers if number)


def _algorithms(signature: SignatureVerdict, words: Words) -> str:
    used = signature.algorithms
    if not used.signature:
        return ""
    name = words.word("algorithm", used.signature)
    if used.key_bits:
        name = words.word("algorithm", "with_bits", algorithm=name, bits=str(used.key_bits))
    digest = words.word("algorithm", used.digest)
    return words.word("algorithm", "of_signature", digest=digest, signature=name) if used.digest else name


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
