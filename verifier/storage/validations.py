"""Repository of validations: files handed in, the state of their judging, their reports."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import delete, literal, select, tuple_, update
from sqlalchemy.orm import Session

from verifier.errors import Problem
from verifier.snapshot import Filing
from verifier.storage.rows import token_hash, touched
from verifier.storage.scope import Scope
from verifier.storage.tables import ValidationRow

STEPS = ("received", "reading", "gathering", "concluding")
"""Steps of judging, in order; a step is told as its number, counted from 1."""
UNFINISHED = ("received", "judging")


@dataclass(frozen=True)
class Validation:
    """One file handed in, as it stands; without the token, which only the caller has."""

    id: UUID
    file_name: str
    size: int
    """Bytes."""
    sha256: str
    kind: str
    """`pdf`, `docx`, …; empty while unknown."""
    language: str
    """`vi` or `en`: the language it was handed in with."""
    state: str
    """`received`, `judging`, `done` or `failed`."""
    step: int
    """Step of `STEPS` it is at, counted from 1."""
    attempts: int
    """How many times judging was begun; more than one only after a restart."""
    received_at: datetime
    expires_at: datetime
    finished_at: datetime | None
    conclusion: str
    """The document's conclusion; empty where there is none."""
    problem: Problem | None
    """Why it could not be judged; only in state `failed`."""
    report_text: str | None
    """The JSON report exactly as written when judged."""
    document_blob: str
    bundle_blob: str | None
    authority_id: UUID | None = None
    """The authority it was handed in for; None where nobody was signed in."""
    handed_in_by: UUID | None = None
    """The person or client who handed it in."""
    again_at: datetime | None = None
    """When it is to be judged again by itself; None where it is not."""
    again: int = 0
    """How many times it was judged again."""
    filing: Filing | None = None
    """For what and where the document was handed in; None where nobody said it."""

    @property
    def steps(self) -> int:
        """How many steps there are."""
        return len(STEPS)

    @property
    def finished(self) -> bool:
        """Nothing more will happen by itself."""
        return self.state in {"done", "failed"}

    @property
    def report(self) -> dict[str, Any] | None:
        """The report as an object; None where there is none."""
        return None if self.report_text is None else cast("dict[str, Any]", json.loads(self.report_text))


@dataclass(frozen=True)
class Finding:
    """How judging ended: a report, or a problem, or both (the report of a file that could not be judged)."""

    kind: str
    conclusion: str = ""
    report_text: str | None = None
    problem: Problem | None = None
    bundle_blob: str | None = None
    again_at: datetime | None = None
    """When it is to be judged again by itself; None where it is not."""


