"""Batches: progress, a failed one that stops nothing, stop and resume, and a restart."""

from __future__ import annotations

from uuid import UUID

import pytest

from tests.signing.acts.ports import not_judged
from tests.signing.acts.world import ECOPY, ActWorld
from verifier.accounts.roles import Role as Held
from verifier.errors import BadRequest
from verifier.signing.acts import ordering
from verifier.signing.acts.records import BatchState
from verifier.signing.records import Kind


def filled(world: ActWorld, count: int = 3) -> UUID:
    batch = world.issuing.open_batch(world.caller(), ECOPY)
    for _ in range(count):
        world.order(batch=batch.id)
        world.clock.pass_(seconds=1)
    return batch.id


def state(world: ActWorld, batch: UUID) -> BatchState:
    return world.issuing.batch(world.caller(), batch)


def run_all(world: ActWorld, batch: UUID) -> None:
    for act in state(world, batch).acts:
        world.issuing.run(act.id)


def test_a_batch_is_confirmed_by_one_mandate_and_finished(world: ActWorld) -> None:
    batch = filled(world)
    world.issuing.confirm_batch(world.caller(), world.token, batch)
    assert state(world, batch).batch.state == "running"
    run_all(world, batch)
    after = state(world, batch)
    assert (after.batch.state, after.counts, after.total, after.over) == ("finished", {"released": 3}, 3, 3)
    assert [one.number for one in after.acts] == [1, 2, 3]
    assert len({one.mandate_id for one in after.acts}) == 1
    assert world.sound()


def test_one_that_cannot_be_ordered_stands_there_with_its_problem(world: ActWorld) -> None:
    batch = filled(world, 1)
    world.judges.before = not_judged("pdf-encrypted")
    refused = world.order(batch=batch)
    world.judges.before = lambda verdict: verdict
    world.clock.pass_(seconds=1)
    world.order(batch=batch)
    assert (refused.state, refused.problem and refused.problem["code"]) == ("cancelled", "pdf-encrypted")
    world.issuing.confirm_batch(world.caller(), world.token, batch)
    run_all(world, batch)
    after = state(world, batch)
    assert [(one.state, one.number) for one in after.acts] == [("released", 1), ("cancelled", None), ("released", 2)]
    assert after.batch.state == "finished"


def test_one_that_is_given_up_does_not_stop_the_rest(world: ActWorld) -> None:
    batch = filled(world)
    world.issuing.confirm_batch(world.caller(), world.token, batch)
    first, second, third = (one.id for one in state(world, batch).acts)
    world.issuing.run(first)
    world.completes.trouble = "certificate-unfit"
    world.issuing.run(second)
    world.completes.trouble = ""
    world.issuing.run(third)
    after = state(world, batch)
    assert [one.state for one in after.acts] == ["released", "cancelled", "released"]
    assert after.batch.state == "finished"
    assert world.sound()


def test_a_stopped_batch_takes_no_more_numbers_until_it_goes_on(world: ActWorld) -> None:
    batch = filled(world)
    world.issuing.confirm_batch(world.caller(), world.token, batch)
    world.issuing.run(state(world, batch).acts[0].id)
    world.issuing.stop_batch(world.caller(), batch)
    run_all(world, batch)
    stopped = state(world, batch)
    assert (stopped.batch.state, stopped.counts) == ("stopped", {"released": 1, "confirmed": 2})
    assert all(one.stop_asked for one in stopped.acts[1:])

    world.issuing.resume_batch(world.caller(), batch)
    run_all(world, batch)
    assert state(world, batch).counts == {"released": 3}
    assert world.sound()


def test_what_was_let_go_of_while_it_was_being_parked_goes_on(world: ActWorld) -> None:
    batch = filled(world)
    world.issuing.confirm_batch(world.caller(), world.token, batch)
    again = world.begun(workers=2)
    again.recover(world.clock.now())
    for _ in range(5):
        again.stop_batch(world.caller(), batch)
        again.resume_batch(world.caller(), batch)
    for act in state(world, batch).acts:
        assert again.wait(world.caller(), act.id, 30).state == "released"
    again.close()
    assert world.sound()


def test_a_stopped_batch_stays_stopped_after_a_restart(world: ActWorld) -> None:
    batch = filled(world)
    world.issuing.confirm_batch(world.caller(), world.token, batch)
    world.issuing.stop_batch(world.caller(), batch)
    again = world.begun(workers=1)
    assert again.recover(world.clock.now()) == 0
    again.close()
    assert state(world, batch).counts == {"confirmed": 3}


def test_a_running_batch_goes_on_by_itself_after_a_restart(world: ActWorld) -> None:
    batch = filled(world)
    world.issuing.confirm_batch(world.caller(), world.token, batch)
    again = world.begun(workers=2)
    assert again.recover(world.clock.now()) == 3
    for act in state(world, batch).acts:
        assert again.wait(world.caller(), act.id, 30).state == "released"
    again.close()
    assert state(world, batch).batch.state == "finished"
    assert world.sound()


def test_a_batch_is_of_one_kind_and_dossier(world: ActWorld) -> None:
    batch = filled(world, 1)
    with pytest.raises(BadRequest, match="batch-differs"):
        world.order(Kind.AGENCY_DOCUMENT, batch=batch)
    with pytest.raises(BadRequest, match="batch-differs"):
        world.order(dossier="H01", batch=batch)


def test_a_full_batch_takes_no_more(world: ActWorld) -> None:
    batch = filled(world, 1)
    with world.database.unit(world.caller().scope) as unit:
        with pytest.raises(BadRequest, match="batch-full"):
            ordering.refuse_full(unit, batch, most=1)
        ordering.refuse_full(unit, batch)


def test_a_confirmed_batch_takes_no_more_and_is_confirmed_once(world: ActWorld) -> None:
    batch = filled(world, 1)
    world.issuing.confirm_batch(world.caller(), world.token, batch)
    with pytest.raises(BadRequest, match="already-confirmed"):
        world.order(batch=batch)
    with pytest.raises(BadRequest, match="already-confirmed"):
        world.issuing.confirm_batch(world.caller(), world.token, batch)


def test_an_empty_batch_is_not_confirmed(world: ActWorld) -> None:
    batch = world.issuing.open_batch(world.caller(), ECOPY)
    with pytest.raises(BadRequest, match="batch-empty"):
        world.issuing.confirm_batch(world.caller(), world.token, batch.id)


def test_only_what_runs_is_stopped_and_only_what_stopped_goes_on(world: ActWorld) -> None:
    batch = filled(world, 1)
    with pytest.raises(BadRequest, match="batch-not-running"):
        world.issuing.stop_batch(world.caller(), batch)
    with pytest.raises(BadRequest, match="batch-not-stopped"):
        world.issuing.resume_batch(world.caller(), batch)


def test_a_clerk_looks_but_does_not_stop(world: ActWorld) -> None:
    batch = filled(world, 1)
    clerk = world.caller(world.person(Held.CLERK), Held.CLERK)
    assert world.issuing.batch(clerk, batch).total == 1
    assert [one.id for one in world.issuing.batches(clerk)] == [batch]
    with pytest.raises(BadRequest, match="not-allowed"):
        world.issuing.stop_batch(clerk, batch)
