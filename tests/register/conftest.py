"""Fixtures of tests of register books."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.register.shelf import Shelf
from verifier.storage.database import Database


@pytest.fixture
def shelf(database: Database, tmp_path: Path) -> Shelf:
    return Shelf(database, tmp_path)
