"""Repository that finds dossiers: the work queue, the search by what is known of one, the deadline board.

What is searched stands in `case_search`, a row for each authority that sees a dossier; it is written at the end of the
unit of work that changed a dossier's code, names or numbers (`follow`), so that it never says something else.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Select,
    Text,
    Uuid,
    any_,
    cast,
    delete,
    false,
    func,
    literal,
    select,
    text,
    tuple_,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.orm import Session

from verifier.storage.case_words import Words, words_of
from verifier.storage.scope import Scope
from verifier.storage.tables import CaseConfirmationRow, CasePaperRow, CaseRow, CaseSearchRow, PersonRow
from verifier.storage.tables.base import NOBODY

EARLIEST = datetime(1, 1, 1, tzinfo=UTC)
LAST_AT, LAST_ID = datetime(9999, 1, 1, tzinfo=UTC), UUID(int=2**128 - 1)
"""Behind every place."""


@dataclass(frozen=True)
class Place:
    """Where a page of lines ends; the next begins behind it."""

    at: datetime
    """What the lines are sorted by."""
    id: UUID


@dataclass(frozen=True)
class QueueFilter:
    """Which dossiers are wanted; what is empty does not matter."""

    statuses: frozenset[str] = frozenset()
    """Empty: every status that is not final."""
    officer: UUID | None = None
    """Assigned to this specialist."""
    unassigned: bool = False
    """Assigned to nobody."""
    procedure: str = ""


@dataclass(frozen=True)
class QueueLine:
    """One dossier in a list, as far as a list shows it."""

    id: UUID
    code: str
    authority_id: UUID
    """Who has it now."""
    intake_id: UUID
    procedure: str
    status: str
    applicant: str
    """Name of who filed it."""
    channel: str
    filed_at: datetime
    due_at: datetime | None
    """The legal limit; None while no clock runs."""
    step_due: datetime | None
    """Internal target of the step; never the legal limit."""
    supplement_due: datetime | None
    officer_id: UUID | None
    officer: str
    """Name of the specialist; empty where it is assigned to nobody, or to somebody of another authority."""
    version: int
    papers: int
    verdicts: Mapping[str, int]
    """How many papers have which state of the headline (`found.Found.state`), so that a signature that holds is never
    shown without its authority; those that were not judged are not counted."""
    place: Place
    """Where the line stands in its list."""


@dataclass(frozen=True)
class ConfirmationLine:
    """A request for confirmation that waits for its answer."""

    id: UUID
    case_id: UUID
    code: str
    """Of the dossier."""
    name: str
    """Of the authority that is asked."""
    reference: str
    due_at: datetime | None
    reminded_at: datetime | None


@dataclass(frozen=True)
class Standing:
    """How many open dossiers stand alike."""

    status: str
    mine: bool
    """Whether the officer who asks has them."""
    unassigned: bool
    count: int


@dataclass(frozen=True)
class Due:
    """How many open dossiers are due within a time, and the first of them."""

    since: datetime | None
    """None: from the beginning."""
    until: datetime | None
    """The first instant that does not belong to it; None: without end."""
    count: int
    lines: tuple[QueueLine, ...] = ()


@dataclass(frozen=True)
class Dues:
    """What is due when."""

    spans: tuple[Due, ...]
    undated: int
    """Those that have no such time; counted of the legal limit only."""


class CaseSearch:
    """The table `case_search`, and lists of `case_file`; nothing is found outside the authority of the scope."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session, self._own = session, scope.authority or NOBODY

    # --- lists -------------------------------------------------------------------------------------------------------

    def work(self, wanted: QueueFilter, limit: int, after: Place | None = None) -> tuple[QueueLine, ...]:
        """Return open dossiers that the authority has, by the hour at which they are due, the first first."""
        which = self._which(wanted)
        if after:
            which.append(tuple_(HOUR, CaseRow.id) > tuple_(literal(after.at), literal(after.id)))
        return self._lines(_LINE.where(*which).order_by(HOUR, CaseRow.id).limit(limit))

    def standing(self, officer: UUID | None) -> tuple[Standing, ...]:
        """Count the open dossiers that the authority has, by status and whether this officer, or nobody, has them."""
        row = CaseRow
        mine, nobodys = func.coalesce(row.officer_id == (officer or NOBODY), false()), row.officer_id.is_(None)
        told = select(row.status, mine, nobodys, func.count()).where(*self._which(QueueFilter()))
        return tuple(Standing(*found) for found in self._session.execute(told.group_by(row.status, mine, nobodys)))

    def found(self, words: Words, limit: int, after: Place | None = None) -> tuple[QueueLine, ...]:
        """Return the dossiers that the authority has or took in and that fit, the newest filed first."""
        told: dict[str, Any] = {"whole": words.whole, "firm": words.firm or None, "begun": words.begun or None}
        told |= {"rare": words.rare, "limit": limit}
        told |= {"at": after.at if after else LAST_AT, "id": after.id if after else LAST_ID}
        ids = [row.id for row in self._session.execute(_FOUND, told)]
        lines = {one.id: one for one in self._lines(_LINE.where(CaseRow.id == _any(ids)))} if ids else {}
        ordered = (lines[id_] for id_ in ids if id_ in lines)
        return tuple(replace(one, place=Place(one.filed_at, one.id)) for one in ordered)

    # --- what is due -------------------------------------------------------------------------------------------------

    def due(self, wanted: Mapping[str, Sequence[datetime]], lines: int) -> Mapping[str, Dues]:
        """Count open dossiers by their `due_at`, `step_due` or `supplement_due`: before, between, behind the edges.

        One time more than edges; each but the last with its first `lines` dossiers. A legal limit is met once all is
        signed: what then waits to be fetched is not due any more.
        """
        counts = {kind: self._counts(DUES[kind], edges) for kind, edges in wanted.items()}
        first = {kind: self._first(kind, edges, lines) for kind, edges in wanted.items()}
        ids = {id_ for places in first.values() for found in places.values() for id_ in found}
        told = {one.id: one for one in self._lines(_LINE.where(CaseRow.id == _any(ids)))} if ids else {}
        return {
            kind: Dues(
                tuple(
                    Due(since, until, counts[kind].get(place, 0),
                        tuple(told[id_] for id_ in first[kind].get(place, ()) if id_ in told))
                    for place, (since, until) in enumerate(pairwise((None, *edges, None)))
                ),
                counts[kind].get(None, 0),
            )
            for kind, edges in wanted.items()
        }  # fmt: skip

    def _counts(self, column: Any, edges: Sequence[datetime]) -> Mapping[int | None, int]:
        """Count open dossiers by the place among the edges; None for those without a time."""
        place = func.width_bucket(column, cast(list(edges), ARRAY(DateTime(timezone=True))))
        counted = select(place, func.count()).where(*self._which(QueueFilter())).group_by(place)
        counted = counted.where(CaseRow.status != SIGNED if column is CaseRow.due_at else column.is_not(None))
        return {row[0]: row[1] for row in self._session.execute(counted)}

    def _first(self, kind: str, edges: Sequence[datetime], limit: int) -> Mapping[int, Sequence[UUID]]:
        """Return the first open dossiers of each place before the last edge."""
        told = {"since": [EARLIEST, *edges[:-1]], "until": list(edges), "own": self._own, "limit": limit}
        found: dict[int, list[UUID]] = {}
        for place, id_ in self._session.execute(_FIRST[kind], told):
            found.setdefault(place - 1, []).append(id_)
        return found

    def confirmations(self, until: datetime, limit: int) -> tuple[int, tuple[ConfirmationLine, ...]]:
        """Return sent requests for confirmation whose answer is due before an instant: how many, and the first."""
        row = CaseConfirmationRow
        which = (row.authority_id == self._own, row.state == "sent", row.due_at < until)
        count = int(self._session.execute(select(func.count(row.id)).where(*which)).scalar_one())
        columns = (row.id, row.case_id, CaseRow.code, row.name, row.reference, row.due_at, row.reminded_at)
        wanted = select(*columns).join(CaseRow, CaseRow.id == row.case_id).where(*which)
        found = self._session.execute(wanted.order_by(row.due_at, row.id).limit(limit)) if count else ()
        return count, tuple(ConfirmationLine(*one) for one in found)

    def words(self, case: UUID) -> frozenset[str]:
        """Return the words by which a dossier is found, by whichever authority."""
        wanted = select(func.unnest(func.tsvector_to_array(CaseSearchRow.words))).where(CaseSearchRow.case_id == case)
        return frozenset(self._session.scalars(wanted))

    # --- keeping -----------------------------------------------------------------------------------------------------

    def follow(self, cases: Collection[UUID], papers: Collection[UUID]) -> None:
        """Write anew what finds these dossiers, and those of these papers; called at the end of the unit of work."""
        of_papers = select(CasePaperRow.case_id).where(CasePaperRow.id.in_(papers))
        ids = {*cases, *(self._session.scalars(of_papers) if papers else ())}
        if not ids:
            return
        names: dict[UUID, list[str]] = {id_: [] for id_ in ids}
        numbers: dict[UUID, list[str]] = {id_: [] for id_ in ids}
        paper = CasePaperRow
        for one in self._session.execute(
            select(paper.case_id, paper.holder, paper.serial, paper.entry, paper.year).where(paper.case_id.in_(ids))
        ):
            names[one.case_id].append(one.holder)
            numbers[one.case_id] += [one.serial, *([f"{one.entry}/{one.year}"] if one.entry else [])]
        for case in self._session.execute(_CASES.where(CaseRow.id.in_(ids))):
            applicant = case.applicant
            names[case.id].append(applicant.get("name", ""))
            numbers[case.id] += [applicant.get("id_number", ""), applicant.get("phone", ""), case.external]
            self._write(case, names[case.id], numbers[case.id])

    def rewrite(self, after: UUID | None, limit: int) -> tuple[UUID, ...]:
        """Write anew what finds the next dossiers in the order of their ids; return those ids.

        They are held until the unit of work ends: what somebody changes meanwhile is written after this, not before.
        """
        wanted = select(CaseRow.id).order_by(CaseRow.id).limit(limit).with_for_update(read=True)
        ids = tuple(self._session.scalars(wanted.where(CaseRow.id > after) if after else wanted))
        self.follow(ids, ())
        return ids

    def dossiers(self) -> int:
        """Count all dossiers of the scope."""
        return int(self._session.execute(select(func.count()).select_from(CaseRow)).scalar_one())

    def _write(self, case: Any, names: Sequence[str], numbers: Sequence[str]) -> None:
        row = CaseSearchRow
        seen_by = {case.authority_id, case.intake_id}
        self._session.execute(delete(row).where(row.case_id == case.id, row.authority_id.not_in(seen_by)))
        for authority in sorted(seen_by):
            words = words_of(case.code, names, numbers, authority)
            told = func.array_to_tsvector(cast(words, ARRAY(Text())))
            fresh = insert(row).values(case_id=case.id, authority_id=authority, filed_at=case.filed_at, words=told)
            self._session.execute(
                fresh.on_conflict_do_update(
                    index_elements=["case_id", "authority_id"], set_={"words": fresh.excluded.words}
                )
            )

    # --- inside ------------------------------------------------------------------------------------------------------

    def _which(self, wanted: QueueFilter) -> list[ColumnElement[bool]]:
        row = CaseRow
        which = [row.authority_id == self._own, row.ended_at.is_(None)]
        if wanted.statuses:
            which.append(row.status.in_(sorted(wanted.statuses)))
        if wanted.officer:
            which.append(row.officer_id == wanted.officer)
        if wanted.unassigned:
            which.append(row.officer_id.is_(None))
        if wanted.procedure:
            which.append(row.procedure == wanted.procedure)
        return which

    def _lines(self, wanted: Select[Any]) -> tuple[QueueLine, ...]:
        rows = self._session.execute(wanted).all()
        state = func.coalesce(CasePaperRow.verdict["state"].astext, "")
        judged: dict[UUID, dict[str, int]] = {row.id: {} for row in rows}
        counted = select(CasePaperRow.case_id, state, func.count()).where(CasePaperRow.case_id == _any(judged))
        if rows:
            for case, told, count in self._session.execute(counted.group_by(CasePaperRow.case_id, state)):
                judged[case][told] = count
        return tuple(_line(row, judged[row.id]) for row in rows)


