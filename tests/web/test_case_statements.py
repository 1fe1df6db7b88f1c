"""How often the database is asked for an answer about dossiers: a ceiling for each, and nothing twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from tests.cases.test_decision import approve
from tests.cases.test_offers import Build, at_any
from tests.cases.world import CONSULAR, CaseWorld
from tests.payments.support import demanded
from tests.web.accounts_support import token_in
from tests.web.case_api_site import API
from tests.web.case_pages_site import LIST, CasePagesSite
from verifier.accounts.roles import Role
from verifier.cases.records import Case
from verifier.cases.statuses import Status
from verifier.storage.database import Database

CEILINGS = {
    f"{API}/{{}}": 9,
    f"{API}/{{}}/offers": 18,
    f"{LIST}/{{}}": 23,
    LIST: 10,
    f"{LIST}/board": 14,
}
"""Statements of a whole request by its address; five of them find out who asks."""
AGAIN = ("set_config", "FROM authority")
"""What may be asked again: the reach is set for each transaction, and the own authority is known to who asks."""


@contextmanager
def asked(database: Database) -> Iterator[list[tuple[str, str]]]:
    """Statements and their parameters."""
    found: list[tuple[str, str]] = []

    def note(*told: Any) -> None:
        found.append((str(told[2]), str(told[3])))

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


def examined(site: CaseWorld) -> Case:
    case = site.case(papers=2, officer_id=site.person(Role.SPECIALIST).id)
    site.confirmation(case, *site.papers(case))
    return case


def decided(site: CaseWorld) -> Case:
    return approve(site, at_any(Status.APPROVAL, CONSULAR)(site))


BUILDS: dict[str, tuple[Build, Role]] = {
    "examined": (examined, Role.SPECIALIST),
    "unpaid": (demanded, Role.RECEPTION),
    "decided": (decided, Role.LEADER),
}


@pytest.mark.parametrize("name", BUILDS)
def test_the_database_is_asked_once_for_each_thing(database: Database, tmp_path: Path, name: str) -> None:
    site = CasePagesSite(database, tmp_path)
    site.competent(CONSULAR)
    build, role = BUILDS[name]
    case, client = build(site), site.client(role)
    headers = {"X-CSRF-Token": token_in(client.get("/account").text), "Sec-Fetch-Site": "same-origin"}
    for address, most in CEILINGS.items():
        with asked(database) as told:
            answer = client.get(address.format(case.id), headers=headers)
        assert answer.status_code == 200, address
        assert len(told) <= most, (address, len(told))
        twice = [one for (one, _), count in Counter(told).items() if count > 1]
        assert [one for one in twice if not any(part in one for part in AGAIN)] == [], address
