"""Repository of acts of issuing, step by step, and of batches of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.orm import Session

from verifier.storage.rows import record, records, touched, values
from verifier.storage.scope import Scope
from verifier.storage.tables import IssuanceBatchRow, IssuanceRow
from verifier.storage.tables.base import NOBODY

OVER = ("ordered", "released", "cancelled")
"""States in which the service has nothing to do."""
HEAVY = ("input_report", "output_report")
"""Columns that lists go without."""


@dataclass(frozen=True)
class Issuance:
    """One act of issuing. States and levels as in `signing.records`."""

    id: UUID
    authority_id: UUID
    officer_id: UUID
    kind: str
    dossier: str
    level: str
    wanted: Mapping[str, Any]
    """The order, as JSON."""
    state: str
    created_at: datetime
    file_name: str
    size: int
    input_sha256: str
    input_blob: str
    check_sha256: bytes
    """Of the check code that stands in the QR code."""
    version: int = 1
    """Counts changes; whoever changes it says on which version."""
    batch_id: UUID | None = None
    mandate_id: UUID | None = None
    law_sha256: str = ""
    """Of the law book by which the officer decided; empty before that."""
    input_report: str = field(default="", repr=False)
    """JSON report of our judge on the document as it came in."""
    placement: str = ""
    """`page` or `allonge`, once laid out."""
    layout: Mapping[str, Any] = field(default_factory=dict)
    """Where the pieces stand, and why so, as JSON."""
    book: str = ""
    """Symbol of the register book."""
    year: int | None = None
    number: int | None = None
    number_text: str = ""
    """As printed."""
    volume: int = 1
    """Of the book (quyển số), in which the number stands."""
    issued_at: datetime | None = None
    """Time that stands on the mark."""
    working_blob: str | None = None
    """The document as far as it is."""
    prepared: Mapping[str, Any] | None = None
    """Of the working document: where the CMS goes and what its byte range hashes to, as JSON."""
    person_digest: str = ""
    """Hexadecimal; what the person's signature signs. Stored before it is signed; as the next."""
    agency_digest: str = ""
    output_blob: str | None = None
    output_sha256: str = ""
    output_report: str = field(default="", repr=False)
    """JSON report of our judge on what came out."""
    conclusion: str = ""
    released_at: datetime | None = None
    problem: Mapping[str, Any] | None = None
    """Why it waits or was abandoned: code, detail, params."""
    attempts: int = 0
    """Of the present step."""
    next_try_at: datetime | None = None
    leased_until: datetime | None = None
    """Somebody has it in hand until then."""
    stop_asked: bool = False
    annulled_at: datetime | None = None
    annulled_by: UUID | None = None
    annul_ground: str = ""
    annul_decision: str = ""
    """Number of the decision."""
    replaces_id: UUID | None = None
    replaced_by_id: UUID | None = None


@dataclass(frozen=True)
class IssuanceBatch:
    """Many acts of one kind that are confirmed at once."""

    id: UUID
    authority_id: UUID
    officer_id: UUID
    kind: str
    dossier: str
    state: str
    """`open`: being filled; `running`; `stopped`: by the officer, may go on; `finished`."""
    created_at: datetime
    changed_at: datetime


