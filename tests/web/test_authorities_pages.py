from __future__ import annotations

import html
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from tests.accounts.support import add_authority, add_person
from tests.web.accounts_support import accounts_of, app_of, caller_of, post
from verifier.accounts.authorities import payload_of
from verifier.accounts.caller import Caller
from verifier.accounts.roles import Role
from verifier.accounts.services import Accounts
from verifier.storage.authorities import Authority
from verifier.storage.database import Database
from verifier.storage.scope import SYSTEM

COPY = {
    "competence-procedure": "certified-copy",
    "competence-capacity": "decide",
    "competence-valid_from": "2025-07-01",
    "competence-valid_until": "",
    "competence-citation": "Điều 5",
}


class House:
    def __init__(self, database: Database, folder: Path) -> None:
        self.database, self.folder = database, folder
        self.accounts: Accounts = accounts_of(database)
        self.authority = add_authority(database)
        self.admin = self.person(Role.ADMINISTRATOR, "an.tran", "Trần Văn An")
        self.leader = self.person(Role.LEADER, "binh.le", "Lê Thị Bình", proved=True)

    def person(
        self, role: Role, login: str, name: str, authority: Authority | None = None, *, proved: bool = False
    ) -> Caller:
        place = authority or self.authority
        person = add_person(self.database, place, role, login=login, name=name, password="", secret="")
        return caller_of(person, place, role, proved=proved)

    def client(self, caller: Caller) -> FlaskClient:
        return app_of(self.accounts, self.folder / "spool", caller).test_client()

    def proposal(self, **changes: Any) -> str:
        payload = payload_of(self.authority, ()) | {"seal_name": "Dấu mới"} | changes
        return str(self.accounts.authorities.propose(self.admin, 1, payload, "Quyết định 12").id)

    def state(self, id_: str) -> str:
        with self.database.unit(SYSTEM) as unit:
            return next(one.state for one in unit.proposals.all() if str(one.id) == id_)


@pytest.fixture
def house(database: Database, tmp_path: Path) -> House:
    return House(database, tmp_path)


def form(house: House, **changes: Any) -> dict[str, Any]:
    payload = {k: v for k, v in payload_of(house.authority, ()).items() if k != "competences"}
    return {**payload, "version": "1", "reason": "Quyết định 12/QĐ-BNG", **COPY, **changes}


def test_everybody_who_is_signed_in_sees_who_the_authorities_are(house: House, database: Database) -> None:
    other = add_authority(database, name_vi="Phòng Tư pháp quận Ba Đình", kind="district")
    client = house.client(house.leader)
    page = client.get("/authorities").text
    entry = client.get(f"/authorities/{other.id}").text

    assert "Phòng Tư pháp quận Ba Đình" in page
    assert page.count("Cơ quan của ông/bà") == 1
    assert "Đề xuất thay đổi</a>" not in client.get(f"/authorities/{house.authority.id}").text
    assert "Chưa ghi thẩm quyền nào" in entry


def test_the_step_up_says_what_for(house: House) -> None:
    id_ = house.proposal()
    for who, role, act, words in (
        (house.leader, Role.LEADER, f"/proposals/{id_}/approve", "Phê duyệt đề xuất thay đổi"),
        (house.admin, Role.ADMINISTRATOR, f"/admin/people/{uuid4()}/reset", "Đặt lại cách đăng nhập của một người"),
    ):
        assert who.person
        caller = caller_of(who.person, house.authority, role, database=house.database)
        assert f"<dd>{words}</dd>" in house.client(caller).get(f"/step-up?next={act}").text


def test_what_is_not_there_leads_back_to_the_work(house: House) -> None:
    page = house.client(house.leader).get("/nowhere").text
    visitor = app_of(house.accounts, house.folder / "spool").test_client().get("/nowhere").text

    assert 'href="/sign-in/arrive">Đến trang làm việc</a>' in page
    assert "không xác nhận nội dung" not in page
    assert "/sign-in/arrive" not in visitor
    assert "không xác nhận nội dung" in visitor


def test_a_mission_tells_the_states_it_is_sent_to(house: House, database: Database) -> None:
    client = house.client(house.admin)
    before = client.get(f"/authorities/{house.authority.id}").text
    refused = post(client, "/authorities/own/change", form(house, states="Pháp"))
    sent = post(client, "/authorities/own/change", form(house, states="fr, la"))
    post(house.client(house.leader), f"{sent.headers['Location']}/approve", page=f"{sent.headers['Location']}/approve")

    assert "Chưa ghi nước nào" in before
    assert refused.status_code == 422
    assert 'value="Pháp"' in refused.text
    assert "Chưa nhận ra mã nước" in refused.text
    assert "FR, LA" in client.get(f"/authorities/{house.authority.id}").text
    other = add_authority(database, kind="ministry")
    assert "Nước tiếp nhận" not in client.get(f"/authorities/{other.id}").text


