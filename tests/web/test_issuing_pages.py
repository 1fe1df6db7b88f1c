from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.accounts.support import add_authority, add_person
from tests.signing.acts.ports import DOCUMENT
from tests.signing.acts.world import CONSULAR
from tests.web.issuing_site import LIST, NEW, IssuingSite, id_in, issuing_site, order, send
from verifier.accounts.roles import Role
from verifier.errors import CouldNotIssue, Problem
from verifier.storage.database import Database
from verifier.storage.issuances import Issuance
from verifier.web.issuing.confirm import after_refusal, holder_of


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Iterator[IssuingSite]:
    with issuing_site(database, tmp_path) as made:
        yield made


def confirm(site: IssuingSite, act: Issuance, version: int | None = None) -> str:
    told = {"version": str(version or act.version)}
    answer = send(site.client(), f"{LIST}/{act.id}/confirm", told)
    return answer.headers.get("Location", answer.text)


def test_a_document_is_ordered_confirmed_and_released(site: IssuingSite) -> None:
    client = site.client()
    made = order(client, {"dossier": "G12-1", "said-remarks": "chép từ bản chính"})
    shown = client.get(made.headers["Location"]).text
    assert made.status_code == 303
    assert "Chờ lãnh đạo xác nhận" in shown
    assert "chép từ bản chính" in shown

    before = client.get(f"{LIST}/{id_in(made)}/confirm").text
    assert "dự kiến 01" in before
    assert confirm(site, site.act(id_in(made))).endswith(str(id_in(made)))
    shown = client.get(f"{LIST}/{id_in(made)}").text
    assert "Bước 2/8: Cấp số, ghi sổ" in shown
    assert "hx-get" in shown

    act = site.ran(id_in(made))
    shown = client.get(f"{LIST}/{act.id}").text
    assert "Đã phát hành, còn hiệu lực" in shown
    assert "số 01" in shown
    assert act.output_sha256[:4] in shown
    released = client.get(f"{LIST}/{act.id}/document", buffered=True)
    assert released.data.startswith(DOCUMENT)
    assert "filename*=UTF-8''b%E1%BA%A3n%20sao.pdf" in released.headers["Content-Disposition"]
    assert client.get(f"{LIST}/{act.id}/original", buffered=True).data == DOCUMENT
    assert client.get(f"{LIST}/{act.id}/sheet").data.startswith(b"%PDF")


# --- ordering --------------------------------------------------------------------------------------------------------


def test_what_was_typed_stays_where_the_order_is_refused(site: IssuingSite) -> None:
    site.competent(CONSULAR)
    answer = order(site.client(), {"dossier": "G12-7", "said-remarks": "ghi <chú>", "level": "B-LT"})

    assert answer.status_code >= 400
    assert 'value="G12-7"' in answer.text
    assert "ghi &lt;chú&gt;" in answer.text
    assert re.search(r'value="B-LT" checked', answer.text)
    assert "riêng tệp thì phải chọn lại" in answer.text
    assert site.acts() == []


@pytest.mark.parametrize(
    ("form", "data", "said"),
    [({}, b"", "Tệp rỗng"), ({"level": "B-T"}, DOCUMENT, "bad-option"), ({"replaces": "x"}, DOCUMENT, "bad-option")],
)
def test_an_order_that_is_not_right_is_refused(site: IssuingSite, form: dict[str, str], data: bytes, said: str) -> None:
    answer = order(site.client(), form, data=data)

    assert answer.status_code in {400, 422}
    assert 'id="errors"' in answer.text
    assert site.acts() == []


def test_a_form_without_a_file_says_so(site: IssuingSite) -> None:
    answer = send(site.client(), f"{NEW}/certified-ecopy", {"dossier": "G12-8"})

    assert answer.status_code == 422
    assert "Chưa có tệp. Hãy chọn một tệp." in answer.text
    assert 'value="G12-8"' in answer.text


def test_a_basis_is_asked_for_where_an_act_rests_on_a_signature(site: IssuingSite) -> None:
    client = site.client()

    assert 'name="said-basis"' in client.get(f"{NEW}/consular-legalization").text
    assert 'name="said-basis"' not in client.get(f"{NEW}/certified-ecopy").text
    answer = order(client, {}, CONSULAR)
    assert answer.status_code >= 400
    assert site.acts() == []


def test_kinds_are_chosen_first_and_others_are_no_page(site: IssuingSite) -> None:
    client = site.client()

    assert f'href="{NEW}/apostille"' in client.get(NEW).text
    assert client.get(f"{NEW}/bribe").status_code == 404


# --- confirming ------------------------------------------------------------------------------------------------------


def test_confirming_twice_takes_one_number(site: IssuingSite) -> None:
    act = site.order()

    places = [confirm(site, act) for _ in range(2)]
    released = site.ran(act.id)

    assert places == [f"{LIST}/{act.id}"] * 2
    assert confirm(site, released) == f"{LIST}/{act.id}"
    assert released.number == 1
    assert site.released().number == 2


