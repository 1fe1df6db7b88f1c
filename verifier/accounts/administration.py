"""What an administrator does for an authority: people, their roles, machine clients."""

from __future__ import annotations

from verifier.accounts.caller import Caller
from verifier.accounts.client_desk import ClientDesk, ClientSheet
from verifier.accounts.people_desk import INVITATION_LASTS, Invited, Line, PeopleDesk, Sheet
from verifier.storage.job_runs import JobRun
from verifier.storage.scope import SYSTEM

__all__ = ["INVITATION_LASTS", "Administration", "ClientSheet", "Invited", "Line", "Sheet"]


class Administration(PeopleDesk, ClientDesk):
    """All commands of an administrator.

    Each is one unit of work within the caller's authority and leaves one event in the audit log; each looks anew
    whether the caller is an administrator there, and refuses what belongs to another authority as what does not exist.
    """

    def job_runs(self, caller: Caller) -> tuple[JobRun, ...]:
        """Return the last run of every recurring job; jobs are the service's own and hold nothing of anybody."""
        with self._work(caller, alone=False):
            pass  # who asks may: left before the next unit of work, for two at a time can wait for each other
        with self._database.unit(SYSTEM) as unit:
            return unit.jobs.all()
