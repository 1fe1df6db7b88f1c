from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from PIL import Image

from tests.accounts.support import add_authority, add_person
from tests.signing.space.documents import A4, plain
from tests.web.issuing_site import LIST, send
from tests.web.placing_site import PlacingSite, placing_site
from verifier.accounts.roles import Role
from verifier.errors import CouldNotIssue
from verifier.signing.records import Wish
from verifier.storage.database import Database
from verifier.web import locale

PROPOSED = {"choice": "proposed", "page": "1", "left": "115", "top": "242"}
BY_HAND = {"choice": "by-hand", "page": "1", "left": "30", "top": "25"}


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Iterator[PlacingSite]:
    with placing_site(database, tmp_path) as made:
        yield made


def shown(site: PlacingSite, **query: str) -> str:
    return site.client().get(site.address, query_string=query).text


def sent(site: PlacingSite, **form: str) -> tuple[int, str]:
    answer = send(site.client(), site.address, {**PROPOSED, **form})
    return answer.status_code, answer.headers.get("Location", answer.text)


def stood(site: PlacingSite) -> tuple[int, float, float]:
    laid = site.laid()
    return laid["page"], laid["left_mm"], laid["top_mm"]


def covering(site: PlacingSite, **query: str) -> Any:
    return site.client().get(f"{LIST}/{site.act_id}/covering", query_string=query).json


def test_the_page_shows_where_the_mark_goes_and_what_else_may_be_chosen(site: PlacingSite) -> None:
    page = shown(site)
    assert "Đề xuất: góc dưới bên phải (không che nội dung)" in page
    assert 'transform="translate(115.0 242.0)"' in page
    assert re.search(r'value="proposed" checked', page)
    assert re.findall(r'name="choice" value="([^"]+)"', page) == [
        "proposed", "free", "bottom-left", "bottom-centre", "by-hand", "cover",
    ]  # fmt: skip
    assert "Không che chữ, hình, trường hay chữ ký có sẵn." in page
    assert "Số 0000" in page
    assert "style=" not in page.partition("<main")[2]


def test_a_place_by_hand_is_stored_and_what_it_covers_is_said(site: PlacingSite) -> None:
    assert sent(site, **BY_HAND) == (303, f"{LIST}/{site.act_id}")
    assert stood(site) == (1, 30, 25)
    page = shown(site)
    assert "Dấu che nội dung của trang" in page
    assert "9 dòng chữ" in page
    assert re.search(r'value="by-hand" checked', page)
    assert 'id="left" name="left" value="30"' in page


def test_and_back_to_the_proposal(site: PlacingSite) -> None:
    sent(site, **BY_HAND)
    page = shown(site)
    assert re.search(r'value="proposed" data-page="1" data-left="115.0" data-top="242.0"', page)
    assert sent(site, **{**BY_HAND, "choice": "proposed"})[0] == 303
    assert stood(site) == (1, 115, 242)


def test_another_free_place_is_taken(site: PlacingSite) -> None:
    assert sent(site, choice="bottom-left")[0] == 303
    assert stood(site) == (1, 5, 242)


def test_a_comma_is_a_point(site: PlacingSite) -> None:
    assert sent(site, **{**BY_HAND, "left": "30,5", "top": "25.5"})[0] == 303
    assert stood(site) == (1, 30.5, 25.5)
    assert 'value="30,5"' in shown(site)
    assert 'value="30.5"' in shown(site, lang="en")


def test_the_cover_is_taken_and_left_again(site: PlacingSite) -> None:
    assert sent(site, choice="cover")[0] == 303
    assert site.act(site.act_id).placement == "allonge"
    page = shown(site)
    assert "Dấu đang được đặt trên tờ bìa đính kèm." in page
    assert re.search(r'value="cover" checked', page)
    assert sent(site, choice="proposed", page="1", left="5", top="5")[0] == 303
    assert site.act(site.act_id).placement == "page"


