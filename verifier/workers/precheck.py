"""Looks at a PDF that was handed in before anybody works on it, in a worker: can it be opened, how many pages."""

from __future__ import annotations

import re
from pathlib import Path

from verifier.errors import CouldNotJudge
from verifier.pades.engine import Opened, analyse
from verifier.pades.pages import count_pages

_OBJECT = re.compile(rb"(?<![0-9])\d{1,10}[ \t\r\n]+\d{1,5}[ \t\r\n]+obj\b")
"""Head of an object."""


def pages_of(path: Path) -> int | None:
    """Return how many pages a PDF has, as its page tree says; None where that says nothing.

    CouldNotJudge: `file-unreadable`, `empty-file`, `not-a-pdf`, `pdf-truncated`, `pdf-encrypted` where it does not
    open without a password, `pdf-unreadable`, `budget-exhausted`.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CouldNotJudge("file-unreadable", f"{error.strerror}") from None
    return analyse(data, (), _counted)


def _counted(opened: Opened) -> int | None:
    if _OBJECT.search(opened.after_last_revision):
        raise CouldNotJudge("pdf-truncated", "The last revision of the file is not complete.")
    return count_pages(opened) or None