def _line(row: Any, judged: Mapping[str, int]) -> QueueLine:
    told: dict[str, Any] = dict(zip(_COLUMNS, row, strict=False))
    found = {name: count for name, count in judged.items() if name}
    return QueueLine(**told, papers=sum(judged.values()), verdicts=found, place=Place(row.hour, row.id))


def _any(ids: Iterable[UUID]) -> Any:
    """Return ids as one parameter, however many there are."""
    return any_(literal(list(ids), ARRAY(Uuid())))


DUES: Mapping[str, Any] = {
    "due_at": CaseRow.due_at, "step_due": CaseRow.step_due, "supplement_due": CaseRow.supplement_due
}  # fmt: skip
HOUR = func.coalesce(CaseRow.due_at, CaseRow.step_due, CaseRow.filed_at)
"""By what the work queue is sorted: the legal limit, else the internal target, else the hour of filing."""
SIGNED = "signed"
# the names of columns are those of DUES
_FIRST = {
    kind: text(
        "select s.place, l.id from unnest(cast(:since as timestamptz[]), cast(:until as timestamptz[]))"  # noqa: S608
        " with ordinality s(since, until, place) cross join lateral (select c.id from case_file c"
        f" where c.authority_id = :own and c.ended_at is null and c.{kind} >= s.since and c.{kind} < s.until"
        f" and (c.status <> '{SIGNED}' or '{kind}' <> 'due_at')"
        f" order by c.{kind}, c.id limit :limit) l order by s.place"
    )
    for kind in DUES
}
_LINE = select(
    CaseRow.id, CaseRow.code, CaseRow.authority_id, CaseRow.intake_id, CaseRow.procedure, CaseRow.status,
    func.coalesce(CaseRow.applicant["name"].astext, "").label("applicant"), CaseRow.channel, CaseRow.filed_at,
    CaseRow.due_at, CaseRow.step_due, CaseRow.supplement_due, CaseRow.officer_id,
    func.coalesce(PersonRow.name, "").label("officer"), CaseRow.version, HOUR.label("hour"),
).join(PersonRow, PersonRow.id == CaseRow.officer_id, isouter=True)  # fmt: skip
_COLUMNS = tuple(_LINE.selected_columns.keys())[:-1]
"""What a line takes over as it is read: all but the hour."""
_CASES = select(
    CaseRow.id, CaseRow.authority_id, CaseRow.intake_id, CaseRow.code, CaseRow.filed_at, CaseRow.applicant,
    CaseRow.external,
)  # fmt: skip
_FOUND = text(
    "select id from verifier_cases_found(cast(:whole as tsquery), cast(:firm as tsquery), cast(:begun as tsquery),"
    " :rare, :at, :id, :limit)"
)
