"""Signatures that no field reaches any more: dictionaries and CMS left behind in the file.

Official documents split or joined by tools lose their form, and keep the signature dictionary with a ByteRange that
fits another file. The honest answer is "remnants of a signature, not verifiable", neither "unsigned" nor "valid".
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pyhanko.pdf_utils.decode_limits import DecodePurpose
from pyhanko.pdf_utils.generic import Reference, StreamObject

from verifier.pades.engine import Opened
from verifier.pades.fields import FilledField, Key

_BYTE_RANGE = re.compile(rb"/ByteRange\s*(?:\[|\d)")
_CONTENTS = re.compile(rb"/Contents\s*(?:<(?!<)|\(|\d+\s+\d+\s+R)")
_SIGNED_DATA = re.compile(rb"30(?:8[0-4])?[0-9A-F]{0,8}06092A864886F70D010702", re.IGNORECASE)
_CMS = re.compile(rb"/Contents\s*<\s*" + _SIGNED_DATA.pattern, re.IGNORECASE)
_HEX = re.compile(rb"/Contents\s*<([0-9A-Fa-f\s]*)")
_OBJECT = re.compile(rb"(\d{1,10})\s+(\d{1,5})\s+obj\b")
_STREAM = re.compile(rb"\bstream\r?\n")
_LONGEST_DICTIONARY = 4_000_000
"""Bytes of a signature dictionary that are looked at, mostly the hexadecimal CMS."""
_MAX_REMNANTS = 1_000


@dataclass(frozen=True)
class _Remnant:
    key: Key | None
    contents: bytes | None
    """Hexadecimal contents in lower case, None where they stand elsewhere."""
    position: int = -1


def count_remnants(opened: Opened, fields: Iterable[FilledField]) -> int:
    """Return how many objects hold a signature dictionary or CMS that no filled field reaches.

    Older versions of a reachable dictionary and copies of its contents are not counted.
    """
    fields = tuple(fields)
    reached = {key for one in fields for key in (one.value_key, one.field_key) if key is not None}
    contents = {_contents_of(one) for one in fields}
    places: set[object] = set()
    for one in (*_in_plain_objects(opened), *_in_object_streams(opened)):
        if one.key in reached or one.contents in contents or len(places) >= _MAX_REMNANTS:
            continue
        places.add(one.key or one.position)
    return len(places)


def _contents_of(one: FilledField) -> bytes:
    raw = dict.get(one.value, "/Contents") if one.value is not None else None
    raw = getattr(raw, "raw_object", raw)
    value = getattr(raw, "original_bytes", raw)
    return value.hex().encode() if isinstance(value, bytes) else b""


def _hex(body: bytes) -> bytes | None:
    match = _HEX.search(body)
    return match[1].translate(None, b" \t\r\n\f").lower() if match else None


def _in_plain_objects(opened: Opened) -> Iterator[_Remnant]:
    """Yield signature dictionaries among the objects that stand in the file as they are, referred to or not."""
    data = opened.data
    blobs = (start for start, end in opened.reader.long_contents if _SIGNED_DATA.match(data, start, end))
    places = sorted({*(match.start() for match in _BYTE_RANGE.finditer(data)), *blobs})
    if not places:
        return
    offsets = _offsets(opened)
    done: set[int] = set()
    for place in places:
        found = _object_around(data, place, offsets)
        if found is None or found[1] in done:
            continue
        key, start = found
        body = data[start : start + _LONGEST_DICTIONARY]
        body = body[: max(body.find(b"endobj"), place - start)] if b"endobj" in body else body
        if _CONTENTS.search(body):
            done.add(start)
            yield _Remnant(key, _hex(body), start)


def _offsets(opened: Opened) -> list[tuple[int, Key]]:
    xrefs = opened.reader.xrefs
    found = {
        (offset, (number, generation))
        for index in range(xrefs.total_revisions)
        for number, (generation, offset) in xrefs.get_xref_data(index).standard_xrefs.items()
    }
    return sorted(found)


def _object_around(data: bytes, place: int, offsets: list[tuple[int, Key]]) -> tuple[Key | None, int] | None:
    """Return the object whose dictionary holds `place`, None inside a stream, as that of an embedded file.

    It is looked up in the cross-references; what stands in none is found by the text before it.
    """
    at = bisect.bisect_right(offsets, (place, (1 << 62, 0))) - 1
    if at >= 0:
        offset, key = offsets[at]
        following = offsets[at + 1][0] if at + 1 < len(offsets) else len(data)
        opening = _STREAM.search(data, offset, place)
        if opening and data.find(b"endobj", offset, opening.start()) < 0:
            if place < data.rfind(b"endstream", offset, following):
                return None
        elif data.find(b"endobj", offset, place) < 0:
            return key, offset
    start = max(0, place - 65_536)
    headers = list(_OBJECT.finditer(data, start, place))
    if not headers:
        return None
    last = headers[-1]
    return (int(last[1]), int(last[2])), last.start()


def _in_object_streams(opened: Opened) -> Iterator[_Remnant]:
    """Yield signature dictionaries in object streams, where no valid signature can stand."""
    xrefs = opened.reader.xrefs
    holders = sorted({n for index in range(xrefs.total_revisions) for n in xrefs.get_xref_data(index).obj_streams_used})
    for holder in holders:
        body = opened.guarded(_object_stream, b"", opened, holder)
        if b"/ByteRange" not in body and not _CMS.search(body):
            continue
        nothing: list[tuple[int, bytes]] = []
        for number, part in opened.guarded(_parts, nothing, opened, holder, body):
            if (_BYTE_RANGE.search(part) and _CONTENTS.search(part)) or _CMS.search(part):
                yield _Remnant((number, 0), _hex(part))


def _object_stream(opened: Opened, number: int) -> bytes:
    stream = opened.reader.get_object(Reference(number, 0, pdf=opened.reader))
    return bytes(stream.read_data(DecodePurpose.OBJECT_STREAM)) if isinstance(stream, StreamObject) else b""


def _parts(opened: Opened, number: int, body: bytes) -> list[tuple[int, bytes]]:
    """Cut an object stream into its objects: number and text of each."""
    stream = opened.reader.get_object(Reference(number, 0, pdf=opened.reader))
    first = int(stream["/First"])
    header = [int(word) for word in body[:first].split()]
    starts = [first + offset for offset in header[1::2]]
    ends = [*starts[1:], len(body)]
    return [(header[2 * n], body[start:end]) for n, (start, end) in enumerate(zip(starts, ends, strict=True))]
