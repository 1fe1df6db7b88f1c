from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cases.world import PDF
from tests.web.case_api_site import case_api_site
from tests.web.test_api_clients_doc import block, served
from verifier.storage.database import Database

pytestmark = pytest.mark.skipif(
    not (shutil.which("curl") and shutil.which("jq")), reason="the document's steps need curl and jq"
)


def run(folder: Path, script: str, **told: str) -> list[str]:
    """Run a block of the document; return the lines that it prints."""
    made = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", **told}
    done = subprocess.run(["sh", "-c", script], cwd=folder, env=made, check=True, capture_output=True, text=True)
    return done.stdout.splitlines()


def test_a_dossier_is_filed_followed_and_withdrawn_as_the_document_says(database: Database, tmp_path: Path) -> None:
    (tmp_path / "bang.pdf").write_bytes(PDF)
    (tmp_path / "filing.json").write_text(block("json", "consular-certification"))

    with case_api_site(database, tmp_path / "house") as site, served(site.app) as service:
        token = site.portal().headers["Authorization"].removeprefix("Bearer ")
        status, id_, *offered, citation = run(tmp_path, block("sh", "bang.pdf"), SERVICE=service, TOKEN=token)
        filed = json.loads((tmp_path / "filed.json").read_text())
        pair = {"CODE": filed["dossier"]["code"], "SECRET": filed["token"]}
        gone = run(tmp_path, block("sh", "X-Dossier-Code"), SERVICE=service, **pair)

    assert status == f"{filed['dossier']['code']} Filed"
    assert id_ == filed["dossier"]["id"]
    assert "withdraw" in offered
    assert citation
    assert gone == ["withdrawn"]