def test_an_administrator_proposes_and_a_leader_approves(house: House) -> None:
    sent = post(house.client(house.admin), "/authorities/own/change", form(house, seal_name="Dấu mới"))
    address = sent.headers["Location"]
    shown = house.client(house.leader).get(address).text
    approved = post(house.client(house.leader), f"{address}/approve", page=f"{address}/approve", follow=True).text

    assert sent.status_code == 303
    assert "Trần Văn An" in shown
    assert "Dấu mới" in shown
    assert "certified-copy" not in shown.partition("<main")[0]
    assert "Đã phê duyệt" in approved
    entry = house.client(house.admin).get(f"/authorities/{house.authority.id}").text
    assert "Dấu mới" in entry
    assert "Chứng thực bản sao từ bản chính" in entry
    assert "từ 01/07/2025" in entry


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"name_vi": ""}, "name_vi", "Còn mục chưa nhập"),
        ({"name_vi": "Cơ quan\u200b"}, "name_vi", "ký tự không nhìn thấy"),
        ({"valid_from": "hôm nay"}, "valid_from", "Ngày"),
        ({"reason": ""}, "reason", "lý do"),
        ({"competence-procedure": "apostille"}, "competences", "Không có căn cứ cho thẩm quyền này"),
        ({"competence-citation": ""}, "competences", "Còn mục chưa nhập"),
        ({"version": "0"}, "name_vi", "thay đổi"),
    ],
)
def test_a_refused_form_comes_back_with_what_was_typed(
    house: House, changes: dict[str, str], field: str, words: str
) -> None:
    answer = post(
        house.client(house.admin), "/authorities/own/change", form(house, address_en="5 Typed Street", **changes)
    )

    assert answer.status_code in {409, 422}
    assert f'href="#{field}"' in answer.text
    assert words.lower() in answer.text.lower()
    assert "5 Typed Street" in answer.text
    assert "<title>Lỗi: " in answer.text


def test_odd_words_are_shown_as_words(house: House) -> None:
    odd = "<script>alert(1)</script> & ' \" =cmd()"
    address = post(house.client(house.admin), "/authorities/own/change", form(house, seal_name=odd)).headers["Location"]
    page = house.client(house.leader).get(address).text

    assert "<script>alert" not in page
    assert html.escape(odd).replace("&#x27;", "&#39;").replace("&quot;", "&#34;") in page


def test_approving_needs_a_fresh_proof(house: House) -> None:
    id_ = house.proposal()
    stale = replace(house.leader, session=replace(house.leader.session, proved_at=None))  # type: ignore[type-var]
    client = house.client(stale)
    asked = client.get(f"/proposals/{id_}/approve")
    sent = post(client, f"/proposals/{id_}/approve", page=f"/proposals/{id_}")

    assert asked.status_code == sent.status_code == 303
    assert "/step-up?next=" in asked.headers["Location"]
    assert "/step-up?next=" in sent.headers["Location"]
    assert house.state(id_) == "open"


def test_a_rejection_without_a_reason_is_asked_for_one(house: House) -> None:
    id_ = house.proposal()
    client = house.client(house.leader)
    empty = post(client, f"/proposals/{id_}/reject", {"reason": " "}, page=f"/proposals/{id_}")
    told = post(client, f"/proposals/{id_}/reject", {"reason": "Thiếu căn cứ"}, page=f"/proposals/{id_}", follow=True)

    assert empty.status_code == 422
    assert 'aria-invalid="true"' in empty.text
    assert "Không phê duyệt" in told.text
    assert "Thiếu căn cứ" in told.text
    assert house.state(id_) == "rejected"


def test_the_second_approval_is_told_that_it_was_decided(house: House) -> None:
    id_ = house.proposal()
    client = house.client(house.leader)
    page = f"/proposals/{id_}/approve"
    first = client.get(page).text
    post(client, page)
    again = client.post(page, data={"csrf_token": first.split('csrf_token" value="')[1].split('"')[0]})

    assert again.status_code == 409
    assert "đã được quyết định" in again.text


def test_the_proposer_withdraws(house: House) -> None:
    id_ = house.proposal()
    post(house.client(house.admin), f"/proposals/{id_}/withdraw", page=f"/proposals/{id_}")

    assert house.state(id_) == "withdrawn"


@pytest.mark.parametrize("path", ["", "/approve"])
def test_a_proposal_of_another_authority_is_as_one_that_is_not_there(
    house: House, database: Database, path: str
) -> None:
    stranger = house.person(Role.LEADER, "kha.do", "Đỗ Kha", add_authority(database), proved=True)
    client = house.client(stranger)
    ids = house.proposal(), str(uuid4())
    real, random = (client.get(f"/proposals/{id_}{path}") for id_ in ids)

    assert real.status_code == random.status_code == 404
    assert real.text.replace(ids[0], ids[1]) == random.text


@pytest.mark.parametrize("what", ["approve", "reject"])
def test_a_decision_from_another_authority_meets_nothing(house: House, database: Database, what: str) -> None:
    stranger = house.person(Role.LEADER, "kha.do", "Đỗ Kha", add_authority(database), proved=True)
    own = house.proposal()
    client = house.client(stranger)
    answer = post(client, f"/proposals/{own}/{what}", {"reason": "x"}, page="/verify")

    assert answer.status_code == 404
    assert house.state(own) == "open"
