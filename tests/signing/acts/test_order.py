"""Orders: what is taken, and what is refused with which code before any number is taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID, uuid4

import pytest

from tests.signing.acts.ports import LAW, changed, not_judged, said, signature
from tests.signing.acts.world import CONSULAR, ECOPY, ActWorld
from verifier.accounts.roles import Role as Held
from verifier.errors import BadRequest, CouldNotIssue, CouldNotJudge, Problem, VerifierError
from verifier.signing.records import HeldKey, Kind, Level, Order, Placement, Role, Wish
from verifier.verdict import Changes, Conclusion, DocumentVerdict, Outcome


def refused(kind: type[VerifierError], world: ActWorld, act: Kind = ECOPY, **told: object) -> Problem:
    before = world.issuing.recent(world.caller())
    with pytest.raises(kind) as caught:
        world.order(act, **told)  # type: ignore[arg-type]
    assert world.issuing.recent(world.caller()) == before
    assert world.blob_names() == set()
    return caught.value.problem


@pytest.mark.parametrize("role", [role for role in Held if role is not Held.LEADER])
def test_only_a_leader_orders(world: ActWorld, role: Held) -> None:
    someone = world.caller(world.person(role), role)
    with pytest.raises(BadRequest, match="not-allowed"):
        world.issuing.order(someone, world.document(), "a.pdf", Order(ECOPY))


def test_an_authority_without_the_competence_is_refused(world: ActWorld) -> None:
    world.competent("certified-copy")
    assert refused(CouldNotIssue, world).code == "not-competent"


def test_a_competence_that_ended_yesterday_is_none(world: ActWorld) -> None:
    world.competent("certified-ecopy", until=date(2026, 3, 1))
    assert refused(CouldNotIssue, world).code == "not-competent"


def test_an_agency_needs_no_competence_for_its_own_document(world: ActWorld) -> None:
    world.competent()
    assert world.order(Kind.AGENCY_DOCUMENT).state == "ordered"


def test_a_broken_signature_is_refused_with_the_reason(world: ActWorld) -> None:
    world.judges.earlier = (signature(said=Conclusion.TOTAL_FAILED),)
    problem = refused(CouldNotIssue, world)
    assert (problem.code, problem.params["why"], problem.params["name"]) == (
        "broken-signature", "HASH_FAILURE", "Signer",
    )  # fmt: skip


@pytest.mark.parametrize("code", ["pdf-encrypted", "pdf-truncated", "too-large", "budget-exhausted"])
def test_what_could_not_be_judged_is_refused_with_that_code(world: ActWorld, code: str) -> None:
    world.judges.before = not_judged(code)
    assert refused(CouldNotJudge, world).code == code


def test_a_consular_mark_needs_a_signature(world: ActWorld) -> None:
    assert refused(CouldNotIssue, world, CONSULAR).code == "no-signature"


def test_a_consular_mark_needs_a_signature_that_is_proved(world: ActWorld) -> None:
    world.judges.earlier = (signature(said=Conclusion.INDETERMINATE),)
    assert refused(CouldNotIssue, world, CONSULAR).code == "basis-needed"


def test_a_suspicious_change_is_no_proof(world: ActWorld) -> None:
    sound = signature()
    integrity = replace(sound.integrity, changes=Changes.SUSPICIOUS)
    world.judges.earlier = (replace(sound, integrity=integrity),)
    assert refused(CouldNotIssue, world, CONSULAR).code == "basis-needed"


def test_the_officer_may_say_that_the_competent_body_confirmed_it(world: ActWorld) -> None:
    world.judges.earlier = (signature(said=Conclusion.INDETERMINATE),)
    act = world.order(CONSULAR, said={"basis": "c", "country": "Xứ Thử"})
    assert act.state == "ordered"
    assert world.draws.drawn[-1].said == {"country": "Xứ Thử"}


def test_no_confirmation_helps_a_broken_signature(world: ActWorld) -> None:
    world.judges.earlier = (signature(said=Conclusion.TOTAL_FAILED),)
    assert refused(CouldNotIssue, world, CONSULAR, said={"basis": "c"}).code == "broken-signature"


def test_another_basis_is_none(world: ActWorld) -> None:
    assert refused(BadRequest, world, CONSULAR, said={"basis": "a"}).code == "bad-option"


def test_a_field_that_the_layout_does_not_know_is_refused(world: ActWorld) -> None:
    problem = refused(BadRequest, world, said={"colour": "red"})
    assert (problem.code, problem.params) == ("mark-field-unknown", {"field": "colour"})


def test_hidden_letters_are_refused(world: ActWorld) -> None:
    assert refused(BadRequest, world, said={"remarks": "a\u202eb"}).code == "text-unclear"


def test_a_proved_signature_is_enough(world: ActWorld) -> None:
    world.judges.earlier = (signature(),)
    act = world.issuing.run(world.confirmed(CONSULAR).id)
    assert act.state == "released", act.problem


def test_an_earlier_signature_that_got_worse_keeps_it_back(world: ActWorld) -> None:
    world.judges.earlier = (signature("Earlier"),)
    world.judges.after = changed("Earlier", indication=Conclusion.INDETERMINATE)
    act = world.issuing.run(world.confirmed(CONSULAR).id)
    assert (act.state, act.problem and act.problem["code"]) == ("cancelled", "own-judge-refused")


def test_an_earlier_signature_that_became_suspicious_keeps_it_back(world: ActWorld) -> None:
    earlier = signature("Earlier")
    world.judges.earlier = (earlier,)
    world.judges.after = changed("Earlier", integrity=replace(earlier.integrity, changes=Changes.SUSPICIOUS))
    act = world.issuing.run(world.confirmed(CONSULAR).id)
    assert (act.state, act.problem and act.problem["code"]) == ("cancelled", "own-judge-refused")


def test_an_undecided_earlier_signature_may_stay_undecided(world: ActWorld) -> None:
    world.judges.earlier = (signature("Earlier", Conclusion.INDETERMINATE),)
    act = world.issuing.run(world.confirmed(CONSULAR, said={"basis": "c"}).id)
    assert (act.state, act.conclusion) == ("released", "INDETERMINATE")


# --- where the mark goes ---------------------------------------------------------------------------------------------


def test_the_place_is_changed_before_it_is_confirmed(world: ActWorld) -> None:
    act = world.order()
    before = world.issuing.preview(world.caller(), act.id).places["mark"]
    world.issuing.place(world.caller(), act.id, Wish(page=1, left_mm=20, top_mm=150))
    after = world.issuing.preview(world.caller(), act.id)
    assert (after.places["mark"].left_mm, after.places["mark"].top_mm) == (20, 150)
    assert after.chosen == {"mark": "by-hand"}
    assert before != after.places["mark"]
    world.issuing.confirm(world.caller(), world.token, [act.id])
    with pytest.raises(BadRequest, match="already-confirmed"):
        world.issuing.place(world.caller(), act.id, Wish())


def test_a_cover_where_the_officer_wants_one(world: ActWorld) -> None:
    act = world.order(wish=Wish(placement=Placement.ALLONGE))
    preview = world.issuing.preview(world.caller(), act.id)
    assert (preview.placement, preview.reasons) == (Placement.ALLONGE, ("wished",))
    assert world.draws.covers[0].sha256 == act.input_sha256
    assert world.draws.covers[0].findings[0][0]


def test_a_document_on_a_cover_is_issued(world: ActWorld) -> None:
    act = world.issuing.run(world.confirmed(wish=Wish(placement=Placement.ALLONGE)).id)
    assert (act.state, act.placement) == ("released", "allonge"), act.problem
    assert world.sound()


def test_what_is_no_pdf_goes_on_a_cover(world: ActWorld) -> None:
    world.judges.before = not_judged("not-a-pdf", "docx")
    act = world.order(data=b"PK\x03\x04 a document")
    assert (act.placement, act.layout["reasons"]) == ("allonge", ["not-pdf"])
    assert world.draws.covers[0].media_type == "application/octet-stream"


def test_what_is_no_pdf_carries_no_signature_to_certify(world: ActWorld) -> None:
    world.judges.before = not_judged("not-a-pdf", "docx")
    assert refused(CouldNotJudge, world, CONSULAR, data=b"PK\x03\x04").code == "not-a-pdf"


def test_a_page_that_is_wished_where_none_may_be_is_refused(world: ActWorld) -> None:
    world.judges.before = not_judged("not-a-pdf", "docx")
    wish = Wish(placement=Placement.PAGE)
    assert refused(CouldNotIssue, world, data=b"PK\x03\x04", wish=wish).code == "not-extendable"


# --- what is seen before it is confirmed -----------------------------------------------------------------------------


def test_the_forecast_tells_number_keys_and_end(world: ActWorld) -> None:
    world.released()
    acts = [world.order().id, world.order().id]
    forecast = world.issuing.forecast(world.caller(), acts)
    assert (forecast.number, forecast.last_number, forecast.book) == ("02", "03", "01/2026-SCT/BS")
    assert [one.role for one in forecast.keys] == ["person", "agency"]
    assert all(one.subject and one.ends for one in forecast.keys)
    assert (forecast.level, forecast.problems) == (Level.B_LTA, ())


def test_the_forecast_tells_what_stands_in_the_way(world: ActWorld) -> None:
    act = world.order()
    world.fitness.trouble = Problem("certificate-expired")
    problems = world.issuing.forecast(world.caller(), [act.id]).problems
    assert {one.code for one in problems} == {"certificate-expired"}
    with pytest.raises(CouldNotIssue, match="certificate-expired"):
        world.issuing.confirm(world.caller(), world.token, [act.id])
    assert world.act(act.id).state == "ordered"


def test_without_a_grant_nothing_is_confirmed(world: ActWorld) -> None:
    act = world.order()
    with world.database.unit(world.caller().scope) as unit:
        for grant in unit.signing.grants():
            if grant.role == "agency":
                unit.signing.end_grant(grant.id, world.clock.now())
    with pytest.raises(CouldNotIssue, match="no-signing-grant"):
        world.issuing.confirm(world.caller(), world.token, [act.id])


def test_a_mark_that_covers_something_is_not_confirmed(world: ActWorld) -> None:
    act = world.order()
    world.issuing.place(world.caller(), act.id, Wish(page=1, left_mm=20, top_mm=15))
    if world.issuing.preview(world.caller(), act.id).covering:
        with pytest.raises(CouldNotIssue, match="mark-covers"):
            world.issuing.confirm(world.caller(), world.token, [act.id])
    else:
        pytest.fail("the test document has text there")


def test_what_is_laid_out_anew_while_it_is_confirmed_is_not(world: ActWorld) -> None:
    act, other = world.order(), world.caller(world.person(Held.LEADER), Held.LEADER)
    real = world.signer.real

    class Meanwhile:
        def keys(self) -> tuple[HeldKey, ...]:
            return real.keys()

        def confirm(self, token: str, issuances: Sequence[UUID]) -> UUID:
            mandate = real.confirm(token, issuances)
            world.issuing.place(other, act.id, Wish(page=1, left_mm=20, top_mm=15))  # over text
            return mandate

        def sign(self, issuance: UUID, role: Role, attributes: bytes) -> bytes:
            return real.sign(issuance, role, attributes)

    world.signer.real = Meanwhile()
    with pytest.raises(BadRequest, match="changed-meanwhile"):
        world.issuing.confirm(world.caller(), world.token, [act.id])
    assert world.act(act.id).state == "ordered"


@pytest.mark.parametrize("placement", list(Placement))
def test_a_document_that_changed_after_it_was_judged_is_not_marked(world: ActWorld, placement: Placement) -> None:
    def exchanged(verdict: DocumentVerdict) -> Outcome:
        with (world.folder / "in.pdf").open("ab") as file:
            file.write(b"% another\n")
        return verdict

    world.judges.before = exchanged
    act = world.issuing.run(world.confirmed(wish=Wish(placement=placement)).id)
    assert (act.state, act.problem and act.problem["code"]) == ("cancelled", "own-judge-refused")
    assert world.signer.signed == []


def test_a_step_up_is_needed(world: ActWorld) -> None:
    act = world.order()
    world.clock.pass_(minutes=6)
    with pytest.raises(CouldNotIssue, match="step-up-needed"):
        world.issuing.confirm(world.caller(), world.token, [act.id])
    assert world.act(act.id).state == "ordered"


def test_a_double_click_takes_one_number(world: ActWorld) -> None:
    act = world.order()
    world.issuing.confirm(world.caller(), world.token, [act.id])
    with pytest.raises(BadRequest, match="already-confirmed"):
        world.issuing.confirm(world.caller(), world.token, [act.id])
    assert world.issuing.run(act.id).number == 1


def test_another_leader_does_not_confirm_what_names_this_one(world: ActWorld) -> None:
    act = world.order()
    other = world.caller(world.person(Held.LEADER), Held.LEADER)
    with pytest.raises(BadRequest, match="not-allowed"):
        world.issuing.confirm(other, world.token, [act.id])


def test_what_is_not_there_is_not_found(world: ActWorld) -> None:
    with pytest.raises(BadRequest, match="not-found"):
        world.issuing.confirm(world.caller(), world.token, [uuid4()])


def test_remnants_that_appear_keep_it_back(world: ActWorld) -> None:
    world.judges.after = said({"signature_remnants": 1})
    act = world.issuing.run(world.confirmed().id)
    assert (act.state, act.problem and act.problem["code"]) == ("cancelled", "own-judge-refused")


def test_the_law_by_which_it_was_confirmed_is_kept(world: ActWorld) -> None:
    caller = world.caller()
    act = world.issuing.order(caller, world.document(), "a.pdf", Order(Kind.CERTIFIED_ECOPY))
    assert act.law_sha256 == ""
    world.issuing.confirm(caller, world.token, [act.id])
    assert world.issuing.get(caller, act.id).law_sha256 == LAW
