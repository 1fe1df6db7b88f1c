"""What becomes of a dossier's time while something is awaited, and who is warned when it is awaited too long."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy.exc import IntegrityError

from tests.accounts.support import add_authority, add_person
from tests.cases.filings import filed, paper, upload
from tests.cases.world import CONSULAR, COPY, CaseWorld, case_world, code_of
from tests.payments.support import turned
from verifier.accounts.roles import Role
from verifier.cases.completeness import AskSupplement, Item, Supplement
from verifier.cases.confirming import (
    AllowLonger,
    CloseConfirmation,
    DraftConfirmation,
    GiveBack,
    RecordAnswer,
    SendConfirmation,
)
from verifier.cases.decision import Approve
from verifier.cases.examination import PaperProposal, Propose
from verifier.cases.kernel import applicant
from verifier.cases.moving import Assign, Forward, Withdraw
from verifier.cases.offering import offer, scene
from verifier.cases.records import Case, Confirmation, Paper
from verifier.cases.statuses import Status
from verifier.cases.watch import Watch
from verifier.storage.database import Database
from verifier.storage.scope import SYSTEM

APOSTILLE = "apostille"
ASK = AskSupplement(items=(Item(what="Bản dịch", why="Giấy tờ bằng tiếng Lào."),))
NOTE = Supplement(note="Đã bổ sung.")


def at(text: str) -> datetime:
    """A time in Viet Nam, of 2026 where no year is said."""
    whole = text if text.startswith("20") else f"2026-{text}"
    return datetime.fromisoformat(f"{whole}+07:00").astimezone(UTC)


ACCEPTED, DUE = at("10-05T09:00"), at("10-06T17:00")  # Monday; an Apostille of one paper is due the next day


@pytest.fixture
def running(world: CaseWorld) -> tuple[CaseWorld, Case]:
    """An Apostille of two papers that is being examined."""
    world.clock.instant = ACCEPTED
    world.competent(APOSTILLE)
    who = world.person(Role.SPECIALIST).id
    return world, world.case(APOSTILLE, papers=2, due_at=DUE, first_due=DUE, officer_id=who)


def bring(world: CaseWorld, case: Case, said: Supplement = NOTE) -> Case:
    return world.cases.do(applicant(case), case.id, said)


def asked(world: CaseWorld, case: Case, *papers: Paper) -> Confirmation:
    """Send a request for some papers; for all where none is named."""
    known = {one.id for one in world.view(case).confirmations}
    ids = tuple(one.id for one in papers or world.papers(case))
    draft = DraftConfirmation(papers=ids, asked="vietnam", name="Sở Giáo dục", points=("Chữ ký có đúng không?",))
    world.do(Role.SPECIALIST, case, draft)
    [fresh] = [one for one in world.view(case).confirmations if one.id not in known]
    world.do(Role.LEADER, case, SendConfirmation(confirmation=fresh.id, reference="12/LS"))
    return one_of(world, case, fresh.id)


def one_of(world: CaseWorld, case: Case, id_: UUID) -> Confirmation:
    return next(one for one in world.view(case).confirmations if one.id == id_)


def answer(world: CaseWorld, case: Case, one: Confirmation) -> Case:
    file = upload(world, world.asker(Role.SPECIALIST), b"%PDF-1.7 answer")
    said = RecordAnswer(confirmation=one.id, answer="authentic", reference="99/SGD", file=file)
    return world.do(Role.SPECIALIST, case, said)


# --- supplements ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stopped", "again", "due"),
    [
        ("10-05T10:00", "10-05T10:00", "10-06T17:00"),
        ("10-05T10:00", "10-07T10:00", "10-08T17:00"),
        ("10-06T16:00", "10-08T09:30", "10-08T10:30"),
        ("10-06T16:00", "10-09T20:00", "10-12T08:00"),
        ("10-06T16:00", "10-10T09:00", "10-12T08:00"),
        ("10-06T16:59:30", "10-07T08:00", "10-07T08:00:30"),
        ("10-06T17:30", "10-07T08:00", "10-06T17:00"),
    ],
    ids=["at once", "two days", "last hour", "over a weekend", "on a Saturday", "half a minute", "late before"],
)
def test_the_time_of_an_apostille_stands_still_while_a_supplement_is_awaited(
    running: tuple[CaseWorld, Case], stopped: str, again: str, due: str
) -> None:
    world, case = running
    world.clock.instant = at(stopped)
    case = world.do(Role.SPECIALIST, case, ASK)
    assert (case.due_at, case.paused_at, case.paused_due) == (None, at(stopped), DUE)
    world.clock.instant = at(again)
    case = bring(world, case)

    assert (case.status, case.due_at, case.first_due, case.clock_from) == ("examination", at(due), DUE, ACCEPTED)
    assert (case.paused_at, case.paused_due, case.warned) == (None, None, "")
    assert world.told[-1][1].template == "receipt"
    assert datetime.fromisoformat(world.told[-1][1].values["due"]) == at(due)
    assert case.step_due is not None
    assert case.step_due <= at(due)


@pytest.mark.parametrize(
    ("accepted", "due", "stopped", "again", "later"),
    [
        ("2027-02-02T09:00", "2027-02-03T17:00", "2027-02-03T15:00", "2027-02-04T16:00", "2027-02-11T08:00"),
        ("2026-12-29T09:00", "2026-12-30T17:00", "2026-12-30T15:00", "2026-12-31T16:00", "2027-01-04T08:00"),
    ],
    ids=["Tet", "new year"],
)
def test_rest_days_are_not_what_was_left(
    world: CaseWorld, accepted: str, due: str, stopped: str, again: str, later: str
) -> None:
    world.clock.instant = at(accepted)
    case = world.case(APOSTILLE, due_at=at(due), first_due=at(due))
    world.clock.instant = at(stopped)
    case = world.do(Role.SPECIALIST, case, ASK)
    world.clock.instant = at(again)

    assert bring(world, case).due_at == at(later)


def test_further_papers_have_the_time_that_the_law_gives_so_many(running: tuple[CaseWorld, Case]) -> None:
    world, case = running
    for _ in range(2):
        world.paper(case)
    world.clock.instant = at("10-06T16:00")
    case = world.do(Role.SPECIALIST, case, ASK)
    world.clock.instant = at("10-08T09:00")
    more = paper(APOSTILLE, countries=("DE",), issuing_country="VN", file=upload(world, applicant(case)))
    case = bring(world, case, Supplement(papers=(more,)))

    assert case.due_at == at("10-09T10:00")  # five papers: two days, of which 9 hours were left


def test_guidance_on_an_apostille_is_given_once(running: tuple[CaseWorld, Case]) -> None:
    world, case = running
    case = bring(world, world.do(Role.SPECIALIST, case, ASK))
    again = AskSupplement(items=ASK.items, again=True)

    assert code_of(lambda: world.do(Role.SPECIALIST, case, ASK)) == "supplement-once"
    assert code_of(lambda: world.do(Role.SPECIALIST, case, again)) == "supplement-once"
    assert world.now(case).status == "examination"


def test_of_other_procedures_the_time_starts_anew_and_nothing_is_left_over(world: CaseWorld) -> None:
    world.clock.instant = ACCEPTED
    case = world.do(Role.SPECIALIST, world.case(CONSULAR, due_at=DUE, first_due=DUE), ASK)
    assert (case.due_at, case.paused_at) == (None, None)
    world.clock.instant = at("10-08T10:00")
    case = bring(world, case)

    assert (case.due_at, case.clock_from) == (at("10-09T17:00"), world.clock.now())


# --- confirmations ----------------------------------------------------------------------------------------------------


def test_verification_of_all_papers_is_not_counted(running: tuple[CaseWorld, Case]) -> None:
    world, case = running
    world.clock.instant = at("10-06T15:00")
    one = asked(world, case)
    case = world.now(case)
    letter = world.told[-1][1]

    assert (case.due_at, case.paused_at, case.paused_due) == (None, world.clock.now(), DUE)
    assert (case.apology, case.step_due) == ({}, None)
    assert one.due_at == at("10-13T17:00")
    assert (letter.values["paused"], datetime.fromisoformat(letter.values["until"])) == ("1", one.due_at)
    world.clock.instant = at("10-12T16:00")
    case = answer(world, case, one)
    assert (case.status, case.due_at, case.clock_from) == ("examination", at("10-13T08:00"), ACCEPTED)
    assert world.told[-1][1].template == "receipt"


def test_an_assignment_sets_no_target_while_the_time_stands_still(running: tuple[CaseWorld, Case]) -> None:
    world, case = running
    other = world.another(Role.SPECIALIST)
    asked(world, case)

    case = world.do(Role.LEADER, case, Assign(officer=other.id))

    assert (case.officer_id, case.due_at, case.step_due) == (other.id, None, None)
    case = world.do(Role.LEADER, case, CloseConfirmation(confirmation=world.view(case).confirmations[0].id, reason="x"))
    assert case.step_due is not None


def test_what_is_given_up_lets_the_time_go_on_too(running: tuple[CaseWorld, Case]) -> None:
    world, case = running
    world.clock.instant = at("10-06T15:00")
    one = asked(world, case)
    world.clock.instant = at("10-12T09:00")
    case = world.do(Role.LEADER, case, CloseConfirmation(confirmation=one.id, reason="Không cần nữa."))

    assert (case.status, case.due_at, case.paused_at) == ("examination", at("10-12T11:00"), None)


def test_requests_that_run_beside_each_other_count_once(running: tuple[CaseWorld, Case]) -> None:
    world, case = running
    world.clock.instant = at("10-06T15:00")
    first = asked(world, case)
    world.clock.instant = at("10-07T09:00")
    second = asked(world, case)
    assert world.now(case).paused_at == at("10-06T15:00")
    world.clock.instant = at("10-08T09:00")
    case = answer(world, case, first)
    assert (case.status, case.due_at) == ("confirmation", None)
    world.clock.instant = at("10-12T09:00")

    assert answer(world, case, second).due_at == at("10-12T11:00")


def test_a_date_holds_for_the_papers_that_nobody_doubts(running: tuple[CaseWorld, Case]) -> None:
    world, case = running
    clear, doubtful = world.papers(case)
    world.clock.instant = at("10-05T10:00")
    first = asked(world, case, doubtful)
    case = world.now(case)
    assert (case.due_at, case.paused_at) == (DUE, None)
    assert case.apology["new_due"] is not None
    assert "runs" in world.told[-1][1].values
    world.clock.instant = at("10-06T15:00")
    asked(world, case, clear)
    case = world.now(case)
    assert (case.due_at, case.paused_at, case.apology) == (None, world.clock.now(), {})
    world.clock.instant = at("10-08T09:00")
    case = answer(world, case, first)

    assert (case.status, case.due_at, case.paused_at) == ("confirmation", at("10-08T11:00"), None)


def test_a_supplement_and_a_verification_after_it_both_leave_what_was_left(running: tuple[CaseWorld, Case]) -> None:
    world, case = running
    world.clock.instant = at("10-06T14:00")
    case = world.do(Role.SPECIALIST, case, ASK)
    world.clock.instant = at("10-07T08:00")
    case = bring(world, case)
    assert case.due_at == at("10-07T11:00")
    world.clock.instant = at("10-07T09:00")
    one = asked(world, case)
    world.clock.instant = at("10-12T08:00")

    assert answer(world, case, one).due_at == at("10-12T10:00")


def test_an_answer_to_a_dossier_that_was_withdrawn_starts_no_clock(running: tuple[CaseWorld, Case]) -> None:
    world, case = running
    one = asked(world, case)
    case = answer(world, world.change(case, status=Status.WITHDRAWN.value), one)

    assert (case.status, case.due_at) == ("withdrawn", None)


def test_a_dossier_that_ended_has_no_time_that_stands_still(running: tuple[CaseWorld, Case]) -> None:
    world, case = running
    asked(world, case)
    case = world.cases.do(applicant(case), case.id, Withdraw(reason="Không cần nữa."))

    assert (case.status, case.paused_at, case.paused_due, case.due_at) == ("withdrawn", None, None, None)


# --- what is awaited too long -----------------------------------------------------------------------------------------


def warned(world: CaseWorld, *said: str) -> list[str]:
    """To whom officers' warnings of waiting went that say one of these things."""
    letters = (one for _, one in world.told if one.template == "waited-long")
    return [one.to for one in letters if set(said) & {name for name, value in one.values.items() if value}]


