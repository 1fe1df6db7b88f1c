"""From raw differences to a signature's list of changes: what certification and locks allow, what was covered later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pyhanko.pdf_utils.generic import Reference
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import FieldMDPSpec
from pyhanko.sign.validation import EmbeddedPdfSignature
from pyhanko.sign.validation.errors import SignatureValidationError

from verifier.pades.changes.delta import Delta, suspicious
from verifier.pades.changes.objects import UNREADABLE
from verifier.pades.changes.revisions import file_changes
from verifier.verdict import Change, Changes

MAX_WORK = 2_000_000
"""Objects read and compared for one file; about ten times a dense document of 500 pages with five signatures."""

MAX_REVISIONS = 200
"""Revisions compared after one signature."""


@dataclass(frozen=True)
class LaterSignature:
    """Another signature of the same file, to tell who covered a change later."""

    field: str
    revision: int
    """The signed revision, as pyHanko counts: from 0."""
    timestamp: bool = False


@dataclass(frozen=True)
class ChangeContext:
    """What is known of the file besides the signature in question. All entries may be left out."""

    signatures: tuple[LaterSignature, ...] = ()
    doc_mdp: int | None = None
    """Strictest DocMDP permission in force (1, 2, 3); None: that of the signature itself."""
    field_locks: tuple[FieldMDPSpec, ...] = ()
    """FieldMDP locks in force; empty: those of the signature itself."""
    covered_end: int | None = None
    """Offset of the first byte after the ByteRange; None: from the signature itself."""
    numbers: Mapping[int, int] | None = None
    """pyHanko's revision → number shown to people; None: one more than pyHanko's."""
    max_work: int = MAX_WORK
    max_revisions: int = MAX_REVISIONS


def analyse_changes(
    reader: PdfFileReader, signed_revision: int, embedded: EmbeddedPdfSignature | None, context: ChangeContext
) -> tuple[Change, ...]:
    """Return what every revision after the signed one changed, oldest first; nothing where nothing changed.

    What was signed is the revision that a reader of the covered bytes alone would see: linearised files have two
    cross-reference sections, and a prepared one may lie inside the signed bytes.

    `signed_revision` is pyHanko's cross-reference section that wrote the signature, from 0; `embedded` the signature,
    if it could be read. The gravest level of the result is the signature's `changes`. Never raises for malformed
    documents: what cannot be compared is reported as suspicious.
    """
    file = file_changes(reader, context.max_work)
    rules = _Rules(context, embedded)
    end = context.covered_end if context.covered_end is not None else _covered_end(embedded)
    base = signed_revision
    last = reader.xrefs.total_revisions - 1
    found: list[Change] = []
    if end is not None:
        seen = file.tail.revision_ending_at(end)
        base = signed_revision if seen is None else seen
        if seen is None or seen < _written_in(reader, signed_revision, embedded):
            found.append(rules.change(suspicious("coverage_unclear"), base))
    for revision in range(base + 1, min(last, base + context.max_revisions) + 1):
        found.extend(rules.change(delta, revision) for delta in file.of(revision))
    if last > base + context.max_revisions:
        found.append(rules.change(suspicious("not_compared", kind="revisions"), last))
    if end is not None:
        found.extend(rules.change(delta, last) for delta in file.tail.deltas(end))
    return tuple(found)


class _Rules:
    """The permissions in force after one signature."""

    def __init__(self, context: ChangeContext, embedded: EmbeddedPdfSignature | None) -> None:
        self._context = context
        self._permission = context.doc_mdp if context.doc_mdp is not None else _doc_mdp(embedded)
        self._locks = context.field_locks or _field_locks(embedded)

    def change(self, delta: Delta, revision: int) -> Change:
        """Judge one difference that `revision` made."""
        numbers = self._context.numbers or {}
        number = numbers.get(revision, revision + 1)
        change_class, level, params = self._judge(delta, revision)
        return Change(change_class, level, number, {key: value for key, value in params.items() if value})

    def _judge(self, delta: Delta, revision: int) -> tuple[str, Changes, Mapping[str, str]]:
        params = dict(delta.params)
        if delta.field and self._locked(delta.field) and delta.level is not Changes.SUSPICIOUS:
            return "fieldmdp_violated", Changes.SUSPICIOUS, {**params, "kind": delta.change_class}
        if self._permission == 3 and delta.change_class.startswith("annotation_"):
            return self._judge_annotation(delta, params)
        forbidden = self._permission is not None and delta.permission > self._permission
        if forbidden and (delta.level is not Changes.SUSPICIOUS or delta.change_class.startswith("annotation_")):
            params = {**params, "kind": delta.change_class, "permission": str(self._permission)}
            return "docmdp_violated", Changes.SUSPICIOUS, params
        if delta.additive and (cover := self._covered_by(revision)):
            params = {**params, "kind": params.get("kind", delta.change_class), "covered_by": cover}
            return "stamped_between", Changes.SUSPICIOUS, params
        return delta.change_class, delta.level, params

    def _judge_annotation(self, delta: Delta, params: dict[str, str]) -> tuple[str, Changes, Mapping[str, str]]:
        """Annotations are allowed by P 3 unless they can cover what was signed (evil annotation attack)."""
        if delta.permission > 3:
            return "evil_annotation", Changes.SUSPICIOUS, {**params, "kind": params.get("kind", "")}
        return delta.change_class, Changes.PERMITTED, params

    def _locked(self, field: str) -> bool:
        return any(lock.is_locked(field) for lock in self._locks)

    def _covered_by(self, revision: int) -> str:
        """Return the field of the first later signature, not a time stamp, that covers `revision`."""
        covering = [each for each in self._context.signatures if each.revision >= revision and not each.timestamp]
        return min(covering, key=lambda each: each.revision).field if covering else ""


def _covered_end(embedded: EmbeddedPdfSignature | None) -> int | None:
    values = _numbers(embedded)
    end = sum(values[-2:]) if len(values) >= 2 else 0
    return end if end > 0 else None


def _numbers(embedded: EmbeddedPdfSignature | None) -> list[int]:
    found = embedded.byte_range if embedded is not None else None
    return [value for value in found if isinstance(value, int)] if isinstance(found, list) else []


def _written_in(reader: PdfFileReader, signed_revision: int, embedded: EmbeddedPdfSignature | None) -> int:
    """Return the revision that first wrote the signature dictionary; a later tool may have written it anew."""
    ref = embedded.sig_object.container_ref if embedded is not None else None
    if not isinstance(ref, Reference):
        return signed_revision
    try:
        return min(signed_revision, int(reader.xrefs.get_introducing_revision(ref)))
    except KeyError:
        return signed_revision


def _doc_mdp(embedded: EmbeddedPdfSignature | None) -> int | None:
    level: Any = None
    if embedded is not None:
        try:
            level = embedded.docmdp_level
        except (SignatureValidationError, *UNREADABLE):
            return 1
    return int(level.value) if level is not None else None


def _field_locks(embedded: EmbeddedPdfSignature | None) -> tuple[FieldMDPSpec, ...]:
    if embedded is None:
        return ()
    try:
        lock = embedded.fieldmdp
    except (SignatureValidationError, *UNREADABLE):
        return (FieldMDPSpec.from_pdf_object({"/Action": "/All"}),)
    return (lock,) if lock is not None else ()
