"""Cutting DER into its elements (X.690) without building objects; for lists too long for an object tree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

SEQUENCE = 0x30
INTEGER = 0x02


@dataclass(frozen=True)
class Element:
    """One tag-length-value within `data`; offsets in bytes."""

    data: bytes
    tag: int
    start: int
    """First byte of the tag."""
    content_start: int
    end: int
    """First byte after the content."""

    @property
    def whole(self) -> bytes:
        """Tag, length and content."""
        return self.data[self.start : self.end]

    @property
    def content(self) -> bytes:
        """Content alone."""
        return self.data[self.content_start : self.end]

    def children(self) -> Iterator[Element]:
        """Elements within a constructed one; ValueError where they overrun it."""
        position = self.content_start
        while position < self.end:
            child = element(self.data, position)
            if child.end > self.end:
                raise ValueError("an element overruns the one around it")
            yield child
            position = child.end


def element(data: bytes, start: int = 0) -> Element:
    """Read the element at `start`; ValueError for anything but low tags and definite lengths within the data."""
    try:
        tag, first = data[start], data[start + 1]
    except IndexError:
        raise ValueError("cut short") from None
    content = start + 2
    length = first
    if first & 0x80:
        count = first & 0x7F
        if not 1 <= count <= 4:
            raise ValueError("indefinite or huge length")
        length = int.from_bytes(data[content : content + count], "big")
        content += count
    if tag & 0x1F == 0x1F:
        raise ValueError("high tag number")
    if content + length > len(data):
        raise ValueError("cut short")
    return Element(data, tag, start, content, content + length)


def only(data: bytes) -> Element:
    """Read the one element that `data` is; ValueError where bytes follow."""
    found = element(data)
    if found.end != len(data):
        raise ValueError("bytes after the end")
    return found


def encoded(tag: int, content: bytes) -> bytes:
    """Write an element with a definite length."""
    length = len(content)
    if length < 0x80:
        return bytes((tag, length)) + content
    size = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(size))) + size + content
