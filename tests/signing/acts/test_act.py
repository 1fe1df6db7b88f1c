"""One act from the order to the release, and what is in its way."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.signing.acts.ports import COMPLETED, DOCUMENT, LATER, changed, not_judged, said
from tests.signing.acts.world import ActWorld
from verifier.errors import Problem
from verifier.signing.records import Level, Role
from verifier.storage.scope import of
from verifier.verdict import Changes, Conclusion


def test_an_act_goes_from_the_order_to_the_release(world: ActWorld) -> None:
    ordered = world.order()
    assert (ordered.state, ordered.number, ordered.placement) == ("ordered", None, "page")

    world.issuing.confirm(world.caller(), world.token, [ordered.id])
    act = world.issuing.run(ordered.id)

    assert act.state == "released", act.problem
    assert (act.number_text, act.book, act.year) == ("01", "SCT/BS", 2026)
    with world.issuing.document(world.caller(), act.id).opened() as path:
        assert path.read_bytes().startswith(DOCUMENT)
    entry = world.entry(act)
    assert entry is not None
    assert (entry.state, entry.number, entry.document_sha256) == ("issued", 1, act.output_sha256)
    assert world.sound()


def test_each_signature_is_made_once_in_order_and_stamped(world: ActWorld) -> None:
    act = world.released()
    assert world.signer.signed == [(act.id, Role.PERSON), (act.id, Role.AGENCY)]
    assert world.stamps.given == 2
    assert world.completes.asked == [world.clock.now() + LATER]
    made = ["signature-made", "signature-made"]
    assert world.actions(act) == ["issuance-ordered", "issuance-confirmed", *made, "issuance-released"]


def test_the_mark_says_the_number_and_the_book(world: ActWorld) -> None:
    world.released()
    assert [facts.number for facts in world.draws.drawn] == ["0000", "01"]
    assert {facts.book for facts in world.draws.drawn} == {"01/2026-SCT/BS"}
    assert len({facts.check_url for facts in world.draws.drawn}) == 1


def test_what_was_on_the_way_is_gone(world: ActWorld) -> None:
    act = world.released()
    assert world.blob_names() == {act.input_blob, act.output_blob}
    assert act.working_blob is None
    assert list((world.folder / "acts").iterdir()) == []


def test_a_kind_with_one_signature_skips_the_persons(world: ActWorld) -> None:
    world.draws.signatures = (Role.AGENCY,)
    act = world.released()
    assert [role for _, role in world.signer.signed] == [Role.AGENCY]
    assert (act.person_digest, bool(act.agency_digest)) == ("", True)


# --- waiting ---------------------------------------------------------------------------------------------------------


def test_without_a_time_stamp_it_waits_unreleased_and_is_finished_later(world: ActWorld) -> None:
    world.stamps.absent = True
    act = world.issuing.run(world.confirmed().id)
    assert act.state == "agency-signed"
    assert act.problem is not None
    assert act.problem["code"] == "no-time-stamp"
    assert act.next_try_at == world.clock.now() + timedelta(seconds=10)
    assert world.issuing.by_sha256(act.output_sha256 or "0" * 64) is None

    world.stamps.absent = False
    world.clock.pass_(seconds=11)
    act = world.issuing.run(act.id)
    assert act.state == "released", act.problem
    assert len(world.signer.signed) == 2  # nothing was signed again
    assert world.stamps.given == 1


def test_the_pause_grows_from_ten_seconds_to_ten_minutes(world: ActWorld) -> None:
    world.stamps.absent = True
    act = world.issuing.run(world.confirmed().id)
    pauses = []
    for _ in range(9):
        assert act.next_try_at is not None
        pauses.append((act.next_try_at - world.clock.now()).total_seconds())
        world.clock.instant = act.next_try_at
        act = world.issuing.run(act.id)
    assert pauses == [10, 20, 40, 80, 160, 320, 600, 600, 600]


def test_without_the_signer_process_it_waits(world: ActWorld) -> None:
    act = world.confirmed()
    world.signer.absent = True
    act = world.issuing.run(act.id)
    assert (act.state, act.problem and act.problem["code"]) == ("numbered", "signer-absent")
    world.signer.absent = False
    assert world.issuing.run(act.id).state == "released"
    assert world.sound()


def test_a_status_that_nobody_tells_is_waited_for(world: ActWorld) -> None:
    world.completes.trouble = "status-unknown"
    act = world.issuing.run(world.confirmed().id)
    assert (act.state, act.problem and act.problem["code"]) == ("agency-signed", "status-unknown")
    world.completes.trouble = ""
    assert world.issuing.run(act.id).state == "released"


def test_a_broken_step_is_tried_a_few_times_and_then_given_up(world: ActWorld) -> None:
    def broken(_: object) -> None:
        raise ZeroDivisionError

    act = world.confirmed()
    world.draws.trouble = broken
    states = []
    for _ in range(5):
        act = world.issuing.run(act.id)
        states.append(act.state)
        world.clock.pass_(hours=1)
    assert states == ["numbered"] * 4 + ["cancelled"]
    assert act.problem is not None
    assert act.problem["code"] == "internal-error"
    assert world.sound()


# --- given up --------------------------------------------------------------------------------------------------------


def given_up(world: ActWorld, code: str) -> None:
    act = world.issuing.run(world.confirmed().id)
    assert act.state == "cancelled"
    assert act.problem is not None
    assert act.problem["code"] == code
    entry = world.entry(act)
    assert entry is not None
    assert (entry.state, entry.number) == ("cancelled", 1)
    assert entry.reason.startswith(code)
    assert world.blob_names() == {act.input_blob}  # what was signed is gone
    assert world.issuing.run(act.id) == act
    assert world.released().number == 2
    assert world.sound()


def test_an_unfit_certificate_signs_nothing_and_the_number_is_kept(world: ActWorld) -> None:
    act = world.confirmed()
    world.fitness.trouble = Problem("certificate-revoked", "as the test wants")
    act = world.issuing.run(act.id)
    assert (act.state, act.problem and act.problem["code"]) == ("cancelled", "certificate-revoked")
    assert world.signer.signed == []
    entry = world.entry(act)
    assert entry is not None
    assert (entry.state, entry.reason) == ("cancelled", "certificate-revoked: as the test wants")


def test_what_would_not_last_is_given_up(world: ActWorld) -> None:
    act = world.confirmed()
    world.completes.short = True
    act = world.issuing.run(act.id)
    assert (act.state, act.problem and act.problem["code"]) == ("cancelled", "would-not-last")


SPOILED = {
    "agency not passed": changed("agency", indication=Conclusion.INDETERMINATE),
    "person not passed": changed("person", indication=Conclusion.TOTAL_FAILED),
    "level too low": changed("agency", level="PAdES-BASELINE-LT"),
    "one is missing": lambda verdict: said({"signatures": verdict.signatures[1:]})(verdict),
    "changed afterwards": said({"changes_after_last_signature": Changes.SUSPICIOUS}),
    "not judged": not_judged("budget-exhausted"),
}


@pytest.mark.parametrize("spoiled", SPOILED)
def test_what_our_own_judge_does_not_accept_is_never_released(world: ActWorld, spoiled: str) -> None:
    act = world.confirmed()
    world.judges.after = SPOILED[spoiled]
    act = world.issuing.run(act.id)
    assert (act.state, act.problem and act.problem["code"]) == ("cancelled", "own-judge-refused")
    entry = world.entry(act)
    assert entry is not None
    assert entry.state == "cancelled"
    assert world.blob_names() == {act.input_blob}
    world.judges.after = lambda verdict: verdict
    assert world.released().number == 2
    assert world.sound()


def test_level_b_lt_is_enough_where_it_was_ordered(world: ActWorld) -> None:
    world.judges.after = changed("agency", level="PAdES-BASELINE-LT")
    assert world.released(level=Level.B_LT).level == "B-LT"


def test_a_mark_that_grows_beyond_its_trial_is_given_up(world: ActWorld) -> None:
    world.draws.grows = 3
    act = world.issuing.run(world.confirmed().id)
    assert (act.state, act.problem and act.problem["code"]) == ("cancelled", "mark-too-long")


def test_a_layout_that_changed_takes_no_number(world: ActWorld) -> None:
    act = world.confirmed()
    world.draws.edition = "test/2"
    act = world.issuing.run(act.id)
    assert (act.state, act.problem and act.problem["code"], act.number) == ("cancelled", "layout-changed", None)
    world.draws.edition = "test/1"
    assert world.released().number == 1


def test_a_closed_book_takes_no_number(world: ActWorld) -> None:
    world.released()
    with world.database.engine.connect() as connection:
        connection.exec_driver_sql("select set_config('verifier.reach', 'all', true)")
        closed = f"closed_at = now(), closed_by = '{world.officer.id}', chain = '{'0' * 64}'"
        connection.exec_driver_sql(f"update register_book set {closed}")
        connection.commit()
    act = world.issuing.run(world.confirmed().id)
    assert (act.state, act.problem and act.problem["code"], act.number) == ("cancelled", "book-closed", None)


def test_an_act_that_somebody_has_in_hand_is_left_alone(world: ActWorld) -> None:
    act = world.confirmed()
    now = world.clock.now()
    with world.database.unit(of(act.authority_id)) as unit:
        assert unit.issuances.lease(act.id, now, now + timedelta(minutes=3))
    assert world.issuing.run(act.id).state == "confirmed"
    world.clock.pass_(minutes=4)
    assert world.issuing.run(act.id).state == "released"


def test_the_output_is_completed_last(world: ActWorld) -> None:
    act = world.released()
    assert world.blobs.read(act.output_blob or "").endswith(COMPLETED)
    assert len(world.judges.judged_ours) == 1  # judged once, when all is in it
