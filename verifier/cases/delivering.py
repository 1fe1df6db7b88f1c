"""`Deliveries`: what pages, the API and jobs ask of results that are given out. One object a process."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from verifier.cases.delivery import (
    FetchResult,
    NoteDelivery,
    RenewLink,
    UseLink,
    results,
    scene_at,
    settled,
    standing_results,
)
from verifier.cases.desk import Cases, View
from verifier.cases.kernel import Asker, system
from verifier.cases.looking import Look
from verifier.cases.outlook import Left, Outlook, outlook
from verifier.cases.records import Case, CaseRecord
from verifier.cases.statuses import Status
from verifier.errors import BadRequest
from verifier.storage.blobs import StoredFile
from verifier.storage.notices import Delivery
from verifier.storage.rows import token_hash
from verifier.storage.scope import SYSTEM
from verifier.workers.jobs import Job

EVERY = timedelta(minutes=1)
"""How often it is looked whether the data store has confirmed something."""
BY_LINK, BY_STORE = "delivery-link", "data-store"

log = structlog.get_logger("verifier.cases")


@dataclass(frozen=True)
class ResultFile:
    """One file of a result, as it was signed."""

    name: str
    media_type: str
    sha256: str
    file: StoredFile
    """Its bytes, to be opened later: results may be large."""


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
        files = self._checked(records)
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
        files = self._checked(records)
        case = self._cases.do(asker, id_, FetchResult())
        with self._house.database.unit(asker.scope) as unit:
            there = results(unit, case)
        return Fetched(case, files if there == records else self._checked(there))  # one was annulled meanwhile

    def outlook(self, asker: Asker, view: View) -> tuple[Outlook, Left]:
        """Return how the result of a dossier that the asker sees stands, and what was done for it."""
        case = view.case
        with self._house.database.unit(asker.scope) as unit:
            left = Left(unit.notices.deliveries(case.id), unit.notices.of_case(case.id))
            if case.status != Status.SIGNED:
                return Outlook(case.delivery), left
            known = {"papers": view.papers, "records": view.records}
            look = Look(self._house, unit, case, asker, self._house.clock(), known=known)
            there = frozenset(one.id for one in standing_results(view.papers, view.records) if one.blob)
            left = replace(left, records=there, settled=settled(look))
            scene = scene_at(self._house, case, view.papers, view.records)
            return outlook(case.delivery, scene, left, look.now), left

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

    def _checked(self, records: tuple[CaseRecord, ...]) -> tuple[ResultFile, ...]:
        """Read the files through before the link is used up; LookupError where one is not what was signed."""
        for one in records:
            digest = hashlib.sha256()
            for piece in self._house.blobs.stream(one.blob):
                digest.update(piece)
            if digest.hexdigest() != one.sha256:
                raise LookupError(f"record {one.id} is not what was stored")
        return tuple(
            ResultFile(one.name, one.media_type, one.sha256, self._house.blobs.file(one.blob)) for one in records
        )
