from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from tests.accounts.support import add_authority
from tests.cases.world import WHO, CaseWorld, code_of
from verifier.accounts.roles import Role
from verifier.cases.kernel import Asker
from verifier.cases.queue import MOST, Page, Queue, place_text, read_place
from verifier.cases.records import Applicant, Case
from verifier.cases.statuses import Status
from verifier.storage.case_words import number_key, query, words_of
from verifier.storage.database import Database
from verifier.storage.scope import SYSTEM, of

HOUR = timedelta(hours=1)
NGOC = replace(WHO, name="Nguyễn Thị Bích Ngọc", id_number="C1234567", phone="+84 912 345 678")


@pytest.fixture
def queue(world: CaseWorld) -> Queue:
    return Queue(world.house)


@pytest.fixture
def asker(world: CaseWorld) -> Asker:
    return world.asker(Role.SPECIALIST)


def named(world: CaseWorld, name: str) -> Case:
    world.clock.pass_(seconds=1)
    return world.case(papers=0, applicant=replace(NGOC, name=name, id_number="", phone=""))


def ids(page: Page) -> list[UUID]:
    return [one.id for one in page.lines]


# --- the search box --------------------------------------------------------------------------------------------------


FITTING = (
    "Nguyễn Thị Bích Ngọc", "nguyen thi bich ngoc", "NGOC bich", "ngọc nguyễn", "Bích Ng", "n", "nguyễn bich",
    "Nguye\u0302\u0303n", " ngoc ", "C1234567", "#c1234567", "c 123 4567", "0912345678", "0912 345 678",
    "+84912345678", "G10.TEST-260923-0001", "g10.test-260923-0001", "260923-0001", "0001", "001", "ngoc 0001",
    "b12345", "B 12345", "B-12.345", "Buoi Do", "đỗ b", "77/2026",
)  # fmt: skip
OTHERS = (
    "", "  ", "'", "& |", "ngọt", "nguyen tran", "Nguyẽn", "C123456", "912345678", "0912345", "0002", "00", "B 1234",
    "guyen", "12345", ":*", "<1000", "\0", "'ngoc' | 'x'", "!x", "a" * 5000, "\ud800", "x " * 300,
)  # fmt: skip


def test_a_dossier_is_found_by_what_is_known_of_it(world: CaseWorld, queue: Queue, asker: Asker) -> None:
    case = world.case(applicant=NGOC, code="G10.TEST-260923-0001")
    world.change_paper(world.papers(case)[0], symbol="SCT/BS", year=2026, entry=77)

    assert [typed for typed in FITTING if ids(queue.search(asker, typed)) != [case.id]] == []
    assert [typed for typed in OTHERS if queue.search(asker, typed) != Page((), None)] == []


def test_marks_that_are_typed_must_fit(world: CaseWorld, queue: Queue, asker: Asker) -> None:
    with_tone, without = named(world, "Trần Ân"), named(world, "Trần An")

    assert ids(queue.search(asker, "tran an")) == [without.id, with_tone.id]
    assert ids(queue.search(asker, "Trần Ân")) == [with_tone.id]


def test_a_tone_is_found_where_either_spelling_has_it(world: CaseWorld, queue: Queue, asker: Asker) -> None:
    cases = [named(world, "Thuý Hoà Khoẻ"), named(world, "Thúy Hòa Khỏe")]
    both = [one.id for one in reversed(cases)]

    for typed in ("hoà", "hòa", "Thuý", "thúy hoà", "hoa thuy", "khoẻ", "Khỏe"):
        assert ids(queue.search(asker, typed)) == both, typed


def test_the_newest_comes_first_page_by_page(world: CaseWorld, queue: Queue, asker: Asker) -> None:
    cases = [named(world, f"Lê Văn {name}") for name in ("Ba", "Bốn", "Năm")]
    first = queue.search(asker, "le van", limit=2)
    second = queue.search(asker, "le van", limit=2, after=first.next)

    assert ids(first) + ids(second) == [one.id for one in reversed(cases)]
    assert second.next == ""


def test_what_finds_a_dossier_follows_its_change(world: CaseWorld, queue: Queue, asker: Asker) -> None:
    case = world.case(applicant=NGOC)
    world.change(case, applicant=replace(NGOC, name="Bùi Thị Mới", phone="0987654321"))
    world.change_paper(world.papers(case)[0], serial="X 9", holder="Cao Hạ")

    assert all(ids(queue.search(asker, typed)) == [case.id] for typed in ("mới bùi", "0987654321", "x9", "hạ"))
    assert all(not ids(queue.search(asker, typed)) for typed in ("ngoc", "0912345678", "b12345", "buoi"))


