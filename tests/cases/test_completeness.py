from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.cases.filings import CONSULAR, COPY, LEGALIZATION, filed, filing, paper, upload
from tests.cases.verdicts import judge, unsigned
from tests.cases.world import CaseWorld, code_of
from verifier.accounts.roles import Role
from verifier.cases.completeness import (
    AskSupplement,
    ConfirmComplete,
    Item,
    NewFile,
    Supplement,
)
from verifier.cases.filing import MOST_PAPERS
from verifier.cases.intake import file
from verifier.cases.kernel import applicant
from verifier.cases.paying import PayAtCounter
from verifier.cases.records import Case, Paper
from verifier.cases.setright import CheckPaper
from verifier.cases.statuses import Status
from verifier.cases.warning import WATCHED
from verifier.cases.watch import Watch
from verifier.errors import BadRequest
from verifier.storage.scope import SYSTEM

APOSTILLE = "apostille"
PAY = PayAtCounter(amount=30_000)
ASK = AskSupplement(items=(Item(what="Bản dịch sang tiếng Việt", why="Giấy tờ bằng tiếng Lào."),))


def bring(world: CaseWorld, case: Case, said: Supplement) -> Case:
    """Supplement as the applicant."""
    return world.cases.do(applicant(case), case.id, said)


def test_a_complete_consular_dossier_waits_for_its_fee_and_no_clock_runs(world: CaseWorld) -> None:
    case = world.do(Role.RECEPTION, filed(world).case, ConfirmComplete())

    assert (case.status, case.complete_at, case.fee_vnd) == ("payment", world.clock.now(), 30_000)
    assert (case.accepted_at, case.clock_from, case.due_at) == (None, None, None)
    assert world.told.templates == ["filed", "fee-notice"]


def test_a_complete_certification_is_accepted_at_once_with_its_appointment(world: CaseWorld) -> None:
    case = world.do(Role.RECEPTION, filed(world, COPY).case, ConfirmComplete(shown=("original",)))

    assert (case.status, case.accepted_at) == ("accepted", world.clock.now())
    assert case.due_at is not None
    assert case.first_due == case.due_at
    assert (case.fee_vnd, case.paid_at) == (2_000, None)  # one page, to be paid at the return
    receipt = world.told[-1][1]
    assert receipt.template == "receipt"
    assert [(one.id, one.form) for one in world.view(case).records if one.kind == "form"] == [
        (receipt.records[0], "receipt")
    ]


def test_what_is_always_needed_must_be_there_or_shown(world: CaseWorld) -> None:
    case = filed(world, COPY).case

    assert code_of(lambda: world.do(Role.RECEPTION, case, ConfirmComplete())) == "case-incomplete"
    assert code_of(lambda: world.do(Role.RECEPTION, case, ConfirmComplete(shown=("crown",)))) == "component-unknown"
    assert world.now(case).version == 1


def test_a_fee_that_cannot_be_reckoned_stops_the_acceptance(world: CaseWorld) -> None:
    case = filed(world, COPY, papers=(paper(COPY, pages=None),)).case

    assert code_of(lambda: world.do(Role.RECEPTION, case, ConfirmComplete(shown=("original",)))) == "count-missing"


def test_a_paper_in_another_language_needs_its_translation(world: CaseWorld) -> None:
    asker = world.asker(Role.RECEPTION)
    foreign = paper(LEGALIZATION, language="other", file=upload(world, asker))
    case = filed(world, LEGALIZATION, papers=(foreign,)).case

    assert code_of(lambda: world.do(Role.RECEPTION, case, ConfirmComplete())) == "case-incomplete"
    english = replace(foreign, language="en", file=upload(world, asker))
    other = filed(world, LEGALIZATION, papers=(english,)).case
    assert world.do(Role.RECEPTION, other, ConfirmComplete()).status == "payment"


def test_what_is_missing_is_asked_for_once_with_form_02(world: CaseWorld) -> None:
    case = world.do(Role.RECEPTION, filed(world).case, ASK)

    assert (case.status, case.resume, case.supplements) == ("supplement", "filed", 1)
    letter = world.told[-1][1]
    assert letter.template == "supplement-request"
    assert [one.form for one in world.view(case).records if one.id in letter.records] == ["supplement-request"]
    assert world.actions(case) == ["case-filed", "supplement-asked"]


