"""The list of an authority's validations, newest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import Blueprint, Response, request, url_for

from verifier.reports.formats import Moment, iso
from verifier.storage.validations import Validation
from verifier.web.access import caller
from verifier.web.chrome import page, words
from verifier.web.public.result import FileRow, file_row
from verifier.web.public.services import service
from verifier.web.services import accounts

ROWS = 25
"""Rows of a page."""

blueprint = Blueprint("officer", __name__, url_prefix="/officer")


@dataclass(frozen=True)
class Line:
    """One validation as it is shown."""

    row: FileRow
    received: Moment
    by: str
    """Who handed it in; empty where that is known no more."""


@blueprint.get("/validations")
def validations() -> Response:
    """List what was handed in for the caller's authority."""
    before, before_id = _place(request.args.get("before", ""))
    found = service().of_authority(caller().scope, ROWS + 1, before, before_id)
    shown = found[:ROWS]
    names = _names(shown)
    lines = tuple(
        Line(file_row(str(one.id), one, words()), words().moment(one.received_at), names.get(one.handed_in_by, ""))
        for one in shown
    )
    older = url_for(".validations", before=_told(shown[-1])) if len(found) > ROWS else ""
    newer = url_for(".validations") if before else ""
    return page("officer/validations.html", lines=lines, older=older, newest=newer)


def _names(shown: Sequence[Validation]) -> Mapping[UUID | None, str]:
    """Names of the people and clients of the authority who handed something in."""
    names: dict[UUID | None, str] = {}
    with accounts().database.unit(caller().scope) as unit:
        for id_ in {one.handed_in_by for one in shown if one.handed_in_by}:
            someone = unit.people.get(id_) or unit.clients.get(id_)
            names[id_] = someone.name if someone else ""
    return names


def _told(last: Validation) -> str:
    """Write where a page ended: the instant and, for those of the same instant, the id."""
    return f"{iso(last.received_at)}~{last.id}"


def _place(told: str) -> tuple[datetime, UUID | None] | tuple[None, None]:
    """Read what `_told` wrote; anything else is the beginning."""
    instant, _, id_ = told.partition("~")
    try:
        before = datetime.fromisoformat(instant)
        found = before, UUID(id_) if id_ else None
    except ValueError:
        return None, None
    return found if before.utcoffset() is not None else (None, None)
