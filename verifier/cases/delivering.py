"""`Deliveries`: what pages, the API and jobs ask of results that are given out. One object a process."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from verifier.cases.delivery import FetchResult, NoteDelivery, RenewLink, UseLink, results
from verifier.cases.desk import Cases
from verifier.cases.kernel import Asker, system
from verifier.cases.records import Case, CaseRecord
from verifier.errors import BadRequest
from verifier.storage.notices import Delivery, Notice
from verifier.storage.rows import token_hash
from verifier.storage.scope import SYSTEM
from verifier.workers.jobs import Job

EVERY = timedelta(minutes=1)
"""How often it is looked whether the data store has confirmed something."""
BY_LINK, BY_STORE = "delivery-link", "data-store"

log = structlog.get_logger("verifier.cases")


@dataclass(frozen=True)
class ResultFile:
    """One file of a result, whole and as it was signed."""

    name: str
    media_type: str
    sha256: str
    data: bytes = field(repr=False)


@dataclass(frozen=True)
class Fetched:
    """A result that was just fetched."""

    case: Case
    files: tuple[ResultFile, ...]


class Deliveries:
    """Results that are given out, and the proof of it."""

    def __init__(self, cases: Cases) -> None:
        self._cases, self._house = cases, cases.house

    def by_link(self, token: str, address: str) -> Fetched:
        """Give the result to whoever holds a link, once; BadRequest `link-over` whatever is wrong with it.

        What was annulled since the link was made is not given; a new link holds what is left.
        """
        found = self._link(token)
        if found is None or found[0].state != "offered":
            raise BadRequest("link-over")
        delivery, case = found
        with self._house.database.unit(SYSTEM) as unit:
            there = {one.id: one for one in results(unit, case)}
        records = tuple(there[id_] for id_ in delivery.records if id_ in there)
        if not records or len(records) < len(delivery.records) or case.removed_at:
            raise BadRequest("link-over")
        files = self._read(records)
        case = self._cases.do(system(BY_LINK, case), case.id, UseLink(delivery=delivery.id, address=address))
        return Fetched(case, files)

    def renew(self, token: str) -> None:
        """Send a new link to the address that is known, where this one was ours; else nothing, and nobody is told."""
        found = self._link(token)
        if found is None:
            return
        try:
            self._cases.do(system(BY_LINK, found[1]), found[1].id, RenewLink())
        except BadRequest as refusal:
            log.info("no new link", case=str(found[1].id), code=refusal.problem.code)

    def fetch(self, asker: Asker, id_: UUID) -> Fetched:
        """Give the result to its applicant, to a device; BadRequest as `fetch-result` says."""
        with self._house.database.unit(asker.scope) as unit:
            case = unit.cases.get(id_)
            records = results(unit, case) if case else ()
        files = self._read(records)
        return Fetched(self._cases.do(asker, id_, FetchResult()), files)

    def of(self, asker: Asker, id_: UUID) -> tuple[tuple[Notice, ...], tuple[Delivery, ...]]:
        """Return notices and deliveries of a dossier that the asker sees, oldest first."""
        with self._house.database.unit(asker.scope) as unit:
            return unit.notices.of_case(id_), unit.notices.deliveries(id_)

    def note(self, _now: datetime) -> int:
        """Let dossiers know what the data store has confirmed; return how many."""
        with self._house.database.unit(SYSTEM) as unit:
            waiting = [(one, unit.cases.get(one.case_id)) for one in unit.notices.to_note()]
        return sum(self._noted(one, case) for one, case in waiting if case is not None)

    @property
    def job(self) -> Job:
        """The recurring job."""
        return Job("note-deliveries", EVERY, self.note)

    def _noted(self, delivery: Delivery, case: Case) -> bool:
        try:
            self._cases.do(system(BY_STORE, case), case.id, NoteDelivery(delivery=delivery.id))
        except BadRequest as refusal:
            log.warning("a delivery was not noted", case=str(case.id), code=refusal.problem.code)
            return False
        return True

    def _link(self, token: str) -> tuple[Delivery, Case] | None:
        with self._house.database.unit(SYSTEM) as unit:
            delivery = unit.notices.by_link(token_hash(token))
            case = unit.cases.get(delivery.case_id) if delivery else None
        return (delivery, case) if delivery and case else None

    def _read(self, records: tuple[CaseRecord, ...]) -> tuple[ResultFile, ...]:
        """Read the files before the link is used up; LookupError where one is not what was signed."""
        found = []
        for one in records:
            data = self._house.blobs.read(one.blob)
            if hashlib.sha256(data).hexdigest() != one.sha256:
                raise LookupError(f"record {one.id} is not what was stored")
            found.append(ResultFile(one.name, one.media_type, one.sha256, data))
        return tuple(found)
