"""What tests of calendars share: the shipped calendars, and a copy of the data to spoil."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from verifier.law.calendars import Calendars
from verifier.law.source import FOLDER, Source

Spoil = Callable[[str, str, str], Source]


@pytest.fixture(scope="session")
def calendars() -> Calendars:
    return Calendars.read(Source())


@pytest.fixture
def spoil(tmp_path: Path) -> Spoil:
    """Copy the data, replace one text of one file once, and return the copy."""
    shutil.copytree(FOLDER / "calendars", tmp_path / "calendars", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    shutil.copy(FOLDER / "switches.toml", tmp_path)

    def spoiled(name: str, old: str, new: str) -> Source:
        path = tmp_path / "calendars" / f"{name}.toml"
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), "utf-8")
        return Source(tmp_path)

    return spoiled
