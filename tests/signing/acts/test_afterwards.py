"""Cancelled, annulled, replaced; and what the public learns."""

from __future__ import annotations

import pytest

from tests.signing.acts.world import CONSULAR, URL, ActWorld
from verifier.accounts.roles import Role as Held
from verifier.errors import BadRequest
from verifier.signing.acts.records import Standing
from verifier.signing.records import Kind
from verifier.storage.issuances import Issuance


def code_of(world: ActWorld) -> str:
    return world.draws.drawn[-1].check_url.removeprefix(f"{URL}/check/")


def test_the_code_tells_what_was_issued(world: ActWorld) -> None:
    act = world.released()
    issued = world.issuing.by_code(code_of(world))
    assert issued is not None
    assert (issued.id, issued.number, issued.book, issued.standing) == (
        act.id, "01", "01/2026-SCT/BS", Standing.IN_FORCE,
    )  # fmt: skip
    assert issued.sha256 == act.output_sha256
    assert world.issuing.by_sha256(act.output_sha256) == issued


def test_a_code_is_found_however_it_is_typed(world: ActWorld) -> None:
    world.released()
    code = code_of(world)
    assert len(code) == 26
    assert world.issuing.by_code(f" {code[:4].lower()}-{code[4:]} ") is not None


@pytest.mark.parametrize("code", ["", "A" * 26, "x" * 1000])
def test_another_code_tells_nothing(world: ActWorld, code: str) -> None:
    world.released()
    assert world.issuing.by_code(code) is None
    assert world.issuing.by_sha256(code) is None


def test_what_is_not_released_is_not_told(world: ActWorld) -> None:
    act = world.order()
    assert world.issuing.by_code(code_of(world)) is None
    assert world.issuing.by_sha256(act.input_sha256) is None


def test_annulled_with_ground_and_decision(world: ActWorld) -> None:
    act = world.released()
    world.issuing.annul(world.caller(), act.id, "  Cấp nhầm ", "12/QĐ-ĐSQ")
    issued = world.issuing.by_code(code_of(world))
    assert issued is not None
    assert (issued.standing, issued.ground, issued.decision) == (Standing.ANNULLED, "Cấp nhầm", "12/QĐ-ĐSQ")
    assert issued.since == world.clock.now()
    entry = world.entry(act)
    assert entry is not None
    assert (entry.state, entry.reason) == ("annulled", "12/QĐ-ĐSQ: Cấp nhầm")
    assert world.actions(act)[-1] == "issuance-annulled"
    assert world.sound()


@pytest.mark.parametrize(
    ("ground", "decision", "code"), [(" ", "12", "ground-missing"), ("Nhầm", "", "decision-missing")]
)
def test_annulling_needs_ground_and_decision(world: ActWorld, ground: str, decision: str, code: str) -> None:
    act = world.released()
    with pytest.raises(BadRequest, match=code):
        world.issuing.annul(world.caller(), act.id, ground, decision)


def test_annulling_needs_a_step_up(world: ActWorld) -> None:
    act = world.released()
    world.clock.pass_(minutes=6)
    with pytest.raises(BadRequest, match="step-up-needed"):
        world.issuing.annul(world.caller(), act.id, "Nhầm", "12")


def test_a_clerk_annuls_nothing(world: ActWorld) -> None:
    act = world.released()
    with pytest.raises(BadRequest, match="not-allowed"):
        world.issuing.annul(world.caller(world.person(Held.CLERK), Held.CLERK), act.id, "Nhầm", "12")


def test_only_what_is_released_is_annulled_and_once(world: ActWorld) -> None:
    with pytest.raises(BadRequest, match="not-released"):
        world.issuing.annul(world.caller(), world.order().id, "Nhầm", "12")
    act = world.released()
    world.issuing.annul(world.caller(), act.id, "Nhầm", "12")
    with pytest.raises(BadRequest, match="not-in-force"):
        world.issuing.annul(world.caller(), act.id, "Nhầm", "13")


def replaced(world: ActWorld) -> tuple[Issuance, Issuance]:
    old = world.released()
    new = world.confirmed(replaces=old.id)
    return old, new


def test_the_new_one_takes_the_place_of_the_old_when_it_is_released(world: ActWorld) -> None:
    old, new = replaced(world)
    code = world.draws.drawn[1].check_url.removeprefix(f"{URL}/check/")
    before = world.issuing.by_code(code)
    assert before is not None
    assert before.standing is Standing.IN_FORCE
    world.issuing.run(new.id)
    after = world.issuing.by_code(code)
    assert after is not None
    assert (after.standing, after.replacement) == (Standing.REPLACED, "02")
    entry = world.entry(old)
    assert entry is not None
    assert (entry.state, entry.reason) == ("replaced", "02 01/2026-SCT/BS")
    assert world.act(old.id).replaced_by_id == new.id
    assert world.sound()


