"""What stands below the headline, ready to print: checks, changes, gaps, evidence, and the facts the law asks for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo

from verifier.reports import findings
from verifier.reports.catalogue import has, needs
from verifier.reports.findings import State
from verifier.reports.formats import HANOI, Moment, Words
from verifier.reports.headline import which
from verifier.reports.layers import layers
from verifier.reports.particulars import (
    algorithm_text,
    change_key,
    change_title,
    check_title,
    gap_text,
    localised,
    signature_params,
    sub_key,
)
from verifier.verdict import Change, Check, CheckStatus, DocumentVerdict, GapNote, SignatureVerdict

_CHECK_ORDER = (CheckStatus.FAILED, CheckStatus.WARNING, CheckStatus.OK, CheckStatus.NOT_RUN)
_CHANGE_STATES = {
    "allowed": State.VALID,
    "look": State.UNKNOWN,
    "forbidden": State.INVALID,
    "note": State.INFO,
}


@dataclass(frozen=True)
class CheckLine:
    """One check as a row: result, what was checked, basis, values; the code last."""

    status: CheckStatus
    state: State
    status_word: str
    title: str
    text: str
    citation: str
    code: str
    params: tuple[tuple[str, str], ...]
    """Machine values, by name."""


@dataclass(frozen=True)
class ChangeLine:
    """One change after a signature: found, means, do."""

    revision: int
    level: str
    """`allowed`, `look`, `forbidden` or `note`."""
    state: State
    level_word: str
    title: str
    found: str
    means: str
    do: str
    page: str
    """The page, counted from 1, empty where no page is named."""
    change_class: str


@dataclass(frozen=True)
class Explanation:
    """A sub-indication in words."""

    code: str
    found: str
    means: str
    do: str
    """For the officer."""
    applicant: str
    """For the person who filed the document."""


@dataclass(frozen=True)
class Fact:
    """One labelled value."""

    label: str
    text: str
    iso: str = ""
    """Machine form of a time, else empty."""


@dataclass(frozen=True)
class Circular15:
    """What a checking program must show (Circular 15/2025/TT-BKHCN): result, signer, signing time, integrity."""

    id: str
    which: str
    state: State
    rows: tuple[Fact, ...]
    """Result, signer, claimed signing time, proven signing time, integrity: five rows, in this order."""


@dataclass(frozen=True)
class GapLine:
    """Something that was not known when judging."""

    title: str
    subject: str
    detail: str
    """Why, as a clause."""
    kind: str
    detail_lang: str = ""
    """`en` where there is no text and the detail stands as the engine wrote it; else empty."""


def checks(signature: SignatureVerdict, lang: str, zone: tzinfo = HANOI) -> tuple[CheckLine, ...]:
    """Return the checks of a signature: failed, warnings, passed, not run; in each the order of judging."""
    words = Words(lang, zone)
    ordered = sorted(signature.checks, key=lambda check: _CHECK_ORDER.index(check.status))
    return tuple(_check_line(check, words) for check in ordered)


def checks_summary(signature: SignatureVerdict, lang: str) -> str:
    """Return how many checks came out how: `2 chưa đạt, 1 cảnh báo, 31 đạt`."""
    words = Words(lang)
    counts = {status: sum(check.status is status for check in signature.checks) for status in _CHECK_ORDER}
    return words.listing(
        words.word("check_count", status.value, count=words.number(n)) for status, n in counts.items() if n
    )


def changes(signature: SignatureVerdict, lang: str, zone: tzinfo = HANOI) -> tuple[ChangeLine, ...]:
    """Return what later revisions changed after a signature, oldest first."""
    words = Words(lang, zone)
    return tuple(_change_line(change, words) for change in signature.changes)


def explanation(signature: SignatureVerdict, lang: str, zone: tzinfo = HANOI) -> Explanation | None:
    """Return the words of a signature's sub-indication; None where it has none."""
    if signature.sub_indication is None:
        return None
    words = Words(lang, zone)
    key, params = sub_key(signature), signature_params(signature, words)
    return Explanation(
        code=signature.sub_indication.value,
        found=words.text(f"{key}.found", params),
        means=words.text(f"{key}.means", params),
        do=words.text(f"{key}.do", params),
        applicant=words.text(f"{key}.applicant", params),
    )


def circular_15(verdict: DocumentVerdict, lang: str, zone: tzinfo = HANOI) -> tuple[Circular15, ...]:
    """Return the facts that the law asks for, one record for each signature of a signer."""
    words = Words(lang, zone)
    return tuple(
        Circular15(
            id=one.id,
            which=which(verdict, [one], words),
            state=findings.STATE_OF_CONCLUSION[one.indication],
            rows=(
                Fact(words.word("label", "result"), words.word("conclusion", one.indication.value)),
                Fact(words.word("label", "signer"), signer_name(one, words)),
                claimed_fact(one, words),
                proven_fact(one, verdict.evidence.at, words),
                _integrity_fact(verdict, one, words),
            ),
        )
        for one in findings.relied_on(verdict)
    )


