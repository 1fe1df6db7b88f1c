from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from tests.accounts.support import add_authority
from tests.cases.filings import upload
from tests.cases.world import COPY, CaseWorld, case_world, code_of
from verifier.accounts.roles import Role
from verifier.cases.confirming import (
    CloseConfirmation,
    DraftConfirmation,
    RecordAnswer,
    RemindConfirmation,
    SendConfirmation,
)
from verifier.cases.delays import Apologise
from verifier.cases.records import Case, Confirmation
from verifier.cases.statuses import Status
from verifier.cases.watch import Watch
from verifier.storage.database import Database

NOW = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)  # Monday, 9:00 in Viet Nam
DUE = NOW + timedelta(days=1)


@pytest.fixture
def asked(world: CaseWorld) -> tuple[CaseWorld, Case]:
    """A dossier under examination that is due tomorrow, at the ministry."""
    world.clock.instant = NOW
    return world, world.case(due_at=DUE, first_due=DUE)


def draft(world: CaseWorld, case: Case, **changes: object) -> DraftConfirmation:
    ids = tuple(one.id for one in world.papers(case))
    ready = DraftConfirmation(papers=ids, asked="vietnam", name="Sở Giáo dục", points=("Chữ ký số có đúng không?",))
    return replace(ready, **changes)  # type: ignore[arg-type]


def sent(world: CaseWorld, case: Case, **changes: object) -> tuple[Case, Confirmation]:
    """Draft and send a request."""
    world.do(Role.SPECIALIST, case, draft(world, case, **changes))
    [one] = [found for found in world.view(case).confirmations if found.state == "drafted"]
    case = world.do(Role.LEADER, case, SendConfirmation(confirmation=one.id, reference="12/LS-HPH"))
    [one] = [found for found in world.view(case).confirmations if found.id == one.id]
    return case, one


def answer(world: CaseWorld, one: Confirmation, said: str = "authentic") -> RecordAnswer:
    file = upload(world, world.asker(Role.SPECIALIST), b"%PDF-1.7 answer")
    return RecordAnswer(confirmation=one.id, answer=said, reference="99/SGD 20/11/2026", file=file)


def test_a_request_is_drafted_by_one_and_sent_by_another(asked: tuple[CaseWorld, Case]) -> None:
    world, case = asked
    case, one = sent(world, case)

    assert (case.status, one.state, one.reference) == ("confirmation", "sent", "12/LS-HPH")
    assert one.drafted_by == world.person(Role.SPECIALIST).id
    assert one.sent_by == world.person(Role.LEADER).id
    letters = [record for record in world.view(case).records if record.kind == "letter"]
    assert [record.form for record in letters] == ["confirmation-request"] * 2
    assert one.letter_id in {record.id for record in letters}


def test_its_clock_is_its_own_and_that_of_the_dossier_goes_on(asked: tuple[CaseWorld, Case]) -> None:
    world, case = asked
    case, one = sent(world, case)

    zone = world.zone
    assert one.due_at is not None
    assert one.due_at.astimezone(zone).date().isoformat() == "2026-11-23"  # five working days after Monday
    assert (case.due_at, case.clock_from) == (DUE, NOW)


def test_the_apology_is_prepared_with_the_request(asked: tuple[CaseWorld, Case]) -> None:
    world, case = asked
    case, one = sent(world, case)

    assert one.due_at is not None
    assert case.apology["new_due"] > one.due_at.isoformat()
    assert case.apology["reason"] != ""


def test_an_apology_is_not_prepared_where_the_answer_comes_in_time(world: CaseWorld) -> None:
    world.clock.instant = NOW
    later = NOW + timedelta(days=60)
    case, _ = sent(world, world.case(due_at=later, first_due=later))

    assert case.apology == {}


def test_a_foreign_authority_has_no_time_and_nobody_knows_the_new_date(asked: tuple[CaseWorld, Case]) -> None:
    world, case = asked
    case, one = sent(world, case, asked="foreign", name="Bộ Ngoại giao Lào")

    assert one.due_at is None
    assert case.apology["new_due"] is None


