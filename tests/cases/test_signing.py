from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cases.signing_world import SigningWorld, signing_world
from tests.cases.test_decision import approve
from tests.cases.test_examination import granted, propose, refused
from tests.cases.verdicts import judge, undecided
from tests.cases.world import CONSULAR, COPY, ECOPY, LEGALIZATION, PDF, code_of
from tests.signing.acts.ports import not_judged
from tests.signing.acts.world import SOON
from verifier.accounts.roles import Role
from verifier.cases.decision import SendBack
from verifier.cases.desk import Cases
from verifier.cases.examination import RecordBasis, proposal_of
from verifier.cases.kernel import officer
from verifier.cases.records import Case
from verifier.cases.signed import BindActs
from verifier.cases.statuses import Status
from verifier.storage.database import Database


@pytest.fixture
def world(database: Database, tmp_path: Path) -> Iterator[SigningWorld]:
    with signing_world(database, tmp_path) as world:
        yield world


@pytest.mark.parametrize("procedure", [CONSULAR, LEGALIZATION, ECOPY])
def test_what_was_approved_is_issued(world: SigningWorld, procedure: str) -> None:
    case = world.approved(procedure)
    assert world.sign(case).status == "signing"
    act = world.act(case)
    assert (act.state, act.kind, act.dossier, act.input_sha256) == (
        "confirmed", procedure, case.code, world.papers(case)[0].sha256,
    )  # fmt: skip
    world.carried_on(case)
    assert world.look() == 1
    after, paper = world.now(case), world.papers(case)[0]
    assert (after.status, after.signed_at is not None) == ("signed", True)
    assert (paper.symbol, paper.year, paper.entry) == ("SCT/BS", 2026, 1)
    result = next(one for one in world.view(case).records if one.kind == "result")
    released = world.act(case)
    assert (result.sha256, result.paper_id) == (released.output_sha256, paper.id)
    assert world.blobs.read(result.blob) == world.blobs.read(released.output_blob or "")
    assert result.blob != released.output_blob
    assert world.told.templates == ["delivery-link" if procedure == ECOPY else "result-ready"]  # by law it is sent
    assert world.look() == 0
    assert world.acts.sound()


SAID = {
    CONSULAR: {
        "country": "Việt Nam", "certified": "all", "signed_by": "Ngô Văn Ký", "capacity": "Hiệu trưởng",
        "seal_of": "Trường Đại học Thử",
    },
    LEGALIZATION: {
        "country": "Lào", "certified": "all", "signed_by": "Ngô Văn Ký", "capacity": "Hiệu trưởng",
        "seal_of": "Trường Đại học Thử",
    },
    ECOPY: {"original": "Bằng tốt nghiệp đại học", "requester": "Đỗ Thị Bưởi"},
}  # fmt: skip


@pytest.mark.parametrize("procedure", SAID)
def test_the_mark_says_what_the_paper_says(world: SigningWorld, procedure: str) -> None:
    world.with_real_marks()
    case = world.approved(procedure)
    world.sign(case)
    assert world.act(case).wanted["said"] == SAID[procedure]


@pytest.mark.parametrize(
    ("changes", "certified"),
    [({"signer": "", "title": ""}, "seal"), ({"office": ""}, "signature")],
    ids=["seal", "hand"],
)
def test_the_mark_says_what_there_is_to_certify(world: SigningWorld, changes: dict[str, str], certified: str) -> None:
    world.with_real_marks()
    case = world.approved()
    world.change_paper(world.papers(case)[0], **changes)
    world.sign(case)
    assert world.act(case).wanted["said"]["certified"] == certified


def test_an_electronic_apostille_waits_for_its_switch(world: SigningWorld) -> None:
    world.with_real_marks()
    case = world.approved(ECOPY)
    world.change(case, procedure="apostille")
    assert code_of(lambda: world.sign(case)) == "no-layout"
    assert world.ordered() == []


def test_a_double_click_issues_nothing_twice(world: SigningWorld) -> None:
    case = world.approved(papers=2)
    world.sign(case)
    world.sign(case)
    assert len(world.ordered()) == 2
    world.carried_on(case)
    assert world.sign(case).status == "signed"
    assert world.sign(case).status == "signed"
    assert len(world.ordered()) == 2
    assert world.acts.sound()


def test_a_second_click_on_the_same_page_is_no_conflict(world: SigningWorld) -> None:
    case = world.approved()
    world.sign(case, version=case.version)
    assert world.sign(case, version=case.version).status == "signing"
    assert len(world.ordered()) == 1


