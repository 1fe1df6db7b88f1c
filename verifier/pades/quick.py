"""pyHanko's reader, spared the hexadecimal of signatures: it reads such strings byte by byte in Python.

A signature of 30 kB costs it 15 ms, and more than half of the time of reading a signed file. Here the parser is shown
`<>` in place of a long hexadecimal string; the string is put back into the object when the object is read.
"""

from __future__ import annotations

import binascii
import bisect
import io
import os
import re
from collections.abc import Iterator
from typing import Any

from pyhanko.pdf_utils.generic import ArrayObject, DecryptedObjectProxy, DictionaryObject, pdf_string
from pyhanko.pdf_utils.reader import PdfFileReader

_LONG_CONTENTS = re.compile(rb"/Contents\s*<([0-9A-Fa-f]{1000,})>")


class _ShortenedFile(io.BytesIO):
    """A file without the cut-out parts, in which offsets are still those of the whole file."""

    def __init__(self, data: bytes, cuts: list[tuple[int, int]]) -> None:
        kept, position = [], 0
        self._starts = [start for start, _ in cuts]
        """Where each cut starts in the whole file."""
        self._places: list[int] = []
        """Where each cut stands in the shortened file."""
        self._removed = [0]
        """How much was cut before and with each cut."""
        for start, end in cuts:
            kept.append(data[position:start])
            self._places.append(start - self._removed[-1])
            self._removed.append(self._removed[-1] + end - start)
            position = end
        kept.append(data[position:])
        super().__init__(b"".join(kept))

    def seek(self, position: int, whence: int = os.SEEK_SET, /) -> int:
        """Go to an offset of the whole file; one inside a cut is its start."""
        if whence != os.SEEK_SET:
            super().seek(position, whence)
            return self.tell()
        before = bisect.bisect_left(self._starts, position)
        shortened = position - self._removed[before]
        if before:
            shortened = max(shortened, self._places[before - 1])
        super().seek(shortened)
        return position

    def tell(self) -> int:
        """Return the offset in the whole file; at a cut, before it."""
        shortened = super().tell()
        return shortened + self._removed[bisect.bisect_left(self._places, shortened)]


class QuickReader(PdfFileReader):  # type: ignore[misc]
    """A `PdfFileReader` over bytes that gives the same objects, sooner; `stream` is the whole file as ever."""

    def __init__(self, data: bytes, *, strict: bool) -> None:
        self._whole = data
        self._cuts = [match.span(1) for match in _LONG_CONTENTS.finditer(data)]
        self._cut_starts = [start for start, _ in self._cuts]
        self._shortened = _ShortenedFile(data, self._cuts) if self._cuts else io.BytesIO(data)
        super().__init__(self._shortened, strict=strict)
        self.stream = io.BytesIO(data)

    @property
    def long_contents(self) -> list[tuple[int, int]]:
        """Start and end of the digits of every long hexadecimal /Contents in the file."""
        return self._cuts

    def _read_object(self, ref: Any, marker: Any, *args: Any, **options: Any) -> Any:
        if not isinstance(marker, int) or not self._cuts:
            return super()._read_object(ref, marker, *args, **options)
        whole, self.stream = self.stream, self._shortened
        try:
            obj = super()._read_object(ref, marker, *args, **options)
            end = self._shortened.tell()
        finally:
            self.stream = whole
        first = bisect.bisect_left(self._cut_starts, marker)
        last = bisect.bisect_left(self._cut_starts, end)
        if first == last or (last - first == 1 and self._restore(obj, self._cuts[first])):
            return obj
        return self._read_whole(ref, marker, *args, **options)

    def _read_whole(self, ref: Any, marker: int, *args: Any, **options: Any) -> Any:
        """Read an object the slow way."""
        shown, self.stream = self.stream, io.BytesIO(self._whole)
        try:
            return super()._read_object(ref, marker, *args, **options)
        finally:
            self.stream = shown

    def _restore(self, obj: Any, cut: tuple[int, int]) -> bool:
        """Put the string back where it was cut out; False where that is not certain."""
        holders = list(_with_empty_contents(obj))
        if len(holders) != 1:
            return False
        digits = self._whole[cut[0] : cut[1]]
        value = pdf_string(binascii.unhexlify(digits + b"0" * (len(digits) % 2)))
        value.container_ref = dict.__getitem__(holders[0], "/Contents").container_ref
        dict.__setitem__(holders[0], "/Contents", value)
        return True


def _with_empty_contents(obj: Any) -> Iterator[DictionaryObject]:
    """Yield every dictionary inside an object whose /Contents is an empty string."""
    if isinstance(obj, DecryptedObjectProxy):
        obj = obj.raw_object
    if isinstance(obj, DictionaryObject):
        if getattr(dict.get(obj, "/Contents"), "original_bytes", None) == b"":
            yield obj
        for value in dict.values(obj):
            yield from _with_empty_contents(value)
    elif isinstance(obj, ArrayObject):
        for value in list.__iter__(obj):
            yield from _with_empty_contents(value)
