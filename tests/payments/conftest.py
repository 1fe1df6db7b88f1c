"""Fixtures of tests of fees: a house with dossiers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cases.world import CaseWorld, case_world
from tests.payments.platform import FakePlatform, serving
from verifier.payments.desk import Payments
from verifier.storage.database import Database


@pytest.fixture
def world(database: Database, tmp_path: Path) -> Iterator[CaseWorld]:
    with case_world(database, tmp_path) as world:
        yield world


@pytest.fixture
def platform(world: CaseWorld) -> FakePlatform:
    return FakePlatform(world.clock)


@pytest.fixture
def desk(world: CaseWorld, platform: FakePlatform) -> Iterator[Payments]:
    with serving(platform) as door:
        yield Payments(world.cases, door)
