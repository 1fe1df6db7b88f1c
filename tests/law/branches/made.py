"""The branches that this release ships, and spoiled copies of their data."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

from verifier.law.branches import Branch, Branches, Paper
from verifier.law.source import FOLDER, Source

TODAY = date(2026, 11, 23)
FIRST = date(2026, 9, 11)
LAST = date(2026, 9, 10)
BRANCHES = Branches.read(Source())


def branch(paper: Paper, day: date = TODAY, **found: str) -> Branch:
    (answer,) = BRANCHES.branch(day, paper, found)
    return answer


def copied(folder: Path, name: str, *changes: tuple[str, str]) -> Source:
    """A copy of the folder with some texts of one file changed, each of which stands in it."""
    shutil.copytree(FOLDER / "branches", folder / "branches", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    path = folder / "branches" / name
    text = path.read_text("utf-8")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    path.write_text(text, "utf-8")
    return Source(folder)
