"""The page behind a link by which a result is fetched once; opening it uses nothing up, only its button does.

Mail scanners open every link, so a GET looks nothing up and says the same for every address. What is wrong, used or
over is answered with the same words, and a new link only ever goes to the e-mail address that the authority knows.
"""

from __future__ import annotations

import io
import zipfile
from typing import cast

from flask import Blueprint, Response, current_app, request, send_file

from verifier.cases.delivering import Deliveries, Fetched, ResultFile
from verifier.casework import CaseWork
from verifier.errors import BadRequest
from verifier.web.chrome import page

LONGEST = 200
"""Characters of a link that are looked at; none of ours is as long."""
PRIVATE = {"X-Robots-Tag": "noindex, nofollow", "Referrer-Policy": "same-origin", "Cache-Control": "no-store"}
"""The address is a key: it must stand in no index or cache, and in no referrer beyond our own pages."""

blueprint = Blueprint("delivery", __name__, url_prefix="/delivery", template_folder="templates")


@blueprint.get("/<link>")
def show(link: str) -> Response:
    """Offer the result; the same for every address."""
    return _private(page("delivery/show.html", link=link[:LONGEST]))


@blueprint.post("/<link>")
def fetch(link: str) -> Response:
    """Give the result, and use the link up; one page where it cannot be used, whatever the reason."""
    try:
        fetched = _deliveries().by_link(link[:LONGEST], request.remote_addr or "")
    except BadRequest as refusal:
        if refusal.problem.code not in ("link-over", "case-not-now", "not-found", "not-allowed"):
            raise
        answer = _private(page("delivery/over.html", link=link[:LONGEST]))
        answer.status_code = 404
        return answer
    return _private(_download(fetched))


@blueprint.post("/<link>/renewal")
def renew(link: str) -> Response:
    """Have a new link sent to the known address; the answer is the same whether this one was ours."""
    _deliveries().renew(link[:LONGEST])
    return _private(page("delivery/renewed.html"))


def _deliveries() -> Deliveries:
    if "casework" not in current_app.extensions:
        raise BadRequest("page-not-found")
    return cast("CaseWork", current_app.extensions["casework"]).deliveries


def _download(fetched: Fetched) -> Response:
    """Send one file as it is, several in a ZIP file."""
    if len(fetched.files) == 1:
        (one,) = fetched.files
        return send_file(io.BytesIO(one.data), one.media_type, as_attachment=True, download_name=one.name)
    name = f"{fetched.case.code}.zip"
    return send_file(io.BytesIO(zipped(fetched.files)), "application/zip", as_attachment=True, download_name=name)


def zipped(files: tuple[ResultFile, ...]) -> bytes:
    """Put files into a ZIP file; a name that stands twice gets its number in front."""
    held, names = io.BytesIO(), [one.name for one in files]
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, one in enumerate(files, 1):
            name = one.name if names.count(one.name) == 1 else f"{number}-{one.name}"
            archive.writestr(zipfile.ZipInfo(name.replace("/", "_")), one.data)
    return held.getvalue()


def _private(answer: Response) -> Response:
    answer.headers.update(PRIVATE)
    return answer
