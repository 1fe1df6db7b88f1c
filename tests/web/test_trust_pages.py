from __future__ import annotations

import io
import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from pydantic import TypeAdapter
from werkzeug.test import TestResponse

from tests.accounts.support import add_authority
from tests.keeping.house import EMBASSY, code_of, pem, write
from tests.keeping.lists import PLACE, a_signed_list
from tests.reports.samples import SAMPLES
from tests.trust.lists.builder import operator, service_ca
from tests.web.access_world import world_of
from tests.web.accounts_support import post, token_in
from tests.web.trust_site import TrustSite
from verifier.accounts.caller import Caller
from verifier.accounts.roles import Role
from verifier.keeping.alarms import WAITS
from verifier.keeping.operations import fingerprint
from verifier.reports.json_report import dumps, to_json
from verifier.storage.database import Database
from verifier.storage.proposals import Proposal
from verifier.storage.scope import SYSTEM
from verifier.storage.trust import TrustSource
from verifier.trust.register import authority_from
from verifier.web.api.schemas import Trust
from verifier.web.jobs import Checked
from verifier.web.trust.authority_form import authority_table, rows_of, typed_of
from verifier.web.trust.register import compared

LAOS = service_ca("Root of Laos")
FOLLOW = {
    "scheme": "vn-neac",
    "name": "NEAC",
    "location": PLACE,
    "territory": "vn",
    "branch": "vn-public",
    "list_kind": "list",
    "refresh": "by-hand",
    "source": "",
    "reason": "Quyết định 1",
}
ANCHOR = {
    "name": "Gốc của Lào",
    "branch": "foreign",
    "uses": ["signature"],
    "source": "Công hàm 12/2026",
    "compared": "điện thoại với đại sứ quán",
    "fingerprint": fingerprint(LAOS.der),
    "reason": "Công hàm 12",
}


@pytest.fixture
def site(database: Database, tmp_path: Path) -> TrustSite:
    return TrustSite(database, tmp_path)


def propose(client: FlaskClient, form: str, fields: dict[str, Any], **files: tuple[bytes, str]) -> TestResponse:
    """Send the form of a kind of proposal, with its token, and files as content and name."""
    address = f"/trust/change/{form}"
    told = {"csrf_token": token_in(client.get(address).text), **fields}
    told |= {name: (io.BytesIO(data), called) for name, (data, called) in files.items()}
    return client.post(address, data=told, content_type="multipart/form-data")


def proposed(site: TrustSite, answer: TestResponse) -> Proposal:
    assert answer.status_code == 303, re.findall(r'error-text"[^>]*>([^<]+)', answer.text)
    (found,) = [one for one in site.people.recent(site.specialist) if str(one.id) in answer.headers["Location"]]
    return found


def approve(site: TrustSite, proposal: Proposal) -> None:
    client = site.client(site.leader, proved=True)
    page = f"/proposals/{proposal.id}/approve"
    answer = post(client, page)
    assert answer.status_code == 303, answer.text


# --- how the store stands ------------------------------------------------------------------------------------------


def test_the_state_tells_what_is_in_use_and_where_it_came_from(site: TrustSite) -> None:
    page = site.client(site.of(Role.RECEPTION)).get("/trust").text
    snapshot = site.keeper.snapshot()

    assert snapshot.id[:4] in page
    assert "cài đặt lần đầu từ thư mục kho tin cậy" in page
    assert "1 gốc tin cậy" in page
    assert snapshot.anchors[0].name in page
    assert "/trust/change" not in page


@pytest.mark.parametrize(
    ("empty", "words"),
    [(True, "kho tin cậy trống"), (False, "kho tin cậy không dùng được")],
)
def test_a_store_that_cannot_be_used_is_a_red_page(
    database: Database, tmp_path: Path, *, empty: bool, words: str
) -> None:
    site = TrustSite(database, tmp_path)
    for file in site.folder.iterdir():
        file.unlink()
    if not empty:
        (site.folder / "x.pem").write_text("-----BEGIN CERTIFICATE-----\nbm8=\n-----END CERTIFICATE-----\n")
    page = site.client().get("/trust")

    assert page.status_code == 200
    assert 'class="verdict bad"' in page.text
    assert f"Không thể kiểm tra: {words}" in page.text
    assert site.client().get("/trust/history").status_code == 200
    assert site.app.test_client().get("/api/v1/trust").status_code == 503