def test_nothing_that_found_it_stays_when_it_is_blanked(world: CaseWorld, queue: Queue, asker: Asker) -> None:
    case = world.case(applicant=NGOC)
    world.change(case, applicant=Applicant(""))
    world.change_paper(world.papers(case)[0], serial="", holder="")

    with world.database.unit(SYSTEM) as unit:
        words = unit.case_search.words(case.id)
    assert words == {f"<{case.code.lower()[::-1]}", f"@{world.authority.id}"}
    assert ids(queue.search(asker, case.code)) == [case.id]


def test_another_authority_finds_what_it_has_or_took_in_and_nothing_else(
    world: CaseWorld, queue: Queue, database: Database
) -> None:
    other = CaseWorld(database, world.folder / "other", authority=add_authority(database, code="G11"))
    own = world.case(applicant=NGOC)
    theirs = world.asker(Role.SPECIALIST)
    stranger = replace(theirs, scope=of(other.authority.id))

    assert ids(queue.search(stranger, "ngoc")) == []
    world.change(own, authority_id=other.authority.id)
    assert ids(queue.search(stranger, "ngoc")) == [own.id]
    assert ids(queue.search(theirs, "ngoc")) == [own.id]
    assert (ids(queue.work(stranger)), ids(queue.work(theirs))) == ([own.id], [])
    world.change(own, authority_id=world.authority.id)
    assert ids(queue.search(stranger, "ngoc")) == []


def test_words_keep_names_and_numbers_apart() -> None:
    words = words_of("G1-260101-0001", ["Đỗ Ân", ""], ["", "12/2024/HT-x", "+84 90 000"], UUID(int=1))

    assert words == sorted({"<1000-101062-1g", f"@{UUID(int=1)}", "do", "đỗ", "an", "ân", "#12/2024/htx", "#090000"})
    assert number_key("ÁB-ç 1") == "abc1"
    assert query("#1 @2 <3").whole.count("'@") == 0
    rare = [typed for typed in ("B 1234567", "0912345678", "0015", "ngoc 0015", "nguyen van", "") if query(typed).rare]
    assert rare == ["B 1234567", "0912345678", "0015", "ngoc 0015"]


# --- the work queue --------------------------------------------------------------------------------------------------


def test_the_queue_stands_by_due_hour(world: CaseWorld, queue: Queue, asker: Asker) -> None:
    now = world.clock.now()
    late = world.case(due_at=now - HOUR)
    target = world.case(status=Status.FILED, step_due=now + HOUR)
    undated = world.case(status=Status.FILED)
    soon = world.case(due_at=now + 2 * HOUR, step_due=now)
    world.case(status=Status.DELIVERED, due_at=now, ended_at=now)

    first = queue.work(asker, limit=3)
    assert ids(first) == [late.id, undated.id, target.id]
    assert ids(queue.work(asker, limit=3, after=first.next)) == [soon.id]


MOVES = {
    "mine": "examination confirmation",
    "office": "examination filed accepted signed",
    "free": "accepted",
    "waiting": "supplement confirmation",
    "all": "examination filed accepted signed supplement confirmation",
}


def test_the_queue_is_of_those_whose_move_it_is(world: CaseWorld, queue: Queue, asker: Asker) -> None:
    mine, theirs = world.person(Role.SPECIALIST).id, world.person(Role.LEADER).id
    of_mine = {"examination", "confirmation"}
    for status in MOVES["all"].split():
        officer = mine if status in of_mine else theirs if status == "signed" else None
        world.case(status=Status(status), officer_id=officer)

    for whose, wanted in MOVES.items():
        assert {one.status for one in queue.work(asker, whose).lines} == set(wanted.split()), whose
        assert queue.counts(asker)[whose] == len(wanted.split()), whose


def test_the_queue_is_narrowed(world: CaseWorld, queue: Queue, asker: Asker) -> None:
    one = world.case("certified-copy", Status.EXAMINATION, officer_id=world.person(Role.SPECIALIST).id)
    two = world.case(status=Status.SIGNED)

    assert ids(queue.work(asker, procedure="certified-copy")) == [one.id]
    assert ids(queue.work(asker, statuses=frozenset({"signed", "confirmation"}))) == [two.id]
    assert ids(queue.work(asker, statuses=frozenset({"confirmation"}))) == []
    assert ids(queue.work(asker, officer=world.person(Role.SPECIALIST).id)) == [one.id]