@pytest.mark.parametrize(
    ("spoilt", "code"),
    [
        (replace(ASK, items=()), "items-missing"),
        (replace(ASK, items=(Item(what=" ", why="Thiếu."),)), "items-missing"),
        (replace(ASK, items=(Item(what="Bản dịch", why=""),)), "reason-missing"),
        (replace(ASK, until=date(2020, 1, 1)), "field-wrong"),
        (replace(ASK, items=ASK.items * 31), "items-missing"),
    ],
    ids=["nothing", "blank", "no reason", "past day", "too many"],
)
def test_a_request_without_content_is_refused(world: CaseWorld, spoilt: AskSupplement, code: str) -> None:
    case = filed(world).case

    assert code_of(lambda: world.do(Role.RECEPTION, case, spoilt)) == code
    assert world.now(case).status == "filed"


def test_a_second_request_takes_a_word_more(world: CaseWorld) -> None:
    case = world.do(Role.RECEPTION, filed(world).case, ASK)
    case = bring(world, case, Supplement(note="Đã có bản dịch."))

    assert code_of(lambda: world.do(Role.RECEPTION, case, ASK)) == "second-supplement"
    assert world.do(Role.RECEPTION, case, replace(ASK, again=True)).supplements == 2


def test_what_is_brought_takes_the_place_and_what_was_judged_holds_no_more(world: CaseWorld) -> None:
    case = filed(world).case
    old = world.papers(case)[0]
    world.change_paper(old, verdict={"conclusion": "TOTAL_PASSED"}, basis="a", checked=True)
    case = world.do(Role.RECEPTION, case, ASK)
    fresh = upload(world, applicant(case), b"%PDF-1.7 another")
    case = bring(world, case, Supplement(files=(NewFile(paper=1, file=fresh),)))

    new = world.papers(case)[0]
    assert (case.status, case.resume, case.code) == ("filed", "", world.now(case).code)
    assert new.sha256 != old.sha256
    assert (new.verdict, new.basis, new.checked) == ({}, "", False)
    assert len([one for one in world.view(case).records if one.kind == "paper"]) == 2


def test_papers_and_translations_are_brought_later(world: CaseWorld) -> None:
    case = world.do(Role.RECEPTION, filed(world).case, ASK)
    who = applicant(case)
    more = paper(file=upload(world, who, b"%PDF-1.7 second"))
    said = Supplement(papers=(more,), files=(NewFile(paper=1, file=upload(world, who), translation=True),))
    papers = world.papers(bring(world, case, said))

    assert [one.number for one in papers] == [1, 2]
    assert papers[0].translation_id is not None


@pytest.mark.parametrize(
    ("spoilt", "code"),
    [
        (Supplement(), "supplement-empty"),
        (Supplement(files=(NewFile(paper=9, file=uuid4()),)), "paper-unknown"),
        (Supplement(files=(NewFile(paper=1, file=uuid4()),)), "upload-unknown"),
        (Supplement(papers=(paper(),)), "paper-file-missing"),
        (Supplement(papers=(paper(work="?", file=uuid4()),)), "work-not-offered"),
    ],
    ids=["empty", "no such paper", "no such file", "paper without file", "work"],
)
def test_a_spoilt_supplement_leaves_the_dossier_as_it_was(world: CaseWorld, spoilt: Supplement, code: str) -> None:
    case = world.do(Role.RECEPTION, filed(world).case, ASK)

    assert code_of(lambda: bring(world, case, spoilt)) == code
    assert (world.now(case).version, len(world.papers(case))) == (case.version, 1)


def test_a_supplement_during_examination_starts_the_time_anew(world: CaseWorld) -> None:
    case = world.do(Role.RECEPTION, filed(world, COPY).case, ConfirmComplete(shown=("original",)))
    due = case.due_at
    case = world.do(Role.SPECIALIST, case, ASK)
    assert (case.resume, case.complete_at is not None) == ("accepted", True)
    assert (case.due_at, case.paused_at) == (None, None)  # no time runs meanwhile, and none is left over
    world.clock.pass_(days=2)
    case = bring(world, case, Supplement(note="Xin bổ sung."))

    assert case.status == "accepted"
    assert case.clock_from == world.clock.now()
    assert case.first_due == due
    assert case.due_at is not None
    assert due is not None
    assert case.due_at > due


