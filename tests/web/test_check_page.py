from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.reports.samples import SAMPLES
from tests.signing.acts.world import ActWorld
from tests.web.issuing_site import IssuingSite, issuing_site
from tests.web.pages import job
from verifier.signing.acts.facts import check_code
from verifier.storage.database import Database
from verifier.storage.issuances import Issuance
from verifier.web.api.issuance_schemas import IssuedNote, JudgedFile

ANNULLED = {"ground": "giấy tờ gốc bị sửa", "decision": "45/QĐ-LS"}


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Iterator[IssuingSite]:
    with issuing_site(database, tmp_path) as made:
        yield made


@pytest.fixture
def visitor(site: IssuingSite) -> FlaskClient:
    return site.client("")


def code_of(site: ActWorld, act: Issuance) -> str:
    ring = site.issuing._house.parts.ring
    return check_code(ring, act.id, ring.current)


def annulled(site: IssuingSite) -> Issuance:
    return site.issuing.annul(site.caller(), site.released().id, **ANNULLED)


def replaced(site: IssuingSite) -> Issuance:
    old = site.released()
    site.clock.pass_(minutes=1)
    site.released(replaces=old.id)
    return site.act(old.id)


def upload(site: IssuingSite, act: Issuance) -> str:
    """Let the judging service hold a verdict on what was released, by any name."""
    site.service.jobs["ours"] = replace(job(SAMPLES["passed"]), sha256=act.output_sha256)
    return "/verify/ours"


def test_a_document_in_force_is_told_with_what_it_confirms(site: IssuingSite, visitor: FlaskClient) -> None:
    act = site.released()

    answer = visitor.get(f"/check/{code_of(site, act)}")

    assert answer.status_code == 200
    for said in ("Còn hiệu lực", "SCT/BS", site.authority.name_vi, "Bản sao điện tử đúng với bản chính"):
        assert said in answer.text
    assert 'class="verdict ok"' in answer.text
    assert f"<span>{act.output_sha256[:4]}</span>" in answer.text
    for secret in (site.officer.name, act.file_name, str(act.id), act.input_sha256[:8]):
        assert secret not in answer.text


def test_an_annulled_document_is_told_with_ground_and_decision(site: IssuingSite, visitor: FlaskClient) -> None:
    shown = visitor.get(f"/check/{code_of(site, annulled(site))}").text

    assert 'class="verdict void"' in shown
    assert "Đã bị hủy bỏ" in shown
    assert "Còn hiệu lực" not in shown
    for said in ANNULLED.values():
        assert said in shown


def test_a_replaced_document_names_the_other(site: IssuingSite, visitor: FlaskClient) -> None:
    shown = visitor.get(f"/check/{code_of(site, replaced(site))}").text

    assert "Đã được thay thế" in shown
    assert "bằng văn bản số 02" in shown


def test_a_code_may_be_typed_in_groups(site: IssuingSite, visitor: FlaskClient) -> None:
    code = code_of(site, site.released()).lower()

    assert visitor.get(f"/check/{code[:4]}-{code[4:]}").status_code == 200


def test_all_other_codes_have_one_answer(site: IssuingSite, visitor: FlaskClient) -> None:
    waiting, code = site.order(), code_of(site, site.released())
    others = ["x", "A" * 26, "A" * 500, "%00", "<b>", f"{code[:-2]}AA", code_of(site, waiting), str(waiting.id)]

    answers = [visitor.get(f"/check/{other}") for other in others]

    assert {one.status_code for one in answers} == {404}
    assert len({one.text[one.text.index("<main") : one.text.index("</main>")] for one in answers}) == 1
    assert "Điều đó chưa có nghĩa là giấy tờ giả" in answers[0].text


def test_the_address_is_kept_out_of_indexes_caches_and_referrers(site: IssuingSite, visitor: FlaskClient) -> None:
    for address in (f"/check/{code_of(site, site.released())}", "/check/none"):
        headers = visitor.get(address).headers
        assert headers["X-Robots-Tag"] == "noindex, nofollow"
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "same-origin"
        assert "Set-Cookie" not in headers