def test_reception_is_warned_of_a_supplement_that_never_comes_and_nothing_ends(world: CaseWorld) -> None:
    world.clock.instant = ACCEPTED
    case = world.do(Role.RECEPTION, filed(world, COPY).case, ASK)
    watch = Watch(world.cases)

    assert (case.supplement_due, case.step_due) == (None, at("10-19T17:00"))
    assert watch.run(at("10-19T16:59")) == 0
    assert (watch.run(at("10-19T17:01")), watch.run(at("10-20T09:00"))) == (1, 0)
    assert warned(world, "supplement") == [f"person:{world.person(Role.RECEPTION).id}"]
    assert world.now(case).status == "supplement"
    back = bring(world, case)
    assert (back.warned, back.step_due is not None and back.step_due < at("10-07T00:00")) == ("", True)


def test_the_specialist_is_warned_of_a_supplement_that_lapsed(running: tuple[CaseWorld, Case]) -> None:
    world, case = running
    case = world.do(Role.SPECIALIST, case, ASK)
    assert (case.supplement_due, case.step_due) == (at("10-14T17:00"), at("10-14T17:00"))

    world.clock.instant = at("10-14T17:01")
    assert Watch(world.cases).run(world.clock.now()) == 1
    assert warned(world, "lapsed") == [f"person:{world.person(Role.SPECIALIST).id}"]


