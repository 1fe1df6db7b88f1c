"""The demonstration without its web site, for commands that issue and sign; one a worker."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support import postgres
from verifier.demo.alone import Alone, demonstration
from verifier.outside.clock import SystemClock


@pytest.fixture(scope="session")
def alone() -> Iterator[Alone]:
    with postgres.open_folder() as folder, demonstration(SystemClock(), place=folder / "issue") as started:
        yield started
