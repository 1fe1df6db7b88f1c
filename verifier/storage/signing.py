"""Repository of who may sign with which key, and of what officers confirmed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from verifier.storage.rows import record, records, touched, values
from verifier.storage.scope import Scope
from verifier.storage.tables import SigningGrantRow, SigningMandateRow
from verifier.storage.tables.base import NOBODY


@dataclass(frozen=True)
class SigningGrant:
    """A person may have acts signed with a key."""

    id: UUID
    authority_id: UUID
    person_id: UUID
    key_name: str
    """As the signer process knows it."""
    certificate_sha256: str
    """Of the key's certificate, hexadecimal; with another certificate the grant does not hold."""
    role: str
    """`person` or `agency`."""
    kinds: list[str]
    """Ids of kinds of acts."""
    valid_from: datetime
    valid_until: datetime | None
    """Until before this instant; None where no end is known."""
    created_at: datetime
    picture: bytes | None = field(default=None, repr=False)
    """PNG that shows with this signature, where the layout shows one."""
    picture_mm: float | None = None
    """Its width."""
    ended_at: datetime | None = None
    """When it was taken back."""
    proposal_id: UUID | None = None

    def holds(self, kind: str, at: datetime) -> bool:
        """Tell whether it allows an act of this kind at this instant."""
        begun = self.valid_from <= at and (self.valid_until is None or at < self.valid_until)
        return kind in self.kinds and begun and (self.ended_at is None or at < self.ended_at)


@dataclass(frozen=True)
class SigningMandate:
    """An officer confirmed these acts with a step-up."""

    id: UUID
    authority_id: UUID
    person_id: UUID
    session_id: UUID
    confirmed_at: datetime
    expires_at: datetime
    acts: Mapping[str, Any]
    """By id of the issuance: kind, SHA-256 of the document as it came in, SHA-256 of the order and the layout."""
    mac: bytes
    """Of all the above, by a key that only the signer process has."""


class Signing:
    """The tables `signing_grant` and `signing_mandate`."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session, self._scope = session, scope

    def add_grant(self, grant: SigningGrant) -> None:
        """Store a new grant."""
        self._session.add(SigningGrantRow(**values(grant)))
        self._session.flush()

    def grant(self, id_: UUID) -> SigningGrant | None:
        """Find by id within the scope."""
        row = self._session.scalars(self._grants().where(SigningGrantRow.id == id_)).one_or_none()
        return None if row is None else record(SigningGrant, row)

    def grants(self, person: UUID | None = None) -> tuple[SigningGrant, ...]:
        """Return all grants of the scope, or of a person, newest first; ended ones too."""
        wanted = self._grants().order_by(SigningGrantRow.created_at.desc(), SigningGrantRow.id)
        if person is not None:
            wanted = wanted.where(SigningGrantRow.person_id == person)
        return records(SigningGrant, self._session.scalars(wanted))

    def end_grant(self, id_: UUID, at: datetime) -> bool:
        """Take a grant back; False where that was done already or it is not there."""
        over = update(SigningGrantRow).where(SigningGrantRow.id == id_, SigningGrantRow.ended_at.is_(None))
        if not self._scope.everything:
            over = over.where(SigningGrantRow.authority_id == (self._scope.authority or NOBODY))
        return touched(self._session, over.values(ended_at=at))

    def add_mandate(self, mandate: SigningMandate) -> None:
        """Store what an officer confirmed."""
        self._session.add(SigningMandateRow(**values(mandate)))
        self._session.flush()

    def mandate(self, id_: UUID) -> SigningMandate | None:
        """Find by id within the scope."""
        wanted = select(SigningMandateRow).where(SigningMandateRow.id == id_)
        if not self._scope.everything:
            wanted = wanted.where(SigningMandateRow.authority_id == (self._scope.authority or NOBODY))
        row = self._session.scalars(wanted).one_or_none()
        return None if row is None else record(SigningMandate, row)

    def _grants(self) -> Any:
        wanted = select(SigningGrantRow).execution_options(populate_existing=True)
        if self._scope.everything:
            return wanted
        return wanted.where(SigningGrantRow.authority_id == (self._scope.authority or NOBODY))
