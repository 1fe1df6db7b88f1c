from __future__ import annotations

import pytest
import structlog
from flask.testing import FlaskClient
from psycopg.errors import DeadlockDetected, SerializationFailure
from sqlalchemy.exc import OperationalError

from tests.web.conftest import MakeApp
from verifier.errors import Problem
from verifier.web.problem_statuses import STATUSES
from verifier.web.problems import refusal_of, words_of


@pytest.mark.parametrize("code", sorted(STATUSES))
def test_every_code_has_words_in_both_languages_and_a_page_of_its_own(client: FlaskClient, code: str) -> None:
    vietnamese, english = words_of(Problem(code), "vi"), words_of(Problem(code), "en")
    page = client.get(f"/problems/{code}")
    document = client.get(f"/problems/{code}", headers={"Accept": "application/json"})

    for words in (vietnamese, english):
        assert words.title
        assert words.detail
        assert words.next_step
        assert "{" not in words.title + words.detail + words.next_step
    assert vietnamese != english
    assert page.content_type == "text/html; charset=utf-8"
    assert code in page.text
    assert document.json is not None
    assert (document.json["code"], document.json["title"]) == (code, english.title)


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/v1/nothing", 404, "page-not-found"),
        ("PATCH", "/api/v1/validations", 405, "method-not-allowed"),
        ("PUT", "/api/v1/validations/x", 405, "method-not-allowed"),
        ("GET", "/problems/none", 404, "page-not-found"),
    ],
)
def test_refusals_of_http_are_problem_documents(
    client: FlaskClient, method: str, path: str, status: int, code: str
) -> None:
    answer = client.open(path, method=method, headers={"Accept": "application/problem+json"})

    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    assert answer.json is not None
    assert answer.json["code"] == code
    assert ("Allow" in answer.headers) == (status == 405)


def test_people_get_a_page(client: FlaskClient) -> None:
    answer = client.get("/nothing", headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})

    assert (answer.status_code, answer.content_type) == (404, "text/html; charset=utf-8")
    assert "Không tìm thấy trang" in answer.text


def test_a_redirect_is_no_problem(client: FlaskClient) -> None:
    assert client.get("/health//live").status_code == 308


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_a_fault_tells_nothing_but_a_number_that_the_log_has_too(make_app: MakeApp, accept: str) -> None:
    client = make_app().test_client()

    with structlog.testing.capture_logs() as lines:
        answer = client.get("/broken", headers={"Accept": accept})

    fault = next(line for line in lines if line["event"] == "fault")
    assert answer.status_code == 500
    assert fault["reference"] in answer.text
    assert len(fault["reference"]) == 8
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text


def test_a_database_that_does_not_answer_is_told_as_such(client: FlaskClient, make_app: MakeApp) -> None:
    import sqlalchemy.exc

    app = make_app()

    def down() -> str:
        raise sqlalchemy.exc.OperationalError("select", {}, OSError("gone"))

    app.add_url_rule("/api/down", view_func=down)
    answer = app.test_client().get("/api/down")

    assert (answer.status_code, answer.json and answer.json["code"]) == (503, "unavailable")
    assert "Retry-After" in answer.headers


@pytest.mark.parametrize("error", [DeadlockDetected, SerializationFailure])
def test_a_clash_of_two_is_no_fault_and_no_outage(make_app: MakeApp, error: type[Exception]) -> None:
    app = make_app()

    def clash() -> str:
        raise OperationalError("update", {}, error())

    app.add_url_rule("/api/clash", view_func=clash)
    app.add_url_rule("/clash", "clash_page", clash)
    answer, page = app.test_client().get("/api/clash"), app.test_client().get("/clash")

    assert (answer.status_code, answer.json and answer.json["code"]) == (503, "crossed")
    assert (page.status_code, page.content_type) == (503, "text/html; charset=utf-8")
    assert "Có thao tác khác cùng lúc" in page.text
    assert {"Retry-After"} <= set(answer.headers.keys()) & set(page.headers.keys())


def test_hostile_particulars_do_not_break_the_document(client: FlaskClient) -> None:
    problem = Problem("not-a-pdf", "x\0\ud800<script>", {"kind": "\ud800"})

    from verifier.web.problems import problem_response

    assert problem_response(refusal_of(problem)).get_json()["particulars"] == "x\0\ud800<script>"


OF_VALIDATIONS = ("tệp để kiểm tra", "cần kiểm tra", "thời điểm kiểm tra", "application/pdf", "file to check")


@pytest.mark.parametrize(
    "code", ["not-found", "bad-instant", "file-missing", "json-expected", "csv-expected", "idempotency-key-reused"]
)
def test_what_every_part_says_speaks_of_no_validation(code: str) -> None:
    for lang in ("vi", "en"):
        words = words_of(Problem(code), lang)
        said = f"{words.title} {words.detail} {words.next_step}".lower()
        assert not [one for one in OF_VALIDATIONS if one in said]


@pytest.mark.parametrize("code", ["precondition-required", "precondition-failed", "idempotency-key-reused"])
def test_versions_and_keys_are_of_appointments_too(code: str) -> None:
    vietnamese, english = words_of(Problem(code), "vi"), words_of(Problem(code), "en")

    assert "hồ sơ" not in f"{vietnamese.title} {vietnamese.detail} {vietnamese.next_step}".lower()
    assert "dossier" not in f"{english.title} {english.detail} {english.next_step}".lower()
