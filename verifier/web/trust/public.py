"""`GET /api/v1/trust`: what a relying party may know of whom we trust; public, the same for all."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any

from flask import Blueprint, Response, request

from verifier.errors import BadRequest
from verifier.keeping.operations import anchor_key
from verifier.reports.formats import iso
from verifier.snapshot import Anchor, Scheme, TrustSnapshot
from verifier.web.trust.base import desk

CACHE = "public, max-age=60"

blueprint = Blueprint("trust_api", __name__, url_prefix="/api/v1")


@blueprint.get("/trust")
def show() -> Response:
    """Give the snapshot in use: its id, since when, anchors by branch, lists with number and next update."""
    try:
        keeper = desk().keeper
    except BadRequest:
        raise BadRequest("not-found") from None
    snapshot, entry = keeper.snapshot(), keeper.in_use()
    known = entry is not None and entry.snapshot_id == snapshot.id  # else it comes into use just now
    tag = f"{snapshot.id}-{entry.number if entry and known else 0}"
    if request.if_none_match.contains(tag):
        answer = Response(status=304)
    else:
        body = _body(snapshot, iso(entry.at) if entry and known else None)
        answer = Response(body, content_type="application/json")
    answer.headers["Cache-Control"] = CACHE
    answer.set_etag(tag)
    return answer


@lru_cache(maxsize=2)
def _body(snapshot: TrustSnapshot, since: str | None) -> bytes:
    """Write the answer; once a snapshot, since one of thousands of anchors takes a while and anybody may ask."""
    told = {
        "snapshot": snapshot.id,
        "since": since,
        "anchors": [_anchor(one) for one in sorted(snapshot.anchors, key=_order)],
        "lists": [_list(one) for one in sorted(snapshot.schemes, key=lambda one: one.id)],
        "services": len(snapshot.services),
        "authorities": len(snapshot.authorities),
    }
    return json.dumps(told, ensure_ascii=False).encode("utf-8", "backslashreplace")


def _anchor(anchor: Anchor) -> dict[str, Any]:
    return {
        "branch": anchor.branch,
        "name": anchor.name,
        "sha256": anchor_key(anchor),
        "uses": sorted(anchor.uses),
        "trusted_until": _time(anchor.trusted_until),
        "scheme": anchor.origin.scheme if anchor.service else "",
    }


def _list(scheme: Scheme) -> dict[str, Any]:
    return {
        "id": scheme.id,
        "name": scheme.name,
        "territory": scheme.territory,
        "branch": scheme.branch,
        "location": scheme.location,
        "sequence": scheme.sequence,
        "issued": _time(scheme.issued),
        "next_update": _time(scheme.next_update),
        "sha256": scheme.sha256,
    }


def _order(anchor: Anchor) -> tuple[str, str, str, list[str]]:
    return anchor.branch, anchor.name, anchor_key(anchor), list(_uses(anchor.uses))


def _uses(uses: Iterable[str]) -> Iterable[str]:
    return sorted(uses)


def _time(instant: datetime | None) -> str | None:
    return None if instant is None else iso(instant)