def lapsed(world: CaseWorld, case: Case) -> Case:
    """The supplement did not come by its day, and officers were warned."""
    world.do(Role.SPECIALIST, case, ASK)
    world.clock.instant = at("10-14T17:01")
    assert Watch(world.cases).run(world.clock.now()) == 1
    return world.now(case)


def test_after_a_supplement_lapsed_the_refusal_has_its_day(running: tuple[CaseWorld, Case]) -> None:
    world, case = running
    leader = world.person(Role.LEADER)
    case = lapsed(world, case)
    watch, own = Watch(world.cases), f"person:{world.person(Role.SPECIALIST).id}"

    assert (case.status, case.step_due, case.warned) == ("supplement", at("10-15T17:00"), "")
    assert datetime.fromisoformat(world.told[-1][1].values["refuse_by"]) == case.step_due
    assert "propose" in world.cases.offered(world.asker(Role.SPECIALIST), case)
    world.clock.instant = at("10-15T16:59")
    assert watch.run(world.clock.now()) == 0
    world.clock.instant = at("10-15T17:01")
    assert (watch.run(world.clock.now()), watch.run(world.clock.now())) == (1, 0)
    assert warned(world, "unrefused") == [own, f"person:{leader.id}"]
    assert world.now(case).status == "supplement"
    assert bring(world, case).status == "examination"