def test_the_new_date_after_a_supplement_is_told_and_watched_anew(world: CaseWorld) -> None:
    case = world.do(Role.RECEPTION, filed(world, COPY).case, ConfirmComplete(shown=("original",)))
    old = case.step_due
    case = world.change(world.do(Role.SPECIALIST, case, ASK), warned="late", apology={"latest": None})
    world.clock.pass_(days=2)
    case = bring(world, case, Supplement(note="Xin bổ sung."))

    receipt = world.told[-1][1]
    assert case.due_at is not None
    assert (receipt.template, len(receipt.records)) == ("receipt", 1)
    assert datetime.fromisoformat(receipt.values["due"]) == case.due_at
    assert (case.warned, case.apology, case.step) == ("", {}, "examination")
    assert case.step_due is not None
    assert old is not None
    assert case.step_due > old


def test_a_request_says_why_and_by_when(world: CaseWorld) -> None:
    until = world.clock.now().date() + timedelta(days=3)
    world.do(Role.RECEPTION, filed(world).case, replace(ASK, until=until))

    values = world.told[-1][1].values
    assert values["reason"] == "Giấy tờ bằng tiếng Lào."
    assert values["until"].startswith(f"{until}T17:00")


@pytest.mark.parametrize("days", [None, 2, 20], ids=["not said", "too soon", "later"])
def test_an_apostille_leaves_seven_working_days_to_supplement(world: CaseWorld, days: int | None) -> None:
    world.clock.instant = datetime(2026, 10, 5, 2, tzinfo=UTC)  # Monday, 9:00
    world.competent(APOSTILLE)
    own = paper(APOSTILLE, countries=("DE",), issuing_country="VN")
    case = world.do(Role.RECEPTION, filed(world, APOSTILLE, papers=(own,)).case, PAY)
    until = date(2026, 10, 5) + timedelta(days=days) if days else None
    case = world.do(Role.RECEPTION, case, replace(ASK, until=until))

    day = 26 if days == 20 else 14  # the 25th is a Sunday
    assert case.supplement_due == datetime(2026, 10, day, 10, tzinfo=UTC)


def test_further_papers_after_acceptance_are_paid_for(world: CaseWorld) -> None:
    case = world.do(Role.RECEPTION, filed(world).case, ConfirmComplete())
    case = world.do(Role.RECEPTION, case, PAY)
    case = world.do(Role.SPECIALIST, case, ASK)
    more = paper(CONSULAR, file=upload(world, applicant(case)))
    case = bring(world, case, Supplement(papers=(more,)))

    assert (case.status, case.fee_vnd, case.paid_at) == ("accepted", 60_000, None)
    assert (world.told[-1][1].template, world.told[-1][1].values["amount"]) == ("fee-notice", "30000")


def test_what_is_brought_before_acceptance_is_looked_at_in_a_time_of_its_own(world: CaseWorld) -> None:
    case = filed(world).case
    first = case.step_due
    world.do(Role.RECEPTION, case, ASK)
    world.clock.pass_(days=7)
    case = bring(world, case, Supplement(note="Xin bổ sung."))

    assert first is not None
    assert case.step_due == first + timedelta(days=7)


@pytest.mark.parametrize("status", [Status.PAYMENT, Status.SIGNED])
def test_nobody_is_warned_while_others_are_waited_for(world: CaseWorld, status: Status) -> None:
    now = world.clock.now()
    case = world.case(status=status, due_at=now - timedelta(days=9), step_due=now - timedelta(days=9))

    with world.database.unit(SYSTEM) as unit:
        found = unit.cases.to_warn(now, now, 10, [one.value for one in WATCHED])
    assert found == ()
    assert Watch(world.cases).run(now) == 0
    assert world.actions(case) == []


def test_the_applicant_of_another_dossier_brings_nothing(world: CaseWorld) -> None:
    first, second = filed(world).case, filed(world).case
    case = world.do(Role.RECEPTION, first, ASK)

    assert code_of(lambda: world.cases.do(applicant(second), case.id, Supplement(note="?"))) == "not-found"
    assert code_of(lambda: world.cases.view(applicant(second), case.id)) == "not-found"
    foreign = upload(world, applicant(second))
    said = Supplement(files=(NewFile(paper=1, file=foreign),))
    assert code_of(lambda: bring(world, case, said)) == "upload-unknown"


