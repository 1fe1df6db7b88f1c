"""What is particular to Apostilles: the management number that the service makes up, and that they may be off."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.signing.acts.ports import signature
from tests.signing.acts.world import ActWorld
from verifier.errors import BadRequest, CouldNotIssue
from verifier.signing.acts.facts import MANAGEMENT
from verifier.signing.mark.drawer import MarkDrawer
from verifier.signing.records import Kind, Order

MADE = frozenset({MANAGEMENT})


@pytest.fixture
def made(world: ActWorld) -> ActWorld:
    world.draws.made = MADE
    world.judges.earlier = (signature(),)
    return world


def test_an_apostille_says_its_management_number(made: ActWorld) -> None:
    made.released(Kind.APOSTILLE)
    made.released(Kind.APOSTILLE)
    code = made.authority.code
    numbers = [facts.said[MANAGEMENT] for facts in made.draws.drawn]
    assert numbers == [f"2026-{code}-{count:06d}" for count in (0, 1, 0, 2)]  # on trial all digits stand for others


def test_the_number_is_the_same_after_the_process_ended(made: ActWorld) -> None:
    made.stamps.absent = True
    act = made.issuing.run(made.confirmed(Kind.APOSTILLE).id)
    made.stamps.absent = False
    made.clock.pass_(seconds=11)
    again = made.begun()
    made.draws.drawn.clear()
    act = again.run(act.id)
    assert act.state == "released", act.problem
    made.clock.instant += timedelta(days=400)
    again.sheet(made.caller(), act.id)
    assert {facts.said[MANAGEMENT] for facts in made.draws.sheets} == {f"2026-{made.authority.code}-000001"}
    again.close()


def test_officers_do_not_say_it(made: ActWorld) -> None:
    with pytest.raises(BadRequest, match="mark-field-unknown"):
        made.order(Kind.APOSTILLE, said={MANAGEMENT: "1"})


def test_kinds_without_one_say_none(world: ActWorld) -> None:
    world.released()
    assert not any(MANAGEMENT in facts.said for facts in world.draws.drawn)


SAID = {"signed_by": "Nguyễn Văn A", "capacity": "Giám đốc", "seal_of": "Sở Ngoại vụ"}


def test_while_only_paper_ones_are_issued_an_order_is_refused_before_anything_is_kept(world: ActWorld) -> None:
    world.judges.earlier = (signature(),)
    world.clock.instant = datetime(2026, 11, 23, tzinfo=UTC)
    caller = world.caller()
    before = world.issuing.recent(caller)
    for on in (False, True):
        world.draws = MarkDrawer(frozenset({"e-apostille"} if on else ()))  # type: ignore[assignment] # the real one
        issuing = world.begun()
        if on:
            assert issuing.order(caller, world.document(), "a.pdf", Order(Kind.APOSTILLE, said=SAID)).state == "ordered"
        else:
            with pytest.raises(CouldNotIssue, match="e-apostille-off"):
                issuing.order(caller, world.document(), "a.pdf", Order(Kind.APOSTILLE, said=SAID))
            assert (issuing.recent(caller), world.blob_names()) == (before, set())
        issuing.close()
