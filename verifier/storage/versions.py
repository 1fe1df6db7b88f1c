"""Repository of the versions of released documents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import exists, or_, select, update
from sqlalchemy.orm import Session

from verifier.storage.issuances import Issuance
from verifier.storage.rows import record, records, touched, values
from verifier.storage.scope import Scope
from verifier.storage.tables import IssuanceRow, IssuanceVersionRow
from verifier.storage.tables.base import NOBODY


@dataclass(frozen=True)
class Version:
    """One version of a released document; it begins with the bytes of the one before it."""

    issuance_id: UUID
    number: int
    """1 for the document as it was released."""
    authority_id: UUID
    sha256: str
    """Of the file, hexadecimal."""
    size: int
    """Bytes: an older version is so much of the beginning of the newest."""
    blob: str | None
    """The file; None for the first, which the act itself names, and for those that a newer one begins with."""
    made_at: datetime
    renew_before: datetime
    """When its archive time stamp is to be renewed."""
    newest: bool = True
    attempts: int = 0
    """Failures to renew it."""
    next_try_at: datetime | None = None
    problem: Mapping[str, Any] | None = None
    """Why it could not be renewed: code, detail, params."""


class Versions:
    """The table `issuance_version`."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session, self._scope = session, scope

    def add(self, version: Version) -> None:
        """Add a version as the newest; the one before it, if any, is that no more."""
        before = self._bound(update(IssuanceVersionRow)).where(
            IssuanceVersionRow.issuance_id == version.issuance_id, IssuanceVersionRow.newest
        )
        self._session.execute(before.values(newest=False, blob=None, next_try_at=None, problem=None))
        self._session.add(IssuanceVersionRow(**values(version)))
        self._session.flush()

    def newest(self, issuance: UUID, *, hold: bool = False) -> Version | None:
        """Find the newest version of an act; with `hold` nobody else changes it until the unit of work ends."""
        which = (IssuanceVersionRow.issuance_id == issuance, IssuanceVersionRow.newest)
        wanted = self._bound(select(IssuanceVersionRow)).where(*which).execution_options(populate_existing=True)
        row = self._session.scalars(wanted.with_for_update() if hold else wanted).one_or_none()
        return None if row is None else record(Version, row)

    def by_sha256(self, sha256: str) -> UUID | None:
        """Find the act of which a document with this SHA-256, hexadecimal, is some version."""
        wanted = self._bound(select(IssuanceVersionRow.issuance_id)).where(IssuanceVersionRow.sha256 == sha256)
        return self._session.scalars(wanted.limit(1)).first()

    def unseen(self, limit: int) -> tuple[Issuance, ...]:
        """Return released acts of which no version is noted yet, the oldest first."""
        noted = exists().where(IssuanceVersionRow.issuance_id == IssuanceRow.id)
        wanted = select(IssuanceRow).where(IssuanceRow.state == "released", ~noted)
        if not self._scope.everything:
            wanted = wanted.where(IssuanceRow.authority_id == (self._scope.authority or NOBODY))
        rows = self._session.scalars(wanted.order_by(IssuanceRow.released_at, IssuanceRow.id).limit(limit))
        return records(Issuance, rows)

    def due(self, now: datetime, limit: int) -> tuple[Version, ...]:
        """Return the newest versions that are to be renewed and need not wait, the most urgent first."""
        ready = or_(IssuanceVersionRow.next_try_at.is_(None), IssuanceVersionRow.next_try_at <= now)
        wanted = self._bound(select(IssuanceVersionRow)).where(
            IssuanceVersionRow.newest, IssuanceVersionRow.renew_before <= now, ready
        )
        ordered = wanted.order_by(IssuanceVersionRow.renew_before, IssuanceVersionRow.issuance_id).limit(limit)
        return records(Version, self._session.scalars(ordered))

    def failed(self, version: Version, next_try_at: datetime, problem: Mapping[str, Any]) -> bool:
        """Note that a version could not be renewed, and when that is tried again; False where it is not the newest."""
        wanted = self._bound(update(IssuanceVersionRow)).where(
            IssuanceVersionRow.issuance_id == version.issuance_id,
            IssuanceVersionRow.number == version.number,
            IssuanceVersionRow.newest,
        )
        told = {"attempts": version.attempts + 1, "next_try_at": next_try_at, "problem": dict(problem)}
        return touched(self._session, wanted.values(**told))

    def known_blobs(self, names: tuple[str, ...]) -> frozenset[str]:
        """Which of `names` some version refers to."""
        found = select(IssuanceVersionRow.blob).where(IssuanceVersionRow.blob.in_(names))
        return frozenset(name for name in self._session.scalars(found) if name)

    def _bound(self, statement: Any) -> Any:
        if self._scope.everything:
            return statement
        return statement.where(IssuanceVersionRow.authority_id == (self._scope.authority or NOBODY))
