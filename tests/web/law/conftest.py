from __future__ import annotations

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.web.law.support import law_app


@pytest.fixture
def visitor(tmp_path: Path) -> FlaskClient:
    return law_app(tmp_path / "spool").test_client()
