"""Fixtures of tests of accounts."""

from __future__ import annotations

import pytest

from tests.accounts.house import House
from verifier.storage.database import Database


@pytest.fixture
def house(database: Database, database_url: str) -> House:
    return House(database, database_url)
