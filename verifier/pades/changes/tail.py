"""What stands in the file after the signed bytes without belonging to any revision (incremental saving attacks)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cached_property
from io import BytesIO

from pyhanko.pdf_utils.reader import PdfFileReader, process_data_at_eof
from pyhanko.pdf_utils.xref import XRefSectionType

from verifier.pades.changes.delta import Delta, suspicious
from verifier.pades.changes.objects import UNREADABLE

_END = re.compile(rb"%%EOF[ \t]*(?:\r\n|\r|\n)?")
_OBJ = re.compile(rb"obj\b")
_HEAD = re.compile(rb"(?<![0-9])(\d{1,10})[ \t]+(\d{1,5})[ \t]+\Z")
"""Number and generation, up to the word `obj`."""
_BETWEEN_OBJECTS = re.compile(rb"(?:endobj|%%EOF)(?:[\x00\s]|%[^\r\n]{0,256}[\r\n])+\Z")
"""What may stand before an object that follows another one or an end of file."""
HEAD_WINDOW = 64
GAP_WINDOW = 4096
_TABLE_LINE = re.compile(rb"(\d{1,10})[ \t]+(\d{1,10})(?:[ \t]+([nf]))?")
"""Head of a subsection, or an entry."""
_PADDING = b"\x00\t\n\x0c\r "
"""Bytes that tools append and that say nothing."""

END_WINDOW = 4096
"""Bytes before an offset in which `startxref` and `%%EOF` are looked for."""


class FileTail:
    """The raw bytes of a file, searched once for what no cross-reference section knows of."""

    def __init__(self, reader: PdfFileReader) -> None:
        self._reader = reader
        self.size: int = reader.stream.seek(0, 2)

    def deltas(self, covered_end: int) -> Iterator[Delta]:
        """Yield objects and bytes after offset `covered_end` that no cross-reference section knows of."""
        if covered_end >= self.size:
            return
        loose = [name for place, name in self._loose if place >= covered_end]
        if loose:
            yield suspicious("isa", object=", ".join(loose[:10]))
        start = max(self._rest_start, covered_end)
        if self._read(start, self.size).strip(_PADDING):
            yield suspicious("trailing_bytes", size=str(self.size - start))

    def doubled_entries(self, revision: int) -> list[int]:
        """Return object numbers that the cross-reference table of `revision` has twice: readers differ in which counts.

        Cross-reference streams with such numbers are not opened at all.
        """
        section = self._reader.xrefs.get_xref_container_info(revision)
        table = self._read(section.start_location, section.end_location)
        if section.xref_section_type is XRefSectionType.STREAM:
            return []
        times: Counter[int] = Counter()
        number = 0
        for match in _TABLE_LINE.finditer(table[: table.find(b"trailer")]):
            if match[3] is None:
                number = int(match[1])
            else:
                times[number] += 1
                number += 1
        return sorted(number for number, count in times.items() if count > 1)

    def revision_ending_at(self, end: int) -> int | None:
        """Return the revision (from 0) that a reader of the first `end` bytes alone would see; None if none."""
        if end >= self.size:
            return len(self._starts) - 1 if end == self.size else None
        window = BytesIO(self._read(max(0, end - END_WINDOW), end))
        try:
            window.seek(-1, 2)
            start = process_data_at_eof(window)
        except UNREADABLE:
            return None
        matching = [revision for revision, each in enumerate(self._starts) if each == start]
        return matching[-1] if matching else None

    def _read(self, start: int, end: int) -> bytes:
        self._reader.stream.seek(start)
        return bytes(self._reader.stream.read(end - start))

    @cached_property
    def _starts(self) -> list[int]:
        xrefs = self._reader.xrefs
        return [xrefs.get_startxref_for_revision(revision) for revision in range(xrefs.total_revisions)]

    @cached_property
    def _rest_start(self) -> int:
        """Offset after the last end-of-file marker; 0 without one."""
        data = self._read(0, self.size)
        last = data.rfind(b"%%EOF")
        match = _END.match(data, last) if last >= 0 else None
        return match.end() if match else 0

    @cached_property
    def _loose(self) -> list[tuple[int, str]]:
        """Objects that are written but not entered in any cross-reference section, with their offsets."""
        known, data = self._known_places(), self._read(0, self.size)
        found = []
        for word in _OBJ.finditer(data):
            head = _HEAD.search(data, max(0, word.start() - HEAD_WINDOW), word.start())
            if head is None:
                continue
            place = head.start(1)
            # an entry may point to the white space before the object
            if any(place - back in known for back in range(4)):
                continue
            if _BETWEEN_OBJECTS.search(data, max(0, place - GAP_WINDOW), place):
                found.append((place, f"{head[1].decode()} {head[2].decode()}"))
        return found

    def _known_places(self) -> set[int]:
        xrefs = self._reader.xrefs
        sections = [xrefs.get_xref_data(revision) for revision in range(xrefs.total_revisions)]
        sections += [section.hybrid.xref_data for section in sections if section.hybrid is not None]
        known = {place for section in sections for _, place in section.standard_xrefs.values()}
        return known | {xrefs.get_xref_container_info(each).start_location for each in range(xrefs.total_revisions)}