def test_what_was_changed_meanwhile_is_shown_before_it_is_signed(site: IssuingSite) -> None:
    act = site.order()

    assert "Dữ liệu đã thay đổi" in confirm(site, act, act.version + 1)
    assert site.act(act.id).state == "ordered"


def test_without_a_fresh_proof_it_is_asked_for(site: IssuingSite) -> None:
    act = site.order()
    site.unproved()

    place = confirm(site, act)

    assert place.startswith("/step-up?next=")
    assert site.client().get(place).text.count("Ký số và phát hành văn bản") == 1
    assert site.act(act.id).state == "ordered"


@pytest.mark.parametrize("code", ["certificate-revoked", "certificate-expired", "key-mismatch"])
def test_a_key_that_is_not_fit_is_named_and_nothing_can_be_sent(site: IssuingSite, code: str) -> None:
    act = site.order()
    site.fitness.trouble = Problem(code)

    shown = site.client().get(f"{LIST}/{act.id}/confirm").text

    assert "Ký và phát hành</button>" not in shown
    assert "chứng thư số" in shown.lower()
    confirm(site, act)
    assert site.act(act.id).state == "ordered"


def test_an_absent_signer_is_told(site: IssuingSite) -> None:
    act = site.order()
    site.signer.absent = True

    assert "Dịch vụ ký số không trả lời" in site.client().get(f"{LIST}/{act.id}/confirm").text


def test_only_who_ordered_it_confirms(site: IssuingSite) -> None:
    act = site.order()
    other = site.colleague(Role.LEADER)

    shown = other.get(f"{LIST}/{act.id}").text

    assert f"{LIST}/{act.id}/confirm" not in shown
    assert "chỉ người lập mới xác nhận được" in shown
    assert other.get(f"{LIST}/{act.id}/confirm").status_code == 404


def test_waiting_for_a_time_stamp_is_said_and_what_happens_next(site: IssuingSite) -> None:
    act = site.order()
    confirm(site, act)
    site.stamps.absent = True
    site.completes.trouble = "no-time-stamp"

    waiting = site.ran(act.id)
    shown = site.client().get(f"{LIST}/{act.id}").text

    assert waiting.state == "agency-signed"
    assert "Chưa có dấu thời gian" in shown
    assert "Hệ thống thử lại lúc" in shown
    assert "Tạm dừng, hệ thống sẽ thử lại" in site.client().get(LIST).text


def test_progress_says_nothing_until_there_is_something(site: IssuingSite) -> None:
    act, client = site.order(), site.client()
    confirm(site, act)
    now = site.act(act.id)

    same = client.get(f"{LIST}/{act.id}/progress?seen={now.version}-confirmed")
    told = client.get(f"{LIST}/{act.id}/progress?seen=1-ordered")
    site.ran(act.id)
    over = client.get(f"{LIST}/{act.id}/progress")

    assert (same.status_code, told.status_code, over.status_code) == (204, 200, 286)
    assert 'aria-current="step"' in told.text
    assert over.headers["HX-Refresh"] == "true"


# --- ending ----------------------------------------------------------------------------------------------------------


def test_an_act_is_cancelled_with_a_reason(site: IssuingSite) -> None:
    act, client = site.order(), site.client()

    refused = send(client, f"{LIST}/{act.id}/cancel", {"reason": " "})
    assert refused.status_code == 422
    assert 'aria-describedby="reason-error"' in refused.text
    assert send(client, f"{LIST}/{act.id}/cancel", {"reason": "nhầm tệp"}).status_code == 303
    assert site.act(act.id).state == "cancelled"
    assert "Đã hủy, không phát hành" in client.get(f"{LIST}/{act.id}").text


def test_a_document_is_annulled_with_ground_and_decision(site: IssuingSite) -> None:
    act, client = site.released(), site.client()

    for form in ({}, {"ground": "giả mạo"}, {"decision": "12/QĐ"}):
        assert send(client, f"{LIST}/{act.id}/annul", form).status_code >= 400
    assert send(client, f"{LIST}/{act.id}/annul", {"ground": "giả mạo", "decision": "12/QĐ"}).status_code == 303

    shown = client.get(f"{LIST}/{act.id}").text
    assert "đã bị hủy bỏ ngày" in shown
    assert "12/QĐ" in shown
    assert f"{LIST}/{act.id}/annul" not in shown
    assert client.get(f"{LIST}/{act.id}/annul").status_code == 303


def test_annulling_takes_a_fresh_proof(site: IssuingSite) -> None:
    act = site.released()
    site.unproved()

    answer = send(site.client(), f"{LIST}/{act.id}/annul", {"ground": "x", "decision": "y"})

    assert answer.headers["Location"].startswith("/step-up")
    assert site.act(act.id).annulled_at is None