def test_a_service_without_a_keeper_has_no_such_pages(site: TrustSite) -> None:
    site.app.extensions.pop("trust")
    assert site.client().get("/trust").status_code == 404
    assert site.client().get("/api/v1/trust").status_code == 404


def test_a_list_of_which_none_came_was_never_fetched(site: TrustSite) -> None:
    site.change(site.follow())
    page = site.client().get("/trust").text
    assert "Chưa có bản nào" in page
    assert "lấy được lần cuối" not in page


def test_alarms_come_first(site: TrustSite) -> None:
    site.change(site.follow())
    site.change(site.a_list(a_signed_list(7)))
    now = site.clock.now()
    failing = TrustSource("vn-neac", PLACE, now, now - timedelta(hours=3), now, 2, "signer-not-pinned", {})
    with site.database.unit(SYSTEM) as unit:
        unit.trust.put_source(failing)
    page = site.client().get("/trust").text
    assert "NEAC: 2 lần liên tiếp không lấy được." in page
    assert "lấy được lần cuối 3 giờ trước" in page
    assert page.index("lần liên tiếp") < page.index("Bản kho tin cậy")

    site.clock.pass_(days=200)
    page = site.client().get("/trust").text
    assert "Quá hạn cập nhật" in page
    assert "NEAC: hạn có bản mới đã qua lúc 01/03/2027 07:00 UTC+7." in page


def test_what_the_operator_changed_is_shown_and_taken_over_by_two_people(site: TrustSite) -> None:
    site.keeper.snapshot()
    write(site.folder, LAOS)
    client = site.client()
    page = client.get("/trust").text
    assert "Thư mục kho tin cậy khác với bản đang dùng" in page
    assert "Root of Laos" in page

    approve(site, proposed(site, propose(client, "folder", {"reason": "Quyết định 2"})))
    page = site.client().get("/trust").text
    assert "Thư mục kho tin cậy khác" not in page
    assert "Trần Văn An đề xuất, Lê Thị Bình phê duyệt" in page


# --- proposing -----------------------------------------------------------------------------------------------------


def test_an_anchor_comes_with_a_fingerprint_that_was_compared(site: TrustSite) -> None:
    answer = propose(site.client(), "anchor", ANCHOR, certificate=(pem(LAOS.der), "lào.pem"))
    proposal = proposed(site, answer)

    page = site.client(site.leader).get(f"/proposals/{proposal.id}").text
    assert "Gốc của Lào" in page
    assert "điện thoại với đại sứ quán" in page
    assert f"<span>{fingerprint(LAOS.der)[:4]}</span>" in page
    assert "Trần Văn An" in page
    approve(site, proposal)
    assert "Gốc của Lào" in site.client().get("/trust").text
    assert "Gốc của Lào" in site.client().get(f"/proposals/{proposal.id}").text


def test_a_fingerprint_may_be_typed_in_groups(site: TrustSite) -> None:
    typed = ":".join(re.findall("..", fingerprint(LAOS.der).upper()))
    answer = propose(site.client(), "anchor", {**ANCHOR, "fingerprint": typed}, certificate=(LAOS.der, "a.cer"))
    assert answer.status_code == 303


