from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from tests.accounts.support import AT, Clock, add_authority, add_person
from tests.reports.samples import SAMPLES
from tests.support.postgres import RING
from tests.web.accounts_support import accounts_of, app_of, caller_of, post, token_in
from tests.web.pages import PaintedPictures, ReadyService, job
from tests.web.support import PDF, Checker
from verifier.accounts.caller import Caller
from verifier.accounts.roles import Role
from verifier.reports.json_report import dumps, to_json
from verifier.storage.authorities import Authority
from verifier.storage.blobs import Blobs
from verifier.storage.database import Database
from verifier.storage.people import Person
from verifier.storage.schema import Schema
from verifier.storage.scope import Scope
from verifier.storage.validations import Validation
from verifier.web.jobs import Checked, JobLimits, Order, Progress, Validations


def judged(order: Order, progress: Progress) -> Checked:
    return Checked("pdf", dumps(to_json(SAMPLES["passed"], order.file_name)), "TOTAL_PASSED", bundle=b"PK-evidence")


@dataclass
class Bench:
    """The site over the real service; requests come from `who`."""

    service: Validations
    authority: Authority
    person: Person
    who: Caller
    client: FlaskClient
    clock: Clock

    def hand_in(self, name: str = "văn bằng.pdf") -> str:
        form = {"file": (BytesIO(PDF), name)}
        if self.who.known:
            form["csrf_token"] = token_in(self.client.get("/verify").text)  # type: ignore[assignment]
        address = self.client.post("/verify", data=form).location
        assert address is not None
        self.service.wait(address.rpartition("/")[2], 20, self.who.scope)
        return address


@pytest.fixture
def bench(database: Database, tmp_path: Path) -> Iterator[Bench]:
    clock, checker = Clock(), Checker()
    checker.answer = judged
    limits = JobLimits(1000, 2, 4, timedelta(days=30))
    files, spool = Blobs(tmp_path / "files", RING, tmp_path / "spool"), tmp_path / "spool"
    service = Validations(database, files, check=checker, clock=clock.now, spool=spool, limits=limits)
    authority = add_authority(database)
    person = add_person(database, authority, Role.SPECIALIST)
    who = caller_of(person, authority, Role.SPECIALIST)
    app = app_of(
        accounts_of(database, clock), tmp_path, lambda: made.who, service,
        pictures=PaintedPictures(), rate_limit_signed_in="9999 per minute",
    )  # fmt: skip
    made = Bench(service, authority, person, who, app.test_client(), clock)
    yield made
    service.close()


def events(database_url: str) -> list[str]:
    with Schema(database_url).connection() as connection:
        wanted = text("select action from audit_event where subject_kind = 'validation' order by number")
        return list(connection.execute(wanted).scalars())


def test_what_an_officer_hands_in_stands_under_its_id_and_in_the_list(bench: Bench, database_url: str) -> None:
    address = bench.hand_in()
    UUID(address.rpartition("/")[2])
    page = bench.client.get(address)
    assert page.status_code == 200
    assert "văn bằng.pdf" in page.text
    listed = bench.client.get("/officer/validations").text
    assert f'href="{address}"' in listed
    assert bench.person.name in listed.partition("<main")[2]
    assert "Hợp lệ" in listed
    assert events(database_url) == ["validation-handed-in", "validation-read"]


@pytest.mark.parametrize("path", ["", "/progress", "/report.json", "/evidence.zip", "/pages/1.webp"])
def test_nobody_else_finds_it(bench: Bench, database: Database, path: str) -> None:
    address = bench.hand_in() + path
    found = bench.client.get(address)
    assert found.status_code in {200, 286}
    assert "no-store" in found.headers["Cache-Control"]
    other = add_authority(database)
    stranger = add_person(database, other, Role.LEADER, login="xa.la")
    for who in (
        Caller(),
        caller_of(stranger, other, Role.LEADER),
        caller_of(bench.person, bench.authority, Role.ADMINISTRATOR),
        caller_of(bench.person, bench.authority, Role.AUDITOR),
    ):
        bench.who = who
        answer = bench.client.get(address)
        assert answer.status_code == (286 if path == "/progress" else 404)


def test_a_colleague_reads_it_and_only_who_handed_it_in_deletes_it(
    bench: Bench, database: Database, database_url: str
) -> None:
    address, me = bench.hand_in(), bench.who
    colleague = add_person(database, bench.authority, Role.LEADER, login="lanh.dao")
    bench.who = caller_of(colleague, bench.authority, Role.LEADER)
    page = bench.client.get(address)
    assert page.status_code == 200
    assert f'action="{address}/delete"' not in page.text
    assert post(bench.client, f"{address}/delete", page="/verify").status_code == 404
    bench.who = me
    assert f'action="{address}/delete"' in bench.client.get(address).text
    assert post(bench.client, f"{address}/delete", page="/verify").status_code == 303
    assert bench.client.get(address).status_code == 404
    assert events(database_url)[-1] == "validation-deleted"


def test_looking_at_pages_is_noted_once_a_reading_with_or_without_the_report(bench: Bench, database_url: str) -> None:
    address, clock = bench.hand_in(), bench.clock
    pages = [f"{address}/pages/1.webp"] * 3
    for way, minutes in ((pages, 0), ([address, *pages], 9), (pages, 9), (pages, 1)):
        clock.pass_(minutes=minutes)
        assert [bench.client.get(one).status_code for one in way] == [200] * len(way)
    assert events(database_url) == ["validation-handed-in", *["validation-read"] * 3]


def test_a_visitors_file_stays_under_its_secret_and_in_no_list(bench: Bench, database_url: str) -> None:
    me, bench.who = bench.who, Caller()
    address = bench.hand_in("của dân.pdf")
    assert len(address.rpartition("/")[2]) == 32
    assert bench.client.get(address).status_code == 200
    bench.who = me
    assert "của dân.pdf" not in bench.client.get("/officer/validations").text
    assert events(database_url) == []


@dataclass
class Many(ReadyService):
    """Sixty validations, one a minute."""

    asked: list[datetime | None] = field(default_factory=list)

    def of_authority(
        self, scope: Scope, limit: int = 50, before: datetime | None = None, before_id: UUID | None = None
    ) -> tuple[Validation, ...]:
        self.asked.append(before)
        one = job(SAMPLES["passed"])
        made = (
            replace(one, id=UUID(int=n), received_at=AT - timedelta(minutes=n), file_name=f"{n}.pdf") for n in range(60)
        )
        return tuple(one for one in made if before is None or one.received_at < before)[:limit]


def test_the_list_is_paged_by_time(database: Database, tmp_path: Path) -> None:
    authority = add_authority(database)
    who = caller_of(add_person(database, authority, Role.CLERK), authority, Role.CLERK)
    client = app_of(accounts_of(database), tmp_path, who, Many()).test_client()
    first = client.get("/officer/validations").text
    assert "24.pdf" in first
    assert "25.pdf" not in first
    older = f"/officer/validations?before={(AT - timedelta(minutes=24)).isoformat().replace('+00:00', 'Z')}"
    assert older.replace(":", "%3A") in first or older in first
    second = client.get(older).text
    assert "25.pdf" in second
    assert 'rel="prev"' in second
    assert client.get("/officer/validations?before=nonsense").status_code == 200


def test_an_empty_list_says_so(database: Database, tmp_path: Path) -> None:
    authority = add_authority(database)
    who = caller_of(add_person(database, authority, Role.CLERK), authority, Role.CLERK)
    client = app_of(accounts_of(database), tmp_path, who).test_client()
    assert "Chưa có tệp nào được gửi kiểm tra." in client.get("/officer/validations").text
