"""The public pages that say whether a document still holds: by the QR code of an issued one, by number and day.

There is one answer for all codes, and for all numbers and days, that are none of ours.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date

from flask import Blueprint, Response, current_app, request

from verifier.errors import BadRequest
from verifier.register.lines import APOSTILLE
from verifier.web.casework.base import work
from verifier.web.chrome import page, words
from verifier.web.entered import entered_json, look_of, rows_of
from verifier.web.issued import authority_of, issued_json, issued_line, service
from verifier.web.site import site
from verifier.web.uploads import MIB

LONGEST = 200
"""Characters of a code that are looked at; no code of ours is as long."""
PRIVATE = {"X-Robots-Tag": "noindex, nofollow", "Referrer-Policy": "same-origin", "Cache-Control": "no-store"}
"""The address is a key: it must stand in no index or cache, and in no referrer beyond our own pages."""

blueprint = Blueprint("check", __name__, url_prefix="/check", template_folder="templates")


@blueprint.get("/apostille")
def lookup() -> Response:
    """Say how an Apostille stands, by its number and day, as a page or as `Lookups`; one 404 for all that are none."""
    register = work().lookup
    book = register.book(APOSTILLE)
    number, day = request.args.get("number", "")[:LONGEST], request.args.get("date", "")[:LONGEST]
    asked = bool(number or day)
    found = register.find(APOSTILLE, number, told) if (told := _day(day)) else ()
    if _wants_json():
        if not found:
            raise BadRequest("check-unknown")
        entries = [entered_json(one) for one in found]
        answer = Response(json.dumps({"entries": entries}, ensure_ascii=False), content_type="application/json")
    else:
        answer = page(
            "issuing/lookup.html",
            found=[(one, look_of(one), rows_of(one, book)) for one in found],
            authority_name=lambda one: one.authority.name(words().lang),
            number=number,
            date=day,
            asked=asked,
        )
    answer.status_code = 200 if found or not asked else 404
    answer.headers.update(PRIVATE)
    answer.vary.add("Accept")
    return answer


@blueprint.get("/<code>")
def show(code: str) -> Response:
    """Say how the document with this check code stands, as a page or as `IssuedNote`; one 404 for all other codes."""
    asked = service()
    found = asked.by_code(code) if asked and len(code) <= LONGEST else None
    if _wants_json():
        if found is None:
            raise BadRequest("check-unknown")
        answer = Response(json.dumps(issued_json(found), ensure_ascii=False), content_type="application/json")
    elif found is None:
        answer = page("issuing/check_unknown.html")
    else:
        answer = page(
            "issuing/check.html",
            issued=found,
            line=issued_line(found, words()),
            authority_name=authority_of(found, words().lang),
            limit_mb=f"{site().upload_bytes / MIB:g}",
        )
    answer.status_code = 200 if found else 404
    answer.headers.update(PRIVATE)
    answer.vary.add("Accept")
    return answer


@blueprint.app_context_processor
def led_here() -> dict[str, Callable[[], bool]]:
    """Let pages ask whether the public may look Apostilles up: then they lead here."""
    return {"lookup_open": _open}


def _open() -> bool:
    return "casework" in current_app.extensions and work().lookup.open(APOSTILLE)


def _day(told: str) -> date | None:
    try:
        return date.fromisoformat(told)
    except ValueError:
        return None


def _wants_json() -> bool:
    offered = ["text/html", "application/json"]
    return request.accept_mimetypes.best_match(offered, "text/html") == "application/json"
