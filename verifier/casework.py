"""Joins the parts of the case world: dossiers, payments, books, appointments, notices, delivery, archive."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from verifier.cases.desk import Cases
from verifier.cases.kernel import CaseHouse, Letter
from verifier.cases.records import Case
from verifier.cases.uploads import Uploads
from verifier.issuance import Issues, Surroundings
from verifier.law.book import LawBook
from verifier.storage.database import UnitOfWork
from verifier.workers.jobs import Job
from verifier.workers.precheck import pages_of
from verifier.workers.relay import Carrier


@dataclass(frozen=True)
class CaseWork:
    """What pages and the API ask of dossiers; found as `extensions["casework"]`. A new part adds a field."""

    cases: Cases
    uploads: Uploads
    issues: Issues | None
    jobs: tuple[Job, ...] = ()
    """Recurring jobs of the case world."""
    carriers: Mapping[str, Carrier] | None = None
    """Carriers of the outbox by topic."""


def casework_of(here: Surroundings, book: LawBook, issues: Issues | None = None) -> CaseWork:
    """Return the case world of a service; `issues` is None where nothing is issued electronically."""
    house = CaseHouse(here.database, here.blobs, here.ring, book, here.clock.now, _tell_nobody)
    return CaseWork(Cases(house), Uploads(house, partial(here.pool.run, pages_of)), issues)


def _tell_nobody(_unit: UnitOfWork, _case: Case, _letter: Letter, _now: datetime) -> None:
    """Stand in until notices are there."""
