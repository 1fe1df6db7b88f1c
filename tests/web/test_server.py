from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator

import pytest
from gunicorn.config import Config  # type: ignore[import-untyped]
from gunicorn.http.parser import RequestParser  # type: ignore[import-untyped]
from werkzeug.serving import make_server

from tests.web.conftest import MakeApp
from tests.web.support import PDF, Checker
from verifier.web import gunicorn_config

ADDRESS = "/api/v1/validations"
RAW = {"Content-Type": "application/pdf"}


@pytest.fixture
def port(make_app: MakeApp) -> Iterator[int]:
    server = make_server("127.0.0.1", 0, make_app(), threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def ask(port: int, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request(method, path, body, RAW)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def code_of(body: bytes) -> str:
    return str(json.loads(body)["code"])


def test_a_verdict_over_the_wire(port: int) -> None:
    status, body = ask(port, "POST", ADDRESS, PDF)

    assert status == 201
    assert json.loads(body)["conclusion"] == "TOTAL_PASSED"


def chunked(port: int, pieces: int) -> tuple[int, bytes]:
    def body() -> Iterator[bytes]:
        for _ in range(pieces):
            yield b"x" * 65536

    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("POST", ADDRESS, body(), RAW, encode_chunked=True)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def test_a_body_that_does_not_say_its_length_is_limited_as_well(port: int) -> None:
    status, body = chunked(port, 1)

    assert (status, code_of(body)) == (413, "too-large")


def test_a_body_that_says_it_has_two_gigabytes_is_refused_unread(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.putrequest("POST", ADDRESS)
    connection.putheader("Content-Type", "application/pdf")
    connection.putheader("Content-Length", str(2 * 1024**3))
    connection.endheaders()

    answer = connection.getresponse()

    assert (answer.status, code_of(answer.read())) == (413, "too-large")
    connection.close()


def test_others_are_answered_while_a_file_is_judged(port: int, checker: Checker) -> None:
    checker.gate.clear()
    answers: list[tuple[int, bytes]] = []
    slow = threading.Thread(target=lambda: answers.append(ask(port, "POST", ADDRESS, PDF)))
    slow.start()
    assert checker.entered.wait(20)

    meanwhile = [ask(port, "GET", path)[0] for path in ("/verify", "/health/live", f"{ADDRESS}/none", "/metrics")]

    assert meanwhile == [200, 200, 404, 200]
    assert answers == []
    checker.gate.set()
    slow.join(20)
    assert answers[0][0] == 201


def test_a_connection_that_breaks_off_leaves_nothing_behind(port: int, checker: Checker) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.putrequest("POST", ADDRESS)
    connection.putheader("Content-Type", "application/pdf")
    connection.putheader("Content-Length", "900")
    connection.endheaders()
    connection.send(b"x" * 10)
    connection.close()

    assert ask(port, "POST", ADDRESS, PDF)[0] == 201
    assert checker.seen == [PDF]


def test_the_server_believes_no_header_of_a_proxy_by_itself() -> None:
    settings = Config()
    for name in {name for name in vars(gunicorn_config) if name in settings.settings} - {"worker_exit"}:
        settings.set(name, getattr(gunicorn_config, name))
    sent = b"GET /x/metrics HTTP/1.1\r\nHost: a\r\nX-Forwarded-Proto: https\r\nSCRIPT_NAME: /x\r\nPATH_INFO: /y\r\n\r\n"

    read = next(RequestParser(settings, iter([sent]), ("127.0.0.1", 40000)))

    assert read.scheme == "http"
    assert [name for name, _ in read.headers] == ["HOST", "X-FORWARDED-PROTO"]
