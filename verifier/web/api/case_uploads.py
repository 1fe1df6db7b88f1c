"""`POST /api/v1/cases/uploads`: a file is brought; a filing or a command then names it by its id."""

from __future__ import annotations

import json
from uuid import UUID

from flask import Response, current_app
from werkzeug.exceptions import RequestEntityTooLarge

from verifier.cases.kernel import Asker
from verifier.errors import BadRequest
from verifier.web.access import caller
from verifier.web.api.asked import asked_id
from verifier.web.api.case_askers import asker, casework, own, reached
from verifier.web.api.case_telling import uploaded
from verifier.web.api.views import read_upload
from verifier.web.site import site
from verifier.web.uploads import clean_file_name, received, too_large


def take_in() -> Response:
    """Take the file of the request in: multipart field `file`, or the body itself."""
    who = _for_whom(asked_id("dossier"))
    limit = site().upload_bytes
    try:
        brought = read_upload()
        with received(brought.stream, current_app.config["SPOOL"], limit) as file:
            kept = casework().uploads.keep(who, file.path, clean_file_name(brought.name), limit)
    except RequestEntityTooLarge:
        raise too_large(limit) from None
    return Response(json.dumps(uploaded(kept), ensure_ascii=False), 201, content_type="application/json")


def _for_whom(dossier: UUID | None) -> Asker:
    """Return as whom the file is brought: with a dossier it is kept where that dossier is."""
    if dossier:
        return reached(dossier)[0]
    if caller().claim:
        return reached(own()[0].id)[0]
    if caller().identities:
        raise BadRequest("bad-option", "dossier must name the dossier that the file is for.", option="dossier")
    return asker()
