"""A filing that the documents show goes all the way: filed through the API, checked, paid, examined, signed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import pytest

from tests.cases.signing_world import SigningWorld, signing_world
from tests.cases.test_decision import approve
from tests.cases.test_examination import granted, propose
from tests.cases.world import CaseWorld
from tests.signing.acts.ports import Draws
from tests.web.case_api_site import CaseApiSite, told
from tests.web.test_api_clients_doc import block
from verifier.accounts.roles import Role
from verifier.cases.completeness import ConfirmComplete
from verifier.cases.money import SetFeeAbroad
from verifier.cases.moving import Take
from verifier.cases.paying import PayAtCounter
from verifier.cases.queue import Queue
from verifier.cases.records import Case
from verifier.cases.signing import CaseSigning
from verifier.cases.uploads import Uploads
from verifier.casework import CaseWork
from verifier.signing.mark.drawer import MarkDrawer
from verifier.signing.ports import Layout
from verifier.signing.records import Kind
from verifier.storage.database import Database
from verifier.workers.precheck import pages_of

README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
SHOWN = {
    "README": re.findall(r"-d '(\{.*?\})'", README, re.DOTALL)[0],
    "api-clients": block("json", "consular-certification"),
}


class WantsWhatTheLawWants(Draws):
    """Draws frames, out of all that a mark by the law's data must say."""

    def layout(self, kind: Kind, at: date) -> Layout:
        real, plain = MarkDrawer().layout(kind, at), super().layout(kind, at)
        return replace(plain, fields=real.fields, optional=real.optional)


@pytest.fixture
def world(database: Database, tmp_path: Path) -> Iterator[SigningWorld]:
    with signing_world(database, tmp_path) as made:
        made.acts.draws = WantsWhatTheLawWants()
        made.signing = CaseSigning(made.cases, made.acts.begun())
        yield made


def filed(world: SigningWorld, shown: str, **changes: Any) -> Case:
    site = CaseApiSite(cast("CaseWorld", world))
    parts = SimpleNamespace(cases=world.cases, uploads=Uploads(world.house, pages_of), queue=Queue(world.house))
    site.work = cast("CaseWork", parts)
    portal, body = site.portal(), json.loads(shown)
    for paper in body["papers"]:
        paper |= {"file": portal.upload(), **changes}
    answer = portal("POST", json=body)
    assert answer.status_code == 201, answer.text
    return world.cases.view(world.asker(Role.RECEPTION), UUID(told(answer)["dossier"]["id"])).case


@pytest.mark.parametrize("where", SHOWN)
@pytest.mark.parametrize("changes", [{}, {"issuing_country": ""}], ids=["as-shown", "issuing-country-left-out"])
def test_a_filing_that_is_shown_can_be_signed(world: SigningWorld, where: str, changes: dict[str, Any]) -> None:
    case = filed(world, SHOWN[where], **changes)
    case = world.do(Role.RECEPTION, case, ConfirmComplete())
    if case.status == "filed" and case.fee_vnd is None:  # at a mission
        case = world.do(Role.RECEPTION, case, SetFeeAbroad(amount=1000, what="Chứng nhận lãnh sự"))
    case = world.do(Role.RECEPTION, case, PayAtCounter(amount=case.fee_vnd or 1000))
    case = world.do(Role.SPECIALIST, case, Take())
    for paper in world.papers(case):
        world.based(case, paper, "a")
    propose(world, case, *map(granted, world.papers(case)))
    approve(world, case)

    world.sign(case)
    act = world.act(case)
    assert (act.problem, act.wanted["said"]["country"]) == (None, "Việt Nam")
    world.carried_on(case)
    world.look()

    assert (world.act(case).problem, world.now(case).status) == (None, "signed")
