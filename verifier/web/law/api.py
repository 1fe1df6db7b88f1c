"""`GET /api/v1/law/…`: what the law says, as JSON; public, the same for all, and the same as `verifier law` prints."""

from __future__ import annotations

import hashlib
import json

from flask import Blueprint, Response, request

from verifier.law import asking, telling
from verifier.law_desk import answered
from verifier.web.law.desk import desk

CACHE = "public, max-age=300"
"""Short, since an answer without `at` is that of the day."""

blueprint = Blueprint("law_api", __name__, url_prefix="/api/v1/law")


@blueprint.get("/procedures")
def procedures() -> Response:
    """List the procedures in force."""
    with answered():
        return _json(telling.procedures(desk().law(_said("at"))))


@blueprint.get("/procedures/<procedure>")
def procedure(procedure: str) -> Response:
    """Tell everything of one."""
    with answered():
        return _json(telling.procedure(desk().law(_said("at")), procedure))


@blueprint.get("/fee")
def fee() -> Response:
    """Reckon a fee."""
    with answered():
        return _json(telling.fee(desk().law(_said("at")), _said("procedure"), asking.fee_ask(_all())))


@blueprint.get("/deadline")
def deadline() -> Response:
    """Reckon a deadline."""
    with answered():
        book = desk().book
        ask = asking.deadline_ask(_all(), book.calendars.of(_said("authority")).zone)
        return _json(telling.deadline(book, _said("procedure"), ask))


@blueprint.get("/grounds")
def grounds() -> Response:
    """List the grounds of refusal of a procedure."""
    with answered():
        return _json(telling.grounds(desk().law(_said("at")), _said("procedure")))


@blueprint.get("/components")
def components() -> Response:
    """List what is to be filed."""
    with answered():
        return _json(telling.components(desk().law(_said("at")), _said("procedure")))


@blueprint.get("/calendar")
def calendar() -> Response:
    """Tell the days off of a year."""
    with answered():
        year = asking.year_of(_said("year"), desk().today())
        return _json(telling.calendar(desk().law(), _said("authority"), year))


@blueprint.get("/branch")
def branch() -> Response:
    """Tell which procedure a paper needs."""
    with answered():
        return _json(telling.branch(desk().law(_said("at")), asking.paper(_all())))


@blueprint.get("/forms/<form_id>")
def form(form_id: str) -> Response:
    """Draw a blank form, as an applicant may have it."""
    with answered():
        sheet = desk().blank(desk().law(_said("at")), form_id, "applicant")
        return _kept(Response(sheet, mimetype="application/pdf"))


def _all() -> dict[str, str]:
    return {name: _said(name) for name in request.args}


def _said(name: str) -> str:
    """Return a parameter; one that is repeated is a list, which what takes no list refuses."""
    return ",".join(request.args.getlist(name)).strip()


def _json(told: telling.Answer) -> Response:
    return _kept(Response(json.dumps(told, ensure_ascii=False), content_type="application/json"))


def _kept(answer: Response) -> Response:
    """Let caches keep an answer; its tag is the hash of its bytes, which hold or follow from the hash of the law."""
    answer.headers["Cache-Control"] = CACHE
    answer.set_etag(hashlib.sha256(answer.get_data()).hexdigest()[:32])
    answer.make_conditional(request)
    return answer
