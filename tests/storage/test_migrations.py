"""Setting up and upgrading as docs/operations.md says: an owner without a superuser's rights, and the service."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from alembic import command
from sqlalchemy import create_engine, make_url, text

from tests.support.postgres import RING, open_folder
from verifier.audit import VISITOR as NOBODY
from verifier.audit import Event
from verifier.cases.records import Applicant, Case
from verifier.outside.clock import SystemClock
from verifier.storage.audit_check import verify
from verifier.storage.database import Database
from verifier.storage.embedded import EmbeddedPostgres
from verifier.storage.schema import Schema, _config, with_driver
from verifier.storage.scope import SYSTEM, VISITOR
from verifier.storage.tables import Base
from verifier.storage.trust import INSTALLED, TrustJournalEntry

CLOCK = SystemClock()
OWNER, WEB = "verifier_owner", "verifier_web"
TOKEN = "a-token"
COUNTED = ("validation", "authority", "trust_change")
OLD_AUTHORITY = (
    "insert into authority (id, code, kind, name_vi, name_en, address_vi, address_en, time_zone, signature_name,"
    " seal_name, valid_from, version, created_at) values"
    f" ('{uuid4()}', 'G08.09', 'ministry', 'Cục Lãnh sự', '', '', '', 'Asia/Ho_Chi_Minh',"
    " '', '', '2026-01-01', 1, now())"
)


class House:
    """A server of its own, on which no role of ours was ever made."""

    def __init__(self, server: str) -> None:
        self._server = make_url(with_driver(server))

    def url(self, login: str) -> str:
        address = self._server.set(drivername="postgresql", username=login, password="test", database="verifier")
        return address.render_as_string(hide_password=False)

    def as_superuser(self, *statements: str, database: str | None = None) -> None:
        url = self._server.set(database=database) if database else self._server
        engine = create_engine(url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            for statement in statements:
                connection.execute(text(statement))
        engine.dispose()

    def migrate(self, revision: str, *, down: bool = False) -> None:
        with Schema(self.url(OWNER)).connection() as connection:
            config = _config()
            config.attributes["connection"] = connection
            (command.downgrade if down else command.upgrade)(config, revision)

    def as_owner(self, *statements: str) -> None:
        with Schema(self.url(OWNER)).connection() as connection:
            for statement in statements:
                connection.execute(text(statement))


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with open_folder() as folder, EmbeddedPostgres(folder / "data") as made:
        yield made.url


@pytest.fixture
def house(server: str) -> House:
    made = House(server)
    made.as_superuser("drop database if exists verifier with (force)", f"drop role if exists {WEB}")
    made.as_superuser("drop role if exists verifier_service", f"drop role if exists {OWNER}")
    made.as_superuser(
        f"create role {OWNER} login createrole password 'test'", f"create database verifier owner {OWNER}"
    )
    return made


@pytest.fixture
def old_validation() -> str:
    return (
        "insert into validation (id, token_sha256, file_name, size, sha256, kind, language, state, step, attempts,"
        " received_at, expires_at, conclusion, report, document_blob) values"
        f" ('{uuid4()}', sha256('{TOKEN}'), 'a.pdf', 1, '00', 'pdf', 'vi', 'done', 4, 1, now(), now(), '', '{{}}', 'x')"
    )


def service(house: House) -> Database:
    house.as_owner(f"create role {WEB} login password 'test'", f"grant verifier_service to {WEB}")
    return Database(house.url(WEB), RING)


def filed(authority: UUID, filer: str, day: int) -> Case:
    """A dossier with the reference N-1."""
    told: dict[str, Any] = {"procedure": "certified-copy", "law_day": date(2026, 1, day), "law_sha256": "0" * 64}
    told |= {"channel": "portal", "filed_at": datetime(2026, 1, day, tzinfo=UTC), "status": "filed", "facts": {}}
    told |= {"applicant": Applicant("Đỗ Thị Bưởi"), "external": "N-1", "filed_by": filer}
    return Case(uuid4(), authority, authority, f"G08.09-{day}", bytes([day]) * 32, **told)


def works(database: Database) -> bool:
    """Tell whether the service can use its tables, and what it notes holds together."""
    with database.unit(SYSTEM) as unit:
        unit.outbox.put("case", "key", {}, CLOCK.now())
        unit.audit.append(Event("case", "1", "decided", NOBODY, CLOCK.now()))
    return database.trouble() == "" and verify(database, RING).events == 1 and not database.overmighty()


def test_it_is_set_up_as_the_operator_is_told(house: House) -> None:
    Schema(house.url(OWNER)).upgrade()
    database = service(house)
    try:
        assert works(database)
    finally:
        database.close()


def test_validations_of_the_first_release_are_still_there(house: House, old_validation: str) -> None:
    house.migrate("0001")
    house.as_owner(old_validation)
    Schema(house.url(OWNER)).upgrade()
    database = service(house)
    try:
        with database.unit(VISITOR) as unit:
            found = unit.validations.by_token(TOKEN)
        assert found
        assert (found.file_name, found.authority_id, found.handed_in_by) == ("a.pdf", None, None)
        assert works(database)
    finally:
        database.close()


def test_from_the_release_before_trust_had_a_journal_and_back(house: House, old_validation: str) -> None:
    house.migrate("0003")
    house.as_owner(old_validation, OLD_AUTHORITY)
    Schema(house.url(OWNER)).upgrade()
    database = service(house)
    try:
        with database.unit(SYSTEM) as unit:
            [place], found = unit.authorities.all(), unit.validations.by_token(TOKEN)
            unit.trust.add(TrustJournalEntry(1, "0" * 64, "", INSTALLED, None, None, CLOCK.now(), "", "", "", {}))
        assert found
        assert (place.code, *place.states) == ("G08.09",)
        assert (found.file_name, found.again, found.again_at, found.filing) == ("a.pdf", 0, None, None)
        assert works(database)
    finally:
        database.close()
    house.migrate("0003", down=True)
    Schema(house.url(OWNER)).upgrade()
    with Schema(house.url(OWNER)).connection() as connection:
        kept = [connection.execute(text(f"select count(*) from {table}")).scalar_one() for table in COUNTED]

    assert kept == [1, 1, 0]


def test_back_to_one_reference_an_authority_none_is_lost(house: House) -> None:
    """Two clients filed under one number; the release before knew one of it at an authority."""
    Schema(house.url(OWNER)).upgrade()
    house.as_owner(OLD_AUTHORITY)
    database = service(house)
    try:
        with database.unit(SYSTEM) as unit:
            [place] = unit.authorities.all()
            for day, filer in enumerate(("client:a", "client:b", "person:c"), 1):
                unit.cases.add(filed(place.id, filer, day))
    finally:
        database.close()
    house.migrate("0014", down=True)
    with Schema(house.url(OWNER)).connection() as connection:
        found = connection.execute(text("select external from case_file order by filed_at")).scalars().all()
        rule = "select with_check from pg_policies where policyname = 'payment_own'"
        before = connection.execute(text(rule)).scalar_one()
    Schema(house.url(OWNER)).upgrade()
    with Schema(house.url(OWNER)).connection() as connection:
        after = connection.execute(text(rule)).scalar_one()

    assert found == ["N-1", "client:b N-1", "person:c N-1"]
    assert ("verifier_sees(authority_id)" in before, "verifier_sees(authority_id)" in after) == (True, False)


def test_back_to_the_first_release_and_forth_again(house: House, old_validation: str) -> None:
    Schema(house.url(OWNER)).upgrade()
    house.as_owner(old_validation)
    house.migrate("0001", down=True)
    with Schema(house.url(OWNER)).connection() as connection:
        tables = set(connection.execute(text("select tablename from pg_tables where schemaname = 'public'")).scalars())
        kept = connection.execute(text("select count(*) from validation")).scalar_one()
        left = connection.execute(text("select count(*) from pg_proc where proname like 'verifier%'")).scalar_one()
    Schema(house.url(OWNER)).upgrade()
    database = service(house)
    try:
        assert (tables, kept, left) == ({"alembic_version", "validation"}, 1, 0)
        assert works(database)
    finally:
        database.close()


def test_a_second_database_on_the_same_server_shares_the_role(house: House) -> None:
    Schema(house.url(OWNER)).upgrade()
    house.as_superuser("drop database if exists second with (force)", f"create database second owner {OWNER}")
    url = make_url(house.url(OWNER)).set(database="second").render_as_string(hide_password=False)
    Schema(url).upgrade()
    revision = Schema(url).revision()
    house.as_superuser("drop database second with (force)")

    assert revision == Schema(house.url(OWNER)).revision() != ""


def test_every_table_belongs_to_the_owner(house: House) -> None:
    Schema(house.url(OWNER)).upgrade()
    with Schema(house.url(OWNER)).connection() as connection:
        owned = connection.execute(text("select tablename from pg_tables where tableowner = current_user")).scalars()
        assert set(owned) == {*Base.metadata.tables, "alembic_version"}
