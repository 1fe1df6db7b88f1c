from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.cases.verdicts import judge, of_authority, sound, undecided, unsigned
from tests.cases.world import CONSULAR, COPY, ECOPY, LEGALIZATION, CaseWorld, code_of
from verifier.accounts.roles import Role
from verifier.cases.examination import (
    PaperProposal,
    Propose,
    RecordBasis,
    proposal_of,
)
from verifier.cases.found import found_of
from verifier.cases.records import Case, Paper
from verifier.cases.setright import CheckPaper
from verifier.cases.statuses import Status
from verifier.errors import BadRequest

GROUND = "consular-10-2"
FACTS = "Ngày sinh trên bằng khác ngày sinh trên tờ khai."


def based(world: CaseWorld, procedure: str = CONSULAR, **changes: Any) -> tuple[Case, Paper]:
    """A dossier in examination whose paper has a sound verdict and a basis."""
    case = world.case(procedure, **changes)
    basis = "a" if procedure == CONSULAR else "b"
    paper = judge(world, case, world.papers(case)[0], sound(basis=basis))
    world.do(Role.SPECIALIST, case, RecordBasis(paper=paper.id, basis=basis))
    return world.now(case), world.papers(case)[0]


def swapped(world: CaseWorld, paper: Paper) -> None:
    world.change_paper(paper, sha256="0" * 64)


def granted(paper: Paper, **told: Any) -> PaperProposal:
    return PaperProposal(paper=paper.id, outcome="granted", **told)


def refused(paper: Paper, *grounds: str, **told: Any) -> PaperProposal:
    said = {"facts": FACTS, "reason": "đối chiếu trực tiếp", **told}
    return PaperProposal(paper=paper.id, outcome="refused", grounds=grounds or (GROUND,), **said)


def propose(world: CaseWorld, case: Case, *papers: PaperProposal, role: Role = Role.SPECIALIST) -> Case:
    return world.do(role, case, Propose(papers=papers))


# --- the basis -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("procedure", "basis"), [(CONSULAR, "a"), (LEGALIZATION, "b")])
def test_a_basis_rests_on_a_sound_verdict_of_a_recognised_authority(
    world: CaseWorld, procedure: str, basis: str
) -> None:
    _, paper = based(world, procedure)
    assert (paper.basis, paper.basis_record) == (basis, None)


WITHOUT_BASIS: dict[str, tuple[str, Callable[[CaseWorld, Case, Paper], object], str]] = {
    "not-judged": ("a", lambda *_: None, "verdict-missing"),
    "signer-unknown": ("a", lambda w, c, p: judge(w, c, p, of_authority("unknown")), "basis-not-carried"),
    "undecided": ("a", lambda w, c, p: judge(w, c, p, undecided()), "basis-not-carried"),
    "unsigned": ("a", lambda w, c, p: judge(w, c, p, unsigned()), "basis-not-carried"),
    "foreign-signer": ("a", lambda w, c, p: judge(w, c, p, sound(basis="b")), "basis-not-carried"),
    "wrong-letter": ("b", lambda w, c, p: judge(w, c, p, sound(basis="b")), "basis-not-carried"),
    "no-such-letter": ("d", judge, "field-wrong"),
    "no-answer": ("c", judge, "answer-missing"),
    "another-work": ("a", lambda w, c, p: w.change_paper(p, work="CNXT"), "basis-not-needed"),
    "swapped": ("a", lambda w, c, p: swapped(w, judge(w, c, p)), "verdict-missing"),
}


@pytest.mark.parametrize("name", WITHOUT_BASIS)
def test_what_carries_no_basis_is_none(world: CaseWorld, name: str) -> None:
    basis, spoil, code = WITHOUT_BASIS[name]
    case = world.case()
    paper = world.papers(case)[0]
    spoil(world, case, paper)
    assert code_of(lambda: world.do(Role.SPECIALIST, case, RecordBasis(paper=paper.id, basis=basis))) == code


def test_a_basis_rests_on_an_answer_for_that_paper(world: CaseWorld) -> None:
    case = world.case(papers=2)
    one, other = (judge(world, case, paper, undecided()) for paper in world.papers(case))
    answer = world.confirmation(case, one)
    said = RecordBasis(paper=one.id, basis="c", confirmation=answer.id)
    world.do(Role.SPECIALIST, case, said)
    assert (world.papers(case)[0].basis, world.papers(case)[0].basis_record) == ("c", answer.answer_id)
    elsewhere = RecordBasis(paper=other.id, basis="c", confirmation=answer.id)
    assert code_of(lambda: world.do(Role.SPECIALIST, case, elsewhere)) == "answer-missing"


