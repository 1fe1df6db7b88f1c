from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from tests.accounts.support import AT, Clock, add_authority, add_person
from tests.web.accounts_support import accounts_of, app_of, caller_of, post
from verifier.accounts.audit_desk import PAGE, STEPS
from verifier.accounts.roles import Role
from verifier.audit import Actor, Event, Place, linked
from verifier.storage.audit import AuditFilter
from verifier.storage.authorities import Authority
from verifier.storage.database import Database
from verifier.storage.schema import Schema
from verifier.storage.scope import SYSTEM
from verifier.web import locale
from verifier.web.audit.exports import harmless

ODD = "<script>alert(1)</script>\u202e=cmd|' /C calc'!A0"
LONG = "Nguyễn Thị " + "Bích Ngọc " * 40


@pytest.fixture
def authority(database: Database) -> Authority:
    return add_authority(database)


@pytest.fixture
def other(database: Database) -> Authority:
    return add_authority(database, code="H99", name_vi="Sở Ngoại vụ khác")


Open = Callable[..., FlaskClient]


@pytest.fixture
def opened(database: Database, authority: Authority, tmp_path: Path) -> Open:
    person = add_person(database, authority, Role.AUDITOR, login="kiem.tra", name="Lê Văn Kiểm")

    def open_(role: Role = Role.AUDITOR, home: Authority = authority) -> FlaskClient:
        caller = caller_of(person, home, role)
        return app_of(accounts_of(database, Clock(AT)), tmp_path, caller).test_client()

    return open_


@pytest.fixture
def client(opened: Open) -> FlaskClient:
    return opened()


def add(database: Database, home: Authority, *subjects: str, **more: Any) -> None:
    actor = more.pop("actor", Actor("person", "p-1", "Trần Văn Bình", home.id, "192.0.2.7"))
    action, at = more.pop("action", "person-changed"), more.pop("at", AT)
    with database.unit(SYSTEM) as unit:
        for subject in subjects:
            unit.audit.append(Event("person", subject, action, actor, at, home.id, **more))


def last_event(database: Database) -> Event:
    with database.unit(SYSTEM) as unit:
        return unit.audit.search(AuditFilter(), 1)[0].event


def subjects(page: str) -> list[str]:
    return re.findall(r'<a href="/audit/chain/person/([^"]+)">', page)


def test_the_log_is_shown_in_words_newest_first(client: FlaskClient, database: Database, authority: Authority) -> None:
    lan = add_person(database, authority, login="lan")
    add(database, authority, "a", details={"name": ["cũ", "mới"]}, reason="viết sai tên")
    add(database, authority, str(lan.id), action="role-granted", at=AT + timedelta(hours=1))

    page = client.get("/audit").text

    assert subjects(page) == [str(lan.id), "a"]
    for words in ("Sửa thông tin người dùng", "Giao vai trò", "Trần Văn Bình", "sai tên", "cũ → mới", "02/03/2026"):
        assert words in page
    assert "Người dùng Nguyễn Thị Lan" in page
    assert "16:00" in page, "Hanoi is seven hours before UTC"
    assert client.get("/audit?lang=en").text.count("Role granted") == 2


def test_reading_stands_in_the_log(client: FlaskClient, database: Database, authority: Authority) -> None:
    client.get("/audit?actor=binh&since=2026-03-01&reads=1")

    event = last_event(database)
    assert (event.subject_kind, event.subject_id, event.action) == ("audit", str(authority.id), "audit-read")
    assert event.actor.name == "Lê Văn Kiểm"
    assert event.reads == ("name", "address")
    assert event.details == {"actor": "binh", "since": "2026-03-01T00:00:00+07:00", "reads_only": True}


@pytest.mark.parametrize("role", [one for one in Role if one is not Role.AUDITOR])
@pytest.mark.parametrize("path", ["/audit", "/audit/check", "/audit/chain/person/a", "/audit/export.csv"])
def test_nobody_but_auditors_gets_in(
    opened: Open, database: Database, authority: Authority, role: Role, path: str
) -> None:
    add(database, authority, "a")

    answer = opened(role).get(path)

    assert answer.status_code == 404
    assert "Trần Văn Bình" not in answer.text


