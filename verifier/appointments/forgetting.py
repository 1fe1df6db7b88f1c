"""What is forgotten of appointments: who came without a dossier after a while, and keys of requests after a day."""

from __future__ import annotations

from datetime import datetime, timedelta

from verifier.storage.database import Database
from verifier.storage.scope import SYSTEM
from verifier.workers.jobs import DAILY, HOURLY, Job

KEYS_KEPT = timedelta(hours=24)
CONTACTS_KEPT = timedelta(days=30)
"""After the time of the appointment; that somebody came, and when, stays."""


def forgetting(database: Database) -> tuple[Job, ...]:
    """Return the recurring jobs."""

    def contacts(now: datetime) -> int:
        with database.unit(SYSTEM) as unit:
            return unit.appointments.forget_contacts_before(now - CONTACTS_KEPT)

    def keys(now: datetime) -> int:
        with database.unit(SYSTEM) as unit:
            return unit.appointments.forget_answers_before(now - KEYS_KEPT)

    return Job("forget-visitors", DAILY, contacts), Job("forget-appointment-keys", HOURLY, keys)