def test_what_is_proposed_then_is_the_leaders_until_that_day(running: tuple[CaseWorld, Case]) -> None:
    world, case = running
    leader = world.person(Role.LEADER)
    case = lapsed(world, case)
    ground, why = ("apostille-18-1-c",), "Không bổ sung trong thời hạn."
    papers = tuple(
        PaperProposal(paper=one.id, outcome="refused", grounds=ground, facts=why, reason=why)
        for one in world.papers(case)
    )
    assert set(ground) <= set(offer(turned(world, case, lambda turn: scene(turn, turn.papers()[0]))).grounds)
    case = world.do(Role.SPECIALIST, case, Propose(papers=papers))

    assert (case.status, case.step_due) == ("approval", at("10-15T17:00"))
    world.clock.instant = at("10-16T10:00")
    assert (Watch(world.cases).run(world.clock.now()), Watch(world.cases).run(world.clock.now())) == (1, 0)
    assert f"person:{leader.id}" in {one.to for _, one in world.told if one.template == "deadline-warning"}
    assert world.do(Role.LEADER, case, Approve()).status == "refused"


def test_no_other_procedure_sets_a_day_for_the_refusal(world: CaseWorld) -> None:
    world.clock.instant = ACCEPTED
    until = AskSupplement(items=ASK.items, until=date(2026, 10, 8))
    case = world.do(Role.RECEPTION, filed(world, COPY).case, until)
    world.clock.instant = at("10-08T17:01")

    assert Watch(world.cases).run(world.clock.now()) == 1
    assert (world.now(case).step_due, world.now(case).warned) == (at("10-08T17:00"), "target")
    assert "refuse_by" not in world.told[-1][1].values


