from __future__ import annotations

import threading
import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import make_url, text

from tests.outside.net import CRL, CRL_URL, ISSUER_URL, OCSP, OCSP_URL, ROOT_CRL, ROOT_CRL_URL, WORLD, Net
from tests.pki import AT, FRESH, Revoked, day, make_ocsp, plain_pdf, signed_pdf, trust_folder, trust_snapshot
from tests.support import postgres
from tests.test_check import InProcess
from verifier import compose
from verifier.bundle import read_bundle
from verifier.errors import BadRequest
from verifier.issuance import Surroundings
from verifier.notices.templates import read
from verifier.outside.clock import FixedClock
from verifier.outside.crl_store import CrlStore
from verifier.outside.failures import Failure
from verifier.outside.gather import Gatherer
from verifier.settings import Settings
from verifier.storage.blobs import Blobs
from verifier.storage.database import Database
from verifier.storage.keys import write_ring
from verifier.storage.schema import Schema
from verifier.verdict import DocumentVerdict
from verifier.web.jobs import Checked, Order

ADDRESS = "/api/v1/validations"
SNAPSHOT = trust_snapshot(WORLD)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("house")
    (made / "trust").mkdir()
    trust_folder(None, made / "trust")
    return made


@pytest.fixture(scope="module")
def settings(database_url: str, folder: Path) -> Settings:
    return Settings(
        trust_store=folder / "trust",
        database_url=database_url,
        data=folder / "data",
        rate_limit="1000 per minute",
        max_upload_mb=2,
        judge_seconds=10,
        fetch=False,
    )


@pytest.fixture(scope="module")
def app(settings: Settings) -> Iterator[Flask]:
    made = compose.create_app(settings, FixedClock(AT))
    yield made
    compose.close(made)
    compose.close(made)


@pytest.fixture
def client(app: Flask, database: Database) -> FlaskClient:
    return app.test_client()


def hand_in(client: FlaskClient, content: bytes) -> tuple[int, dict[str, Any], str]:
    headers = {"Content-Type": "application/pdf", "X-File-Name": "th%C6%B0.pdf"}
    answer = client.post(ADDRESS, data=content, headers=headers)
    return answer.status_code, dict(answer.json or {}), answer.headers.get("Location", "")


def test_a_signed_document_is_judged_by_the_real_thing(client: FlaskClient) -> None:
    status, report, place = hand_in(client, signed_pdf(level="LT"))

    assert status == 201
    assert (report["file"], report["outcome"], report["conclusion"]) == ("thư.pdf", "judged", "TOTAL_PASSED")
    assert report["signatures"][0]["level"] == "PAdES-BASELINE-LT"
    assert client.get(place).json == report


def test_the_page_shows_the_same_verdict_and_gives_its_evidence(client: FlaskClient) -> None:
    _, report, place = hand_in(client, signed_pdf(level="LT"))
    page = place.replace(ADDRESS, "/verify")

    assert client.get(page).status_code == 200
    with client.get(f"{page}/report.json") as stored:
        assert stored.json == report
    with client.get(f"{page}/evidence.zip") as bundle:
        recorded = read_bundle(bundle.data)
    assert isinstance(recorded.outcome, DocumentVerdict)
    assert recorded.outcome.sha256 == report["sha256"]
    assert recorded.evidence.received_at == AT
    with client.get(f"{page}/pages/1.webp") as picture:
        assert picture.data[:4] == b"RIFF"


def test_a_revocation_that_was_known_is_not_forgotten(settings: Settings, database: Database, tmp_path: Path) -> None:
    letter = tmp_path / "letter.pdf"
    letter.write_bytes(signed_pdf(WORLD))
    revoked = make_ocsp(WORLD.leaf, WORLD.ca, FRESH, day(2027), revoked=Revoked(WORLD.leaf, FRESH))
    clock, ring, trust = FixedClock(AT), postgres.RING, SimpleNamespace(snapshot=lambda: SNAPSHOT)
    store, blobs = CrlStore(tmp_path / "revocation", clock), Blobs(tmp_path / "files", ring, tmp_path)
    here = Surroundings(settings, database, ring, blobs, trust, InProcess(), clock, tmp_path)  # type: ignore[arg-type]

    def judged(answer: bytes | Failure, earlier: bytes) -> Checked:
        net = Net({ISSUER_URL: WORLD.ca.certificate.dump(), OCSP_URL: answer, ROOT_CRL_URL: ROOT_CRL, CRL_URL: CRL})
        checker = compose.Checker(here, Gatherer(net), store)
        return checker(Order(letter, "letter.pdf", (), AT, earlier=earlier), lambda _: None)

    assert judged(OCSP, b"").conclusion == "TOTAL_PASSED"
    first = judged(revoked, b"")
    for answer in (OCSP, Failure.SILENT):
        again = judged(answer, first.bundle)
        assert '"REVOKED_NO_POE"' in again.report_text
        assert again.conclusion == first.conclusion == "INDETERMINATE"


