"""Repository of proposals: changes that one person proposes and another decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from verifier.storage.rows import record, records, touched, values
from verifier.storage.scope import Scope
from verifier.storage.tables import ProposalRow


@dataclass(frozen=True)
class Proposal:
    """A change that waits for, or was decided by, a second person."""

    id: UUID
    authority_id: UUID
    kind: str
    """What is to be changed: `authority`, …"""
    subject_id: str
    payload: Mapping[str, Any]
    """The change, as the kind defines it; plain JSON."""
    base_version: int
    """Version of the subject on which the change was made."""
    reason: str
    state: str
    """`open`: the approver's move; `approved`, `rejected`, `withdrawn`: decided."""
    proposed_by: UUID
    proposed_at: datetime
    decided_by: UUID | None = None
    decided_at: datetime | None = None
    decision_reason: str = ""


class Proposals:
    """The table `proposal`."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session, self._scope = session, scope

    def add(self, proposal: Proposal) -> None:
        """Store a new proposal."""
        self._session.add(ProposalRow(**values(proposal)))
        self._session.flush()

    def get(self, id_: UUID) -> Proposal | None:
        """Find by id within the scope."""
        row = self._session.scalars(self._own().where(ProposalRow.id == id_)).one_or_none()
        return None if row is None else record(Proposal, row)

    def all(self, limit: int = 100) -> tuple[Proposal, ...]:
        """Proposals of the scope, newest first."""
        wanted = self._own().order_by(ProposalRow.proposed_at.desc()).limit(limit)
        return records(Proposal, self._session.scalars(wanted))

    def decide(self, id_: UUID, state: str, by: UUID, at: datetime, reason: str) -> bool:
        """Note a decision; False where it is not open any more. IntegrityError where proposer and approver are one."""
        wanted = update(ProposalRow).where(ProposalRow.id == id_, ProposalRow.state == "open")
        if not self._scope.everything:
            wanted = wanted.where(ProposalRow.authority_id == self._scope.authority)
        told = wanted.values(state=state, decided_by=by, decided_at=at, decision_reason=reason)
        return touched(self._session, told)

    def _own(self) -> Any:
        wanted = select(ProposalRow).execution_options(populate_existing=True)
        return wanted if self._scope.everything else wanted.where(ProposalRow.authority_id == self._scope.authority)