def test_the_target_of_a_day_that_was_set_is_that_day(world: CaseWorld) -> None:
    world.clock.instant = ACCEPTED
    until = AskSupplement(items=ASK.items, until=date(2026, 10, 8))
    case = world.do(Role.RECEPTION, filed(world, COPY).case, until)

    assert (case.supplement_due, case.step_due) == (at("10-08T17:00"), at("10-08T17:00"))


def test_both_authorities_are_warned_of_what_nobody_receives(database: Database, tmp_path: Path) -> None:
    ministry = add_authority(database, code="G08", kind="ministry", states=())
    local = add_authority(database, code="H99.SNV", kind="local_office", forwards_to=ministry.id, states=())
    with case_world(database, tmp_path, authority=local) as world:
        world.clock.instant = ACCEPTED
        world.competent(CONSULAR, capacity="receive")
        there = add_person(database, ministry, Role.RECEPTION, login="nhan.noi.kia")
        case = world.do(Role.RECEPTION, world.case(status=Status.ACCEPTED, warned="target"), Forward())
        watch = Watch(world.cases)

        assert (case.step_due, case.warned) == (at("10-06T17:00"), "")
        assert watch.run(at("10-06T17:00")) == 0
        assert (watch.run(at("10-06T17:01")), watch.run(at("10-07T17:01"))) == (1, 0)
        assert warned(world, "forwarded") == [f"person:{world.person(Role.RECEPTION).id}", f"person:{there.id}"]
        assert world.actions(case) == ["case-forwarded", "sender-warned", "deadline-warned"]


def test_officers_are_warned_at_each_term_of_a_request(running: tuple[CaseWorld, Case]) -> None:
    world, case = running
    world.clock.instant = at("10-06T15:00")
    one = asked(world, case)
    watch, steps = Watch(world.cases), []
    for stage, due in (("answer", "10-13T17:00"), ("remind", "10-22T07:00"), ("back", "11-06T07:00")):
        assert one_of(world, case, one.id).warn_at == at(due)
        for late in (0, 1, 2):
            world.clock.instant = at(due) + timedelta(seconds=late)
            steps.append((stage, late, watch.run(world.clock.now())))

    assert [step for step in steps if step[2]] == [("answer", 1, 1), ("remind", 1, 1), ("back", 1, 1)]
    own, leader = (f"person:{world.person(role).id}" for role in (Role.SPECIALIST, Role.LEADER))
    assert [warned(world, stage) for stage in ("answer", "remind", "back")] == [[own], [own], [own, leader]]
    assert one_of(world, case, one.id).warn_at is None


def test_only_the_last_term_is_told_where_several_have_passed(running: tuple[CaseWorld, Case]) -> None:
    world, case = running
    asked(world, case)
    world.clock.instant = at("10-30T09:00")

    assert Watch(world.cases).run(world.clock.now()) == 1
    assert (len(warned(world, "remind")), warned(world, "answer", "back")) == (1, [])


def test_a_consular_request_is_warned_of_once(world: CaseWorld) -> None:
    world.clock.instant = ACCEPTED
    later = at("12-31T17:00")
    case = world.case(CONSULAR, due_at=later, first_due=later, officer_id=world.person(Role.SPECIALIST).id)
    asked(world, case)
    world.clock.instant = at("11-20T09:00")

    assert (Watch(world.cases).run(world.clock.now()), Watch(world.cases).run(world.clock.now())) == (1, 0)
    assert len(warned(world, "answer")) == 1


def test_nobody_is_warned_of_a_request_that_was_answered(running: tuple[CaseWorld, Case]) -> None:
    world, case = running
    one = asked(world, case)
    answer(world, case, one)
    world.change(case, due_at=None, step_due=None)
    world.clock.instant = at("11-20T09:00")

    assert Watch(world.cases).run(world.clock.now()) == 0