class Issuances:
    """The tables `issuance` and `issuance_batch`."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session, self._scope = session, scope

    def add(self, issuance: Issuance) -> None:
        """Store a new act."""
        self._session.add(IssuanceRow(**values(issuance)))
        self._session.flush()

    def get(self, id_: UUID, *, hold: bool = False) -> Issuance | None:
        """Find by id within the scope; with `hold` nobody else changes it until the unit of work ends."""
        wanted = self._own(IssuanceRow.id == id_)
        return self._one(wanted.with_for_update() if hold else wanted)

    def hold(self, ids: Iterable[UUID]) -> None:
        """Hold acts in the order of their ids, so that those who hold several never wait for each other in a circle."""
        wanted = self._bound(select(IssuanceRow.id), IssuanceRow).where(IssuanceRow.id.in_(set(ids)))
        self._session.execute(wanted.order_by(IssuanceRow.id).with_for_update())

    def by_check(self, check_sha256: bytes) -> Issuance | None:
        """Find by the hash of the check code."""
        return self._one(self._own(IssuanceRow.check_sha256 == check_sha256))

    def by_output(self, sha256: str) -> Issuance | None:
        """Find the released act whose document has this SHA-256, hexadecimal."""
        return self._one(self._own(IssuanceRow.output_sha256 == sha256, IssuanceRow.state == "released"))

    def by_request(self, officer: UUID, request: str, since: datetime) -> Issuance | None:
        """Find what an officer ordered since an instant under a request that begins so, the newest."""
        told = func.jsonb_extract_path_text(IssuanceRow.wanted, "request")
        which = (IssuanceRow.officer_id == officer, IssuanceRow.created_at >= since, told.startswith(request))
        found = self._all(self._own(*which).order_by(IssuanceRow.created_at.desc()).limit(1))
        return found[0] if found else None

    def recent(
        self, limit: int = 100, *, state: str = "", kind: str = "", after: tuple[datetime, UUID] | None = None
    ) -> tuple[Issuance, ...]:
        """Return the newest acts of the scope; with `after` those that follow the one made at an instant with an id."""
        which = [column == told for column, told in ((IssuanceRow.state, state), (IssuanceRow.kind, kind)) if told]
        if after:
            same = and_(IssuanceRow.created_at == after[0], IssuanceRow.id > after[1])
            which.append(or_(IssuanceRow.created_at < after[0], same))
        return self._all(self._own(*which).order_by(IssuanceRow.created_at.desc(), IssuanceRow.id).limit(limit))

    def several(self, ids: Sequence[UUID]) -> tuple[Issuance, ...]:
        """Return those acts of the scope that are there, in the order of `ids`, without their reports."""
        found = {one.id: one for one in self._light(IssuanceRow.id.in_(ids))}
        return tuple(found[id_] for id_ in dict.fromkeys(ids) if id_ in found)

    def of_batch(self, batch: UUID) -> tuple[Issuance, ...]:
        """Return the acts of a batch in the order in which they came, without their reports."""
        return self._light(IssuanceRow.batch_id == batch)

    def stop(self, batch: UUID, until: datetime) -> int:
        """Let the acts of a batch that have no number yet, and that nobody has in hand, wait until an instant."""
        wanted = self._bound(update(IssuanceRow), IssuanceRow).where(
            IssuanceRow.batch_id == batch, IssuanceRow.state == "confirmed", IssuanceRow.leased_until.is_(None)
        )
        told = {"stop_asked": True, "next_try_at": until, "version": IssuanceRow.version + 1}
        done: Any = self._session.execute(wanted.values(**told))
        return int(done.rowcount)

    def go_on(self, batch: UUID) -> tuple[UUID, ...]:
        """Let the acts of a batch that were stopped go on; return their ids in the order in which they came."""
        wanted = self._bound(update(IssuanceRow), IssuanceRow).where(
            IssuanceRow.batch_id == batch, IssuanceRow.stop_asked
        )
        self._session.execute(wanted.values(stop_asked=False, next_try_at=None, version=IssuanceRow.version + 1))
        return tuple(one.id for one in self.of_batch(batch) if one.state == "confirmed")

    def counts(self, batch: UUID) -> Mapping[str, int]:
        """Count the acts of a batch by state."""
        wanted = (
            select(IssuanceRow.state, func.count()).where(IssuanceRow.batch_id == batch).group_by(IssuanceRow.state)
        )
        return {row[0]: row[1] for row in self._session.execute(self._bound(wanted, IssuanceRow))}

    def change(self, issuance: Issuance, **told: Any) -> bool:
        """Change an act as it stood in `issuance`; False where somebody else has changed it meanwhile."""
        same = (IssuanceRow.id == issuance.id, IssuanceRow.version == issuance.version)
        wanted = self._bound(update(IssuanceRow), IssuanceRow).where(*same)
        return touched(self._session, wanted.values(version=issuance.version + 1, **told))

    def lease(self, id_: UUID, now: datetime, until: datetime) -> Issuance | None:
        """Take an open act in hand until an instant; None where somebody else has it, or there is nothing to do."""
        free = or_(IssuanceRow.leased_until.is_(None), IssuanceRow.leased_until <= now)
        wanted = self._bound(update(IssuanceRow), IssuanceRow)
        wanted = wanted.where(IssuanceRow.id == id_, IssuanceRow.state.not_in(OVER), free)
        taken = touched(self._session, wanted.values(leased_until=until, version=IssuanceRow.version + 1))
        return self.get(id_) if taken else None

    def due(self, now: datetime, limit: int) -> tuple[UUID, ...]:
        """Return ids of open acts that nobody has in hand and that need not wait longer, the oldest first."""
        free = or_(IssuanceRow.leased_until.is_(None), IssuanceRow.leased_until <= now)
        ready = or_(IssuanceRow.next_try_at.is_(None), IssuanceRow.next_try_at <= now)
        wanted = select(IssuanceRow.id).where(IssuanceRow.state.not_in(OVER), free, ready)
        wanted = self._bound(wanted, IssuanceRow).order_by(IssuanceRow.created_at, IssuanceRow.id).limit(limit)
        return tuple(self._session.scalars(wanted))

    def drop_leases(self) -> int:
        """Forget who has what in hand: at the start of the only process that does this work."""
        held = self._bound(update(IssuanceRow), IssuanceRow).where(IssuanceRow.leased_until.is_not(None))
        done: Any = self._session.execute(held.values(leased_until=None))
        return int(done.rowcount)

    def known_blobs(self, names: tuple[str, ...]) -> frozenset[str]:
        """Which of `names` some act refers to."""
        columns = (IssuanceRow.input_blob, IssuanceRow.working_blob, IssuanceRow.output_blob)
        found = [self._session.scalars(select(one).where(one.in_(names))) for one in columns]
        return frozenset(name for some in found for name in some if name)

    # --- batches -----------------------------------------------------------------------------------------------------

    def add_batch(self, batch: IssuanceBatch) -> None:
        """Store a new batch."""
        self._session.add(IssuanceBatchRow(**values(batch)))
        self._session.flush()

    def batch(self, id_: UUID, *, hold: bool = False) -> IssuanceBatch | None:
        """Find by id within the scope."""
        wanted = self._bound(select(IssuanceBatchRow), IssuanceBatchRow).where(IssuanceBatchRow.id == id_)
        wanted = wanted.execution_options(populate_existing=True)
        row = self._session.scalars(wanted.with_for_update() if hold else wanted).one_or_none()
        return None if row is None else record(IssuanceBatch, row)

    def batches(self, limit: int = 50) -> tuple[IssuanceBatch, ...]:
        """Return the newest batches of the scope."""
        wanted = self._bound(select(IssuanceBatchRow), IssuanceBatchRow)
        return records(
            IssuanceBatch, self._session.scalars(wanted.order_by(IssuanceBatchRow.created_at.desc()).limit(limit))
        )

    def change_batch(self, id_: UUID, state: str, now: datetime) -> bool:
        """Note a batch's state; False where it is not there."""
        wanted = self._bound(update(IssuanceBatchRow), IssuanceBatchRow).where(IssuanceBatchRow.id == id_)
        return touched(self._session, wanted.values(state=state, changed_at=now))

    # --- inside --------------------------------------------------------------------------------------------------

    def _own(self, *which: ColumnElement[bool]) -> Any:
        wanted = select(IssuanceRow).execution_options(populate_existing=True)
        return self._bound(wanted, IssuanceRow).where(*which)

    def _bound(self, statement: Any, table: Any) -> Any:
        if self._scope.everything:
            return statement
        return statement.where(table.authority_id == (self._scope.authority or NOBODY))

    def _one(self, wanted: Any) -> Issuance | None:
        row = self._session.scalars(wanted).one_or_none()
        return None if row is None else record(Issuance, row)

    def _light(self, *which: ColumnElement[bool]) -> tuple[Issuance, ...]:
        names = [one.name for one in fields(Issuance) if one.name not in HEAVY]
        wanted = self._bound(select(*(getattr(IssuanceRow, name) for name in names)), IssuanceRow).where(*which)
        rows = self._session.execute(wanted.order_by(IssuanceRow.created_at, IssuanceRow.id))
        return tuple(Issuance(**dict(zip(names, row, strict=True))) for row in rows)

    def _all(self, wanted: Any) -> tuple[Issuance, ...]:
        return records(Issuance, self._session.scalars(wanted))
