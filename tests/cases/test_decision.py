from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from tests.cases.test_examination import GROUND, based, granted, propose, refused
from tests.cases.verdicts import judge, unsigned
from tests.cases.world import CaseWorld, code_of
from verifier.accounts.roles import Role
from verifier.cases.decision import Approve, SendBack
from verifier.cases.records import Case, Paper
from verifier.cases.statuses import Status
from verifier.notices.templates import templates
from verifier.notices.writing import written

GIVEN = {"code": "G08-1", "code_end": "…-1", "procedure": "Chứng nhận lãnh sự", "authority": "Cục Lãnh sự", "form": "1"}


def approve(world: CaseWorld, case: Case) -> Case:
    return world.do(Role.LEADER, case, Approve())


def before_leader(world: CaseWorld) -> tuple[Case, Paper]:
    """A dossier whose one paper is proposed to be granted."""
    case, paper = based(world)
    return propose(world, case, granted(paper)), paper


def test_what_is_approved_waits_to_be_signed(world: CaseWorld) -> None:
    case, _ = before_leader(world)
    after = approve(world, case)
    assert (after.status, after.outcome, after.decided_by) == ("signing", "granted", world.person(Role.LEADER).id)
    assert world.papers(case)[0].outcome == "granted"
    assert world.told == []


def test_nobody_approves_their_own_proposal(world: CaseWorld) -> None:
    case, _ = before_leader(world)
    proposer = world.person(Role.SPECIALIST)
    assert code_of(lambda: world.do(Role.LEADER, case, Approve(), proposer)) == "own-proposal"
    assert code_of(lambda: world.do(Role.SPECIALIST, case, Approve())) == "not-allowed"


def test_the_database_holds_that_it_takes_two_people(world: CaseWorld) -> None:
    case, _ = before_leader(world)
    with pytest.raises(IntegrityError):
        world.change(case, decided_by=world.person(Role.SPECIALIST).id)


def test_a_document_that_was_swapped_after_the_examination_is_not_approved(world: CaseWorld) -> None:
    case, paper = before_leader(world)
    world.change_paper(paper, sha256="0" * 64)
    assert code_of(lambda: approve(world, case)) == "document-changed"


def test_a_paper_that_came_after_the_examination_is_not_approved(world: CaseWorld) -> None:
    case, _ = before_leader(world)
    world.paper(case)
    assert code_of(lambda: approve(world, case)) == "document-changed"


def test_an_answer_that_came_after_the_proposal_stops_the_approval(world: CaseWorld) -> None:
    case, paper = before_leader(world)
    world.confirmation(case, paper, answer="not-authentic")
    assert code_of(lambda: approve(world, case)) == "changed-since-proposed"
    world.do(Role.LEADER, case, SendBack(reason="có trả lời mới"))
    propose(world, case, granted(paper, reason="trả lời về giấy tờ khác"))
    assert approve(world, case).status == "signing"


def test_a_refusal_after_acceptance_is_told_with_its_ground(world: CaseWorld) -> None:
    case = world.case()
    judge(world, case, world.papers(case)[0])
    propose(world, case, refused(world.papers(case)[0]))
    after = approve(world, case)
    assert (after.status, after.outcome, after.ended_at is not None) == ("refused", "refused", True)
    assert world.papers(case)[0].grounds == (GROUND,)
    letter = world.told[0][1]
    assert letter.template == "refused"
    assert "Điều 10 khoản 2" in letter.values["grounds"]
    form = next(one for one in world.view(case).records if one.id == letter.records[0])
    assert (form.kind, form.form) == ("letter", "refusal")
    assert world.blobs.read(form.blob).startswith(b"%PDF")


def test_a_refusal_before_acceptance_is_a_refusal_to_accept(world: CaseWorld) -> None:
    case = world.case(status=Status.FILED)
    propose(world, case, refused(world.papers(case)[0]), role=Role.RECEPTION)
    assert approve(world, case).status == "refused-intake"


