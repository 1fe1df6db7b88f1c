from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from joserfc.jwk import ECKey
from werkzeug.test import TestResponse

from tests.accounts.desks import DAY, WHY, House, grant_of
from tests.accounts.machines import Machine, add_machine, public_pem
from tests.accounts.support import AT
from tests.web.accounts_support import accounts_of, app_of, post, token_in
from verifier.accounts.caller import Caller
from verifier.accounts.roles import Role
from verifier.storage.database import Database
from verifier.storage.scope import SYSTEM
from verifier.web import locale

FORM: dict[str, Any] = {
    "name": "Trần Văn Bình",
    "login": "binh.tran",
    "title_vi": "Chuyên viên",
    "title_en": "Officer",
    "email": "binh@example.vn",
    "role": ["specialist"],
    "reason": WHY,
}
NEW = "/admin/people/new"


class Pages:
    """The pages of administrators, asked by one of them."""

    def __init__(self, database: Database, spool: Path) -> None:
        self.house = House(database)
        self.accounts = accounts_of(database, self.house.clock)
        self.who = self.house.me
        self.spool = spool
        self.client = self.of(lambda: self.who)
        self.machine: Machine = add_machine(database, self.house.authority)
        self.theirs: Machine = add_machine(database, self.house.elsewhere)

    def of(self, who: Any) -> FlaskClient:
        return app_of(self.accounts, self.spool, who).test_client()

    def get(self, path: str) -> TestResponse:
        return self.client.get(path)

    def post(self, path: str, form: dict[str, Any] | None = None, *, page: str = "") -> TestResponse:
        return post(self.client, path, form, page=page)

    def letter(self, authority_id: Any, key: str = "m-1") -> Any:
        with self.house.database.unit(SYSTEM) as unit:
            unit.outbox.put("mail", key, {"to": "a"}, AT, authority_id)
            message = next(one for one in unit.outbox.listed("waiting") if one.key == key)
            unit.outbox.bury(message.id, AT, "connection refused")
            return message.id

    @property
    def person(self) -> str:
        return f"/admin/people/{self.house.lan.id}"

    @property
    def at_client(self) -> str:
        return f"/admin/clients/{self.machine.id}"

    def key(self, machine: Machine) -> Any:
        with self.house.database.unit(SYSTEM) as unit:
            return unit.clients.keys(machine.id)[0].id


@pytest.fixture
def pages(database: Database, tmp_path: Path) -> Pages:
    return Pages(database, tmp_path)


def read(answer: TestResponse) -> str:
    """The words of a page."""
    main = answer.text[answer.text.index("<main") : answer.text.index("</main>")]
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", main)))


# --- inviting ----------------------------------------------------------------------------------------------------


def test_an_invitation_is_shown_once_and_leads_to_the_account(pages: Pages) -> None:
    answer = pages.post(NEW, FORM)
    first, again = (pages.get(answer.headers["Location"]) for _ in range(2))

    assert answer.status_code == 303
    link = re.search(r"http://localhost(/invitation/[\w-]{43})", first.text)
    assert link
    assert link[1] not in again.text
    assert "không xem lại được" in read(again)
    assert "Trần Văn Bình" in pages.of(Caller()).get(link[1]).text


def test_a_form_sent_twice_makes_one_person_with_one_link(pages: Pages) -> None:
    shown = pages.get(NEW).text
    key = re.search(r'name="key_of_form" value="([^"]+)"', shown)
    assert key
    form = FORM | {"csrf_token": token_in(shown), "key_of_form": key[1]}

    first, again = (pages.client.post(NEW, data=form) for _ in range(2))

    assert first.headers["Location"] == again.headers["Location"]
    assert "/invitation/" in pages.get(again.headers["Location"]).text
    assert [one.person.login for one in pages.house.desk.people(pages.house.me)].count("binh.tran") == 1


