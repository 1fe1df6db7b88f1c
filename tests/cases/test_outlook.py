from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, get_args
from uuid import UUID, uuid4

import pytest

from tests.accounts.support import AT
from tests.cases.test_ways import COPY, SCENE
from verifier.cases.delivery import STUCK
from verifier.cases.outlook import LINK, STANDS, Left, outlook
from verifier.cases.ways import HINDRANCES, Scene
from verifier.storage.notices import Delivery, Notice
from verifier.web.api import case_telling
from verifier.web.api.delivery_schemas import DossierDeliveries, Stands, WhyNot
from verifier.web.casework.told import PROOFS
from verifier.web.locale import texts

RESULT, ANOTHER = uuid4(), uuid4()
PAPER = replace(SCENE, electronic=False, paper=True)
BOTH = replace(SCENE, paper=True)


def one(way: str, state: str, **told: Any) -> Delivery:
    done = AT if state == "done" else None
    made = Delivery(uuid4(), UUID(int=1), UUID(int=2), way, state, AT, "person:x", (RESULT,), ("0",), done_at=done)
    return replace(made, **told)


def letter(state: str) -> Notice:
    return Notice(uuid4(), UUID(int=1), UUID(int=2), LINK, "applicant", "vi", {}, (), ("e-mail",), state, AT)


LINKED = one("e-mail", "offered", expires_at=AT + timedelta(days=7))
STORE = one("data-store", "sending")


@pytest.mark.parametrize(
    ("wanted", "scene", "left", "after", "stands"),
    [
        ("e-mail", SCENE, Left(settled=False), 0, "fee-open"),
        ("e-mail", SCENE, Left(), 0, "to-send"),
        ("", SCENE, Left(), 0, "counter"),
        ("", COPY, Left(), 0, "to-send"),
        ("device", SCENE, Left(), 0, "to-fetch"),
        ("paper", SCENE, Left(), 0, "counter"),
        ("", PAPER, Left(), 0, "counter"),
        ("e-mail", BOTH, Left((LINKED,)), 0, "offered counter"),
        ("data-store", SCENE, Left((STORE,)), 0, "sending"),
        ("data-store", SCENE, Left((STORE,)), 1, "stuck"),
        ("data-store", SCENE, Left((replace(STORE, state="failed"),)), 0, "failed"),
        ("data-store", SCENE, Left((replace(STORE, state="failed"), LINKED)), 0, "offered"),
        ("data-store", SCENE, Left((replace(STORE, state="replaced"),)), 0, "to-send"),
        ("data-store", SCENE, Left((one("data-store", "done"),), records=frozenset({RESULT})), 0, "received"),
        ("data-store", SCENE, Left((one("data-store", "done"),), records=frozenset({ANOTHER})), 0, "to-send"),
        ("device", BOTH, Left((one("device", "done"),), records=frozenset({RESULT})), 0, "received counter"),
        ("e-mail", SCENE, Left((LINKED,), (letter("sent"),)), 6, "offered"),
        ("e-mail", SCENE, Left((LINKED,), (letter("sent"),)), 7, "link-over"),
        ("e-mail", SCENE, Left((LINKED,), (letter("failed"),)), 0, "link-failed"),
        ("e-mail", SCENE, Left((LINKED,), (replace(letter("failed"), made_at=AT - STUCK),)), 0, "offered"),
        ("e-mail", replace(SCENE, mail=False, portal=False), Left(), 0, "counter"),
    ],
)
def test_it_is_said_how_a_result_stands(wanted: str, scene: Scene, left: Left, after: int, stands: str) -> None:
    assert " ".join(outlook(wanted, scene, left, AT + timedelta(days=after)).stands) == stands


def test_it_is_said_why_it_does_not_go_as_it_was_wanted() -> None:
    found = outlook("e-mail", replace(SCENE, mail=False), Left(), AT)
    assert (found.wanted, found.why_not, found.open) == ("e-mail", "mail-off", ("data-store", "device", "paper"))


@pytest.mark.parametrize("office", [True, False])
def test_each_delivery_is_told_with_its_proof_to_the_office_alone(*, office: bool) -> None:
    gone = one("paper", "done", records=(), sha256=(), proof={"received_by": "Đỗ Thị Bưởi", "id_number": "1"})
    failed = replace(STORE, state="failed", tries=3, trouble="no such account")
    left = Left((failed, LINKED, gone), (replace(letter("sent"), receipt="250 OK", tries=1),))
    told = case_telling.deliveries(outlook("data-store", SCENE, left, AT), left, office=office)
    DossierDeliveries.model_validate(told, strict=True)
    found = [line["office"] and (line["office"]["tries"], line["office"]["proof"]) for line in told["deliveries"]]
    assert found == ([(3, {}), (0, {}), (0, gone.proof)] if office else [None] * 3)
    assert [line["letter"] and line["letter"]["receipt"] for line in told["deliveries"]] == [
        None,
        "250 OK" if office else None,
        None,
    ]


def test_everything_that_may_be_said_has_its_words() -> None:
    said = [f"delivery-why-{one}" for one in HINDRANCES] + [f"delivery-stands-{one}" for one in STANDS]
    assert {*said, *(f"{one}-do" for one in said), *(f"delivery-proof-{one}" for one in PROOFS)} <= texts().keys()
    assert (set(get_args(WhyNot)), set(get_args(Stands))) == ({"", *HINDRANCES}, {*STANDS})
