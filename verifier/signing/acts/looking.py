"""Looking at acts and taking their documents; that somebody read one is noted in the audit log."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from verifier.accounts.caller import Caller
from verifier.errors import BadRequest, CouldNotIssue
from verifier.signing.acts.facts import numbered_facts, office_of
from verifier.signing.acts.house import READERS, House, asking, event, found
from verifier.signing.acts.plan import plan_from
from verifier.signing.ports import Layout
from verifier.signing.records import Kind, State
from verifier.storage.blobs import StoredFile
from verifier.storage.issuances import Issuance


class Looking:
    """What officers read. Nothing is changed."""

    def __init__(self, house: House) -> None:
        self._house = house

    def get(self, caller: Caller, id_: UUID) -> Issuance:
        """As `Issuing.get`."""
        asking(caller, READERS)
        with self._house.database.unit(caller.scope) as unit:
            return found(unit, id_)

    def recent(
        self, caller: Caller, limit: int, *, state: str, kind: str, after: tuple[datetime, UUID] | None
    ) -> tuple[Issuance, ...]:
        """As `Issuing.recent`."""
        asking(caller, READERS)
        with self._house.database.unit(caller.scope) as unit:
            return unit.issuances.recent(limit, state=state, kind=kind, after=after)

    def layout(self, kind: Kind) -> Layout:
        """As `Issuing.layout`."""
        return self._house.parts.draws.layout(kind, self._house.clock().date())

    def document(self, caller: Caller, id_: UUID) -> StoredFile:
        """As `Issuing.document`."""
        act = self._read(caller, id_, "document")
        if act.state != State.RELEASED or not act.output_blob:
            raise BadRequest("not-released")
        with self._house.database.unit(caller.scope) as unit:
            renewed = unit.versions.newest(id_)
        return self._house.blobs.file((renewed.blob if renewed else None) or act.output_blob)

    def original(self, caller: Caller, id_: UUID) -> StoredFile:
        """As `Issuing.original`."""
        act = self._read(caller, id_, "original")
        if not act.input_blob:
            raise BadRequest("not-found")
        return self._house.blobs.file(act.input_blob)

    def sheet(self, caller: Caller, id_: UUID) -> bytes:
        """As `Issuing.sheet`."""
        asking(caller, READERS)
        with self._house.database.unit(caller.scope) as unit:
            act = found(unit, id_)
            if act.state != State.RELEASED:
                raise BadRequest("not-released")
            office = office_of(unit, act.authority_id, act.officer_id)
        try:
            facts = numbered_facts(self._house.parts, act, office, plan_from(act.layout))
        except CouldNotIssue as refusal:
            raise CouldNotIssue("no-sheet", refusal.problem.detail) from None
        return self._house.parts.draws.sheet(facts).pdf

    def _read(self, caller: Caller, id_: UUID, what: str) -> Issuance:
        """Find an act for one who takes a document of it, which is noted."""
        asking(caller, READERS)
        now = self._house.clock()
        with self._house.database.unit(caller.scope) as unit:
            act = found(unit, id_)
            unit.audit.append(event(act, "issuance-read", caller.actor, now, reads=(what,)))
        return act