def test_another_authority_sees_nothing(
    opened: Open, database: Database, authority: Authority, other: Authority
) -> None:
    add(database, authority, "a")
    theirs = opened(home=other)

    assert subjects(theirs.get("/audit").text) == []
    assert theirs.get("/audit/chain/person/a").status_code == 404
    assert "Trần Văn Bình" not in theirs.get("/audit/export.csv").text
    assert "Trần Văn Bình" not in theirs.get("/audit/export.jsonl").text
    pages = (theirs.get(f"/audit/chain/person/{one}").text for one in ("nobody", "a"))
    nothing, hidden = (re.sub(r'name="csrf_token" value="[^"]+"', "", one) for one in pages)  # made by the second
    assert nothing == hidden.replace("/person/a", "/person/nobody")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["3", "2", "1"]),
        ("since=2026-03-03", ["3"]),
        ("until=2026-03-02", ["2", "1"]),
        ("since=2026-03-02&until=2026-03-02", ["2", "1"]),
        ("actor=tran+van", ["1"]),
        ("action=role-granted", ["2"]),
        ("kind=person&subject=3", ["3"]),
        ("kind=client", []),
        ("reads=1", ["3"]),
        ("actor=%00tran", ["1"]),
        ("actor=%25", []),
        ("action=%27%3B--", []),
        ("before=3", ["2", "1"]),
        ("before=x", ["3", "2", "1"]),
        (f"before={'9' * 30}", ["3", "2", "1"]),
    ],
)
def test_the_log_is_filtered(
    client: FlaskClient, database: Database, authority: Authority, query: str, found: list[str]
) -> None:
    midnight = AT.replace(hour=17, day=2)  # in Hanoi the next day begins
    add(database, authority, "1")
    add(
        database,
        authority,
        "2",
        action="role-granted",
        actor=Actor("system", "job"),
        at=midnight - timedelta(seconds=1),
    )
    add(database, authority, "3", actor=Actor("visitor"), at=midnight, reads=("email",))

    assert subjects(client.get(f"/audit?{query}").text) == found


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("since=x", "since"),
        ("until=2026-02-30", "until"),
        ("until=9999-12-31", "until"),
        ("since=0001-01-01", "since"),
        ("since=2026-03-02&until=2026-03-01", "since"),
    ],
)
def test_a_day_that_is_none_is_told_at_its_field(client: FlaskClient, query: str, field: str) -> None:
    answer = client.get(f"/audit?{query}")

    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert "<title>Lỗi" in answer.text
    assert client.get(f"/audit/export.csv?{query}").status_code == 422


def test_older_pages_keep_the_filter(client: FlaskClient, database: Database, authority: Authority) -> None:
    add(database, authority, *(str(number) for number in range(PAGE + 2)))

    first = client.get("/audit?action=person-changed").text
    (older,) = re.findall(r'href="(/audit\?[^"]*before=[^"]*)"', first)
    second = client.get(older.replace("&amp;", "&")).text

    assert "action=person-changed" in older
    assert len(subjects(first)) == PAGE
    assert subjects(second) == ["1", "0"]


def test_a_chain_is_shown_as_whole_or_broken_at_its_step(
    client: FlaskClient, database: Database, database_url: str, authority: Authority
) -> None:
    add(database, authority, "a", "b", "a", "a")
    whole = client.get("/audit/chain/person/a").text
    with Schema(database_url).connection() as owner:
        owner.execute(text("update audit_event set body = replace(body, 'Bình', 'Bính') where number = 3"))
        owner.execute(text("update audit_event set actor_name = 'x' where number = 3"))
    broken = client.get("/audit/chain/person/a").text

    assert "Chuỗi nguyên vẹn" in whole
    assert whole.count("Khớp") == 3
    assert "Đứt tại bước 2: cột actor_name khác với nội dung đã ghi" in broken
    assert broken.count("Khớp") == 2
    assert "Chuỗi nguyên vẹn" in client.get("/audit/chain/person/b").text


