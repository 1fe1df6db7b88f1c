"""PDF files of every shape, written object by object."""

from __future__ import annotations

from collections.abc import Mapping

HEADER = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
CATALOG, TREE, PAGE, CONTENT, FONT = 1, 2, 3, 4, 5
Objects = dict[int, bytes]


def objects(
    page: bytes = b"/MediaBox [0 0 595 842]",
    catalog: bytes = b"",
    tree: bytes = b"",
    more: Mapping[int, bytes] | None = None,
) -> Objects:
    """One page of content; the entries go into its page, the catalog and the page tree."""
    return {
        CATALOG: b"<< /Type /Catalog /Pages 2 0 R %b >>" % catalog,
        TREE: b"<< /Type /Pages /Kids [3 0 R] /Count 1 %b >>" % tree,
        PAGE: b"<< /Type /Page /Parent 2 0 R /Resources << /Font << /F1 5 0 R >> >> /Contents 4 0 R %b >>" % page,
        CONTENT: stream(b"BT /F1 12 Tf 30 30 Td (Hello) Tj ET"),
        FONT: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        **(more or {}),
    }


def stream(data: bytes, entries: bytes = b"") -> bytes:
    return b"<< /Length %d %b >>\nstream\n%b\nendstream" % (len(data), entries, data)


def with_table(found: Objects, end: bytes = b"%%EOF\n") -> bytes:
    """A classic cross-reference table."""
    data, places = _body(HEADER, found)
    return data + _table(places, len(data), b"/Root 1 0 R /Size %d" % (max(found) + 1), first=True) + end


def with_stream(found: Objects, inside: tuple[int, ...] = ()) -> bytes:
    """A cross-reference stream; the objects `inside` stand in an object stream."""
    outside = {number: body for number, body in found.items() if number not in inside}
    holder, own = max(found) + 1, max(found) + 2
    if inside:
        outside[holder] = _object_stream(found, inside)
    data, places = _body(HEADER, outside)
    return data + _stream(places, len(data), own, holder, inside) + b"startxref\n%d\n%%%%EOF\n" % len(data)


def hybrid(found: Objects, inside: tuple[int, ...]) -> bytes:
    """A table for old readers, and a stream with the objects that only newer ones find (ISO 32000-1 7.5.8.4)."""
    outside = {number: body for number, body in found.items() if number not in inside}
    holder, own = max(found) + 1, max(found) + 2
    data, places = _body(HEADER, {**outside, holder: _object_stream(found, inside)})
    hidden = len(data)
    data += _stream({}, hidden, own, holder, inside)
    trailer = b"/Root 1 0 R /Size %d /XRefStm %d" % (own + 1, hidden)
    return data + _table(places, len(data), trailer, first=True) + b"%%EOF\n"


def linearized(found: Objects) -> bytes:
    """Two sections, of which the first in the file is read first (ISO 32000-1 annex F)."""
    front = {number: body for number, body in found.items() if number in (CATALOG, PAGE)}
    back = {number: body for number, body in found.items() if number not in front}
    size = max(found) + 1
    marker = max(found) + 1
    head, _ = _body(HEADER, {marker: b"<< /Linearized 1 /L 0000000000 /H [10 10] /O 3 /E 99 /N 1 /T 99 >>"})

    def first(places: dict[int, int], other: int) -> bytes:
        trailer = b"/Root 1 0 R /Size %d /Prev %010d" % (size + 1, other)
        return _table(places, 0, trailer) + b"%%EOF\n"

    length = len(first(dict.fromkeys(front, 0), 0))
    data, places = _body(head + b" " * length, front)
    data, others = _body(data, back)
    other = len(data)
    data = data.replace(b" " * length, first(places, other), 1)
    data += _table(others, len(head), b"/Size %d" % size, first=True) + b"%%EOF\n"
    return data.replace(b"/L 0000000000", b"/L %010d" % len(data))


def _body(data: bytes, found: Objects) -> tuple[bytes, dict[int, int]]:
    places = {}
    for number, body in sorted(found.items()):
        places[number] = len(data)
        data += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    return data, places


def _table(places: dict[int, int], start: int, trailer: bytes, *, first: bool = False) -> bytes:
    lines = [b"xref\n"] + ([b"0 1\n0000000000 65535 f \n"] if first else [])
    lines += [b"%d 1\n%010d 00000 n \n" % (number, place) for number, place in sorted(places.items())]
    return b"".join(lines) + b"trailer\n<< %b >>\nstartxref\n%d\n" % (trailer, start)


def _object_stream(found: Objects, inside: tuple[int, ...]) -> bytes:
    bodies = [found[number] for number in inside]
    offsets = [sum(len(body) + 1 for body in bodies[:index]) for index in range(len(bodies))]
    index = b" ".join(b"%d %d" % pair for pair in zip(inside, offsets, strict=True)) + b"\n"
    entries = b"/Type /ObjStm /N %d /First %d" % (len(inside), len(index))
    return stream(index + b"\n".join(bodies), entries)


def _stream(places: dict[int, int], at: int, own: int, holder: int, inside: tuple[int, ...]) -> bytes:
    rows = {number: (1, place, 0) for number, place in places.items()}
    rows |= {number: (2, holder, index) for index, number in enumerate(inside)}
    rows[own] = (1, at, 0)
    body = b"".join(
        kind.to_bytes(1, "big") + place.to_bytes(4, "big") + last.to_bytes(2, "big")
        for kind, place, last in (rows[number] for number in sorted(rows))
    )
    index = b" ".join(b"%d 1" % number for number in sorted(rows))
    entries = b"/Type /XRef /W [1 4 2] /Index [%b] /Size %d /Root 1 0 R" % (index, own + 1)
    return b"%d 0 obj\n%b\nendobj\n" % (own, stream(body, entries))