# --- given back -------------------------------------------------------------------------------------------------------

BACK = GiveBack(reason="Quá 30 ngày, không có kết quả xác minh.")


def test_a_dossier_is_given_back_after_the_laws_time_and_a_late_answer_invites_again(
    running: tuple[CaseWorld, Case],
) -> None:
    world, case = running
    world.clock.instant = at("10-06T15:00")
    one = asked(world, case)
    world.clock.instant = at("11-06T06:59")
    assert code_of(lambda: world.do(Role.LEADER, case, BACK)) == "give-back-too-early"
    world.clock.instant = at("11-06T07:00")
    assert code_of(lambda: world.do(Role.LEADER, case, GiveBack(reason=" "))) == "reason-missing"
    assert code_of(lambda: world.do(Role.SPECIALIST, case, BACK)) == "not-allowed"
    case = world.do(Role.LEADER, case, BACK)

    assert (case.status, case.ended_at, one_of(world, case, one.id).state) == ("stopped", world.clock.now(), "closed")
    assert world.told[-1][1].template == "given-back"
    case = answer(world, case, one)
    assert (case.status, world.told[-1][1].template, world.told[-1][1].to) == (
        "stopped", "answer-after-return", "applicant",
    )  # fmt: skip


def test_nothing_is_given_back_of_which_a_paper_is_not_awaited(running: tuple[CaseWorld, Case]) -> None:
    world, case = running
    asked(world, case, world.papers(case)[0])
    world.clock.instant = at("12-01T09:00")

    assert code_of(lambda: world.do(Role.LEADER, case, BACK)) == "give-back-too-early"


def test_a_consular_dossier_is_not_given_back(world: CaseWorld) -> None:
    world.clock.instant = ACCEPTED
    case = world.case(CONSULAR, due_at=DUE, first_due=DUE)
    asked(world, case)
    world.clock.instant = at("12-01T09:00")

    assert code_of(lambda: world.do(Role.LEADER, case, BACK)) == "give-back-too-early"


def test_the_database_holds_that_a_time_stands_still_or_runs(running: tuple[CaseWorld, Case]) -> None:
    world, case = running
    with pytest.raises(IntegrityError, match="case_paused_due"), world.database.unit(SYSTEM) as unit:
        unit.cases.change(case, paused_at=ACCEPTED, paused_due=DUE)


def longer(one: Confirmation, **changes: str) -> AllowLonger:
    return AllowLonger(**{"confirmation": one.id, "reference": "7/SGD", **changes})  # type: ignore[arg-type]


def test_a_complex_matter_is_answered_by_the_later_term(running: tuple[CaseWorld, Case]) -> None:
    world, case = running
    world.clock.instant = at("10-06T15:00")
    one = asked(world, case)
    world.clock.instant = at("10-12T09:00")
    assert code_of(lambda: world.do(Role.SPECIALIST, case, longer(one, reference=" "))) == "field-missing"
    case = world.do(Role.SPECIALIST, case, longer(one))
    one = one_of(world, case, one.id)

    assert (one.due_at, one.warn_at, case.due_at) == (at("10-20T17:00"), at("10-20T17:00"), None)
    letter = world.told[-1][1]
    assert (letter.template, datetime.fromisoformat(letter.values["until"])) == ("confirmation-sent", one.due_at)
    assert code_of(lambda: world.do(Role.SPECIALIST, case, longer(one))) == "longer-not-offered"
    case = answer(world, case, one)
    again = asked(world, case)
    world.do(Role.LEADER, case, CloseConfirmation(confirmation=one_of(world, case, again.id).id, reason="Thôi."))
    asked(world, case)
    assert code_of(lambda: world.do(Role.SPECIALIST, case, longer(again))) == "not-sent"


def test_law_gives_a_consular_answer_no_later_term(world: CaseWorld) -> None:
    world.clock.instant = ACCEPTED
    case = world.case(CONSULAR, due_at=DUE, first_due=DUE)
    one = asked(world, case)

    assert code_of(lambda: world.do(Role.SPECIALIST, case, longer(one))) == "longer-not-offered"