def test_a_gap_in_a_chain_is_named_and_events_of_others_are_none(
    client: FlaskClient, database: Database, database_url: str, authority: Authority, other: Authority
) -> None:
    add(database, authority, "a")
    add(database, other, "a", reason="của nơi khác")
    add(database, authority, "a", "a")
    with_theirs = client.get("/audit/chain/person/a").text
    with Schema(database_url).connection() as owner:
        owner.execute(text("delete from audit_event where number = 3"))

    assert "Chuỗi nguyên vẹn" in with_theirs
    assert "của nơi khác" not in with_theirs
    assert "Đứt tại bước 3" in client.get("/audit/chain/person/a").text


def test_a_long_chain_is_shown_in_parts(client: FlaskClient, database: Database, authority: Authority) -> None:
    add(database, authority, *["a"] * (STEPS + 1))

    page = client.get("/audit/chain/person/a").text
    (later,) = re.findall(r'href="(/audit/chain/person/a\?after=\d+)"', page)

    assert client.get(later).text.count("Khớp") == 1


@pytest.mark.parametrize("path", ["/audit/chain/person/%00", "/audit/chain/%27/x", "/audit/chain/person/a%2f..%2fb"])
def test_odd_addresses_of_chains_lead_nowhere(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_subjects_with_odd_ids_have_a_chain(client: FlaskClient, database: Database, authority: Authority) -> None:
    add(database, authority, "a/b?c#d&e", "..", "%41")
    page = client.get("/audit").text

    shown = [client.get(f"/audit/chain/person/{one}").status_code for one in subjects(page)]
    assert shown.count(200) >= 2


def test_checking_shows_what_was_found_and_stands_in_the_log(
    client: FlaskClient, database: Database, authority: Authority
) -> None:
    add(database, authority, "a", "b")
    page = post(client, "/audit/check", page="/audit").text

    assert "Chuỗi nguyên vẹn" in page
    assert re.search(r"3:[0-9a-f]{64}", page), "two events, and that the log was read"
    event = last_event(database)
    assert (event.action, event.details) == ("audit-checked", {"code": "", "number": 0, "events": 3})


def test_checking_names_what_is_ones_own_and_of_others_the_number_only(
    opened: Open, database: Database, database_url: str, authority: Authority, other: Authority
) -> None:
    add(database, authority, "p-secret")
    with Schema(database_url).connection() as owner:
        owner.execute(text("update audit_event set action = 'x' where number = 1"))

    own = post(opened(), "/audit/check").text
    theirs = post(opened(home=other), "/audit/check").text

    for page in (own, theirs):
        assert "Đứt tại mục 1: cột action khác với nội dung đã ghi" in page
    assert "p-secret" in own
    assert "p-secret" not in theirs


def test_checking_needs_a_form_of_ours(client: FlaskClient) -> None:
    assert client.post("/audit/check").status_code == 400


def rows_of(client: FlaskClient, address: str) -> list[dict[str, str]]:
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer.data.startswith(b"\xef\xbb\xbf")
    assert 'filename="audit-log.csv"' in answer.headers["Content-Disposition"]
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))


