from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from tests.cases.verdicts import FakeJudge, failed, judge, of_authority, sound, undecided, unjudged, unsigned
from tests.cases.world import CONSULAR, COPY, LEGALIZATION, PDF, CaseWorld, code_of
from verifier.accounts.roles import Role
from verifier.cases.examination import JudgeAnew
from verifier.cases.found import Found
from verifier.cases.judging import JudgePapers, filing_of
from verifier.cases.moving import Receive
from verifier.cases.offering import offers
from verifier.cases.records import Case, Paper
from verifier.cases.statuses import Status
from verifier.errors import CouldNotJudge
from verifier.verdict import Outcome, SubIndication

OTHER = PDF + b"% another document\n"


def found(world: CaseWorld, case: Case, number: int = 1) -> Found:
    made = Found.of(world.papers(case)[number - 1])
    assert made is not None
    return made


def run(world: CaseWorld, judges: FakeJudge) -> int:
    return JudgePapers(world.cases, judges).run(world.clock.now())


def swapped(world: CaseWorld, case: Case, paper: Paper) -> None:
    record = world.record(case, OTHER, paper_id=paper.id)
    world.change_paper(paper, record_id=record.id, sha256=record.sha256)


def test_a_paper_is_judged_once_and_its_report_and_evidence_stay(world: CaseWorld) -> None:
    case, judges = world.case(papers=2), FakeJudge()
    assert (run(world, judges), run(world, judges)) == (2, 0)
    said = found(world, case)
    assert (said.state, said.word_vi, said.proposal, said.bases) == ("valid", "Hợp lệ", "accept", ("a",))
    kinds = {one.id: one for one in world.view(case).records}
    assert said.report_id
    assert kinds[said.report_id].kind == "report"
    assert said.evidence_id
    assert kinds[said.evidence_id].kind == "evidence"
    assert world.blobs.read(kinds[said.evidence_id].blob) == b"bundle"
    assert judges.seen == [PDF, PDF]
    assert world.actions(case) == ["paper-judged", "paper-judged"]


@pytest.mark.parametrize("status", [Status.APPROVAL, Status.SIGNING, Status.WITHDRAWN])
def test_a_dossier_that_is_decided_or_over_is_not_judged(world: CaseWorld, status: Status) -> None:
    ended = world.clock.now() if status is Status.WITHDRAWN else None
    world.case(status=status, ended_at=ended)
    assert run(world, FakeJudge()) == 0


def test_a_procedure_that_rests_on_no_digital_signature_is_not_judged(world: CaseWorld) -> None:
    world.case(COPY)
    assert run(world, FakeJudge()) == 0


def test_a_paper_without_a_document_is_not_judged(world: CaseWorld) -> None:
    world.paper(world.case(papers=0), None)
    assert run(world, FakeJudge()) == 0


def test_a_verdict_on_a_document_that_is_another_by_then_is_discarded(world: CaseWorld) -> None:
    case = world.case()
    judges = FakeJudge(meanwhile=lambda: swapped(world, case, world.papers(case)[0]))
    assert run(world, judges) == 0
    assert world.papers(case)[0].verdict == {}
    judges.meanwhile = lambda: None
    assert run(world, judges) == 1
    assert judges.seen == [PDF, OTHER]
    assert world.actions(case) == ["paper-judged"]


def test_a_dossier_that_is_decided_meanwhile_keeps_no_verdict(world: CaseWorld) -> None:
    case = world.case()
    assert run(world, FakeJudge(meanwhile=lambda: world.change(case, status="approval"))) == 0
    assert world.papers(case)[0].verdict == {}


def test_what_is_open_is_judged_again_with_the_evidence_of_before(world: CaseWorld) -> None:
    case, soon = world.case(), world.clock.now() + timedelta(minutes=5)
    judges = FakeJudge(lambda data: undecided(data, SubIndication.TRY_LATER), soon)
    assert run(world, judges) == 1
    assert found(world, case).proposal == "again"
    assert run(world, judges) == 0
    world.clock.pass_(minutes=6)
    judges.says, judges.again_at = sound, None
    assert run(world, judges) == 1
    assert (judges.asked[1].again, judges.asked[1].earlier) == (1, b"bundle")
    assert found(world, case).proposal == "accept"


def test_a_document_that_cannot_be_judged_is_noted_as_that(world: CaseWorld) -> None:
    case = world.case()
    assert run(world, FakeJudge(lambda data: unjudged("pdf-encrypted", data))) == 1
    said = found(world, case)
    assert (said.outcome, said.state, said.problem, said.proposal) == ("not_judged", "unchecked", "pdf-encrypted", "")
    assert said.again_at is None


def test_a_judge_that_cannot_judge_now_is_asked_later(world: CaseWorld) -> None:
    def refuse(_data: bytes) -> Any:
        raise CouldNotJudge("trust-store-empty")

    case, judges = world.case(), FakeJudge(refuse)
    assert run(world, judges) == 1
    said = found(world, case)
    assert (said.outcome, said.problem, said.proposal, said.signature) == (
        "not_judged", "trust-store-empty", "again", "",
    )  # fmt: skip
    assert run(world, judges) == 0
    world.clock.pass_(minutes=16)
    judges.says = sound
    assert run(world, judges) == 1
    assert found(world, case).proposal == "accept"


def test_a_document_that_is_gone_from_the_store_says_nothing_of_it(world: CaseWorld) -> None:
    case = world.case()
    world.blobs.delete(world.view(case).records[0].blob)
    assert run(world, FakeJudge()) == 1
    assert (found(world, case).outcome, found(world, case).problem) == ("not_judged", "file-missing")