@pytest.mark.parametrize(
    ("spoilt", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "Trần\u200bVăn Bình"}, "name"),
        ({"name": "Trần Vаn Bình"}, "name"),
        ({"name": "<script>alert(1)</script>"}, "name"),
        ({"name": "\u202eTrần"}, "name"),
        ({"name": "T" * 301}, "name"),
        ({"login": "a"}, "login"),
        ({"login": "xa.la"}, "login"),
        ({"login": "lan.nguyen"}, "login"),
        ({"title_vi": "a\u200bb"}, "title_vi"),
        ({"email": "x"}, "email"),
        ({"role": ["king"]}, "role"),
        ({"role": ["leader", "auditor"]}, "role"),
        ({"reason": "a\u202eb"}, "reason"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(
    pages: Pages, spoilt: dict[str, Any], field: str
) -> None:
    typed = FORM | spoilt

    answer = pages.post(NEW, typed)

    assert answer.status_code in {409, 422}
    assert f'<a href="#{field}">' in answer.text
    assert f'id="{field}-error"' in answer.text
    assert "<title>Lỗi: " in answer.text
    for name in ("name", "login", "title_vi", "email"):
        assert f'value="{html.escape(typed[name])}"' in answer.text or not typed[name]
    assert "<script>alert" not in answer.text


def test_everything_that_is_wrong_is_said_at_once(pages: Pages) -> None:
    answer = pages.post(NEW, FORM | {"name": "Trần Vаn", "login": "a", "email": "x"})

    assert re.findall(r'<li><a href="#(\w+)">', answer.text) == ["name", "login", "email"]


def test_the_longest_name_and_markup_in_titles_are_shown_whole_and_harmless(pages: Pages) -> None:
    name = "Nguyễn " + "a" * 293
    told = FORM | {"name": name, "title_vi": "<script>alert(1)</script> & '\"", "title_en": "=cmd()"}

    answer = pages.get(pages.post(NEW, told).headers["Location"].removesuffix("/invitation"))

    assert name in read(answer)
    assert "<script>alert(1)</script> & '\"" in read(answer)
    assert "<script>alert" not in answer.text


def test_a_decomposed_name_is_found_composed_and_without_marks(pages: Pages) -> None:
    pages.post(NEW, FORM | {"name": "Tra\u0302\u0300n Va\u0306n Bi\u0300nh"})

    for text in ("Trần Văn", "tran van b", "TRA\u0302\u0300N"):
        assert "Trần Văn Bình" in read(pages.client.get("/admin/people", query_string={"q": text}))


@pytest.mark.parametrize("text", ["\0", "%", "_", "'; drop table person", "x" * 5000, "\u202e", "\\"])
def test_any_search_is_answered(pages: Pages, text: str) -> None:
    assert pages.client.get("/admin/people", query_string={"q": text}).status_code == 200


def test_two_of_the_same_name_are_pointed_out(pages: Pages) -> None:
    answer = pages.get(pages.post(NEW, FORM | {"name": "Nguyễn Thị Lan"}).headers["Location"])

    assert "trông giống hệt" in read(answer)
    assert "lan.nguyen" in read(answer)


# --- changing ----------------------------------------------------------------------------------------------------


def test_who_comes_second_sees_both_versions_and_keeps_what_was_typed(pages: Pages) -> None:
    shown = pages.get(f"{pages.person}/edit").text
    pages.house.desk.change(pages.house.caller(pages.house.second), pages.house.lan.id, 1, "Nguyễn Lan", "Trưởng phòng")
    typed = {"name": "Nguyễn Thị Lan", "title_vi": "Phó phòng", "title_en": "", "email": "", "version": "1"}

    refused = pages.client.post(f"{pages.person}/edit", data=typed | {"csrf_token": token_in(shown)})

    assert refused.status_code == 409
    assert "Lê Thứ Hai vừa thay đổi lúc 02/03/2026 15:00 UTC+7" in read(refused)
    assert "Trưởng phòng" in read(refused)
    assert 'value="Phó phòng"' in refused.text
    assert 'name="version" value="2"' in refused.text
    again = pages.client.post(f"{pages.person}/edit", data=typed | {"csrf_token": token_in(shown), "version": "2"})
    assert again.status_code == 303
    assert pages.house.stored(pages.house.lan.id).title_vi == "Phó phòng"


def test_closing_what_somebody_just_changed_asks_to_look_again(pages: Pages) -> None:
    pages.house.desk.change(pages.house.caller(pages.house.second), pages.house.lan.id, 1, "Nguyễn Lan")

    refused = pages.post(f"{pages.person}/close", {"reason": "Chuyển công tác", "version": "1"})

    assert refused.status_code == 409
    assert "Lê Thứ Hai vừa thay đổi" in read(refused)
    assert "Chuyển công tác" in refused.text
    assert 'name="version" value="2"' in refused.text
    assert pages.house.stored(pages.house.lan.id).disabled_at is None


def test_an_account_is_closed_and_opened_again(pages: Pages) -> None:
    assert pages.post(f"{pages.person}/close", {"reason": WHY, "version": "1"}).status_code == 303
    assert "Đã đóng" in read(pages.get(pages.person))
    assert pages.post(f"{pages.person}/reopen", {"reason": WHY, "version": "2"}).status_code == 303
    assert "Chưa có cách đăng nhập" in read(pages.get(pages.person))


def test_a_role_is_given_and_ended(pages: Pages) -> None:
    form = {"role": "clerk", "valid_from": "2026-03-02", "valid_until": "2026-03-04", "reason": WHY}
    assert pages.post(f"{pages.person}/roles/new", form).status_code == 303

    assert pages.house.roles(pages.house.lan) == ["specialist", "clerk"]
    assert "Từ 02/03/2026 đến hết 04/03/2026" in read(pages.get(pages.person))
    end = f"{pages.person}/roles/{grant_of(pages.house, pages.house.lan)}/end"
    assert pages.post(end, {"reason": WHY, "day": "2026-03-03"}).status_code == 303
    assert pages.house.roles(pages.house.lan, AT + 2 * DAY) == ["clerk"]


def test_the_form_of_a_role_that_was_ended_does_not_give_it_anew(pages: Pages) -> None:
    form = {"role": "clerk", "valid_from": "2026-03-02", "reason": WHY, "key_of_form": str(uuid4())}
    pages.post(f"{pages.person}/roles/new", form)
    with pages.house.database.unit(SYSTEM) as unit:
        given = unit.people.grants(pages.house.lan.id)[-1].id
    pages.post(f"{pages.person}/roles/{given}/end", {"reason": WHY})

    assert pages.post(f"{pages.person}/roles/new", form).status_code == 400
    assert pages.house.roles(pages.house.lan) == ["specialist"]


@pytest.mark.parametrize(
    ("spoilt", "field"),
    [
        ({"role": ""}, "role"),
        ({"role": "specialist"}, "role"),
        ({"valid_from": "hôm nay"}, "valid_from"),
        ({"valid_from": "2026-03-01"}, "valid_from"),
        ({"valid_from": "2026-02-30"}, "valid_from"),
        ({"valid_from": "0001-01-01"}, "valid_from"),
        ({"valid_until": "2026-03-01"}, "valid_until"),
        ({"valid_until": "9999-12-31"}, "valid_until"),
        ({"reason": " "}, "reason"),
    ],
)
def test_a_role_with_one_thing_wrong_is_refused_at_its_field(pages: Pages, spoilt: dict[str, str], field: str) -> None:
    form = {"role": "clerk", "valid_from": "2026-03-02", "valid_until": "", "reason": WHY}

    answer = pages.post(f"{pages.person}/roles/new", form | spoilt)

    assert answer.status_code in {409, 422}
    assert f'<a href="#{field}">' in answer.text
    assert pages.house.roles(pages.house.lan) == ["specialist"]


def test_roles_that_exclude_each_other_are_both_named(pages: Pages) -> None:
    answer = pages.post(f"{pages.person}/roles/new", {"role": "auditor", "valid_from": "", "reason": WHY})

    assert answer.status_code == 409
    assert "Vai trò Kiểm tra nhật ký không giữ cùng lúc với Chuyên viên" in read(answer)


def test_a_reset_is_asked_for_with_a_fresh_proof_only(pages: Pages) -> None:
    shown = pages.get(f"{pages.person}/reset").text
    form = {"csrf_token": token_in(shown), "reason": WHY}
    pages.house.clock.pass_(minutes=6)

    for answer in (pages.get(f"{pages.person}/reset"), pages.client.post(f"{pages.person}/reset", data=form)):
        assert (answer.status_code, "/step-up" in answer.headers["Location"]) == (303, True)
    assert pages.house.credentials(pages.house.lan) == (True, True)
    pages.who = pages.house.caller(pages.house.admin)
    done = pages.client.post(f"{pages.person}/reset", data=form)
    assert done.status_code == 303
    assert pages.house.credentials(pages.house.lan) == (False, False)
    assert "/invitation/" in pages.get(done.headers["Location"]).text


def test_ones_own_account_offers_no_act_and_takes_none(pages: Pages) -> None:
    own = f"/admin/people/{pages.house.admin.id}"
    shown = pages.get(own)

    assert "Đây là tài khoản của ông/bà" in read(shown)
    for act in ("close", "reset", "roles/new", "sessions/end"):
        assert f"{own}/{act}" not in shown.text
        answer = pages.post(f"{own}/{act}", {"reason": WHY, "version": "1", "role": "clerk"})
        assert answer.status_code == 409
        assert "Không tự thay đổi tài khoản" in read(answer)
    assert pages.house.roles(pages.house.admin) == ["administrator"]


# --- whose it is -------------------------------------------------------------------------------------------------

ACTS = ("edit", "roles/new", "close", "reopen", "sessions/end", "reset")
CLIENT_ACTS = ("keys/new", "disable", "enable")


def test_ids_of_another_authority_are_those_of_nobody_in_every_address(pages: Pages) -> None:
    house = pages.house
    stranger, nobody = house.stranger.id, uuid4()
    mine, theirs = grant_of(house, house.lan), grant_of(house, house.stranger)
    letter = pages.letter(house.elsewhere.id)
    pairs = [
        *((f"/admin/people/{stranger}{act}", f"/admin/people/{nobody}{act}") for act in ["", "/invitation"]),
        *((f"/admin/people/{stranger}/{act}", f"/admin/people/{nobody}/{act}") for act in ACTS),
        (f"{pages.person}/roles/{theirs}/end", f"{pages.person}/roles/{nobody}/end"),
        (f"/admin/people/{stranger}/roles/{mine}/end", f"/admin/people/{nobody}/roles/{mine}/end"),
        (f"/admin/clients/{pages.theirs.id}", f"/admin/clients/{nobody}"),
        *((f"/admin/clients/{pages.theirs.id}/{act}", f"/admin/clients/{nobody}/{act}") for act in CLIENT_ACTS),
        (f"{pages.at_client}/keys/{pages.key(pages.theirs)}/end", f"{pages.at_client}/keys/{nobody}/end"),
        (f"/admin/outbox/{letter}/drop", f"/admin/outbox/{nobody}/drop"),
        (f"/admin/outbox/{letter}/retry", f"/admin/outbox/{nobody}/retry"),
    ]
    form = {"reason": WHY, "version": "1", "role": "clerk", "name": "Tên Mới", "key": "x"}
    form["csrf_token"] = token_in(pages.get(NEW).text)
    for foreign, unknown in pairs:
        sent = [_plain(pages.client.post(path, data=form), path) for path in (foreign, unknown)]
        shown = [_plain(pages.get(path), path) for path in (foreign, unknown)]
        assert (sent[0], shown[0]) == (sent[1], shown[1]), foreign
        assert {sent[0][0], shown[0][0]} <= {404, 405}, foreign
    assert house.stored(stranger) == house.stranger
    assert house.roles(house.stranger) == ["specialist"]
    assert len(pages.accounts.letters.list(house.caller(house.stranger, authority=house.elsewhere))) == 1


def _plain(answer: TestResponse, path: str) -> tuple[int, str]:
    """Status and page, without the address itself and what is new on every page."""
    page = re.sub(r'name="csrf_token" value="[^"]+"', "", answer.text)
    return answer.status_code, page.replace(path, "")


def test_ids_of_another_authority_in_hidden_fields_reach_nobody(pages: Pages) -> None:
    stranger = pages.house.stranger

    made = pages.post(NEW, FORM | {"key_of_form": str(stranger.id), "id": str(stranger.id), "version": "9"})
    given = pages.post(
        f"{pages.person}/roles/new",
        {"role": "clerk", "reason": WHY, "key_of_form": str(grant_of(pages.house, stranger)), "id_": str(stranger.id)},
    )
    pem = public_pem(ECKey.generate_key("P-256"))
    client = {"name": "Cổng", "role": "portal", "scopes": ["validations:read"], "key": pem}
    added = pages.post("/admin/clients/new", client | {"key_of_form": str(pages.theirs.id)})

    assert [one.status_code for one in (made, given, added)] == [303, 303, 303]
    assert str(stranger.id) not in made.headers["Location"]
    assert pages.house.stored(stranger.id) == stranger
    assert pages.house.roles(stranger) == ["specialist"]


def test_a_role_of_a_colleague_is_not_ended_under_another_name(pages: Pages) -> None:
    of_second = grant_of(pages.house, pages.house.second)

    answer = pages.post(f"{pages.person}/roles/{of_second}/end", {"reason": WHY}, page=NEW)

    assert answer.status_code == 404
    assert pages.house.roles(pages.house.second) == ["administrator"]


def test_no_form_is_taken_without_its_token(pages: Pages) -> None:
    grant, key, letter = grant_of(pages.house, pages.house.lan), pages.key(pages.machine), _own_letter(pages)
    paths = [
        NEW,
        *(f"{pages.person}/{act}" for act in ACTS),
        f"{pages.person}/roles/{grant}/end",
        "/admin/clients/new",
        *(f"{pages.at_client}/{act}" for act in CLIENT_ACTS),
        f"{pages.at_client}/keys/{key}/end",
        f"/admin/outbox/{letter}/retry",
        f"/admin/outbox/{letter}/drop",
    ]
    pages.get(NEW)
    form = FORM | {"version": "1"}
    for path in paths:
        for token in ({}, {"csrf_token": "x"}):
            assert pages.client.post(path, data=form | token).status_code == 400, path
    for path in paths:  # nothing is done by what a browser may send without a token
        pages.client.head(path, data=form | {"role": "clerk"})
    assert [one["action"] for one in pages.house.events() if one["action"] != "person-read"] == []
    assert pages.house.events("client") == []
    assert {one["action"] for one in pages.house.events("message")} == {"message-read"}


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
def test_others_find_no_such_pages(pages: Pages, role: Role) -> None:
    pages.who = pages.house.caller(pages.house.lan, role)

    for path in ("/admin/people", NEW, pages.person, "/admin/clients", pages.at_client, "/admin/outbox"):
        assert pages.get(path).status_code == 404


def test_an_administrator_of_a_minute_ago_finds_no_such_pages(pages: Pages) -> None:
    pages.house.desk.close(pages.house.caller(pages.house.second), pages.house.admin.id, 1, WHY)

    assert pages.get("/admin/people").status_code == 404


# --- machine clients ---------------------------------------------------------------------------------------------


def test_a_client_is_registered_gets_a_second_key_and_loses_the_first(pages: Pages) -> None:
    first, second = (public_pem(ECKey.generate_key("P-256")) for _ in range(2))
    form = {"name": "Cổng tỉnh X", "role": "portal", "scopes": ["validations:create"], "key": first}
    where = pages.post("/admin/clients/new", form).headers["Location"]
    assert "1 khóa" in read(pages.get("/admin/clients"))

    assert pages.post(f"{where}/keys/new", {"key": second}).status_code == 303
    ends = re.findall(rf'href="({where}/keys/[^"]+/end)"', pages.get(where).text)
    assert len(ends) == 2
    assert pages.post(ends[-1], {"reason": WHY}).status_code == 303

    assert len(re.findall(rf"{where}/keys/[^\"]+/end", pages.get(where).text)) == 1
    actions = [one["action"] for one in pages.house.events("client")]
    assert actions == ["client-added", "client-key-added", "client-key-ended"]


@pytest.mark.parametrize(
    ("spoilt", "field"),
    [
        ({"name": ""}, "name"),
        ({"role": "leader"}, "role"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["everything"]}, "scopes"),
        ({"key": ""}, "key"),
        ({"key": "-----BEGIN PUBLIC KEY-----"}, "key"),
    ],
)
def test_a_client_with_one_thing_wrong_is_refused_at_its_field(
    pages: Pages, spoilt: dict[str, Any], field: str
) -> None:
    pem = public_pem(ECKey.generate_key("P-256"))
    form = {"name": "Cổng tỉnh X", "role": "portal", "scopes": ["validations:read"], "key": pem}

    answer = pages.post("/admin/clients/new", form | spoilt)

    assert answer.status_code == 422
    assert f'<a href="#{field}">' in answer.text
    assert pages.house.events("client") == []