def test_a_line_says_what_a_list_shows(world: CaseWorld, queue: Queue, asker: Asker) -> None:
    officer = world.person(Role.SPECIALIST)
    case = world.case(papers=3, officer_id=officer.id)
    first, second, _ = world.papers(case)
    world.change_paper(first, verdict={"conclusion": "TOTAL_PASSED", "state": "unknown"})
    world.change_paper(second, verdict={"conclusion": "INDETERMINATE", "state": "unchecked"})

    (line,) = queue.work(asker).lines
    assert (line.code, line.applicant, line.officer, line.papers) == (case.code, WHO.name, officer.name, 3)
    assert line.verdicts == {"unknown": 1, "unchecked": 1}
    assert (line.version, line.due_at, line.place.at) == (case.version, None, case.filed_at)


@pytest.mark.parametrize("after", ["x", "~", f"2026-01-01~{UUID(int=1)}", "2026-01-01T00:00:00Z~1"])
def test_a_place_that_nobody_gave_is_refused(after: str) -> None:
    assert code_of(lambda: read_place(after)) == "bad-option"


def test_a_place_is_read_as_it_was_written(world: CaseWorld, queue: Queue, asker: Asker) -> None:
    world.case()
    (line,) = queue.work(asker).lines

    assert read_place(place_text(line.place)) == line.place
    assert read_place("") is None


def test_pages_have_an_end(queue: Queue, asker: Asker, world: CaseWorld) -> None:
    world.case()
    assert len(queue.work(asker, limit=10**9).lines) == 1
    assert len(queue.work(asker, limit=-1).lines) == 1
    assert MOST < 1000
    assert code_of(lambda: queue.work(asker, "whoever")) == "bad-option"
    assert code_of(lambda: queue.search(replace(asker, scope=SYSTEM), "x")) == "not-allowed"


# --- the deadline board ----------------------------------------------------------------------------------------------


def test_the_board_counts_by_hour(world: CaseWorld, queue: Queue, asker: Asker) -> None:
    now = datetime(2026, 9, 23, 14, 20, tzinfo=world.zone)
    due = {"late": -1, "at once": 0, "this hour": 39, "next": 40, "last": 9 * 60 + 39, "tomorrow": 9 * 60 + 40}
    cases = {name: world.case(due_at=now + timedelta(minutes=at)).id for name, at in due.items()}
    world.case(status=Status.FILED)
    world.case(status=Status.SIGNED, due_at=now - HOUR)  # waits to be fetched

    board = queue.board(asker, now)
    hours = {one.since.hour: [line.id for line in one.lines] for one in board.hours if one.since and one.count}
    assert [one.id for one in board.overdue.lines] == [cases["late"]]
    assert hours == {14: [cases["at once"], cases["this hour"]], 15: [cases["next"]], 23: [cases["last"]]}
    assert (board.overdue.count, board.later.count, board.undated) == (1, 1, 1)
    assert len(board.hours) == 10
    assert [board.hours[0].since, board.hours[-1].until] == [now, datetime(2026, 9, 24, tzinfo=world.zone)]


def test_the_board_tells_targets_supplements_and_answers(world: CaseWorld, queue: Queue, asker: Asker) -> None:
    now = datetime(2026, 9, 23, 23, 59, tzinfo=world.zone)
    world.case(step_due=now - HOUR)
    world.case(step_due=now + timedelta(seconds=5))
    world.case(step_due=now + HOUR)
    world.case(status=Status.SUPPLEMENT, supplement_due=now - HOUR)
    case = world.case()
    for state, at in (("sent", now - HOUR), ("sent", now), ("sent", now + HOUR), ("answered", now - HOUR)):
        world.confirmation(case, state=state, due_at=at, reference=f"{uuid4()}", answer="")

    board = queue.board(asker, now)
    assert [one.count for one in board.targets] == [1, 1]
    assert [one.count for one in board.supplements] == [1, 0]
    assert board.confirmations == len(board.confirmation_lines) == 2
    assert {one.code for one in board.confirmation_lines} == {case.code}
    assert len(board.hours) == 1
