"""Row-level security of every table, made out of the tables themselves: a new table must say whose its rows are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, Executable, Table, insert, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError

from verifier.storage.database import Database
from verifier.storage.schema import Schema
from verifier.storage.scope import SYSTEM, VISITOR, of
from verifier.storage.tables import Base

OWN, OTHER = UUID(int=1), UUID(int=2)
SCOPES = {"visitor": VISITOR, "other": of(OTHER), "own": of(OWN), "system": SYSTEM}

OF_ONE = {"own", "system"}
"""Read and written within the scope of its authority."""
NOBODYS = set(SCOPES)
ALONE = {"system"}
WRITERS = {
    "access_token": OF_ONE,
    "appointment": OF_ONE,
    "appointment_closure": OF_ONE,
    "appointment_desk": OF_ONE,
    "appointment_request": OF_ONE,
    "appointment_wait": OF_ONE,
    "archive_package": OF_ONE,
    "assertion": ALONE,
    "audit_event": NOBODYS,  # anybody's deeds are noted, in whoever's log; nobody changes them
    "authority": OF_ONE,
    "case_confirmation": OF_ONE,
    "case_counter": OF_ONE,
    "case_file": OF_ONE,
    "case_paper": OF_ONE,
    "case_record": OF_ONE,
    "case_request": OF_ONE,
    "case_search": OF_ONE,
    "case_upload": OF_ONE,
    "client": OF_ONE,
    "client_key": OF_ONE,
    "competence": OF_ONE,
    "delivery": OF_ONE,
    "identity": OF_ONE,
    "invitation": OF_ONE,
    "issuance": OF_ONE,
    "issuance_batch": OF_ONE,
    "issuance_version": OF_ONE,
    "job_run": ALONE,
    "notice": OF_ONE,
    "outbox": OF_ONE,
    "password": OF_ONE,
    **dict.fromkeys(("payment", "payment_callback", "payment_carried", "payment_counter", "payment_order"), OF_ONE),
    **dict.fromkeys(("payment_receipt", "payment_reconciliation", "payment_refund"), OF_ONE),
    "person": OF_ONE,
    "proposal": OF_ONE,
    "recovery_code": OF_ONE,
    "register_book": OF_ONE,
    "register_correction": OF_ONE,
    "register_entry": OF_ONE,
    "role_grant": OF_ONE,
    "second_factor": OF_ONE,
    "session": OF_ONE,
    "sign_in_attempt": ALONE,
    "signing_grant": OF_ONE,
    "signing_mandate": OF_ONE,
    "trust_change": OF_ONE,
    "trust_source": ALONE,
    "validation": OF_ONE,
}
"""Who may write a row of the authority OWN. A table that is missing here fails the test."""
READERS = {
    "audit_event": OF_ONE,
    "authority": NOBODYS,
    "competence": NOBODYS,
    "trust_change": NOBODYS,
    "trust_source": NOBODYS,
}
"""Who may read it, where that is somebody else than who writes it."""
UNCHANGEABLE = {
    "payment",
    "payment_carried",
    "payment_receipt",
    "payment_reconciliation",
    "audit_event",
    "trust_change",
    "signing_mandate",
    "register_correction",
    "case_request",
    "case_upload",
    "appointment_request",
}
HANDED_OVER = {
    "case_search",
    "payment",
    "payment_carried",
    "payment_order",
    "payment_receipt",
    "payment_refund",
    "appointment",
    "appointment_wait",
    "archive_package",
    "notice",
    "delivery",
    "case_file",
    "case_paper",
    "case_record",
    "case_confirmation",
}
"""What an authority hands over to another: where it was filed still sees it."""
OF_MONEY = {name for name in WRITERS if name.startswith("payment")}
OF_CASES = {"notice", "delivery", "case_file", "case_paper", "case_record", "case_confirmation", "case_counter"}
OF_ISSUING = {
    "issuance",
    "issuance_batch",
    "issuance_version",
    "register_book",
    "register_correction",
    "register_entry",
    "signing_grant",
    "signing_mandate",
}
OF_DAYS = {"archive_package", "appointment", "appointment_closure", "appointment_desk", "appointment_wait"}
UNDELETABLE = {
    "audit_event",
    "trust_change",
    "authority",
    "person",
    "client",
    *OF_ISSUING,
    *OF_MONEY,
    *OF_CASES,
    *OF_DAYS,
}
ONE_ROW = {"audit_head"}
"""No rows of anybody: one, of all; its mark tells who wrote it."""

SPECIAL: dict[str, Any] = {
    "authority.kind": "mission",
    "appointment.ends_at": datetime(2026, 1, 2, tzinfo=UTC),
    "appointment.reason": "file",
    "appointment.state": "booked",
    "appointment_closure.ends_at": datetime(2026, 1, 2, tzinfo=UTC),
    "appointment_wait.reason": "file",
    "appointment_wait.state": "waiting",
    "archive_package.unsealed": "no-stampers",
    "case_confirmation.answer": "",
    "case_confirmation.asked": "foreign",
    "case_confirmation.state": "drafted",
    "case_file.channel": "portal",
    "case_file.external": "",
    "case_paper.basis": "",
    "case_record.sha256": "0" * 64,
    "case_search.words": "",
    "payment.channel": "counter",
    "payment.state": "matched",
    "payment_order.state": "open",
    "payment_order.total": 1,
    "payment_order.credit": 0,
    "payment_order.amount": 1,
    "payment_reconciliation.source": "upload",
    "payment_reconciliation.statement_sha256": "0" * 64,
    "payment_refund.state": "asked",
    "client.role": "portal",
    "competence.capacity": "decide",
    "proposal.state": "open",
    "role_grant.role": "leader",
    "trust_change.kind": "refreshed",
    "trust_change.snapshot_id": "0" * 64,
    "session.stage": "open",
    "session.method": "password",
    "notice.state": "waiting",
    "delivery.state": "offered",
    "delivery.way": "paper",
    "outbox.state": "waiting",
    "validation.state": "received",
    "issuance.state": "ordered",
    "issuance.level": "B-LTA",
    "issuance_batch.state": "open",
    "issuance_version.sha256": "0" * 64,
    "register_correction.symbol": "SCT/BS",
    "register_correction.year": 2026,
    "register_correction.number": 1,
    "register_correction.book_year": 2026,
    "register_entry.symbol": "SCT/BS",
    "register_entry.year": 2026,
    "register_entry.number": 1,
    "register_entry.state": "reserved",
    "signing_grant.role": "agency",
    "signing_grant.certificate_sha256": "0" * 64,
    "audit_event.actor_kind": "system",
}
RELATED = {"23503", "23505"}
"""SQLSTATE of rows that others refer to, and of keys that are taken: what stands in the way after the rights."""
TABLES = tuple(table for table in Base.metadata.sorted_tables if table.name not in ONE_ROW)
OF_DOSSIERS = tuple(table for table in TABLES if "case_id" in table.columns)
"""Whatever points to a dossier."""


def row(table: Table, authority: UUID) -> dict[str, Any]:
    """Make a row that the database takes, of an authority; what need not be told is left out."""
    told = {column.name: value(table, column) for column in table.columns if not column.nullable}
    for name in (
        "authority_id",
        "person_id",
        "client_id",
        "proposed_by",
        "officer_id",
        "issuance_id",
        "case_id",
        "earlier_id",
        "intake_id",
        "drafted_by",
        "desk_id",
        "order_id",
        "payment_id",
        "asked_by",
    ):
        if name in table.columns:
            told[name] = authority
    if table.name in {
        "authority",
        "person",
        "client",
        "issuance",
        "case_file",
        "appointment_desk",
        "payment_order",
        "payment",
    }:
        told["id"] = authority
    if table.name == "payment_callback":
        told["sha256"] = uuid4().hex * 2
    if table.name in {"appointment_closure", "archive_package"}:
        told["made_by"] = authority
    if table.name == "register_entry":
        del told["case_id"]  # it is the entry of an act
    return told


def part(table: Table, case: UUID) -> dict[str, Any]:
    """Make a row of OWN that points to a dossier; an entry is then that of a paper, and of no act."""
    told = {**row(table, OWN), "case_id": case}
    if table.name == "register_entry":
        told |= {"issuance_id": None, "paper_id": uuid4()}
    if "earlier_id" in table.columns:
        told["earlier_id"] = case
    return told


def handed(table: Table) -> bool:
    """Tell whether rows of a table go with a dossier to another authority."""
    return table.name in HANDED_OVER


def value(table: Table, column: Any) -> Any:
    if (name := f"{table.name}.{column.name}") in SPECIAL:
        return SPECIAL[name]
    if isinstance(column.type, JSONB):
        return {}
    kind = column.type.python_type
    fresh = uuid4()
    made = {
        UUID: fresh,
        str: f"{'G' if table.name == 'authority' else 'x'}{fresh.int % 10**9}",
        bytes: fresh.bytes * 2,
        int: fresh.int % 30_000,
        datetime: datetime(2026, 1, 1, tzinfo=UTC),
        date: date(2026, 1, 1),
        list: [],
        bool: False,
    }
    return made[kind]


@pytest.fixture
def owner(database: Database, database_url: str) -> Iterator[Connection]:
    with Schema(database_url).connection() as connection:
        for table in TABLES:
            for authority in (OWN, OTHER):
                connection.execute(insert(table).values(**row(table, authority)))
    with Schema(database_url).connection() as connection:
        yield connection


@pytest.fixture(params=SCOPES)
def scope(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def service(database: Database, owner: Connection, scope: str) -> Iterator[Connection]:
    """The service's connection within a scope; whatever is done is undone."""
    reach = SCOPES[scope]
    told = {"authority": str(reach.authority or ""), "reach": "all" if reach.everything else ""}
    with database.engine.connect() as connection:
        settings = (
            "select set_config('verifier.authority', :authority, true), set_config('verifier.reach', :reach, true)"
        )
        connection.execute(text(settings), told)
        yield connection


