"""Counts of the work beside requests for `/metrics`: messages of the outbox, and the last runs of jobs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

import structlog
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from verifier.outside.clock import Clock
from verifier.storage.database import Database
from verifier.storage.job_runs import DONE, JobRun
from verifier.storage.outbox import Backlog
from verifier.storage.scope import SYSTEM

log = structlog.get_logger("verifier.web")


def install(registry: CollectorRegistry, database: Database, clock: Clock) -> None:
    """Count anew whenever the registry is asked."""
    registry.register(_WorkCounts(database, clock))


@dataclass(frozen=True)
class _WorkCounts(Collector):
    database: Database
    clock: Clock

    def describe(self) -> Iterable[Metric]:
        """Return nothing: registering asks no database."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Count; nothing where the database does not answer, for the other counts are wanted then most."""
        try:
            with self.database.unit(SYSTEM) as unit:
                backlog, runs = unit.outbox.backlog(), unit.jobs.all()
        except SQLAlchemyError as error:
            log.warning("work beside requests cannot be counted", trouble=type(error).__name__)
            return
        yield from _of_outbox(backlog, self.clock.now())
        yield from _of_jobs(runs)


def _of_outbox(backlog: Iterable[Backlog], now: datetime) -> Iterator[Metric]:
    labels = ["topic", "state"]
    count = GaugeMetricFamily("verifier_outbox_messages", "Messages of the outbox, by topic and state.", labels=labels)
    oldest = GaugeMetricFamily("verifier_outbox_oldest_seconds", "Age of the oldest waiting message.", labels=["topic"])
    for one in backlog:
        count.add_metric([one.topic, one.state], one.count)
        if one.state == "waiting":
            oldest.add_metric([one.topic], max(0.0, (now - one.oldest).total_seconds()))
    yield from (count, oldest)


def _of_jobs(runs: Iterable[JobRun]) -> Iterator[Metric]:
    started = GaugeMetricFamily("verifier_job_started_seconds", "When the job last began (Unix time).", labels=["job"])
    good = GaugeMetricFamily("verifier_job_done", "1 where the job's last run ended without trouble.", labels=["job"])
    count = GaugeMetricFamily("verifier_job_count", "How many things the job's last run dealt with.", labels=["job"])
    for run in runs:
        started.add_metric([run.name], run.started_at.timestamp())
        good.add_metric([run.name], float(run.outcome == DONE))
        count.add_metric([run.name], run.count)
    yield from (started, good, count)
