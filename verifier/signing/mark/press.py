"""The press: typst with the shipped fonts only; values go in as JSON, never as markup."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from threading import Lock
from typing import Any

import typst

from verifier.law.marks import FOLDER
from verifier.signing.records import MM_PER_POINT, Drawing

_BOX = re.compile(rb"/MediaBox\s*\[\s*0(?:\.0)?\s+0(?:\.0)?\s+([\d.]+)\s+([\d.]+)\s*\]")
_SUSPECTS = b"/Suspects false"
"""The default (ISO 32000-2 table 353), of which poppler complains where it is written out; blanks keep the offsets."""


class TooHigh(Exception):
    """What should stand on one page takes more."""


class Press:
    """A warm compiler; one object a process, any number of threads. The same data give the same bytes on any day."""

    def __init__(self) -> None:
        fonts = typst.Fonts(
            include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FOLDER / "fonts")]
        )
        self._compilers = {
            name: typst.Compiler(input=str(FOLDER / f"{name}.typ"), root=str(FOLDER), font_paths=fonts)
            for name in ("piece", "cover", "sheet")
        }
        self._lock = Lock()

    def drawn(self, told: Mapping[str, Any], text: str, page: str = "piece") -> Drawing:
        """Draw one page by a template, untagged: it becomes part of another page; `TooHigh` where it takes more."""
        pdf = self.printed(told, page, tagged=False)
        width, height = (float(value) * MM_PER_POINT for value in _size(pdf))
        return Drawing(pdf, width, height, text)

    def printed(self, told: Mapping[str, Any], page: str, *, tagged: bool, at: datetime | None = None) -> bytes:
        """Print a whole document; with an instant it is dated so and claims PDF/A-3b (ISO 19005-3)."""
        inputs = {"told": json.dumps(told, ensure_ascii=False)}
        with self._lock:
            made = self._compilers[page].compile(
                format="pdf",
                sys_inputs=inputs,
                pdf_standards="a-3b" if at else "1.7",
                pdf_tags=tagged,
                timestamp=int(at.timestamp()) if at else 0,
            )
        if not isinstance(made, bytes):
            raise TypeError("typst made no document")
        return made.replace(_SUSPECTS, b" " * len(_SUSPECTS))


def _size(pdf: bytes) -> tuple[bytes, bytes]:
    boxes = _BOX.findall(pdf)
    if len(boxes) > 1:
        raise TooHigh
    width, height = boxes[0]
    return width, height
