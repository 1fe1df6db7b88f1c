"""One incremental update (ISO 32000-2 7.5.6): objects that are new or replaced, and a cross-reference section for them.

The form of the section is that of the file's last one: a table after a table, a stream after a stream.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from pyhanko.pdf_utils.generic import (
    ArrayObject,
    ByteStringObject,
    DictionaryObject,
    IndirectObject,
    NumberObject,
    PdfObject,
    StreamObject,
)
from pyhanko.pdf_utils.xref import XRefSectionType

from verifier.pades.engine import Opened
from verifier.signing.pdf.syntax import encoded, is_null, plain

NOT_CARRIED_OVER = frozenset({
    "/Size", "/Prev", "/ID", "/XRefStm", "/Type", "/W", "/Index", "/Length", "/Filter", "/DecodeParms", "/DocChecksum",
    "/F", "/FFilter", "/FDecodeParms", "/DL",
})  # fmt: skip
"""Trailer entries that tell of one section only (7.5.8.2), or of the bytes of the file before (/DocChecksum)."""

OFFSET_BYTES = 5
"""Bytes of an offset in a cross-reference stream: up to a terabyte."""


@dataclass(frozen=True)
class Section:
    """The bytes to append."""

    data: bytes
    offsets: dict[int, int]
    """Where each object stands in the file, by its number."""


class Update:
    """Collects objects over an opened file; `section` writes them. The file itself is never changed."""

    def __init__(self, opened: Opened) -> None:
        self.opened = opened
        self.reader = opened.reader
        self._objects: dict[tuple[int, int], Any] = {}
        self._written: dict[tuple[int, int], int] = {}
        self._start = len(opened.data)
        self._next = first_free_number(opened)

    @property
    def root(self) -> DictionaryObject:
        """The catalog, with what was changed so far."""
        return self.read(self.reader.trailer.raw_get("/Root"))

    def reserve(self) -> IndirectObject:
        """Take a number for an object that is given with `put`."""
        number, self._next = self._next, self._next + 1
        return IndirectObject(number, 0, self.reader)

    def put(self, where: IndirectObject, value: PdfObject | bytes) -> IndirectObject:
        """Set what stands at a reference, new or old."""
        self._objects[(where.idnum, where.generation)] = value
        return where

    def add(self, value: PdfObject | bytes) -> IndirectObject:
        """Write a new object."""
        return self.put(self.reserve(), value)

    def written(self, where: IndirectObject, offset: int, end: int) -> None:
        """Tell that an object was written already, at the end of the file so far, which now ends at `end`."""
        self._written[(where.idnum, where.generation)] = offset
        self._start = end

    def read(self, value: Any) -> Any:
        """Follow a reference to what stands there now; None for nothing."""
        for _ in range(32):
            if not isinstance(value, IndirectObject):
                break
            pending = self._objects.get((value.idnum, value.generation))
            value = pending if pending is not None else self.reader.get_object(value.reference)
        return None if is_null(value) else value

    def entry(self, holder: DictionaryObject, key: str) -> Any:
        """Return an entry with its reference followed; None where it is absent or null."""
        return self.read(raw(holder, key))

    def section(self) -> Section:
        """Write everything down, to stand at the end of the file."""
        parts = [b"" if self.opened.data[-1:] in (b"\n", b"\r") else b"\n"]
        position = self._start + len(parts[0])
        places = dict(self._written)
        for key in sorted(self._objects):
            places[key] = position
            parts.append(b"%d %d obj\n%b\nendobj\n" % (*key, encoded(self._objects[key])))
            position += len(parts[-1])
        body = b"".join(parts)
        info = self.reader.xrefs.get_xref_container_info(self.reader.xrefs.total_revisions - 1)
        in_stream = info.xref_section_type is XRefSectionType.STREAM
        cross_references = self._stream(places, position, body) if in_stream else self._table(places, body)
        end = b"startxref\n%d\n%%%%EOF\n" % position
        return Section(body + cross_references + end, {number: place for (number, _), place in places.items()})

    def _table(self, places: dict[tuple[int, int], int], body: bytes) -> bytes:
        lines = [b"xref\n"]
        generations = dict(places.keys())
        for first, count in _runs(sorted(generations)):
            lines.append(b"%d %d\n" % (first, count))
            for number in range(first, first + count):
                generation = generations[number]
                lines.append(b"%010d %05d n\r\n" % (places[(number, generation)], generation))
        trailer = self._trailer(body, self._next)
        return b"%btrailer\n%b\n" % (b"".join(lines), encoded(trailer))

    def _stream(self, places: dict[tuple[int, int], int], position: int, body: bytes) -> bytes:
        own = self.reserve().idnum
        listed = {**places, (own, 0): position}
        rows = b"".join(
            b"\x01" + place.to_bytes(OFFSET_BYTES, "big") + generation.to_bytes(2, "big")
            for (_, generation), place in sorted(listed.items())
        )
        index = [value for run in _runs(sorted(number for number, _ in listed)) for value in run]
        entries = self._trailer(body, self._next)
        entries["/Type"] = plain("/XRef")
        entries["/W"] = ArrayObject([NumberObject(width) for width in (1, OFFSET_BYTES, 2)])
        entries["/Index"] = ArrayObject([NumberObject(value) for value in index])
        return b"%d 0 obj\n%b\nendobj\n" % (own, encoded(StreamObject(entries, encoded_data=rows)))

    def _trailer(self, body: bytes, size: int) -> DictionaryObject:
        kept = self.reader.trailer.flatten()
        trailer = DictionaryObject({key: value for key, value in dict.items(kept) if key not in NOT_CARRIED_OVER})
        trailer["/Size"] = NumberObject(size)
        trailer["/Prev"] = NumberObject(self.reader.last_startxref)
        # the first part names the document, the second its state (14.4): here by what was added to which state
        old = dict.get(kept, "/ID")
        known = [encoded(each) for each in list.__iter__(self.read(old))] if old is not None else []
        state = hashlib.sha256(b"".join(known) + b"%d" % self._start + body).digest()[:16]
        trailer["/ID"] = ArrayObject(
            [self.read(old)[0] if len(known) == 2 else ByteStringObject(state), ByteStringObject(state)]
        )
        return trailer


def raw(holder: DictionaryObject, key: str) -> Any:
    """Return an entry as it stands; None where it is absent."""
    return dict.get(holder, key)


def first_free_number(opened: Opened) -> int:
    """Return a number above every object of the file, also above those that /Size hides (table 15)."""
    size = opened.reader.trailer["/Size"]
    return max(int(size), highest_number(opened) + 1)


def highest_number(opened: Opened) -> int:
    """Return the highest object number that a cross-reference section lists."""
    xrefs, highest = opened.reader.xrefs, 0
    for revision in range(xrefs.total_revisions):
        section = xrefs.get_xref_data(revision)
        numbers = [number for number, _ in section.explicit_refs_in_revision]
        hybrid = section.hybrid.xref_data.explicit_refs_in_revision if section.hybrid else ()
        highest = max([highest, *numbers, *(number for number, _ in hybrid)])
    return highest


def _runs(numbers: list[int]) -> list[tuple[int, int]]:
    """Return first number and length of every run of successive numbers."""
    found: list[tuple[int, int]] = []
    for number in numbers:
        if found and sum(found[-1]) == number:
            found[-1] = (found[-1][0], found[-1][1] + 1)
        else:
            found.append((number, 1))
    return found
