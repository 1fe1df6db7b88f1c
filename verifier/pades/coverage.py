"""How much of the file a signature covers, and whether its dictionary is still the signed one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pyhanko.pdf_utils.generic import (
    ArrayObject,
    DecryptedObjectProxy,
    DictionaryObject,
    IndirectObject,
    Reference,
)

from verifier.pades.byterange import SignedBytes
from verifier.pades.fields import FilledField, Key
from verifier.pades.revisions import RevisionMap
from verifier.verdict import Coverage

_DEEPEST = 20
"""Levels of a signature dictionary that are compared; real ones have 4."""


@dataclass(frozen=True)
class Covered:
    """What signed bytes cover."""

    coverage: Coverage
    section: int
    """Newest cross-reference section that was signed, as pyHanko counts, from 0."""


def coverage_of(signed: SignedBytes, revisions: RevisionMap) -> Covered:
    """Compare the end of the signed bytes with the end of the file and of its revisions."""
    if signed.end == len(revisions.opened.data) and not revisions.opened.before_header:
        return Covered(Coverage.ENTIRE_FILE, revisions.last_section)
    section = revisions.section_at(signed.end)
    if section is None:
        return Covered(Coverage.CONTIGUOUS_FROM_START, revisions.section_within(signed.end))
    return Covered(Coverage.ENTIRE_REVISION, section)


def last_change(revisions: RevisionMap, key: Key | None) -> int | None:
    """Return the newest section that defines an object, None where none does."""
    reader = revisions.opened.reader
    if key is None:
        return None
    try:
        return int(reader.xrefs.get_last_change(Reference(*key, pdf=reader)))
    except KeyError:
        return None


def dictionary_unchanged(field: FilledField, signed: SignedBytes, section: int, revisions: RevisionMap) -> bool:
    """Return whether the signature dictionary that readers see now is the one of the signed revision.

    It is where its object holds the gap of the ByteRange; one that was written anew must say the same.
    """
    if field.home is None:
        return True
    reader, data = revisions.opened.reader, revisions.opened.data
    place = reader.xrefs[Reference(*field.home, pdf=reader)]
    if isinstance(place, int) and place < signed.gap_start and data.find(b"endobj", place, signed.gap_start) < 0:
        return True
    return revisions.opened.guarded(lambda: _same_as_signed(field, section, revisions), False)


def _same_as_signed(field: FilledField, section: int, revisions: RevisionMap) -> bool:
    reader = revisions.opened.reader
    assert field.home is not None
    reference = Reference(*field.home, pdf=reader)
    if reader.xrefs.get_historical_ref(reference, section) is None:
        return False
    old = reader.get_historical_resolver(section).get_object(reference)
    if field.value_key is None:
        old = old["/V"]
    return _plain(old, _DEEPEST) == _plain(field.value, _DEEPEST)


def _plain(obj: Any, depth: int) -> object:
    """Return a PDF object as values that compare without their reader."""
    if depth == 0:
        return None
    if isinstance(obj, DecryptedObjectProxy):
        obj = obj.decrypted
    if isinstance(obj, IndirectObject):
        return ("reference", obj.idnum, obj.generation)
    if isinstance(obj, DictionaryObject):
        return {str(key): _plain(dict.__getitem__(obj, key), depth - 1) for key in obj}
    if isinstance(obj, ArrayObject):
        return [_plain(obj.raw_get(n), depth - 1) for n in range(len(obj))]
    return getattr(obj, "original_bytes", None) or obj