def test_the_table_holds_what_the_filter_lets_through(
    client: FlaskClient, database: Database, authority: Authority
) -> None:
    add(database, authority, "a", details={"role": "leader"}, reason='vì, "nghỉ"\nphép', reads=("email",))
    add(database, authority, "b", action="nobody-wrote-words")

    rows = rows_of(client, "/audit/export.csv?lang=en")
    assert [row["Id of the subject"] for row in rows] == ["b", "a"]
    assert rows[0]["What"] == "nobody-wrote-words"
    assert rows[1]["Reason"] == 'vì, "nghỉ"\nphép'
    assert (rows[1]["Time"], rows[1]["Time (UTC)"]) == ("2 Mar 2026, 15:00 UTC+7", "2026-03-02T08:00:00Z")
    assert rows[1]["Details"] == "role: Leader"
    assert len(rows_of(client, "/audit/export.csv?action=person-changed")) == 1
    event = last_event(database)
    assert (event.action, event.details) == ("audit-exported", {"form": "csv", "action": "person-changed"})


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_no_cell_is_a_formula(client: FlaskClient, database: Database, authority: Authority, start: str) -> None:
    evil = f"{start}HYPERLINK(1)"
    actor = Actor("person", evil, evil, authority.id, evil)
    add(database, authority, evil, actor=actor, reason=evil, details={evil: evil}, reads=(evil,))

    for row in rows_of(client, "/audit/export.csv"):
        assert not [cell for cell in row.values() if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))]
    assert harmless(evil) == f"'{evil}"


def test_the_lines_can_be_verified_elsewhere(client: FlaskClient, database: Database, authority: Authority) -> None:
    add(database, authority, "a", "b", "a", reason="Đặng\u2028")
    answer = client.get("/audit/export.jsonl?kind=person")

    lines = [json.loads(line) for line in answer.data.decode("ascii").splitlines()]
    assert [line["number"] for line in lines] == [3, 2, 1]
    for line in lines:
        place = Place(
            line["number"],
            bytes.fromhex(line["previous"]),
            line["subject_number"],
            bytes.fromhex(line["subject_previous"]),
        )
        assert linked(line["body"], place).hex() == line["hash"]
    assert lines[0]["previous"] == lines[1]["hash"]
    assert last_event(database).details["form"] == "jsonl"


def test_long_and_odd_names_do_no_harm(client: FlaskClient, database: Database, authority: Authority) -> None:
    add(database, authority, "a", actor=Actor("person", "p", LONG + ODD, None, ODD), reason=ODD, details={ODD: ODD})
    add(database, authority, "b", action="nobody-wrote-words", actor=Actor("client", "c", ODD))

    for page in (client.get("/audit").text, client.get("/audit/chain/person/a").text):
        assert "<script>alert" not in page
        assert "\u202e" not in page
        assert "⟨U+202E⟩" in page
    assert "nobody-wrote-words" in client.get("/audit").text


def test_an_event_that_somebody_made_unreadable_is_shown_as_broken(
    client: FlaskClient, database: Database, database_url: str, authority: Authority
) -> None:
    add(database, authority, "a")
    with Schema(database_url).connection() as owner:
        owner.execute(text("update audit_event set body = '[', at = 'infinity' where number = 1"))

    page = client.get("/audit")
    assert page.status_code == 200
    assert "nội dung hoặc mã băm của mục đã bị sửa" in page.text
    assert client.get("/audit/chain/person/a").status_code == 200
    assert client.get("/audit/export.csv").status_code == 200


def test_every_code_of_checking_has_words() -> None:
    source = Path(__file__).parents[2] / "verifier" / "storage"
    told = "".join((source / name).read_text("utf-8") for name in ("audit.py", "audit_check.py"))
    codes = set(re.findall(r'"(audit-broken-[a-z]+)"', told))

    assert len(codes) >= 12
    assert codes <= set(locale.texts())


def test_the_zone_of_the_authority_counts(opened: Open, database: Database) -> None:
    paris = add_authority(database, code="FR", time_zone="Europe/Paris")
    add(database, paris, "a", at=AT.replace(hour=23, minute=30))
    client = opened(home=paris)

    assert subjects(client.get("/audit?since=2026-03-03").text) == ["a"]
    assert "UTC+1" in client.get("/audit").text


def test_ids_of_people_of_others_are_not_resolved(
    client: FlaskClient, database: Database, authority: Authority, other: Authority
) -> None:
    stranger = add_person(database, other, login="stranger", name="Người Lạ")
    add(database, authority, str(stranger.id), str(UUID(int=5)))

    assert "Người Lạ" not in client.get("/audit").text