@pytest.mark.parametrize("answer", ["not-authentic", "unclear", ""])
def test_only_an_answer_that_says_authentic_is_a_basis(world: CaseWorld, answer: str) -> None:
    case = world.case()
    paper = judge(world, case, world.papers(case)[0], undecided())
    one = world.confirmation(case, paper, answer=answer, state="answered" if answer else "sent")
    said = RecordBasis(paper=paper.id, basis="c", confirmation=one.id)
    assert code_of(lambda: world.do(Role.SPECIALIST, case, said)) == "answer-missing"


def test_a_basis_falls_with_the_verdict_that_carried_it(world: CaseWorld) -> None:
    case, paper = based(world)
    assert judge(world, case, paper, sound()).basis == "a"
    assert judge(world, case, paper, undecided()).basis == ""


def test_a_basis_on_an_answer_outlives_another_verdict(world: CaseWorld) -> None:
    case = world.case()
    paper = judge(world, case, world.papers(case)[0], undecided())
    answer = world.confirmation(case, paper)
    world.do(Role.SPECIALIST, case, RecordBasis(paper=paper.id, basis="c", confirmation=answer.id))
    assert judge(world, case, paper, undecided(), times=1).basis == "c"


# --- the proposal ----------------------------------------------------------------------------------------------------


def test_a_proposal_holds_what_was_examined(world: CaseWorld) -> None:
    case, paper = based(world)
    after = propose(world, case, granted(paper))
    made = proposal_of(after)
    assert made is not None
    assert (after.status, made.stage) == ("approval", "examination")
    assert (made.papers[0].sha256, made.papers[0].offered) == (paper.sha256, "accept")
    assert after.proposed_by == world.person(Role.SPECIALIST).id
    assert (world.papers(case)[0].outcome, after.outcome) == ("", "")
    event = world.events(case)[-1].event
    assert (event.action, event.details["granted"], event.details["refused"]) == ("proposed", 1, 0)


def test_what_the_officer_saw_stands_in_no_log(world: CaseWorld) -> None:
    case = world.case()
    judge(world, case, world.papers(case)[0])
    propose(world, case, refused(world.papers(case)[0]))
    for entry in world.events(case):
        assert FACTS not in str(entry.event.details)
        assert "Bưởi" not in str(entry.event.details)


PROPOSALS: dict[str, tuple[Callable[[Paper], PaperProposal], str]] = {
    "no-basis": (granted, "basis-missing"),
    "no-outcome": (lambda p: PaperProposal(paper=p.id, outcome="perhaps"), "bad-option"),
    "grounds-of-a-grant": (lambda p: granted(p, grounds=(GROUND,)), "bad-option"),
    "no-ground": (lambda p: PaperProposal(paper=p.id, outcome="refused", facts=FACTS), "refusal-ground-missing"),
    "another-law": (lambda p: refused(p, "originals-22-1"), "ground-unknown"),
    "no-facts": (lambda p: refused(p, facts=" "), "facts-missing"),
    "no-reason": (lambda p: refused(p, reason=""), "reason-missing"),
    "hidden-letters": (lambda p: refused(p, facts="a\u202eb"), "text-unclear"),
}


@pytest.mark.parametrize("name", PROPOSALS)
def test_what_cannot_be_proposed_is_not(world: CaseWorld, name: str) -> None:
    made, code = PROPOSALS[name]
    case = world.case()
    paper = judge(world, case, world.papers(case)[0])
    assert code_of(lambda: propose(world, case, made(paper))) == code
    assert world.now(case).status == "examination"


def test_every_paper_is_proposed_once(world: CaseWorld) -> None:
    case = world.case(papers=2)
    one, two = world.papers(case)
    stranger = PaperProposal(paper=uuid4(), outcome="refused")
    assert code_of(lambda: propose(world, case, refused(one))) == "papers-not-all"
    assert code_of(lambda: propose(world, case, refused(one), refused(one), refused(two))) == "papers-not-all"
    assert code_of(lambda: propose(world, case, refused(one), refused(two), stranger)) == "paper-unknown"


def test_the_offered_ground_needs_no_reason_and_leaving_it_out_does(world: CaseWorld) -> None:
    case = world.case()
    paper = judge(world, case, world.papers(case)[0], unsigned())
    assert code_of(lambda: propose(world, case, refused(paper, reason=""))) == "reason-missing"
    propose(world, case, refused(paper, "consular-10-4-electronic", reason=""))


