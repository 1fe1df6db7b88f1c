"""The applicant's page of a dossier: by code and secret token, alike for whatever is wrong with the pair."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.accounts.support import add_authority
from tests.cases.world import CONSULAR, SIGNATURE, TOKEN
from tests.payments.support import demanded, order_of, paid, ready
from tests.payments.test_refunds import asked as asked_back
from tests.web.case_pages_site import CasePagesSite, case_pages_site
from verifier.accounts.roles import Role
from verifier.cases.completeness import AskSupplement, Item
from verifier.cases.money import CorrectFee, DemandFee, ExemptFee, SetFeeAbroad
from verifier.cases.moving import Withdraw
from verifier.cases.paying import NoteTransfer, PayAtCounter
from verifier.cases.records import RECORD_KINDS, Case
from verifier.cases.refunds import ApproveRefund, NoteRefund
from verifier.cases.statuses import Status, statuses
from verifier.storage.database import Database
from verifier.storage.scope import SYSTEM

ADDRESS = "/dossier"


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Iterator[CasePagesSite]:
    with case_pages_site(database, tmp_path) as made:
        yield made


@pytest.fixture
def visitor(site: CasePagesSite) -> FlaskClient:
    return site.client(None)


def claim(case: Case, **more: str) -> dict[str, str]:
    return {"code": case.code, "token": TOKEN, **more}


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_code_and_secret_open_the_dossier_at_every_status(site: CasePagesSite, visitor: FlaskClient, lang: str) -> None:
    case = site.case(status=Status.FILED)
    for status in Status:
        case = site.change(case, status=status.value, resume="filed")
        page = visitor.post(f"{ADDRESS}?lang={lang}", data=claim(case))
        assert page.status_code == 200
        assert statuses()[status.value].words.said(lang) in page.text
        assert page.headers["Cache-Control"] == "private, no-store"


def test_whatever_is_wrong_with_the_pair_the_answer_is_the_same(site: CasePagesSite, visitor: FlaskClient) -> None:
    one, other = site.case(), site.case()
    pairs = [(one.code, "wrong"), (other.code, TOKEN), ("G10-1", TOKEN), ("", ""), (one.code, ""), ("\0", "\0")]
    answers = [visitor.post(ADDRESS, data={"code": code, "token": token}) for code, token in pairs]
    assert {answer.status_code for answer in answers} == {404}
    bare = {
        answer.text.replace(f' value="{code}"', "") for answer, (code, _) in zip(answers, pairs, strict=True) if code
    }
    assert len(bare - {text for text in bare if "\0" in text}) == 1


def test_the_secret_stands_in_no_address(site: CasePagesSite, visitor: FlaskClient) -> None:
    page = visitor.post(ADDRESS, data=claim(site.case(status=Status.FILED)))
    assert f"?token={TOKEN}" not in page.text
    assert "token=" not in page.text
    assert TOKEN not in visitor.get(f"{ADDRESS}?code=x").text


def test_the_applicant_withdraws_by_a_form(site: CasePagesSite, visitor: FlaskClient) -> None:
    case = site.case(status=Status.FILED)
    form = visitor.post(f"{ADDRESS}/do/withdraw", data=claim(case))
    assert form.status_code == 200
    assert site.now(case).status == "filed"

    done = visitor.post(f"{ADDRESS}/do/withdraw", data=claim(case, send="1", key="k", version=str(case.version)))
    assert done.status_code == 200
    assert site.now(case).status == "withdrawn"


def test_another_text_under_a_form_that_was_sent_is_not_swallowed(site: CasePagesSite, visitor: FlaskClient) -> None:
    case = site.case(status=Status.FILED)
    sent = claim(case, send="1", key="k", version=str(case.version))
    visitor.post(f"{ADDRESS}/do/withdraw", data={**sent, "reason": "nhầm"})
    same = visitor.post(f"{ADDRESS}/do/withdraw", data={**sent, "reason": "nhầm"})
    other = visitor.post(f"{ADDRESS}/do/withdraw", data={**sent, "reason": "đổi ý"})
    assert (same.status_code, other.status_code) == (200, 409)
    assert 'name="key" value="k"' not in other.text


@pytest.mark.parametrize(
    ("lang", "open_", "paid"),
    [("vi", "Phải nộp 60.000", "60.000 đ, đã nộp lúc"), ("en", "VND 60,000 to be paid", "VND 60,000, paid")],
)
def test_the_applicant_reads_what_is_to_be_paid_and_how(
    site: CasePagesSite, visitor: FlaskClient, lang: str, open_: str, paid: str
) -> None:
    case = demanded(site, papers=2)
    page = visitor.post(f"{ADDRESS}?lang={lang}", data=claim(case)).text.replace("\xa0", " ")
    for told in (open_, order_of(site, case).reference):
        assert told in page
    site.do(Role.RECEPTION, case, PayAtCounter(amount=60_000))
    page = visitor.post(f"{ADDRESS}?lang={lang}", data=claim(case)).text.replace("\xa0", " ")
    assert paid in page
    assert open_ not in page


def test_what_a_mission_takes_is_told_in_dollars(database: Database, tmp_path: Path) -> None:
    mission = add_authority(database, code="G10.SQ", kind="mission")
    with case_pages_site(database, tmp_path, authority=mission) as site:
        case = site.do(Role.RECEPTION, demanded(site), SetFeeAbroad(amount=1_050, what="Chứng nhận lãnh sự"))
        reception, visitor = site.client(Role.RECEPTION), site.client(None)
        assert "Phải nộp 10,50 USD" in reception.get(f"/officer/cases/{case.id}").text
        assert "10.50 USD to be paid" in visitor.post(f"{ADDRESS}?lang=en", data=claim(case)).text
        site.do(Role.RECEPTION, case, PayAtCounter(amount=1_050))
        assert "10,50 USD, đã nộp" in visitor.post(f"{ADDRESS}?lang=vi", data=claim(case)).text


def test_times_are_told_as_at_the_mission(database: Database, tmp_path: Path) -> None:
    mission = add_authority(database, code="G08.FR01", kind="mission", time_zone="Europe/Paris")
    with case_pages_site(database, tmp_path, authority=mission) as site:
        site.clock.instant = datetime(2026, 11, 23, 19, 30, tzinfo=UTC)
        case = site.case(due_at=datetime(2026, 11, 24, 16, 30, tzinfo=UTC))
        page = site.client(None).post(f"{ADDRESS}?lang=vi", data=claim(case)).text
        assert "hạn 24/11/2026 17:30" in page
        assert "23/11/2026 20:30" in page
        assert "24/11/2026 02:30" not in page


def test_what_is_to_be_supplemented_stands_on_the_page(site: CasePagesSite, visitor: FlaskClient) -> None:
    items = (Item(what="Bản dịch", why="Giấy tờ bằng tiếng Thái"),)
    case = site.do(Role.RECEPTION, site.case(status=Status.FILED), AskSupplement(items=items))
    page = visitor.post(ADDRESS, data=claim(case)).text
    for told in ("Nội dung cần bổ sung", "Bản dịch", "Giấy tờ bằng tiếng Thái"):
        assert told in page
    page = visitor.post(ADDRESS, data=claim(site.change(case, status="filed"))).text
    assert "Giấy tờ bằng tiếng Thái" not in page


@pytest.mark.parametrize(
    ("lang", "way", "told"),
    [
        ("vi", "", "chờ ông/bà nhận tại: 1 Phố Thử."),
        ("en", "paper", "waits for you at: 1 Test Street."),
        ("en", "device", "you download it on this page"),
        ("vi", "e-mail", "tại địa chỉ đã gửi qua thư điện tử"),
    ],
)
def test_who_has_a_result_reads_how_to_get_it(
    site: CasePagesSite, visitor: FlaskClient, lang: str, way: str, told: str
) -> None:
    case = site.case(CONSULAR, Status.SIGNED, delivery=way, paid_at=None)
    site.record(case, b"result", "result", paper_id=site.papers(case)[0].id)
    site.do(Role.RECEPTION, case, DemandFee())
    page = visitor.post(f"{ADDRESS}?lang={lang}", data=claim(case)).text
    assert {"vi": "kết quả được trả sau khi phí đã nộp", "en": "it is given once the fee is paid"}[lang] in page
    assert told not in page
    site.do(Role.LEADER, case, ExemptFee(exemption="consular-reciprocity", ground="Công hàm 12/2026"))
    assert told in visitor.post(f"{ADDRESS}?lang={lang}", data=claim(case)).text


def test_what_goes_by_post_is_not_come_for(site: CasePagesSite, visitor: FlaskClient) -> None:
    site.clock.instant = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
    case = site.case("apostille", Status.SIGNED, delivery="post", paid_at=None)
    site.do(Role.RECEPTION, case, DemandFee())
    site.do(Role.RECEPTION, case, PayAtCounter(amount=30_000))
    page = visitor.post(ADDRESS, data=claim(case)).text
    assert "ông/bà không cần làm gì" in page
    assert "nhận tại" not in page


def fee_told(site: CasePagesSite, case: Case, lang: str = "vi") -> str:
    """What the applicant's page says of the fee."""
    page = site.client(None).post(f"{ADDRESS}?lang={lang}", data=claim(case)).text
    found = re.search(r'<h2 id="fee-title">.*?</section>', page, re.DOTALL)
    assert found
    return found[0].replace("\xa0", " ")


