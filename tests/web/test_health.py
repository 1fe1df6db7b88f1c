from __future__ import annotations

from tests.web.conftest import MakeApp


def test_ready_while_every_part_is_without_trouble(make_app: MakeApp) -> None:
    client = make_app(troubles={"trust": lambda: "", "database": lambda: ""}).test_client()

    answer = client.get("/health/ready")

    assert answer.status_code == 200
    assert answer.json == {"status": "ready", "checks": {"trust": "ok", "database": "ok"}}


def test_not_ready_says_what_is_wrong_and_stays_alive(make_app: MakeApp) -> None:
    trouble = ["trust-store-empty"]
    client = make_app(troubles={"trust": lambda: trouble[0], "database": lambda: ""}).test_client()

    answer = client.get("/health/ready")

    assert answer.status_code == 503
    assert answer.json == {"status": "not_ready", "checks": {"trust": "trust-store-empty", "database": "ok"}}
    assert client.get("/health/live").status_code == 200
    trouble[0] = ""
    assert client.get("/health/ready").status_code == 200
