"""The pages of officers on dossiers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.web.case_site import LIST, CaseSite, case_site, send
from verifier.accounts.roles import Role
from verifier.cases.handlers import REGISTRY
from verifier.cases.statuses import Status, statuses
from verifier.storage.database import Database
from verifier.storage.scope import of
from verifier.web import locale
from verifier.web.casework.choices import choices_of
from verifier.web.casework.fields import Input, inputs_of


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Iterator[CaseSite]:
    with case_site(database, tmp_path) as made:
        yield made


@pytest.mark.parametrize("role", [Role.RECEPTION, Role.SPECIALIST, Role.LEADER, Role.CLERK], ids=str)
def test_forbidden_actions_are_absent_for_each_role_at_each_status(site: CaseSite, role: Role) -> None:
    client = site.client(role)
    for status in Status:
        case = site.case(status=status)
        page = client.get(f"{LIST}/{case.id}")
        assert page.status_code == 200, status
        there = set(re.findall(r"/do/([a-z-]+)\"", page.text))
        may = {one.name for one in REGISTRY.values() if status in one.within and role.value in one.by}
        assert there <= may, status


def test_every_command_has_a_form_in_both_languages(site: CaseSite) -> None:
    for spec in (one for one in REGISTRY.values() if not one.secret):
        role = next((one for one in Role if one.value in spec.by), None)
        if role is None:
            continue
        case = site.case(status=min(spec.within), papers=2)
        for lang in ("vi", "en"):
            answer = site.client(role).get(f"{LIST}/{case.id}/do/{spec.name}?lang={lang}")
            assert answer.status_code == 200, (spec.name, answer.headers.get("Location"))


@pytest.mark.parametrize("name", sorted(REGISTRY))
def test_every_command_and_its_event_have_words(name: str) -> None:
    keys = {f"action-{REGISTRY[name].event}"}
    keys |= set() if REGISTRY[name].secret else {f"case-command-{name}", f"case-effect-{name}"}
    assert keys <= set(locale.texts())


def test_every_field_of_a_command_has_words_and_every_id_is_understood(site: CaseSite) -> None:
    view = site.view(site.case(status=Status.EXAMINATION, papers=2))
    with site.app.test_request_context():
        choices = choices_of(view, of(site.authority.id))
        for spec in (one for one in REGISTRY.values() if not one.secret):
            for one in every(inputs_of(spec, choices)):
                assert one.label != one.name, (spec.name, one.name)
                uploads = one.name in {"file", "files", "translation", "slip"}
                assert (one.kind in {"file", "files"}) <= uploads, (spec.name, one.name)


def every(found: Iterable[Input]) -> Iterator[Input]:
    for one in found:
        yield one
        for row in one.rows:
            yield from every(row.inputs)


def test_a_command_is_given_by_its_form(site: CaseSite) -> None:
    case = site.case(status=Status.FILED)
    client = site.client(Role.RECEPTION)
    paper = site.papers(case)[0]
    answer = send(client, f"{LIST}/{case.id}/do/check-paper", {"paper": str(paper.id), "checked": "on", "pages": "4"})
    assert answer.headers["Location"] == f"{LIST}/{case.id}?done=check-paper"
    assert site.papers(case)[0].pages == 4


def test_the_guide_names_every_status_and_every_command_beside_its_role() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "casework.md").read_text("utf-8")
    for one in statuses().values():
        assert f"| `{one.id}` | {one.words.vi} |" in guide
    rows = {line.split("|")[1].split("(")[0].strip(): line for line in guide.splitlines() if line.startswith("| ")}
    for spec in (one for one in REGISTRY.values() if not one.secret):
        for role in spec.by - {"applicant"}:
            assert f"`{spec.name}`" in rows[role], spec.name
