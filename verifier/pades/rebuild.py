"""A new cross-reference section for a file whose own cannot be followed, as every viewer makes one for itself.

What was signed is not touched: the section is appended to what the parser is shown, never to what is hashed. The
history of such a file is lost, so a signature that does not cover all of it cannot be compared with what came later.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

_OBJECT = re.compile(rb"(?<![0-9])(\d{1,10})[\x00\s]+(\d{1,5})[\x00\s]+obj(?![A-Za-z])")
_ENDS = re.compile(rb"endobj|\bstream\r?\n")
_LENGTH = re.compile(rb"/Length\s+(\d{1,12})(?!\s+\d+\s+R)")
_ROOT = re.compile(rb"/Root\s+(\d{1,10})\s+(\d{1,5})\s+R")
_ENCRYPT = re.compile(rb"/Encrypt\s+\d{1,10}\s+\d{1,5}\s+R")
_IDENTITY = re.compile(rb"/ID\s*\[\s*<[0-9A-Fa-f\s]*>\s*<[0-9A-Fa-f\s]*>\s*\]")
_CATALOG = re.compile(rb"/Type\s*/Catalog\b")
_OBJECT_STREAM = re.compile(rb"/Type\s*/ObjStm\b")
_MEMBERS = re.compile(rb"/N\s+(\d{1,7})")
_LIMIT = 500_000
"""Objects that are listed at most."""
_LARGEST_STREAM = 64 * 1024 * 1024
"""Bytes that an object stream may unfold to."""
_HIGHEST = 10_000_000

Entry = tuple[int, int, int]
"""Kind, offset or holder, generation or index, as in a cross-reference stream (ISO 32000-2 table 18)."""


def with_new_cross_references(data: bytes) -> bytes | None:
    """Return `data` and a cross-reference stream that lists the last definition of every object in it.

    None where there is nothing to list or no catalog. Members of encrypted object streams are not found.
    """
    entries: dict[int, Entry] = {}
    catalog: int | None = None
    for number, generation, start, end in _objects(data):
        entries[number] = (1, start, generation)
        head = data[start : min(end, start + 2000)]
        if _CATALOG.search(head):
            catalog = number
        if _OBJECT_STREAM.search(head):
            entries.update((member, (2, number, index)) for index, member in enumerate(_members(data[start:end])))
    roots = [int(match[1]) for match in _ROOT.finditer(data) if int(match[1]) in entries]
    root = roots[-1] if roots else catalog
    return None if root is None else data + _section(data, entries, root)


def _objects(data: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Yield number, generation, start and end of every object, without those inside streams."""
    position = 0
    for _ in range(_LIMIT):
        match = _OBJECT.search(data, position)
        if match is None:
            return
        position = _end(data, match.end())
        if int(match[1]) < _HIGHEST:
            yield int(match[1]), int(match[2]), match.start(), position


def _end(data: bytes, start: int) -> int:
    closing = _ENDS.search(data, start)
    if closing is None:
        return len(data)
    if closing[0] == b"endobj":
        return closing.end()
    declared = _LENGTH.search(data, start, closing.start())
    body = closing.end()
    if declared and data[body + int(declared[1]) :][:20].lstrip().startswith(b"endstream"):
        return body + int(declared[1])
    ending = data.find(b"endstream", body)
    return ending if ending >= 0 else len(data)


def _members(body: bytes) -> list[int]:
    """Return the numbers of the objects in an object stream, none where it cannot be unfolded."""
    opening = _ENDS.search(body)
    count = _MEMBERS.search(body)
    if opening is None or count is None:
        return []
    content = body[opening.end() :]
    if b"/FlateDecode" in body[: opening.start()]:
        try:
            content = zlib.decompressobj().decompress(content, _LARGEST_STREAM)
        except zlib.error:
            return []
    words = content[: int(count[1]) * 24].split(maxsplit=2 * int(count[1]))[: 2 * int(count[1]) : 2]
    return [int(word) for word in words if word.isdigit() and int(word) < _HIGHEST]


def _section(data: bytes, entries: dict[int, Entry], root: int) -> bytes:
    number = max(entries) + 1
    at = len(data) + 1
    listed = {**entries, number: (1, at, 0)}
    index = b" ".join(b"%d 1" % one for one in sorted(listed))
    body = b"".join(
        kind.to_bytes(1, "big") + place.to_bytes(8, "big") + last.to_bytes(4, "big")
        for kind, place, last in (listed[one] for one in sorted(listed))
    )
    kept = b" ".join(found[-1] for found in (_ENCRYPT.findall(data), _IDENTITY.findall(data)) if found)
    return b"\n%d 0 obj\n<< /Type /XRef /W [1 8 4] /Index [%b] /Size %d /Root %d 0 R %b /Length %d >>\n%b" % (
        number,
        index,
        number + 1,
        root,
        kept,
        len(body),
        b"stream\n%b\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % (body, at),
    )