def test_ready_when_all_is_well(client: FlaskClient) -> None:
    answer = client.get("/health/ready")

    assert answer.status_code == 200
    assert answer.json is not None
    assert answer.json["checks"] == dict.fromkeys(("trust", "trust_lists", "policy", "database", "workers"), "ok")


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 422, "empty-file"),
        (b"\x89PNG\r\n\x1a\n" + b"x" * 100, 422, "not-a-pdf"),
        (b"%PDF-1.7\nnothing that follows is a PDF", 422, None),
        (signed_pdf()[:600], 422, None),
        (b"x" * (2 * 1024 * 1024 + 1), 413, "too-large"),
    ],
)
def test_bad_files_are_told_apart(client: FlaskClient, content: bytes, status: int, code: str | None) -> None:
    answered, problem, _ = hand_in(client, content)

    assert answered == status
    assert problem["code"] == (code or problem["code"])
    assert problem["code"] != "internal-error"


def bomb() -> bytes:
    """A cross-reference stream that unpacks to a quarter of a gigabyte, twice deflated."""
    packed = zlib.compress(zlib.compress(bytes(1 << 28), 9), 9)
    body = b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
    entry = b"3 0 obj<</Type/XRef/Size 9/W[1 8 8]/Root 1 0 R/Filter[/FlateDecode/FlateDecode]/Length %d>>stream\n"
    return body + entry % len(packed) + packed + b"\nendstream endobj\nstartxref\n%d\n%%%%EOF" % len(body)


def test_others_are_served_while_a_bomb_is_judged(app: Flask, client: FlaskClient) -> None:
    bombs: list[tuple[int, dict[str, Any], str]] = []
    slow = threading.Thread(target=lambda: bombs.append(hand_in(app.test_client(), bomb())))
    slow.start()

    assert hand_in(client, plain_pdf())[1]["conclusion"] == "NO_SIGNATURE"
    assert client.get("/health/live").status_code == 200
    slow.join(60)

    status, problem, _ = bombs[0]
    assert (status, problem["code"]) == (413, "budget-exhausted")
    assert hand_in(client, plain_pdf())[0] == 201


def test_without_trust_the_service_starts_says_so_and_recovers(
    settings: Settings, database: Database, tmp_path: Path
) -> None:
    empty = tmp_path / "trust"
    empty.mkdir()
    app = compose.create_app(replace(settings, trust_store=empty, data=tmp_path / "data", workers=1), FixedClock(AT))
    client = app.test_client()
    try:
        ready = client.get("/health/ready")
        refused = client.post(ADDRESS, data=signed_pdf())
        (empty / "broken.pem").write_text("-----BEGIN CERTIFICATE-----\nbm8=\n-----END CERTIFICATE-----\n")
        broken = hand_in(client, signed_pdf())
        (empty / "broken.pem").unlink()
        trust_folder(None, empty)
        recovered = hand_in(client, signed_pdf(level="LT"))
    finally:
        compose.close(app)

    assert ready.status_code == 503
    assert ready.json is not None
    assert ready.json["checks"]["trust"] == "trust-store-empty"
    assert (refused.status_code, refused.json and refused.json["code"]) == (503, "trust-store-empty")
    assert "Retry-After" in refused.headers
    assert (broken[0], broken[1]["code"], broken[1]["params"]["file"]) == (
        503,
        "trust-certificate-broken",
        "broken.pem",
    )
    assert recovered[1]["conclusion"] == "TOTAL_PASSED"


def test_what_comes_in_at_the_end_is_judged_after_the_next_start(
    settings: Settings, database: Database, tmp_path: Path
) -> None:
    own = replace(settings, data=tmp_path / "data", workers=1)
    first = compose.create_app(own, FixedClock(AT))
    first.extensions["validations"].close()
    headers = {"Content-Type": "application/pdf", "Prefer": "respond-async"}
    waiting = first.test_client().post(ADDRESS, data=plain_pdf(), headers=headers)
    compose.close(first)

    second = compose.create_app(own, FixedClock(AT + timedelta(seconds=1)))
    token = waiting.headers["Location"].rpartition("/")[2]
    found = second.extensions["validations"].wait(token, 20)
    compose.close(second)

    assert waiting.status_code == 202
    assert found.conclusion == "NO_SIGNATURE"