def test_machines_get_json(site: IssuingSite, visitor: FlaskClient) -> None:
    act, accept = annulled(site), {"Accept": "application/json"}

    told = visitor.get(f"/check/{code_of(site, act)}", headers=accept).json
    unknown = visitor.get("/check/none", headers=accept)

    assert IssuedNote.model_validate(told).model_dump(mode="json") == told
    assert told
    assert (told["standing"], told["decision"], told["sha256"]) == ("annulled", "45/QĐ-LS", act.output_sha256)
    assert (unknown.status_code, unknown.content_type) == (404, "application/problem+json")
    assert unknown.json
    assert unknown.json["code"] == "check-unknown"


def test_guessing_is_slowed_down(site: IssuingSite, visitor: FlaskClient) -> None:
    answers = [visitor.get(f"/check/{number}").status_code for number in range(61)]

    assert answers[:60] == [404] * 60
    assert answers[60] == 429


def test_where_nothing_is_issued_nothing_is_known(site: IssuingSite) -> None:
    assert site.client("", site.site(issuing=None)).get("/check/x").status_code == 404


def test_the_file_at_hand_is_compared_by_judging_it(site: IssuingSite, visitor: FlaskClient) -> None:
    shown = visitor.get(f"/check/{code_of(site, site.released())}").text
    assert 'action="/verify"' in shown

    sent = visitor.post("/verify", data={"file": (io.BytesIO(b"%PDF-1.7 x"), "a.pdf")})

    assert sent.status_code == 303


# --- the verdict on a file of ours ------------------------------------------------------------------------------------


def test_a_verdict_on_our_file_says_that_it_is_in_force(site: IssuingSite, visitor: FlaskClient) -> None:
    shown = visitor.get(upload(site, site.released())).text

    assert f"Do {site.authority.name_vi} phát hành ngày" in shown
    assert "còn hiệu lực" in shown
    assert 'class="verdict ok"' in shown


@pytest.mark.parametrize(
    ("ended", "word", "first"),
    [
        (annulled, "Đã bị hủy bỏ", "quyết định số 45/QĐ-LS"),
        (replaced, "Đã được thay thế", "bằng văn bản số 02"),
    ],
)
def test_a_document_that_holds_no_more_is_never_headed_by_its_signatures(
    site: IssuingSite, visitor: FlaskClient, ended: object, word: str, first: str
) -> None:
    assert callable(ended)
    shown = visitor.get(upload(site, ended(site))).text

    main = shown[shown.index("<main") :]
    assert 'class="verdict void"' in main
    assert f'<h2 class="word" id="word">{word}</h2>' in main
    assert f"<title>{word}: " in shown
    assert main.index(first) < main.index("<h1")
    assert "Riêng kết quả kiểm tra chữ ký số: Hợp lệ" in main


def test_lists_say_it_too(site: IssuingSite, visitor: FlaskClient) -> None:
    upload(site, annulled(site))

    assert "Đã bị hủy bỏ" in visitor.get("/verify?t=ours&t=passed").text


def test_it_is_looked_up_when_it_is_read(site: IssuingSite, visitor: FlaskClient) -> None:
    act = site.released()
    place = upload(site, act)
    assert "còn hiệu lực" in visitor.get(place).text

    site.issuing.annul(site.caller(), act.id, **ANNULLED)

    assert "đã bị hủy bỏ ngày" in visitor.get(place).text
    assert "issued" not in visitor.get(f"{place}/report.json").json  # type: ignore[operator]


def test_of_any_other_file_nothing_is_said(site: IssuingSite, visitor: FlaskClient) -> None:
    site.released()

    assert "phát hành ngày" not in visitor.get("/verify/passed").text
    assert "issued" not in visitor.get("/api/v1/validations/passed").json  # type: ignore[operator]


def test_the_api_says_it_beside_the_report(site: IssuingSite, visitor: FlaskClient) -> None:
    act = site.released()
    upload(site, act)
    plain = visitor.get("/api/v1/validations/passed").json
    assert plain

    told = visitor.get("/api/v1/validations/ours").json

    assert told
    assert JudgedFile.model_validate(told).model_dump(mode="json", by_alias=True) == told
    assert {name: value for name, value in told.items() if name != "issued"} == plain
    assert (told["issued"]["standing"], told["issued"]["number"]) == ("in-force", "01")
