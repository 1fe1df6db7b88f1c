"""One card a signature, and the timeline of revisions, signatures and time stamps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo

from verifier.reports import details, findings
from verifier.reports.authority import authority_pairs, registered_name
from verifier.reports.catalogue import has
from verifier.reports.details import ChangeLine, CheckLine, Explanation, Fact
from verifier.reports.findings import State
from verifier.reports.formats import HANOI, Moment, Words
from verifier.reports.headline import which
from verifier.reports.layers import Layer, layers, signature_reason
from verifier.verdict import (
    DocumentVerdict,
    ProcessResult,
    RevisionNote,
    SignatureKind,
    SignatureVerdict,
    TimestampKind,
    TimestampVerdict,
    Widget,
)


@dataclass(frozen=True)
class StampLine:
    """One time stamp and how it was judged."""

    title: str
    issuer: str
    time: Moment | None
    state: State
    word: str
    code: str
    """Sub-indication, empty where there is none."""


@dataclass(frozen=True)
class ProcessLine:
    """What one process of EN 319 102-1 says by itself."""

    name: str
    word: str
    state: State
    code: str
    """Indication, with the sub-indication after a slash where there is one."""


@dataclass(frozen=True)
class SignatureCard:
    """Everything on one signature, ready to print."""

    id: str
    number: int
    title: str
    """`Chữ ký 1` or `Dấu thời gian 2`."""
    is_timestamp: bool
    state: State
    word: str
    reason: str
    signer: str
    authority: str
    """The agency as the register knows it, else the answer of layer 3."""
    authority_facts: tuple[Fact, ...]
    """What the register says of it, and whether the act may rest on the signature; empty where it was not asked."""
    claimed: Fact
    proven: Fact
    level: str
    """The level in words; its code is in `level_code`."""
    level_code: str
    facts: tuple[Fact, ...]
    """Organization, issuer, serial number, algorithms, coverage, field."""
    layers: tuple[Layer, ...]
    """All three; the second is `word` and `reason` of the card."""
    explanation: Explanation | None
    stamps: tuple[StampLine, ...]
    checks: tuple[CheckLine, ...]
    checks_summary: str
    changes: tuple[ChangeLine, ...]
    processes: tuple[ProcessLine, ...]
    widget: Widget | None
    again: Fact | None = None
    """When checking again may say more; None where time alone brings nothing."""


@dataclass(frozen=True)
class TimelineEntry:
    """One event in the life of the file."""

    revision: int
    kind: str
    """`revision`, `signature`, `document_timestamp` or `timestamp` (inside a signature)."""
    title: str
    detail: str
    time: Moment | None
    time_kind: str
    """`proven`, `claimed` (by the signer), `stated` (in a time stamp not accepted) or empty; never under one label."""
    state: State
    signature_id: str
    """The signature it belongs to, empty for a plain revision."""


def signature_card(
    verdict: DocumentVerdict,
    signature: SignatureVerdict,
    lang: str,
    *,
    authorities_asked: bool = False,
    zone: tzinfo = HANOI,
) -> SignatureCard:
    """Return the card of one signature of the verdict."""
    words, at = Words(lang, zone), verdict.evidence.at
    rows = layers(verdict, lang, signature=signature, authorities_asked=authorities_asked, zone=zone)
    registered = registered_name(signature.authority, words) if signature.authority.status == "recognised" else ""
    return SignatureCard(
        id=signature.id,
        number=findings.number_of(verdict, signature),
        title=which(verdict, [signature], words),
        is_timestamp=signature.kind is SignatureKind.DOCUMENT_TIMESTAMP,
        state=findings.STATE_OF_CONCLUSION[signature.indication],
        word=words.word("conclusion", signature.indication.value),
        reason=signature_reason(signature, at, words),
        signer=details.signer_name(signature, words),
        authority=registered or rows[2].word,
        authority_facts=tuple(Fact(label, text) for label, text in authority_pairs(signature.authority, words)),
        claimed=details.claimed_fact(signature, words),
        proven=details.proven_fact(signature, at, words),
        level=words.word("level", signature.level),
        level_code=words.plain(signature.level),
        facts=_facts(signature, words),
        layers=rows,
        explanation=details.explanation(signature, lang, zone),
        stamps=tuple(_stamp_line(stamp, words) for stamp in signature.timestamps),
        checks=details.checks(signature, lang, zone),
        checks_summary=details.checks_summary(signature, lang),
        changes=details.changes(signature, lang, zone),
        processes=_processes(signature, words),
        widget=signature.widget,
        again=details.again_fact(signature.try_again_at, words),
    )


def timeline(verdict: DocumentVerdict, lang: str, zone: tzinfo = HANOI) -> tuple[TimelineEntry, ...]:
    """Return revisions, signatures and time stamps, in order of the revision that brought them."""
    words = Words(lang, zone)
    notes = {note.number: note for note in verdict.revisions}
    numbers = sorted({*notes, *(one.integrity.revision for one in verdict.signatures)})
    found: list[TimelineEntry] = []
    for number in numbers:
        if number in notes:
            found += _revision_entry(notes[number], words)
        for signature in verdict.signatures:
            if signature.integrity.revision == number:
                found += _signature_entries(verdict, signature, words)
    return tuple(found)


def _facts(signature: SignatureVerdict, words: Words) -> tuple[Fact, ...]:
    signer = signature.signer
    values = (
        ("organization", words.plain(signer.organization)),
        ("issuer", words.plain(signer.issuer)),
        ("serial", words.plain(signer.serial)),
        ("algorithms", details.algorithms_text(signature, words)),
        ("coverage", words.word("coverage", signature.integrity.coverage.value)),
        ("field", words.plain(signature.field_name)),
    )
    return tuple(Fact(words.word("label", name), value or words.word("not_known", "time")) for name, value in values)


def _processes(signature: SignatureVerdict, words: Words) -> tuple[ProcessLine, ...]:
    said = signature.processes
    results = (("basic", said.basic), ("with_time", said.with_time), ("archival", said.archival))
    return tuple(_process_line(name, result, words) for name, result in results)


def _process_line(name: str, result: ProcessResult, words: Words) -> ProcessLine:
    sub = f" / {result.sub_indication.value}" if result.sub_indication else ""
    return ProcessLine(
        name=words.word("process", name),
        word=words.word("indication", result.indication.value),
        state=findings.STATE_OF_INDICATION[result.indication],
        code=f"{result.indication.value}{sub}",
    )


def _stamp_line(stamp: TimestampVerdict, words: Words) -> StampLine:
    return StampLine(
        title=words.word("timestamp", stamp.kind.value),
        issuer=words.plain(stamp.issuer) or words.word("not_known", "signer"),
        time=None if stamp.time is None else words.moment(stamp.time),
        state=findings.STATE_OF_INDICATION[stamp.indication],
        word=words.word("indication", stamp.indication.value),
        code="" if stamp.sub_indication is None else stamp.sub_indication.value,
    )


def _revision_entry(note: RevisionNote, words: Words) -> list[TimelineEntry]:
    """Return the entry of what a revision brought beside signatures; none where it brought only those."""
    kinds = [kind for kind in note.kinds if kind not in ("signature", "document_timestamp")]
    if not kinds:
        return []
    named = [kind if has(f"words.revision.{kind}") else "other" for kind in kinds]
    title = words.word("revision", "title", number=str(note.number))
    detail = words.listing(words.word("revision", kind) for kind in named)
    return [TimelineEntry(note.number, "revision", title, detail, None, "", State.INFO, "")]


def _signature_entries(verdict: DocumentVerdict, signature: SignatureVerdict, words: Words) -> list[TimelineEntry]:
    stamp = signature.kind is SignatureKind.DOCUMENT_TIMESTAMP
    moment, time_kind = _shown_time(signature, verdict.evidence.at, words)
    entry = TimelineEntry(
        revision=signature.integrity.revision,
        kind=signature.kind.value,
        title=which(verdict, [signature], words),
        detail=details.signer_name(signature, words),
        time=moment,
        time_kind=time_kind,
        state=findings.STATE_OF_CONCLUSION[signature.indication],
        signature_id=signature.id,
    )
    inside = [] if stamp else [one for one in signature.timestamps if one.kind is not TimestampKind.DOCUMENT]
    return [entry, *(_stamp_entry(signature, one, words) for one in inside)]


def _shown_time(signature: SignatureVerdict, at: datetime, words: Words) -> tuple[Moment | None, str]:
    """Return the time of a signature's entry and what it is; the stamps inside have entries of their own."""
    if signature.kind is SignatureKind.DOCUMENT_TIMESTAMP:
        own = next((one.time for one in signature.timestamps if one.time), None)
        proven = findings.proven_time(signature, at)
        return (words.moment(own), "proven" if proven else "stated") if own else (None, "")
    if signature.claimed_signing_time is None:
        return None, ""
    return words.moment(signature.claimed_signing_time), "claimed"


def _stamp_entry(signature: SignatureVerdict, stamp: TimestampVerdict, words: Words) -> TimelineEntry:
    line = _stamp_line(stamp, words)
    return TimelineEntry(
        revision=signature.integrity.revision,
        kind="timestamp",
        title=line.title,
        detail=line.issuer,
        time=line.time,
        time_kind=("proven" if line.state is State.VALID else "stated") if line.time else "",
        state=line.state,
        signature_id=signature.id,
    )
