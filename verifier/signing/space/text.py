"""The text of a page as it is seen: its lines, and where given words stand."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

from pypdfium2 import raw

from verifier.signing.records import Place
from verifier.signing.space.geometry import Frame

MOST_LETTERS = 200_000
"""Letters of a page that are read."""


class Text:
    """The text of one page, over PDFium's; its places are in millimetres of the page as seen."""

    def __init__(self, inner: Any, frame: Frame, page: int) -> None:
        self._inner, self._frame, self._page = inner, frame, page

    @cached_property
    def runs(self) -> tuple[Place, ...]:
        """Stretches of text of one font on one line."""
        count = min(self._inner.count_rects(), MOST_LETTERS)
        found = (self._frame.place(self._inner.get_rect(index), self._page) for index in range(count))
        return tuple(one for one in found if one.width_mm > 0 and one.height_mm > 0)

    def found(self, words: str) -> tuple[Place, ...]:
        """Return where words stand, in reading order; letter case, kinds of spaces and line ends do not matter."""
        text, letters = self._folded
        wanted = _plain(words)
        return tuple(
            place
            for start in _occurrences(text, wanted)
            if (place := self._around(letters[start : start + len(wanted)]))
        )

    @cached_property
    def _folded(self) -> tuple[str, Sequence[int]]:
        """The text for comparing, and for each of its characters the number of the letter that it comes from."""
        text, letters = "", []
        for cluster, number in self._clusters():
            folded = _folded(cluster)
            if folded == " " and text.endswith(" "):
                continue
            text += folded
            letters += [number] * len(folded)
        return text, letters

    def _clusters(self) -> Iterator[tuple[str, int]]:
        """Letters with the marks that follow them, and the number of each one's first."""
        cluster, first = "", 0
        for number in range(min(self._inner.count_chars(), MOST_LETTERS)):
            letter = _letter(raw.FPDFText_GetUnicode(self._inner, number))
            if cluster and not unicodedata.combining(letter):
                yield cluster, first
                cluster = ""
            first, cluster = (first if cluster else number), cluster + letter
        if cluster:
            yield cluster, first

    def _around(self, letters: Sequence[int]) -> Place | None:
        """The place that holds letters."""
        boxes = [self._frame.place(self._inner.get_charbox(number), self._page) for number in sorted(set(letters))]
        return around([box for box in boxes if box.width_mm > 0 and box.height_mm > 0])


def around(places: Sequence[Place]) -> Place | None:
    """Return the smallest place that holds all; None for none."""
    if not places:
        return None
    left, top = min(one.left_mm for one in places), min(one.top_mm for one in places)
    right = max(one.left_mm + one.width_mm for one in places)
    bottom = max(one.top_mm + one.height_mm for one in places)
    return Place(places[0].page, left, top, right - left, bottom - top)


def lines_of(runs: Sequence[Place]) -> int:
    """Count the lines that stretches of text stand on."""
    count, bottom = 0, float("-inf")
    for middle, end in sorted((one.top_mm + one.height_mm / 2, one.top_mm + one.height_mm) for one in runs):
        count += middle > bottom
        bottom = max(bottom, end) if middle <= bottom else end
    return count


def _occurrences(text: str, wanted: str) -> Iterator[int]:
    start = text.find(wanted) if wanted else -1
    while start >= 0:
        yield start
        start = text.find(wanted, start + len(wanted))


def _plain(words: str) -> str:
    return " ".join(_folded(unicodedata.normalize("NFC", words)).split())


def _folded(cluster: str) -> str:
    """For comparing: without letter case, one form of letters with marks, every space a plain one."""
    folded = unicodedata.normalize("NFD", unicodedata.normalize("NFD", cluster).casefold())
    return "".join(" " if one.isspace() else one for one in folded)


def _letter(code: int) -> str:
    return chr(code) if 0 < code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF else " "
