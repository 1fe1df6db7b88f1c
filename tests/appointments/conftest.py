"""An office with two desks, and people who come there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from tests.accounts.machines import add_machine
from tests.cases.world import COPY, SIGNATURE, CaseWorld, case_world
from verifier.accounts.caller import Caller
from verifier.accounts.roles import Role
from verifier.appointments.office import Desks, Span
from verifier.appointments.records import Appointment, Contact, Desk
from verifier.appointments.service import Appointments, Wish
from verifier.cases.kernel import Asker, Letter, applicant, client
from verifier.cases.records import Case
from verifier.storage.audit import Entry
from verifier.storage.database import Database, UnitOfWork
from verifier.storage.scope import SYSTEM

HERE = ZoneInfo("Asia/Ho_Chi_Minh")
WHO = Contact("Mai Văn Đến", "0905000000", "den@example.vn")
WISH = Wish(COPY, contact=WHO)


def at(hour: int, minute: int = 0, day: int = 3) -> datetime:
    """A time in March 2026; the 2nd is a Monday, on which it is 15:00 now."""
    return datetime(2026, 3, day, hour, minute, tzinfo=HERE)


class ToldContacts(list[tuple[Contact, Letter]]):
    """Keeps what those without a dossier, and officers about them, are told."""

    def __call__(self, _unit: UnitOfWork, _authority: UUID, contact: Contact, letter: Letter, _now: datetime) -> None:
        self.append((contact, letter))


class Desked:
    """A house with dossiers and desks."""

    def __init__(self, world: CaseWorld) -> None:
        self.world, self.contacts = world, ToldContacts()
        self.book = Appointments(world.house, self.contacts)
        self.desks = Desks(world.house, self.contacts)
        world.competent(COPY, SIGNATURE)
        self.officer = world.asker(Role.RECEPTION)
        self.leader = world.asker(Role.LEADER)
        self.first = self.desks.add(self.leader, 1, "Chứng thực", (), world.person(Role.RECEPTION).id)
        self.second = self.desks.add(self.leader, 2, "", (COPY,), None)

    @property
    def place(self) -> UUID:
        return self.world.authority.id

    def applicant(self, case: Case) -> Asker:
        return applicant(case)

    def client(self) -> Asker:
        authority = self.world.authority
        machine = add_machine(self.world.database, authority).client
        return client(Caller("", authority, client=machine))

    def booked(self, when: datetime, *, case: Case | None = None, desk: Desk | None = None) -> Appointment:
        """An appointment that an officer booked."""
        wish = WISH if case is None else Wish("", case_id=case.id)
        return self.book.book(self.officer, wish, when, desk.id if desk else None)

    def closed(self, starts: datetime, ends: datetime, desk: Desk | None = None) -> None:
        """Close a time as it is planned."""
        span = Span(starts, ends, desk.id if desk else None)
        self.desks.close(self.leader, span, "Cúp điện", self.desks.plan(self.leader, span).seal)

    def pass_(self, **span: float) -> None:
        self.world.clock.instant += timedelta(**span)

    def stored(self, one: Appointment) -> Appointment:
        with self.world.database.unit(SYSTEM) as unit:
            found = unit.appointments.get(one.id)
        assert found is not None
        return found

    def log(self, one: Appointment) -> tuple[Entry, ...]:
        with self.world.database.unit(SYSTEM) as unit:
            return unit.audit.chain("appointment", str(one.id), 100)

    def actions(self, one: Appointment) -> list[str]:
        return [entry.event.action for entry in self.log(one)]

    def changed_desk(self, desk: Desk, **changes: object) -> Desk:
        return self.desks.change(self.leader, replace(desk, **changes))  # type: ignore[arg-type]


@pytest.fixture
def here(database: Database, tmp_path: Path) -> Iterator[Desked]:
    with case_world(database, tmp_path) as world:
        yield Desked(world)