def of_own(table: Table) -> str:
    """A condition that names the row of OWN, as nothing but its key does."""
    if table.name in {"job_run", "sign_in_attempt", "trust_source"}:
        return "true"
    name = "id" if table.name == "authority" else "client_id" if table.name == "assertion" else "authority_id"
    return f"{name} = '{OWN}'"


def test_every_table_has_row_level_security_and_a_rule(owner: Connection) -> None:
    wanted = {table.name for table in TABLES}
    guarded = owner.execute(
        text(
            "select c.relname, count(p.polname) from pg_class c left join pg_policy p on p.polrelid = c.oid"
            " where c.relnamespace = current_schema()::regnamespace and c.relrowsecurity group by c.relname"
        )
    )

    assert wanted == set(WRITERS)
    assert {name for name, rules in guarded if rules} == wanted


def test_rows_are_read_within_their_scope_only(service: Connection, scope: str) -> None:
    seen = {table.name: attempt(service, f"select from {table.name} where {of_own(table)}") for table in TABLES}

    assert seen == {name: scope in READERS.get(name, writers) for name, writers in WRITERS.items()}


def test_rows_are_changed_within_their_scope_only(service: Connection, scope: str) -> None:
    done = {}
    for table in TABLES:
        key = next(iter(table.primary_key)).name
        done[table.name] = attempt(service, f"update {table.name} set {key} = {key} where {of_own(table)}")

    assert done == {name: scope in writers and name not in UNCHANGEABLE for name, writers in WRITERS.items()}


