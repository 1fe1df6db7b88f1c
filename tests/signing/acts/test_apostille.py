"""What is particular to Apostilles: the management number, which the service makes up by itself."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.signing.acts.ports import signature
from tests.signing.acts.world import ActWorld
from verifier.errors import BadRequest
from verifier.signing.acts.facts import MANAGEMENT
from verifier.signing.records import Kind

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