def test_a_fingerprint_that_differs_is_refused_and_the_file_stays(site: TrustSite) -> None:
    wrong = {**ANCHOR, "fingerprint": "0" * 64}
    answer = propose(site.client(), "anchor", wrong, certificate=(pem(LAOS.der), "lào.pem"))

    assert answer.status_code == 422
    assert "Vân tay không khớp" in answer.text
    assert 'href="#fingerprint"' in answer.text
    kept = re.search(r'name="kept" value="([0-9a-f]{64})"', answer.text)
    assert kept
    again = propose(site.client(), "anchor", {**ANCHOR, "kept": kept[1], "file_name": "lào.pem"})
    assert again.status_code == 303


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"reason": ""}, "reason"),
        ({"name": ""}, "name"),
        ({"compared": ""}, "compared"),
        ({"uses": []}, "uses"),
        ({"branch": ""}, "branch"),
    ],
    ids=lambda one: str(one) if isinstance(one, str) else "change",
)
def test_what_is_missing_is_said_at_its_field(site: TrustSite, change: dict[str, Any], field: str) -> None:
    answer = propose(site.client(), "anchor", {**ANCHOR, **change}, certificate=(LAOS.der, "a.cer"))

    assert answer.status_code == 422
    assert f'<a href="#{field}">' in answer.text
    assert f'id="{field}"' in answer.text
    assert site.people.recent(site.specialist) == ()


@pytest.mark.parametrize("kept", ["", "0" * 64, "../../etc/passwd", "x"], ids=["none", "unknown", "path", "odd"])
def test_a_form_without_its_file_asks_for_it(site: TrustSite, kept: str) -> None:
    answer = propose(site.client(), "list-file", {"scheme": "vn-neac", "kept": kept, "reason": "x"})
    assert answer.status_code in (400, 422)
    assert site.people.recent(site.specialist) == ()


@pytest.mark.parametrize(
    ("form", "field"),
    [("list-waiting", "scheme"), ("unfollow", "scheme"), ("anchor-end", "sha256"), ("authority-end", "id")],
)
def test_a_form_in_which_nothing_is_chosen_asks_for_a_choice(site: TrustSite, form: str, field: str) -> None:
    answer = propose(site.client(), form, {"reason": "x"})
    assert answer.status_code == 422
    assert "Chưa chọn mục nào" in answer.text
    assert f'href="#{field}"' in answer.text
    assert site.people.recent(site.specialist) == ()


def test_a_list_is_followed_taken_from_a_file_and_then_fetched(site: TrustSite) -> None:
    answer = propose(site.client(), "follow", FOLLOW, pins=(pem(operator().der), "neac.pem"))
    approve(site, proposed(site, answer))
    (scheme,) = site.keeper.snapshot().schemes
    assert (scheme.territory, scheme.pins) == ("VN", (operator().der,))

    taken = {"scheme": "vn-neac", "reason": "Bản 7"}
    approve(site, proposed(site, propose(site.client(), "list-file", taken, file=(a_signed_list(7), "vn.xml"))))
    site.hosts.answers[PLACE] = a_signed_list(8)
    proposal = proposed(site, propose(site.client(), "list-fetch", taken))
    page = site.client(site.leader).get(f"/proposals/{proposal.id}").text
    assert "Số thứ tự 8; bản đang dùng: 7" in page
    assert PLACE in page
    approve(site, proposal)
    assert site.keeper.snapshot().schemes[0].sequence == 8


def test_how_a_list_is_followed_is_changed_from_what_stands(site: TrustSite) -> None:
    site.change(site.follow())
    before = site.keeper.snapshot().schemes[0]
    assert 'href="/trust/change/follow?scheme=vn-neac"' in site.client().get("/trust").text
    shown = site.client().get("/trust/change/follow?scheme=vn-neac").text
    assert f'value="{before.location}"' in shown
    assert f'value="{before.territory}"' in shown

    told = {**FOLLOW, "refresh": "by-hand" if before.refresh == "automatic" else "automatic", "reason": "Đổi"}
    approve(site, proposed(site, propose(site.client(), "follow", told)))
    (after,) = site.keeper.snapshot().schemes
    assert (after.pins, after.refresh) == (before.pins, told["refresh"])


def test_a_list_that_waits_is_proposed_as_it_came(site: TrustSite) -> None:
    site.change(site.follow())
    now, kept = site.clock.now(), site.archive.keep(a_signed_list(9))
    told = {"sequence": "9", "sha256": kept, "pivots": []}
    with site.database.unit(SYSTEM) as unit:
        unit.trust.put_source(TrustSource("vn-neac", PLACE, now, now, now, 0, WAITS, told))
    page = site.client().get("/trust").text
    assert "số 9; cần một đề xuất" in page
    assert "/trust/change/list-waiting?scheme=vn-neac" in page

    approve(site, proposed(site, propose(site.client(), "list-waiting", {"scheme": "vn-neac", "reason": "Bản 9"})))
    assert site.keeper.snapshot().schemes[0].sequence == 9


