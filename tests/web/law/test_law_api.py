from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from pydantic import BaseModel, TypeAdapter

from tests.web.law.support import NOW, law_app
from verifier.cli import run
from verifier.commands.shared import Surroundings
from verifier.outside.clock import FixedClock
from verifier.web.api import law_schemas as wire

API = "/api/v1/law"
SHAPES = [
    ("/procedures", wire.LawProcedures),
    ("/procedures?at=2025-10-15", wire.LawProcedures),
    *((f"/procedures/{one}", wire.LawProcedure) for one in ("certified-copy", "apostille", "consular-legalization")),
    ("/fee?procedure=certified-copy&pages=4,2&copies=3", wire.LawFee),
    ("/fee?procedure=consular-legalization&documents=2&copies=1", wire.LawFee),
    ("/deadline?procedure=certified-copy&received=2026-11-23T15:30", wire.LawDeadline),
    ("/deadline?procedure=consular-certification&received=2026-11-23T15:30", wire.LawDeadline),
    ("/grounds?procedure=certified-copy", wire.LawGrounds),
    ("/components?procedure=signature-certification", wire.LawComponents),
    ("/calendar?year=2026", wire.LawCalendar),
    ("/calendar?authority=washington&year=2026", wire.LawCalendar),
    ("/branch?issued_in=VN&used_in=FR,LA", wire.LawBranches),
]
COMMANDS = [
    ("/procedures?at=2025-10-15", "procedures --at 2025-10-15"),
    ("/fee?procedure=certified-copy&pages=4,2&copies=3", "fee --procedure certified-copy --pages 4,2 --copies 3"),
    (
        "/deadline?procedure=apostille&received=2026-11-20T22:10&accepted=2026-11-23T09:00&documents=5",
        "deadline --procedure apostille --documents 5 --received 2026-11-20T22:10 --accepted 2026-11-23T09:00",
    ),
    ("/grounds?procedure=apostille", "grounds --procedure apostille"),
    ("/components?procedure=apostille", "components --procedure apostille"),
    ("/calendar?year=2027", "calendar --year 2027"),
]


def printed(command: str) -> object:
    out = io.StringIO()
    assert run(["law", *command.split()], Surroundings({}, out, io.StringIO(), FixedClock(NOW))) == 0
    return json.loads(out.getvalue())


@pytest.mark.parametrize(("path", "shape"), SHAPES)
def test_answers_are_as_their_schemas_tell(visitor: FlaskClient, path: str, shape: type[BaseModel]) -> None:
    answer = visitor.get(API + path)

    assert (answer.status_code, answer.content_type) == (200, "application/json")
    assert TypeAdapter(shape).validate_python(answer.json).model_dump(mode="json", by_alias=True) == answer.json


@pytest.mark.parametrize(("path", "command"), COMMANDS)
def test_the_api_tells_what_the_command_prints(visitor: FlaskClient, path: str, command: str) -> None:
    assert visitor.get(API + path).json == printed(command)


@pytest.mark.parametrize(
    ("path", "status", "code", "field"),
    [
        ("/fee", 404, "procedure-unknown", None),
        ("/fee?procedure=certified-copy", 400, "count-missing", "pages"),
        ("/fee?procedure=certified-copy&pages=0", 400, "count-wrong", "pages"),
        ("/fee?procedure=certified-copy&pages=2&copies=1&copies=2", 400, "count-wrong", "copies"),
        ("/procedures?at=2026-11-23&at=2025-11-23", 400, "date-unclear", "at"),
        ("/fee?procedure=certified-copy&procedure=apostille&pages=2", 404, "procedure-unknown", None),
        ("/fee?procedure=certified-copy&pages=2.5", 400, "count-wrong", "pages"),
        ("/fee?procedure=certified-copy&pages=2&cases=1", 400, "count-unused", "cases"),
        ("/deadline?procedure=certified-copy", 400, "instant-missing", "received"),
        ("/deadline?procedure=certified-copy&received=soon", 400, "instant-unclear", "received"),
        (
            "/deadline?procedure=certified-copy&received=2026-11-23T10:00&channel=pigeon",
            400,
            "filing-channel-unknown",
            "channel",
        ),
        ("/deadline?procedure=certified-copy&received=2026-11-23T10:00&authority=mars", 404, "calendar-unknown", None),
        ("/procedures?at=2026-02-30", 400, "date-unclear", "at"),
        ("/procedures/apostille?at=2026-09-10", 404, "procedure-not-in-force", None),
        ("/calendar?year=1066", 400, "date-unclear", "year"),
        ("/branch?issued_in=VN", 400, "country-missing", "used_in"),
        ("/branch?issued_in=VN&used_in=ZZ", 422, "country-unknown", None),
        ("/fee?procedure=certified-copy&pages=2&copy=3", 400, "parameter-unknown", "copy"),
        ("/grounds?procedure=certified-copy&pages=2", 400, "parameter-unknown", "pages"),
        ("/forms/none", 404, "form-unknown", None),
    ],
)
def test_what_is_not_answered_is_a_problem(
    visitor: FlaskClient, path: str, status: int, code: str, field: str | None
) -> None:
    answer = visitor.get(API + path)

    assert answer.json is not None
    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert answer.content_type == "application/problem+json"
    assert answer.json["params"].get("field") == field