@pytest.mark.parametrize("asked", [True, False], ids=["asked", "never-asked"])
def test_of_a_dossier_that_ended_nothing_is_to_be_paid(site: CasePagesSite, *, asked: bool) -> None:
    case = demanded(site) if asked else ready(site)
    site.do(Role.RECEPTION, case, Withdraw(reason="Theo đơn"))
    told = fee_told(site, case)
    assert "Không còn phí phải nộp." in told
    for other in ("Phải nộp", "Chưa tính phí", "30.000"):
        assert other not in told


def test_who_is_exempt_paid_nothing(site: CasePagesSite, visitor: FlaskClient) -> None:
    case = demanded(site)
    site.do(Role.LEADER, case, ExemptFee(exemption="consular-reciprocity", ground="Công hàm 12/2026"))
    assert "Được miễn phí." in fee_told(site, case)
    assert "đã nộp" not in fee_told(site, case)
    assert "Nộp phí" not in visitor.post(ADDRESS, data=claim(case)).text


def test_what_was_paid_before_and_what_is_left_are_told_apart(site: CasePagesSite) -> None:
    case = paid(site)
    site.paper(case, None)
    site.do(Role.SPECIALIST, case, CorrectFee(reason="Thêm giấy tờ"))
    told = fee_told(site, case, "en")
    assert "The fee is VND 60,000; VND 30,000 of it was paid." in told
    assert told.count("to be paid") == 1
    assert "VND 30,000 to be paid" in told


