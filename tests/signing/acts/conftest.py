"""Fixtures of tests of the act."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.signing.acts.world import ActWorld, act_world
from verifier.storage.database import Database


@pytest.fixture
def world(database: Database, tmp_path: Path) -> Iterator[ActWorld]:
    with act_world(database, tmp_path) as world:
        yield world