def test_an_answer_leads_back_to_examination_with_its_document(asked: tuple[CaseWorld, Case]) -> None:
    world, case = asked
    case, one = sent(world, case)
    case = world.do(Role.SPECIALIST, case, answer(world, one))

    found = world.view(case).confirmations[0]
    assert (case.status, found.state, found.answer) == ("examination", "answered", "authentic")
    assert [record.id for record in world.view(case).records if record.kind == "answer"] == [found.answer_id]


def test_the_dossier_waits_for_the_last_of_several_answers(asked: tuple[CaseWorld, Case]) -> None:
    world, case = asked
    case, first = sent(world, case)
    case, second = sent(world, case, name="Trường Đại học Thử")
    case = world.do(Role.SPECIALIST, case, answer(world, first))
    assert case.status == "confirmation"
    case = world.do(Role.SPECIALIST, case, answer(world, second, "unclear"))
    assert case.status == "examination"


def test_an_answer_after_the_decision_is_kept_and_told_to_who_decided(asked: tuple[CaseWorld, Case]) -> None:
    world, case = asked
    case, one = sent(world, case)
    leader = world.person(Role.LEADER)
    case = world.change(case, status="delivered", decided_by=leader.id)
    case = world.do(Role.CLERK, case, replace(answer(world, one, "not-authentic"), file=clerks_file(world)))

    assert case.status == "delivered"
    assert world.told[-1][1].to == f"person:{leader.id}"
    assert world.events(case)[-1].event.details["late"] is True


def clerks_file(world: CaseWorld) -> UUID:
    return upload(world, world.asker(Role.CLERK), b"%PDF-1.7 late answer")


def test_a_request_that_is_given_up_leads_back_too(asked: tuple[CaseWorld, Case]) -> None:
    world, case = asked
    case, one = sent(world, case)
    world.do(Role.SPECIALIST, case, RemindConfirmation(confirmation=one.id))
    case = world.do(Role.LEADER, case, CloseConfirmation(confirmation=one.id, reason="Quá thời hạn, không trả lời."))

    assert (case.status, world.view(case).confirmations[0].state) == ("examination", "closed")
    case = world.do(Role.SPECIALIST, case, answer(world, one))
    assert world.view(case).confirmations[0].state == "answered"


def test_what_is_spoilt_is_refused(asked: tuple[CaseWorld, Case]) -> None:
    world, case = asked
    spoilt: list[tuple[dict[str, object], str]] = [
        ({"papers": ()}, "field-missing"),
        ({"papers": (uuid4(),)}, "paper-unknown"),
        ({"asked": "moon"}, "field-wrong"),
        ({"name": ""}, "field-missing"),
        ({"points": (" ",)}, "field-missing"),
    ]
    for changes, code in spoilt:
        bad = draft(world, case, **changes)
        assert code_of(partial(world.do, Role.SPECIALIST, case, bad)) == code
    case, one = sent(world, case)
    again = SendConfirmation(confirmation=one.id, reference="13")
    assert code_of(lambda: world.do(Role.LEADER, case, again)) == "already-sent"
    assert code_of(lambda: world.do(Role.LEADER, case, replace(again, confirmation=uuid4()))) == "confirmation-unknown"
    assert code_of(lambda: world.do(Role.SPECIALIST, case, replace(answer(world, one), answer="yes"))) == "field-wrong"
    assert (
        code_of(lambda: world.do(Role.SPECIALIST, case, replace(answer(world, one), file=uuid4()))) == "upload-unknown"
    )
    world.do(Role.SPECIALIST, case, answer(world, one))
    assert code_of(lambda: world.do(Role.SPECIALIST, case, answer(world, one))) == "already-answered"


def test_only_a_mission_asks_the_ministry(database: Database, tmp_path_factory: pytest.TempPathFactory) -> None:
    local = add_authority(database, code="H88", kind="commune", states=())
    with case_world(database, tmp_path_factory.mktemp("local"), authority=local) as world:
        world.clock.instant = NOW
        case = world.case()
        refused = code_of(lambda: world.do(Role.SPECIALIST, case, draft(world, case, asked="ministry")))
    assert refused == "asked-not-offered"


