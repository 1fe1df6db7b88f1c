"""The page of one result: what the templates print, made of the outcome and the reports' sentences."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from verifier.errors import CouldNotJudge, Problem
from verifier.reports import findings
from verifier.reports.formats import Moment, Words
from verifier.reports.headline import Headline, headline
from verifier.reports.json_report import from_json
from verifier.reports.layers import Layer, layers
from verifier.reports.plain import visible
from verifier.storage.validations import STEPS, Validation
from verifier.verdict import DocumentVerdict, GapNote, NotJudged, Outcome, RevisionNote, SignatureVerdict
from verifier.web.public import locale
from verifier.web.public.cards import LOOKS, Card, card, signer_name, title
from verifier.web.public.drawing import Box, Reach, Row, place, reach, shown_size
from verifier.web.public.services import PageSize, Pictures

FIRST_PAGES = 20
"""Pages shown from the start of a document; those with signatures are shown besides."""
LAYER_PLACES = ("timeline", "signatures", "signatures")
"""Where the page tells more about each layer."""


@dataclass(frozen=True)
class LayerRow:
    """One of the three layers."""

    number: int
    name: str
    look: str
    word: str
    reason: str
    href: str


@dataclass(frozen=True)
class Event:
    """One entry of the timeline."""

    mark: str
    """Number or sign in the circle."""
    title: str
    note: str = ""
    when: Moment | None = None
    time_note: str = ""
    href: str = ""
    look: str = ""
    word: str = ""


@dataclass(frozen=True)
class Leaf:
    """One page with its boxes."""

    number: int
    width: float
    height: float
    boxes: tuple[Box, ...]


@dataclass(frozen=True)
class BoxNote:
    """One line of the list of boxes."""

    id: str
    number: int
    label: str
    page: int | None


@dataclass(frozen=True)
class GapRow:
    """One thing that was not known."""

    title: str
    subject: str
    reason: str


@dataclass(frozen=True)
class EvidenceRow:
    """What the verdict rests on."""

    document: str
    trust_snapshot: str
    policy: str
    engine: str
    at: Moment
    objects: tuple[str, ...]


@dataclass(frozen=True)
class ResultPage:
    """Everything on the page."""

    template: str
    look: str
    word: str
    sentences: tuple[str, ...]
    next_step: str
    size: str
    checked: Moment | None
    code: str = ""
    signers: str = ""
    proven: Moment | None = None
    claimed: Moment | None = None
    layers: tuple[LayerRow, ...] = ()
    events: tuple[Event, ...] = ()
    reach: Reach | None = None
    cards: tuple[Card, ...] = ()
    gaps: tuple[GapRow, ...] = ()
    tolerated: tuple[str, ...] = ()
    evidence: EvidenceRow | None = None
    leaves: tuple[Leaf, ...] = ()
    boxes: tuple[BoxNote, ...] = ()
    page_count: int = 0
    first_leaves: int = FIRST_PAGES
    undrawn: bool = False
    """Pictures were wanted and could not be made."""


@dataclass(frozen=True)
class FileRow:
    """One of several files sent together."""

    token: str
    name: str
    size: str
    look: str
    word: str
    settled: bool


def outcome_of(job: Validation) -> Outcome:
    """Return what was found out about a finished file."""
    report = job.report
    if report is not None:
        return from_json(report)
    return NotJudged(job.sha256, job.kind, job.problem or Problem("internal-error"))


def result_page(job: Validation, words: Words, pictures: Pictures | None, document: Path | None) -> ResultPage:
    """Make the page of a finished file; `document` is where pages are drawn from."""
    outcome = outcome_of(job)
    head = headline(outcome, words.lang, zone=words.zone)
    base = ResultPage(
        template="public/verdict.html" if isinstance(outcome, DocumentVerdict) else "public/not_judged.html",
        look=LOOKS[head.state],
        word=head.word,
        sentences=_sentences(head),
        next_step=head.next_step,
        size=words.size(job.size),
        checked=words.moment(job.finished_at) if job.finished_at else None,
    )
    if isinstance(outcome, NotJudged):
        return replace(base, code=outcome.problem.code)
    return _with_pages(_with_verdict(base, outcome, words), outcome, words, pictures, document)


def file_row(token: str, job: Validation | None, words: Words) -> FileRow:
    """Make the line of one file in the list of several."""
    if job is None:
        gone = locale.text("unknown-page-text", words.lang)
        return FileRow(token, locale.text("unknown-page", words.lang), "", "none", gone, settled=True)
    size = words.size(job.size)
    if not job.finished:
        step = locale.text(f"step-{STEPS[job.step - 1]}", words.lang)
        said = locale.text("step-now", words.lang, number=job.step, count=job.steps, step=step)
        return FileRow(token, job.file_name, size, "info", said, settled=False)
    head = headline(outcome_of(job), words.lang, zone=words.zone)
    return FileRow(token, job.file_name, size, LOOKS[head.state], head.word, settled=True)


def _sentences(head: Headline) -> tuple[str, ...]:
    return tuple(filter(None, (head.sentence, head.bracket)))


def _with_verdict(base: ResultPage, verdict: DocumentVerdict, words: Words) -> ResultPage:
    cards = tuple(card(verdict, one, words) for one in verdict.signatures)
    signed = [one for one in cards if not one.stamp]
    alone = signed[-1] if signed else None
    note = verdict.evidence
    return replace(
        base,
        checked=words.moment(note.at),
        signers=words.listing(one.name for one in signed),
        proven=alone.proven if alone else None,
        claimed=alone.claimed if alone else None,
        layers=tuple(map(_layer, layers(verdict, words.lang, zone=words.zone), LAYER_PLACES)),
        events=_events(verdict, cards, words),
        reach=_reach(verdict, cards, words),
        cards=cards,
        gaps=tuple(_gap(one, words) for one in verdict.gaps),
        tolerated=tuple(visible(one) for one in verdict.tolerated),
        evidence=EvidenceRow(
            note.document, note.trust_snapshot, note.policy, note.engine, words.moment(note.at), note.objects
        ),
    )


def _layer(row: Layer, place: str) -> LayerRow:
    return LayerRow(row.number, row.name, LOOKS[row.state], row.word, row.reason, f"#{place}")


def _gap(gap: GapNote, words: Words) -> GapRow:
    return GapRow(words.word("gap", gap.kind), visible(gap.subject), visible(gap.reason))


def _events(verdict: DocumentVerdict, cards: tuple[Card, ...], words: Words) -> tuple[Event, ...]:
    """List revisions with the signatures that closed them; signatures of revisions that are not listed come last."""
    by_revision: dict[int, list[Card]] = {}
    for signature, one in zip(verdict.signatures, cards, strict=True):
        by_revision.setdefault(signature.integrity.revision, []).append(one)
    events: list[Event] = []
    for revision in verdict.revisions:
        signed = by_revision.pop(revision.number, [])
        if not signed or "document" in revision.kinds:
            events.append(_revision(revision, words))
        events += [_signed(one, revision.number, words) for one in signed]
    events += [_signed(one, number, words) for number, rest in by_revision.items() for one in rest]
    return tuple(events)


def _revision(revision: RevisionNote, words: Words) -> Event:
    name = words.word("revision", "title", number=str(revision.number))
    kinds = [kind for kind in revision.kinds if kind not in {"signature", "document_timestamp"}] or ["other"]
    first = "document" in revision.kinds
    title_ = locale.text("document-created", words.lang) if first else _capital(_kinds(kinds, words))
    return Event("•" if first else "+", title_, name)


def _kinds(kinds: list[str], words: Words) -> str:
    return words.listing(words.word("revision", kind) for kind in kinds)


def _signed(one: Card, revision: int, words: Words) -> Event:
    when = one.proven or one.claimed
    time_note = ""
    if when is not None:
        time_note = locale.text("time-proven" if one.proven else "time-claimed", words.lang)
    return Event(
        mark=str(one.number),
        title=f"{one.title}: {one.name}",
        note=words.word("revision", "title", number=str(revision)),
        when=when,
        time_note=time_note,
        href=f"#{one.id}",
        look=one.look,
        word=one.word,
    )


def _reach(verdict: DocumentVerdict, cards: tuple[Card, ...], words: Words) -> Reach | None:
    count = len(verdict.revisions)
    rows = tuple(
        Row(
            label=one.title,
            look=one.look,
            sentence=locale.text(
                "reach-covers",
                words.lang,
                name=f"{one.title} ({one.name})",
                revision=signature.integrity.revision,
                count=count,
            ),
            revision=signature.integrity.revision,
        )
        for signature, one in zip(verdict.signatures, cards, strict=True)
    )
    names = tuple(locale.text("revision-short", words.lang, number=one.number) for one in verdict.revisions)
    return reach(rows, names)


def _with_pages(
    page: ResultPage, verdict: DocumentVerdict, words: Words, pictures: Pictures | None, document: Path | None
) -> ResultPage:
    if pictures is None or document is None:
        return page
    try:
        sizes = pictures.pages(document)
    except CouldNotJudge:
        return replace(page, undrawn=True)
    if not sizes:
        return replace(page, undrawn=True)
    boxes: dict[int, list[Box]] = {}
    notes: list[BoxNote] = []
    for number, signature in enumerate(verdict.signatures, 1):
        box = _box(signature, number, sizes, words)
        shown = signature.widget.page if box and signature.widget else None
        if box and shown:
            boxes.setdefault(shown, []).append(box)
        label = f"{title(signature, number, words)}: {signer_name(signature, words)}"
        notes.append(BoxNote(signature.id, number, label, shown))
    wanted = sorted({*range(1, min(FIRST_PAGES, len(sizes)) + 1), *boxes})
    leaves = tuple(Leaf(one, *shown_size(sizes[one - 1]), tuple(boxes.get(one, ()))) for one in wanted)
    return replace(page, leaves=leaves, boxes=tuple(notes), page_count=len(sizes))


def _box(signature: SignatureVerdict, number: int, sizes: tuple[PageSize, ...], words: Words) -> Box | None:
    widget = signature.widget
    if widget is None or not 1 <= widget.page <= len(sizes):
        return None
    found = place(widget, sizes[widget.page - 1])
    if found is None:
        return None
    label = f"{title(signature, number, words)}: {signer_name(signature, words)}"
    state = findings.STATE_OF_CONCLUSION[signature.indication]
    return Box(signature.id, number, LOOKS[state], label, *found)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
