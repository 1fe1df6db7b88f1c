"""The pages of officers on dossiers."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from flask.testing import FlaskClient
from markupsafe import escape

from tests.accounts.support import add_authority
from tests.cases.test_delivery import signed
from tests.cases.verdicts import failed, judge, sound, unjudged
from tests.cases.world import COPY, PDF, SIGNATURE, TOKEN
from tests.payments.support import demanded, order_of
from tests.web.accounts_support import token_in
from tests.web.case_pages_site import LIST, CasePagesSite, case_pages_site, hidden, send
from verifier.accounts.roles import Role
from verifier.cases.desk import Cases, rules_of_all
from verifier.cases.examination import PaperProposal, Propose, RecordBasis
from verifier.cases.handlers import REGISTRY
from verifier.cases.money import DemandFee, SetFeeAbroad
from verifier.cases.moving import Withdraw
from verifier.cases.records import Case
from verifier.cases.statuses import Status, statuses
from verifier.issuance import Issues
from verifier.reports.json_report import dumps, to_json
from verifier.storage.database import Database
from verifier.storage.scope import of
from verifier.verdict import Outcome
from verifier.web import locale
from verifier.web.casework.choices import choices_of
from verifier.web.casework.fields import Input, inputs_of
from verifier.web.casework.reading import Typed, values_of
from verifier.web.casework.show import in_order


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Iterator[CasePagesSite]:
    with case_pages_site(database, tmp_path) as made:
        yield made


@pytest.mark.parametrize("role", [Role.RECEPTION, Role.SPECIALIST, Role.LEADER, Role.CLERK], ids=str)
def test_forbidden_actions_are_absent_for_each_role_at_each_status(site: CasePagesSite, role: Role) -> None:
    client = site.client(role)
    for status in Status:
        case = site.case(status=status)
        page = client.get(f"{LIST}/{case.id}")
        assert page.status_code == 200, status
        there = set(re.findall(r"/do/([a-z-]+)\"", page.text))
        may = {one.name for one in REGISTRY.values() if status in one.within and role.value in one.by}
        assert there <= may, status


def test_every_command_has_a_form_in_both_languages(site: CasePagesSite) -> None:
    """Shown again, since what is sent is of no version that the dossier ever had."""
    for spec in (one for one in REGISTRY.values() if not one.secret):
        role = next((one for one in Role if one.value in spec.by), None)
        if role is None:
            continue
        case = site.case(status=min(spec.within), papers=2)
        client = site.client(role)
        token = token_in(client.get(f"{LIST}/{case.id}").text)
        for lang in ("vi", "en"):
            answer = client.post(f"{LIST}/{case.id}/do/{spec.name}?lang={lang}", data={"csrf_token": token})
            assert answer.status_code in (409, 422), (spec.name, answer.status_code)
            assert f'action="{LIST}/{case.id}/do/{spec.name}"' in answer.text, spec.name


@pytest.mark.parametrize("name", sorted(REGISTRY))
def test_every_command_and_its_event_have_words(name: str) -> None:
    keys = {f"action-{REGISTRY[name].event}"}
    keys |= set() if REGISTRY[name].secret else {f"case-command-{name}", f"case-effect-{name}"}
    assert keys <= set(locale.texts())


def test_every_field_of_a_command_has_words_and_every_id_is_understood(site: CasePagesSite) -> None:
    view = site.view(site.case(status=Status.EXAMINATION, papers=2))
    with site.app.test_request_context():
        choices = choices_of(view, of(site.authority.id))
        for spec in (one for one in REGISTRY.values() if not one.secret):
            for one in every(inputs_of(spec, choices)):
                assert one.label != one.name, (spec.name, one.name)
                uploads = one.name in {"file", "files", "translation", "slip"}
                assert (one.kind in {"file", "files"}) <= uploads, (spec.name, one.name)


def every(found: Iterable[Input]) -> Iterator[Input]:
    for one in found:
        yield one
        for row in one.rows:
            yield from every(row.inputs)


SIGNS = {
    "both": ("CNLS", "CNXT", {"sign", "sign-on-paper"}),
    "electronic": ("CNLS", "CNLS", {"sign"}),
    "on-paper": ("CNXT", "CNXT", {"sign-on-paper"}),
}


@pytest.mark.parametrize("name", SIGNS)
def test_the_leader_is_offered_the_ways_of_signing_that_are_left(site: CasePagesSite, name: str) -> None:
    one, two, wanted = SIGNS[name]
    case = site.case(status=Status.SIGNING, papers=2)
    for paper, work in zip(site.papers(case), (one, two), strict=True):
        site.change_paper(paper, work=work, outcome="granted")
    with_signing(site)
    client = site.client(Role.LEADER)
    page = client.get(f"{LIST}/{case.id}").text
    there = set(re.findall(rf"{case.id}/(?:do/)?(sign-on-paper|sign)\"", page))
    assert there == wanted
    if "sign" in wanted:
        shown = client.get(f"{LIST}/{case.id}/sign").text
        assert re.findall(r"<strong>(\d)\. Bằng", shown) == [str(at) for at in (1, 2) if SIGNS[name][at - 1] == "CNLS"]


def test_what_may_be_done_is_listed_in_the_order_of_the_next_step() -> None:
    assert in_order(["annul", "deliver", "stop", "sign-on-paper", "sign"]) == [
        "sign", "sign-on-paper", "deliver", "annul", "stop",
    ]  # fmt: skip


def with_signing(site: CasePagesSite) -> None:
    """Let there be something that issues, which nobody asks."""
    issues = cast("Issues", SimpleNamespace(issuing=None))
    cases = Cases(replace(site.house, issues=True))
    site.app.extensions["casework"] = replace(site.app.extensions["casework"], cases=cases, issues=issues)


def test_the_page_of_a_paper_that_is_compared_says_so(site: CasePagesSite) -> None:
    site.clock.instant = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
    case = site.case("apostille", papers=0, channel="counter")
    site.paper(case, None, issuing_country="VN", countries=("DE",))
    client = site.client(Role.SPECIALIST)
    page = client.get(f"{LIST}/{case.id}").text
    assert "Cần đối chiếu mẫu con dấu, chữ ký" in page
    address = f"{LIST}/{case.id}/do/record-basis"
    assert address in page
    form = {"paper": str(site.papers(case)[0].id), "basis": "specimen", "note": "Mẫu 17/2025"}
    assert send(client, address, form).status_code == 303
    assert site.papers(case)[0].basis == "specimen"
    assert "Đủ căn cứ chấp nhận" in client.get(f"{LIST}/{case.id}").text


def test_a_command_is_given_by_its_form(site: CasePagesSite) -> None:
    case = site.case(status=Status.FILED)
    client = site.client(Role.RECEPTION)
    paper = site.papers(case)[0]
    answer = send(client, f"{LIST}/{case.id}/do/check-paper", {"paper": str(paper.id), "checked": "on", "pages": "4"})
    assert answer.headers["Location"] == f"{LIST}/{case.id}?done=check-paper"
    assert site.papers(case)[0].pages == 4


def test_what_was_shown_at_the_desk_is_not_called_missing_once_the_dossier_is_complete(site: CasePagesSite) -> None:
    case, client = site.case(SIGNATURE, Status.FILED, complete_at=None), site.client(Role.RECEPTION)
    assert parts_told(client.get(f"{LIST}/{case.id}").text).count("Chưa có") == 1
    case = site.change(case, complete_at=site.clock.now())
    told = parts_told(client.get(f"{LIST}/{case.id}").text)
    assert (told.count("Chưa có"), told.count("Đã xuất trình")) == (0, 1)


def test_of_a_signed_result_that_waits_for_its_fee_the_fee_is_the_next_step(site: CasePagesSite) -> None:
    case = site.case(SIGNATURE, Status.SIGNED, paid_at=None)
    site.do(Role.RECEPTION, case, DemandFee())
    page = site.client(Role.RECEPTION).get(f"{LIST}/{case.id}").text
    (first,) = re.findall(r'class="button primary" href="([^"]+)"', page.split('id="next-title"')[1])
    assert first.endswith("/do/pay-at-counter")


def parts_told(page: str) -> str:
    """What the page says of the components."""
    return page.split('id="parts-title"')[1].split("</section>", maxsplit=1)[0]


def test_who_has_a_dossier_is_named_once(site: CasePagesSite) -> None:
    case = site.case(officer_id=site.person(Role.SPECIALIST).id)
    page = site.client(Role.RECEPTION).get(f"{LIST}/{case.id}").text
    assert page.split('class="case-head"')[1].split("</div>")[0].count(site.person(Role.SPECIALIST).name) == 1


def test_a_time_that_stands_still_is_said(site: CasePagesSite) -> None:
    site.clock.instant = now = datetime(2026, 10, 5, 2, tzinfo=UTC)
    case = site.case("apostille", Status.CONFIRMATION, paused_at=now, paused_due=now + timedelta(days=1))
    shown = site.client(Role.LEADER).get(f"{LIST}/{case.id}").text

    assert shown.count("Tạm dừng tính thời hạn") > shown.count("Tạm dừng tính thời hạn từ") > 0
    assert f"{LIST}/{case.id}/do/give-back" not in shown  # nothing is awaited


def test_the_guide_names_every_status_and_every_command_beside_its_role() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "casework.md").read_text("utf-8")
    for one in statuses().values():
        assert f"| `{one.id}` | {one.words.vi} |" in guide
    rows = {line.split("|")[1].split("(")[0].strip(): line for line in guide.splitlines() if line.startswith("| ")}
    for rule in rules_of_all().values():
        for role in rule.by - {"applicant"}:
            assert f"`{rule.name}`" in rows[role], rule.name


def test_two_officers_on_one_dossier_the_second_sees_who_was_quicker_and_keeps_the_text(site: CasePagesSite) -> None:
    case = site.case(status=Status.FILED)
    client, address = site.client(Role.RECEPTION), f"{LIST}/{case.id}/do/withdraw"
    shown = client.get(address).text
    other = site.client(Role.RECEPTION, person=site.another(Role.RECEPTION))
    paper = str(site.papers(case)[0].id)
    send(other, f"{LIST}/{case.id}/do/check-paper", {"paper": paper, "checked": "on"})

    typed = {"csrf_token": token_in(shown), **hidden(shown), "reason": "người nộp xin rút"}
    answer = client.post(address, data=typed)
    assert answer.status_code == 409
    assert "Hoàng Văn Khác vừa làm: Kiểm tra giấy tờ" in answer.text
    assert "người nộp xin rút" in answer.text
    assert site.now(case).status == "filed"

    client.post(address, data={**typed, **hidden(answer.text)})
    assert site.now(case).status == "withdrawn"


def test_a_form_that_is_sent_twice_does_one_thing(site: CasePagesSite) -> None:
    case = site.case(status=Status.FILED)
    client, address = site.client(Role.RECEPTION), f"{LIST}/{case.id}/do/withdraw"
    shown = client.get(address).text
    typed = {"csrf_token": token_in(shown), **hidden(shown), "reason": "nhầm thủ tục"}
    answers = [client.post(address, data=typed) for _ in range(2)]
    assert {one.headers["Location"] for one in answers} == {f"{LIST}/{case.id}?done=withdraw"}
    assert site.actions(case) == ["case-withdrawn"]


def test_a_form_with_the_same_file_twice_does_one_thing(site: CasePagesSite) -> None:
    case, client, address, typed = asked_for_an_answer(site)
    answers = [client.post(address, data={**typed, "file": (io.BytesIO(PDF), "trả lời.pdf")}) for _ in range(2)]
    assert {one.headers["Location"] for one in answers} == {f"{LIST}/{case.id}?done=record-answer"}
    assert site.actions(case) == ["confirmation-answered"]


def test_another_file_under_the_form_that_was_sent_is_not_swallowed(site: CasePagesSite) -> None:
    """Back, another file, sent again: what was sent first is done, and nobody may think that this one is there."""
    case, client, address, typed = asked_for_an_answer(site)
    client.post(address, data={**typed, "file": (io.BytesIO(PDF), "trả lời.pdf")})
    again = client.post(address, data={**typed, "file": (io.BytesIO(PDF + b" "), "trả lời.pdf")})
    assert again.status_code == 409
    assert "nội dung và tệp của lần này chưa được ghi nhận" in again.text
    assert hidden(again.text)["key"] != typed["key"]
    assert site.actions(case) == ["confirmation-answered"]


@pytest.mark.parametrize("other", ["command", "dossier"])
def test_the_key_of_a_form_is_of_its_command_and_dossier(site: CasePagesSite, other: str) -> None:
    case, second = (site.case(status=Status.FILED) for _ in range(2))
    client = site.client(Role.RECEPTION)
    shown = client.get(f"{LIST}/{case.id}/do/withdraw").text
    typed = {"csrf_token": token_in(shown), **hidden(shown), "reason": "nhầm thủ tục"}
    assert client.post(f"{LIST}/{case.id}/do/withdraw", data=typed).status_code == 303
    where = f"{case.id}/do/forward" if other == "command" else f"{second.id}/do/withdraw"
    again = client.post(f"{LIST}/{where}", data=typed)
    assert again.status_code == 409
    assert "nội dung và tệp của lần này chưa được ghi nhận" in again.text


def asked_for_an_answer(site: CasePagesSite) -> tuple[Case, FlaskClient, str, dict[str, str]]:
    """A dossier that waits for an answer, a browser, and the form that records it, filled in but for the file."""
    case = site.case(status=Status.CONFIRMATION)
    asked = site.confirmation(case, *site.papers(case), state="sent", answer="", answer_id=None, answered_at=None)
    client, address = site.client(Role.SPECIALIST), f"{LIST}/{case.id}/do/record-answer"
    shown = client.get(address).text
    said = {"confirmation": str(asked.id), "answer": "authentic", "reference": "34/TL"}
    return case, client, address, {"csrf_token": token_in(shown), **hidden(shown), **said}


def test_files_of_a_refused_form_need_not_be_sent_again(site: CasePagesSite) -> None:
    case = site.case(status=Status.CONFIRMATION)
    asked = site.confirmation(case, *site.papers(case), state="sent", answer="", answer_id=None, answered_at=None)
    client, address = site.client(Role.SPECIALIST), f"{LIST}/{case.id}/do/record-answer"
    shown = client.get(address).text
    first = {"csrf_token": token_in(shown), **hidden(shown), "confirmation": str(asked.id), "answer": "authentic"}
    refused = client.post(address, data={**first, "file": (io.BytesIO(PDF), "trả lời.pdf")})
    assert refused.status_code == 422
    kept = re.search(r'name="file-kept" value="([^"]+)"', refused.text)
    assert kept
    assert kept[1].endswith(" trả lời.pdf")

    client.post(address, data={**first, "file-kept": kept[1], "reference": "34/TL"})
    assert [one.state for one in site.view(case).confirmations] == ["answered"]


def test_an_upload_of_somebody_else_is_not_taken(site: CasePagesSite) -> None:
    case = site.case(status=Status.CONFIRMATION)
    asked = site.confirmation(case, *site.papers(case), state="sent", answer="", answer_id=None, answered_at=None)
    client, address = site.client(Role.SPECIALIST), f"{LIST}/{case.id}/do/record-answer"
    told = {
        "confirmation": str(asked.id),
        "answer": "authentic",
        "reference": "1",
        "file-kept": f"{asked.id} {'0' * 64} x.pdf",
    }
    assert send(client, address, told).status_code == 422
    assert [one.state for one in site.view(case).confirmations] == ["sent"]


@pytest.mark.parametrize("path", ["", "/board", "?tab=mine", "?q=buoi", "?tab=all&procedure=consular-certification%00"])
def test_lists_are_shown(site: CasePagesSite, path: str) -> None:
    case = site.case(officer_id=site.person(Role.SPECIALIST).id, due_at=site.clock.now() + timedelta(minutes=30))
    page = site.client(Role.SPECIALIST).get(LIST + path)
    assert page.status_code == 200
    assert case.code in page.text


def test_a_late_dossier_is_told_so_in_words_and_shape(site: CasePagesSite) -> None:
    site.case(due_at=site.clock.now() - timedelta(minutes=90))
    page = site.client(Role.LEADER).get(f"{LIST}?tab=all").text
    assert re.search(r'class="left late"><svg.*Quá hạn 1 giờ 30 phút', page)


@pytest.mark.parametrize("name", ["Bưởi\0", "Bưởi\u202e"], ids=["nul", "direction"])
def test_a_form_holds_no_letters_that_cannot_be_seen(site: CasePagesSite, name: str) -> None:
    case = signed(site)
    told = {"way": "paper", "received_by": name, "id_number": "001090000001"}
    answer = send(site.client(Role.RECEPTION), f"{LIST}/{case.id}/do/deliver", told)
    assert (answer.status_code, site.now(case).status) == (422, "signed")
    assert 'id="received_by-error"' in answer.text


@pytest.mark.parametrize(("amount", "at"), [("9" * 30, "2026-03-01T08:00"), ("30000", "0001-01-01T00:00")])
def test_a_form_holds_no_number_or_day_beyond_those_of_the_database(site: CasePagesSite, amount: str, at: str) -> None:
    case = demanded(site)
    told = {"transaction": "FT-1", "amount": amount, "paid_at": at}
    answer = send(site.client(Role.RECEPTION), f"{LIST}/{case.id}/do/note-transfer", told)
    assert (answer.status_code, site.now(case).status) == (422, "payment")


@pytest.mark.parametrize(("outcome", "seen"), [(sound(), True), (unjudged("too-large"), False)], ids=["sound", "none"])
def test_what_our_judge_found_is_shown_out_of_its_report(site: CasePagesSite, outcome: Outcome, *, seen: bool) -> None:
    case = site.case()
    paper = site.papers(case)[0]
    told = dumps(to_json(outcome, "bằng.pdf")).encode()
    report = site.record(case, told, "report", media_type="application/json", paper_id=paper.id)

    page = site.client(Role.SPECIALIST).get(f"{LIST}/{case.id}/records/{report.id}/report")

    assert page.status_code == 200
    assert paper.name in page.text
    assert ('<h2 id="layers">' in page.text) == seen


def proposed(site: CasePagesSite) -> Case:
    case = site.case(papers=2)
    good, bad = site.papers(case)
    judge(site, case, good)
    judge(site, case, bad, failed())
    refusal = PaperProposal(
        paper=bad.id, outcome="refused", grounds=("consular-10-2",), facts="Chữ ký bị sửa.", reason="Đã xem kỹ."
    )
    papers = (PaperProposal(paper=good.id, outcome="granted"), refusal)
    site.do(Role.SPECIALIST, case, RecordBasis(paper=good.id, basis="a"))
    return site.do(Role.SPECIALIST, case, Propose(papers=papers, note="Kính trình."))


@pytest.mark.parametrize("place", ["", "/do/approve", "/do/send-back"])
def test_a_leader_sees_what_is_proposed(site: CasePagesSite, place: str) -> None:
    case = proposed(site)
    (ground,) = (one for one in site.house.law(case).grounds(case.procedure) if one.id == "consular-10-2")

    page = site.client(Role.LEADER).get(f"{LIST}/{case.id}{place}").text

    for told in ("Chữ ký bị sửa.", "Đã xem kỹ.", "Kính trình.", site.person(Role.SPECIALIST).name):
        assert told in page
    assert escape(ground.entry.citation) in page
    assert "Hệ thống đề xuất: Có căn cứ từ chối" in page


def test_nothing_of_a_proposal_reaches_the_applicant(site: CasePagesSite) -> None:
    case = proposed(site)

    page = site.client(None).post("/dossier", data={"code": case.code, "token": TOKEN})

    assert page.status_code == 200
    assert not {one for one in ("Chữ ký bị sửa.", "Kính trình.", "đề xuất") if one in page.text}


def test_who_proposes_sees_what_the_service_offers_for_each_paper(site: CasePagesSite) -> None:
    case = site.case(papers=2)
    good, bad = site.papers(case)
    judge(site, case, good)
    judge(site, case, bad, failed())

    page = site.client(Role.SPECIALIST).get(f"{LIST}/{case.id}/do/propose").text

    assert re.findall(r"Hệ thống đề xuất: ([^<]*)<", page) == ["Đủ căn cứ chấp nhận", "Có căn cứ từ chối"]


def test_countries_are_named(site: CasePagesSite) -> None:
    page = site.client(Role.SPECIALIST).get(f"{LIST}/{site.case().id}").text

    assert "<dd>Lào</dd>" in page
    assert "<dd>Việt Nam</dd>" in page


def test_pages_of_an_authority_without_a_calendar_tell_plain_time(database: Database, tmp_path: Path) -> None:
    mission = add_authority(database, code="G08.US01", kind="mission")
    with case_pages_site(database, tmp_path, authority=mission) as site:
        case = site.case(due_at=site.clock.now() + timedelta(hours=30))
        for page in ("", "/board", f"/{case.id}"):
            assert site.client(Role.RECEPTION).get(f"/officer/cases{page}").status_code == 200, page
        told = {"code": case.code, "token": TOKEN}
        assert site.client(None).post("/dossier", data=told).status_code == 200


def test_a_mission_types_and_reads_its_fee_in_dollars(database: Database, tmp_path: Path) -> None:
    mission = add_authority(database, code="G10.SQ", kind="mission")
    with case_pages_site(database, tmp_path, authority=mission) as site:
        case, client = demanded(site), site.client(Role.RECEPTION)
        acts = f"{LIST}/{case.id}/do"
        assert "Số tiền (USD)" in client.get(f"{acts}/set-fee-abroad").text
        assert send(client, f"{acts}/set-fee-abroad", {"amount": "30.5x", "what": "HPHLS"}).status_code == 422
        assert send(client, f"{acts}/set-fee-abroad", {"amount": "30,5", "what": "HPHLS"}).status_code == 303
        assert order_of(site, case).amount == 3_050
        assert "Phải nộp 30,50 USD." in client.get(f"{acts}/pay-at-counter").text
        assert send(client, f"{acts}/pay-at-counter", {"amount": "30,00"}).status_code == 422
        assert send(client, f"{acts}/pay-at-counter", {"amount": "30.50"}).status_code == 303
        assert "30,50 USD, đã nộp" in client.get(f"{LIST}/{case.id}").text


def test_a_mission_is_led_to_its_fee_and_chooses_whom_its_own_circular_exempts(
    database: Database, tmp_path: Path
) -> None:
    mission = add_authority(database, code="G10.SQ", kind="mission")
    with case_pages_site(database, tmp_path, authority=mission) as site:
        case = demanded(site)
        page, leader = site.client(Role.RECEPTION).get(f"{LIST}/{case.id}").text, site.client(Role.LEADER)
        assert page.index(f"{case.id}/do/set-fee-abroad") < page.index(f"{case.id}/do/confirm-complete")
        form, said = f"{LIST}/{case.id}/do/exempt-fee", {"exemption": "mission-merit", "ground": "Thẻ thương binh"}
        assert 'value="consular-treaty"' not in leader.get(form).text
        assert 'value="mission-merit"' in leader.get(form).text
        assert send(leader, form, said).status_code == 303
        assert site.now(case).status == "accepted"
        assert "Được miễn phí." in leader.get(f"{LIST}/{case.id}").text


def test_a_signed_result_that_waits_for_a_missions_fee_leads_to_it(database: Database, tmp_path: Path) -> None:
    mission = add_authority(database, code="G10.SQ", kind="mission")
    with case_pages_site(database, tmp_path, authority=mission) as site:
        case, client = site.case(COPY, Status.SIGNED, paid_at=None), site.client(Role.RECEPTION)
        for act, form in (
            ("set-fee-abroad", {"amount": "10", "what": "Bản sao"}),
            ("pay-at-counter", {"amount": "10"}),
        ):
            address = f"{LIST}/{case.id}/do/{act}"
            assert re.search(rf'class="button primary" href="{address}"', client.get(f"{LIST}/{case.id}").text)
            assert send(client, address, form).status_code == 303
        assert f"{LIST}/{case.id}/do/deliver" in client.get(f"{LIST}/{case.id}").text


def test_a_transfer_to_a_mission_is_in_dollars_after_the_dossier_has_ended_too(
    database: Database, tmp_path: Path
) -> None:
    mission = add_authority(database, code="G10.SQ", kind="mission")
    with case_pages_site(database, tmp_path, authority=mission) as site:
        case = site.do(Role.RECEPTION, demanded(site), SetFeeAbroad(amount=3_050, what="HPHLS"))
        site.do(Role.RECEPTION, case, Withdraw(reason="Theo đơn."))
        clerk, form = site.client(Role.CLERK), f"{LIST}/{case.id}/do/note-transfer"
        said = {"transaction": "T1", "amount": "30,50", "reference": order_of(site, case).reference}
        said["paid_at"] = f"{site.clock.now().astimezone(site.zone):%Y-%m-%dT%H:%M}"
        assert "Số tiền (USD)" in clerk.get(form).text
        assert send(clerk, form, said).status_code == 303
        assert "30,50 USD" in clerk.get(f"{LIST}/{case.id}").text
        assert "3050" not in clerk.get(f"{LIST}/{case.id}").text


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        ("30", 3_000), ("30,5", 3_050), ("30.50", 3_050), ("0,05", 5), ("1.030", 103_000), ("1,030.50", 103_050),
        ("1 030,50", 103_050), ("", ""), ("-1", "-1"), ("1.2.3", "1.2.3"), ("1e3", "1e3"), ("٣", "٣"),
    ],
)  # fmt: skip
def test_an_amount_is_read_into_cents_or_refused(text: str, cents: int | str) -> None:
    amount = Input("amount", "amount", "money", "x", optional=False)
    assert values_of([amount], Typed({"amount": [text]})) == ({"amount": cents} if text else {})