def test_a_law_that_does_not_answer_holds_no_verdict_up(world: CaseWorld) -> None:
    case = world.case()
    world.change(case, law_day=case.law_day.replace(year=2025))
    assert run(world, FakeJudge()) == 1
    assert (found(world, case).state, found(world, case).proposal) == ("valid", "")


def test_an_officer_has_a_paper_judged_anew(world: CaseWorld) -> None:
    case, judges = world.case(), FakeJudge()
    run(world, judges)
    paper = world.papers(case)[0]
    world.do(Role.SPECIALIST, case, JudgeAnew(paper=paper.id))
    assert world.papers(case)[0].verdict == {}
    assert run(world, judges) == 1
    assert code_of(lambda: world.do(Role.LEADER, case, JudgeAnew(paper=paper.id))) == "not-allowed"


def test_a_dossier_that_came_from_elsewhere_is_judged_for_here(world: CaseWorld) -> None:
    world.competent(CONSULAR)
    case, judges = world.case(status=Status.ACCEPTED, papers=2), FakeJudge()
    run(world, judges)
    world.change_paper(world.papers(case)[0], basis="a")
    world.change_paper(world.papers(case)[1], basis="c")
    world.change(case, status="forwarded")
    world.do(Role.RECEPTION, case, Receive())
    assert [(one.verdict, one.basis) for one in world.papers(case)] == [({}, ""), ({}, "c")]
    assert run(world, judges) == 2


def test_what_is_not_judged_here_is_not_judged_anew(world: CaseWorld) -> None:
    case = world.case(COPY)
    paper = world.papers(case)[0]
    assert code_of(lambda: world.do(Role.SPECIALIST, case, JudgeAnew(paper=paper.id))) == "not-judged-here"
    bare = world.paper(world.case(papers=0), None)
    other = world.case(papers=0)
    assert code_of(lambda: world.do(Role.SPECIALIST, other, JudgeAnew(paper=bare.id))) == "paper-unknown"


def test_a_mission_receives_for_its_states(world: CaseWorld) -> None:
    paper = world.papers(world.case())[0]
    mission = replace(world.authority, kind="mission", states=("LA",))
    assert filing_of(mission, paper).states == ("LA",)
    assert filing_of(replace(mission, states=()), paper).at == ""
    assert filing_of(replace(mission, kind="ministry"), paper).at == "home"


OFFERS: dict[str, tuple[str, Callable[[], Outcome], str, tuple[str, ...]]] = {
    "sound": (CONSULAR, sound, "accept", ()),
    "unsigned": (CONSULAR, unsigned, "refuse", ("consular-10-4-electronic",)),
    "failed": (CONSULAR, failed, "refuse", ("consular-10-4-electronic",)),
    "undecided": (CONSULAR, undecided, "confirm", ()),
    "signer-unknown": (CONSULAR, lambda: of_authority("unknown"), "confirm", ()),
    "not-notified": (LEGALIZATION, lambda: of_authority("not_notified"), "confirm", ()),
    "withdrawn": (CONSULAR, lambda: of_authority("withdrawn"), "confirm", ()),
    "not-competent": (CONSULAR, lambda: of_authority("not_competent"), "refuse", ("consular-10-3",)),
    "layer-3-not-asked": (CONSULAR, lambda: of_authority("not_checked"), "confirm", ()),
}


@pytest.mark.parametrize("name", OFFERS)
def test_what_is_proposed_follows_from_verdict_authority_and_law(world: CaseWorld, name: str) -> None:
    procedure, outcome, word, grounds = OFFERS[name]
    case = world.case(procedure)
    judge(world, case, world.papers(case)[0], outcome())
    assert (found(world, case).proposal, found(world, case).grounds) == (word, grounds)


def test_a_scan_without_a_signature_is_not_refused_by_the_service(world: CaseWorld) -> None:
    case = world.case(papers=0)
    paper = world.paper(case, None)
    record = world.record(case, PDF, "scan", paper_id=paper.id)
    world.change_paper(paper, record_id=record.id, sha256=record.sha256)
    judge(world, case, paper, unsigned())
    assert found(world, case).proposal == "confirm"


def test_a_confirmation_that_is_awaited_refuses_nothing(world: CaseWorld) -> None:
    case = world.case()
    paper = world.papers(case)[0]
    world.confirmation(case, paper, state="sent", answer="", answered_at=None, answer_id=None)
    judge(world, case, paper, unsigned())
    assert found(world, case).proposal == "confirm"


@pytest.mark.parametrize(("answer", "word"), [("authentic", "accept"), ("not-authentic", "refuse")])
def test_an_answer_decides_what_is_proposed(world: CaseWorld, answer: str, word: str) -> None:
    case = world.case()
    paper = world.papers(case)[0]
    world.confirmation(case, paper, answer=answer)
    judge(world, case, paper, undecided())
    assert found(world, case).proposal == word


def test_what_is_offered_follows_an_answer_that_came_after_the_verdict(world: CaseWorld) -> None:
    case = world.case()
    paper = judge(world, case, world.papers(case)[0], undecided())
    world.confirmation(case, paper)
    view, law = world.view(case), world.house.law(case)
    told = offers(law, view.case, view.papers, view.records, view.confirmations, world.clock.now())
    assert (found(world, case).proposal, told[paper.id].word) == ("confirm", "accept")
    none = offers(world.house.book.at(date(2025, 1, 1)), case, view.papers, (), (), world.clock.now())
    assert none[paper.id].word == ""