def test_a_fee_at_the_return_has_no_day_by_which_it_is_paid(site: CasePagesSite) -> None:
    case = site.do(Role.RECEPTION, ready(site, SIGNATURE, status=Status.ACCEPTED), DemandFee())
    told = fee_told(site, case)
    assert order_of(site, case).reference in told
    assert "kết quả được trả sau khi phí đã nộp" in told
    assert "Đề nghị nộp trước" not in told


def test_money_that_paid_nothing_and_money_that_went_back_are_told(site: CasePagesSite) -> None:
    case = demanded(site)
    at, reference = site.clock.now(), order_of(site, case).reference
    site.do(Role.RECEPTION, case, NoteTransfer(transaction="UNC-1", amount=1_000, paid_at=at, reference=reference))
    assert "Đã nhận 1.000 đ không khớp" in fee_told(site, case)
    refund = asked_back(site, case)
    site.do(Role.LEADER, case, ApproveRefund(refund=refund.id))
    assert "Đã hoàn trả" not in fee_told(site, case)
    site.do(Role.CLERK, case, NoteRefund(refund=refund.id))
    assert "Đã hoàn trả 1.000 đ." in fee_told(site, case)
    assert "không khớp" not in fee_told(site, case)


def test_pages_lead_here(site: CasePagesSite, visitor: FlaskClient) -> None:
    for page in ("/verify", ADDRESS):
        assert visitor.get(page).text.count(f'href="{ADDRESS}"') == 2


