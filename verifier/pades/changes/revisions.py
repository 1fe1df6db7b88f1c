"""The differences that each revision made to the one before it, found once and kept for all signatures of a file."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from pyhanko.pdf_utils.reader import PdfFileReader

from verifier.pades.changes.delta import Delta, suspicious
from verifier.pades.changes.document import document_deltas
from verifier.pades.changes.form import form_deltas
from verifier.pades.changes.layout import LayoutError, read_layout
from verifier.pades.changes.objects import UNREADABLE, Budget, BudgetSpentError, ObjectStore
from verifier.pades.changes.pages import page_deltas
from verifier.pades.changes.pair import Pair
from verifier.pades.changes.tail import FileTail

_ATTRIBUTE = "_verifier_changes"


class FileChanges:
    """All revisions of one file."""

    def __init__(self, reader: PdfFileReader, work: int) -> None:
        self.store: ObjectStore | None = None
        self._deltas: dict[int, tuple[Delta, ...]] = {}
        self._spent = False
        self.tail = FileTail(reader)
        try:
            self.store = ObjectStore(reader, Budget(work))
        except BudgetSpentError:
            self._spent = True

    def of(self, revision: int) -> tuple[Delta, ...]:
        """Return what `revision` changed against the one before it (counted from 0, so at least 1)."""
        if revision not in self._deltas:
            self._deltas[revision] = self._compare(revision)
        return self._deltas[revision]

    def _compare(self, revision: int) -> tuple[Delta, ...]:
        if self._spent or self.store is None:
            return (suspicious("not_compared", kind="budget"),)
        try:
            return tuple(_unique(self._deltas_of(self.store, revision)))
        except BudgetSpentError:
            self._spent = True
            return (suspicious("not_compared", kind="budget"),)
        except (LayoutError, *UNREADABLE) as problem:
            return (suspicious("not_compared", kind="unreadable", detail=type(problem).__name__),)

    def _deltas_of(self, store: ObjectStore, revision: int) -> Iterator[Delta]:
        layouts = [read_layout(store, revision - 1), read_layout(store, revision)]
        pair = Pair(store, *layouts)
        if doubled := self.tail.doubled_entries(revision):
            yield suspicious("structure_changed", object=", ".join(map(str, doubled[:10])), kind="xref")
        if store.trailer_is_doubled(revision):
            yield suspicious("structure_changed", object="trailer", kind="doubled")
        yield from chain(page_deltas(pair), form_deltas(pair), document_deltas(pair))


def _unique(deltas: Iterator[Delta]) -> Iterator[Delta]:
    seen: list[Delta] = []
    for delta in deltas:
        if delta not in seen:
            seen.append(delta)
            yield delta


def file_changes(reader: PdfFileReader, work: int) -> FileChanges:
    """Return the changes of the file behind `reader`, computed once for each reader.

    They hang on the reader itself: they refer to its objects, and go with it.
    """
    known = vars(reader).get(_ATTRIBUTE)
    if not isinstance(known, FileChanges):
        known = FileChanges(reader, work)
        setattr(reader, _ATTRIBUTE, known)
    return known
