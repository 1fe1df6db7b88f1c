from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.cases.signing_world import SigningWorld, signing_world
from tests.cases.world import CaseWorld
from tests.web.case_api_site import API, Calls, CaseApiSite, code, told
from verifier.accounts.roles import Role
from verifier.cases.records import Case
from verifier.casework import CaseWork
from verifier.storage.database import Database
from verifier.web.api.case_schemas import Dossier


class SigningSite(CaseApiSite):
    def __init__(self, world: SigningWorld, *, signs: bool = True) -> None:
        super().__init__(cast("CaseWorld", world))
        signing = world.signing if signs else None
        parts = SimpleNamespace(**{**vars(self.work), "cases": world.cases, "signing": signing})
        self.work = cast("CaseWork", parts)
        self.app = self.site()


@pytest.fixture
def world(database: Database, tmp_path: Path) -> Iterator[SigningWorld]:
    with signing_world(database, tmp_path) as made:
        yield made


def leader(site: SigningSite, world: SigningWorld, *, proved: bool = True) -> Calls:
    return site.officer(Role.LEADER, world.acts.officer, proved=proved)


def sign(calls: Calls, case: Case, **more: Any) -> Any:
    return calls("POST", f"{API}/{case.id}/sign", json={}, **{"version": case.version, **more})


def test_a_leader_signs_and_annuls(world: SigningWorld) -> None:
    site, case = SigningSite(world), world.approved()
    calls = leader(site, world)

    offers = {one["command"]: one for one in told(calls("GET", f"{API}/{case.id}/offers"))["commands"]}
    offer = offers["sign"]
    assert (offer["offered"], offer["step_up"], offer["prove_at"], offer["schema"]["properties"]) == (
        True, True, None, {},
    )  # fmt: skip
    assert set(offers["annul"]["schema"]["required"]) == {"paper", "ground", "decision"}
    begun = calls(offer["method"], offer["href"], json={}, version=case.version)
    assert (begun.status_code, told(begun)["status"]) == (202, "signing")
    world.carried_on(case)
    world.look()
    case = world.now(case)
    assert case.signed_at is not None
    body = {"paper": str(world.papers(case)[0].id), "ground": "Cấp sai.", "decision": "12/QĐ"}
    done = calls("POST", f"{API}/{case.id}/annul", json=body, version=case.version)
    assert done.status_code == 200, done.text
    paper = world.papers(case)[0]
    assert paper.annulled_at is not None
    [gone] = told(done)["annulled"]
    assert gone == {
        "paper": 1, "paper_id": str(paper.id), "at": gone["at"],
        "ground": "Cấp sai.", "decision": "12/QĐ",
    }  # fmt: skip
    assert Dossier.model_validate(told(done)).model_dump(mode="json", by_alias=True) == told(done)


def test_signing_twice_issues_once(world: SigningWorld) -> None:
    site, case = SigningSite(world), world.approved()
    calls = leader(site, world)

    assert [sign(calls, case).status_code, sign(calls, case).status_code] == [202, 202]
    assert len(world.ordered()) == 1


def test_what_is_missing_is_said(world: SigningWorld) -> None:
    site, case = SigningSite(world), world.approved()
    calls, address = leader(site, world), f"{API}/{case.id}/sign"

    assert code(calls("POST", address, json={})) == (428, "precondition-required")
    assert code(calls("POST", address, json={}, version=case.version + 1)) == (412, "precondition-failed")
    assert code(sign(leader(site, world, proved=False), case)) == (403, "step-up-needed")
    assert code(sign(site.officer(Role.CLERK), case)) == (403, "not-allowed")
    assert calls("POST", address, json={"wish": 1}, version=case.version).status_code in (400, 422)
    assert world.ordered() == []


def test_a_service_that_issues_nothing_says_so(world: SigningWorld) -> None:
    site, case = SigningSite(world, signs=False), world.approved()

    assert code(sign(leader(site, world), case)) == (501, "issuing-off")
