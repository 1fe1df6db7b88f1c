"""Recurring jobs: what is done again and again beside requests, each by one process at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from verifier.errors import VerifierError, fault_of
from verifier.outside.clock import Clock
from verifier.storage.audit_check import head
from verifier.storage.database import Database, UnitOfWork
from verifier.storage.job_runs import DONE, JobRun
from verifier.storage.scope import SYSTEM
from verifier.workers.always import tell
from verifier.workers.expiry import Expiry
from verifier.workers.retention import ATTEMPTS, CLIENT_TOKENS, OUTBOX_SENT, SESSIONS, Retentions

OFTEN = timedelta(minutes=5)
HOURLY = timedelta(hours=1)
DAILY = timedelta(days=1)
AFTER_TROUBLE = timedelta(minutes=10)
"""How soon a job that failed, or whose process ended under it, is run again; sooner where it is due sooner."""
CLOCKS_DIFFER = timedelta(minutes=10)
"""How far the clocks of two processes may be apart before one of them counts as wrong."""
FAULT = "internal-error"

log = structlog.get_logger("verifier.jobs")


@dataclass(frozen=True)
class Job:
    """Something that is done again and again."""

    name: str
    """Kebab-case; stands in the table `job_run`, in logs and metrics."""
    every: timedelta
    task: Callable[[datetime], int]
    """Does it, as of an instant, and returns how many things were dealt with."""

    def due(self, last: JobRun | None, now: datetime) -> bool:
        """Tell whether it is time, after the last run; nobody runs it now.

        A run that is noted for later than now was noted by a clock that has been set back: it holds nothing up.
        """
        if last is None or last.started_at - now > CLOCKS_DIFFER:
            return True
        pause = self.every if last.outcome == DONE else min(self.every, AFTER_TROUBLE)
        return now >= last.started_at + pause


@dataclass(frozen=True)
class Jobs:
    """Runs jobs when they are due. Any number of processes may hold the same jobs: one of them runs each."""

    database: Database
    clock: Clock
    registry: Sequence[Job]

    def run_due(self, stop: threading.Event | None = None) -> int:
        """Run every job that is due, until `stop` is set; return how many ran. SQLAlchemyError where it fails."""
        return sum(self._run(job) for job in self.registry if not (stop and stop.is_set()))

    def _run(self, job: Job) -> bool:
        """Run a job if it is due and nobody else has it: the lock falls with the process, however that ends.

        The outer unit holds nothing but that lock, so it is in nobody's way, however long the job takes.
        """
        with self.database.unit(SYSTEM) as outer:
            if not outer.jobs.lock(job.name) or not self._begin(job):
                return False
            outcome, count = self._outcome(job)
            with self.database.unit(SYSTEM) as unit:
                unit.jobs.ended(job.name, self.clock.now(), outcome, count)
        return True

    def _begin(self, job: Job) -> bool:
        now = self.clock.now()
        with self.database.unit(SYSTEM) as unit:
            due = job.due(unit.jobs.last(job.name), now)
            if due:
                unit.jobs.began(job.name, now)
        return due

    def _outcome(self, job: Job) -> tuple[str, int]:
        counts: list[int] = []
        fault = fault_of(lambda: counts.append(job.task(self.clock.now())))
        if fault is None:
            return DONE, counts[0]
        code = fault.problem.code if isinstance(fault, VerifierError) else FAULT
        log.error("a job failed", job=job.name, code=code, exc_info=fault)
        return code, 0


def jobs_anywhere(database: Database, expiry: Expiry, kept: Retentions) -> tuple[Job, ...]:
    """Return the jobs that any process with the database and the files can do."""

    def within(task: Callable[[UnitOfWork, datetime], int]) -> Callable[[datetime], int]:
        def run(now: datetime) -> int:
            with database.unit(SYSTEM) as unit:
                return task(unit, now)

        return run

    return (
        Job("expire-validations", OFTEN, expiry.expire),
        Job("sweep-files", HOURLY, expiry.sweep),
        Job("forget-sessions", DAILY, within(lambda unit, now: unit.sessions.delete_before(kept[SESSIONS].over(now)))),
        Job(
            "forget-attempts",
            HOURLY,
            within(lambda unit, now: unit.sessions.delete_attempts_before(kept[ATTEMPTS].over(now))),
        ),
        Job(
            "forget-client-tokens",
            HOURLY,
            within(lambda unit, now: unit.clients.delete_before(kept[CLIENT_TOKENS].over(now))),
        ),
        Job("forget-sent", DAILY, within(lambda unit, now: unit.outbox.drop_sent_before(kept[OUTBOX_SENT].over(now)))),
        Job("tell-audit-head", HOURLY, within(_tell_head)),
    )


def job_recover(recover: Callable[[datetime], int], left_alone: timedelta) -> Job:
    """Return the job of taking up validations that nobody has in hand: only a process that judges can do it."""
    return Job("recover-validations", OFTEN, lambda now: recover(now - left_alone))


def _tell_head(unit: UnitOfWork, _now: datetime) -> int:
    """Write the head of the audit log where whoever changes the table cannot reach it, and whether its mark fits."""
    told = head(unit.audit)
    tell("verifier.audit", "audit head", head=told, sound=unit.audit.sound())
    return int(told.partition(":")[0])
