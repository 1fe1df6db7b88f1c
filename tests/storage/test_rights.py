"""What the service's login may do in the database: what is granted, and no more."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest
from sqlalchemy import Connection, create_engine, make_url, text
from sqlalchemy.exc import DBAPIError, ProgrammingError

from tests.support import postgres
from verifier.storage.database import Database
from verifier.storage.schema import Schema, with_driver
from verifier.storage.tables import Base

ADD_ONLY = {"INSERT", "SELECT"}
KEPT = {"INSERT", "SELECT", "UPDATE"}
RIGHTS = {
    "alembic_version": {"SELECT"},
    "audit_event": ADD_ONLY,
    "trust_change": ADD_ONLY,
    "audit_head": {"SELECT", "UPDATE"},
    "authority": KEPT,
    "payment": ADD_ONLY,  # and the state of what is there
    "payment_callback": KEPT,
    "payment_carried": ADD_ONLY,
    "payment_counter": KEPT,
    "payment_order": KEPT,
    "payment_receipt": ADD_ONLY,
    "payment_reconciliation": ADD_ONLY,
    "payment_refund": KEPT,
    "person": KEPT,
    "client": KEPT,
    "appointment": KEPT,
    "appointment_closure": KEPT,
    "appointment_desk": KEPT,
    "appointment_request": {"SELECT", "INSERT", "DELETE"},
    "appointment_wait": KEPT,
    "archive_package": KEPT,
    "case_confirmation": KEPT,
    "case_counter": KEPT,
    "case_file": KEPT,
    "case_paper": KEPT,
    "case_record": KEPT,
    "case_request": {"SELECT", "INSERT", "DELETE"},
    "case_upload": {"SELECT", "INSERT", "DELETE"},
    "delivery": KEPT,
    "notice": KEPT,
    "issuance": KEPT,
    "issuance_batch": KEPT,
    "issuance_version": KEPT,
    "register_book": KEPT,
    "register_correction": ADD_ONLY,
    "register_entry": KEPT,
    "signing_grant": KEPT,
    "signing_mandate": ADD_ONLY,
}
"""Rights of the service's role; on every other table it may read, add, change and delete rows."""


@pytest.fixture
def service(service_url: str) -> Iterator[Connection]:
    """A connection with the login's own rights, where the role of the service was not even taken on."""
    engine = create_engine(with_driver(service_url))
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@pytest.fixture
def owner(database_url: str) -> Iterator[Connection]:
    """A connection of the owner whose changes are undone."""
    with Schema(database_url).connection() as connection:
        yield connection
        connection.rollback()


def test_the_service_has_exactly_the_rights_that_it_needs(owner: Connection, database: Database) -> None:
    granted = owner.execute(
        text(
            "select table_name, array_agg(cast(privilege_type as text)) from information_schema.role_table_grants"
            " where grantee = 'verifier_service' and table_schema = current_schema() group by table_name"
        )
    )
    names = {*(table.name for table in Base.metadata.sorted_tables), "alembic_version"}
    wanted = {name: RIGHTS.get(name, {*KEPT, "DELETE"}) for name in names}

    assert {name: set(rights) for name, rights in granted} == wanted


def test_nobody_else_has_any_right(owner: Connection, database: Database) -> None:
    others = text(
        "select table_name, grantee from information_schema.role_table_grants where table_schema = current_schema()"
        " and grantee not in ('verifier_service', current_user)"
    )
    functions = text(
        "select p.proname from pg_proc p cross join lateral aclexplode(coalesce(p.proacl, acldefault('f', p.proowner)))"
        " a where p.prosecdef and a.grantee = 0 and p.pronamespace = current_schema()::regnamespace"
    )

    assert owner.execute(others).all() == []
    assert owner.execute(functions).all() == []


@pytest.mark.parametrize(
    "statement",
    [
        "update audit_event set action = 'removed'",
        "delete from audit_event",
        "truncate audit_event",
        "update trust_change set snapshot_id = previous_id",
        "delete from trust_change",
        "truncate trust_change",
        "delete from audit_head",
        "insert into audit_head (id, number, hash, mac) values (1, 0, '', '')",
        "update signing_mandate set expires_at = now()",
        "delete from signing_mandate",
        "delete from register_entry",
        "delete from payment",
        "update payment set amount = 1",
        "update payment_receipt set number = 1",
        "delete from issuance",
        "delete from person",
        "delete from authority",
        "drop table audit_event",
        "alter table person disable row level security",
        "alter table audit_event drop constraint audit_event_hash",
        "drop policy person_own on person",
        "create policy open on person using (true)",
        "create trigger t before update on audit_event execute function suppress_redundant_updates_trigger()",
        "create rule r as on insert to audit_event do instead nothing",
        "create table mine (id integer)",
        "create or replace function verifier_sees(owner uuid) returns boolean language sql as 'select true'",
        "alter function verifier_audit_last(text, text) reset search_path",
        "update alembic_version set version_num = '0001'",
        "alter role verifier_service bypassrls",
        "set session_replication_role = replica",
    ],
)
def test_what_the_service_may_not_do(service: Connection, statement: str) -> None:
    with pytest.raises(ProgrammingError, match=r"permission denied|must be (?:owner|superuser)|can alter"):
        service.execute(text(statement))


