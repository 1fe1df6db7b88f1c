from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from uuid import uuid4

import pytest

from tests.accounts.support import add_authority, add_person
from tests.cases.world import CONSULAR, CaseWorld, case_world, code_of
from verifier.accounts.caller import Caller
from verifier.accounts.roles import Role
from verifier.cases.confirming import DraftConfirmation
from verifier.cases.examination import PaperProposal, Propose, RecordBasis
from verifier.cases.kernel import Asker, Command, applicant, officer
from verifier.cases.moving import Assign, Forward, Receive, Stop, Take, TakeOver, Withdraw
from verifier.cases.setright import CheckPaper
from verifier.cases.statuses import Status
from verifier.errors import BadRequest
from verifier.storage.authorities import Authority, Competence
from verifier.storage.database import Database
from verifier.storage.scope import SYSTEM


def test_a_dossier_is_assigned_by_a_leader_and_the_specialist_is_told(world: CaseWorld) -> None:
    case, who = world.case(status=Status.ACCEPTED), world.person(Role.SPECIALIST)
    case = world.do(Role.LEADER, case, Assign(officer=who.id))

    assert (case.status, case.officer_id, case.step) == ("examination", who.id, "examination")
    assert world.told[-1][1].to == f"person:{who.id}"
    assert world.actions(case) == ["case-assigned"]


def test_only_specialists_of_the_house_are_assigned(world: CaseWorld) -> None:
    case = world.case(status=Status.ACCEPTED)
    stranger = add_person(world.database, add_authority(world.database, code="G99"), Role.SPECIALIST, login="xa.la")

    assert (
        code_of(lambda: world.do(Role.LEADER, case, Assign(officer=world.person(Role.CLERK).id))) == "not-a-specialist"
    )
    assert code_of(lambda: world.do(Role.LEADER, case, Assign(officer=stranger.id))) == "not-a-specialist"
    assert code_of(lambda: world.do(Role.LEADER, case, Assign(officer=uuid4()))) == "not-a-specialist"
    assert code_of(lambda: world.do(Role.RECEPTION, case, Assign(officer=stranger.id))) == "not-allowed"


def test_a_specialist_takes_what_nobody_has(world: CaseWorld) -> None:
    case = world.do(Role.SPECIALIST, world.case(status=Status.ACCEPTED), Take())
    other = world.another(Role.SPECIALIST)

    assert case.officer_id == world.person(Role.SPECIALIST).id
    assert code_of(lambda: world.do(Role.SPECIALIST, case, Take(), other)) == "already-assigned"


def test_what_decides_on_a_dossier_is_done_by_the_specialist_who_has_it(world: CaseWorld) -> None:
    case, other = world.case(officer_id=world.person(Role.SPECIALIST).id), world.another(Role.SPECIALIST)
    [paper] = world.papers(case)
    grants = PaperProposal(paper=paper.id, outcome="granted")
    asks = DraftConfirmation(papers=(paper.id,), asked="vietnam", name="Trường Đại học Thử", points=("Chữ ký số?",))
    decide: tuple[Command, ...] = (
        Propose(papers=(grants,)), RecordBasis(paper=paper.id, basis="a"), asks, CheckPaper(paper=paper.id),
    )  # fmt: skip

    for said in decide:
        with pytest.raises(BadRequest) as refused:
            world.do(Role.SPECIALIST, case, said, other)
        assert (refused.value.problem.code, refused.value.problem.params["officer"]) == (
            "not-assigned", str(case.officer_id),
        )  # fmt: skip
    assert world.do(Role.RECEPTION, case, CheckPaper(paper=paper.id)).version == case.version + 1
    world.do(Role.SPECIALIST, case, CheckPaper(paper=paper.id))
    world.change(case, officer_id=None)
    world.do(Role.SPECIALIST, case, CheckPaper(paper=paper.id), other)


