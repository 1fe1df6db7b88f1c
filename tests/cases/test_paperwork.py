from __future__ import annotations

from typing import Any

import pytest

from tests.cases.test_decision import approve
from tests.cases.test_examination import based, granted, propose
from tests.cases.world import COPY, SIGNATURE, CaseWorld, code_of
from verifier.accounts.roles import Role
from verifier.cases.examination import PaperProposal
from verifier.cases.paperwork import AnnulOnPaper, SignOnPaper
from verifier.cases.records import Case
from verifier.errors import CouldNotIssue
from verifier.storage.registers import RegisterEntry
from verifier.storage.scope import SYSTEM


def approved(world: CaseWorld, procedure: str = COPY, *, papers: int = 1, **changes: Any) -> Case:
    case = world.case(procedure, papers=papers, **changes)
    propose(world, case, *map(granted, world.papers(case)))
    return approve(world, case)


def sign(world: CaseWorld, case: Case, **told: Any) -> Case:
    return world.do(Role.LEADER, case, SignOnPaper(**told))


def entries(world: CaseWorld, symbol: str = "SCT/BS") -> tuple[RegisterEntry, ...]:
    with world.database.unit(SYSTEM) as unit:
        return unit.registers.entries(symbol, world.clock.now().year)


def test_one_number_is_taken_for_all_copies_of_one_original(world: CaseWorld) -> None:
    case = approved(world, papers=2)
    world.change_paper(world.papers(case)[0], copies=5)
    after = sign(world, case)
    assert (after.status, after.signed_at is not None) == ("signed", True)
    assert [(one.symbol, one.year, one.entry) for one in world.papers(case)] == [
        ("SCT/BS", 2026, 1), ("SCT/BS", 2026, 2),
    ]  # fmt: skip
    assert [(one.number, one.state) for one in entries(world)] == [(1, "issued"), (2, "issued")]
    assert world.told.templates == ["result-ready"]
    assert world.events(case)[-1].event.details["numbers"] == ["01", "02"]


def test_the_wording_is_there_to_print(world: CaseWorld) -> None:
    case = approved(world)
    sign(world, case)
    form = next(one for one in world.view(case).records if one.form == "wording-copy")
    assert (form.kind, form.paper_id) == ("form", world.papers(case)[0].id)
    assert world.blobs.read(form.blob).startswith(b"%PDF")


@pytest.mark.parametrize("wording", ["", "wording-signature-one", "wording-fingerprint"])
def test_a_signature_is_certified_in_a_book_of_its_own(world: CaseWorld, wording: str) -> None:
    case = approved(world, SIGNATURE)
    assert sign(world, case, wording=wording, values={"place": "Bệnh viện Thử", "where": "outside"}).status == "signed"
    assert [one.number for one in entries(world, "SCT/CK,ĐC")] == [1]


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({"wording": "wording-translator"}, "wording-unknown"),
        ({"wording": "refusal"}, "wording-unknown"),
        ({"values": {"number": "99"}}, "bad-option"),
        ({"values": {"where": "nowhere"}}, "form-value-wrong"),
    ],
    ids=["another-wording", "no-wording", "own-number", "no-place"],
)
def test_what_is_said_wrongly_takes_no_number(world: CaseWorld, told: dict[str, Any], code: str) -> None:
    case = approved(world, SIGNATURE)
    assert code_of(lambda: sign(world, case, **told)) == code
    assert entries(world, "SCT/CK,ĐC") == ()
    assert world.now(case).status == "signing"


def test_a_closed_book_gives_no_number(world: CaseWorld) -> None:
    case, now = approved(world), world.clock.now()
    with world.database.unit(SYSTEM) as unit:
        unit.registers.open_book(world.authority.id, "SCT/BS", now.year, now)
        book = unit.registers.book("SCT/BS", now.year)
        assert book is not None
        unit.registers.change_book(book, closed_at=now, closed_by=world.person(Role.CLERK).id, chain="0" * 64)
    with pytest.raises(CouldNotIssue, match="book-closed"):
        sign(world, case)
    assert world.now(case).status == "signing"


def test_a_refused_paper_takes_no_number(world: CaseWorld) -> None:
    case = world.case(COPY, papers=2)
    one, two = world.papers(case)
    no = PaperProposal(paper=two.id, outcome="refused", grounds=("originals-22-1",), facts="bị tẩy xóa")
    propose(world, case, granted(one), no)
    approve(world, case)
    assert sign(world, case).status == "signed"
    assert [paper.entry for paper in world.papers(case)] == [1, None]


def test_a_paper_that_changed_since_the_decision_takes_no_number(world: CaseWorld) -> None:
    case = approved(world)
    world.change_paper(world.papers(case)[0], sha256="0" * 64)
    assert code_of(lambda: sign(world, case)) == "document-changed"


def test_what_is_signed_electronically_is_not_signed_on_paper(world: CaseWorld) -> None:
    case, paper = based(world)
    propose(world, case, granted(paper))
    approve(world, case)
    assert code_of(lambda: sign(world, case)) == "signed-electronically"


def test_a_double_click_takes_one_number(world: CaseWorld) -> None:
    case = approved(world)
    sign(world, case)
    assert code_of(lambda: sign(world, case)) == "case-not-now"
    assert len(entries(world)) == 1


def annul(world: CaseWorld, case: Case, **told: Any) -> Case:
    said = {"paper": world.papers(case)[0].id, "ground": "bản chính giả", "decision": "7/QĐ", **told}
    return world.do(Role.LEADER, case, AnnulOnPaper(**said))


def test_what_was_certified_is_annulled_in_the_book(world: CaseWorld) -> None:
    case = approved(world)
    sign(world, case)
    annul(world, case)
    assert world.papers(case)[0].annulled_at is not None
    assert [(one.state, one.reason) for one in entries(world)] == [("annulled", "7/QĐ: bản chính giả")]
    assert world.told[-1][1].values["number"] == "01"
    assert code_of(lambda: annul(world, case)) == "not-in-force"


@pytest.mark.parametrize(
    ("told", "code"),
    [({"ground": " "}, "reason-missing"), ({"decision": ""}, "decision-missing")],
    ids=["no-ground", "no-decision"],
)
def test_annulling_takes_ground_and_decision(world: CaseWorld, told: dict[str, Any], code: str) -> None:
    case = approved(world)
    sign(world, case)
    assert code_of(lambda: annul(world, case, **told)) == code


def test_what_was_not_certified_is_not_annulled(world: CaseWorld) -> None:
    case = approved(world)
    assert code_of(lambda: annul(world, case)) == "not-released"


def test_numbers_begin_again_with_the_year(world: CaseWorld) -> None:
    first = approved(world)
    sign(world, first)
    world.clock.pass_(days=365)
    second = approved(world)
    sign(world, second)
    assert [(one.year, one.entry) for one in (*world.papers(first), *world.papers(second))] == [(2026, 1), (2027, 1)]
