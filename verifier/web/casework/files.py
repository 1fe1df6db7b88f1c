"""The routes that give out what is stored with a dossier."""

from __future__ import annotations

import json
from collections.abc import Sequence
from uuid import UUID

from flask import Response

from verifier.cases.kernel import Asker
from verifier.cases.records import Case, CaseRecord
from verifier.errors import BadRequest
from verifier.reports.json_report import from_json
from verifier.web.casework.base import asker, blueprint, desk
from verifier.web.chrome import page, words
from verifier.web.downloads import given
from verifier.web.public.result import outcome_page
from verifier.web.refusals import hide


@blueprint.get("/<uuid:id_>/records/<uuid:record_id>")
@hide
def record(id_: UUID, record_id: UUID) -> Response:
    """Give a stored record to the byte."""
    who = asker()
    view = desk().view(who, id_)
    return handed_out(who, view.case, record_in(view.records, record_id))


def record_in(records: Sequence[CaseRecord], id_: UUID) -> CaseRecord:
    """Return a record out of some of a dossier whose bytes are there; BadRequest `page-not-found`."""
    found = next((one for one in records if one.id == id_ and one.blob), None)
    if found is None:
        raise BadRequest("page-not-found")
    return found


def handed_out(who: Asker, case: Case, record: CaseRecord) -> Response:
    """Give the bytes of a record under its name; never shown by the browser itself. Who reads it stands in the log."""
    return given(desk().given(who, case, record), record.name)


@blueprint.get("/<uuid:id_>/records/<uuid:record_id>/report")
@hide
def report(id_: UUID, record_id: UUID) -> Response:
    """Show what our judge found in a paper, out of its stored report."""
    who = asker()
    view = desk().view(who, id_)
    stored = record_in(view.records, record_id)
    if stored.kind != "report":
        raise BadRequest("page-not-found")
    desk().note_read(who, view.case, stored)
    try:
        outcome = from_json(json.loads(desk().house.blobs.read(stored.blob)))
    except (ValueError, KeyError, TypeError):
        raise BadRequest("page-not-found") from None
    paper = next((one for one in view.papers if one.id == stored.paper_id), None)
    document = next((one for one in view.records if paper and one.id == paper.record_id), stored)
    found = outcome_page(outcome, words(), document.size, stored.made_at)
    return page("cases/report.html", case=view.case, paper=paper, record=stored, page=found)
