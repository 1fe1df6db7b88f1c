"""Batches: many acts of one kind and dossier, confirmed by one mandate; stopped and gone on with by the officer."""

from __future__ import annotations

from uuid import UUID, uuid4

from verifier.accounts.caller import Caller
from verifier.accounts.plain_text import clean_text
from verifier.errors import BadRequest
from verifier.signing.acts.admission import refuse_incompetent
from verifier.signing.acts.confirming import Confirming
from verifier.signing.acts.house import READERS, SIGNERS, House, asking, batch_event
from verifier.signing.acts.parking import NEVER, STOPPED
from verifier.signing.acts.records import BatchState
from verifier.signing.records import Kind, State
from verifier.storage.database import UnitOfWork
from verifier.storage.issuances import IssuanceBatch

RUNNING = "running"


class Batches:
    """Opens, confirms, stops and tells of batches."""

    def __init__(self, house: House, confirming: Confirming) -> None:
        self._house, self._confirming = house, confirming

    def open(self, caller: Caller, kind: Kind, dossier: str) -> IssuanceBatch:
        """As `Issuing.open_batch`."""
        asks, now = asking(caller, SIGNERS), self._house.clock()
        batch = IssuanceBatch(
            uuid4(), asks.authority.id, asks.person.id, kind.value, clean_text(dossier), "open", now, now
        )
        with self._house.database.unit(caller.scope) as unit:
            refuse_incompetent(unit, asks.authority, kind, now)
            unit.issuances.add_batch(batch)
            unit.audit.append(batch_event(batch, "batch-opened", caller.actor, now))
        return batch

    def all(self, caller: Caller, limit: int) -> tuple[IssuanceBatch, ...]:
        """As `Issuing.batches`."""
        asking(caller, READERS)
        with self._house.database.unit(caller.scope) as unit:
            return unit.issuances.batches(limit)

    def state(self, caller: Caller, id_: UUID) -> BatchState:
        """As `Issuing.batch`."""
        asking(caller, READERS)
        with self._house.database.unit(caller.scope) as unit:
            batch = _found(unit, id_)
            return BatchState(batch, unit.issuances.of_batch(id_), unit.issuances.counts(id_))

    def confirm(self, caller: Caller, token: str, id_: UUID) -> tuple[UUID, ...]:
        """As `Issuing.confirm_batch`; return what is to go on."""
        asking(caller, SIGNERS)
        with self._house.database.unit(caller.scope) as unit:
            batch = _found(unit, id_)
            ids = [one.id for one in unit.issuances.of_batch(id_) if one.state == State.ORDERED]
        if batch.state != "open":
            raise BadRequest("already-confirmed")
        if not ids:
            raise BadRequest("batch-empty")
        return self._confirming.confirm(caller, token, ids, id_)

    def stop(self, caller: Caller, id_: UUID) -> None:
        """As `Issuing.stop_batch`."""
        asking(caller, SIGNERS)
        now = self._house.clock()
        with self._house.database.unit(caller.scope) as unit:
            batch = _found(unit, id_, hold=True)
            if batch.state != RUNNING:
                raise BadRequest("batch-not-running")
            unit.issuances.change_batch(id_, STOPPED, now)
            unit.issuances.stop(id_, NEVER)
            unit.audit.append(batch_event(batch, "batch-stopped", caller.actor, now))

    def resume(self, caller: Caller, id_: UUID) -> tuple[UUID, ...]:
        """As `Issuing.resume_batch`; return what is to go on."""
        asking(caller, SIGNERS)
        now = self._house.clock()
        with self._house.database.unit(caller.scope) as unit:
            batch = _found(unit, id_, hold=True)
            if batch.state != STOPPED:
                raise BadRequest("batch-not-stopped")
            unit.issuances.change_batch(id_, RUNNING, now)
            unit.audit.append(batch_event(batch, "batch-resumed", caller.actor, now))
            return unit.issuances.go_on(id_)


def _found(unit: UnitOfWork, id_: UUID, *, hold: bool = False) -> IssuanceBatch:
    batch = unit.issuances.batch(id_, hold=hold)
    if batch is None:
        raise BadRequest("not-found")
    return batch
