"""The routes that give out what is stored with a dossier."""

from __future__ import annotations

from uuid import UUID

from flask import Response

from verifier.cases.desk import View
from verifier.cases.records import CaseRecord
from verifier.errors import BadRequest
from verifier.web.casework.base import asker, blueprint, desk
from verifier.web.issuing.base import given, hide


@blueprint.get("/<uuid:id_>/records/<uuid:record_id>")
@hide
def record(id_: UUID, record_id: UUID) -> Response:
    """Give a stored record to the byte."""
    return handed_out(record_in(desk().view(asker(), id_), record_id))


def record_in(view: View, id_: UUID) -> CaseRecord:
    """Return a record of a dossier whose bytes are there; BadRequest `page-not-found`."""
    found = next((one for one in view.records if one.id == id_ and one.blob), None)
    if found is None:
        raise BadRequest("page-not-found")
    return found


def handed_out(record: CaseRecord) -> Response:
    """Give the bytes of a record under its name; never shown by the browser itself."""
    return given(desk().house.blobs.file(record.blob), record.name)
