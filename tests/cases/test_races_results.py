"""Results that are signed, fetched, sent and annulled at one moment: what was annulled is given to nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.cases.races import Act, crossed, outcome
from tests.cases.signing_world import SigningWorld, signing_world
from tests.cases.world import ECOPY, WHO
from verifier.cases.delivering import Deliveries, Fetched
from verifier.cases.kernel import applicant
from verifier.cases.records import Case, CaseRecord
from verifier.cases.signing import LEFT_ALONE
from verifier.storage.database import Database
from verifier.storage.issuances import Issuance
from verifier.storage.notices import Delivery
from verifier.storage.outbox import Message
from verifier.storage.scope import SYSTEM

DECISION = ("cấp sai", "12/QĐ")
NOT_KNOWN_YET = "JOIN issuance"
"""In the statement by which the dossier looks what became of its acts: the act was annulled before."""


@pytest.fixture
def world(database: Database, tmp_path: Path) -> Iterator[SigningWorld]:
    with signing_world(database, tmp_path, portal=True) as world:
        yield world


def linked(world: SigningWorld) -> tuple[Case, str]:
    """A signed dossier, and the token of the link that was sent."""
    case = world.signed(ECOPY, delivery="e-mail")
    letter = next(letter for _, letter in world.told if letter.template == "delivery-link")
    return case, letter.values["link"].rpartition("/")[2]


def opened(world: SigningWorld, token: str) -> Act:
    return lambda: Deliveries(world.cases).by_link(token, "192.0.2.1")


def annulled(world: SigningWorld, case: Case, number: int = 1) -> Act:
    caller, paper = world.acts.caller(), world.papers(case)[number - 1]
    return lambda: world.signing.annul(caller, case.id, paper.id, *DECISION)


def results(world: SigningWorld, case: Case) -> list[CaseRecord]:
    return [one for one in world.view(case).records if one.kind == "result"]


def deliveries(world: SigningWorld, case: Case) -> list[Delivery]:
    with world.database.unit(SYSTEM) as unit:
        return list(unit.notices.deliveries(case.id))


def sending(world: SigningWorld) -> list[Message]:
    with world.database.unit(SYSTEM) as unit:
        return [one for one in unit.outbox.listed("waiting") if one.topic == "portal-result"]


# --- fetched ---------------------------------------------------------------------------------------------------------


def test_a_link_that_is_opened_twice_at_once_gives_the_result_once(world: SigningWorld) -> None:
    case, token = linked(world)

    found = crossed(world.database, opened(world, token), "UPDATE delivery", opened(world, token))
    assert found == ("done", "link-over")
    assert world.now(case).status == "delivered"
    assert world.told.templates.count("delivered") == 1


def test_a_link_gives_nothing_that_was_annulled_before_the_dossier_knew(world: SigningWorld) -> None:
    case, token = linked(world)

    found = crossed(world.database, annulled(world, case), NOT_KNOWN_YET, opened(world, token))
    assert found == ("done", "link-over")
    assert world.now(case).status == "signed"
    assert world.told.templates == ["delivery-link", "annulled"]


def test_what_is_annulled_as_its_link_is_opened_was_delivered_before(world: SigningWorld) -> None:
    case, token = linked(world)

    found = crossed(world.database, opened(world, token), "UPDATE delivery", annulled(world, case))
    assert found == ("done", "done")
    assert world.told.templates == ["delivery-link", "delivered", "annulled"]


def test_who_fetches_as_one_of_two_results_is_annulled_gets_the_other(world: SigningWorld) -> None:
    case = world.signed(ECOPY, papers=2)
    given: list[Fetched] = []

    found = crossed(
        world.database,
        lambda: given.append(Deliveries(world.cases).fetch(applicant(case), case.id)),
        "FROM case_record",
        annulled(world, case),
    )
    assert found == ("done", "done")
    left = [one.sha256 for one in results(world, case) if one.paper_id == world.papers(case)[1].id]
    assert [one.sha256 for one in given[0].files] == left
    assert [list(one.sha256) for one in deliveries(world, case) if one.way == "device"] == [left]


# --- sent ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def stored(world: SigningWorld) -> Case:
    """A signed dossier whose result is on its way to the data store."""
    case = world.signed(ECOPY, delivery="data-store", applicant=replace(WHO, portal_account="acc-12345"))
    assert [one.state for one in deliveries(world, case)] == ["sending"]
    return case


def test_what_is_annulled_before_it_left_is_called_back(world: SigningWorld, stored: Case) -> None:
    annulled(world, stored)()

    assert sending(world) == []
    assert [one.state for one in deliveries(world, stored)] == ["replaced"]


def test_what_is_annulled_as_it_leaves_waits_for_nobody(world: SigningWorld, stored: Case) -> None:
    """The relay holds the message as long as the portal takes."""
    (message,), annul, ends = sending(world), annulled(world, stored), []

    def relayed() -> None:
        with world.database.unit(SYSTEM) as unit:
            assert unit.outbox.hold(message)
            unit.outbox.sent(message.id, world.clock.now())
            unit.notices.change_delivery(
                deliveries(world, stored)[0].id, "sending", state="done", done_at=world.clock.now()
            )

        ends.append("relayed")

    def annuls() -> None:
        annul()
        ends.append("annulled")

    assert crossed(world.database, relayed, "FOR UPDATE", annuls) == ("done", "done")
    assert ends == ["annulled", "relayed"]
    assert [one.state for one in deliveries(world, stored)] == ["done"]


def test_what_was_annulled_before_the_dossier_knew_that_it_is_issued_is_not_sent(world: SigningWorld) -> None:
    case = world.approved(ECOPY, delivery="e-mail")
    world.sign(case)
    world.carried_on(case)
    world.acts.issuing.annul(world.acts.caller(), world.act(case).id, *DECISION)
    world.look()

    assert world.now(case).status == "signed"
    assert world.told.templates == ["annulled"]
    assert deliveries(world, case) == []


# --- signed ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def left(world: SigningWorld) -> tuple[Case, Issuance]:
    """A dossier for whose paper an act was ordered long ago, and never bound."""
    case = world.approved(ECOPY)
    view = world.view(case)
    act = world.signing._order(world.acts.caller(), view, view.papers[0], f"case-paper:{view.papers[0].id}")
    world.clock.pass_(seconds=2 * LEFT_ALONE.total_seconds())
    return case, act


def signing(world: SigningWorld, case: Case) -> Act:
    caller = replace(world.acts.caller(), session=world.session(world.acts.officer)[0])
    return lambda: world.signing.sign(caller, world.acts.token, case.id)


def test_an_act_that_is_given_up_as_it_is_bound_is_bound_to_nothing(
    world: SigningWorld, left: tuple[Case, Issuance]
) -> None:
    case, act = left

    found = crossed(world.database, world.look, "UPDATE issuance", signing(world, case))
    assert found == ("done", "changed-meanwhile")
    assert (world.acts.act(act.id).state, world.papers(case)[0].issuance_id) == ("cancelled", None)


def test_an_act_that_is_bound_as_it_is_looked_at_is_not_given_up(
    world: SigningWorld, left: tuple[Case, Issuance]
) -> None:
    case, act = left

    found = crossed(world.database, signing(world, case), "UPDATE case_paper", world.look)
    assert found[1] == "done"
    assert world.papers(case)[0].issuance_id == act.id
    assert world.acts.act(act.id).state != "cancelled"


def test_acts_that_are_confirmed_twice_in_another_order_are_confirmed_once(world: SigningWorld) -> None:
    caller, token = world.acts.caller(), world.acts.token
    one, other = (world.acts.order().id for _ in range(2))

    def confirming(*ids: Any) -> Callable[[], object]:
        return lambda: world.acts.issuing.confirm(caller, token, ids)

    found = crossed(world.database, confirming(one, other), "UPDATE issuance", confirming(other, one))
    assert found == ("done", "already-confirmed")
    assert [world.acts.act(id_).state for id_ in (one, other)] == ["confirmed"] * 2
    assert outcome(confirming(one)) == "already-confirmed"
