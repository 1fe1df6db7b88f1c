"""Revisions as people count them: real incremental updates, not cross-reference sections (ISO 32000-2 7.5.6)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pyhanko.pdf_utils.xref import XRefSectionType

from verifier.pades.engine import Opened, after_end_mark

_START = re.compile(rb"startxref\s*(\d+)\s*%%EOF")
_LOOK_BACK = 2048
"""How far before the end of the signed bytes their end-of-file mark is looked for; pyHanko looks 1024 bytes back."""


@dataclass(frozen=True)
class Revision:
    """One revision: one or more cross-reference sections."""

    first: int
    """Index of its first section in order of time, as pyHanko counts, from 0."""
    last: int
    end: int
    """Offset of the first byte after it."""


@dataclass(frozen=True)
class RevisionMap:
    """All revisions of a file, oldest first."""

    opened: Opened
    revisions: tuple[Revision, ...]

    def number(self, section: int) -> int:
        """Return the number, from 1, of the revision that a section belongs to."""
        return next((n for n, one in enumerate(self.revisions, 1) if section <= one.last), len(self.revisions))

    @property
    def last_section(self) -> int:
        """Index of the newest section."""
        return self.revisions[-1].last

    def section_at(self, end: int) -> int | None:
        """Return the newest section of the revision that ends where signed bytes end, None where none does.

        The end-of-file mark before `end` must name a section of the chain, and no section up to it may lie behind
        `end`: else what readers show is not what was signed.
        """
        tail_start = max(0, end - _LOOK_BACK)
        marks = list(_START.finditer(self.opened.data, tail_start, end))
        if not marks:
            return None
        named = int(marks[-1][1])
        xrefs = self.opened.reader.xrefs
        furthest = 0
        for index in range(xrefs.total_revisions):
            section = xrefs.get_xref_container_info(index)
            furthest = max(furthest, section.end_location)
            if section.declared_startxref == named:
                return index if furthest <= end else None
        return None

    def section_within(self, end: int) -> int:
        """Return the newest section that lies before `end` with all its predecessors, 0 where none does."""
        xrefs = self.opened.reader.xrefs
        found = 0
        for index in range(xrefs.total_revisions):
            if xrefs.get_xref_container_info(index).end_location > end:
                break
            found = index
        return found


def map_revisions(opened: Opened) -> RevisionMap:
    """Group cross-reference sections into revisions.

    One that lies before its predecessor belongs to the same revision: the file is linearised. So does the second table
    of a hybrid file as word processors write it, right after the first one and without objects in between.
    """
    xrefs = opened.reader.xrefs
    groups: list[list[int]] = []
    ends: list[int] = []
    for index in range(xrefs.total_revisions):
        end = xrefs.get_xref_container_info(index).end_location
        if ends and (end < ends[-1] or (len(groups) == 1 and _is_hybrid_half(opened, index, ends[-1]))):
            groups[-1].append(index)
            ends[-1] = max(ends[-1], end)
        else:
            groups.append([index])
            ends.append(end)
    return RevisionMap(
        opened,
        tuple(
            Revision(group[0], group[-1], after_end_mark(opened.data, end))
            for group, end in zip(groups, ends, strict=True)
        ),
    )


def _is_hybrid_half(opened: Opened, index: int, previous_end: int) -> bool:
    section = opened.reader.xrefs.get_xref_container_info(index)
    if section.xref_section_type is not XRefSectionType.HYBRID_MAIN:
        return False
    between = opened.data[after_end_mark(opened.data, previous_end) : section.start_location]
    return between.strip(b" \t\r\n") in (b"", b"xref")