def test_a_grant_against_the_offer_needs_a_reason(world: CaseWorld) -> None:
    case, paper = based(world)
    world.confirmation(case, paper, answer="not-authentic")
    assert code_of(lambda: propose(world, case, granted(paper))) == "reason-missing"
    propose(world, case, granted(paper, reason="câu trả lời về tờ khác"))


def test_a_paper_without_a_document_is_not_granted(world: CaseWorld) -> None:
    case, paper = based(world)
    world.change_paper(paper, record_id=None)
    assert code_of(lambda: propose(world, case, granted(paper, reason="x"))) == "document-missing"


def test_an_e_copy_is_granted_of_a_scanned_original_only(world: CaseWorld) -> None:
    case = world.case(ECOPY, papers=0)
    paper = world.paper(case, None)
    assert code_of(lambda: propose(world, case, granted(paper))) == "document-missing"

    scanned = world.paper(other := world.case(ECOPY, papers=0))
    assert propose(world, other, granted(scanned)).status == Status.APPROVAL


def test_what_could_not_be_signed_is_not_granted(world: CaseWorld) -> None:
    case, paper = based(world)
    world.change_paper(paper, issuing_country="")

    with pytest.raises(BadRequest) as told:
        propose(world, case, granted(paper))
    assert told.value.problem.code == "particular-missing"
    assert told.value.problem.params["field"] == "issuing_country"
    assert told.value.problem.params["paper"] == "1"

    world.do(Role.SPECIALIST, case, CheckPaper(paper=paper.id, issuing_country="VN"))
    assert propose(world, case, granted(paper)).status == "approval"


def test_a_basis_that_is_none_is_told_which_there_are(world: CaseWorld) -> None:
    case = world.case()
    paper = judge(world, case, world.papers(case)[0])

    with pytest.raises(BadRequest) as told:
        world.do(Role.SPECIALIST, case, RecordBasis(paper=paper.id, basis="z"))

    assert told.value.problem.code == "field-wrong"
    assert told.value.problem.params == {"field": "basis", "allowed": "a, b, c, specimen"}


def test_a_certified_copy_needs_neither_verdict_nor_basis(world: CaseWorld) -> None:
    case = world.case(COPY)
    assert propose(world, case, granted(world.papers(case)[0])).status == "approval"


@pytest.mark.parametrize("status", [Status.FILED, Status.PAYMENT])
def test_reception_proposes_to_refuse_the_whole_dossier_before_acceptance(world: CaseWorld, status: Status) -> None:
    case = world.case(status=status)
    paper = world.papers(case)[0]
    assert code_of(lambda: propose(world, case, granted(paper), role=Role.RECEPTION)) == "not-accepted-yet"
    after = propose(world, case, refused(paper), role=Role.RECEPTION)
    made = proposal_of(after)
    assert made is not None
    assert (after.status, made.stage) == ("approval", status.value)


def test_a_supplement_that_never_came_is_refused_once_its_time_is_over(world: CaseWorld) -> None:
    case = world.case(status=Status.SUPPLEMENT, supplement_due=world.clock.now() + timedelta(days=1))
    paper = world.papers(case)[0]
    assert code_of(lambda: propose(world, case, refused(paper), role=Role.RECEPTION)) == "supplement-running"
    world.clock.pass_(days=2)
    assert propose(world, case, refused(paper), role=Role.RECEPTION).status == "approval"


def test_after_acceptance_only_a_specialist_proposes(world: CaseWorld) -> None:
    case, paper = based(world)
    assert code_of(lambda: propose(world, case, granted(paper), role=Role.RECEPTION)) == "not-allowed"
    assert code_of(lambda: propose(world, case, granted(paper), role=Role.LEADER)) == "not-allowed"


def test_two_officers_at_once_propose_once(world: CaseWorld) -> None:
    case, paper = based(world)
    said = Propose(papers=(granted(paper),))
    world.do(Role.SPECIALIST, case, said, version=case.version)
    other = world.another(Role.SPECIALIST)
    assert code_of(lambda: world.do(Role.SPECIALIST, case, said, other, version=case.version)) == "changed-meanwhile"


def test_a_verdict_kept_and_read_again_is_the_same(world: CaseWorld) -> None:
    case = world.case()
    made = found_of(sound(), world.clock.now(), again_at=world.clock.now(), times=3)
    paper = judge(world, case, world.papers(case)[0], again_at=world.clock.now(), times=3)
    again = type(made).of(paper)
    assert again is not None
    assert (again.again_at, again.times, again.bases, again.checked_at) == (
        made.again_at, 3, ("a",), made.checked_at,
    )  # fmt: skip