def test_the_ministry_answers_a_mission_by_its_own_working_days(database: Database, tmp_path: Path) -> None:
    mission = add_authority(database, code="G08.FR01", kind="mission", time_zone="Europe/Paris")
    with case_world(database, tmp_path, authority=mission) as world:
        world.clock.instant = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)  # Friday in Paris; the 24th is off at home
        _, one = sent(world, world.case(), asked="ministry")

    assert one.due_at == datetime.fromisoformat("2026-11-25T17:00:00+07:00")


# --- apologies --------------------------------------------------------------------------------------------------------

SORRY = Apologise(new_due=DUE + timedelta(days=8), reason="Chờ xác minh.")


def test_an_apology_gives_a_new_date_once(asked: tuple[CaseWorld, Case]) -> None:
    world, case = asked
    case = world.do(Role.LEADER, case, SORRY)

    assert (case.due_at, case.first_due, case.apologies, case.apology) == (SORRY.new_due, DUE, 1, {})
    assert [one.form for one in world.view(case).records if one.kind == "form"] == ["apology"]
    assert world.told[-1][1].template == "apology"
    assert (
        code_of(lambda: world.do(Role.LEADER, case, replace(SORRY, new_due=DUE + timedelta(days=9)))) == "apology-once"
    )


@pytest.mark.parametrize(
    ("spoilt", "code"),
    [
        (replace(SORRY, reason=""), "reason-missing"),
        (replace(SORRY, new_due=DUE), "field-wrong"),
        (replace(SORRY, new_due=SORRY.new_due.replace(tzinfo=None)), "field-wrong"),
        (replace(SORRY, new_due=datetime(2026, 11, 21, 3, tzinfo=UTC)), "field-wrong"),
        (replace(SORRY, new_due=datetime(2026, 11, 25, 20, tzinfo=UTC)), "field-wrong"),
        (replace(SORRY, new_due=datetime(2026, 11, 24, 3, tzinfo=UTC)), "field-wrong"),
    ],
    ids=["no reason", "not later", "no zone", "a Saturday", "at night", "a holiday"],
)
def test_a_spoilt_apology_is_refused(asked: tuple[CaseWorld, Case], spoilt: Apologise, code: str) -> None:
    world, case = asked

    assert code_of(lambda: world.do(Role.LEADER, case, spoilt)) == code
    assert world.now(case).due_at == DUE


def test_nobody_apologises_before_the_time_runs(world: CaseWorld) -> None:
    world.clock.instant = NOW
    case = world.case(COPY, Status.ACCEPTED)

    assert code_of(lambda: world.do(Role.LEADER, case, SORRY)) == "clock-not-started"


def test_an_apology_that_comes_late_is_sent_and_said_to_be_late(asked: tuple[CaseWorld, Case]) -> None:
    world, case = asked
    world.clock.instant = DUE + timedelta(minutes=1)
    case = world.do(Role.LEADER, case, SORRY)

    assert world.events(case)[-1].event.details["late"] is True


def test_who_has_the_dossier_is_warned_before_an_apology_comes_too_late(world: CaseWorld) -> None:
    world.clock.instant = NOW
    due = datetime(2026, 11, 20, 4, tzinfo=UTC)  # Friday
    case = world.case(due_at=due, first_due=due, officer_id=world.person(Role.SPECIALIST).id)
    case, _ = sent(world, case)
    latest = datetime.fromisoformat(case.apology["latest"])
    watch = Watch(world.cases)

    assert latest == datetime(2026, 11, 19, 10, tzinfo=UTC)  # the close of Thursday
    assert watch.run(latest - timedelta(hours=3)) == 0
    assert watch.run(latest - timedelta(hours=1)) == 1
    warned = [one.to for _, one in world.told if one.template == "deadline-warning"]
    assert warned == [f"person:{world.person(role).id}" for role in (Role.SPECIALIST, Role.LEADER)]  # who apologises
