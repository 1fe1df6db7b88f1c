from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from tests.web.conftest import MakeApp

PATHS = ("/verify", "/nothing", "/broken", "/api/v1/docs", "/api/v1/openapi.json", "/problems/busy", "/health/live")


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_carries_the_guards(client: FlaskClient, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["Content-Security-Policy"]

    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:;")
    assert "frame-ancestors 'none'" in policy
    assert "base-uri 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert "Strict-Transport-Security" not in headers


def test_only_over_https_is_https_demanded(client: FlaskClient) -> None:
    answer = client.get("/verify", base_url="https://verifier.example")

    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")


@pytest.mark.parametrize("path", ["/verify", "/health/live", "/nothing"])
def test_what_is_not_for_all_is_not_cached(client: FlaskClient, path: str) -> None:
    assert client.get(path).headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/api/v1/docs", "/problems/busy"])
def test_our_own_pages_need_nothing_that_the_policy_forbids(client: FlaskClient, path: str) -> None:
    html = client.get(path).text

    assert "<script" not in html
    assert "<style" not in html
    assert not re.search(r"\s(style|on\w+)\s*=", html)
    assert not re.search(r"(href|src)=\"(https?:)?//", html)
    style = re.search(r'rel="stylesheet" href="([^"]+)"', html)
    assert style is not None
    with client.get(style[1]) as sheet:
        assert sheet.status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": "http://localhost"}, 200),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Origin": "https://evil.example"}, 400),
        ({"Origin": "null"}, 400),
        ({"Origin": "http://localhost:81"}, 400),
        ({"Sec-Fetch-Site": "cross-site"}, 400),
        ({"Sec-Fetch-Site": "same-site"}, 400),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"}, 400),
    ],
)
def test_forms_of_other_sites_are_refused(client: FlaskClient, headers: dict[str, str], status: int) -> None:
    answer = client.post("/verify", headers={**headers, "Accept": "application/json"})

    assert answer.status_code == status
    assert (answer.json or {}).get("code") == (None if status == 200 else "form-expired")


def test_the_api_may_be_called_from_anywhere(client: FlaskClient) -> None:
    answer = client.post("/api/v1/validations", data=b"x", headers={"Origin": "https://portal.example"})

    assert answer.status_code == 201


def test_session_cookies_are_out_of_reach_of_scripts_and_other_sites(make_app: MakeApp) -> None:
    config = make_app(production=True).config

    assert config["SESSION_COOKIE_HTTPONLY"]
    assert config["SESSION_COOKIE_SECURE"]
    assert config["SESSION_COOKIE_SAMESITE"] == "Lax"