def test_what_was_annulled_meanwhile_is_not_replaced(world: ActWorld) -> None:
    old, new = replaced(world)
    world.issuing.annul(world.caller(), old.id, "Nhầm", "12")
    act = world.issuing.run(new.id)
    assert (act.state, act.problem and act.problem["code"]) == ("cancelled", "not-in-force")
    entry = world.entry(old)
    assert entry is not None
    assert entry.state == "annulled"
    assert world.sound()


def test_of_two_that_replace_the_same_the_second_is_given_up(world: ActWorld) -> None:
    old, new = replaced(world)
    second = world.confirmed(replaces=old.id)
    assert world.issuing.run(new.id).state == "released"
    assert world.issuing.run(second.id).state == "cancelled"
    assert world.sound()


def test_only_one_of_the_same_kind_in_force_is_replaced(world: ActWorld) -> None:
    old = world.released()
    with pytest.raises(BadRequest, match="kind-differs"):
        world.order(Kind.AGENCY_DOCUMENT, replaces=old.id)
    world.issuing.annul(world.caller(), old.id, "Nhầm", "12")
    with pytest.raises(BadRequest, match="not-in-force"):
        world.order(replaces=old.id)


# --- cancelled by the officer ----------------------------------------------------------------------------------------


def test_an_ordered_act_is_cancelled_without_a_number(world: ActWorld) -> None:
    act = world.issuing.cancel(world.caller(), world.order().id, "Nhầm tệp")
    assert (act.state, act.number) == ("cancelled", None)


def test_a_waiting_act_is_cancelled_and_its_number_kept(world: ActWorld) -> None:
    world.stamps.absent = True
    act = world.issuing.run(world.confirmed().id)
    act = world.issuing.cancel(world.caller(), act.id, "Người yêu cầu rút")
    entry = world.entry(act)
    assert entry is not None
    assert (act.state, entry.state, entry.reason) == ("cancelled", "cancelled", "Người yêu cầu rút")
    assert world.blob_names() == {act.input_blob}
    assert world.sound()


def test_what_is_released_is_not_cancelled(world: ActWorld) -> None:
    with pytest.raises(BadRequest, match="already-released"):
        world.issuing.cancel(world.caller(), world.released().id, "Nhầm")


def test_what_is_in_hand_is_not_cancelled(world: ActWorld) -> None:
    act = world.confirmed()
    now = world.clock.now()
    with world.database.unit(world.caller().scope) as unit:
        assert unit.issuances.lease(act.id, now, now.replace(hour=23))
    with pytest.raises(BadRequest, match="in-hand"):
        world.issuing.cancel(world.caller(), act.id, "Nhầm")


def test_cancelling_needs_a_reason(world: ActWorld) -> None:
    with pytest.raises(BadRequest, match="reason-missing"):
        world.issuing.cancel(world.caller(), world.order().id, " ")


# --- looking ---------------------------------------------------------------------------------------------------------


def test_reception_takes_the_document_and_that_is_noted(world: ActWorld) -> None:
    act = world.released()
    reception = world.caller(world.person(Held.RECEPTION), Held.RECEPTION)
    with world.issuing.document(reception, act.id).opened() as path:
        assert path.read_bytes()
    assert world.actions(act)[-1] == "issuance-read"
    assert world.issuing.sheet(reception, act.id).startswith(b"%PDF")


def test_nothing_is_given_out_before_the_release(world: ActWorld) -> None:
    world.stamps.absent = True
    act = world.issuing.run(world.confirmed().id)
    with pytest.raises(BadRequest, match="not-released"):
        world.issuing.document(world.caller(), act.id)
    with pytest.raises(BadRequest, match="not-released"):
        world.issuing.sheet(world.caller(), act.id)


@pytest.mark.parametrize("role", [Held.ADMINISTRATOR, Held.AUDITOR, Held.RELYING_AGENCY])
def test_others_see_nothing(world: ActWorld, role: Held) -> None:
    act = world.released()
    someone = world.caller(world.person(role), role)
    with pytest.raises(BadRequest, match="not-allowed"):
        world.issuing.get(someone, act.id)


assert CONSULAR