@pytest.mark.parametrize(("status", "role"), [(Status.EXAMINATION, Role.SPECIALIST), (Status.FILED, Role.RECEPTION)])
def test_a_refusal_says_what_it_refuses_on_what_ground_and_what_may_be_done(
    world: CaseWorld, status: Status, role: Role
) -> None:
    case = world.case(status=status)
    paper = judge(world, case, world.papers(case)[0], unsigned())
    propose(world, case, refused(paper, "consular-10-4-electronic", reason=""), role=role)
    approve(world, case)

    values = world.told[-1][1].values
    text = written(templates().get("refused"), templates().frames["vi"], {**GIVEN, **values}, "vi")
    begins = "bị từ chối giải quyết" if status is Status.EXAMINATION else "không được tiếp nhận"
    for said in (text.mail, text.portal):
        assert f"Hồ sơ G08-1 {begins}" in said
        assert "Điều 10" in said
        assert "Ông/bà liên hệ cơ quan đã cấp giấy tờ để có bản điện tử được ký số." in said


def test_a_dossier_may_be_granted_in_part(world: CaseWorld) -> None:
    case, one = based(world, papers=2)
    two = judge(world, case, world.papers(case)[1], unsigned())
    propose(world, case, granted(one), refused(two, "consular-10-4-electronic", reason=""))
    after = approve(world, case)
    assert (after.status, after.outcome, after.ended_at) == ("signing", "granted", None)
    assert [paper.outcome for paper in world.papers(case)] == ["granted", "refused"]
    assert world.told.templates == ["refused-in-part"]
    assert world.told[0][1].values["papers"] == two.name


@pytest.mark.parametrize(("status", "role"), [(Status.EXAMINATION, Role.SPECIALIST), (Status.FILED, Role.RECEPTION)])
def test_what_is_sent_back_goes_where_it_came_from(world: CaseWorld, status: Status, role: Role) -> None:
    case = world.case(status=status)
    propose(world, case, refused(world.papers(case)[0]), role=role)
    after = world.do(Role.LEADER, case, SendBack(reason="chưa rõ"))
    assert (after.status, after.proposal, after.proposed_by) == (status.value, {}, None)
    assert world.events(case)[-1].event.reason == "chưa rõ"


def test_sending_back_takes_a_reason(world: CaseWorld) -> None:
    case, _ = before_leader(world)
    assert code_of(lambda: world.do(Role.LEADER, case, SendBack(reason=" "))) == "reason-missing"


def test_a_decision_of_which_nothing_is_signed_can_be_taken_back(world: CaseWorld) -> None:
    case, paper = before_leader(world)
    approve(world, case)
    after = world.do(Role.LEADER, case, SendBack(reason="nhầm"))
    assert (after.status, after.decided_by, after.outcome) == ("examination", None, "")
    assert world.papers(case)[0].outcome == ""
    world.change_paper(paper, outcome="granted")
    propose(world, case, granted(world.papers(case)[0]))
    approve(world, case)
    world.change_paper(paper, issued_at=world.clock.now())
    assert code_of(lambda: world.do(Role.LEADER, case, SendBack(reason="nhầm"))) == "signing-begun"


def test_two_leaders_at_once_decide_once(world: CaseWorld) -> None:
    case, _ = before_leader(world)
    approve(world, case)
    other = world.another(Role.LEADER)
    assert code_of(lambda: world.do(Role.LEADER, case, Approve(), other)) == "case-not-now"


LATER: dict[str, Callable[[CaseWorld, Case], Case]] = {
    "approval": approve,
    "sent-back": lambda world, case: world.do(Role.LEADER, case, SendBack(reason="chưa rõ")),
}


@pytest.mark.parametrize("name", LATER)
def test_a_dossier_keeps_the_law_of_its_day_when_the_law_changes_overnight(world: CaseWorld, name: str) -> None:
    before = world.clock.now() - timedelta(days=60)
    day = before.date()
    case = world.case(status=Status.EXAMINATION, filed_at=before, law_day=day)
    paper = judge(world, case, world.papers(case)[0])
    world.change(case, law_day=day.replace(year=2025, month=12, day=31))
    assert code_of(lambda: propose(world, case, refused(paper))) == "procedure-not-in-force"
    world.change(case, law_day=day.replace(year=2026, month=1, day=1))
    propose(world, case, refused(paper))
    world.clock.pass_(days=365)
    assert LATER[name](world, case).law_day.year == 2026
