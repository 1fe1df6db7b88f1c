from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
import structlog
from flask.testing import FlaskClient

from tests.web.conftest import MakeApp
from tests.web.support import PDF
from verifier.errors import BadRequest, Problem
from verifier.storage.validations import Finding
from verifier.web.observe import Metrics, configure_logs

ADDRESS = "/api/v1/validations"


def test_verdicts_and_problems_are_counted(make_app: MakeApp) -> None:
    metrics = Metrics()
    client = make_app(metrics=metrics).test_client()
    metrics.on_judged(Finding("pdf", "TOTAL_PASSED", "{}"), 0.3)
    metrics.on_judged(Finding("", problem=Problem("not-a-pdf")), 0.1)

    text = client.get("/metrics").text

    assert 'verifier_validations_total{outcome="TOTAL_PASSED"} 1.0' in text
    assert 'verifier_validations_total{outcome="not-a-pdf"} 1.0' in text
    assert "verifier_validation_seconds_count 2.0" in text
    assert "verifier_validations_open 0.0" in text


def test_requests_are_counted_by_route_and_not_by_address(make_app: MakeApp) -> None:
    client = make_app().test_client()
    place = client.post(ADDRESS, data=PDF).headers["Location"]
    client.get(place)
    client.get("/nothing")

    text = client.get("/metrics").text

    assert 'route="/api/v1/validations/<token>",status="200"' in text
    assert 'route="unknown",status="404"' in text
    assert place.rpartition("/")[2] not in text


def test_logs_hold_neither_tokens_nor_names_nor_content(client: FlaskClient) -> None:
    with structlog.testing.capture_logs() as lines:
        made = client.post(ADDRESS, data={"file": (io.BytesIO(PDF), "private-name.pdf"), "password": "private-word"})
        client.get(made.headers["Location"])
        client.get("/health/live")

    text = json.dumps(lines, default=str)
    assert [line["event"] for line in lines] == ["judged", "request", "request"]
    assert made.headers["Location"].rpartition("/")[2] not in text
    assert "private" not in text
    assert "signed file" not in text


TELLING = """
import sys
from pathlib import Path
from verifier.web.observe import configure_logs
from verifier.workers.always import tell
import structlog
configure_logs("error", Path(sys.argv[1]) if len(sys.argv) > 1 else None)
structlog.get_logger("verifier.web").info("unheard")
structlog.get_logger("verifier.web").error("heard")
tell("verifier.security", "sign-in-failed", address="192.0.2.7")
"""


def test_security_events_have_a_file_of_their_own_and_are_never_too_light(tmp_path: Path) -> None:
    file = tmp_path / "security.log"
    kept = subprocess.run([sys.executable, "-c", TELLING, file], capture_output=True, text=True, check=True)
    loose = subprocess.run([sys.executable, "-c", TELLING], capture_output=True, text=True, check=True)

    assert [json.loads(line)["event"] for line in kept.stderr.splitlines()] == ["heard"]
    assert [json.loads(line)["event"] for line in file.read_text().splitlines()] == ["sign-in-failed"]
    assert file.stat().st_mode & 0o077 == 0
    assert [json.loads(line)["event"] for line in loose.stderr.splitlines()] == ["heard", "sign-in-failed"]


def test_a_security_log_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match="VERIFIER_SECURITY_LOG"):
        configure_logs("info", tmp_path / "none" / "security.log")
