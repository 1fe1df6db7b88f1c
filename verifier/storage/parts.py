"""Which rows on dossiers a unit of work reaches: those that its authority has or took in, and what belongs to them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, or_, select

from verifier.storage.scope import Scope
from verifier.storage.tables import CaseRow
from verifier.storage.tables.base import NOBODY


def of_cases(scope: Scope, statement: Any) -> Any:
    """Return a statement on dossiers, bound to those that the authority of the scope has or took in."""
    if scope.everything:
        return statement
    own = scope.authority or NOBODY
    return statement.where(or_(CaseRow.authority_id == own, CaseRow.intake_id == own))


def parts(scope: Scope, table: Any, *which: ColumnElement[bool]) -> Any:
    """Return a select of rows that bear `authority_id` and `case_id`: the authority's own and those of its dossiers.

    Rows that the session holds already are read anew.
    """
    wanted = select(table).where(*which).execution_options(populate_existing=True)
    if scope.everything:
        return wanted
    mine = of_cases(scope, select(CaseRow.id).where(CaseRow.id == table.case_id))
    return wanted.where(or_(table.authority_id == (scope.authority or NOBODY), mine.exists()))
