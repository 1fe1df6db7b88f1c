"""Pages on signing keys: what they show, who may do what, and what a form that was refused says."""

from __future__ import annotations

import html
import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.signing.granting import ENDS, WHY, GrantHouse, png
from tests.web.accounts_support import app_of, caller_of, token_in
from verifier.accounts.caller import Caller
from verifier.accounts.roles import Role as Held
from verifier.signing.grants import KIND
from verifier.signing.records import Kind, Role
from verifier.storage.database import Database

KEYS, NEW = "/signing/keys", "/signing/keys/grants/new"


class Site(GrantHouse):
    def __init__(self, database: Database, folder: Path) -> None:
        super().__init__(database)
        self.folder = folder

    def client(self, caller: Caller) -> FlaskClient:
        return app_of(self.accounts, self.folder / "spool", caller, signing=self.desk).test_client()

    def page(self, caller: Caller | None = None, address: str = KEYS) -> str:
        return html.unescape(self.client(caller or self.admin).get(address).text)

    def form(self, **changes: Any) -> dict[str, Any]:
        plain = {
            "person": str(self.officer.id),
            "key": "ky-huong",
            "kinds": [Kind.CERTIFIED_ECOPY.value],
            "from": "2026-03-02",
            "until": "2026-12-31",
            "reason": WHY,
        }
        return {**plain, **changes}

    def send(self, caller: Caller, address: str, form: dict[str, Any], page: str = "") -> Any:
        client = self.client(caller)
        token = token_in(client.get(page or address).text)
        return client.post(address, data={"csrf_token": token, **form}, content_type="multipart/form-data")


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Site:
    return Site(database, tmp_path)


def test_keys_and_grants_are_shown(site: Site) -> None:
    site.approved(site.proposed())
    page = site.page(site.leader)
    for words in ("ky-huong", "chữ ký cá nhân", "Signer signer", "05/03/2027", "ECDSA, SHA-256", "PKCS #11", "ký được"):
        assert words in page, page[page.find("error-text") :][:300]
    for words in ("Trần Thị Hương", "Chứng thực bản sao", "31/12/2026", "đang có hiệu lực"):
        assert words in page, page[page.find("error-text") :][:300]


def test_only_administrators_are_offered_the_forms(site: Site) -> None:
    site.approved(site.proposed())
    assert NEW in site.page(site.admin)
    assert "/end" in site.page(site.admin)
    assert NEW not in site.page(site.leader)
    assert "/end" not in site.page(site.leader)


def test_another_authoritys_keys_are_not_shown(site: Site) -> None:
    site.signer.held[0] = site.key("cua-noi-khac", Role.PERSON, authority="G10.OTHER")
    page = site.page()
    assert "cua-noi-khac" not in page
    assert "dau-co-quan" in page


@pytest.mark.parametrize(
    ("left", "words", "banner"),
    [
        (timedelta(days=31), "ký được", ""),
        (timedelta(days=30), "còn 30 ngày", "hết hạn ngày 05/03/2027, còn 30 ngày"),
        (timedelta(days=1), "còn 1 ngày", "hết hạn ngày 05/03/2027, còn 1 ngày"),
        (timedelta(), "chứng thư số đã hết hạn", "đã hết hạn ngày 05/03/2027"),
    ],
    ids=["far", "month", "day", "over"],
)
def test_the_end_of_a_certificate_is_warned_of(site: Site, left: timedelta, words: str, banner: str) -> None:
    site.clock.instant = ENDS - left
    page = site.page()
    assert words in page, page[page.find("error-text") :][:300]
    assert banner in page
    assert ("Hãy xin cấp chứng thư số mới" in page) == bool(banner)


def test_a_broken_key_says_why(site: Site) -> None:
    site.signer.held[0] = site.key("ky-huong", Role.PERSON, problem="pin-wrong")
    site.signer.held[1] = site.key("dau-co-quan", Role.AGENCY, certificate=b"", problem="certificate-unreadable")
    page = site.page()
    assert "Mã PIN của khóa ký không đúng." in page
    assert "Không đọc được chứng thư số của khóa này" in page
    assert page.count("chưa ký được") == 2


def test_without_a_signer_the_grants_are_shown(site: Site) -> None:
    site.approved(site.proposed())
    site.signer.absent = True
    page = site.page()
    assert "Dịch vụ ký số không trả lời" in page
    assert "Trần Thị Hương" in page
    assert NEW not in page
    assert "không giữ khóa nào" not in page
    refused = site.send(site.admin, NEW, site.form())
    assert refused.status_code == 503
    assert "Dịch vụ ký số không trả lời" in refused.text


