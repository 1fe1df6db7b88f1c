"""The job that watches deadlines: officers are warned, and an apology is prepared while there is time for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from verifier.cases.desk import Cases
from verifier.cases.kernel import system
from verifier.cases.records import Case
from verifier.cases.warning import AHEAD, STAGES, WATCHED, Warn, stage_of
from verifier.errors import BadRequest
from verifier.storage.scope import SYSTEM
from verifier.workers.jobs import Job

EVERY = timedelta(minutes=5)
AT_ONCE = 500
"""Most dossiers warned of in one go."""

log = structlog.get_logger("verifier.cases")


@dataclass(frozen=True)
class Watch:
    """Looks at all open dossiers of all authorities."""

    cases: Cases

    def run(self, now: datetime) -> int:
        """Warn of what is due; return of how many dossiers."""
        with self.cases.house.database.unit(SYSTEM) as unit:
            found = unit.cases.to_warn(now, now + AHEAD, AT_ONCE, [one.value for one in WATCHED])
        return sum(self._warned(case, now) for case in found)

    def _warned(self, case: Case, now: datetime) -> bool:
        stage = stage_of(case, now)
        if STAGES.index(stage) <= STAGES.index(case.warned):
            return False
        try:
            self.cases.do(system("watch", case), case.id, Warn(stage=stage))
        except BadRequest as refusal:  # somebody moved it meanwhile
            log.info("not warned", case=str(case.id), code=refusal.problem.code)
            return False
        return True

    @property
    def job(self) -> Job:
        """The recurring job."""
        return Job("watch-deadlines", EVERY, self.run)
