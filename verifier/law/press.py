"""The press: typst with the shipped fonts only; values go in as JSON, never as markup."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any

import typst

from verifier.law.letters import FONTS

_SUSPECTS = b"/Suspects false"
"""The default (ISO 32000-2 table 353), of which poppler complains where it is written out; blanks keep the offsets."""


class Press:
    """Warm compilers; one object a process, any number of threads. The same data give the same bytes on any day."""

    def __init__(self, folder: Path, pages: Iterable[str]) -> None:
        """`pages`: names of the templates in `folder` that print a whole document, as `cover` or `forms/form`."""
        fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)])
        self._compilers = {
            name: typst.Compiler(input=str(folder / f"{name}.typ"), root=str(folder), font_paths=fonts)
            for name in pages
        }
        self._lock = Lock()

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