def test_a_private_key_is_refused_and_not_sent_back(pages: Pages) -> None:
    pem = ECKey.generate_key("P-256").as_pem(private=True).decode()

    answer = pages.post(f"{pages.at_client}/keys/new", {"key": pem})

    assert answer.status_code == 422
    assert pem.splitlines()[1] not in answer.text


def test_a_client_is_disabled_and_enabled(pages: Pages) -> None:
    assert pages.post(f"{pages.at_client}/disable", {"reason": WHY, "version": "1"}).status_code == 303
    assert "Đã ngừng" in read(pages.get(pages.at_client))
    assert pages.post(f"{pages.at_client}/enable", {"reason": WHY, "version": "2"}).status_code == 303
    assert "Đang hoạt động" in read(pages.get(pages.at_client))


# --- dead letters ------------------------------------------------------------------------------------------------


def _own_letter(pages: Pages) -> Any:
    return pages.letter(pages.house.authority.id, "m-own")


def test_without_dead_letters_the_page_says_so(pages: Pages) -> None:
    assert "Không có thư nào bị bỏ lại" in read(pages.get("/admin/outbox"))


def test_a_dead_letter_is_tried_again_or_dropped_with_a_reason(pages: Pages) -> None:
    letter, other = _own_letter(pages), pages.letter(pages.house.authority.id, "m-2")
    shown = pages.get("/admin/outbox")
    assert "connection refused" in read(shown)

    assert pages.post(f"/admin/outbox/{letter}/retry", page="/admin/outbox").status_code == 303
    assert pages.post(f"/admin/outbox/{other}/drop", {"reason": ""}).status_code == 422
    assert pages.post(f"/admin/outbox/{other}/drop", {"reason": WHY}).status_code == 303

    assert "Không có thư nào bị bỏ lại" in read(pages.get("/admin/outbox"))
    actions = [one["action"] for one in pages.house.events("message") if one["action"] != "message-read"]
    assert actions == ["message-revived", "message-dropped"]


def test_the_last_runs_of_jobs_are_shown(pages: Pages) -> None:
    with pages.house.database.unit(SYSTEM) as unit:
        unit.jobs.began("retention", AT)

    assert "retention" in read(pages.get("/admin/outbox"))


def test_every_recurring_job_has_words() -> None:
    code = "\n".join(
        file.read_text(encoding="utf-8") for file in (Path(__file__).parents[2] / "verifier").rglob("*.py")
    )
    names = set(re.findall(r'\bJob\("([a-z-]+)"', code))

    assert {"expire-validations", "watch-trust", "refresh-revocation"} <= names
    assert {name for name in names if f"job-{name}" not in locale.texts()} == set()
