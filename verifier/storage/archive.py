"""Repository of the archive: packages, lists of what is due, and what is blanked when a dossier is removed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from verifier.archive.records import Package
from verifier.cases.records import Case
from verifier.storage.cases import case_of
from verifier.storage.rows import records, touched, values
from verifier.storage.scope import Scope
from verifier.storage.tables import (
    ArchivePackageRow,
    CaseConfirmationRow,
    CasePaperRow,
    CaseRecordRow,
    CaseRow,
    DeliveryRow,
    NoticeRow,
)
from verifier.storage.tables.base import NOBODY

BLANK_PAPER: dict[str, Any] = {
    "name": "",
    "holder": "",
    "serial": "",
    "office": "",
    "signer": "",
    "title": "",
    "signed_on": None,
    "basis_note": "",
    "verdict": {},
    "annul_ground": "",
}
"""What stays of a paper is what the register and the log say too: kind, number, outcome, hash."""


class Archive:
    """The table `archive_package`, and dossiers by when they are due."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session, self._scope = session, scope

    # --- packages ----------------------------------------------------------------------------------------------------

    def add(self, package: Package) -> None:
        """Store a new package; its bytes are in the store already."""
        self._session.add(ArchivePackageRow(**values(package)))
        self._session.flush()

    def packages(self, case: UUID) -> tuple[Package, ...]:
        """Return the packages of a dossier, the newest first."""
        row = ArchivePackageRow
        wanted = self._own(row, row.case_id == case).order_by(row.made_at.desc(), row.id)
        return records(Package, self._session.scalars(wanted))

    def get(self, id_: UUID) -> Package | None:
        """Find a package within the scope."""
        found = records(Package, self._session.scalars(self._own(ArchivePackageRow, ArchivePackageRow.id == id_)))
        return found[0] if found else None

    def change(self, id_: UUID, **told: Any) -> bool:
        """Change columns of a package whose dossier is held."""
        return touched(self._session, update(ArchivePackageRow).where(ArchivePackageRow.id == id_).values(**told))

    def known_blobs(self, names: tuple[str, ...]) -> frozenset[str]:
        """Return which of `names` some package refers to."""
        column = ArchivePackageRow.blob
        return frozenset(self._session.scalars(select(column).where(column.in_(names))))

    # --- what is due -------------------------------------------------------------------------------------------------

    def at_officers(self, by: datetime, limit: int, after: tuple[datetime, UUID] | None = None) -> tuple[Case, ...]:
        """Return dossiers that ended by an instant and did not go to the store, in the order of ending."""
        row = CaseRow
        which = [row.ended_at <= by, row.archived_at.is_(None), row.removed_at.is_(None)]
        if after:
            which.append(or_(row.ended_at > after[0], (row.ended_at == after[0]) & (row.id > after[1])))
        return self._cases(limit, *which, by=(row.ended_at, row.id))

    def removable(self, today: date, limit: int) -> tuple[Case, ...]:
        """Return archived dossiers whose time is over, in the order of its end."""
        row = CaseRow
        which = (row.keep_until <= today, row.archived_at.is_not(None), row.removed_at.is_(None))
        return self._cases(limit, *which, by=(row.keep_until, row.id))

    def undecided(self, limit: int) -> tuple[Case, ...]:
        """Return archived dossiers of which nobody has said how long they are kept, in the order of ending."""
        row = CaseRow
        which = (row.keep_until.is_(None), row.archived_at.is_not(None), row.removed_at.is_(None))
        return self._cases(limit, *which, by=(row.ended_at, row.id))

    # --- removal -----------------------------------------------------------------------------------------------------

    def blank(self, case: UUID) -> None:
        """Forget what papers, records, requests, notices and deliveries of a held dossier say of people.

        Payments, receipts and refunds are books of money, and stay as they are.
        """
        for table, told in (
            (CasePaperRow, BLANK_PAPER),
            (CaseRecordRow, {"blob": "", "name": "", "made_by": ""}),
            (CaseConfirmationRow, {"question": "", "address": ""}),
            (NoticeRow, {"values": {}, "address": ""}),
            (DeliveryRow, {"proof": {}}),
            (ArchivePackageRow, {"blob": ""}),
        ):
            self._session.execute(update(table).where(table.case_id == case).values(**told))

    def _cases(self, limit: int, *which: ColumnElement[bool], by: tuple[Any, ...]) -> tuple[Case, ...]:
        wanted = self._own(CaseRow, *which).order_by(*by).limit(limit)
        return tuple(case_of(row) for row in self._session.scalars(wanted))

    def _own(self, table: Any, *which: ColumnElement[bool]) -> Any:
        wanted = select(table).where(*which).execution_options(populate_existing=True)
        if self._scope.everything:
            return wanted
        return wanted.where(table.authority_id == (self._scope.authority or NOBODY))
