"""Sheets that hold no more: spoiled before they were handed over, or withdrawn for an error and issued anew."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.cases.test_delivery import exempt
from tests.cases.test_on_paper import ABROAD, BY_HAND, DAY, annul, approved, counter, entries, read, sign, text_of
from tests.cases.test_paperwork import approved as approved_copy
from tests.cases.world import CaseWorld, code_of
from verifier.accounts.roles import Role
from verifier.archive.handlers import Archive, DecideKeeping
from verifier.cases.records import Case, CaseRecord
from verifier.cases.replacing import NoteReturn, ReplaceOnPaper, ReprintSheet
from verifier.cases.sheets import prints_of, sheet_of
from verifier.register.books import Books
from verifier.register.checking import BookCheck
from verifier.storage.database import Database

NEXT_YEAR = datetime(2027, 1, 4, 3, 0, tzinfo=UTC)


@pytest.fixture
def world(database: Database, tmp_path: Path) -> CaseWorld:
    made = CaseWorld(database, tmp_path)
    made.clock.instant = DAY
    return made


def signed(world: CaseWorld, **changes: Any) -> Case:
    """An Apostille on paper that is signed and owes nothing."""
    case = sign(world, approved(world, counter(world, **changes)))
    exempt(world, case)
    return world.now(case)


def handed(world: CaseWorld, case: Case) -> Case:
    world.clock.pass_(minutes=5)
    return world.do(Role.RECEPTION, case, BY_HAND)


def reprint(world: CaseWorld, case: Case, role: Role = Role.LEADER, **told: Any) -> Case:
    said = {"paper": world.papers(case)[0].id, "reason": "máy in kẹt giấy", **told}
    return world.do(role, case, ReprintSheet(**said))


def kinds(world: CaseWorld, case: Case) -> list[tuple[str, str]]:
    """Kind and name of all sheets of a dossier."""
    return sorted((one.kind, one.name) for one in sheets(world, case))


def sheets(world: CaseWorld, case: Case) -> list[CaseRecord]:
    return [one for one in world.view(case).records if one.form == "apostille"]


# --- a sheet that is spoiled -----------------------------------------------------------------------------------------


def test_a_spoiled_sheet_is_printed_again_under_its_number(world: CaseWorld) -> None:
    case = signed(world)
    before, book = sheets(world, case)[0], entries(world, "APOSTILLE")
    assert reprint(world, case).status == "signed"
    world.clock.pass_(minutes=1)
    reprint(world, case, reason="rách góc")

    stem = f"apostille-{case.code}-1"
    assert kinds(world, case) == [
        ("form", f"{stem}-3.pdf"), ("spoiled-sheet", f"{stem}-2.pdf"), ("spoiled-sheet", f"{stem}.pdf"),
    ]  # fmt: skip
    assert {one.sha256 for one in sheets(world, case)} == {before.sha256}
    assert entries(world, "APOSTILLE") == book
    last = world.events(case)[-1].event
    assert (last.action, last.reason) == ("sheet-reprinted", "rách góc")
    assert (last.details["prints"], last.details["entry"]) == (3, 1)
    records = world.view(case).records
    sheet = sheet_of(records, world.papers(case)[0].id)
    assert sheet is not None
    assert prints_of(records, sheet) == 3
    assert handed(world, case).status == "delivered"


UNPRINTABLE: dict[str, tuple[Callable[[CaseWorld, Case], object], str]] = {
    "specialist": (lambda w, c: reprint(w, c, Role.SPECIALIST), "not-allowed"),
    "no-reason": (lambda w, c: reprint(w, c, reason=" "), "reason-missing"),
    "handed-over": (lambda w, c: (handed(w, c), reprint(w, c)), "case-not-now"),
    "handed-over-before": (lambda w, c: (w.change(c, delivered_at=w.clock.now()), reprint(w, c)), "sheet-handed-over"),
    "annulled": (lambda w, c: (annul(w, c), reprint(w, c)), "not-in-force"),
    "of-another": (lambda w, c: reprint(w, c, paper=w.papers(counter(w))[0].id), "paper-unknown"),
    "unsigned": (lambda w, c: reprint(w, approved(w)), "not-released"),
}


@pytest.mark.parametrize("name", UNPRINTABLE)
def test_one_thing_wrong_with_printing_again(world: CaseWorld, name: str) -> None:
    act, code = UNPRINTABLE[name]
    case = signed(world)
    assert code_of(lambda: act(world, case)) == code
    assert [kind for kind, _ in kinds(world, case)] == ["form"]


def test_a_certified_copy_is_printed_again_too(world: CaseWorld) -> None:
    case = sign(world, approved_copy(world))
    reprint(world, case)
    found = [one.kind for one in world.view(case).records if one.form == "wording-copy"]
    assert sorted(found) == ["form", "spoiled-sheet"]


# --- withdrawn for an error, and issued anew -------------------------------------------------------------------------

RIGHT: dict[str, Any] = {"erred": "authority", "reason": "in sai chức danh", "title": "Phó Hiệu trưởng"}


def anew(world: CaseWorld, case: Case, role: Role = Role.LEADER, **told: Any) -> Case:
    world.clock.pass_(minutes=5)
    return world.do(role, case, ReplaceOnPaper(**{"paper": world.papers(case)[0].id, **RIGHT, **told}))


def test_a_wrong_apostille_is_withdrawn_and_issued_anew_after_it_was_handed_over(world: CaseWorld) -> None:
    case = world.do(Role.CLERK, handed(world, signed(world)), Archive())
    before = world.do(Role.LEADER, case, DecideKeeping(until=date(2046, 1, 1), reason="Theo danh mục hồ sơ"))
    world.clock.pass_(days=3)
    case = anew(world, case)

    assert (case.status, case.ended_at, case.archived_at) == ("signed", None, None)
    assert (case.signed_at, case.fee_vnd) == (before.signed_at, before.fee_vnd)
    (paper,) = world.papers(case)
    assert (paper.title, paper.entry, paper.issued_at, paper.basis) == (
        "Phó Hiệu trưởng", 2, world.clock.now(), "specimen",
    )  # fmt: skip
    old, new = entries(world, "APOSTILLE")
    assert (old.state, old.reason) == (
        "replaced", "02 01/2026-APOSTILLE (Nghị định 293/2026/NĐ-CP Điều 19: in sai chức danh)",
    )  # fmt: skip
    assert old.columns["signed"] == "Ngô Văn Ký, Hiệu trưởng, Trường Đại học Thử"
    assert (new.state, new.columns["replaces"]) == ("issued", "01 01/2026-APOSTILLE")
    assert new.columns["signed"] == "Ngô Văn Ký, Phó Hiệu trưởng, Trường Đại học Thử"
    assert new.columns["management"] == f"2026-{world.authority.code}-000002"
    assert [kind for kind, _ in kinds(world, case)] == ["form", "replaced-sheet"]
    text = text_of(world, sheet_of(world.view(case).records, paper.id) or sheets(world, case)[0])
    assert "acting in the capacity of: Phó Hiệu trưởng" in text
    assert "No: 02" in text
    letter = world.told[-1][1]
    assert (letter.template, letter.values["number"]) == ("result-replaced", "01 01/2026-APOSTILLE")
    assert (letter.values["new"], letter.values["bring"]) == ("02 01/2026-APOSTILLE", "1")

    assert world.do(Role.RECEPTION, case, NoteReturn(paper=paper.id)).status == "signed"
    assert [kind for kind, _ in kinds(world, case)] == ["form", "returned-sheet"]
    assert code_of(lambda: world.do(Role.RECEPTION, case, NoteReturn(paper=paper.id))) == "sheet-not-out"
    case = handed(world, case)
    assert (case.status, case.delivered_at) == ("delivered", world.clock.now())
    case = world.do(Role.CLERK, case, Archive())
    assert (case.archived_at, case.keep_until) == (world.clock.now(), date(2046, 1, 1))
    assert world.actions(case)[-4:] == ["result-replaced", "sheet-returned", "result-given-out", "case-archived"]
    assert BookCheck(world.database).run().findings == ()


def test_the_log_holds_what_was_set_right_by_name_alone(world: CaseWorld) -> None:
    case = anew(world, signed(world), values={"capacity": "Phó Hiệu trưởng"})
    last = world.events(case)[-1].event
    assert last.details["fields"] == ["title", "capacity"]
    assert (last.details["erred"], last.details["entry"], last.details["replaces"]) == ("authority", 2, "1/2026")
    assert "Phó" not in repr(last.details)


def test_an_error_that_is_seen_at_the_office_needs_no_return(world: CaseWorld) -> None:
    case = anew(world, signed(world))
    assert [kind for kind, _ in kinds(world, case)] == ["form", "returned-sheet"]
    assert "bring" not in world.told[-1][1].values
    assert anew(world, case, title="Hiệu phó").status == "signed"
    assert [one.state for one in entries(world, "APOSTILLE")] == ["replaced", "replaced", "issued"]
    annul(world, case)
    assert entries(world, "APOSTILLE")[2].state == "annulled"
    assert BookCheck(world.database).run().findings == ()


def test_the_register_prints_that_one_took_the_place_of_the_other(world: CaseWorld) -> None:
    case = handed(world, signed(world))
    world.clock.instant = NEXT_YEAR
    anew(world, case)
    books = Books(world.database, world.house.book, world.clock.now)
    one = read(books.printed(world.caller(Role.CLERK), "APOSTILLE", 2026, 11))
    two = read(books.printed(world.caller(Role.CLERK), "APOSTILLE", 2027, 1))
    assert "Được thay thế ngày 04/01/2027 bằng số 01 01/2027-APOSTILLE" in one
    assert "Còn hiệu lực" not in one
    assert "Còn hiệu lực Cấp đổi cho số 01 01/2026-APOSTILLE" in two


def elsewhere(world: CaseWorld, _: Case) -> object:
    copy = sign(world, approved_copy(world))
    return anew(world, copy)


IRREPLACEABLE: dict[str, tuple[Callable[[CaseWorld, Case], object], str]] = {
    "specialist": (lambda w, c: anew(w, c, Role.SPECIALIST), "not-allowed"),
    "no-step-up": (
        lambda w, c: w.cases.do(
            w.asker(Role.LEADER, proved=False), c.id, ReplaceOnPaper(paper=w.papers(c)[0].id, **RIGHT)
        ),
        "step-up-needed",
    ),
    "no-reason": (lambda w, c: anew(w, c, reason=" "), "reason-missing"),
    "by-the-applicant": (lambda w, c: anew(w, c, erred="applicant"), "applicant-erred"),
    "nothing-right": (lambda w, c: anew(w, c, title=" "), "replacement-empty"),
    "own-number": (lambda w, c: anew(w, c, values={"number": "7"}), "bad-option"),
    "no-such-field": (lambda w, c: anew(w, c, values={"colour": "đỏ"}), "mark-field-unknown"),
    "too-long": (lambda w, c: anew(w, c, title="x" * 5000), "text-unclear"),
    "annulled": (lambda w, c: (annul(w, c), anew(w, c)), "not-in-force"),
    "a-copy": (elsewhere, "not-replaceable"),
    "unsigned": (lambda w, c: anew(w, approved(w)), "not-released"),
    "none-out": (lambda w, c: w.do(Role.CLERK, c, NoteReturn(paper=w.papers(c)[0].id)), "sheet-not-out"),
}


@pytest.mark.parametrize("name", IRREPLACEABLE)
def test_one_thing_wrong_with_issuing_anew(world: CaseWorld, name: str) -> None:
    act, code = IRREPLACEABLE[name]
    case = signed(world)
    before = world.papers(case)[0]
    assert code_of(lambda: act(world, case)) == code
    assert (world.papers(case)[0].title, world.papers(case)[0].entry) == (before.title, before.entry)
    assert [one.state for one in entries(world, "APOSTILLE")] == ["annulled" if name == "annulled" else "issued"]


def test_what_was_handed_over_before_is_not_printed_again_while_the_new_one_waits(world: CaseWorld) -> None:
    case = counter(world)
    world.paper(case, None, **ABROAD)
    case = sign(world, approved(world, case))
    exempt(world, case)
    case = anew(world, handed(world, case))
    assert code_of(lambda: reprint(world, case, paper=world.papers(case)[1].id)) == "sheet-handed-over"
    assert reprint(world, case).status == "signed"
