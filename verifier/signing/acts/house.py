"""What all parts of the act share: database, files, workers, ports, clock; who may do what; events of the audit log."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from verifier.accounts.caller import Caller
from verifier.accounts.roles import Role
from verifier.audit import Actor, Detail, Event
from verifier.check import Runs
from verifier.errors import BadRequest
from verifier.signing.acts.records import Parts
from verifier.storage.authorities import Authority
from verifier.storage.blobs import Blobs
from verifier.storage.database import Database, UnitOfWork
from verifier.storage.issuances import Issuance, IssuanceBatch
from verifier.storage.people import Person

SIGNERS = frozenset({Role.LEADER})
"""Who orders, confirms, cancels and annuls."""
READERS = frozenset({Role.LEADER, Role.SPECIALIST, Role.CLERK, Role.RECEPTION})
"""Who looks at acts and takes their documents."""
PREFIX = "act-"
"""How the names of plain files on their way begin."""


@dataclass(frozen=True)
class House:
    """What the act is done with."""

    database: Database
    blobs: Blobs
    pool: Runs
    parts: Parts
    clock: Callable[[], datetime]
    spool: Path
    upload_bytes: int

    @contextmanager
    def files(self) -> Iterator[Files]:
        """Give a place for plain files; they are gone on leaving."""
        files = Files(self.spool, self.blobs)
        try:
            yield files
        finally:
            files.clear()


class Files:
    """Plain files of one piece of work."""

    def __init__(self, spool: Path, blobs: Blobs) -> None:
        self._spool, self._blobs = spool, blobs
        self._name = f"{PREFIX}{secrets.token_hex(8)}-"
        self._count = 0

    def new(self) -> Path:
        """Return a path where nothing stands yet."""
        self._count += 1
        return self._spool / f"{self._name}{self._count}"

    def plain(self, blob: str) -> Path:
        """Return a plain copy of a stored file, for the owner's eyes only."""
        path = self.new()
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.writelines(self._blobs.stream(blob))
        return path

    def clear(self) -> None:
        """Delete them all."""
        for number in range(1, self._count + 1):
            (self._spool / f"{self._name}{number}").unlink(missing_ok=True)


@dataclass(frozen=True)
class Asking:
    """A caller who may do what is asked."""

    caller: Caller
    person: Person
    authority: Authority


def asking(caller: Caller, roles: Collection[Role]) -> Asking:
    """Refuse (`not-allowed`) whoever is no person of an authority with one of the roles."""
    if caller.person is None or caller.authority is None or not caller.roles & frozenset(roles):
        raise BadRequest("not-allowed")
    return Asking(caller, caller.person, caller.authority)


def found(unit: UnitOfWork, id_: UUID, *, hold: bool = False) -> Issuance:
    """Return an act of the unit's scope; BadRequest `not-found`."""
    act = unit.issuances.get(id_, hold=hold)
    if act is None:
        raise BadRequest("not-found")
    return act


def changed(unit: UnitOfWork, act: Issuance, **told: object) -> None:
    """Change an act as it stood; BadRequest `changed-meanwhile`."""
    if not unit.issuances.change(act, **told):
        raise BadRequest("changed-meanwhile")


def system(authority: UUID) -> Actor:
    """Return who stands in the audit log for what the service does by itself."""
    return Actor("system", "issuing", authority_id=authority)


def event(
    act: Issuance,
    action: str,
    actor: Actor,
    now: datetime,
    *,
    reason: str = "",
    details: Mapping[str, Detail] | None = None,
    reads: tuple[str, ...] = (),
) -> Event:
    """Return an event on an act."""
    told = {"kind": act.kind} | dict(details or {})
    return Event("issuance", str(act.id), action, actor, now, act.authority_id, reason, told, reads)


def batch_event(batch: IssuanceBatch, action: str, actor: Actor, now: datetime) -> Event:
    """Return an event on a batch."""
    return Event("issuance-batch", str(batch.id), action, actor, now, batch.authority_id, "", {"kind": batch.kind})
