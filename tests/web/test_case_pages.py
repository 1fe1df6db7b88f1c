"""The pages of officers on dossiers."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.cases.test_delivery import signed
from tests.cases.world import PDF
from tests.payments.support import demanded
from tests.web.accounts_support import token_in
from tests.web.case_site import LIST, CaseSite, case_site, hidden, send
from verifier.accounts.roles import Role
from verifier.cases.handlers import REGISTRY
from verifier.cases.statuses import Status, statuses
from verifier.storage.database import Database
from verifier.storage.scope import of
from verifier.web import locale
from verifier.web.casework.choices import choices_of
from verifier.web.casework.fields import Input, inputs_of


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Iterator[CaseSite]:
    with case_site(database, tmp_path) as made:
        yield made


@pytest.mark.parametrize("role", [Role.RECEPTION, Role.SPECIALIST, Role.LEADER, Role.CLERK], ids=str)
def test_forbidden_actions_are_absent_for_each_role_at_each_status(site: CaseSite, role: Role) -> None:
    client = site.client(role)
    for status in Status:
        case = site.case(status=status)
        page = client.get(f"{LIST}/{case.id}")
        assert page.status_code == 200, status
        there = set(re.findall(r"/do/([a-z-]+)\"", page.text))
        may = {one.name for one in REGISTRY.values() if status in one.within and role.value in one.by}
        assert there <= may, status


def test_every_command_has_a_form_in_both_languages(site: CaseSite) -> None:
    for spec in (one for one in REGISTRY.values() if not one.secret):
        role = next((one for one in Role if one.value in spec.by), None)
        if role is None:
            continue
        case = site.case(status=min(spec.within), papers=2)
        for lang in ("vi", "en"):
            answer = site.client(role).get(f"{LIST}/{case.id}/do/{spec.name}?lang={lang}")
            assert answer.status_code == 200, (spec.name, answer.headers.get("Location"))


@pytest.mark.parametrize("name", sorted(REGISTRY))
def test_every_command_and_its_event_have_words(name: str) -> None:
    keys = {f"action-{REGISTRY[name].event}"}
    keys |= set() if REGISTRY[name].secret else {f"case-command-{name}", f"case-effect-{name}"}
    assert keys <= set(locale.texts())


def test_every_field_of_a_command_has_words_and_every_id_is_understood(site: CaseSite) -> None:
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


def test_a_command_is_given_by_its_form(site: CaseSite) -> None:
    case = site.case(status=Status.FILED)
    client = site.client(Role.RECEPTION)
    paper = site.papers(case)[0]
    answer = send(client, f"{LIST}/{case.id}/do/check-paper", {"paper": str(paper.id), "checked": "on", "pages": "4"})
    assert answer.headers["Location"] == f"{LIST}/{case.id}?done=check-paper"
    assert site.papers(case)[0].pages == 4


def test_the_guide_names_every_status_and_every_command_beside_its_role() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "casework.md").read_text("utf-8")
    for one in statuses().values():
        assert f"| `{one.id}` | {one.words.vi} |" in guide
    rows = {line.split("|")[1].split("(")[0].strip(): line for line in guide.splitlines() if line.startswith("| ")}
    for spec in (one for one in REGISTRY.values() if not one.secret):
        for role in spec.by - {"applicant"}:
            assert f"`{spec.name}`" in rows[role], spec.name


def test_two_officers_on_one_dossier_the_second_sees_who_was_quicker_and_keeps_the_text(site: CaseSite) -> None:
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


def test_a_form_that_is_sent_twice_does_one_thing(site: CaseSite) -> None:
    case = site.case(status=Status.FILED)
    client, address = site.client(Role.RECEPTION), f"{LIST}/{case.id}/do/withdraw"
    shown = client.get(address).text
    typed = {"csrf_token": token_in(shown), **hidden(shown), "reason": "nhầm thủ tục"}
    answers = [client.post(address, data=typed) for _ in range(2)]
    assert {one.headers["Location"] for one in answers} == {f"{LIST}/{case.id}?done=withdraw"}
    assert site.actions(case) == ["case-withdrawn"]


def test_files_of_a_refused_form_need_not_be_sent_again(site: CaseSite) -> None:
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


def test_an_upload_of_somebody_else_is_not_taken(site: CaseSite) -> None:
    case = site.case(status=Status.CONFIRMATION)
    asked = site.confirmation(case, *site.papers(case), state="sent", answer="", answer_id=None, answered_at=None)
    client, address = site.client(Role.SPECIALIST), f"{LIST}/{case.id}/do/record-answer"
    told = {"confirmation": str(asked.id), "answer": "authentic", "reference": "1", "file-kept": f"{asked.id} x.pdf"}
    assert send(client, address, told).status_code == 422
    assert [one.state for one in site.view(case).confirmations] == ["sent"]


@pytest.mark.parametrize("path", ["", "/board", "?tab=mine", "?q=buoi", "?tab=all&procedure=consular-certification%00"])
def test_lists_are_shown(site: CaseSite, path: str) -> None:
    case = site.case(officer_id=site.person(Role.SPECIALIST).id, due_at=site.clock.now() + timedelta(minutes=30))
    page = site.client(Role.SPECIALIST).get(LIST + path)
    assert page.status_code == 200
    assert case.code in page.text


def test_a_late_dossier_is_told_so_in_words_and_shape(site: CaseSite) -> None:
    site.case(due_at=site.clock.now() - timedelta(minutes=90))
    page = site.client(Role.LEADER).get(f"{LIST}?tab=all").text
    assert re.search(r'class="left late"><svg.*Quá hạn 1 giờ 30 phút', page)


@pytest.mark.parametrize("name", ["Bưởi\0", "Bưởi\u202e"], ids=["nul", "direction"])
def test_a_form_holds_no_letters_that_cannot_be_seen(site: CaseSite, name: str) -> None:
    case = signed(site)
    told = {"way": "paper", "received_by": name, "id_number": "001090000001"}
    answer = send(site.client(Role.RECEPTION), f"{LIST}/{case.id}/do/deliver", told)
    assert (answer.status_code, site.now(case).status) == (422, "signed")
    assert 'id="received_by-error"' in answer.text


@pytest.mark.parametrize(("amount", "at"), [("9" * 30, "2026-03-01T08:00"), ("30000", "0001-01-01T00:00")])
def test_a_form_holds_no_number_or_day_beyond_those_of_the_database(site: CaseSite, amount: str, at: str) -> None:
    case = demanded(site)
    told = {"transaction": "FT-1", "amount": amount, "paid_at": at}
    answer = send(site.client(Role.RECEPTION), f"{LIST}/{case.id}/do/note-transfer", told)
    assert (answer.status_code, site.now(case).status) == (422, "payment")
