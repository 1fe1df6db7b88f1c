"""Wordings of certification: their sentences, days in words, identity papers of their time, and who signs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import pypdfium2
import pytest

from tests.law.forms.samples import sample
from tests.law.forms.samples_more import HANOI
from verifier.law.codes import Codes
from verifier.law.forms import Audience, Form, Forms
from verifier.law.records import NoAnswer
from verifier.law.source import Source

FORMS = Forms.read(Source())
CODES = Codes.read(Source())
TODAY = date(2026, 11, 23)
WORDINGS = sorted(one for one in FORMS.ids if one.startswith("wording-"))
SIGNATURES = [one for one in WORDINGS if one != "wording-copy"]
MADE = "Biểu mẫu do cơ quan lập"
REVIEW = "BẢN ĐỂ RÀ SOÁT"


def said(id_: str, day: date = TODAY, audience: Audience = "office", **changes: object) -> str:
    form = FORMS.get(id_, day)
    return read(form, {**sample(form), **changes}, audience)


def read(form: Form, values: Mapping[str, Any], audience: Audience) -> str:
    with pypdfium2.PdfDocument(FORMS.drawn(form, values, audience=audience)) as document:
        texts = [page.get_textpage().get_text_range() for page in document]
    return " ".join(" ".join(texts).split())


def test_every_wording_of_the_decree_on_copies_and_signatures_is_there() -> None:
    assert WORDINGS == [
        "wording-cannot-sign", "wording-copy", "wording-fingerprint", "wording-signature-one",
        "wording-signature-one-desk", "wording-signature-several", "wording-translator",
    ]  # fmt: skip


def test_a_copy_is_certified_as_true() -> None:
    text = said("wording-copy")
    assert text.startswith("CHỨNG THỰC BẢN SAO ĐÚNG VỚI BẢN CHÍNH")
    assert "Số chứng thực 07 quyển số 01/2026 - SCT/BS Ngày 15 tháng 3 năm 2026" in text
    assert "Người thực hiện chứng thực (ký, ghi rõ họ, tên và đóng dấu) Trần Thị Thu Hà" in text


@pytest.mark.parametrize("day", [date(2015, 4, 10), date(2025, 10, 31), date(2025, 11, 1), TODAY], ids=str)
def test_a_signature_is_certified_before_the_officer(day: date) -> None:
    text = said("wording-signature-one", day)
    assert "Tôi Trần Thị Thu Hà, là Phó Chủ tịch Ủy ban nhân dân phường Lê Chân Chứng thực Ông/bà" in text
    assert (
        "Giấy tờ tùy thân: Hộ chiếu số C1234567, cam đoan đã hiểu, tự chịu trách nhiệm về nội dung của giấy tờ, "
        "văn bản và đã ký vào giấy tờ, văn bản này trước mặt tôi."
    ) in text
    assert "Số chứng thực 07 quyển số 01/2026 - SCT/CK,ĐC" in text


def test_the_day_stands_in_figures_and_in_words() -> None:
    words = "(Bằng chữ: ngày mười lăm tháng ba năm hai nghìn không trăm hai mươi sáu)"
    assert f"Ngày 15 tháng 3 năm 2026 {words}" in said("wording-signature-one")


def test_outside_the_office_hour_and_minute_are_written() -> None:
    made = datetime(2026, 4, 21, 7, 0, tzinfo=HANOI)
    outside = said("wording-signature-one", where="outside", made=made, place="nhà riêng, phường Lê Chân")
    assert "Vào lúc 07 giờ 00 phút, ngày 21 tháng 4 năm 2026" in outside
    assert "(Bằng chữ: ngày hai mươi mốt tháng tư năm hai nghìn không trăm hai mươi sáu)" in outside
    assert "Tại nhà riêng, phường Lê Chân" in outside
    assert "phút" not in said("wording-signature-one", made=made)


def test_at_the_desk_the_intake_officer_saw_it_and_signs_too() -> None:
    text = said("wording-signature-one-desk")
    assert "đã ký vào giấy tờ, văn bản này trước mặt ông/bà Lê Minh Đức là người tiếp nhận hồ sơ." in text
    assert "Người tiếp nhận hồ sơ" in text
    assert text.count("Lê Minh Đức") == 2
    assert "trước mặt tôi" not in text
    assert "TẠI TRUNG TÂM PHỤC VỤ HÀNH CHÍNH CÔNG" in text


def test_before_2020_there_was_no_wording_for_the_desk() -> None:
    assert FORMS.get("wording-signature-one-desk", date(2020, 4, 20)).entry.citation.startswith("Thông tư 01/2020")
    with pytest.raises(NoAnswer) as refused:
        FORMS.get("wording-signature-one-desk", date(2020, 4, 19))
    assert refused.value.code == "form-not-in-force"
    assert "người tiếp nhận hồ sơ" in refused.value.params["reason_vi"]


@pytest.mark.parametrize(
    ("day", "paper", "held"),
    [
        (date(2025, 1, 8), "cmnd", True),
        (date(2025, 1, 8), "ecc", False),
        (date(2025, 1, 9), "cmnd", True),
        (date(2025, 1, 9), "ecc", True),
        (date(2025, 11, 1), "cmnd", False),
        (date(2025, 11, 1), "ecc", True),
        (date(2025, 11, 1), "international", True),
    ],
    ids=str,
)
@pytest.mark.parametrize("id_", [one for one in SIGNATURES if one != "wording-signature-several"])
def test_identity_papers_are_those_of_their_time(id_: str, day: date, paper: str, *, held: bool) -> None:
    field = FORMS.get(id_, day).field("paper")
    assert field is not None
    assert (paper in [one.value for one in field.choices]) is held


def test_a_paper_that_is_no_longer_accepted_is_refused() -> None:
    with pytest.raises(NoAnswer) as refused:
        said("wording-signature-one", paper="cmnd")
    assert (refused.value.code, refused.value.params["field"]) == ("form-value-wrong", "paper")
    assert "Giấy chứng minh nhân dân số" in said("wording-signature-one", date(2016, 1, 4), paper="cmnd")


def test_several_persons_are_named_and_since_2025_may_give_fingerprints() -> None:
    old, new = said("wording-signature-several", date(2025, 10, 31)), said("wording-signature-several", act="both")
    for text in (old, new):
        assert "Các ông/bà có tên sau đây:" in text
        assert all(name in text for name in ("Nguyễn Thị Bích Ngọc", "Vũ Hoàng Ngỡi", "C1234567", "031087012345"))
    assert "đã cùng ký vào giấy tờ, văn bản này trước mặt tôi." in old
    assert "đã cùng ký, điểm chỉ vào giấy tờ, văn bản này trước mặt tôi." in new
    assert "CHỮ KÝ, ĐIỂM CHỈ CỦA NHIỀU NGƯỜI" in new


def test_a_fingerprint_names_the_finger() -> None:
    assert "đã điểm chỉ vào giấy tờ, văn bản này trước mặt tôi. Dấu điểm chỉ: ngón trỏ phải" in said(
        "wording-fingerprint"
    )
    other = said("wording-fingerprint", TODAY, "office", **{"finger": "other", "finger-name": "ngón cái bàn tay trái"})
    assert "Dấu điểm chỉ: ngón cái bàn tay trái" in other
    assert "ngón khác" not in other


def test_who_can_neither_sign_nor_give_a_fingerprint() -> None:
    text = said("wording-cannot-sign")
    assert "không thể ký, không thể điểm chỉ được; cam đoan đã hiểu, tự chịu trách nhiệm" in text
    assert "Lý do: liệt hai tay sau tai nạn" in text


def test_a_translator_names_both_languages_and_another_book() -> None:
    text = said("wording-translator")
    assert "từ tiếng Anh sang tiếng Việt" in text
    assert "quyển số 01/2026 - SCT/CKND" in text


@pytest.mark.parametrize("id_", WORDINGS)
def test_what_is_not_verified_says_so_and_never_looks_like_law(id_: str) -> None:
    form = FORMS.get(id_, TODAY)
    assert form.entry.status in ("partial", "unverified")
    assert "280/2025" in form.entry.note
    assert REVIEW in said(id_, audience="administrator")
    used = said(id_)
    assert REVIEW not in used
    assert (MADE in used) is (form.entry.status == "unverified")


@pytest.mark.parametrize("id_", WORDINGS)
@pytest.mark.parametrize("day", [date(2025, 10, 31), date(2025, 11, 1)], ids=str)
def test_the_old_and_the_new_wording_stand_side_by_side(id_: str, day: date) -> None:
    form = FORMS.get(id_, day)
    assert ("280/2025" in form.entry.citation) is (day >= date(2025, 11, 1))


@pytest.mark.parametrize("id_", WORDINGS)
def test_every_wording_has_its_place_on_the_paper(id_: str) -> None:
    assert CODES.placements(id_, TODAY)


def test_places_of_wordings_name_forms_that_there_are() -> None:
    CODES.refuse_unknown(
        procedures=frozenset(one for found in CODES.procedures for one in found.procedures) | {"apostille"},
        forms=FORMS.ids,
    )


@pytest.mark.parametrize("id_", WORDINGS)
def test_a_blank_has_room_for_all_that_is_written(id_: str) -> None:
    form = FORMS.get(id_, TODAY)
    with pypdfium2.PdfDocument(FORMS.drawn(form, {}, audience="administrator")) as document:
        assert len(document) == 1
