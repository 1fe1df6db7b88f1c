"""Ways to spoil a signed PDF, one thing at a time."""

from __future__ import annotations

import re

RANGE = re.compile(rb"/ByteRange (\[0 (\d+) (\d+) (\d+)\] *)")


def ranges(data: bytes) -> list[tuple[int, int, int]]:
    """Every `/ByteRange` as (length of the first part, offset and length of the second)."""
    return [(int(m[2]), int(m[3]), int(m[4])) for m in RANGE.finditer(data)]


def flip_signed_byte(data: bytes, find: bytes = b"(Hello)", put: bytes = b"(Hallo)") -> bytes:
    """Change the shown text, which every signature covers."""
    if find not in data or len(find) != len(put):
        raise ValueError("nothing to flip")
    return data.replace(find, put, 1)


def replace_contents(data: bytes, contents: bytes, which: int = 0) -> bytes:
    """Put other bytes into `/Contents` of signature `which`, padded to the reserved length."""
    first, second, _ = ranges(data)[which]
    room = (second - first - 2) // 2
    if len(contents) > room:
        raise ValueError("does not fit")
    return data[: first + 1] + contents.ljust(room, b"\0").hex().encode() + data[second - 1 :]


def contents(data: bytes, which: int = 0) -> bytes:
    """`/Contents` of signature `which`, padding included."""
    first, second, _ = ranges(data)[which]
    return bytes.fromhex(data[first + 1 : second - 1].decode())


def change_value(data: bytes, value: bytes, which: int = 0) -> bytes:
    """Flip the last bit of the signature value, which stands in the CMS as `value`."""
    stored = contents(data, which)
    if stored.count(value) != 1:
        raise ValueError("the value does not stand there once")
    return replace_contents(data, stored.replace(value, value[:-1] + bytes([value[-1] ^ 1])), which)


def widen_gap(data: bytes, by: int = 10, which: int = 0) -> bytes:
    """Let the `/ByteRange` leave out `by` bytes more after `/Contents`."""
    match = list(RANGE.finditer(data))[which]
    first, second, length = int(match[2]), int(match[3]), int(match[4])
    wider = b"[0 %d %d %d]" % (first, second + by, length - by)
    return data[: match.start(1)] + wider.ljust(len(match[1])) + data[match.end(1) :]
