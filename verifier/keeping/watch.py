"""Watches over how trust stands: told to health, metrics and pages, and to the log when it becomes worse."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

import structlog
from sqlalchemy.exc import SQLAlchemyError

from verifier.errors import CouldNotJudge
from verifier.keeping.alarms import NOTHING, ListState, Severity, TrustState, state
from verifier.outside.clock import Clock
from verifier.snapshot import TrustSnapshot
from verifier.storage.database import Database
from verifier.storage.scope import SYSTEM

LOOK_AGAIN = 15.0
"""Seconds for which what was found is told again: pages and probes ask often."""

log = structlog.get_logger("verifier.keeping")


class Holds(Protocol):
    """What is needed of the keeper of trust."""

    def snapshot(self) -> TrustSnapshot:
        """Return the snapshot in use; CouldNotJudge where there is none that can be used."""


class TrustWatch:
    """Tells how trust stands now; safe for use from several threads."""

    def __init__(
        self,
        database: Database,
        keeper: Holds,
        clock: Clock,
        grace: timedelta,
        *,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        """`grace` is how long a list may be overdue before the service counts as not ready."""
        self._database, self._keeper, self._clock, self._grace, self._timer = database, keeper, clock, grace, timer
        self._lock = threading.Lock()
        self._found, self._looked = NOTHING, float("-inf")
        self._told: dict[str, Severity] = {}
        self._told_trouble = ""

    def state(self) -> TrustState:
        """Return how trust stands; what was found last where the database does not answer."""
        with self._lock:
            if self._timer() - self._looked >= LOOK_AGAIN:
                self._found, self._looked = self._look(), self._timer()
            return self._found

    def trouble(self) -> str:
        """Return `trust-list-overdue` where a list is overdue by more than the grace; empty where none is.

        That there is nothing to trust at all is for the keeper to tell.
        """
        found = self.state()
        return found.trouble if found.too_old else ""

    def run(self, _now: datetime) -> int:
        """Tell the log, once, what became worse or better since it was told last; return how many lists are not fine.

        The job of it; each process tells for itself.
        """
        found = self._look()
        with self._lock:
            self._found, self._looked = found, self._timer()
        for one in found.lists:
            self._tell(one)
        self._told = {one.scheme: one.severity for one in found.lists}
        if found.trouble != self._told_trouble:
            self._told_trouble = found.trouble
            write = log.error if found.trouble else log.info
            write("whether trust can be relied on has changed", code=found.trouble or "ok", lists=list(found.too_old))
        return sum(one.severity > Severity.FINE for one in found.lists)

    def _look(self) -> TrustState:
        try:
            snapshot = self._keeper.snapshot()
            with self._database.unit(SYSTEM) as unit:
                sources, entry = unit.trust.sources(), unit.trust.current()
        except CouldNotJudge:
            return NOTHING
        except SQLAlchemyError as error:
            log.warning("how trust stands cannot be told", trouble=type(error).__name__)
            return self._found
        since = entry.at if entry and entry.snapshot_id == snapshot.id else None
        return state(snapshot, sources, self._clock.now(), self._grace, since)

    def _tell(self, one: ListState) -> None:
        before = self._told.get(one.scheme, Severity.FINE)
        if one.severity is before:
            return
        told = {
            "scheme": one.scheme,
            "state": one.severity.word,
            "problem": one.problem,
            "failures": one.failures,
            "next_update": one.next_update.isoformat() if one.next_update else None,
        }
        if one.severity < before:
            log.info("a trusted list stands better", **told)
        elif one.severity is Severity.SOON:
            log.warning("a trusted list needs somebody soon", **told)
        else:
            log.error("a trusted list stands worse", **told)