@pytest.mark.parametrize(
    "data",
    [b"<html>404</html>", a_signed_list(6), a_signed_list(8)[:3000]],
    ids=["html", "older", "truncated"],
)
def test_a_list_that_is_not_good_is_refused_in_words(site: TrustSite, data: bytes) -> None:
    site.change(site.follow())
    site.change(site.a_list(a_signed_list(7)))
    answer = propose(site.client(), "list-file", {"scheme": "vn-neac", "reason": "x"}, file=(data, "a.xml"))

    assert answer.status_code in {409, 422}
    assert 'href="#file"' in answer.text
    assert "Không nhận được (" not in answer.text


def test_a_host_that_does_not_answer_is_said_at_the_form(site: TrustSite) -> None:
    site.change(site.follow())
    answer = propose(site.client(), "list-fetch", {"scheme": "vn-neac", "reason": "x"})
    assert answer.status_code == 422
    assert "Không lấy được danh sách" in answer.text


def test_anchors_and_lists_end_on_a_day_of_the_authority(site: TrustSite) -> None:
    site.change(site.anchor())
    told = {"sha256": fingerprint(LAOS.der), "trusted_until": "2026-12-01", "reason": "Thu hồi"}
    approve(site, proposed(site, propose(site.client(), "anchor-end", told)))
    (anchor,) = [one for one in site.keeper.snapshot().anchors if one.certificate == LAOS.der]
    assert anchor.trusted_until is not None
    assert anchor.trusted_until.isoformat() == "2026-11-30T17:00:00+00:00"

    bad = propose(site.client(), "anchor-end", {**told, "trusted_until": "mai"})
    assert 'href="#trusted_until"' in bad.text


@pytest.mark.parametrize("path", ["/trust/change", "/trust/change/anchor", "/trust/change/folder"])
def test_forms_are_for_those_who_keep_trust(site: TrustSite, path: str) -> None:
    other = site.person(Role.ADMINISTRATOR, "khac.nguoi", authority=add_authority(site.database))
    assert site.client().get(path).status_code == 200
    assert site.client(other).get(path).status_code == 404
    assert site.client(site.leader).get(path).status_code == 404
    assert site.client().get("/trust/change/nothing").status_code == 404


def test_the_file_that_is_asked_for_is_no_pdf(site: TrustSite) -> None:
    page = propose(site.client(), "anchor", {"reason": "Công hàm 5"})
    assert page.status_code == 422
    assert "Chưa chọn tệp" in page.text
    assert "PDF" not in page.text


def test_a_folder_that_says_nothing_new_has_no_form(site: TrustSite) -> None:
    page = site.client().get("/trust/change/folder").text
    assert "Không có gì khác nhau" in page
    assert 'name="reason"' not in page


def test_nobody_approves_their_own(site: TrustSite) -> None:
    both = site.person(Role.SPECIALIST, "hai.vai")
    both = Caller(authority=both.authority, person=both.person, roles=frozenset({Role.SPECIALIST, Role.LEADER}))
    proposal = site.propose(site.anchor(), both)
    client = site.client(both, proved=True)

    assert "Phê duyệt</button>" not in client.get(f"/proposals/{proposal.id}/approve").text
    token = token_in(client.get(f"/proposals/{proposal.id}").text)
    answer = client.post(f"/proposals/{proposal.id}/approve", data={"csrf_token": token})
    assert answer.status_code == 409
    assert site.people.get(site.leader, proposal.id).state == "open"


def test_what_changed_meanwhile_is_said_on_the_page_of_the_proposal(site: TrustSite) -> None:
    older = site.propose(site.anchor(name="Tên cũ"))
    site.change(site.anchor(name="Tên mới"))
    page = site.client(site.leader).get(f"/proposals/{older.id}")

    assert page.status_code == 200
    assert "Chứng thư này đã là gốc tin cậy" in page.text
    assert code_of(lambda: site.approve(older)) == "anchor-known"


