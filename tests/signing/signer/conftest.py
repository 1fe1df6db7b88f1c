"""Fixtures of tests of the signer process."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.signing.signer.world import SignerWorld
from verifier.storage.database import Database


@pytest.fixture
def world(database: Database, tmp_path: Path) -> SignerWorld:
    return SignerWorld(database, tmp_path)
