"""Reads a PDF into `DocumentFacts`: the one door of this package; bytes in, facts out, no clock, no socket.

1. open the file, strictly first, then as broken as it is (`engine`);
2. list every filled signature field (`fields`) and map the revisions (`revisions`);
3. read each signature by itself (`signatures`), then compare their ByteRanges with each other (`byterange`);
4. say what later revisions changed (`changes`), and which bytes no signature covers;
5. collect validation data revision by revision (`dss`), and signatures that no field reaches (`remnants`).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

from verifier.errors import CouldNotJudge
from verifier.pades.byterange import collisions
from verifier.pades.changes import ChangeContext, LaterSignature, analyse_changes
from verifier.pades.digests import digest
from verifier.pades.dss import validation_data
from verifier.pades.engine import Opened, analyse
from verifier.pades.facts import DocumentFacts, FormatProblem, SignatureFacts, ValidationData
from verifier.pades.fields import dictionary_texts, doc_mdp, filled_fields, parse_date
from verifier.pades.pages import count_pages, widget_of
from verifier.pades.remnants import count_remnants
from verifier.pades.revisions import RevisionMap, map_revisions
from verifier.pades.signatures import Draft, draft_signature
from verifier.verdict import Change, Changes, Coverage, RevisionNote, SignatureKind

_OBJECT = re.compile(rb"(?<![0-9])\d{1,10}[ \t\r\n]+\d{1,5}[ \t\r\n]+obj\b")
"""Head of an object."""


def read_document(data: bytes, passwords: Sequence[str] = (), more_digests: Sequence[str] = ()) -> DocumentFacts:
    """Read `data`; each of `passwords` is tried on an encrypted file, after the empty one.

    `more_digests` names digests of the whole file that are wanted besides SHA-256, for evidence records over it.
    Raises CouldNotJudge: empty-file, not-a-pdf, pdf-truncated, pdf-unreadable, pdf-encrypted, budget-exhausted.
    """
    facts = analyse(data, passwords, lambda opened: _read(opened, data))
    wanted = {name: digest(name, (data,)) for name in more_digests if name != "sha256"}
    return replace(facts, digests={name: value for name, value in wanted.items() if value})


def _read(opened: Opened, data: bytes) -> DocumentFacts:
    form = filled_fields(opened)
    if not form.fields and _OBJECT.search(opened.after_last_revision):
        # a signature may have stood in what is missing: "not signed" would be said of half a file
        raise CouldNotJudge("pdf-truncated", "The last revision of the file is not complete.")
    revisions = map_revisions(opened)
    drafts = sorted((draft_signature(opened, revisions, one) for one in form.fields), key=lambda draft: draft.section)
    drafts = [_beside_the_others(draft, found) for draft, found in zip(drafts, _collisions(drafts), strict=True)]
    comparison = _Comparison(opened, revisions, tuple(drafts))
    signatures = tuple(_finish(comparison, draft, number) for number, draft in enumerate(drafts, start=1))
    stored = validation_data(opened, revisions)
    return DocumentFacts(
        sha256=_sha256(opened, data),
        size=len(data),
        revisions=_notes(revisions, signatures, stored),
        signatures=signatures,
        validation_data=stored,
        remnants=count_remnants(opened, form.fields),
        changes_after_last_signature=signatures[-1].changes_level if signatures else Changes.NONE,
        pages=count_pages(opened),
        encrypted=opened.encrypted,
        tolerated=(*opened.tolerated, *(("field-unreadable",) if form.unreadable else ())),
    )


@dataclass(frozen=True)
class _Comparison:
    """What is needed to say what came after a signature."""

    opened: Opened
    revisions: RevisionMap
    drafts: tuple[Draft, ...]

    def changes(self, draft: Draft) -> tuple[Change, ...]:
        """Return what came after the signed bytes; where that cannot be told, say so, and never that nothing came."""
        if draft.covered is None or not draft.measurable:
            return (self._not_compared(draft, draft.problem.code if draft.problem else ""),)
        if draft.covered.coverage is Coverage.ENTIRE_FILE:
            return ()
        unknown: tuple[Change, ...] = (self._not_compared(draft, "analysis"),)
        found = self.opened.guarded(self._analysed, unknown, draft)
        if draft.covered.coverage is not Coverage.ENTIRE_REVISION and not _suspicious(found):
            found = (*found, self._not_compared(draft, draft.covered.coverage))
        return (*found, *self._of_no_revision(found))

    def _analysed(self, draft: Draft) -> tuple[Change, ...]:
        reader, field = self.opened.reader, draft.field
        embedded = self.opened.guarded(lambda: EmbeddedPdfSignature(reader, field.field, field.name), None)
        context = ChangeContext(
            signatures=tuple(
                LaterSignature(one.field.name, one.section, one.kind is SignatureKind.DOCUMENT_TIMESTAMP)
                for one in self.drafts
                if one is not draft and one.measurable
            ),
            doc_mdp=doc_mdp(self.opened, field.value) if embedded is None and field.value is not None else None,
            covered_end=draft.signed.end if draft.signed else None,
            numbers={n: self.revisions.number(n) for n in range(reader.xrefs.total_revisions)},
        )
        return analyse_changes(reader, draft.section, embedded, context)

    def _not_compared(self, draft: Draft, reason: str) -> Change:
        return Change("not_compared", Changes.SUSPICIOUS, self.revisions.number(draft.section), {"kind": str(reason)})

    def _of_no_revision(self, found: Sequence[Change]) -> Iterator[Change]:
        """Yield the bytes that stand before the header or after the last revision, unless they were found already."""
        known = any(change.change_class in ("trailing_bytes", "isa") for change in found)
        after = 0 if known else len(self.opened.after_last_revision)
        for size, number in ((self.opened.before_header, 1), (after, len(self.revisions.revisions))):
            if size:
                yield Change("trailing_bytes", Changes.SUSPICIOUS, number, {"size": str(size)})


def _suspicious(changes: Sequence[Change]) -> bool:
    return any(change.level is Changes.SUSPICIOUS for change in changes)


def _sha256(opened: Opened, data: bytes) -> str:
    """Return the hash of the file; what was hashed for a signature at its end is not hashed again."""
    known = opened.digests.whole("sha256") if opened.data is data else None
    return known.hex() if known else hashlib.sha256(data).hexdigest()


def _collisions(drafts: Sequence[Draft]) -> list[FormatProblem | None]:
    return collisions([draft.signed for draft in drafts])


def _beside_the_others(draft: Draft, finding: FormatProblem | None) -> Draft:
    if finding is None:
        return draft
    if finding.code == "BYTERANGE_DUPLICATED":
        return draft.failed(finding)
    return replace(draft, warnings=(*draft.warnings, finding))


def _finish(comparison: _Comparison, draft: Draft, number: int) -> SignatureFacts:
    opened = comparison.opened
    changes = comparison.changes(draft)
    value = draft.field.value
    texts = dictionary_texts(opened, value) if value is not None else {}
    covered = draft.covered.coverage if draft.covered and draft.measurable else Coverage.UNCLEAR
    claimed = parse_date(texts["M"]) if "M" in texts else None
    return SignatureFacts(
        id=f"sig-{number}",
        kind=draft.kind,
        field_name=draft.field.name,
        sub_filter=draft.sub_filter,
        revision=comparison.revisions.number(draft.section),
        problem=draft.problem,
        cms=draft.cms,
        token=draft.token,
        coverage=covered,
        changes=changes,
        changes_level=Changes.worst([change.level for change in changes]),
        claimed_time=claimed or (draft.cms.signing_time if draft.cms else None),
        content_timestamps=draft.content_timestamps,
        signature_timestamps=draft.signature_timestamps,
        dictionary=texts,
        byte_range=draft.byte_range,
        warnings=draft.warnings,
        doc_mdp=doc_mdp(opened, value) if value is not None else None,
        widget=widget_of(opened, draft.field),
    )


_KIND_OF_CHANGE = (("form", "form"), ("annotation", "annotation"), ("metadata", "metadata"), ("content", "content"))


def _notes(
    revisions: RevisionMap, signatures: Sequence[SignatureFacts], stored: Sequence[ValidationData]
) -> tuple[RevisionNote, ...]:
    kinds: dict[int, dict[str, None]] = {1: {"document": None}}
    for one in signatures:
        kinds.setdefault(one.revision, {}).setdefault(str(one.kind))
    for data in stored:
        kinds.setdefault(data.revision, {}).setdefault("validation_data")
    for one in signatures:
        for change in one.changes:
            for start, kind in _KIND_OF_CHANGE:
                if change.change_class.startswith(start):
                    kinds.setdefault(change.revision, {}).setdefault(kind)
    return tuple(
        RevisionNote(number, revision.end, tuple(kinds.get(number, {"update": None})))
        for number, revision in enumerate(revisions.revisions, start=1)
    )
