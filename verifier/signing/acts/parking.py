"""Stopped batches: their acts without a number wait until the officer lets them go on."""

from __future__ import annotations

from datetime import UTC, datetime

from verifier.storage.database import UnitOfWork
from verifier.storage.issuances import Issuance

STOPPED = "stopped"
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
"""When a parked act is tried again by itself."""


class Parked(Exception):
    """The act's batch was stopped."""


def refuse_stopped(unit: UnitOfWork, act: Issuance) -> None:
    """Raise Parked where the act's batch was stopped."""
    if act.batch_id is None:
        return
    batch = unit.issuances.batch(act.batch_id)
    if batch is not None and batch.state == STOPPED:
        raise Parked
