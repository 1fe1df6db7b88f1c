from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from tests.cases.filings import COPY, filed, upload
from tests.cases.world import CaseWorld
from tests.support.postgres import RING
from verifier.accounts.roles import Role
from verifier.cases.checking import HEAD, CaseProof, rules
from verifier.cases.completeness import ConfirmComplete
from verifier.cases.desk import Cases
from verifier.cases.moving import Assign, Withdraw
from verifier.cases.paying import PayAtCounter
from verifier.cases.queue import Queue
from verifier.law.book import law_book
from verifier.notices.telling import Reach, Telling
from verifier.storage.case_check import CHECKS, CaseFinding, Snapshot
from verifier.storage.database import Database
from verifier.storage.schema import Schema

KEPT = timedelta(days=30)


@pytest.fixture
def world(database: Database, tmp_path: Path) -> CaseWorld:
    """Dossiers that came to where they are by commands, with notices and a portal that is told."""
    book = law_book()
    tells = Telling(book, RING, Reach(mail=True, sms=True, portal=True)).tell
    made = CaseWorld(database, tmp_path, book=book, portal=True)
    made.house = replace(made.house, tells=tells)
    made.cases = Cases(made.house)
    case = filed(made).case
    case = made.do(Role.RECEPTION, case, ConfirmComplete())
    case = made.do(Role.RECEPTION, case, PayAtCounter(amount=case.fee_vnd or 0))
    made.do(Role.LEADER, case, Assign(officer=made.person(Role.SPECIALIST).id))
    made.do(Role.RECEPTION, filed(made).case, Withdraw(reason="Người nộp đề nghị."))
    filed(made, COPY)
    upload(made, made.asker(Role.RECEPTION))
    return made


def proof(world: CaseWorld, *, content: bool = True) -> list[CaseFinding]:
    checked = CaseProof(world.database, world.blobs)
    return list(checked.findings(world.clock.now(), sent_kept=KEPT, content=content))


def test_dossiers_that_went_their_way_agree(world: CaseWorld) -> None:
    checked = CaseProof(world.database, world.blobs)
    parts: list[str] = []

    assert list(checked.findings(world.clock.now(), sent_kept=KEPT, content=True, progress=parts.append)) == []
    assert (checked.dossiers, parts[0], parts[-1]) == (3, HEAD, "book")
    assert checked.events == 7
    assert checked.files >= 4
    assert set(CHECKS) <= set(parts)


FIRST = "(select id from case_file order by code limit 1)"
EVENT = "number = (select max(number) from audit_event)"
SPOILT = {
    "log-link": f"update audit_event set body = replace(body, 'case', 'cose') where {EVENT}",
    "log-version": "update audit_event set body = replace(body, '\"version\":2', '\"version\":3')",
    "log-status": 'update audit_event set body = replace(body, \'"was":"filed"\', \'"was":"signed"\')',
    "log-rule": 'update audit_event set body = replace(replace(body, \'"was":"payment"\', \'"was":"delivered"\'),'
    ' \'"status":"payment"\', \'"status":"delivered"\')',
    "log-end": f"update case_file set version = version + 1 where id = {FIRST}",
    "log-of-nothing": f"update audit_event set subject_id = gen_random_uuid() where {EVENT}",
    "end": f"update case_file set ended_at = filed_at where id = {FIRST}",
    "parts": f"insert into authority select gen_random_uuid(), 'Q1', kind, name_vi, name_en, address_vi, address_en,"
    " time_zone, signature_name, seal_name, null, valid_from, null, 1, created_at from authority;"
    f" update case_paper set authority_id = (select id from authority where code = 'Q1') where case_id = {FIRST}",
    "record-missing": f"update case_paper set record_id = gen_random_uuid() where case_id = {FIRST}",
    "document-differs": f"update case_paper set sha256 = repeat('0', 64) where case_id = {FIRST}",
    "upload-used": "update case_upload set blob = (select blob from case_record where blob <> '' limit 1)",
    "code-count": "update case_counter set last = last + 1",
    "receipt-count": "update payment_counter set last = last + 1",
    "receipt-differs": "update payment set state = 'surplus'",
    "order-differs": "update payment_order set state = 'cancelled'",
    "paid-differs": "update case_file set paid_at = null",
    "carried-differs": "insert into payment_carried select gen_random_uuid(), later.id, earlier.id, later.authority_id,"
    " later.code, earlier.code, 1, '{}', now() from case_file later, case_file earlier"
    " where later.id <> earlier.id order by later.code, earlier.code limit 1",
    "notice-unsent": "update outbox set state = 'sent' where topic = 'notice'",
    "notice-of-nothing": "update notice set id = gen_random_uuid()",
    "status-unsent": "delete from outbox where key = (select max(key) from outbox where topic = 'portal-status')",
    "status-of-nothing": "update outbox set key = key || '0' where topic = 'portal-status'",
    "request-of-nothing": "insert into case_request select 'x', 'x', id, 'x', gen_random_uuid(), now() from authority",
    "search": f"delete from case_search where case_id = {FIRST}",
}


def test_what_is_spoilt_is_found(world: CaseWorld, database_url: str) -> None:
    assert set(SPOILT) == set(CHECKS)
    silent = [code for code, statement in SPOILT.items() if not spoilt(database_url, world, code, statement)]

    assert silent == []


def spoilt(url: str, world: CaseWorld, code: str, statement: str) -> tuple[CaseFinding, ...]:
    """Spoil one thing, look for it, and undo it."""
    with Schema(url).connection() as owner:
        for one in statement.split("; "):
            assert owner.execute(text(one.replace(":", "\\:"))).rowcount, code
        found = looked(owner, world, code)
        owner.rollback()
    return found


def looked(owner: Connection, world: CaseWorld, code: str) -> tuple[CaseFinding, ...]:
    return Snapshot(owner, rules(world.clock.now() - KEPT)).check(code)


def test_what_finds_a_dossier_is_held_to_its_code_and_day(world: CaseWorld, database_url: str) -> None:
    for change in ("words = ''", "words = to_tsvector('simple', 'x')", "filed_at = filed_at + interval '1 day'"):
        assert spoilt(database_url, world, "search", f"update case_search set {change}")


def test_files_that_are_gone_or_others_are_found(world: CaseWorld) -> None:
    case = world.cases.case(
        world.asker(Role.RECEPTION), Queue(world.house).work(world.asker(Role.RECEPTION)).lines[0].id
    )
    gone, other = world.record(case), world.record(case, b"another")
    world.blobs.delete(gone.blob)
    with world.database.engine.begin() as connection:
        connection.execute(text("select set_config('verifier.reach', 'all', true)"))
        connection.execute(text("update case_record set sha256 = repeat('0', 64) where id = :id"), {"id": other.id})

    found = {(one.code, one.subject) for one in proof(world)}
    assert found == {("blob-missing", f"record {gone.id}"), ("blob-differs", f"record {other.id}")}
    assert {one.code for one in proof(world, content=False)} == {"blob-missing"}


def test_a_head_that_somebody_changed_is_found(world: CaseWorld, database_url: str) -> None:
    with Schema(database_url).connection() as owner:
        owner.execute(text("update audit_head set mac = 'test:00'"))

    assert [one.code for one in proof(world)] == [HEAD]
