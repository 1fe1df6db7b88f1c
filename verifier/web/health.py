"""Is the process alive, and can files be judged now? Never up and empty."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Response, jsonify

from verifier.keeping.alarms import ListState, TrustState
from verifier.reports.formats import iso

Trouble = Callable[[], str]
"""Tells what is wrong with one part, in a few words without secrets; empty where nothing is."""


def blueprint(parts: Mapping[str, Trouble], trust: Callable[[], TrustState] | None = None) -> Blueprint:
    """Make `/health/live` and `/health/ready`; ready means that every part of `parts` is without trouble.

    `trust` tells how trust stands; ready is also who has a list that fails or is overdue within the grace, but told.
    """
    health = Blueprint("health", __name__, url_prefix="/health")

    @health.get("/live")
    def live() -> Response:
        return jsonify(status="ready", checks={})

    @health.get("/ready")
    def ready() -> Response:
        checks = {name: trouble() or "ok" for name, trouble in parts.items()}
        good = all(found == "ok" for found in checks.values())
        told = {"trust": _trust(trust())} if trust else {}
        answer = jsonify(status="ready" if good else "not_ready", checks=checks, **told)
        answer.status_code = 200 if good else 503
        return answer

    return health


def _trust(found: TrustState) -> dict[str, Any]:
    return {
        "snapshot": found.snapshot,
        "age_seconds": _seconds(found.age),
        "anchors": found.anchors,
        "state": found.severity.word,
        "lists": [_list(one) for one in found.lists],
    }


def _list(one: ListState) -> dict[str, Any]:
    return {
        "scheme": one.scheme,
        "state": one.severity.word,
        "sequence": one.sequence,
        "age_seconds": _seconds(one.age),
        "next_update": _time(one.next_update),
        "seconds_left": _seconds(one.left),
        "good_at": _time(one.good_at),
        "failures": one.failures,
        "problem": one.problem,
    }


def _seconds(span: timedelta | None) -> int | None:
    return None if span is None else int(span.total_seconds())


def _time(instant: datetime | None) -> str | None:
    return None if instant is None else iso(instant)
