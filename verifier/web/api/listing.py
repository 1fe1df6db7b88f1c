"""The list of an authority's validations: page by page, the newest first."""

from __future__ import annotations

import json
from datetime import datetime
from uuid import UUID

from flask import Response, request, url_for

from verifier.errors import BadRequest
from verifier.reports.formats import iso
from verifier.storage.scope import Scope
from verifier.web.jobs import Validation, Validations

USUAL, MOST = 50, 100
"""Entries of a page."""


def answer(service: Validations, scope: Scope) -> Response:
    """Answer `limit` and `before` of the request; `next` leads to the page after, and is null on the last one."""
    limit = asked_limit()
    found = service.of_authority(scope, limit, *_before())
    rest = url_for("api.index", limit=limit, before=_place(found[-1])) if len(found) == limit else None
    told = {"validations": [_entry(one) for one in found], "next": rest}
    return Response(json.dumps(told, ensure_ascii=False), content_type="application/json")


def _entry(one: Validation) -> dict[str, str | int | None]:
    return {
        "id": str(one.id),
        "file": one.file_name,
        "sha256": one.sha256,
        "size": one.size,
        "received_at": iso(one.received_at),
        "state": one.state,
        "conclusion": one.conclusion or None,
        "href": url_for("api.read", token=str(one.id)),
    }


def asked_limit() -> int:
    """Return the `limit` of the request; BadRequest `bad-option`."""
    told = request.args.get("limit", str(USUAL))
    limit = int(told) if told.isascii() and told.isdigit() and len(told) < 4 else 0
    if not 1 <= limit <= MOST:
        raise BadRequest("bad-option", f"limit must be a number from 1 to {MOST}.", option="limit")
    return limit


def _place(last: Validation) -> str:
    """Write where a page ended: the instant and, for those of the same instant, the id."""
    return f"{iso(last.received_at)}~{last.id}"


def _before() -> tuple[datetime, UUID | None] | tuple[None, None]:
    """Read an instant or a place that `_place` wrote; BadRequest `bad-instant`."""
    told = request.args.get("before", "")
    if not told:
        return None, None
    instant, _, id_ = told.partition("~")
    try:
        before = datetime.fromisoformat(instant)
        found = before, UUID(id_) if id_ else None
    except ValueError:
        raise BadRequest("bad-instant", "before must be an instant, or come from `next`.") from None
    if before.utcoffset() is None:
        raise BadRequest("bad-instant", "before must name its time zone.")
    return found
