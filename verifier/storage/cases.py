"""Repository of dossiers: the case, its papers, stored records, confirmations, uploads, and answered requests."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, fields
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, DateTime, and_, cast, delete, func, literal_column, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from verifier.cases.records import Applicant, Case, CaseRecord, Confirmation, Paper, Upload
from verifier.errors import BadRequest
from verifier.storage.parts import of_cases, parts
from verifier.storage.rows import record, records, touched, values
from verifier.storage.scope import Scope
from verifier.storage.tables import (
    CaseConfirmationRow,
    CaseCounterRow,
    CasePaperRow,
    CaseRecordRow,
    CaseRequestRow,
    CaseRow,
    CaseUploadRow,
    IssuanceRow,
)
from verifier.storage.tables.base import NOBODY

UNJUDGED = "case_paper.verdict = '{}'"
TO_JUDGE = f"({UNJUDGED} or jsonb_exists(case_paper.verdict, 'again_at'))"
"""As in the index `case_paper_to_judge`, word for word."""
CLIENT = "client:"
"""How the filer of a dossier begins that a machine client filed, as in the index `case_external_of_client`."""
PARTS = (CasePaperRow, CaseRecordRow, CaseConfirmationRow)
"""What goes with a dossier to another authority."""
NOT_DRAWN = "0" * 64
"""SHA-256 that stands in a record, within its unit of work, until its form is drawn."""
FINDS_CASES = frozenset({"applicant", "authority_id", "code", "external"})
"""Columns of a dossier by which it is found."""
FINDS_PAPERS = frozenset({"holder", "serial", "entry", "year"})


class Cases:
    """The tables `case_…`: dossiers that the scope's authority has, or that were filed there."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session, self._scope = session, scope
        self.renamed: set[UUID] = set()
        """Dossiers by which this unit of work changed something that finds them; `case_search` follows at its end."""
        self.papers_renamed: set[UUID] = set()
        self.undrawn: set[UUID] = set()
        """Records whose form is still being drawn: none when the unit of work ends."""
        self._papers: dict[UUID, tuple[Paper, ...]] = {}
        """What was read of dossiers, until a paper changes: handlers ask for them again and again."""

    # --- the dossier -------------------------------------------------------------------------------------------------

    def add(self, case: Case) -> None:
        """Store a new dossier; BadRequest `external-known` (`dossier`) where its reference was filed in this moment."""
        try:
            with self._session.begin_nested():
                self._session.add(CaseRow(**_told(values(case))))
                self._session.flush()
        except IntegrityError as clash:
            if "case_external" not in str(clash.orig):
                raise
            known = self.filed_under(case.intake_id, case.external, case.filed_by)
            raise BadRequest("external-known", case.external, dossier=known) from None
        self.renamed.add(case.id)

    def get(self, id_: UUID, *, hold: bool = False) -> Case | None:
        """Find by id; with `hold` nobody else holds or changes it until the unit of work ends."""
        return self._one(CaseRow.id == id_, hold=hold)

    def pin(self, ids: Iterable[UUID]) -> None:
        """Keep others from holding dossiers until the unit of work ends; any number of units may pin one dossier.

        For whoever changes a part before it writes a row that names the dossier, which pins it by itself: commands hold
        the dossier first.
        """
        wanted = self._bound(select(CaseRow.id)).where(CaseRow.id.in_(set(ids))).order_by(CaseRow.id)
        self._session.execute(wanted.with_for_update(read=True, key_share=True))

    def by_code(self, code: str) -> Case | None:
        """Find by its code, which is no secret: never show what it finds to somebody who brings no more than that."""
        return self._one(CaseRow.code == code)

    def filed_under(self, authority: UUID, external: str, filer: str) -> str:
        """Return the code of the dossier that who files has filed under this reference before; empty where none is.

        Each client (`client:<uuid>`) numbers by itself, officers of an authority share their references.
        """
        row = CaseRow
        alone = filer.startswith(CLIENT)
        same = row.filed_by == filer if alone else row.filed_by.not_like(f"{CLIENT}%")
        wanted = self._bound(select(row.code)).where(row.intake_id == authority, row.external == external, same)
        return self._session.scalar(wanted.limit(1)) or ""

    def by_token(self, token_sha256: bytes) -> Case | None:
        """Find by the hash of its secret access token."""
        return self._one(CaseRow.token_sha256 == token_sha256)

    def of_identity(self, digests: Iterable[bytes], limit: int) -> tuple[Case, ...]:
        """Return the dossiers that one electronic identity filed, the newest first; removed ones are left out."""
        wanted = self._bound(select(CaseRow)).where(
            CaseRow.identity.in_([one for one in digests if one]), CaseRow.removed_at.is_(None)
        )
        rows = self._session.scalars(wanted.order_by(CaseRow.filed_at.desc(), CaseRow.id).limit(limit))
        return tuple(case_of(row) for row in rows)

    def filed_by(
        self, filer: str, limit: int, after: tuple[datetime, UUID] | None = None, **which: str
    ) -> tuple[Case, ...]:
        """Return the dossiers that a client filed, the newest first; `which`: only those with these columns."""
        row = CaseRow
        wanted = self._bound(select(row)).where(row.filed_by == filer, row.removed_at.is_(None)).filter_by(**which)
        if after:
            wanted = wanted.where(tuple_(row.filed_at, row.id) < after)
        rows = self._session.scalars(wanted.order_by(row.filed_at.desc(), row.id.desc()).limit(limit))
        return tuple(case_of(one) for one in rows)

    def change(self, case: Case, **told: Any) -> bool:
        """Change columns of a dossier and count its version up; False where it is not at `case.version` any more."""
        which = (CaseRow.id == case.id, CaseRow.version == case.version)
        if told.keys() & FINDS_CASES:
            self.renamed.add(case.id)
        wanted = self._bound(update(CaseRow)).where(*which).values(**_told(told), version=case.version + 1)
        return touched(self._session, wanted)

    def to_warn(self, now: datetime, ahead: datetime, limit: int, within: Collection[str]) -> tuple[Case, ...]:
        """Return open dossiers past a target, due before `ahead`, or late, of which nobody was warned yet.

        `within`: statuses that are watched; one that waits for somebody else must not stand in the way of these.
        """
        row = CaseRow
        stages = or_(
            and_(row.warned == "", or_(row.step_due < now, row.due_at < ahead)),
            and_(row.warned == "target", row.due_at < ahead),
            and_(row.warned.in_(("", "target")), row.apology["latest"].astext < ahead.astimezone(UTC).isoformat()),
            and_(row.warned != "late", row.due_at < now),
        )
        wanted = self._bound(select(row)).where(row.ended_at.is_(None), row.status.in_(within), stages)
        found = self._session.scalars(wanted.order_by(row.due_at).limit(limit))
        return tuple(case_of(one) for one in found)

    def move(self, case: Case, authority: UUID) -> None:
        """Hand the parts of a dossier over to another authority; the dossier itself changes by `change`."""
        self._papers.clear()
        for table in PARTS:
            self._session.execute(update(table).where(table.case_id == case.id).values(authority_id=authority))

    def next_ordinal(self, authority: UUID, day: date) -> int:
        """Take the next ordinal of an authority's dossier codes of a day; none is gone where the unit fails."""
        fresh = insert(CaseCounterRow).values(authority_id=authority, day=day, last=1)
        counted = fresh.on_conflict_do_update(
            index_elements=["authority_id", "day"], set_={"last": CaseCounterRow.last + 1}
        )
        return int(self._session.execute(counted.returning(CaseCounterRow.last)).scalar_one())

    # --- its parts ---------------------------------------------------------------------------------------------------

    def add_paper(self, paper: Paper) -> None:
        """Store a new paper."""
        self._papers.clear()
        self._session.add(CasePaperRow(**values(paper)))
        self._session.flush()
        self.renamed.add(paper.case_id)

    def papers(self, case: UUID) -> tuple[Paper, ...]:
        """Return the papers of a dossier by number."""
        if case not in self._papers:
            wanted = self._part(CasePaperRow, CasePaperRow.case_id == case).order_by(CasePaperRow.number)
            self._papers[case] = records(Paper, self._session.scalars(wanted))
        return self._papers[case]

    def paper(self, id_: UUID) -> Paper | None:
        """Find a paper by id."""
        row = self._session.scalars(self._part(CasePaperRow, CasePaperRow.id == id_)).one_or_none()
        return None if row is None else record(Paper, row)

    def paper_of_issuance(self, issuance: UUID) -> Paper | None:
        """Find the paper that an act issued."""
        wanted = self._part(CasePaperRow, CasePaperRow.issuance_id == issuance)
        row = self._session.scalars(wanted).one_or_none()
        return None if row is None else record(Paper, row)

    def of_issuances(self, issuances: Collection[UUID]) -> dict[UUID, UUID]:
        """Return the dossiers of acts, by act; an act of no dossier is left out."""
        wanted = self._part(CasePaperRow, CasePaperRow.issuance_id.in_(issuances))
        return {row.issuance_id: row.case_id for row in self._session.scalars(wanted) if row.issuance_id}

    def change_paper(self, id_: UUID, **told: Any) -> None:
        """Change columns of a paper whose dossier is held."""
        self._papers.clear()
        self._session.execute(update(CasePaperRow).where(CasePaperRow.id == id_).values(**told))
        if told.keys() & FINDS_PAPERS:
            self.papers_renamed.add(id_)

    def papers_to_judge(
        self, procedures: Collection[str], statuses: Collection[str], now: datetime, limit: int = 50
    ) -> tuple[Paper, ...]:
        """Return papers with a document and no verdict, or one to be reached again by now; of dossiers in hand."""
        row, case = CasePaperRow, CaseRow
        again = cast(row.verdict["again_at"].astext, DateTime(timezone=True))
        open_ = (case.ended_at.is_(None), case.procedure.in_(procedures), case.status.in_(statuses))
        wanted = self._part(
            row, row.record_id.is_not(None), literal_column(TO_JUDGE), or_(literal_column(UNJUDGED), again <= now)
        )
        wanted = wanted.join(CaseRow, case.id == row.case_id).where(*open_)
        return records(Paper, self._session.scalars(wanted.order_by(case.filed_at, row.number).limit(limit)))

    def papers_to_settle(self, case: UUID | None = None, limit: int = 500) -> tuple[Paper, ...]:
        """Return papers whose act of issuing is over, or was annulled, without the dossier knowing; of one, or all.

        A dossier that was removed is told nothing any more.
        """
        row, act = CasePaperRow, IssuanceRow
        over = (row.issued_at.is_(None), act.state.in_(("released", "cancelled")))
        annulled = (row.annulled_at.is_(None), row.issued_at.is_not(None), act.annulled_at.is_not(None))
        found: dict[UUID, Paper] = {}
        for which in (over, annulled):
            wanted = self._part(row, *which, row.issuance_id.is_not(None)).join(act, act.id == row.issuance_id)
            wanted = wanted.join(CaseRow, CaseRow.id == row.case_id).where(CaseRow.removed_at.is_(None))
            wanted = wanted.where(row.case_id == case) if case is not None else wanted
            rows = self._session.scalars(wanted.order_by(row.case_id, row.number).limit(limit))
            found |= {one.id: one for one in records(Paper, rows)}
        return tuple(found.values())

    def unbound_acts(self, request: str, before: datetime, limit: int = 100) -> tuple[UUID, ...]:
        """Return ids of acts that were ordered for papers before an instant, await confirmation, and are no paper's.

        `request`: how the requests of such acts begin.
        """
        act, row = IssuanceRow, CasePaperRow
        told = func.jsonb_extract_path_text(act.wanted, "request")
        mine = (act.state == "ordered", act.created_at < before, told.startswith(request))
        free = ~select(row.id).where(row.issuance_id == act.id).exists()
        wanted = self._of(select(act.id).where(*mine, free), act)
        return tuple(self._session.scalars(wanted.order_by(act.created_at).limit(limit)))

    def add_record(self, one: CaseRecord) -> None:
        """Store a file of a dossier; its bytes are in the store already, or come by `fill_record`."""
        self._session.add(CaseRecordRow(**values(one)))
        self._session.flush()
        if one.sha256 == NOT_DRAWN and not one.blob:
            self.undrawn.add(one.id)

    def fill_record(self, id_: UUID, size: int, sha256: str, blob: str) -> None:
        """Write what a record lacks whose form was still being drawn."""
        which = (CaseRecordRow.id == id_, CaseRecordRow.sha256 == NOT_DRAWN)
        self._session.execute(update(CaseRecordRow).where(*which).values(size=size, sha256=sha256, blob=blob))
        self.undrawn.discard(id_)

    def mark_record(self, id_: UUID, kind: str) -> None:
        """Note what became of a printed sheet of a held dossier: one of `records.SHEETS`."""
        self._session.execute(update(CaseRecordRow).where(CaseRecordRow.id == id_).values(kind=kind))

    def records(self, case: UUID) -> tuple[CaseRecord, ...]:
        """Return the stored records of a dossier, oldest first."""
        wanted = self._part(CaseRecordRow, CaseRecordRow.case_id == case)
        return records(CaseRecord, self._session.scalars(wanted.order_by(CaseRecordRow.made_at, CaseRecordRow.id)))

    def record(self, id_: UUID) -> CaseRecord | None:
        """Find a stored record by id."""
        row = self._session.scalars(self._part(CaseRecordRow, CaseRecordRow.id == id_)).one_or_none()
        return None if row is None else record(CaseRecord, row)

    def blank_record(self, id_: UUID) -> None:
        """Note that the bytes of a record are removed; name, size and hash stay."""
        self._session.execute(update(CaseRecordRow).where(CaseRecordRow.id == id_).values(blob=""))

    def add_confirmation(self, one: Confirmation) -> None:
        """Store a new request for confirmation."""
        self._session.add(CaseConfirmationRow(**(values(one) | {"papers": list(one.papers)})))
        self._session.flush()

    def confirmations(self, case: UUID) -> tuple[Confirmation, ...]:
        """Return the requests for confirmation of a dossier, oldest first."""
        wanted = self._part(CaseConfirmationRow, CaseConfirmationRow.case_id == case)
        return records(Confirmation, self._session.scalars(wanted.order_by(CaseConfirmationRow.drafted_at)))

    def confirmations_to_warn(self, now: datetime, limit: int, within: Collection[str]) -> tuple[Confirmation, ...]:
        """Return sent requests of which officers are to be warned by now; `within`: statuses of their dossiers."""
        row = CaseConfirmationRow
        wanted = self._part(row, row.state == "sent", row.warn_at < now)
        wanted = wanted.join(CaseRow, CaseRow.id == row.case_id).where(CaseRow.status.in_(within))
        return records(Confirmation, self._session.scalars(wanted.order_by(row.warn_at).limit(limit)))

    def change_confirmation(self, id_: UUID, **told: Any) -> None:
        """Change columns of a request whose dossier is held."""
        self._session.execute(update(CaseConfirmationRow).where(CaseConfirmationRow.id == id_).values(**told))

    # --- uploads and requests ----------------------------------------------------------------------------------------

    def add_upload(self, one: Upload) -> None:
        """Keep a file that was brought."""
        self._session.add(CaseUploadRow(**values(one)))
        self._session.flush()

    def take_upload(self, id_: UUID, owners: Iterable[str]) -> Upload | None:
        """Take a file that one of `owners` brought, so that nobody takes it twice; None where there is none."""
        row = CaseUploadRow
        gone = delete(row).where(row.id == id_, row.owner.in_(tuple(owners))).returning(row)
        found = self._session.scalars(self._of(gone, row)).one_or_none()
        return None if found is None else record(Upload, found)

    def unused_uploads(self, owner: str) -> int:
        """Count the files that somebody brought and no command named yet."""
        wanted = select(func.count()).select_from(CaseUploadRow).where(CaseUploadRow.owner == owner)
        return int(self._session.execute(self._of(wanted, CaseUploadRow)).scalar_one())

    def drop_uploads_before(self, instant: datetime, limit: int = 500) -> tuple[Upload, ...]:
        """Forget uploads that nobody used; return them, for their files to be deleted."""
        row = CaseUploadRow
        old = select(row.id).where(row.made_at < instant).limit(limit)
        found = self._session.scalars(self._of(delete(row).where(row.id.in_(old)).returning(row), row))
        return records(Upload, found.all())

    def answered(self, asker: str, key: bytes) -> tuple[bytes, UUID] | None:
        """Return content hash and dossier of what was answered under a key; None where nothing was."""
        row = CaseRequestRow
        wanted = select(row.content, row.case_id).where(row.asker == asker, row.key == key)
        found = self._session.execute(self._of(wanted, row)).one_or_none()
        return (bytes(found[0]), found[1]) if found else None

    def note_answer(self, asker: str, key: bytes, content: bytes, case: Case, now: datetime) -> bool:
        """Note what was answered under a key; False where somebody does so at the same time.

        It is the authority's that was asked, though the dossier may just have gone to another.
        """
        own = self._scope.authority or case.authority_id
        fresh = insert(CaseRequestRow).values(
            asker=asker, key=key, content=content, case_id=case.id, authority_id=own, made_at=now
        )
        done = fresh.on_conflict_do_nothing().returning(CaseRequestRow.asker)
        return self._session.execute(done).one_or_none() is not None

    def forget_answers_before(self, instant: datetime) -> int:
        """Forget requests that were answered before an instant; return how many."""
        done: Any = self._session.execute(
            self._of(delete(CaseRequestRow).where(CaseRequestRow.made_at < instant), CaseRequestRow)
        )
        return int(done.rowcount)

    def known_blobs(self, names: tuple[str, ...]) -> frozenset[str]:
        """Return which of `names` some record or upload refers to.

        Uploads become records, never the other way: asked in this order, none that does so at this moment is missed.
        """
        columns = (CaseUploadRow.blob, CaseRecordRow.blob)
        return frozenset(name for one in columns for name in self._session.scalars(select(one).where(one.in_(names))))

    def _one(self, which: ColumnElement[bool], *, hold: bool = False) -> Case | None:
        wanted = self._bound(select(CaseRow).execution_options(populate_existing=True)).where(which)
        if hold:
            self._papers.clear()
        row = self._session.scalars(wanted.with_for_update() if hold else wanted).one_or_none()
        return None if row is None else case_of(row)

    def _bound(self, statement: Any) -> Any:
        return of_cases(self._scope, statement)

    def _part(self, table: Any, *which: ColumnElement[bool]) -> Any:
        return parts(self._scope, table, *which)

    def _of(self, statement: Any, table: Any) -> Any:
        if self._scope.everything:
            return statement
        return statement.where(table.authority_id == (self._scope.authority or NOBODY))


def case_of(row: Any) -> Case:
    """Make the record of a row of `case_file`."""
    told = {one.name: getattr(row, one.name) for one in fields(Case)}
    return Case(**{**told, "applicant": Applicant(**row.applicant)})


def _told(told: Mapping[str, Any]) -> dict[str, Any]:
    """Return columns as the database takes them."""
    found = dict(told)
    if isinstance(found.get("applicant"), Applicant):
        found["applicant"] = asdict(found["applicant"])
    return found
