"""The job that watches deadlines: officers are warned, and an apology is prepared while there is time for it.

So are the terms of requests for confirmation, and dossiers that lie with an applicant or another authority.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from verifier.cases.confirming import WarnConfirmation
from verifier.cases.desk import Cases
from verifier.cases.kernel import Asker, Command, system
from verifier.cases.records import Case
from verifier.cases.statuses import Status
from verifier.cases.warning import AHEAD, STAGES, WATCHED, Warn, WarnSender, stage_of
from verifier.errors import BadRequest
from verifier.storage.scope import SYSTEM, of
from verifier.workers.jobs import Job

EVERY = timedelta(minutes=5)
AT_ONCE = 500
"""Most dossiers warned of in one go."""
WATCH = "watch"
"""Who warns, in the log."""

log = structlog.get_logger("verifier.cases")


@dataclass(frozen=True)
class Watch:
    """Looks at all open dossiers of all authorities."""

    cases: Cases

    def run(self, now: datetime) -> int:
        """Warn of what is due; return of how many dossiers and requests for confirmation."""
        with self.cases.house.database.unit(SYSTEM) as unit:
            found = unit.cases.to_warn(now, now + AHEAD, AT_ONCE, [one.value for one in WATCHED])
            asked = unit.cases.confirmations_to_warn(now, AT_ONCE, [Status.CONFIRMATION.value])
            awaited = [(one, unit.cases.get(one.case_id)) for one in asked]
        warned = sum(self._warned(case, now) for case in found)
        return warned + sum(self._given(case, WarnConfirmation(confirmation=one.id)) for one, case in awaited if case)

    def _warned(self, case: Case, now: datetime) -> bool:
        stage = stage_of(case, now)
        if STAGES.index(stage) <= STAGES.index(case.warned):
            return False
        if case.status == Status.FORWARDED.value:  # the sender first: once the receiver is warned, nobody is any more
            sender = replace(system(WATCH, case), scope=of(case.intake_id))
            if not self._given(case, WarnSender(), sender, case.version):
                return False
            case = replace(case, version=case.version + 1)
        return self._given(case, Warn(stage=stage), version=case.version)

    def _given(self, case: Case, said: Command, asker: Asker | None = None, version: int | None = None) -> bool:
        try:
            self.cases.do(asker or system(WATCH, case), case.id, said, version=version)
        except BadRequest as refusal:  # somebody moved it meanwhile
            log.info("not warned", case=str(case.id), code=refusal.problem.code)
            return False
        return True

    @property
    def job(self) -> Job:
        """The recurring job."""
        return Job("watch-deadlines", EVERY, self.run)
