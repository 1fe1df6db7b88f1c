"""The page of one result: what the templates print, made of the outcome and the reports' sentences."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from verifier.errors import CouldNotJudge, Problem
from verifier.reports import sentences
from verifier.reports.json_report import from_json
from verifier.reports.sentences import (
    Fact,
    GapLine,
    Headline,
    Layer,
    Moment,
    SignatureCard,
    State,
    TimelineEntry,
    Words,
)
from verifier.storage.blobs import StoredFile
from verifier.storage.keys import CannotOpen
from verifier.storage.validations import STEPS, Validation
from verifier.verdict import CheckStatus, Conclusion, DocumentVerdict, NotJudged, Outcome, SignatureVerdict
from verifier.web import locale
from verifier.web.issued import IssuedLine, issued_line, issued_with
from verifier.web.public.drawing import Box, Reach, Row, place, reach, shown_size
from verifier.web.public.services import PageSize, Pictures

LOOKS = {
    State.VALID: "ok",
    State.INVALID: "bad",
    State.UNKNOWN: "open",
    State.UNCHECKED: "none",
    State.UNSIGNED: "plain",
    State.INFO: "info",
}
"""Class of the style sheet, and name of the shape, by state."""
ATTENTION = (CheckStatus.FAILED, CheckStatus.WARNING)
"""Checks that are not folded."""
FIRST_PAGES = 20
"""Pages shown from the start of a document; those with signatures are shown besides."""
LAYER_PLACES = ("timeline", "signatures", "signatures")
"""Where the page tells more about each layer."""


@dataclass(frozen=True)
class LayerRow:
    """One of the three layers."""

    layer: Layer
    href: str


@dataclass(frozen=True)
class CheckRow:
    """One line of the table of checks."""

    look: str
    word: str
    text: str
    citation: str
    code: str


@dataclass(frozen=True)
class ChangeRow:
    """Changes that read the same, told once with all their revisions."""

    line: sentences.ChangeLine
    revisions: str


@dataclass(frozen=True)
class CardRow:
    """The card of one signature, with its facts sorted by need."""

    card: SignatureCard
    facts: tuple[Fact, ...]
    details: tuple[Fact, ...]
    serial: str
    changes: tuple[ChangeRow, ...]
    attention: tuple[CheckRow, ...]
    folded: tuple[CheckRow, ...]


@dataclass(frozen=True)
class Event:
    """One entry of the timeline."""

    mark: str
    """Number of the signature, `clock`, or a sign."""
    entry: TimelineEntry
    word: str
    """The conclusion of a signature; empty for a plain revision."""


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
    layers: tuple[LayerRow, ...] = ()
    events: tuple[Event, ...] = ()
    reach: Reach | None = None
    cards: tuple[CardRow, ...] = ()
    gaps: tuple[GapLine, ...] = ()
    tolerated: tuple[str, ...] = ()
    evidence: EvidenceRow | None = None
    leaves: tuple[Leaf, ...] = ()
    boxes: tuple[BoxNote, ...] = ()
    page_count: int = 0
    first_leaves: int = FIRST_PAGES
    undrawn: bool = False
    """Pictures were wanted and could not be made."""
    issued: IssuedLine | None = None
    """How the file stands where we released it ourselves."""


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


def result_page(job: Validation, words: Words, pictures: Pictures | None, document: StoredFile | None) -> ResultPage:
    """Make the page of a finished file; `document` is where pages are drawn from."""
    outcome = outcome_of(job)
    made, issued = outcome_page(outcome, words, job.size, job.finished_at), standing_of(job, words)
    if isinstance(outcome, NotJudged):
        return replace(made, issued=issued)
    return _with_pages(with_standing(made, issued, words), pictures, document)


def outcome_page(outcome: Outcome, words: Words, size: int, finished_at: datetime | None) -> ResultPage:
    """Make the page of an outcome, without pictures; `size` in bytes."""
    head = sentences.headline(outcome, words.lang, zone=words.zone)
    base = ResultPage(
        template="public/verdict.html" if isinstance(outcome, DocumentVerdict) else "public/not_judged.html",
        look=LOOKS[head.state],
        word=head.word,
        sentences=_sentences(head),
        next_step=head.next_step,
        size=words.size(size),
        checked=words.moment(finished_at) if finished_at else None,
    )
    if isinstance(outcome, NotJudged):
        return replace(base, code=outcome.problem.code)
    return _with_verdict(base, outcome, words)


def standing_of(job: Validation, words: Words) -> IssuedLine | None:
    """Return how a file stands that we released ourselves, as it is now; None where it is not ours."""
    found = issued_with(job.sha256)
    return issued_line(found, words) if found else None


def with_standing(made: ResultPage, issued: IssuedLine | None, words: Words) -> ResultPage:
    """Let the page say how our own document stands; one that holds no more is never headed by its signatures."""
    if issued is None or issued.in_force:
        return replace(made, issued=issued)
    signed = locale.text("issued-signatures", words.lang, word=made.word)
    told = (issued.sentence, " ".join((signed, *made.sentences)))
    return replace(made, issued=issued, look=issued.look, word=issued.word, sentences=told, next_step=issued.next_step)


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
    head, issued = sentences.headline(outcome_of(job), words.lang, zone=words.zone), standing_of(job, words)
    if issued and not issued.in_force:
        return FileRow(token, job.file_name, size, issued.look, issued.word, settled=True)
    return FileRow(token, job.file_name, size, LOOKS[head.state], head.word, settled=True)


def _sentences(head: Headline) -> tuple[str, ...]:
    return tuple(filter(None, (head.sentence, head.bracket)))


def _with_verdict(base: ResultPage, verdict: DocumentVerdict, words: Words) -> ResultPage:
    cards = tuple(_card(verdict, one, words) for one in verdict.signatures)
    note, rows = verdict.evidence, sentences.layers(verdict, words.lang, zone=words.zone)
    return replace(
        base,
        checked=words.moment(note.at),
        layers=tuple(LayerRow(row, f"#{place}") for row, place in zip(rows, LAYER_PLACES, strict=False)),
        events=_events(verdict, cards, words),
        reach=_reach(verdict, cards, words),
        cards=cards,
        gaps=sentences.gaps(verdict, words.lang),
        tolerated=sentences.tolerated(verdict, words.lang),
        evidence=EvidenceRow(
            note.document, note.trust_snapshot, note.policy, note.engine, words.moment(note.at), note.objects
        ),
    )


def _card(verdict: DocumentVerdict, signature: SignatureVerdict, words: Words) -> CardRow:
    made = sentences.signature_card(verdict, signature, words.lang, zone=words.zone)
    organization, issuer, _, algorithms, coverage, field = made.facts
    # where the register was asked its facts stand by themselves
    told = made.is_timestamp or made.authority_facts
    authority = () if told else (Fact(words.word("label", "authority"), made.authority),)
    claimed = () if made.is_timestamp else (made.claimed,)
    level = Fact(words.word("label", "level"), made.level)
    codes = " / ".join(filter(None, (signature.indication.value, signature.sub_indication)))
    rows = [(one.status in ATTENTION, _check(one, signature)) for one in made.checks]
    return CardRow(
        card=made,
        facts=(organization, *authority, *claimed, made.proven, level, coverage, *filter(None, (made.again,))),
        details=(
            Fact(words.word("label", "code"), codes),
            issuer,
            algorithms,
            Fact("SubFilter", words.plain(signature.sub_filter)),
            field,
            *(Fact(one.name, one.code) for one in made.processes),
        ),
        serial=signature.signer.serial,
        changes=_changes(made, words),
        attention=tuple(row for urgent, row in rows if urgent),
        folded=tuple(row for urgent, row in rows if not urgent),
    )


def _changes(card: SignatureCard, words: Words) -> tuple[ChangeRow, ...]:
    alike: dict[tuple[str, ...], list[sentences.ChangeLine]] = {}
    for line in card.changes:
        alike.setdefault((line.level, line.title, line.found, line.do), []).append(line)
    return tuple(
        ChangeRow(same[0], words.word("revision", "title", number=words.listing(str(one.revision) for one in same)))
        for same in alike.values()
    )


def _check(line: sentences.CheckLine, signature: SignatureVerdict) -> CheckRow:
    look = LOOKS[line.state]
    if look == "bad" and signature.indication is not Conclusion.TOTAL_FAILED:
        look = "open"  # red is kept for what is proved to be wrong
    return CheckRow(look, line.status_word, line.text, line.citation, line.code)


def _events(verdict: DocumentVerdict, cards: tuple[CardRow, ...], words: Words) -> tuple[Event, ...]:
    by_id = {one.card.id: one.card for one in cards}
    events: list[Event] = []
    for entry in sentences.timeline(verdict, words.lang, words.zone):
        card = by_id.get(entry.signature_id)
        numbered = card is not None and entry.kind != "timestamp"
        mark = str(card.number) if card and numbered else _sign(entry)
        events.append(Event(mark, entry, card.word if card and numbered else ""))
    return tuple(events)


def _sign(entry: TimelineEntry) -> str:
    if entry.kind == "timestamp":
        return "clock"
    return "•" if entry.revision == 1 else "+"


def _reach(verdict: DocumentVerdict, cards: tuple[CardRow, ...], words: Words) -> Reach | None:
    count = len(verdict.revisions)
    rows = tuple(
        Row(
            label=one.card.title,
            look=LOOKS[one.card.state],
            after_look=LOOKS[one.card.layers[0].state],
            sentence=locale.text(
                "reach-covers",
                words.lang,
                name=_label(one.card),
                revision=signature.integrity.revision,
                count=count,
            ),
            revision=signature.integrity.revision,
        )
        for signature, one in zip(verdict.signatures, cards, strict=True)
    )
    names = tuple(locale.text("revision-short", words.lang, number=one.number) for one in verdict.revisions)
    return reach(rows, names)


def _with_pages(page: ResultPage, pictures: Pictures | None, document: StoredFile | None) -> ResultPage:
    if pictures is None or document is None:
        return page
    try:
        sizes = pictures.pages(document)
    except (CouldNotJudge, CannotOpen, FileNotFoundError):
        return replace(page, undrawn=True)
    if not sizes:
        return replace(page, undrawn=True)
    boxes: dict[int, list[Box]] = {}
    notes: list[BoxNote] = []
    for one in page.cards:
        box = _box(one.card, sizes)
        shown = one.card.widget.page if box and one.card.widget else None
        if box and shown:
            boxes.setdefault(shown, []).append(box)
        notes.append(BoxNote(one.card.id, one.card.number, _label(one.card), shown))
    wanted = sorted({*range(1, min(FIRST_PAGES, len(sizes)) + 1), *boxes})
    leaves = tuple(Leaf(one, *shown_size(sizes[one - 1]), tuple(boxes.get(one, ()))) for one in wanted)
    return replace(page, leaves=leaves, boxes=tuple(notes), page_count=len(sizes))


def _box(card: SignatureCard, sizes: tuple[PageSize, ...]) -> Box | None:
    widget = card.widget
    if widget is None or not 1 <= widget.page <= len(sizes):
        return None
    found = place(widget, sizes[widget.page - 1])
    return None if found is None else Box(card.id, card.number, _look(card), _label(card), *found)


def _look(card: SignatureCard) -> str:
    """Return the worse look of what a signature says by itself and of what was done to the file after it."""
    looks = {LOOKS[card.state], LOOKS[card.layers[0].state]}
    return next((look for look in ("bad", "open", "none") if look in looks), "ok")


def _label(card: SignatureCard) -> str:
    return f"{card.title}: {card.signer}"
