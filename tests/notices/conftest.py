"""Fixtures of tests of notices."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cases.world import CaseWorld, case_world
from verifier.storage.database import Database


@pytest.fixture
def world(database: Database, tmp_path: Path) -> Iterator[CaseWorld]:
    with case_world(database, tmp_path) as world:
        yield world