def evidence(verdict: DocumentVerdict, lang: str, zone: tzinfo = HANOI) -> tuple[Fact, ...]:
    """Return what a later replay needs: hashes, version and instant."""
    words, note = Words(lang, zone), verdict.evidence
    at = words.moment(note.at)
    values = (
        ("document", note.document),
        ("trust_snapshot", note.trust_snapshot),
        ("policy", note.policy),
        ("engine", note.engine),
    )
    facts = [Fact(words.word("label", name), value) for name, value in values]
    facts.append(Fact(words.word("label", "at"), f"{at.text} {at.zone}", at.iso))
    facts.append(Fact(words.word("label", "objects"), words.number(len(note.objects))))
    return tuple(facts)


def again_fact(instant: datetime | None, words: Words) -> Fact | None:
    """Return when checking again may say more; None where time alone brings nothing."""
    return None if instant is None else _time_fact("again", instant, "time", words)


def gaps(verdict: DocumentVerdict, lang: str, zone: tzinfo = HANOI) -> tuple[GapLine, ...]:
    """Return what was missing or set aside."""
    words = Words(lang, zone)
    return tuple(_gap_line(gap, words) for gap in verdict.gaps)


def tolerated(verdict: DocumentVerdict, lang: str) -> tuple[str, ...]:
    """Return the defects of the file that were passed over in reading, in words."""
    words = Words(lang)
    return tuple(words.word("tolerated", code) for code in verdict.tolerated)


def signer_name(signature: SignatureVerdict, words: Words) -> str:
    """Return the signer as the certificate names them."""
    return words.plain(signature.signer.common_name) or words.word("not_known", "signer")


def claimed_fact(signature: SignatureVerdict, words: Words) -> Fact:
    """Return the time that the signer claims; nothing vouches for it."""
    return _time_fact("claimed", signature.claimed_signing_time, "time", words)


def proven_fact(signature: SignatureVerdict, at: datetime, words: Words) -> Fact:
    """Return the time before which the signature is proved to exist."""
    return _time_fact("proven", findings.proven_time(signature, at), "proven", words)


def algorithms_text(signature: SignatureVerdict, words: Words) -> str:
    """Name the algorithms of a signature: `SHA-256, ECDSA 256 bit`."""
    used = signature.algorithms
    if not used.digest and not used.signature:
        return words.word("not_known", "time")
    return words.word(
        "algorithm",
        "of_signature",
        digest=words.word("algorithm", used.digest),
        signature=algorithm_text(used.signature, str(used.key_bits), words),
    )


def time_text(moment: Moment) -> str:
    """Write a moment with its zone."""
    return f"{moment.text} {moment.zone}"


def _time_fact(label: str, instant: datetime | None, absent: str, words: Words) -> Fact:
    name = words.word("label", label)
    if instant is None:
        return Fact(name, words.word("not_known", absent))
    moment = words.moment(instant)
    return Fact(name, time_text(moment), moment.iso)


def _integrity_fact(verdict: DocumentVerdict, signature: SignatureVerdict, words: Words) -> Fact:
    row = layers(verdict, words.lang, signature=signature, zone=words.zone)[0]
    return Fact(words.word("label", "integrity"), words.word("joining", "named", which=row.word, what=row.reason))


def _gap_line(gap: GapNote, words: Words) -> GapLine:
    detail = gap_text(gap.code, gap.params, words)
    title = next((key for key in (gap.code, gap.kind) if has(f"words.gap.{key}")), "other")
    subject = f"gaps.subject.{gap.subject.replace(' ', '_')}"
    return GapLine(
        title=words.word("gap", title),
        subject=words.text(subject) if has(subject) else words.plain(gap.subject),
        detail=detail or words.plain(gap.reason),
        kind=gap.kind,
        detail_lang="" if detail or words.lang == "en" else "en",
    )


def _check_line(check: Check, words: Words) -> CheckLine:
    return CheckLine(
        status=check.status,
        state=findings.STATE_OF_CHECK[check.status],
        status_word=words.word("check_status", check.status.value),
        title=check_title(check, words),
        text=words.text(_check_code(check), localised(check.params, words)),
        citation=words.plain(check.citation),
        code=check.code,
        params=tuple((name, words.plain(check.params[name])) for name in sorted(check.params)),
    )


def _check_code(check: Check) -> str:
    """Return the text for a check: its status with a variant, its status, or that of a failed one."""
    entry = f"checks.{check.code}" if has(f"checks.{check.code}.title") else "checks.other"
    variants = [check.params.get("status", ""), check.params.get("kind", "")]
    if check.params.get("revoked_at"):
        variants.append("revoked")
    if check.params.get("code"):
        variants.append("explained")
    names = [f"{check.status.value}_{variant}" for variant in variants] + [check.status.value]
    return next((code for name in names if has(code := f"{entry}.{name}")), f"{entry}.failed")


def _change_line(change: Change, words: Words) -> ChangeLine:
    key, level = f"changes.{change_key(change.change_class)}", findings.change_level(change)
    params = localised(change.params, words)
    for name in {"old", "new"} & set(params):
        params[name] = params[name] or words.word("not_known", "empty")
    complete = all(params.get(name) for name in needs(f"{key}.found"))
    found = f"{key}.found" if complete or not has(f"{key}.found_short") else f"{key}.found_short"
    return ChangeLine(
        revision=change.revision,
        level=level,
        state=_CHANGE_STATES[level],
        level_word=words.word("change_level", level),
        title=change_title(change, words),
        found=words.text(found, params),
        means=words.text(f"{key}.means", params),
        do=words.text(f"{key}.do", params),
        page=words.plain(change.params.get("page", "")),
        change_class=change.change_class,
    )
