"""A house with two administrators, for tests of what administrators do."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from tests.accounts.support import Clock, add_authority, add_person
from tests.support.postgres import RING
from verifier.accounts.administration import Administration
from verifier.accounts.caller import Caller
from verifier.accounts.roles import Role
from verifier.errors import BadRequest
from verifier.storage.authorities import Authority
from verifier.storage.database import Database
from verifier.storage.people import Person
from verifier.storage.scope import SYSTEM
from verifier.storage.sessions import SignedIn

WHY = "Theo quyết định số 12"
GOOD: dict[str, Any] = {
    "login": "binh.tran",
    "name": "Trần Văn Bình",
    "title_vi": "Chuyên viên",
    "title_en": "Officer",
    "email": "binh@example.vn",
}
DAY = timedelta(days=1)


class House:
    """One authority with two administrators and a specialist, and another authority beside it."""

    def __init__(self, database: Database) -> None:
        self.database, self.clock = database, Clock()
        self.desk = Administration(database, self.clock, RING)
        self.authority, self.elsewhere = add_authority(database), add_authority(database)
        self.admin = self.add("quan.tri", "Quản Thị Trị", Role.ADMINISTRATOR)
        self.second = self.add("thu.hai", "Lê Thứ Hai", Role.ADMINISTRATOR)
        self.lan = self.add("lan.nguyen", "Nguyễn Thị Lan", Role.SPECIALIST)
        self.stranger = add_person(database, self.elsewhere, Role.SPECIALIST, login="xa.la", name="Người Xa Lạ")
        self.me = self.caller(self.admin)

    def add(self, login: str, name: str, *roles: Role, **more: Any) -> Person:
        return add_person(self.database, self.authority, *roles, login=login, name=name, **more)

    def caller(self, person: Person, *roles: Role, authority: Authority | None = None) -> Caller:
        at = self.clock.now()
        session = SignedIn(
            uuid4(), person.authority_id, person.id, "open", "password", at, at, at + DAY, at, "127.0.0.1", "Firefox"
        )
        held = frozenset(roles or {Role.ADMINISTRATOR})
        return Caller("127.0.0.1", authority or self.authority, person, None, session, held)

    def events(self, kind: str = "person") -> list[dict[str, Any]]:
        with self.database.engine.connect() as connection:
            connection.execute(text("select set_config('verifier.reach', 'all', true)"))
            wanted = text("select action, body from audit_event where subject_kind = :kind order by number")
            rows = connection.execute(wanted, {"kind": kind}).all()
        return [json.loads(body) | {"action": action} for action, body in rows]

    def session_of(self, person: Person) -> str:
        token, at = str(uuid4()), self.clock.now()
        one = SignedIn(
            uuid4(), person.authority_id, person.id, "open", "password", at, at, at + DAY, None, "10.0.0.1", "Edge"
        )
        with self.database.unit(SYSTEM) as unit:
            unit.sessions.add(one, token)
        return token

    def ended(self, token: str) -> bool:
        with self.database.unit(SYSTEM) as unit:
            found = unit.sessions.by_token(token)
        return found is not None and found.ended_at is not None

    def roles(self, person: Person, at: datetime | None = None) -> list[str]:
        with self.database.unit(SYSTEM) as unit:
            return [one.role for one in unit.people.grants(person.id) if one.holds_at(at or self.clock.now())]

    def stored(self, id_: UUID) -> Person:
        with self.database.unit(SYSTEM) as unit:
            found = unit.people.get(id_)
        assert found is not None
        return found

    def credentials(self, person: Person) -> tuple[bool, bool]:
        with self.database.unit(SYSTEM) as unit:
            return unit.people.password(person.id) is not None, unit.people.second_factor(person.id) is not None


def code_of(attempt: Callable[[], object]) -> str:
    with pytest.raises(BadRequest) as caught:
        attempt()
    return caught.value.problem.code


def grant_of(house: House, person: Person) -> UUID:
    with house.database.unit(SYSTEM) as unit:
        return unit.people.grants(person.id)[0].id


def together(*attempts: Callable[[], str]) -> list[str]:
    """Run all at the same moment, each in a thread of its own."""
    gate = threading.Barrier(len(attempts))

    def run(attempt: Callable[[], str]) -> str:
        gate.wait(10)
        return attempt()

    with ThreadPoolExecutor(len(attempts)) as pool:
        return list(pool.map(run, attempts))