def test_a_specialist_sees_and_withdraws_what_they_proposed(site: TrustSite) -> None:
    proposal = site.propose(site.anchor())
    client = site.client()
    assert "Kho tin cậy" in client.get("/proposals").text
    answer = post(client, f"/proposals/{proposal.id}/withdraw", page=f"/proposals/{proposal.id}")
    assert answer.status_code == 303
    assert site.people.get(site.leader, proposal.id).state == "withdrawn"


# --- journal, snapshots, differences -------------------------------------------------------------------------------


def test_the_journal_leads_to_every_snapshot_and_difference(site: TrustSite) -> None:
    first = site.keeper.snapshot().id
    site.change(site.anchor())
    second = site.entry().snapshot_id
    client = site.client(site.of(Role.AUDITOR))
    page = client.get("/trust/history").text

    assert "Trần Văn An đề xuất, Lê Thị Bình phê duyệt" in page
    assert f"/trust/diff/{first}/{second}" in page
    assert "Gốc của Lào" in client.get(f"/trust/diff/{first}/{second}").text
    assert "Gốc của Lào" in client.get(f"/trust/snapshots/{second}").text
    assert "Gốc của Lào" not in client.get(f"/trust/snapshots/{first}").text


@pytest.mark.parametrize(
    "path",
    ["/trust/snapshots/x", "/trust/snapshots/" + "0" * 64, "/trust/diff/x/y", "/trust/authorities/none"],
)
def test_what_is_not_there_is_one_page(site: TrustSite, path: str) -> None:
    assert site.client().get(path).status_code == 404


@pytest.mark.parametrize("before", ["x", "0", "-1", "99999999999999999999", "1"])
def test_an_odd_place_in_the_journal_breaks_nothing(site: TrustSite, before: str) -> None:
    site.keeper.snapshot()
    assert site.client().get(f"/trust/history?before={before}").status_code == 200


# --- register of authorities -----------------------------------------------------------------------------------------


def typed(**changes: Any) -> dict[str, Any]:
    return {**typed_of(EMBASSY), "reason": "Công hàm 12", **changes}


def test_the_form_on_an_authority_reads_what_it_wrote() -> None:
    told = typed_of(EMBASSY)
    assert authority_table(told) == {**EMBASSY, "succeeds": [], "power": [{"documents": ["*"], "territory": []}]}
    assert len(rows_of(told)["specimen"]) == 2


def test_an_authority_is_registered_found_and_ended(site: TrustSite) -> None:
    approve(site, proposed(site, propose(site.client(), "authority", typed())))
    client = site.client(site.of(Role.RECEPTION))

    for query in ("", "?name=lao", "?name=Đại sứ", "?country=LA&state=now", "?kind=embassy"):
        assert "Đại sứ quán Lào" in client.get(f"/trust/authorities{query}").text
    for query in ("?name=pháp", "?country=FR", "?state=over", "?kind=court"):
        assert "Không có cơ quan nào khớp" in client.get(f"/trust/authorities{query}").text
    entry = client.get("/trust/authorities/la-embassy").text
    assert "công hàm, 12/2026, 05/01/2026" in entry
    assert "Embassy of Laos" in entry
    assert "mọi loại giấy tờ" in entry

    told = {"id": "la-embassy", "valid_until": "2026-12-01", "reason": "Công hàm 40"}
    approve(site, proposed(site, propose(site.client(), "authority-end", told)))
    history = client.get("/trust/authorities/la-embassy").text.partition("Mục này đã thay đổi khi nào")[2]
    assert history.index("Sửa") < history.index("Công hàm 40") < history.index("Thêm")
    assert history.count("/trust/diff/") == 2
    site.change(site.anchor())
    assert client.get("/trust/authorities/la-embassy").text.count("/trust/diff/") == 2
    assert "đến trước 01/12/2026" in site.client().get("/trust/authorities/la-embassy").text