class Validations:
    """The table `validation`: those of the scope's authority, and those that are nobody's."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session, self._scope = session, scope

    def add(self, validation: Validation, token: str) -> None:
        """Store a new validation; its address is the token, of which only the hash is kept."""
        row = ValidationRow(
            token_sha256=token_hash(token),
            problem=_problem_json(validation.problem),
            report=validation.report_text,
            filing=None if validation.filing is None else asdict(validation.filing),
            **{name: getattr(validation, name) for name in _PLAIN},
        )
        self._session.add(row)
        self._session.flush()

    def by_token(self, token: str) -> Validation | None:
        """Find by address; None where there is none, whatever the reason."""
        return self._one(self._own().where(ValidationRow.token_sha256 == token_hash(token)))

    def by_id(self, id_: UUID) -> Validation | None:
        """Find by row id."""
        return self._one(self._own().where(ValidationRow.id == id_))

    def of_authority(
        self, *, limit: int = 50, before: datetime | None = None, before_id: UUID | None = None
    ) -> tuple[Validation, ...]:
        """Validations of the scope's authority, newest first; none where the scope has no authority.

        With `before` those received earlier; with `before_id` too, also those of the same instant that follow this one.
        """
        wanted = select(ValidationRow).where(ValidationRow.authority_id == self._scope.authority)
        place = tuple_(ValidationRow.received_at, ValidationRow.id)
        if before is not None and before_id is not None:
            wanted = wanted.where(place < tuple_(literal(before), literal(before_id)))
        elif before is not None:
            wanted = wanted.where(ValidationRow.received_at < before)
        ordered = wanted.order_by(ValidationRow.received_at.desc(), ValidationRow.id.desc())
        return _records(self._session.scalars(ordered.limit(limit)))

    def unfinished(self) -> tuple[Validation, ...]:
        """All that wait or are being judged, oldest first."""
        wanted = self._own().where(ValidationRow.state.in_(UNFINISHED))
        return _records(self._session.scalars(wanted.order_by(ValidationRow.received_at)))

    def expired(self, now: datetime, limit: int) -> tuple[Validation, ...]:
        """At most `limit` validations whose time is over, oldest first."""
        wanted = self._own().where(ValidationRow.expires_at <= now)
        return _records(self._session.scalars(wanted.order_by(ValidationRow.expires_at).limit(limit)))

    def hold(self, id_: UUID) -> Validation | None:
        """Find by row id; nobody else changes or deletes it until the unit of work ends."""
        return self._one(self._own().where(ValidationRow.id == id_).with_for_update())

    def begin(self, id_: UUID) -> bool:
        """Note that judging begins; False where the validation is gone or finished."""
        return self._update(id_, state="judging", attempts=ValidationRow.attempts + 1)

    def step(self, id_: UUID, step: int) -> bool:
        """Note the step, counted from 1; False where the validation is gone or finished."""
        return self._update(id_, step=step)

    def finish(self, id_: UUID, finding: Finding, now: datetime) -> bool:
        """Note how judging ended; False where the validation is gone or finished: what was told once stays."""
        return self._update(
            id_,
            state="failed" if finding.problem else "done",
            step=len(STEPS),
            finished_at=now,
            kind=finding.kind,
            conclusion=finding.conclusion,
            report=finding.report_text,
            problem=_problem_json(finding.problem),
            bundle_blob=finding.bundle_blob,
            again_at=finding.again_at,
        )

    def due_again(self, now: datetime, most: int, limit: int) -> tuple[Validation, ...]:
        """At most `limit` that are to be judged again by `now`, and were less than `most` times; longest due first."""
        wanted = self._own().where(
            ValidationRow.state == "done",
            ValidationRow.again_at <= now,
            ValidationRow.again < most,
            ValidationRow.expires_at > now,
        )
        return _records(self._session.scalars(wanted.order_by(ValidationRow.again_at).limit(limit)))

    def begin_again(self, validation: Validation, again_at: datetime | None) -> bool:
        """Count that it is judged once more, and plan the next time should this one come to nothing.

        False where it is gone or somebody else has begun.
        """
        return self._update_done(validation, validation.again, again=validation.again + 1, again_at=again_at)

    def finish_again(self, validation: Validation, finding: Finding, now: datetime) -> bool:
        """Put a new verdict in the place of the one that `validation` holds; False where it is gone or another one is.

        `validation` stands as it did before `begin_again`.
        """
        return self._update_done(
            validation,
            validation.again + 1,
            finished_at=now,
            kind=finding.kind,
            conclusion=finding.conclusion,
            report=finding.report_text,
            bundle_blob=finding.bundle_blob,
            again_at=finding.again_at,
        )

    def delete(self, id_: UUID) -> bool:
        """Delete the row; False where it was gone already."""
        return touched(self._session, self._bound(delete(ValidationRow).where(ValidationRow.id == id_)))

    def known_blobs(self, names: Sequence[str]) -> frozenset[str]:
        """Which of `names` some validation refers to."""
        documents = select(ValidationRow.document_blob).where(ValidationRow.document_blob.in_(names))
        bundles = select(ValidationRow.bundle_blob).where(ValidationRow.bundle_blob.in_(names))
        found = (*self._session.scalars(documents), *self._session.scalars(bundles))
        return frozenset(name for name in found if name)

    def _one(self, wanted: Any) -> Validation | None:
        row = self._session.scalars(wanted).one_or_none()
        return None if row is None else _record(row)

    def _update(self, id_: UUID, **values: Any) -> bool:
        open_ = update(ValidationRow).where(ValidationRow.id == id_, ValidationRow.state.in_(UNFINISHED))
        return touched(self._session, self._bound(open_).values(**values))

    def _update_done(self, validation: Validation, times: int, **values: Any) -> bool:
        same = update(ValidationRow).where(
            ValidationRow.id == validation.id, ValidationRow.state == "done", ValidationRow.again == times
        )
        return touched(self._session, self._bound(same).values(**values))

    def _own(self) -> Any:
        return self._bound(select(ValidationRow))

    def _bound(self, statement: Any) -> Any:
        if self._scope.everything:
            return statement
        mine = ValidationRow.authority_id == self._scope.authority
        return statement.where(ValidationRow.authority_id.is_(None) | mine)


_PLAIN = tuple(n for n in Validation.__dataclass_fields__ if n not in {"problem", "report_text", "filing"})


def _records(rows: Iterable[ValidationRow]) -> tuple[Validation, ...]:
    return tuple(_record(row) for row in rows)


def _record(row: ValidationRow) -> Validation:
    problem = None if row.problem is None else Problem(**row.problem)
    filing = None if row.filing is None else Filing(**{**row.filing, "states": tuple(row.filing["states"])})
    plain = {name: getattr(row, name) for name in _PLAIN}
    return Validation(problem=problem, report_text=row.report, filing=filing, **plain)


def _problem_json(problem: Problem | None) -> dict[str, Any] | None:
    if problem is None:
        return None
    params = {_storable(key): _storable(value) for key, value in problem.params.items()}
    return {"code": problem.code, "detail": _storable(problem.detail), "params": params}


def _storable(text: str) -> str:
    """PostgreSQL keeps neither NUL nor half surrogates; hostile names may hold both."""
    return text.replace("\0", "�").encode("utf-8", "replace").decode()
