"""The pages of officers on dossiers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.case_site import LIST, CaseSite, case_site, send
from verifier.accounts.roles import Role
from verifier.cases.handlers import REGISTRY
from verifier.cases.statuses import Status
from verifier.storage.database import Database


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Iterator[CaseSite]:
    with case_site(database, tmp_path) as made:
        yield made


@pytest.mark.parametrize("status", list(Status), ids=str)
@pytest.mark.parametrize("role", [Role.RECEPTION, Role.SPECIALIST, Role.LEADER, Role.CLERK], ids=str)
def test_a_dossier_is_shown_to_each_role_at_each_status(site: CaseSite, status: Status, role: Role) -> None:
    case = site.case(status=status)
    page = site.client(role).get(f"{LIST}/{case.id}")
    assert page.status_code == 200
    for spec in REGISTRY.values():
        offered = f'/do/{spec.name}"' in page.text
        assert offered == (status in spec.within and role.value in spec.by and not spec.secret), spec.name


@pytest.mark.parametrize("command", sorted(name for name, one in REGISTRY.items() if not one.secret))
def test_every_command_has_a_form(site: CaseSite, command: str) -> None:
    spec = REGISTRY[command]
    role = next((one for one in Role if one.value in spec.by), None)
    if role is None:
        return
    case = site.case(status=min(spec.within), papers=2)
    answer = site.client(role).get(f"{LIST}/{case.id}/do/{command}")
    assert answer.status_code == 200, answer.headers.get("Location")


def test_a_command_is_given_by_its_form(site: CaseSite) -> None:
    case = site.case(status=Status.FILED)
    client = site.client(Role.RECEPTION)
    paper = site.papers(case)[0]
    answer = send(client, f"{LIST}/{case.id}/do/check-paper", {"paper": str(paper.id), "checked": "on", "pages": "4"})
    assert answer.headers["Location"] == f"{LIST}/{case.id}?done=check-paper"
    assert site.papers(case)[0].pages == 4
