"""Fixtures for keeping trust."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.keeping.house import TrustHouse
from verifier.storage.database import Database


@pytest.fixture
def house(database: Database, tmp_path: Path) -> TrustHouse:
    return TrustHouse(database, tmp_path)
