"""Repository of recurring jobs: who may run one now, and how its last run ended."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from verifier.storage.rows import record, records
from verifier.storage.scope import Scope
from verifier.storage.tables import JobRunRow

DONE = "done"
"""Outcome of a run without trouble."""


@dataclass(frozen=True)
class JobRun:
    """The last run of a job."""

    name: str
    started_at: datetime
    finished_at: datetime | None
    """None while it runs, and where its process ended under it."""
    outcome: str
    """`done`, the code of its trouble, or empty while it runs."""
    count: int
    """How many things it dealt with."""


class JobRuns:
    """The table `job_run`; only work that reaches all authorities touches it."""

    def __init__(self, session: Session, _scope: Scope) -> None:
        self._session = session

    def lock(self, name: str) -> bool:
        """Take the right to run a job until the unit of work ends; False where another process has it."""
        key = int.from_bytes(hashlib.sha256(f"job {name}".encode()).digest()[:8], signed=True)
        return bool(self._session.execute(text("select pg_try_advisory_xact_lock(:key)"), {"key": key}).scalar_one())

    def last(self, name: str) -> JobRun | None:
        """Return the last run of a job; None where it never ran."""
        row = self._session.scalars(select(JobRunRow).where(JobRunRow.name == name)).one_or_none()
        return None if row is None else record(JobRun, row)

    def all(self) -> tuple[JobRun, ...]:
        """Return the last run of every job, by name."""
        return records(JobRun, self._session.scalars(select(JobRunRow).order_by(JobRunRow.name)))

    def began(self, name: str, at: datetime) -> None:
        """Note that a job begins."""
        fresh = {"started_at": at, "finished_at": None, "outcome": "", "count": 0}
        wanted = insert(JobRunRow).values(name=name, **fresh)
        self._session.execute(wanted.on_conflict_do_update(index_elements=["name"], set_=fresh))

    def ended(self, name: str, at: datetime, outcome: str, count: int) -> None:
        """Note how it ended."""
        told = update(JobRunRow).where(JobRunRow.name == name)
        self._session.execute(told.values(finished_at=at, outcome=outcome, count=count))
