"""Progress on standard error: on one line of a terminal, else now and then where there are many files."""

from __future__ import annotations

from pathlib import PurePath
from typing import TextIO

from verifier.plain import visible

MANY = 20
"""Files from which progress is told to what is no terminal."""
LINES = 10
"""Lines of it in all."""
NAME_WIDTH = 60


class Progress:
    """Counts files that are done."""

    def __init__(self, total: int, err: TextIO) -> None:
        self._total, self._err, self._count = total, err, 0
        self._terminal = total > 1 and err.isatty()
        self._every = max(1, total // LINES) if total >= MANY else 0

    def done(self, file: str) -> None:
        """Tell that one more file is done."""
        self._count += 1
        if self._terminal:
            name = visible(PurePath(file).name)[:NAME_WIDTH]
            print(f"\r\x1b[K[{self._count}/{self._total}] {name}", end="", file=self._err, flush=True)
        elif self._every and self._count % self._every == 0:
            print(f"[{self._count}/{self._total}]", file=self._err, flush=True)

    def clear(self) -> None:
        """Make room on a terminal for other words."""
        if self._terminal:
            print("\r\x1b[K", end="", file=self._err, flush=True)
