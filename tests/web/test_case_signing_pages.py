"""What the page of a dossier offers and says while its papers are signed electronically."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.cases.signing_world import SigningWorld, signing_world
from tests.cases.world import code_of
from tests.web.accounts_support import accounts_of, app_of
from tests.web.case_pages_site import LIST, work_of
from tests.web.pages import ready_service
from verifier.accounts.roles import Role
from verifier.cases.records import Case
from verifier.law_desk import LawDesk
from verifier.storage.database import Database

RUNS = "Đang ký số: "


@pytest.fixture
def world(database: Database, tmp_path: Path) -> Iterator[SigningWorld]:
    with signing_world(database, tmp_path) as made:
        yield made


def page_of(world: SigningWorld, case: Case, path: str = "") -> Any:
    """The page of a dossier as its leader sees it."""
    issues = cast("Any", SimpleNamespace(issuing=world.acts.issuing))
    work, law = replace(work_of(world), issues=issues), LawDesk(world.house.book, world.clock)
    accounts = accounts_of(world.database, world.clock)
    app = app_of(
        accounts, world.folder / "spool", None, ready_service(), casework=work, law=law, issuing=world.acts.issuing
    )
    client = app.test_client()
    with client.session_transaction() as session:
        session["token"] = world.session(world.person(Role.LEADER))[1]
    return client.get(f"{LIST}/{case.id}{path}")


def offers_signing(world: SigningWorld, case: Case) -> bool:
    return f'href="{LIST}/{case.id}/sign"' in page_of(world, case).text


def test_signing_is_offered_until_it_runs_and_then_shown(world: SigningWorld) -> None:
    case = world.approved()
    assert offers_signing(world, case)
    assert RUNS not in page_of(world, case).text

    world.sign(case)
    shown = page_of(world, case).text
    assert f"{RUNS}1 giấy tờ" in shown
    assert not offers_signing(world, case)
    assert page_of(world, case, "/sign").headers["Location"] == f"{LIST}/{case.id}?late=sign"

    world.carried_on(case)
    world.look()
    assert RUNS not in page_of(world, case).text


def test_signing_is_offered_where_one_of_two_is_left(world: SigningWorld) -> None:
    case = world.approved(papers=2)
    world.sign(case)
    world.change_paper(world.papers(case)[1], issuance_id=None)

    assert offers_signing(world, case)
    assert f"{RUNS}1 giấy tờ" in page_of(world, case).text


def test_what_was_ordered_and_never_confirmed_does_not_run(world: SigningWorld) -> None:
    case = world.approved()
    world.acts.signer.absent = True
    assert code_of(lambda: world.sign(case)) == "signer-absent"

    assert offers_signing(world, case)
    assert RUNS not in page_of(world, case).text
