from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.support.postgres import RING
from tests.web.conftest import MakeApp
from tests.web.support import PDF, Checker, Clock
from verifier.outside.clock import FixedClock
from verifier.storage.blobs import Blobs
from verifier.storage.database import Database
from verifier.workers.carriers import carriers
from verifier.workers.relay import Relay

ADDRESS = "/api/v1/validations"


def form(content: bytes = PDF, name: str = "a.pdf", **more: Any) -> dict[str, Any]:
    return {"data": {"file": (io.BytesIO(content), name), **more}}


def test_a_file_in_a_form_gets_its_verdict(client: FlaskClient) -> None:
    answer = client.post(ADDRESS, **form(name="văn bằng.pdf"))

    assert answer.status_code == 201
    assert answer.content_type == "application/json"
    assert answer.text == '{"file": "văn bằng.pdf", "conclusion": "TOTAL_PASSED"}'
    assert len(answer.headers["Location"]) == len(ADDRESS) + 1 + 32


def test_the_location_gives_the_same_bytes_again(client: FlaskClient) -> None:
    made = client.post(ADDRESS, **form())

    read = client.get(made.headers["Location"])

    assert read.status_code == 200
    assert read.data == made.data
    assert read.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("kind", ["application/pdf", "application/octet-stream", "image/png", ""])
def test_a_raw_body_is_a_file_whatever_it_is_called(client: FlaskClient, checker: Checker, kind: str) -> None:
    answer = client.post(ADDRESS, data=PDF, content_type=kind)

    assert answer.status_code == 201
    assert checker.seen == [PDF]


@pytest.mark.parametrize(
    ("header", "value", "name"),
    [
        ("X-File-Name", "v%C4%83n%20b%E1%BA%B1ng.pdf", "văn bằng.pdf"),
        ("X-File-Name", "a%0d%0ab%00.pdf", "a��b�.pdf"),
        ("Content-Disposition", 'attachment; filename="../a b.pdf"', "a b.pdf"),
        ("Content-Disposition", "attachment; filename*=UTF-8''v%C4%83n.pdf", "văn.pdf"),
        ("Content-Disposition", "nonsense;;;==", "unnamed"),
        ("X-Other", "x", "unnamed"),
    ],
)
def test_a_raw_body_may_have_a_name(client: FlaskClient, header: str, value: str, name: str) -> None:
    answer = client.post(ADDRESS, data=PDF, content_type="application/pdf", headers={header: value})

    assert answer.json is not None
    assert answer.json["file"] == name


def test_passwords_are_handed_on(client: FlaskClient, checker: Checker) -> None:
    client.post(ADDRESS, **form(password=["one", "", "two"]))

    assert checker.orders[0].passwords == ("one", "two")


def test_of_two_files_none_is_dropped_in_silence(client: FlaskClient, checker: Checker) -> None:
    answer = client.post(ADDRESS, data={"file": [(io.BytesIO(PDF), "a.pdf"), (io.BytesIO(PDF), "b.pdf")]})

    assert (answer.status_code, answer.json and answer.json["code"]) == (422, "field-twice")
    assert not checker.orders


def test_a_form_without_a_file_is_told_so(client: FlaskClient) -> None:
    answer = client.post(ADDRESS, data={"other": "x"}, content_type="multipart/form-data")

    assert (answer.status_code, answer.json and answer.json["code"]) == (400, "file-missing")


def test_a_text_form_is_told_what_to_send(client: FlaskClient) -> None:
    answer = client.post(ADDRESS, data=PDF, content_type="application/x-www-form-urlencoded")

    assert (answer.status_code, answer.json and answer.json["code"]) == (415, "unsupported-media-type")
    assert answer.json is not None
    assert "multipart/form-data" in answer.json["next_step"]


def in_a_form(content: bytes) -> bytes:
    head = b'--edge\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n'
    return head + content + b"\r\n--edge--\r\n"