def test_reception_notes_what_it_looked_at(world: CaseWorld) -> None:
    case = filed(world, COPY).case
    own = world.papers(case)[0]
    world.do(Role.RECEPTION, case, CheckPaper(paper=own.id, pages=4))

    assert (world.papers(case)[0].checked, world.papers(case)[0].pages) == (True, 4)
    assert code_of(lambda: world.do(Role.RECEPTION, case, CheckPaper(paper=own.id, pages=0))) == "field-wrong"
    assert code_of(lambda: world.do(Role.RECEPTION, case, CheckPaper(paper=uuid4()))) == "paper-unknown"


RIGHT: dict[str, tuple[str, Any]] = {
    "name": ("name", "Bảng điểm"),
    "holder": ("holder", "Đỗ Thị Cam"),
    "number": ("serial", "B 2"),
    "office": ("office", "Trường Đại học Khác"),
    "signer": ("signer", "Lê Thị Ký"),
    "title": ("title", "Phó Hiệu trưởng"),
    "day": ("signed_on", date(2025, 7, 1)),
    "countries": ("countries", ("DE", "LA")),
    "language": ("language", "en"),
    "copies": ("copies", 3),
    "pages": ("pages", 9),
}


@pytest.mark.parametrize("role", [Role.RECEPTION, Role.SPECIALIST])
@pytest.mark.parametrize("what", RIGHT)
def test_what_is_said_of_a_paper_is_set_right(world: CaseWorld, what: str, role: Role) -> None:
    name, value = RIGHT[what]
    case = world.case(status=Status.EXAMINATION) if role is Role.SPECIALIST else filed(world).case
    before = world.papers(case)[0]

    world.do(role, case, CheckPaper(paper=before.id, **{name: value}))

    assert world.papers(case)[0] == replace(before, checked=True, **{name: value})
    event = world.events(case)[-1].event
    assert (event.action, event.details["changed"]) == ("paper-checked", [name])
    assert set(event.details) <= {"paper", "checked", "changed", "case", "status", "version", "was"}


def test_what_is_right_is_not_said_to_be_changed(world: CaseWorld) -> None:
    case = filed(world).case
    own = world.papers(case)[0]
    world.do(Role.RECEPTION, case, CheckPaper(paper=own.id, signer=own.signer))

    assert "changed" not in world.events(case)[-1].event.details


SET_WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "a country that is none": ({"issuing_country": "XX"}, "field-wrong"),
    "a foreign paper to be certified": ({"issuing_country": "LA"}, "field-wrong"),
    "for use at home": ({"countries": ("VN",)}, "field-wrong"),
    "a hidden letter": ({"signer": "A\u202eB"}, "text-unclear"),
    "signed tomorrow": ({"signed_on": date(2100, 1, 1)}, "field-wrong"),
    "no language": ({"language": "xx"}, "field-wrong"),
    "no copies": ({"copies": 0}, "field-wrong"),
}


@pytest.mark.parametrize("what", SET_WRONG)
def test_nothing_is_set_wrong(world: CaseWorld, what: str) -> None:
    changes, code = SET_WRONG[what]
    case = filed(world).case
    own = world.papers(case)[0]

    with pytest.raises(BadRequest) as refused:
        world.do(Role.RECEPTION, case, CheckPaper(paper=own.id, **changes))

    assert refused.value.problem.code == code
    assert refused.value.problem.params["field"] == next(iter(changes))
    assert world.papers(case)[0] == own


def test_a_paper_is_set_right_until_it_is_proposed(world: CaseWorld) -> None:
    case = world.case(status=Status.APPROVAL)
    said = CheckPaper(paper=world.papers(case)[0].id, signer="Lê Thị Ký")

    assert code_of(lambda: world.do(Role.SPECIALIST, case, said)) == "case-not-now"


def unsaid(world: CaseWorld, case: Case, name: str) -> Paper:
    """Take from a paper what an older application did not say."""
    own = world.papers(case)[0]
    blank = {"signer": "", "title": ""} if name == "office" else {}
    with world.database.unit(SYSTEM) as unit:
        unit.cases.change_paper(own.id, **{name: "", **blank})
    return own


