"""The page behind a link by which a result is fetched once; opening it uses nothing up, only its button does.

Mail scanners open every link, so a GET looks nothing up and says the same for every address. What is wrong, used or
over is answered with the same words, and a new link only ever goes to the e-mail address that the authority knows.
"""

from __future__ import annotations

from typing import cast

from flask import Blueprint, Response, current_app, request

from verifier.cases.delivering import Deliveries
from verifier.casework import CaseWork
from verifier.errors import BadRequest
from verifier.web.chrome import page
from verifier.web.results import result

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
    return _private(result(fetched))


@blueprint.post("/<link>/renewal")
def renew(link: str) -> Response:
    """Have a new link sent to the known address; the answer is the same whether this one was ours."""
    _deliveries().renew(link[:LONGEST])
    return _private(page("delivery/renewed.html"))


def _deliveries() -> Deliveries:
    if "casework" not in current_app.extensions:
        raise BadRequest("page-not-found")
    return cast("CaseWork", current_app.extensions["casework"]).deliveries


def _private(answer: Response) -> Response:
    answer.headers.update(PRIVATE)
    return answer
