"""The press of marks: pages and pieces by the templates of `verifier.law.marks`, measured."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from verifier.law import press
from verifier.law.marks import FOLDER
from verifier.signing.records import MM_PER_POINT, Drawing

_BOX = re.compile(rb"/MediaBox\s*\[\s*0(?:\.0)?\s+0(?:\.0)?\s+([\d.]+)\s+([\d.]+)\s*\]")


class TooHigh(Exception):
    """What should stand on one page takes more."""


class Press:
    """One object a process, any number of threads. The same data give the same bytes on any day."""

    def __init__(self) -> None:
        self._press = press.Press(FOLDER, ("piece", "cover", "sheet"))

    def drawn(self, told: Mapping[str, Any], text: str, page: str = "piece") -> Drawing:
        """Draw one page by a template, untagged: it becomes part of another page; `TooHigh` where it takes more."""
        pdf = self.printed(told, page, tagged=False)
        width, height = (float(value) * MM_PER_POINT for value in _size(pdf))
        return Drawing(pdf, width, height, text)

    def printed(self, told: Mapping[str, Any], page: str, *, tagged: bool, at: datetime | None = None) -> bytes:
        """Print a whole document; with an instant it is dated so and claims PDF/A-3b (ISO 19005-3)."""
        return self._press.printed(told, page, tagged=tagged, at=at)


def _size(pdf: bytes) -> tuple[bytes, bytes]:
    boxes = _BOX.findall(pdf)
    if len(boxes) > 1:
        raise TooHigh
    width, height = boxes[0]
    return width, height