def test_two_clicks_at_the_same_moment_issue_nothing_twice(world: SigningWorld) -> None:
    case = world.approved(papers=2)
    codes: list[str] = []
    caller = world.acts.caller()

    def click() -> None:
        try:
            world.signing.sign(caller, world.acts.token, case.id)
        except Exception as error:  # noqa: BLE001 - told below
            codes.append(repr(error))

    threads = [threading.Thread(target=click) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert codes == []
    world.carried_on(case)
    world.look()
    assert world.now(case).status == "signed"
    states = sorted(one.state for one in world.ordered())
    assert states.count("released") == 2
    assert set(states) <= {"released", "cancelled"}
    assert world.acts.sound()


def test_an_order_that_a_crash_left_unbound_is_taken_up(world: SigningWorld) -> None:
    case = world.approved()
    view = world.view(case)
    left = world.signing._order(world.acts.caller(), view, view.papers[0], f"case-paper:{view.papers[0].id}")
    world.sign(case)
    assert [one.id for one in world.ordered()] == [left.id]
    assert world.act(case).id == left.id


def test_an_order_that_a_crash_left_beside_another_is_given_up(world: SigningWorld) -> None:
    case = world.approved()
    world.sign(case)
    view = world.view(case)
    left = world.signing._order(world.acts.caller(), view, view.papers[0], f"case-paper:{view.papers[0].id}")
    mine = world.acts.order()
    world.look()
    assert world.acts.act(left.id).state == "ordered"
    world.clock.pass_(hours=2)
    world.look()
    assert [world.acts.act(one).state for one in (left.id, mine.id, world.act(case).id)] == [
        "cancelled", "ordered", "confirmed",
    ]  # fmt: skip


def test_an_order_that_was_bound_and_never_confirmed_is_confirmed(world: SigningWorld) -> None:
    case = world.approved()
    world.acts.signer.absent = True
    assert code_of(lambda: world.sign(case)) == "signer-absent"
    assert world.act(case).state == "ordered"
    world.acts.signer.absent = False
    world.sign(case)
    assert (len(world.ordered()), world.act(case).state) == (1, "confirmed")


def test_another_leader_takes_over_what_was_never_confirmed(world: SigningWorld) -> None:
    case = world.approved()
    world.acts.signer.absent = True
    assert code_of(lambda: world.sign(case)) == "signer-absent"
    first = world.act(case)
    other = world.another(Role.LEADER)
    caller = world.caller(Role.LEADER, other)
    code_of(lambda: world.signing.sign(caller, "x", case.id))
    assert world.acts.act(first.id).state == "cancelled"
    second = world.act(case)
    assert (second.officer_id, second.state) == (other.id, "ordered")
    world.acts.signer.absent = False
    world.sign(case)
    assert world.act(case).officer_id == world.acts.officer.id


def test_another_leader_does_not_take_what_is_on_its_way(world: SigningWorld) -> None:
    case = world.approved()
    world.sign(case)
    first, caller = world.act(case), world.caller(Role.LEADER, world.another(Role.LEADER))
    assert world.signing.sign(caller, "x", case.id).status == "signing"
    assert (world.act(case).id, world.act(case).state, len(world.ordered())) == (first.id, "confirmed", 1)


@pytest.mark.parametrize("state", ["ordered", "confirmed"])
def test_a_paper_keeps_the_act_that_was_quicker(world: SigningWorld, state: str) -> None:
    case = world.approved()
    world.acts.signer.absent = state == "ordered"
    code_of(lambda: world.sign(case)) if state == "ordered" else world.sign(case)
    view, caller = world.view(case), world.acts.caller()
    late = world.signing._order(caller, view, view.papers[0], f"case-paper:{view.papers[0].id}")
    asker = replace(officer(caller, world.clock.now()), may=frozenset({"system"}))
    world.cases.do(asker, case.id, BindActs(acts={view.papers[0].id: late.id}))
    assert (world.act(case).id, world.act(case).state) == (view.papers[0].issuance_id, state)
    assert world.events(case)[-1].event.details["acts"] == []


def test_signing_takes_a_leader_who_proved_to_be_there(world: SigningWorld) -> None:
    case = world.approved()
    specialist = world.caller(Role.SPECIALIST)
    assert code_of(lambda: world.signing.sign(specialist, "x", case.id)) == "not-allowed"
    world.clock.pass_(minutes=6)
    assert code_of(lambda: world.sign(case)) == "step-up-needed"
    assert world.ordered() == []


@pytest.mark.parametrize("status", [Status.APPROVAL, Status.EXAMINATION, Status.REFUSED])
def test_nothing_is_signed_that_was_not_approved(world: SigningWorld, status: Status) -> None:
    case = world.case(status=status)
    assert code_of(lambda: world.sign(case)) == "case-not-now"


def test_a_dossier_that_changed_meanwhile_is_not_signed(world: SigningWorld) -> None:
    case = world.approved()
    assert code_of(lambda: world.sign(case, version=case.version - 1)) == "changed-meanwhile"


def test_a_document_that_was_swapped_after_the_approval_is_not_signed(world: SigningWorld) -> None:
    case = world.approved()
    record = world.record(case, PDF + b"% other", paper_id=world.papers(case)[0].id)
    world.change_paper(world.papers(case)[0], record_id=record.id, sha256=record.sha256)
    assert code_of(lambda: world.sign(case)) == "document-changed"
    assert world.ordered() == []
    assert world.do(Role.LEADER, case, SendBack(reason="tài liệu đã bị đổi")).status == "examination"


def test_a_file_that_is_not_the_one_that_was_approved_is_not_signed(world: SigningWorld) -> None:
    case = world.approved()
    other = world.record(case, PDF + b"% other", paper_id=world.papers(case)[0].id)
    world.change_paper(world.papers(case)[0], record_id=other.id)
    assert code_of(lambda: world.sign(case)) == "document-changed"
    assert world.ordered() == []


def test_what_was_ordered_for_a_dossier_that_went_on_is_given_up(world: SigningWorld) -> None:
    case = world.approved()
    draws = world.acts.draws
    draws.trouble = lambda _facts: None if world.now(case).status != "signing" else moved(world, case)
    assert code_of(lambda: world.sign(case)) == "case-not-now"
    assert [one.state for one in world.ordered()] == ["cancelled"]


def moved(world: SigningWorld, case: Case) -> None:
    world.change(case, status="approval")


def test_an_act_whose_file_is_gone_holds_no_other_up(world: SigningWorld) -> None:
    first, second = world.approved(), world.approved()
    for case in (first, second):
        world.sign(case)
        world.carried_on(case)
    world.blobs.delete(world.act(first).output_blob or "")
    assert world.look() == 1
    assert (world.now(first).status, world.now(second).status) == ("signing", "signed")


def test_what_ends_on_paper_is_not_signed_electronically(world: SigningWorld) -> None:
    case = world.approved(COPY)
    assert code_of(lambda: world.sign(case)) == "signed-on-paper"


def test_what_was_only_presented_is_not_signed_electronically(world: SigningWorld) -> None:
    case = world.approved()
    world.change_paper(world.papers(case)[0], work="CNXT")
    assert code_of(lambda: world.sign(case)) == "signed-on-paper"


def test_a_refused_paper_is_not_issued(world: SigningWorld) -> None:
    case = world.case(papers=2)
    for paper in world.papers(case):
        world.based(case, paper, "a")
    one, two = world.papers(case)
    propose(world, case, granted(one), refused(two))
    approve(world, case)
    world.sign(case)
    world.carried_on(case)
    world.look()
    assert world.now(case).status == "signed"
    assert [paper.issuance_id is None for paper in world.papers(case)] == [False, True]


def test_an_act_on_a_confirmation_says_so(world: SigningWorld) -> None:
    case = world.case()
    paper = judge(world, case, world.papers(case)[0], undecided())
    answer = world.confirmation(case, paper)
    world.do(Role.SPECIALIST, case, RecordBasis(paper=paper.id, basis="c", confirmation=answer.id))
    propose(world, case, granted(world.papers(case)[0]))
    approve(world, case)
    world.sign(case)
    assert world.act(case).wanted["said"]["basis"] == "c"


def test_an_act_that_comes_to_nothing_leads_back_with_its_problem(world: SigningWorld) -> None:
    case = world.approved()
    world.acts.judges.after = not_judged("pdf-unreadable")
    world.sign(case)
    act = world.act(case)
    world.carried_on(case)
    if world.acts.act(act.id).state != "cancelled":
        world.acts.issuing.cancel(world.acts.caller(), act.id, "không ký được")
    assert world.look() == 1
    after = world.now(case)
    made = proposal_of(after)
    assert made is not None
    assert (after.status, list(made.troubles.values())) == ("signing", [world.acts.act(act.id).problem["code"]])  # type: ignore[index]
    assert world.papers(case)[0].issuance_id is None
    assert world.look() == 0
    world.acts.judges.after = lambda verdict: verdict
    world.sign(case)
    world.carried_on(case)
    world.look()
    assert world.now(case).status == "signed"
    made = proposal_of(world.now(case))
    assert made is not None
    assert made.troubles == {}
    assert world.acts.sound()


def test_one_paper_of_two_that_fails_keeps_the_dossier_waiting(world: SigningWorld) -> None:
    case = world.approved(papers=2)
    world.sign(case)
    world.acts.issuing.cancel(world.acts.caller(), world.act(case, 2).id, "nhầm")
    world.carried_on(case)
    assert world.look() == 2
    assert world.now(case).status == "signing"
    assert [one.issued_at is not None for one in world.papers(case)] == [True, False]
    assert code_of(lambda: world.do(Role.LEADER, case, SendBack(reason="nhầm"))) == "signing-begun"


def test_an_early_result_is_told_as_early(world: SigningWorld) -> None:
    case = world.approved(due_at=world.clock.now() + SOON * 3600)
    world.sign(case)
    world.carried_on(case)
    world.look()
    assert world.told[-1][1].values["early"]


def test_the_law_of_the_day_of_signing_stands_in_the_act(world: SigningWorld) -> None:
    case = world.signed()
    assert (world.act(case).law_sha256, case.law_sha256) == ("1a" * 32, world.house.book.sha256)


# --- afterwards ------------------------------------------------------------------------------------------------------


def annul(world: SigningWorld, case: Case) -> Case:
    return world.signing.annul(world.acts.caller(), case.id, world.papers(case)[0].id, "giả mạo", "12/QĐ")


def why(world: SigningWorld, case: Case, name: str) -> str:
    """Why the leader is not offered it; empty where it is."""
    asker = world.asker(Role.LEADER)
    refusal = world.cases.offers(asker, world.now(case))[name]
    assert (name in world.cases.offered(asker, world.now(case))) == (refusal is None)
    return refusal.problem.code if refusal else ""


def test_signing_and_annulling_are_offered_where_they_can_be_done(world: SigningWorld) -> None:
    case = world.case(status=Status.EXAMINATION)
    assert why(world, case, "sign") == "case-not-now"
    case = world.approved()
    assert (why(world, case, "sign"), why(world, case, "annul")) == ("", "not-released")
    assert "sign" not in world.cases.offers(world.asker(Role.SPECIALIST), case)
    unproved = world.cases.offers(world.asker(Role.LEADER, proved=False), case)["sign"]
    assert unproved is not None
    assert unproved.problem.code == "step-up-needed"
    [paper] = world.papers(case)
    world.change_paper(paper, sha256="0" * 64)
    assert why(world, case, "sign") == "document-changed" == code_of(lambda: world.sign(case))
    world.change_paper(paper, sha256=paper.sha256)
    world.sign(case)
    assert why(world, case, "sign") == "signing-goes-on"
    world.carried_on(case)
    world.look()
    assert (why(world, case, "sign"), why(world, case, "annul")) == ("case-not-now", "")
    annul(world, case)
    assert why(world, case, "annul") == "not-in-force"


def test_where_nothing_is_issued_or_all_is_on_paper_signing_is_not_offered(world: SigningWorld) -> None:
    case = world.approved(COPY)
    assert why(world, case, "sign") == "signed-on-paper" == code_of(lambda: world.sign(case))
    world.cases = Cases(replace(world.house, issues=False))
    case = world.approved()
    assert (why(world, case, "sign"), why(world, case, "annul")) == ("issuing-off", "issuing-off")


def test_what_was_issued_is_annulled_and_the_applicant_is_told(world: SigningWorld) -> None:
    case = world.signed()
    annul(world, case)
    paper = world.papers(case)[0]
    assert paper.annulled_at is not None
    letter = world.told[-1][1]
    assert (letter.template, letter.values["decision"], letter.values["reason"]) == ("annulled", "12/QĐ", "giả mạo")
    assert letter.values["electronic"] == "1"
    issued = world.acts.issuing.by_sha256(world.act(case).output_sha256)
    assert issued is not None
    assert issued.standing == "annulled"
    assert world.actions(case)[-1] == "paper-annulled"
    assert code_of(lambda: annul(world, case)) == "not-in-force"
    assert world.look() == 0


def test_what_is_annulled_elsewhere_is_noted_with_the_dossier(world: SigningWorld) -> None:
    case = world.signed()
    world.acts.issuing.annul(world.acts.caller(), world.act(case).id, "giả mạo", "12/QĐ")
    assert world.look() == 1
    assert world.papers(case)[0].annulled_at is not None


def test_only_what_was_issued_is_annulled(world: SigningWorld) -> None:
    case = world.approved()
    assert code_of(lambda: annul(world, case)) == "not-released"
    world.sign(case)
    assert code_of(lambda: annul(world, case)) == "not-released"


def test_annulling_takes_a_step_up(world: SigningWorld) -> None:
    case = world.signed()
    world.clock.pass_(minutes=6)
    assert code_of(lambda: annul(world, case)) == "step-up-needed"
    assert world.papers(case)[0].annulled_at is None


def test_an_answer_after_the_decision_leaves_what_was_issued_to_a_person(world: SigningWorld) -> None:
    case = world.signed()
    world.confirmation(case, world.papers(case)[0], answer="not-authentic")
    assert world.look() == 0
    assert world.papers(case)[0].annulled_at is None
    assert annul(world, case).status == "signed"
