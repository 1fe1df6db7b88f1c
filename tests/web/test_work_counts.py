from __future__ import annotations

from datetime import timedelta

import structlog
from prometheus_client import CollectorRegistry, generate_latest

from tests.accounts.support import AT, Clock
from tests.support.postgres import RING
from verifier.storage.database import Database
from verifier.storage.scope import SYSTEM
from verifier.web import work_counts


def counted(database: Database) -> list[str]:
    registry = CollectorRegistry()
    work_counts.install(registry, database, Clock(AT + timedelta(minutes=1)))
    return [line for line in generate_latest(registry).decode().splitlines() if not line.startswith("#")]


def test_messages_and_jobs_are_counted(database: Database) -> None:
    with database.unit(SYSTEM) as unit:
        for key in ("a", "b", "c"):
            unit.outbox.put("mail", key, {}, AT)
        unit.outbox.bury(unit.outbox.listed("waiting")[0].id, AT, "x")
        for name, outcome in (("good", "done"), ("bad", "internal-error"), ("running", "")):
            unit.jobs.began(name, AT)
            unit.jobs.ended(name, AT, outcome, 7)

    found = counted(database)

    for line in (
        'verifier_outbox_messages{state="waiting",topic="mail"} 2.0',
        'verifier_outbox_messages{state="dead",topic="mail"} 1.0',
        'verifier_outbox_oldest_seconds{topic="mail"} 60.0',
        'verifier_job_done{job="good"} 1.0',
        'verifier_job_done{job="bad"} 0.0',
        'verifier_job_done{job="running"} 0.0',
        'verifier_job_count{job="good"} 7.0',
    ):
        assert line in found
    assert any(line.startswith('verifier_job_started_seconds{job="good"}') for line in found)


def test_without_a_database_there_are_no_counts_and_no_fault() -> None:
    gone = Database("postgresql://nobody@127.0.0.1:1/none", RING)

    with structlog.testing.capture_logs() as lines:
        assert counted(gone) == []
    gone.close()

    assert [line["trouble"] for line in lines] == ["OperationalError"]