def test_a_replacement_begins_with_what_was_said_before(site: IssuingSite) -> None:
    old, client = site.released(said={"remarks": "bản một"}), site.client()
    assert "bản một" in client.get(f"{NEW}/certified-ecopy?replaces={old.id}").text

    new = order(client, {"replaces": str(old.id)})
    confirm(site, site.act(id_in(new)))
    site.ran(id_in(new))

    assert f"{LIST}/{id_in(new)}" in client.get(f"{LIST}/{old.id}").text
    assert "Đã được thay thế" in client.get(LIST).text
    assert client.get(f"{NEW}/apostille?replaces={old.id}").status_code == 404
    assert client.get(f"{NEW}/certified-ecopy?replaces=x").status_code == 404


# --- looking ---------------------------------------------------------------------------------------------------------


def test_the_list_is_filtered_and_paged(site: IssuingSite) -> None:
    client = site.client()
    for _ in range(27):
        site.house.ordered(wanted={"said": {}}, layout={})

    first = client.get(LIST)
    older = re.search(r'href="([^"]+after=[^"]+)"', first.text)

    assert first.text.count("<tr>") == 26
    assert older
    assert client.get(older[1].replace("&amp;", "&")).text.count("<tr>") == 4
    assert "Không có lần phát hành nào khớp" in client.get(f"{LIST}?state=released").text
    assert client.get(f"{LIST}?state=bribed&kind=x&after=x").status_code == 200


def test_the_reports_of_our_judge_are_shown(site: IssuingSite) -> None:
    act, client = site.released(), site.client()

    for which in ("input", "output"):
        assert client.get(f"{LIST}/{act.id}/reports/{which}").status_code == 200
        found = client.get(f"{LIST}/{act.id}/reports/{which}?as=json").json
        assert found
        assert found["outcome"] == "judged"
    assert client.get(f"{LIST}/{act.id}/reports/secret").status_code == 404


@pytest.mark.parametrize("role", [Role.RECEPTION, Role.SPECIALIST, Role.CLERK])
def test_others_of_the_house_look_and_do_nothing(site: IssuingSite, role: Role) -> None:
    act = site.released()
    client = site.colleague(role)

    assert client.get(f"{LIST}/{act.id}").status_code == 200
    assert f"{LIST}/{act.id}/annul" not in client.get(f"{LIST}/{act.id}").text
    for place in (NEW, f"{LIST}/{act.id}/annul", f"{LIST}/{act.id}/cancel", f"{LIST}/batches/new"):
        assert client.get(place).status_code == 404, place


def test_another_authority_finds_nothing(site: IssuingSite, database: Database) -> None:
    act = site.released()
    stranger = add_person(database, add_authority(database), Role.LEADER, login="khac")
    client = site.client(site.house.signed_in(stranger))

    for place in ("", "/confirm", "/document", "/original", "/sheet", "/annul", "/cancel", "/reports/input"):
        assert client.get(f"{LIST}/{act.id}{place}").status_code == 404, place
    assert str(act.id) not in client.get(LIST).text


def test_where_nothing_is_issued_pages_say_so(site: IssuingSite) -> None:
    client = site.client(app=site.site(issuing=None))

    for place in (LIST, NEW, f"{NEW}/apostille", f"{LIST}/batches", f"{LIST}/{uuid4()}"):
        answer = client.get(place)
        assert (answer.status_code, "Nơi này không phát hành văn bản" in answer.text) == (501, True), place
    assert f'href="{LIST}"' not in client.get("/account").text
    assert f'href="{LIST}"' in site.client().get("/account").text


def test_hostile_words_stay_words(site: IssuingSite) -> None:
    act = site.order(said={"remarks": "<script>alert(1)</script>"})

    shown = site.client().get(f"{LIST}/{act.id}").text

    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert" in shown


@pytest.mark.parametrize(
    ("code", "place"),
    [
        ("already-confirmed", "/done"),
        ("step-up-needed", "/step-up?next=/here"),
        ("session-over", "/sign-in?next=/here"),
    ],
)
def test_what_is_no_matter_of_the_page_leads_elsewhere(site: IssuingSite, code: str, place: str) -> None:
    with site.app.test_request_context("/here"):
        answer = after_refusal(CouldNotIssue(code), "/done")
        assert answer is not None
        assert answer.headers["Location"].startswith(place)
        assert after_refusal(CouldNotIssue("pin-wrong"), "/done") is None


@pytest.mark.parametrize(
    ("subject", "said"),
    [
        ("CN=Mai Hương,2.5.4.12=Chủ tịch,OU=Phường,O=Hà Nội,C=VN", "Mai Hương, Hà Nội"),
        ("C=VN", "C=VN"),
        ("no name at all", "no name at all"),
        ("", ""),
    ],
)
def test_who_holds_a_certificate_is_named(subject: str, said: str) -> None:
    assert holder_of(subject) == said
