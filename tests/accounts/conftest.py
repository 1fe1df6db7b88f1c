"""Fixtures of tests of accounts."""

from __future__ import annotations

import pytest

from tests.accounts.house import House
from tests.accounts.machines import ENDPOINT, Machine, add_machine
from tests.accounts.support import Clock, add_authority
from verifier.accounts.clients import MachineClients
from verifier.storage.authorities import Authority
from verifier.storage.database import Database


@pytest.fixture
def house(database: Database, database_url: str) -> House:
    return House(database, database_url)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def clients(database: Database, clock: Clock) -> MachineClients:
    return MachineClients(database, clock, ENDPOINT)


@pytest.fixture
def authority(database: Database) -> Authority:
    return add_authority(database)


@pytest.fixture
def machine(database: Database, authority: Authority) -> Machine:
    return add_machine(database, authority)