@pytest.mark.parametrize("command", ["approve", "record-payment", "no-such"])
def test_what_is_not_for_applicants_is_not_there(site: CasePagesSite, visitor: FlaskClient, command: str) -> None:
    case = site.case(status=Status.APPROVAL)
    assert visitor.post(f"{ADDRESS}/do/{command}", data=claim(case, send="1")).status_code == 404
    assert site.now(case).status == "approval"


@pytest.mark.parametrize(("kind", "status"), [("paper", 200), ("report", 404), ("evidence", 404), ("letter", 404)])
def test_own_files_are_given_and_no_others(site: CasePagesSite, visitor: FlaskClient, kind: str, status: int) -> None:
    case = site.case()
    record = site.record(case, b"bytes", kind)
    with visitor.post(f"{ADDRESS}/records/{record.id}", data=claim(case)) as answer:
        assert answer.status_code == status
    assert visitor.post(f"{ADDRESS}/records/{record.id}", data={"code": case.code, "token": "x"}).status_code == 404


def test_page_and_api_show_the_same_files(site: CasePagesSite, visitor: FlaskClient) -> None:
    case = site.case(status=Status.DELIVERED, papers=2, delivered_at=site.clock.now())
    annulled = site.papers(case)[0]
    site.change_paper(annulled, annulled_at=site.clock.now())
    for number, kind in enumerate(RECORD_KINDS):
        site.record(case, kind.encode(), kind, name=f"{number}-{kind}.pdf")
    for number, form in enumerate(sorted(site.house.book.forms.ids), start=100):
        site.record(case, form.encode(), "form", name=f"{number}-{form}.pdf", form=form)
    site.record(case, b"annulled", "result", name="annulled.pdf", paper_id=annulled.id)

    page = visitor.post(ADDRESS, data=claim(case)).text
    headers = {"X-Dossier-Code": case.code, "X-Dossier-Token": TOKEN}
    told = visitor.get(f"/api/v1/cases/{case.id}/papers", headers=headers).json

    assert told is not None
    open_to_api = {one["name"] for one in told["records"]}
    assert {one.name for one in site.view(case).records if one.name in page} == open_to_api
    assert any("-result.pdf" in one for one in open_to_api)
    assert "annulled.pdf" not in open_to_api
    hidden = next(one for one in site.view(case).records if one.name == "annulled.pdf")
    assert visitor.post(f"{ADDRESS}/records/{hidden.id}", data=claim(case)).status_code == 404
    assert visitor.get(f"/api/v1/cases/{case.id}/records/{hidden.id}", headers=headers).status_code == 404


def test_no_form_of_another_site_acts_for_somebody_who_is_signed_in(site: CasePagesSite) -> None:
    case = site.case(status=Status.FILED)
    client = site.client(Role.RECEPTION)
    client.post(f"{ADDRESS}/do/withdraw", data=claim(case, send="1"))
    assert site.now(case).status == "filed"


def test_who_reads_a_file_stands_in_the_log(site: CasePagesSite, visitor: FlaskClient) -> None:
    case = site.case()
    record = site.record(case, b"bytes", "paper")
    visitor.post(f"{ADDRESS}/records/{record.id}", data=claim(case), buffered=True)
    site.client(Role.RECEPTION).get(f"/officer/cases/{case.id}/records/{record.id}", buffered=True)
    with site.database.unit(SYSTEM) as unit:
        events = [one.event for one in unit.audit.chain("case-record", str(record.id), 10)]
    assert [(one.action, one.actor.kind) for one in events] == [("record-read", "visitor"), ("record-read", "person")]
    assert site.events(case) == ()


def test_the_authority_of_the_filing_reads_what_it_forwarded(site: CasePagesSite) -> None:
    other = add_authority(site.database, code="G10.NOI", kind="ministry")
    case = site.case()
    record = site.record(case, b"bytes", "paper")
    with site.database.unit(SYSTEM) as unit:
        unit.cases.move(case, other.id)
        unit.cases.change(case, authority_id=other.id, status=Status.FORWARDED.value)
    answer = site.client(Role.RECEPTION).get(f"/officer/cases/{case.id}/records/{record.id}", buffered=True)
    assert (answer.status_code, answer.data) == (200, b"bytes")
