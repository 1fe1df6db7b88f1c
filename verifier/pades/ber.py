"""BER under CMS (X.690), read one level at a time: tolerant of indefinite lengths, bounded in depth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

MAX_DEPTH = 64
"""Nesting of indefinite lengths that is followed; real CMS has fewer than 20 levels."""

SEQUENCE = 0x30
SET = 0x31
INTEGER = 0x02
OCTET_STRING = 0x04
OCTET_STRING_CONSTRUCTED = 0x24
CONSTRUCTED = 0x20


@dataclass(frozen=True, slots=True)
class Element:
    """One tag, length and value."""

    tag: int
    """First identifier octet: class, constructed bit and number (31 where the number is longer)."""
    identifier: bytes
    """All identifier octets."""
    content: bytes
    """Content octets; without the end-of-contents octets."""
    raw: bytes
    """The whole encoding."""
    definite: bool

    def children(self) -> list[Element]:
        """Return the elements inside; ValueError where the content is none."""
        return list(elements(self.content))

    def octets(self) -> bytes:
        """Return the value of an OCTET STRING, whether primitive or cut into pieces."""
        if not self.tag & CONSTRUCTED:
            return self.content
        return b"".join(child.octets() for child in self.children())

    def to_der(self) -> bytes:
        """Encode again with definite minimal lengths and unbroken octet strings; order is kept."""
        if not self.tag & CONSTRUCTED:
            return encode(self.identifier, self.content)
        if self.tag == OCTET_STRING_CONSTRUCTED:
            return encode(b"\x04", self.octets())
        return encode(self.identifier, b"".join(child.to_der() for child in self.children()))


def encode(identifier: bytes, content: bytes) -> bytes:
    """Return `content` under `identifier` with a definite minimal length."""
    size = len(content)
    if size < 128:
        return identifier + bytes([size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return identifier + bytes([0x80 | len(length)]) + length + content


def read(data: bytes) -> Element:
    """Return the first element of `data`, ignoring what follows; ValueError where there is none."""
    return _read(data, 0)[0]


def elements(data: bytes) -> Iterator[Element]:
    """Yield the elements that fill `data`; ValueError where it is not made of elements."""
    position = 0
    while position < len(data):
        element, position = _read(data, position)
        yield element


def _read(data: bytes, start: int) -> tuple[Element, int]:
    body, length = _header(data, start)
    definite = length is not None
    end = body + length if length is not None else _end_of_contents(data, body, 0)
    if end > len(data):
        raise ValueError("BER element is longer than the data")
    after = end if definite else end + 2
    identifier = data[start : _identifier_end(data, start)]
    return Element(data[start], identifier, data[body:end], data[start:after], definite), after


def _identifier_end(data: bytes, start: int) -> int:
    if data[start] & 0x1F != 0x1F:
        return start + 1
    position = start + 1
    while data[position] & 0x80:
        position += 1
    return position + 1


def _header(data: bytes, start: int) -> tuple[int, int | None]:
    """Return where the content starts and its length, None where indefinite."""
    try:
        position = _identifier_end(data, start)
        first = data[position]
        position += 1
        if first < 0x80:
            return position, first
        if first == 0x80:
            if not data[start] & CONSTRUCTED:
                raise ValueError("primitive BER element of indefinite length")
            return position, None
        count = first & 0x7F
        if count > 8 or position + count > len(data):
            raise ValueError("BER length cannot be read")
        return position + count, int.from_bytes(data[position : position + count], "big")
    except IndexError:
        raise ValueError("BER data ends inside a header") from None


def _end_of_contents(data: bytes, position: int, depth: int) -> int:
    """Return where the end-of-contents octets of an indefinite element stand."""
    if depth > MAX_DEPTH:
        raise ValueError("BER nested too deep")
    while data[position : position + 2] != b"\x00\x00":
        body, length = _header(data, position)
        position = body + length if length is not None else _end_of_contents(data, body, depth + 1) + 2
        if position >= len(data):
            raise ValueError("BER element of indefinite length has no end")
    return position