def production(database_url: str, folder: Path) -> Settings:
    write_ring(folder / "keys.toml", postgres.RING)
    return Settings(
        production=True,
        data=folder / "data",
        secret_key="x" * 32,
        database_url=database_url,
        trust_store=folder,
        key_file=folder / "keys.toml",
        public_url="https://verifier.example",
    )


@pytest.fixture
def service_login(database_url: str, database: Database) -> Iterator[str]:
    """The address of the database for a login that may act as the service and do nothing else."""
    name = f"web_{uuid4().hex}"
    with Schema(database_url).connection() as connection:
        connection.execute(text(f"create role {name} login; grant verifier_service to {name}"))
    yield make_url(database_url).set(username=name).render_as_string(hide_password=False)
    with Schema(database_url).connection() as connection:
        connection.execute(text(f"drop role {name}"))


@pytest.mark.parametrize(
    ("query", "why"),
    [("options=-csearch_path%3Dnowhere", "run: verifier db upgrade"), ("dbname=gone", "cannot be used")],
)
def test_production_does_not_start_on_a_database_that_is_behind(
    database_url: str, database: Database, tmp_path: Path, query: str, why: str
) -> None:
    address = f"{database_url}{'&' if '?' in database_url else '?'}{query}"

    with pytest.raises(BadRequest, match=why):
        compose.create_app(production(address, tmp_path))
    assert database.trouble() == ""


def test_production_refuses_a_login_that_could_change_the_audit_log(
    database_url: str, database: Database, tmp_path: Path
) -> None:
    with pytest.raises(BadRequest, match="owns the tables"):
        compose.create_app(production(database_url, tmp_path))


def test_production_starts_on_a_database_that_was_upgraded(service_login: str, tmp_path: Path) -> None:
    app = compose.create_app(production(service_login, tmp_path))
    checks = app.test_client().get("/health/ready").json["checks"]  # type: ignore[index]
    compose.close(app)

    assert checks["database"] == "ok"
    assert app.extensions["troubles"]["workers"]() == "not-running"


def test_production_needs_a_database_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match="DATABASE_URL"):
        compose.create_app(Settings(production=True, data=tmp_path, secret_key="x" * 32))


def test_nothing_of_the_embedded_server_is_left_when_the_service_ends(tmp_path: Path) -> None:
    with postgres.open_folder() as place:
        app = compose.create_app(Settings(trust_store=tmp_path / "none", data=place / "data", workers=1))
        assert app.test_client().get("/health/ready").json["checks"] == {  # type: ignore[index]
            "trust": "trust-store-missing",
            "trust_lists": "ok",
            "policy": "ok",
            "database": "ok",
            "workers": "ok",
        }
        compose.close(app)
        assert not (place / "data" / "postgres" / "postmaster.pid").exists()


def test_the_identity_provider_needs_to_know_where_it_sends_people_back(settings: Settings, database: Database) -> None:
    asked = replace(settings, oidc_issuer="https://id.example.vn", oidc_client_id="verifier")
    with pytest.raises(BadRequest) as caught:
        compose.accounts_of(asked, database, FixedClock(AT), postgres.RING)
    assert caught.value.problem.params["option"] == "VERIFIER_PUBLIC_URL"
    known = replace(asked, public_url="https://kiemtra.example.vn")
    identity = compose.accounts_of(known, database, FixedClock(AT), postgres.RING).identity
    assert identity is not None
    assert identity.name == "VNeID"


def test_a_law_that_contradicts_itself_lets_nothing_start(settings: Settings) -> None:
    both = frozenset({"tet-2027-option-1", "tet-2027-option-2"})
    with pytest.raises(BadRequest, match="bad-law") as refused:
        compose.create_app(replace(settings, law_switches=both))
    assert "viet-nam.toml" in refused.value.problem.detail


def test_a_broken_template_of_notices_lets_nothing_start(settings: Settings, tmp_path: Path) -> None:
    own = replace(settings, data=tmp_path / "none")
    with pytest.raises(BadRequest, match="bad-templates") as refused:
        compose.create_app(own, notices=lambda: read({"filed.toml": b"["}))
    assert refused.value.problem.detail.startswith("filed.toml: ")
    assert not own.data.exists()
