"""Results on paper where the same procedure may be electronic: Apostilles without their switch, presented papers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from tests.cases.filings import filed, paper
from tests.cases.signing_world import SigningWorld, signing_world
from tests.cases.test_decision import approve
from tests.cases.test_delivery import deliveries, exempt
from tests.cases.test_examination import granted, propose, refused
from tests.cases.verdicts import judge, undecided, unsigned
from tests.cases.world import CONSULAR, PDF, CaseWorld, code_of
from tests.support.postgres import RING
from verifier.accounts.caller import Caller
from verifier.accounts.roles import Role
from verifier.archive.handlers import Archive
from verifier.cases.checking import CaseProof
from verifier.cases.completeness import ConfirmComplete
from verifier.cases.delivery import Deliver, FetchResult
from verifier.cases.desk import Cases
from verifier.cases.examination import JudgeAnew, RecordBasis
from verifier.cases.kernel import applicant
from verifier.cases.moving import Take
from verifier.cases.offering import offers
from verifier.cases.onpaper import waiting_on_paper
from verifier.cases.paperwork import AnnulOnPaper, SignOnPaper
from verifier.cases.paying import PayAtCounter
from verifier.cases.records import Case, CaseRecord, Paper
from verifier.cases.replacing import ReplaceOnPaper
from verifier.law.book import law_book
from verifier.notices.telling import Reach, Telling
from verifier.register.books import Books
from verifier.storage.database import Database
from verifier.storage.registers import RegisterEntry
from verifier.storage.scope import SYSTEM

APOSTILLE = "apostille"
PRESENTED = "CNXT"
DAY = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
"""After the Convention came into force for Viet Nam."""
ABROAD: dict[str, Any] = {"countries": ("DE",), "issuing_country": "VN"}
ON, OFF = frozenset({"e-apostille"}), frozenset[str]()
NOTE = "Mẫu chữ ký số 17/2025 của Trường Đại học Thử"
BY_HAND = Deliver(way="paper", received_by="Đỗ Thị Bưởi", id_number="001090000001")


@pytest.fixture
def world(database: Database, tmp_path: Path) -> CaseWorld:
    made = CaseWorld(database, tmp_path)
    made.clock.instant = DAY
    return made


@pytest.fixture
def signer(database: Database, tmp_path: Path) -> Iterator[SigningWorld]:
    with signing_world(database, tmp_path) as made:
        yield made


def counter(world: CaseWorld, *, data: bytes | None = None, **changes: Any) -> Case:
    """A dossier that was handed over the counter, in examination; `data`: a picture of its paper."""
    case = world.case(APOSTILLE, papers=0, channel="counter", **changes)
    world.paper(case, data, **ABROAD)
    return world.now(case)


def basis(world: CaseWorld, case: Case, number: int = 1, **told: Any) -> Paper:
    said = {"basis": "specimen", "note": NOTE, **told}
    world.do(Role.SPECIALIST, case, RecordBasis(paper=world.papers(case)[number - 1].id, **said))
    return world.papers(case)[number - 1]


def approved(world: CaseWorld, case: Case | None = None) -> Case:
    """A dossier whose papers were compared, proposed and granted."""
    case = case or counter(world)
    for one in world.papers(case):
        if not one.basis:
            basis(world, case, one.number)
    propose(world, case, *map(granted, world.papers(case)))
    return approve(world, case)


def sign(world: CaseWorld, case: Case, role: Role = Role.LEADER, **told: Any) -> Case:
    return world.do(role, case, SignOnPaper(**told))


def annul(world: CaseWorld, case: Case, number: int = 1, **told: Any) -> Case:
    said = {"paper": world.papers(case)[number - 1].id, "ground": "giấy tờ giả", "decision": "7/QĐ", **told}
    return world.do(Role.LEADER, case, AnnulOnPaper(**said))


def entries(world: CaseWorld, symbol: str) -> tuple[RegisterEntry, ...]:
    with world.database.unit(SYSTEM) as unit:
        return unit.registers.entries(symbol, world.clock.now().year)


def sheet(world: CaseWorld, case: Case, form: str) -> CaseRecord:
    return next(one for one in world.view(case).records if one.form == form)


def text_of(world: CaseWorld, record: CaseRecord) -> str:
    return read(world.blobs.read(record.blob))


def read(pdf: bytes) -> str:
    with pypdfium2.PdfDocument(pdf) as document:
        return " ".join(" ".join(page.get_textpage().get_text_range() for page in document).split())


def offered(world: CaseWorld, case: Case) -> list[str]:
    view = world.view(case)
    told = offers(world.house.law(case), case, view.papers, view.records, view.confirmations, world.clock.now())
    return [told[one.id].word for one in view.papers]


# --- an Apostille from filing to archive -----------------------------------------------------------------------------


def test_an_apostille_at_the_counter_goes_its_whole_way(world: CaseWorld) -> None:
    book = law_book()
    telling = Telling(book, RING, Reach(mail=True, portal=True), "https://hoso.example.vn")
    world.house = replace(world.house, book=book, tells=telling.tell, portal=True)
    world.cases = Cases(world.house)
    own = paper(APOSTILLE, **ABROAD)
    case = filed(world, APOSTILLE, channel="counter", papers=(own,)).case
    case = world.do(Role.RECEPTION, case, PayAtCounter(amount=case.fee_vnd or 0))
    case = world.do(Role.RECEPTION, case, ConfirmComplete(shown=("application", "paper")))
    case = world.do(Role.SPECIALIST, case, Take())
    assert offered(world, case) == ["compare"]
    basis(world, case)
    assert offered(world, case) == ["accept"]
    propose(world, case, granted(world.papers(case)[0]))
    approve(world, case)
    case = sign(world, case)
    assert case.status == "signed"
    case = world.do(Role.RECEPTION, case, BY_HAND)
    case = world.do(Role.CLERK, case, Archive())
    assert (case.status, case.archived_at) == ("delivered", world.clock.now())
    world.clock.pass_(hours=1)
    right: dict[str, Any] = {"erred": "authority", "reason": "in sai chức danh", "title": "Phó Hiệu trưởng"}
    case = world.do(Role.LEADER, case, ReplaceOnPaper(paper=world.papers(case)[0].id, **right))
    world.clock.pass_(hours=1)
    case = world.do(Role.CLERK, world.do(Role.RECEPTION, case, BY_HAND), Archive())
    assert (case.status, case.archived_at) == ("delivered", world.clock.now())
    checked = CaseProof(world.database, world.blobs)
    assert list(checked.findings(world.clock.now(), sent_kept=timedelta(days=30), content=True)) == []


def test_the_register_holds_what_the_decree_wants(world: CaseWorld) -> None:
    case = approved(world)
    sign(world, case)
    (one,) = entries(world, "APOSTILLE")
    assert (one.number, one.state, one.columns["form"], one.columns["copy"]) == (1, "issued", "paper", "")
    assert one.columns["signed"] == "Ngô Văn Ký, Hiệu trưởng, Trường Đại học Thử"
    assert one.columns["management"] == f"2026-{world.authority.code}-000001"
    printed = read(
        Books(world.database, world.house.book, world.clock.now).printed(
            world.caller(Role.CLERK), "APOSTILLE", 2026, 11
        )
    )
    assert "01, ngày 23/11/2026" in printed
    assert "Bằng giấy" in printed
    assert "Còn hiệu lực" in printed


def test_the_sheet_has_ten_fields_and_nothing_electronic(world: CaseWorld) -> None:
    case = approved(world)
    sign(world, case)
    record = sheet(world, case, APOSTILLE)
    text = text_of(world, record)
    assert (record.kind, record.paper_id) == ("form", world.papers(case)[0].id)
    assert text.startswith("APOSTILLE (Convention de La Haye du 5 octobre 1961) 1.")
    for words in (
        "has been signed by: Ngô Văn Ký ký",
        "acting in the capacity of: Hiệu trưởng",
        "bears the seal/stamp of: Trường Đại học Thử",
        "the: 23/11/2026",
        "No: 01",
        f"Management No: 2026-{world.authority.code}-000001",
        "9. Con dấu/dấu đóng / Seal/stamp 10. Chữ ký / Signature",
        "Bằng tốt nghiệp đại học, số B 12345",
        case.code,
    ):
        assert words.replace(" ", "") in text.replace(" ", "")
    for words in ("http", "Kiểm tra", "QR", "Thời điểm", "T09:00", "SHA"):
        assert words not in text
    event = world.events(case)[-1].event
    assert event.details["form"] == "apostille/2026-09"
    assert (event.details["book"], event.details["numbers"]) == ("APOSTILLE", ["01"])


def test_a_public_document_without_a_signature_is_sealed_alone(world: CaseWorld) -> None:
    case = counter(world)
    world.change_paper(world.papers(case)[0], signer="", title="")
    sign(world, approved(world, case))
    text = text_of(world, sheet(world, case, APOSTILLE))
    assert "has been signed by: –" in text
    assert "bears the seal/stamp of: Trường Đại học Thử" in text


def test_the_leader_corrects_what_stands_in_a_field(world: CaseWorld) -> None:
    case = approved(world)
    sign(world, case, values={"capacity": "Phó Hiệu trưởng"})
    assert "acting in the capacity of: Phó Hiệu trưởng" in text_of(world, sheet(world, case, APOSTILLE))


def test_several_papers_take_a_number_each(world: CaseWorld) -> None:
    case = counter(world)
    world.paper(case, None, **ABROAD)
    sign(world, approved(world, case))
    assert [(one.symbol, one.entry) for one in world.papers(case)] == [("APOSTILLE", 1), ("APOSTILLE", 2)]


def swapped(world: CaseWorld, case: Case) -> Case:
    world.change_paper(world.papers(case)[0], sha256="0" * 64)
    return case


UNSIGNABLE: dict[str, tuple[Callable[[CaseWorld, Case], object], str]] = {
    "specialist": (lambda w, c: sign(w, c, Role.SPECIALIST), "not-allowed"),
    "twice": (lambda w, c: (sign(w, c), sign(w, c)), "case-not-now"),
    "own-number": (lambda w, c: sign(w, c, values={"number": "99"}), "bad-option"),
    "own-management": (lambda w, c: sign(w, c, values={"management_number": "99"}), "bad-option"),
    "no-such-field": (lambda w, c: sign(w, c, values={"colour": "đỏ"}), "mark-field-unknown"),
    "a-wording": (lambda w, c: sign(w, c, wording="wording-copy"), "wording-unknown"),
    "another-document": (lambda w, c: (swapped(w, c), sign(w, c)), "document-changed"),
    "nothing-signed": (annul, "not-released"),
    "annulled-twice": (lambda w, c: (sign(w, c), annul(w, c), annul(w, c)), "not-in-force"),
    "no-ground": (lambda w, c: (sign(w, c), annul(w, c, ground=" ")), "reason-missing"),
}


@pytest.mark.parametrize("name", UNSIGNABLE)
def test_one_thing_wrong_with_signing(world: CaseWorld, name: str) -> None:
    act, code = UNSIGNABLE[name]
    case = approved(world)
    assert code_of(lambda: act(world, case)) == code
    assert len(entries(world, "APOSTILLE")) == (1 if name in ("twice", "annulled-twice", "no-ground") else 0)


def test_an_annulled_apostille_stands_in_the_book_as_that(world: CaseWorld) -> None:
    case = approved(world)
    sign(world, case)
    annul(world, case)
    assert [(one.state, one.reason) for one in entries(world, "APOSTILLE")] == [("annulled", "7/QĐ: giấy tờ giả")]
    assert world.told[-1][1].template == "annulled"
    assert "electronic" not in world.told[-1][1].values


# --- what granting rests on ------------------------------------------------------------------------------------------


def test_without_a_comparison_nothing_is_granted(world: CaseWorld) -> None:
    case = counter(world)
    one = world.papers(case)[0]
    assert code_of(lambda: propose(world, case, granted(one))) == "basis-missing"
    basis(world, case)
    assert propose(world, case, granted(one)).status == "approval"


WITHOUT_BASIS: dict[str, tuple[dict[str, Any], str]] = {
    "no-specimen-named": ({"note": " "}, "field-missing"),
    "a-digital-signature": ({"basis": "a"}, "basis-not-carried"),
    "no-such-basis": ({"basis": "x"}, "field-wrong"),
    "no-answer": ({"basis": "c"}, "answer-missing"),
}


@pytest.mark.parametrize("name", WITHOUT_BASIS)
def test_what_a_comparison_needs(world: CaseWorld, name: str) -> None:
    told, code = WITHOUT_BASIS[name]
    case = counter(world)
    assert code_of(lambda: basis(world, case, **told)) == code
    assert world.papers(case)[0].basis == ""


def test_reception_does_not_record_a_comparison(world: CaseWorld) -> None:
    case = counter(world)
    said = RecordBasis(paper=world.papers(case)[0].id, basis="specimen", note=NOTE)
    assert code_of(lambda: world.do(Role.RECEPTION, case, said)) == "not-allowed"


def test_an_answer_is_a_basis_too(world: CaseWorld) -> None:
    case = counter(world)
    answer = world.confirmation(case, world.papers(case)[0])
    assert offered(world, case) == ["accept"]
    basis(world, case, basis="c", confirmation=answer.id, note="")
    assert sign(world, approved(world, case)).status == "signed"


def test_an_answer_against_it_is_offered_as_that(world: CaseWorld) -> None:
    case = counter(world)
    world.confirmation(case, world.papers(case)[0], answer="not-authentic")
    assert offered(world, case) == ["refuse"]


def test_a_comparison_that_differs_is_refused_without_a_further_reason(world: CaseWorld) -> None:
    case = counter(world)
    no = refused(world.papers(case)[0], "apostille-18-1-d", reason="")
    assert propose(world, case, no).status == "approval"


def test_a_picture_of_the_paper_is_no_electronic_paper(world: CaseWorld) -> None:
    case = counter(world, data=PDF)
    judge(world, case, world.papers(case)[0], unsigned())
    assert offered(world, case) == ["compare"]
    basis(world, case)
    world.do(Role.SPECIALIST, case, JudgeAnew(paper=world.papers(case)[0].id))
    assert world.papers(case)[0].basis == "specimen"
    assert sign(world, approved(world, case)).status == "signed"


def test_online_the_electronic_paper_rests_on_its_verdict(world: CaseWorld) -> None:
    case = world.case(APOSTILLE)
    one = world.papers(case)[0]
    assert code_of(lambda: basis(world, case)) == "basis-not-needed"
    assert code_of(lambda: propose(world, case, granted(one))) == "verdict-missing"
    judge(world, case, one)
    assert offered(world, case) == ["accept"]
    propose(world, case, granted(one))
    approve(world, case)
    assert sign(world, case).status == "signed"
    assert [one.columns["form"] for one in entries(world, "APOSTILLE")] == ["paper"]


def test_online_an_electronic_paper_without_a_signature_is_refused(world: CaseWorld) -> None:
    case = world.case(APOSTILLE)
    judge(world, case, world.papers(case)[0], unsigned())
    assert offered(world, case) == ["refuse"]


# --- which result is on paper ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("switches", "channel", "data", "book"),
    [
        (OFF, "counter", None, "APOSTILLE"),
        (OFF, "counter", PDF, "APOSTILLE"),
        (OFF, "portal", PDF, "APOSTILLE"),
        (ON, "portal", PDF, ""),
        (ON, "counter", PDF, "APOSTILLE"),
        (ON, "counter", None, "APOSTILLE"),
        (ON, "post", None, "APOSTILLE"),
    ],
    ids=["off-counter", "off-scanned", "off-online", "on-online", "on-scanned", "on-counter", "on-post"],
)
def test_an_apostille_is_electronic_where_it_is_announced_and_filed_so(
    world: CaseWorld, switches: frozenset[str], channel: str, data: bytes | None, book: str
) -> None:
    case = world.case(APOSTILLE, papers=0, channel=channel)
    one = world.paper(case, data, outcome="granted", **ABROAD)
    known = law_book(switches)
    found = waiting_on_paper(known, case, [one], world.view(case).records, world.clock.now())
    assert dict(found) == ({one.id: book} if book else {})


def test_with_the_switch_the_electronic_one_is_not_signed_on_paper(signer: SigningWorld) -> None:
    signer.clock.instant = DAY
    signer.house = replace(signer.house, book=law_book(ON))
    signer.cases = Cases(signer.house)
    case = signer.case(APOSTILLE)
    judge(signer, case, signer.papers(case)[0])
    propose(signer, case, granted(signer.papers(case)[0]))
    approve(signer, case)
    assert code_of(lambda: sign(signer, case)) == "signed-electronically"


def test_without_the_switch_nothing_is_signed_electronically(signer: SigningWorld) -> None:
    signer.clock.instant = DAY
    case = approved(signer, counter(signer))
    caller, token = proved(signer)
    assert code_of(lambda: signer.signing.sign(caller, token, case.id)) == "signed-on-paper"
    assert signer.ordered() == []
    assert sign(signer, case).status == "signed"


# --- a dossier with both ---------------------------------------------------------------------------------------------


def mixed(signer: SigningWorld, **changes: Any) -> Case:
    """A dossier that is approved: one paper to be certified electronically, one that is certified as presented."""
    case = signer.case(CONSULAR, papers=2, **changes)
    one, two = signer.papers(case)
    signer.change_paper(two, work=PRESENTED)
    signer.based(case, one, "a")
    propose(signer, case, *map(granted, signer.papers(case)))
    return approve(signer, case)


def proved(signer: SigningWorld) -> tuple[Caller, str]:
    """The leader in a session of this very moment, and its token."""
    session, token = signer.session(signer.acts.officer)
    return replace(signer.acts.caller(), session=session), token


def electronic(signer: SigningWorld, case: Case) -> Case:
    signer.sign(case)
    signer.carried_on(case)
    signer.look()
    return signer.now(case)


@pytest.mark.parametrize("order", [(electronic, sign), (sign, electronic)], ids=["electronic-first", "paper-first"])
def test_a_mixed_dossier_is_signed_once_both_are_done(
    signer: SigningWorld, order: tuple[Callable[..., Case], Callable[..., Case]]
) -> None:
    case = mixed(signer)
    first, second = order
    assert first(signer, case).status == "signing"
    assert second(signer, case).status == "signed"
    one, two = signer.papers(case)
    assert (one.issuance_id is None, one.issued_at is None) == (False, False)
    assert (two.issuance_id, two.symbol, two.entry) == (None, "CNXT", 1)
    assert len(signer.ordered()) == 1


def test_a_second_click_in_a_mixed_dossier_does_nothing_twice(signer: SigningWorld) -> None:
    case = mixed(signer)
    sign(signer, case)
    assert code_of(lambda: sign(signer, case)) == "signed-electronically"
    electronic(signer, case)
    assert signer.sign(case).status == "signed"
    assert (len(signer.ordered()), len(entries(signer, "CNXT"))) == (1, 1)


def test_what_is_signed_electronically_leaves_the_paper_to_be_signed(signer: SigningWorld) -> None:
    case = mixed(signer)
    electronic(signer, case)
    assert signer.sign(case).status == "signing"
    assert len(signer.ordered()) == 1


def test_the_sheet_says_that_it_was_presented_and_no_more(signer: SigningWorld) -> None:
    case = mixed(signer)
    sign(signer, case)
    text = text_of(signer, sheet(signer, case, "certificate-presented"))
    assert "Số: 01, quyển số 01/2026 - CNXT" in text
    assert "Giấy tờ, tài liệu này đã được xuất trình tại Bộ Ngoại giao." in text
    assert "Bằng tốt nghiệp đại học, số B 12345" in text
    assert signer.acts.officer.name in text
    assert "Biểu mẫu do cơ quan lập" in text
    (one,) = entries(signer, "CNXT")
    assert one.columns["country"] == "Lào"
    books = Books(signer.database, signer.house.book, signer.clock.now)
    month = signer.clock.now().month
    printed = read(books.printed(signer.caller(Role.CLERK), "CNXT", 2026, month))
    assert "CNXT - chứng nhận đã được xuất trình" in printed


def test_a_presented_paper_rests_on_no_signature(world: CaseWorld) -> None:
    case = world.case(CONSULAR)
    world.change_paper(world.papers(case)[0], work=PRESENTED)
    judge(world, case, world.papers(case)[0], undecided())
    assert offered(world, case) == [""]
    assert code_of(lambda: basis(world, case)) == "basis-not-needed"
    propose(world, case, granted(world.papers(case)[0]))
    approve(world, case)
    assert sign(world, case).status == "signed"


def settled(signer: SigningWorld, **changes: Any) -> Case:
    """A mixed dossier that is signed and owes nothing."""
    case = mixed(signer, **changes)
    exempt(signer, case)
    sign(signer, case)
    return electronic(signer, case)


def test_a_mixed_result_is_sent_and_announced(signer: SigningWorld) -> None:
    settled(signer, delivery="e-mail")
    link, ready = signer.told[-2][1], signer.told[-1][1]
    assert (link.template, ready.template, ready.values["counter"]) == ("delivery-link", "result-ready", "1")


def test_what_is_fetched_leaves_the_paper_to_be_handed_over(signer: SigningWorld) -> None:
    case = settled(signer)
    after = signer.cases.do(applicant(case), case.id, FetchResult())
    assert (after.status, signer.actions(case)[-1]) == ("signed", "result-fetched")
    assert signer.do(Role.RECEPTION, case, BY_HAND).status == "delivered"


def test_handing_over_the_paper_ends_no_link(signer: SigningWorld) -> None:
    case = settled(signer, delivery="e-mail")
    after = signer.do(Role.RECEPTION, case, BY_HAND)
    assert after.status == "delivered"
    assert {one.way: one.state for one in deliveries(signer, case)} == {"e-mail": "offered", "paper": "done"}


def test_where_the_paper_was_annulled_the_electronic_part_is_the_whole_result(signer: SigningWorld) -> None:
    case = settled(signer)
    annul(signer, case, number=2)
    assert signer.cases.do(applicant(case), case.id, FetchResult()).status == "delivered"


def test_a_paper_of_another_work_takes_its_own_mark(signer: SigningWorld) -> None:
    case = signer.case(CONSULAR)
    signer.change_paper(signer.papers(case)[0], work="HPHLS")
    signer.based(case, signer.papers(case)[0], "b")
    propose(signer, case, granted(signer.papers(case)[0]))
    approve(signer, case)
    signer.sign(case)
    assert signer.act(case).kind == "consular-legalization"
