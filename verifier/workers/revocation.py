"""Joins the revocation store with the workers, which make its indexes, and with the jobs that keep it current."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from verifier.errors import CouldNotJudge
from verifier.outside.clock import Clock
from verifier.outside.crl_library import CrlLibrary
from verifier.outside.crl_refresh import CrlRefresh
from verifier.outside.crl_store import STORE, CrlStore
from verifier.outside.fetch import Saves
from verifier.trust.crl_disk import TakenCrl, take_in_crl
from verifier.workers.jobs import HOURLY, OFTEN, Job
from verifier.workers.pool import WorkerPool

INDEX_SECONDS = 60.0
"""Time for making one index; a list of the largest size takes some ten seconds of a processor."""
TURN_SECONDS = 30.0
"""How long a document waits for its turn."""


@dataclass(frozen=True)
class Revocation:
    """The store of a service, with what fills it."""

    store: CrlStore
    library: CrlLibrary
    jobs: tuple[Job, ...]
    """For a process that has the store and the door to the outside."""


def revocation_of(
    data: Path,
    clock: Clock,
    pool: WorkerPool,
    fetcher: Saves,
    evidence: timedelta | None,
    *,
    turn_seconds: float = TURN_SECONDS,
) -> Revocation:
    """Return the store below the folder `data`; what bundles name is kept for `evidence`, None for ever.

    Indexes are made one after the other; who waits longer than `turn_seconds` for that goes without.
    """
    turn = threading.BoundedSemaphore(1)  # the other workers are for documents

    def take(file: Path, folder: Path) -> TakenCrl:
        if not turn.acquire(timeout=turn_seconds):
            raise CouldNotJudge("busy", "other lists are being indexed")
        try:
            return pool.run(take_in_crl, file, folder, timeout=INDEX_SECONDS)
        finally:
            turn.release()

    store = CrlStore(data / STORE, clock, take=take, evidence=evidence)
    jobs = (
        Job("refresh-revocation", OFTEN, CrlRefresh(store, fetcher).refresh_due),
        Job("sweep-revocation", HOURLY, lambda _now: store.sweep()),
    )
    return Revocation(store, CrlLibrary(store, fetcher), jobs)
