from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import requests
from flask import Flask
from joserfc.jwk import ECKey
from werkzeug.serving import make_server

from tests.accounts.machines import add_machine
from tests.accounts.support import Clock, add_authority
from tests.web.accounts_support import accounts_of
from tests.web.conftest import MakeApp
from tests.web.support import PDF
from verifier.accounts.clients import TOKEN_PATH
from verifier.outside.clock import SystemClock
from verifier.storage.database import Database
from verifier.web.oauth import blueprint as oauth
from verifier.web.site import address_under

DOC = (Path(__file__).parents[2] / "docs" / "api-clients.md").read_text("utf-8")


def block(language: str, mark: str) -> str:
    found = re.finditer(rf"```{language}\n(.*?)```", DOC, re.DOTALL)
    return next(one[1] for one in found if mark in one[1])


@contextmanager
def served(app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_the_steps_of_the_document_work_as_they_stand(make_app: MakeApp, database: Database, tmp_path: Path) -> None:
    clock = Clock(SystemClock().now())
    app = make_app(accounts=accounts_of(database, clock, audience=address_under("", TOKEN_PATH)), blueprints=[oauth])
    subprocess.run(["sh", "-ec", block("sh", "genpkey")], cwd=tmp_path, check=True, capture_output=True)
    key = ECKey.import_key((tmp_path / "portal.pub.pem").read_text())
    machine = add_machine(database, add_authority(database), key, since=clock.now() - timedelta(days=1))
    (tmp_path / "portal.py").write_text(block("python", "client_assertion"))
    (tmp_path / "bằng.pdf").write_bytes(PDF)

    with served(app) as service:
        command = [sys.executable, "portal.py", service, str(machine.id), "portal.pem", "bằng.pdf"]
        done = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True)
        status, place, conclusion, token = done.stdout.split()
        headers = {"Authorization": f"Bearer {token}"}
        listed = requests.get(f"{service}/api/v1/validations?limit=20", headers=headers, timeout=20).json()

    assert (status, conclusion) == ("201", "TOTAL_PASSED")
    assert [(one["href"], one["file"]) for one in listed["validations"]] == [(place, "bằng.pdf")]
