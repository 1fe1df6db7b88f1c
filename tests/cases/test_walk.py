"""A random walk of dossiers of every procedure: whatever is said by whomever, what must hold holds."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from tests.cases.walk import Walk, WalkWorld
from tests.cases.walk_bodies import BODIES
from verifier.cases.handlers import REGISTRY
from verifier.storage.database import Database

STEPS = int(os.environ.get("VERIFIER_WALK_STEPS", "70"))
"""Steps of each walk, before the years that follow: some thousands find what some hundreds do not."""
SEEDS = [int(one) for one in os.environ.get("VERIFIER_WALK_SEEDS", "1").split()]


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_is_said_by_whomever_what_must_hold_holds(database: Database, tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    world = WalkWorld(database, tmp_path, chance)
    walk = Walk(world, chance)
    try:
        walk.go(STEPS)
        assert walk.rules.findings() == []
    finally:
        world.acts.close()
        walk.told(Path(os.environ.get("VERIFIER_WALK_TOLD", os.devnull)))


def test_every_command_that_people_give_is_given_on_the_walk() -> None:
    assert {name for name, spec in REGISTRY.items() if not spec.secret} <= set(BODIES)