@pytest.mark.parametrize(
    ("listed", "repeated"),
    [
        ("/fee?procedure=certified-copy&pages=12,3", "/fee?procedure=certified-copy&pages=12&pages=3"),
        ("/branch?issued_in=VN&used_in=FR,LA", "/branch?issued_in=VN&used_in=FR&used_in=LA"),
    ],
)
def test_what_is_repeated_is_a_list_and_nothing_of_it_is_lost(visitor: FlaskClient, listed: str, repeated: str) -> None:
    assert visitor.get(API + listed).json == visitor.get(API + repeated).json


def test_a_procedure_not_in_force_says_why_in_both_languages(visitor: FlaskClient) -> None:
    answer = visitor.get(f"{API}/procedures/consular-certification?at=2025-12-31").json

    assert answer is not None
    assert "2026" in answer["params"]["reason_vi"]
    assert "2026" in answer["params"]["reason_en"]


def test_without_a_day_the_law_is_todays_in_viet_nam(tmp_path: Path) -> None:
    late = NOW.replace(hour=17, minute=30)
    answer = law_app(tmp_path, at=late).test_client().get(f"{API}/procedures").json

    assert answer is not None
    assert answer["at"] == "2026-11-24"


def test_an_offset_whose_plus_sign_was_lost_is_read_all_the_same(visitor: FlaskClient) -> None:
    lost = visitor.get(f"{API}/deadline?procedure=certified-copy&received=2026-11-23T10:00+07:00").json
    kept = visitor.get(f"{API}/deadline?procedure=certified-copy&received=2026-11-23T10:00%2B07:00").json

    assert lost == kept
    assert lost is not None
    assert lost["received"] == "2026-11-23T10:00:00+07:00"


def test_anybody_may_keep_an_answer_until_it_changes(visitor: FlaskClient) -> None:
    first = visitor.get(f"{API}/grounds?procedure=certified-copy")
    again = visitor.get(f"{API}/grounds?procedure=certified-copy", headers={"If-None-Match": first.headers["ETag"]})
    other = visitor.get(f"{API}/grounds?procedure=apostille", headers={"If-None-Match": first.headers["ETag"]})

    assert first.headers["Cache-Control"] == "public, max-age=300"
    assert (again.status_code, again.data, other.status_code) == (304, b"", 200)


def test_a_form_is_a_pdf_by_id_or_number(visitor: FlaskClient) -> None:
    by_id, by_number = visitor.get(f"{API}/forms/receipt"), visitor.get(f"{API}/forms/01")

    assert by_id.content_type == "application/pdf"
    assert by_id.data.startswith(b"%PDF-")
    assert by_id.data == by_number.data


def test_what_costs_work_is_limited(visitor: FlaskClient) -> None:
    path = f"{API}/deadline?procedure=certified-copy&received=2026-11-23T10:00"
    answers = [visitor.get(path).status_code for _ in range(241)]  # more than two minutes allow

    assert answers[:60] == [200] * 60
    assert 429 in answers
    assert visitor.get(f"{API}/procedures").status_code == 200