def test_an_authority_is_changed_from_what_stands_in_the_register(site: TrustSite) -> None:
    site.change(site.authority_entry())
    page = site.client().get("/trust/change/authority?id=la-embassy").text
    assert 'value="Đại sứ quán Lào"' in page
    assert 'value="seal-2026"' in page

    same = propose(site.client(), "authority", typed(number="12/2026"))
    assert same.status_code == 422
    assert '<a href="#main">' in same.text


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"country": "XX"}, "country"),
        ({"kind": ""}, "kind"),
        ({"name_vi": "", "name_en": ""}, "name_vi"),
        ({"channel": ""}, "channel"),
        ({"specimen-id": [""]}, "specimen"),
        ({"specimen-organization": [""], "specimen-country": [""]}, "specimen"),
        ({"power-territory": ["Nowhere"]}, "power"),
        ({"valid_from": "mai"}, "valid_from"),
    ],
    ids=lambda one: one if isinstance(one, str) else "change",
)
def test_what_does_not_fit_is_said_at_its_field(site: TrustSite, change: dict[str, Any], field: str) -> None:
    answer = propose(site.client(), "authority", typed(**change))
    assert answer.status_code == 422
    assert f'<a href="#{field}">' in answer.text
    assert "Không nhận được (" not in answer.text


def test_a_specimen_is_held_beside_a_signature(site: TrustSite) -> None:
    (specimen,) = authority_from(EMBASSY).specimens
    signer = {"organization": "EMBASSY OF LAOS", "country": "VN", "common_name": ""}
    with site.app.test_request_context("/?lang=en"):
        rows = list(compared(specimen, {"signer": signer, "best_signature_time": "2026-05-01T00:00:00Z"}))
        later = list(compared(specimen, {"signer": signer, "best_signature_time": "2025-05-01T00:00:00Z"}))
        unknown = list(compared(specimen, {}))

    assert [row.look for row in rows] == ["bad", "ok", "none", "ok"]
    assert [row.word for row in rows] == ["differs", "fits", "not there", "fits"]
    assert later[-1].look == "bad"
    assert {row.look for row in unknown} == {"none"}


# --- the API -------------------------------------------------------------------------------------------------------


def test_a_relying_party_reads_what_is_in_use(site: TrustSite) -> None:
    site.change(site.follow())
    site.change(site.a_list(a_signed_list(7)))
    site.caller = Caller()
    answer = site.app.test_client().get("/api/v1/trust")

    told = TypeAdapter(Trust).validate_python(json.loads(answer.text))
    assert told.snapshot == site.entry().snapshot_id
    assert [(one.id, one.sequence, one.next_update) for one in told.lists] == [("vn-neac", 7, "2027-03-01T00:00:00Z")]
    assert {one.scheme for one in told.anchors} == {"", "vn-neac"}
    assert answer.headers["Cache-Control"] == "public, max-age=60"
    assert "Set-Cookie" not in answer.headers


# --- beside a signature of a validation ------------------------------------------------------------------------------


def test_a_signature_of_a_validation_is_held_beside_the_entry(database: Database, tmp_path: Path) -> None:
    with world_of(database, tmp_path) as world:
        report = dumps(to_json(SAMPLES["passed"], "a.pdf"))
        world.checker.answer = lambda _order, _progress: Checked("pdf", report, "TOTAL_PASSED")
        validation = world.judged(world.own.authority)
        world.caller = world.callers(world.own)["specialist"]
        client, entry = world.app.test_client(), f"/trust/authorities/{EMBASSY['id']}"
        shown = client.get(entry).text
        assert f'value="{validation}"' in shown
        assert str(world.other.validation) not in shown

        led = client.get(f"{entry}/compare?validation={validation}&number=1")
        assert led.headers["Location"] == f"{entry}/compare/{validation}/1"
        for number, status in ((1, 200), (99, 404), (0, 404)):
            assert client.get(f"{entry}/compare/{validation}/{number}").status_code == status
        page = client.get(led.headers["Location"]).text
        assert "Embassy of Laos" in page
        assert client.get(f"{entry}/compare?validation=x").status_code == 404