def test_reception_proposes_before_acceptance_whoever_had_it(world: CaseWorld) -> None:
    case = world.case(status=Status.PAYMENT, officer_id=world.person(Role.SPECIALIST).id)
    said = Propose(papers=())
    assert code_of(lambda: world.do(Role.RECEPTION, case, said)) == "papers-not-all"
    other = world.another(Role.SPECIALIST)
    assert code_of(lambda: world.do(Role.SPECIALIST, case, said, other)) == "not-assigned"
    both = replace(world.asker(Role.SPECIALIST, other), may=frozenset({"reception", "specialist"}))
    assert code_of(lambda: world.cases.do(both, case.id, said)) == "papers-not-all"
    case = world.change(case, status="examination")
    assert code_of(lambda: world.cases.do(both, case.id, said)) == "not-assigned"


def test_a_dossier_is_taken_over_with_a_reason_and_who_had_it_is_told(world: CaseWorld) -> None:
    case, first = world.case(), world.person(Role.SPECIALIST)
    assert code_of(lambda: world.do(Role.SPECIALIST, case, TakeOver(reason="nghỉ phép"))) == "assigned-to-nobody"
    world.do(Role.SPECIALIST, case, Take())
    assert code_of(lambda: world.do(Role.SPECIALIST, case, TakeOver(reason="nghỉ phép"))) == "already-assigned"
    other = world.another(Role.SPECIALIST)
    assert code_of(lambda: world.do(Role.SPECIALIST, case, TakeOver(reason=" "), other)) == "reason-missing"
    world.told.clear()

    assert world.do(Role.SPECIALIST, case, TakeOver(reason="nghỉ phép"), other).officer_id == other.id

    [(_, letter)] = world.told
    assert (letter.template, letter.to) == ("handed-on-officer", f"person:{first.id}")
    assert letter.values == {"officer": other.name, "reason": "nghỉ phép"}
    event = world.events(case)[-1].event
    assert (event.action, event.reason) == ("case-taken-over", "nghỉ phép")
    assert (event.details["officer"], event.details["officer-before"]) == (str(other.id), str(first.id))


def test_who_had_a_dossier_is_told_when_it_is_assigned_to_another(world: CaseWorld) -> None:
    case, other = world.case(officer_id=world.person(Role.SPECIALIST).id), world.another(Role.SPECIALIST)
    world.do(Role.LEADER, case, Assign(officer=other.id))

    assert [(letter.template, letter.to) for _, letter in world.told] == [
        ("assigned-officer", f"person:{other.id}"), ("handed-on-officer", f"person:{case.officer_id}"),
    ]  # fmt: skip


@pytest.fixture
def two(database: Database, tmp_path: Path) -> tuple[CaseWorld, Authority, Asker]:
    """A local office that only takes in, the ministry to which it forwards, and reception there."""
    ministry = add_authority(database, code="G08", kind="ministry", states=())
    local = add_authority(database, code="H99.SNV", kind="local_office", forwards_to=ministry.id, states=())
    with case_world(database, tmp_path, authority=local) as world:
        world.competent(CONSULAR, capacity="receive")
        told = [Competence(uuid4(), ministry.id, CONSULAR, "decide", date(2020, 1, 1), None, "test")]
        with database.unit(SYSTEM) as unit:
            unit.authorities.set_competences(ministry.id, told)
        person = add_person(database, ministry, Role.RECEPTION, login="bng.tiepnhan", name="Lý Thị Nhận")
        who = Caller("192.0.2.8", ministry, person, roles=frozenset({Role.RECEPTION}))
        return world, ministry, officer(who, world.clock.now())


def test_a_local_office_forwards_and_the_time_begins_at_the_ministry(two: tuple[CaseWorld, Authority, Asker]) -> None:
    world, ministry, there = two
    case = world.case(status=Status.ACCEPTED, clock_from=None)
    assert code_of(lambda: world.do(Role.SPECIALIST, case, Take())) == "to-be-forwarded"
    case = world.do(Role.RECEPTION, case, Forward())

    assert (case.status, case.authority_id, case.intake_id) == ("forwarded", ministry.id, world.authority.id)
    assert (case.clock_from, case.due_at) == (None, None)
    assert code_of(lambda: world.do(Role.RECEPTION, case, Receive())) == "case-elsewhere"
    world.clock.pass_(hours=20)
    case = world.cases.do(there, case.id, Receive())
    assert (case.status, case.clock_from) == ("accepted", world.clock.now())
    assert case.due_at is not None
    assert len(world.cases.view(there, case.id).papers) == 1
    assert world.actions(case) == ["case-forwarded", "case-received"]


