"""A pool is costly to start: one for all tests of a folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from verifier.workers.pool import WorkerLimits, WorkerPool

MEMORY_MIB = 512


@pytest.fixture(scope="package")
def pool() -> Iterator[WorkerPool]:
    with WorkerPool(2, WorkerLimits(seconds=20, memory_mib=MEMORY_MIB), spare=0) as made:
        yield made
