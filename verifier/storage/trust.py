"""Repository of trust: which snapshot was in use from when on (journal), and how each followed list stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from verifier.storage.rows import record, records, values
from verifier.storage.scope import Scope
from verifier.storage.tables import TrustChangeRow, TrustSourceRow

INSTALLED, APPROVED, REFRESHED = "installed", "approved", "refreshed"
"""Kinds of changes: taken as the operator left it; approved by a second person; a newer list of an approved scheme."""


@dataclass(frozen=True)
class TrustJournalEntry:
    """From here on another snapshot is in use."""

    number: int
    """From 1, without gaps."""
    snapshot_id: str
    previous_id: str
    """Empty for the first."""
    kind: str
    """`installed`, `approved` or `refreshed`."""
    authority_id: UUID | None
    """Whose people did it; None unless `approved`, as for the next."""
    proposal_id: UUID | None
    at: datetime
    made_by: str
    """Name of who proposed it; empty where nobody did."""
    approved_by: str
    reason: str
    effect: Mapping[str, Any] = field(default_factory=dict)
    """What changed, in numbers and names, as `keeping.keeper` writes it."""


@dataclass(frozen=True)
class TrustSource:
    """How a list that is followed stands."""

    scheme: str
    location: str
    tried_at: datetime | None
    good_at: datetime | None
    """When it was last fetched and found good, newer or not."""
    next_try_at: datetime
    failures: int
    """In a row."""
    problem: str
    """Code of what is wrong; empty where nothing is."""
    params: Mapping[str, Any] = field(default_factory=dict)


class Trust:
    """The tables `trust_change` and `trust_source`; everybody may read them."""

    def __init__(self, session: Session, _scope: Scope) -> None:
        self._session = session

    def current(self) -> TrustJournalEntry | None:
        """Return the newest entry: its snapshot is in use; None before the first."""
        found = self.journal(limit=1)
        return found[0] if found else None

    def journal(self, limit: int = 100, before: int | None = None) -> tuple[TrustJournalEntry, ...]:
        """Return entries, newest first; with `before` those of a lower number."""
        wanted = select(TrustChangeRow).order_by(TrustChangeRow.number.desc()).limit(limit)
        if before is not None:
            wanted = wanted.where(TrustChangeRow.number < before)
        return records(TrustJournalEntry, self._session.scalars(wanted))

    def of_proposal(self, id_: UUID) -> TrustJournalEntry | None:
        """Return the entry that an approved proposal made; None where there is none."""
        found = self._session.scalars(select(TrustChangeRow).where(TrustChangeRow.proposal_id == id_)).one_or_none()
        return None if found is None else record(TrustJournalEntry, found)

    def add(self, entry: TrustJournalEntry) -> None:
        """Add the next entry. IntegrityError where another process added one of this number."""
        self._session.add(TrustChangeRow(**values(entry)))
        self._session.flush()

    def sources(self) -> tuple[TrustSource, ...]:
        """Return how all followed lists stand, by scheme."""
        return records(TrustSource, self._session.scalars(select(TrustSourceRow).order_by(TrustSourceRow.scheme)))

    def put_source(self, source: TrustSource) -> None:
        """Note how a list stands."""
        told = values(source)
        wanted = insert(TrustSourceRow).values(**told)
        told.pop("scheme")
        self._session.execute(wanted.on_conflict_do_update(index_elements=["scheme"], set_=told))

    def drop_source(self, scheme: str) -> None:
        """Forget a list that is not followed any more."""
        self._session.execute(delete(TrustSourceRow).where(TrustSourceRow.scheme == scheme))
