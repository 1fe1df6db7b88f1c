"""What operators see: structured logs and Prometheus counts; never a token, a file's name or its content."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

import structlog
from flask import Flask, Response, g, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from verifier.errors import BadRequest
from verifier.storage.validations import Finding

SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 40.0)
WATCHED = frozenset({"verifier.security", "verifier.audit"})
"""Logs that are written whatever weight is asked for."""
QUIET = ("/health/", "/metrics", "/static/")
"""Addresses that are asked so often that a log line each would hide the others."""

log = structlog.get_logger("verifier.web")


def configure_logs(level: str = "info", security_log: Path | None = None) -> None:
    """Write logs from `level` on as one JSON object a line to standard error; once a process, by the root.

    What is for those who watch over the service (`verifier.security`, `verifier.audit`) goes to the end of
    `security_log` where there is one. BadRequest `bad-option` where that file cannot be written.
    """
    watched = _appended(security_log) if security_log else sys.stderr
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *names: structlog.WriteLogger(watched if names and names[0] in WATCHED else sys.stderr),
    )


def _appended(path: Path) -> TextIO:
    try:
        opened = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    except OSError as error:
        why = f"VERIFIER_SECURITY_LOG: {error.strerror}"
        raise BadRequest("bad-option", why, option="VERIFIER_SECURITY_LOG") from None
    return os.fdopen(opened, "a", encoding="utf-8", buffering=1)


class Metrics:
    """The counts of one application."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.judged = Counter(
            "verifier_validations", "Files judged, by conclusion or problem code.", ["outcome"], registry=self.registry
        )
        self.seconds = Histogram(
            "verifier_validation_seconds", "From receipt to verdict.", buckets=SECONDS, registry=self.registry
        )
        self.requests = Counter(
            "verifier_requests", "Requests, by route and status.", ["route", "status"], registry=self.registry
        )
        self.load = Gauge("verifier_validations_open", "Files that wait or are being judged.", registry=self.registry)

    def on_judged(self, finding: Finding, seconds: float) -> None:
        """Count one file that was judged, `seconds` after it was received."""
        self.judged.labels(finding.problem.code if finding.problem else finding.conclusion).inc()
        self.seconds.observe(seconds)


def install(app: Flask, metrics: Metrics, load: Callable[[], int]) -> None:
    """Log and count every request of `app`, and serve the counts at `/metrics`."""
    metrics.load.set_function(load)

    @app.before_request
    def begin() -> None:
        g.began = time.perf_counter()

    @app.after_request
    def end(response: Response) -> Response:
        route = request.url_rule.rule if request.url_rule else "unknown"
        metrics.requests.labels(route, response.status_code).inc()
        if not request.path.startswith(QUIET):
            took = round((time.perf_counter() - g.began) * 1000) if "began" in g else 0
            log.info("request", method=request.method, route=route, status=response.status_code, ms=took)
        return response

    @app.get("/metrics")
    def scrape() -> Response:
        return Response(generate_latest(metrics.registry), content_type=CONTENT_TYPE_LATEST)
