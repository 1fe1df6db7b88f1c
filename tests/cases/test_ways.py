"""Every way in which a result may be wanted, held against what is lawful and can be done: no result gets stuck."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import product
from uuid import uuid4

import pytest

from tests.cases.world import WHO
from verifier.cases.filing import FiledPaper, Filing
from verifier.cases.wanting import CODES, refuse_wanted, scene_of
from verifier.cases.ways import Leaving, Scene, hindrance, leaving, open_ids, open_ways, way_of, ways
from verifier.errors import BadRequest
from verifier.law.book import Law, law_book
from verifier.law.procedures import Procedure

TODAY = date(2026, 11, 23)
ECOPY = "certified-ecopy"
WANTED = ("", "data-store", "e-mail", "device", "paper", "counter", "post", "place-of-filing", "earlier", "pigeon")
BOTH = (False, True)


def laws() -> list[Law]:
    """The law without and with the electronic Apostille."""
    return [law_book(switches=switches).at(TODAY) for switches in (frozenset[str](), frozenset({"e-apostille"}))]


def filings(procedure: Procedure) -> Iterator[Filing]:
    """Every channel, carrier, applicant and wanted way of a procedure."""
    papers = [FiledPaper(name="A"), FiledPaper(name="A", file=uuid4())]
    papers += [FiledPaper(name="A", work=work, file=uuid4()) for work in procedure.kinds_of_work]
    carriers = [(one,) for one in papers] + [(papers[-1], papers[1])]
    who = [replace(WHO, portal_account="a" * a, email="b@example.vn" * e) for a, e in product(BOTH, BOTH)]
    for channel, brought, applicant, wanted in product(procedure.channels, carriers, who, WANTED):
        yield Filing(procedure=procedure.id, channel=channel.id, applicant=applicant, papers=brought, delivery=wanted)


def refused(filing: Filing, procedure: Procedure, law: Law) -> BadRequest | None:
    try:
        refuse_wanted(filing, procedure, law)
    except BadRequest as refusal:
        return refusal
    return None


def sendable(way: str, scene: Scene) -> bool:
    """Tell whether a result can be sent so: by the law of the procedure, and by what there is."""
    if way not in scene.lawful or not scene.electronic:
        return False
    if way == "data-store":
        return scene.account and scene.portal
    return way == "e-mail" and scene.email and scene.mail and not (scene.account and scene.procedure == ECOPY)


def check_leaves(wanted: str, scene: Scene) -> None:
    """Whatever became of addresses and doors meanwhile, it is sent lawfully, fetched, or announced at the counter."""
    leaves, about = leaving(wanted, scene), f"{wanted} {scene}"
    way = way_of(wanted)
    assert leaves.way in {"data-store", "e-mail", "device", "paper"}, about
    assert leaves.way == "paper" or leaves.way == wanted == "device" or sendable(leaves.way, scene), about
    assert bool(leaves.why) == bool(wanted and hindrance(wanted, scene)), about
    assert leaves.why or not wanted or (way and leaves.way == way.id), about  # never silently another way
    if leaves.why and leaves.way == "paper":
        assert not any(sendable(one, scene) for one in ("data-store", "e-mail")), about


def test_what_is_taken_in_leaves_lawfully_or_waits_at_the_counter() -> None:
    taken, seen, checked = set(), set(), set()
    for law in laws():
        for procedure, filing in ((one, filing) for one in law.procedures for filing in filings(one)):
            scene, refusal = scene_of(filing, procedure, law), refused(filing, procedure, law)
            if refusal:
                seen.add(refusal.problem.code)
                allowed = [one for one in refusal.problem.params.get("allowed", "").split(", ") if one]
                assert not any(refused(replace(filing, delivery=one), procedure, law) for one in allowed), allowed
                continue
            taken.add(filing.delivery)
            assert not leaving(filing.delivery, scene).why  # as it was wanted, where nothing changed meanwhile
            if (filing.delivery, scene) in checked:
                continue
            checked.add((filing.delivery, scene))
            for mail, portal, account, email, files, paper in product(BOTH, repeat=6):
                if files or paper:
                    later = replace(scene, mail=mail, portal=portal, account=account, email=email)
                    check_leaves(filing.delivery, replace(later, electronic=files, paper=paper))
    assert seen == set(CODES.values())
    assert taken == {*WANTED} - {"earlier", "pigeon"}


LISTED = ("e-mail", "data-store", "device", "paper")
SCENE = Scene(procedure="consular-certification", lawful=LISTED, account=True, email=True, electronic=True, paper=False)
COPY = replace(SCENE, procedure=ECOPY, lawful=("data-store", "e-mail"))


@pytest.mark.parametrize(
    ("wanted", "scene", "way", "why"),
    [
        ("e-mail", SCENE, "e-mail", ""),
        ("e-mail", replace(SCENE, mail=False), "data-store", "mail-off"),
        ("e-mail", replace(SCENE, mail=False, portal=False), "paper", "mail-off"),
        ("data-store", replace(SCENE, account=False), "e-mail", "account-missing"),
        ("data-store", replace(SCENE, portal=False), "e-mail", "portal-off"),
        ("e-mail", replace(SCENE, email=False), "data-store", "email-missing"),
        ("e-mail", replace(SCENE, electronic=False, paper=True), "paper", "on-paper"),
        ("paper", SCENE, "paper", ""),
        ("device", SCENE, "device", ""),
        ("", SCENE, "paper", ""),
        ("", COPY, "data-store", ""),
        ("", replace(COPY, account=False), "e-mail", ""),
        ("", replace(COPY, account=False, email=False), "paper", ""),
        ("e-mail", COPY, "data-store", "account-there"),
        ("e-mail", replace(COPY, portal=False), "paper", "account-there"),
        ("data-store", replace(COPY, portal=False), "paper", "portal-off"),
        ("pigeon", SCENE, "e-mail", "not-listed"),
    ],
)
def test_the_next_way_of_the_law_is_taken(wanted: str, scene: Scene, way: str, why: str) -> None:
    assert leaving(wanted, scene) == Leaving(way, why)


def test_the_counter_is_always_there() -> None:
    assert [one.id for one in open_ways(COPY)] == ["data-store", "paper"]
    assert open_ids(COPY) == ("data-store",)


def test_every_way_of_the_law_is_carried_out_by_one_of_ours() -> None:
    lawful = {way.id for law in laws() for one in law.procedures for way in one.delivery}
    assert lawful == {id_ for one in ways().values() for id_ in one.law}