@pytest.mark.parametrize(
    ("form", "field", "said"),
    [
        ({"page": "0"}, "page", "Số trang phải là số nguyên từ 1."),
        ({"page": "x"}, "page", "Số trang phải là số nguyên từ 1."),
        ({"page": "2"}, "page", "Không có trang này"),
        ({"page": "9999999"}, "page", "Không có trang này"),
        ({"left": ""}, "left", "Khoảng cách đến mép trái"),
        ({"left": "-5"}, "left", "Khoảng cách đến mép trái"),
        ({"left": "1e3"}, "left", "Khoảng cách đến mép trái"),
        ({"left": "nan"}, "left", "Khoảng cách đến mép trái"),
        ({"top": "٣"}, "top", "Khoảng cách đến mép trên"),
        ({"left": "121"}, "left", "vượt ra ngoài mép trang"),
        ({"choice": "elsewhere"}, "choice", "Chưa chọn nơi đặt dấu."),
        ({"choice": ""}, "choice", "Chưa chọn nơi đặt dấu."),
        ({"choice": "proposed"}, "choice", "Ông/bà đã nhập một vị trí khác"),
    ],
)
def test_what_is_not_right_is_said_at_its_field_and_nothing_changes(
    site: PlacingSite, form: dict[str, str], field: str, said: str
) -> None:
    status, page = sent(site, **{**BY_HAND, **form})
    assert status == 422
    assert f'<a href="#{field}">' in page
    assert said in page
    assert stood(site) == (1, 115, 242)


def test_what_was_typed_stays(site: PlacingSite) -> None:
    _, page = sent(site, **{**BY_HAND, "left": "<121>"})
    assert 'value="&lt;121&gt;"' in page
    assert 'value="25"' in page


def test_the_script_is_told_what_a_place_covers(site: PlacingSite) -> None:
    assert covering(site, page="1", left="115", top="242") == {
        "look": "ok", "said": "Không che chữ, hình, trường hay chữ ký có sẵn.", "items": [],
    }  # fmt: skip
    assert covering(site, page="1", left="30", top="25")["items"] == ["9 dòng chữ"]
    assert covering(site, page="1", left="121", top="25")["look"] == "bad"
    assert "Không có trang này" in covering(site, page="7", left="1", top="1")["said"]
    assert "mép trái" in covering(site, page="1", left="", top="1")["said"]


def test_every_kind_of_thing_that_is_covered_is_named(site: PlacingSite) -> None:
    notes = "/Annots [<< /Type /Annot /Subtype /Widget /FT /Sig /T (S) /Rect [100 700 200 800] >>"
    notes += " << /Type /Annot /Subtype /Link /Rect [100 700 200 800] >>]"
    site.act_id = site.ordered(plain(site.folder / "a.pdf", [(f"{A4} {notes}", "")]).read_bytes())
    assert covering(site, page="1", left="30", top="5")["items"] == ["1 trường biểu mẫu hoặc chữ ký", "1 chú thích"]
    site.act_id = site.ordered(plain(site.folder / "b.pdf", [(A4, "0 650 300 300 re f")]).read_bytes())
    assert re.fullmatch(r"\d+ % .*", covering(site, page="1", left="30", top="5")["items"][0])


def test_the_script_is_told_of_another_page(site: PlacingSite) -> None:
    site.act_id = site.ordered(plain(site.folder / "a.pdf", [(A4, ""), (f"{A4} /Rotate 90", "")]).read_bytes())
    told = site.client().get(f"{LIST}/{site.act_id}/page/2").json
    assert told == {
        "width": 297.0, "height": 210.0, "taken": "", "pages": 2, "picture": f"{LIST}/{site.act_id}/page/2.webp",
    }  # fmt: skip
    assert site.client().get(f"{LIST}/{site.act_id}/page/3").status_code == 404