def test_the_service_takes_on_no_other_role(service: Connection, owner: Connection) -> None:
    me = owner.execute(text("select current_user")).scalar_one()

    with pytest.raises(ProgrammingError, match="permission denied to set role"):
        service.execute(text(f'set role "{me}"'))


SHADOWS = """
create function pg_temp.evil() returns text language plpgsql as $$ begin execute 'grant update on public.audit_event to public'; return current_user; end $$
create temp view person as select pg_temp.evil() as login
create temp view audit_event as select pg_temp.evil() as subject_kind, 'b' as subject_id, 1 as subject_number, cast('' as bytea) as hash
grant select on person, audit_event to public
do $$ begin execute format('grant usage on schema %I to public', cast(pg_my_temp_schema() as regnamespace)); end $$
"""  # noqa: E501 - one statement a line


def test_the_service_cannot_have_its_own_code_run_with_the_rights_of_the_owner(
    service: Connection,
) -> None:
    """A temporary view in the place of a table that a function of the owner reads."""
    for statement in SHADOWS.strip().split("\n"):
        service.execute(text(statement))

    service.execute(text("select verifier_login_taken('x'), verifier_audit_last('a', 'b')"))
    told = text("select has_table_privilege(current_user, 'public.audit_event', 'update')")

    assert service.execute(told).scalar_one() is False


def test_functions_with_the_rights_of_the_owner_look_in_the_owners_places_only(owner: Connection) -> None:
    paths = text("select proconfig from pg_proc where prosecdef and pronamespace = current_schema()::regnamespace")
    place = owner.execute(text("select current_schema()")).scalar_one()

    told = [config[-1] for config in owner.execute(paths).scalars()]
    assert told == [f"search_path=pg_catalog, {place}, pg_temp"] * 3


# --- a login that could do more ------------------------------------------------------------------------------------


@pytest.fixture
def login(database_url: str, service_url: str) -> Iterator[str]:
    name = f"mighty_{uuid4().hex}"
    with Schema(database_url).connection() as connection:
        connection.execute(text(f"create role {name} login password 'test'; grant verifier_service to {name}"))
    yield name
    with Schema(database_url).connection() as connection:
        connection.execute(text(f"drop owned by {name}; drop role {name}"))


@pytest.mark.parametrize(
    ("grant", "mighty"),
    [
        ("grant select on audit_event to {login}", False),
        ("grant update on audit_event to {login}", True),
        ("grant delete on audit_event to {login}", True),
        ("grant truncate on audit_event to {login}", True),
        ("grant trigger on audit_event to {login}", True),
        ("grant insert on trust_change to {login}", False),
        ("grant update on trust_change to {login}", True),
        ("grant delete on trust_change to {login}", True),
        ("grant pg_write_all_data to {login}", True),
        ("grant {owner} to {login}", True),
        ("alter role {login} createrole", True),
        ("alter role {login} bypassrls", True),
        ("alter role {login} superuser", True),
    ],
)
def test_a_login_that_could_change_the_log_is_noticed(
    database_url: str, login: str, grant: str, *, mighty: bool
) -> None:
    owner = make_url(database_url).username or "postgres"
    with Schema(database_url).connection() as connection:
        connection.execute(text(grant.format(login=login, owner=owner)))
    url = make_url(database_url).set(drivername="postgresql", username=login, password="test")
    found = Database(url.render_as_string(hide_password=False), postgres.RING)
    try:
        assert found.overmighty() is mighty
    finally:
        found.close()


def test_the_login_of_the_service_is_not_overmighty(database: Database) -> None:
    assert database.overmighty() is False


def test_a_unit_of_work_leaves_nothing_of_its_reach_behind(database: Database) -> None:
    reach = text("select current_setting('verifier.reach', true), current_user")
    with database.engine.connect() as connection:
        connection.execute(text("select set_config('verifier.reach', 'all', true)"))
        connection.rollback()
        assert connection.execute(reach).one() == ("", "verifier_service")


def test_errors_of_the_database_hide_what_was_told(database: Database) -> None:
    with pytest.raises(DBAPIError) as caught, database.engine.connect() as connection:
        connection.execute(text("select cast(:secret as integer) from nowhere"), {"secret": "geheim"})

    assert "geheim" not in str(caught.value)
