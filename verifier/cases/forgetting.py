"""What is forgotten of dossiers after a day: uploads that nobody named, and keys of requests."""

from __future__ import annotations

from datetime import datetime, timedelta

from verifier.cases.kernel import CaseHouse
from verifier.storage.scope import SYSTEM
from verifier.workers.jobs import HOURLY, Job

KEPT = timedelta(hours=24)


def forgetting(house: CaseHouse) -> tuple[Job, ...]:
    """Return the recurring jobs; the files of uploads that are forgotten are swept as all that no row names."""

    def uploads(now: datetime) -> int:
        with house.database.unit(SYSTEM) as unit:
            return len(unit.cases.drop_uploads_before(now - KEPT))

    def keys(now: datetime) -> int:
        with house.database.unit(SYSTEM) as unit:
            return unit.cases.forget_answers_before(now - KEPT)

    return Job("forget-case-uploads", HOURLY, uploads), Job("forget-case-keys", HOURLY, keys)