def test_pictures_of_the_page_and_of_the_mark(site: PlacingSite) -> None:
    client = site.client()
    page = client.get(f"{LIST}/{site.act_id}/page/1.webp")
    mark = client.get(f"{LIST}/{site.act_id}/mark.webp")
    assert page.headers["Cache-Control"] == mark.headers["Cache-Control"] == "private, no-store"
    assert Image.open(io.BytesIO(page.data)).size[0] == 1000
    drawn = Image.open(io.BytesIO(mark.data)).convert("RGBA")
    assert drawn.size[0] == 700
    assert drawn.getchannel("A").getpixel((5, 5)) == 0
    assert client.get(f"{LIST}/{site.act_id}/page/2.webp").status_code == 404


@pytest.mark.parametrize("data", [b"GIF89a, no PDF", b"%PDF-1.7\nbroken"])
def test_a_file_that_cannot_be_written_on_goes_on_a_cover_and_it_is_said_why(site: PlacingSite, data: bytes) -> None:
    site.act_id = site.ordered(data)
    page = shown(site)
    assert "Dấu đang được đặt trên tờ bìa đính kèm." in page
    assert "tài liệu được giữ nguyên bên trong" in page
    assert "<svg id=" not in page
    assert "Số 0000" in page


def test_a_page_without_room_goes_on_a_cover_and_may_be_placed_by_hand(site: PlacingSite) -> None:
    site.act_id = site.ordered(plain(site.folder / "small.pdf", [("/MediaBox [0 0 85 85]", "")]).read_bytes())
    page = shown(site)
    assert "Dấu đang được đặt trên tờ bìa đính kèm." in page
    assert "vượt ra ngoài mép trang" in page
    status, page = sent(site, **{**BY_HAND, "left": "0", "top": "0"})
    assert status == 422
    assert "Trang nhỏ hơn dấu chứng nhận" in page


def test_when_it_is_confirmed_the_mark_stays(site: PlacingSite) -> None:
    site.issuing.confirm(site.caller(), site.token, [site.act_id])
    assert site.client().get(site.address).headers["Location"] == f"{LIST}/{site.act_id}"
    assert sent(site, **BY_HAND) == (303, f"{LIST}/{site.act_id}")
    assert stood(site) == (1, 115, 242)


def test_it_is_for_leaders_of_the_authority(site: PlacingSite, database: Database) -> None:
    other = add_authority(database)
    person = add_person(database, other, Role.LEADER, login="chi")
    foreign = site.client(site.house.signed_in(person))
    clerk = site.colleague(Role.CLERK)
    for path in ("place", "page/1", "page/1.webp", "mark.webp", "covering?page=1&left=1&top=1"):
        assert foreign.get(f"{LIST}/{site.act_id}/{path}").status_code == 404
        assert clerk.get(f"{LIST}/{site.act_id}/{path}").status_code == 404
        assert site.client("").get(f"{LIST}/{site.act_id}/{path}").status_code == 303
        assert site.client().get(f"{LIST}/{UUID(int=5)}/{path}").status_code == 404
    assert send(foreign, site.address, BY_HAND).status_code == 404
    assert stood(site) == (1, 115, 242)


def test_a_form_without_its_token_changes_nothing(site: PlacingSite) -> None:
    assert site.client().post(site.address, data=BY_HAND).status_code == 400
    assert stood(site) == (1, 115, 242)


def test_english_says_the_same(site: PlacingSite) -> None:
    page = shown(site, lang="en")
    assert "Place of the e-certification mark" in page
    assert "Proposed: lower right corner (covers nothing)" in page


def test_both_languages_have_the_same_placeholders() -> None:
    for key, words in locale.texts().items():
        if key.startswith("placing-"):
            one, other = (set(re.findall(r"\{\w+\}", words[lang])) for lang in ("vi", "en"))
            assert one == other, key


def test_the_layout_refuses_what_the_page_refuses(site: PlacingSite) -> None:
    with pytest.raises(CouldNotIssue):
        site.issuing.place(site.caller(), site.act_id, Wish(page=9))