@pytest.mark.parametrize("name", ["issuing_country", "title", "office"])
def test_nobody_is_asked_to_pay_for_what_could_not_be_signed(world: CaseWorld, name: str) -> None:
    case = filed(world).case
    own = unsaid(world, case, name)

    with pytest.raises(BadRequest) as refused:
        world.do(Role.RECEPTION, case, ConfirmComplete())
    assert (refused.value.problem.code, refused.value.problem.params["paper"]) == ("particular-missing", "1")
    assert refused.value.problem.params["field"] == name

    right = {one: getattr(own, one) for one in ("office", "signer", "title")}
    world.do(Role.RECEPTION, case, CheckPaper(paper=own.id, issuing_country="VN", **right))
    assert world.do(Role.RECEPTION, case, ConfirmComplete()).status == Status.PAYMENT


def test_that_a_paper_was_presented_needs_no_mark(world: CaseWorld) -> None:
    own = paper(work="CNXT", file=upload(world, world.asker(Role.RECEPTION)))
    case = filed(world, papers=(own,)).case
    unsaid(world, case, "title")

    assert world.do(Role.RECEPTION, case, ConfirmComplete()).status == Status.PAYMENT


def test_nobody_is_warned_twice_of_the_same(world: CaseWorld) -> None:
    case = world.do(Role.RECEPTION, filed(world, COPY).case, ConfirmComplete(shown=("original",)))
    assert case.due_at is not None
    watch = Watch(world.cases)
    assert watch.run(world.clock.now()) == 0
    world.clock.instant = case.due_at - timedelta(minutes=90)
    assert (watch.run(world.clock.now()), watch.run(world.clock.now())) == (1, 0)
    world.clock.instant = case.due_at + timedelta(seconds=1)
    assert (watch.run(world.clock.now()), watch.run(world.clock.now())) == (1, 0)

    assert (world.now(case).warned, world.actions(case).count("deadline-warned")) == ("late", 2)


def test_no_fee_is_asked_for_what_is_barred_unless_a_person_says_why(world: CaseWorld) -> None:
    case = filed(world).case
    judge(world, case, world.papers(case)[0], unsigned())

    assert code_of(lambda: world.do(Role.RECEPTION, case, ConfirmComplete())) == "reason-missing"
    assert (world.now(case).status, world.told.templates) == ("filed", ["filed"])
    after = world.do(Role.RECEPTION, case, ConfirmComplete(reason="Sẽ xác minh với nơi cấp."))
    assert (after.status, world.events(case)[-1].event.reason) == ("payment", "Sẽ xác minh với nơi cấp.")


def test_reception_is_warned_of_what_nobody_has_looked_at(world: CaseWorld) -> None:
    case = filed(world).case
    assert case.step_due is not None
    world.person(Role.LEADER)

    assert Watch(world.cases).run(case.step_due + timedelta(minutes=1)) == 1
    warned = [one.to for _, one in world.told if one.template == "deadline-warning"]
    assert warned == [f"person:{world.person(Role.RECEPTION).id}"]


def test_an_officer_of_another_role_confirms_nothing(world: CaseWorld) -> None:
    case = filed(world).case

    assert code_of(lambda: world.do(Role.CLERK, case, ConfirmComplete())) == "not-allowed"
    assert code_of(lambda: world.cases.do(applicant(case), case.id, ConfirmComplete())) == "not-allowed"


def test_a_filing_of_an_online_procedure_has_its_data_with_it(world: CaseWorld) -> None:
    asker = world.asker(Role.RECEPTION)
    made = file(world.house, asker, filing(world, asker, CONSULAR))
    case = world.do(Role.RECEPTION, made.case, ConfirmComplete())
    assert Status(case.status) is Status.PAYMENT


def test_a_dossier_grows_no_further_than_one_may_be_filed(world: CaseWorld) -> None:
    case = world.do(Role.RECEPTION, filed(world, COPY).case, ASK)
    more = tuple(paper(COPY) for _ in range(MOST_PAPERS))

    assert code_of(lambda: bring(world, case, Supplement(papers=more))) == "field-wrong"
    assert bring(world, case, Supplement(papers=more[:2])).status == "filed"