def test_where_nothing_is_issued_there_is_no_page(site: Site) -> None:
    client = app_of(site.accounts, site.folder / "spool", site.admin).test_client()
    assert client.get(KEYS).status_code == 404
    assert KEYS not in client.get("/account").text
    assert KEYS in site.client(site.admin).get("/account").text


def test_proposed_and_approved(site: Site) -> None:
    picture = (io.BytesIO(png()), "chữ ký.png")
    sent = site.send(site.admin, NEW, site.form(picture=picture, picture_mm="35"))
    address = sent.headers["Location"]
    assert sent.status_code == 303
    shown = site.page(site.leader, address)
    for words in ("Quyền ký", "Trần Thị Hương", "chữ ký cá nhân", "Chứng thực bản sao", "02/03/2026", "31/12/2026"):
        assert words in shown
    assert 'alt="Hình sẽ hiện cùng chữ ký, rộng 35 mm"' in shown
    picture_at = shown.split('<img src="')[1].split('"')[0]
    given = site.client(site.leader).get(picture_at)
    assert (given.mimetype, given.data[:4]) == ("image/png", b"\x89PNG")
    assert "Giao quyền ký" in site.page()

    approved = site.send(site.leader, f"{address}/approve", {}, f"{address}/approve")
    assert approved.status_code == 303
    assert "đang có hiệu lực" in site.page()
    assert "Đã phê duyệt" in site.page(site.leader, address)


def test_whoever_gains_is_told_to_leave_it_to_another(site: Site) -> None:
    address = site.send(site.admin, NEW, site.form()).headers["Location"]
    gaining = caller_of(site.officer, site.authority, Held.LEADER, proved=True)
    refused = site.send(gaining, f"{address}/approve", {}, f"{address}/approve")
    assert refused.status_code == 409
    assert "không tự phê duyệt quyền ký của mình" in refused.text


def test_taken_back(site: Site) -> None:
    site.approved(site.proposed())
    act = f"{KEYS}/grants/{site.grants()[0].id}/end"
    assert "Trần Thị Hương không ký được bằng khóa ky-huong nữa" in site.page(address=act)
    sent = site.send(site.admin, act, {"reason": WHY})
    address = sent.headers["Location"]
    assert "ky-huong" in site.page(site.leader, address)
    assert "Thu hồi quyền ký" in site.page()
    site.send(site.leader, f"{address}/approve", {}, f"{address}/approve")
    assert "đã thu hồi" in site.page()


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"person": ""}, "person", "Chưa chọn"),
        ({"key": ""}, "key", "Chưa chọn"),
        ({"key": "khac"}, "key", "Dịch vụ ký số không giữ khóa này"),
        ({"kinds": []}, "kinds", "Chưa chọn"),
        ({"from": ""}, "from", "Ngày"),
        ({"until": "2027-12-31"}, "until", "Thời hạn dài hơn chứng thư số"),
        ({"reason": ""}, "reason", "lý do"),
        ({"picture": (io.BytesIO(b"GIF89a"), "a.png"), "picture_mm": "30"}, "picture", "Không đọc được hình"),
        ({"picture": (io.BytesIO(png()), "a.png")}, "picture_mm", "Bề rộng phải từ 5 đến 80 mm"),
    ],
    ids=["person", "key", "other-key", "kinds", "from", "until", "reason", "picture", "width"],
)
def test_a_refused_form_comes_back(site: Site, changes: dict[str, Any], field: str, words: str) -> None:
    changes = {name: (io.BytesIO(one[0].getvalue()), one[1]) if isinstance(one, tuple) else one
               for name, one in changes.items()}  # fmt: skip
    answer = site.send(site.admin, NEW, site.form(**changes))
    page = html.unescape(answer.text)
    assert answer.status_code == 422
    assert words in page, page[page.find("error-text") :][:300]
    assert f'href="#{field}"' in page
    if "from" not in changes:
        assert 'value="2026-03-02"' in page
    assert site.accounts.proposals.recent(site.admin) == ()


def test_english(site: Site) -> None:
    site.send(site.admin, NEW, site.form())
    for address in (KEYS, NEW):
        assert "Signing keys and who may use them" in site.page(address=f"{address}?lang=en")


def test_the_log_has_words_for_what_was_done(site: Site) -> None:
    site.approved(site.proposed())
    auditor = site.caller(Held.AUDITOR, "kiem.tra", "Người Kiểm Tra")
    page = site.page(auditor, f"/audit?kind={KIND}")
    assert "Thay đổi quyền ký" in page
