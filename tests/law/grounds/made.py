"""The grounds that this release ships, procedures that hold nothing but sets of grounds, and spoiled copies."""

from __future__ import annotations

import shutil
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any

from verifier.law.grounds import Ground, Grounds
from verifier.law.procedures.records import Procedure
from verifier.law.source import FOLDER, Source

TODAY = date(2026, 11, 23)
GROUNDS = Grounds.read(Source())


def ground(id_: str, day: date = TODAY) -> Ground:
    return GROUNDS.get(id_, day)


def procedure(*sets: str) -> Procedure:
    empty: dict[str, Any] = {one.name: () for one in fields(Procedure)}
    return Procedure(**(empty | {"id": "made", "grounds": sets}))


def copied(folder: Path, name: str, *changes: tuple[str, str]) -> Source:
    """A copy of the folder with some texts of one file changed, each of which stands in it."""
    shutil.copytree(FOLDER / "grounds", folder / "grounds", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    path = folder / "grounds" / name
    text = path.read_text("utf-8")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    path.write_text(text, "utf-8")
    return Source(folder)
