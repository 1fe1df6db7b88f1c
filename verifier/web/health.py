"""Is the process alive, and can files be judged now? Never up and empty."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import Blueprint, Response, jsonify

Trouble = Callable[[], str]
"""Tells what is wrong with one part, in a few words without secrets; empty where nothing is."""


def blueprint(parts: Mapping[str, Trouble]) -> Blueprint:
    """Make `/health/live` and `/health/ready`; ready means that every part of `parts` is without trouble."""
    health = Blueprint("health", __name__, url_prefix="/health")

    @health.get("/live")
    def live() -> Response:
        return jsonify(status="ready", checks={})

    @health.get("/ready")
    def ready() -> Response:
        checks = {name: trouble() or "ok" for name, trouble in parts.items()}
        good = all(found == "ok" for found in checks.values())
        answer = jsonify(status="ready" if good else "not_ready", checks=checks)
        answer.status_code = 200 if good else 503
        return answer

    return health