@pytest.mark.parametrize("size", [1001, 2_000_000])
@pytest.mark.parametrize("kind", ["application/pdf", "multipart/form-data; boundary=edge"])
def test_a_file_over_the_limit_is_refused(client: FlaskClient, folder: Path, kind: str, size: int) -> None:
    content = b"x" * size
    data = in_a_form(content) if "edge" in kind else content

    answer = client.post(ADDRESS, data=data, content_type=kind)

    assert (answer.status_code, answer.json and answer.json["code"]) == (413, "too-large")
    assert [path for path in folder.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    ("code", "params", "status"),
    [
        ("empty-file", {}, 422),
        ("not-a-pdf", {"kind": "scan"}, 422),
        ("not-a-pdf", {"kind": "docx"}, 422),
        ("pdf-unreadable", {}, 422),
        ("pdf-truncated", {}, 422),
        ("pdf-encrypted", {}, 422),
        ("policy-unreadable", {}, 422),
        ("budget-exhausted", {"limit": "time"}, 413),
        ("trust-store-empty", {}, 503),
        ("trust-store-missing", {}, 503),
        ("trust-store-unreadable", {}, 503),
        ("trust-certificate-broken", {"file": "a.pem"}, 503),
        ("internal-error", {}, 500),
        ("of-tomorrow", {}, 500),
    ],
)
def test_what_could_not_be_judged_is_a_problem_with_its_own_code(
    client: FlaskClient, checker: Checker, code: str, params: dict[str, str], status: int
) -> None:
    checker.refuse(code, **params)

    answer = client.post(ADDRESS, **form())

    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    assert answer.json is not None
    assert answer.json["type"] == f"/problems/{code}"
    assert (answer.json["code"], answer.json["status"]) == (code, status)
    texts = [answer.json[key] for key in ("title", "detail", "next_step")]
    in_vietnamese = [answer.json[f"{key}_vi"] for key in ("title", "detail", "next_step")]
    assert all(texts)
    assert all(in_vietnamese)
    assert texts != in_vietnamese
    assert ("Retry-After" in answer.headers) == (status == 503)


def test_each_kind_of_file_has_its_own_advice(client: FlaskClient, checker: Checker) -> None:
    said = set()
    for kind in ("scan", "docx", "xml", "zip", "asic", "html", "unknown"):
        checker.refuse("not-a-pdf", kind=kind)
        answer = client.post(ADDRESS, **form())
        assert answer.json is not None
        said.add((answer.json["detail_vi"], answer.json["next_step_vi"]))

    assert len(said) == 7


def test_a_refused_file_is_not_kept(
    client: FlaskClient, checker: Checker, folder: Path, database: Database, clock: Clock
) -> None:
    checker.refuse("not-a-pdf", kind="zip")

    client.post(ADDRESS, **form())
    blobs = Blobs(folder / "files", RING, folder / "spool")
    Relay(database, FixedClock(clock()), carriers(blobs)).run_once()

    assert [path for path in folder.rglob("*") if path.is_file()] == []


def test_a_full_house_says_when_to_come_again(client: FlaskClient, checker: Checker) -> None:
    checker.gate.clear()
    for _ in range(3):
        assert client.post(ADDRESS, **form(), headers={"Prefer": "respond-async"}).status_code == 202

    answer = client.post(ADDRESS, **form())

    assert (answer.status_code, answer.json and answer.json["code"]) == (503, "busy")
    assert answer.headers["Retry-After"] == "20"


def test_whoever_will_not_wait_can_come_back(client: FlaskClient, checker: Checker) -> None:
    checker.gate.clear()
    answer = client.post(ADDRESS, **form(), headers={"Prefer": "respond-async"})
    place = answer.headers["Location"]
    assert checker.entered.wait(20)
    waiting = client.get(place)

    assert answer.status_code == waiting.status_code == 202
    assert waiting.json is not None
    assert waiting.json["state"] == "judging"
    checker.gate.set()
    while (later := client.get(place)).status_code == 202:
        pass
    assert later.json == {"file": "a.pdf", "conclusion": "TOTAL_PASSED"}


def test_a_verdict_that_takes_too_long_is_answered_later(make_app: MakeApp, checker: Checker) -> None:
    checker.gate.clear()

    answer = make_app(wait_seconds=0.01).test_client().post(ADDRESS, **form())

    assert answer.status_code == 202
    assert "Location" in answer.headers


def test_deleting_deletes(client: FlaskClient) -> None:
    place = client.post(ADDRESS, **form()).headers["Location"]

    gone = client.delete(place)

    assert (gone.status_code, gone.data) == (204, b"")
    assert client.get(place).status_code == 404
    assert client.delete(place).status_code == 404


def test_nobody_learns_whether_something_was_there(client: FlaskClient, clock: Clock) -> None:
    deleted = client.post(ADDRESS, **form()).headers["Location"]
    client.delete(deleted)
    expired = client.post(ADDRESS, **form()).headers["Location"]
    clock.forward(days=31)

    answers = [
        client.get(place) for place in (deleted, expired, f"{ADDRESS}/never", f"{ADDRESS}/%00", f"{ADDRESS}/%ff")
    ]

    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.data for answer in answers}) == 1
    assert answers[0].json is not None
    assert answers[0].json["code"] == "not-found"