def test_nothing_is_forwarded_to_an_authority_without_a_calendar(database: Database, tmp_path: Path) -> None:
    other = add_authority(database, code="G08.US01", kind="mission")
    local = add_authority(database, code="H99.SNV", kind="local_office", forwards_to=other.id)
    with case_world(database, tmp_path, authority=local) as world:
        world.competent(CONSULAR, capacity="receive")
        case = world.case(status=Status.ACCEPTED, clock_from=None)
        assert code_of(lambda: world.do(Role.RECEPTION, case, Forward())) == "authority-without-calendar"
        assert world.now(case).authority_id == local.id


def test_an_authority_that_decides_forwards_only_with_a_reason(world: CaseWorld) -> None:
    world.competent(CONSULAR)
    case = world.case(status=Status.ACCEPTED)

    assert code_of(lambda: world.do(Role.RECEPTION, case, Forward())) == "forwards-nowhere"


def test_what_was_forwarded_is_forwarded_no_further(database: Database, tmp_path: Path) -> None:
    third = add_authority(database, code="G09", kind="ministry", states=())
    second = add_authority(database, code="G08", kind="ministry", forwards_to=third.id, states=())
    with case_world(database, tmp_path, authority=second) as world:
        world.competent(CONSULAR)
        first = add_authority(database, code="H99.SNV", kind="local_office", states=())
        case = world.change(world.case(status=Status.ACCEPTED), intake_id=first.id)

        assert code_of(lambda: world.do(Role.RECEPTION, case, Forward(reason="x"))) == "forwards-nowhere"
        assert world.now(case).authority_id == second.id


def test_an_applicant_withdraws_before_the_decision_and_not_after(world: CaseWorld) -> None:
    case = world.case(status=Status.PAYMENT)
    gone = world.cases.do(applicant(case), case.id, Withdraw(reason="Không cần nữa."))
    assert (gone.status, gone.ended_at) == ("withdrawn", world.clock.now())
    assert code_of(lambda: world.cases.do(applicant(case), case.id, Withdraw())) == "case-not-now"

    signed = world.case(status=Status.SIGNED)
    assert code_of(lambda: world.cases.do(applicant(signed), signed.id, Withdraw())) == "case-not-now"
    open_ = world.case()
    assert code_of(lambda: world.do(Role.RECEPTION, open_, Withdraw())) == "reason-missing"


def test_a_leader_stops_with_form_05(world: CaseWorld) -> None:
    case = world.case()
    assert code_of(lambda: world.do(Role.LEADER, case, Stop(reason=" "))) == "reason-missing"
    assert code_of(lambda: world.do(Role.SPECIALIST, case, Stop(reason="?"))) == "not-allowed"
    assert code_of(lambda: world.do(Role.LEADER, case, Stop(reason="Không đủ điều kiện."))) == "stop-not-asked"
    world.clock.instant = world.clock.now().replace(month=11)  # form 05 is of 11/2025 and later
    done = world.do(Role.LEADER, case, Stop(reason="Người nộp đề nghị dừng.", asked_by_applicant=True))

    assert done.status == "stopped"
    assert [one.form for one in world.view(done).records if one.kind == "form"] == ["stop-notice"]


def test_two_officers_on_one_dossier(world: CaseWorld) -> None:
    case = world.case(status=Status.ACCEPTED)
    world.do(Role.SPECIALIST, case, Take(), version=case.version)

    stale = code_of(lambda: world.do(Role.LEADER, case, Assign(officer=uuid4()), version=case.version))
    assert stale == "changed-meanwhile"


def test_another_authority_finds_nothing(world: CaseWorld) -> None:
    case = world.case()
    other = add_authority(world.database, code="G77")
    person = add_person(world.database, other, Role.LEADER, login="kh.ac")
    asker = officer(Caller("", other, person, roles=frozenset({Role.LEADER})), world.clock.now())

    assert code_of(lambda: world.cases.do(asker, case.id, Stop(reason="?"))) == "not-found"
    assert code_of(lambda: world.cases.view(asker, case.id)) == "not-found"