def test_rows_are_deleted_within_their_scope_only(service: Connection, scope: str) -> None:
    """Rows that others refer to cannot go by themselves; that they are met is told by that."""
    done = {table.name: attempt(service, f"delete from {table.name} where {of_own(table)}") for table in TABLES}

    assert done == {name: scope in writers and name not in UNDELETABLE for name, writers in WRITERS.items()}


def test_rows_are_added_within_their_scope_only(service: Connection, scope: str) -> None:
    """A second row of a key that is there is refused as such where it would be taken otherwise."""
    done = {table.name: attempt(service, insert(table).values(**row(table, OWN))) for table in TABLES}

    assert done == {name: scope in writers for name, writers in WRITERS.items()}


def test_parts_are_added_to_a_dossier_only_by_who_sees_it(service: Connection, scope: str) -> None:
    """A foreign key is looked up with the owner's rights: it would let anybody hang a row of their own on a dossier."""
    done = {one.name for one in OF_DOSSIERS if attempt(service, insert(one).values(**part(one, OTHER)))}

    assert done == {one.name for one in OF_DOSSIERS if scope == "system" or (scope == "other" and handed(one))}


def test_parts_are_moved_to_a_dossier_only_by_who_sees_it(service: Connection, scope: str) -> None:
    move = f"set case_id = '{OTHER}' where"
    done = {one.name for one in OF_DOSSIERS if attempt(service, f"update {one.name} {move} {of_own(one)}")}
    fixed = {*UNCHANGEABLE, "register_entry"}  # an entry of an act is of no dossier

    assert done == {one.name for one in OF_DOSSIERS if scope == "system" and one.name not in fixed}


def test_rows_of_no_dossier_are_added_within_their_scope_only(service: Connection, scope: str) -> None:
    free = [table for table in OF_DOSSIERS if table.columns["case_id"].nullable]
    rows = {table: {**row(table, OWN), "case_id": None} for table in free}
    done = {table.name: attempt(service, insert(table).values(**told)) for table, told in rows.items()}

    assert done == {table.name: scope in OF_ONE for table in free}
    assert len(free) > 3


def test_rows_are_not_given_away(service: Connection, scope: str) -> None:
    for table in TABLES:
        if "authority_id" in table.columns:
            give = f"update {table.name} set authority_id = '{OTHER}' where {of_own(table)}"
            may = {"own", "system"} if table.name in HANDED_OVER else {"system"}
            assert not attempt(service, give) or scope in may, table.name


def attempt(service: Connection, statement: str | Executable) -> bool:
    """Tell whether a statement met a row and was allowed to; what it did is undone."""
    with service.begin_nested() as inside:
        try:
            done = service.execute(text(statement) if isinstance(statement, str) else statement)
        except DBAPIError as error:
            return str(getattr(error.orig, "sqlstate", "")) in RELATED
        finally:
            inside.rollback()
    return bool(done.rowcount)
