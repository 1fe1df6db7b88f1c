"""Register pages: columns as the data of books say, heads on every page, totals, the closing page; and two letters."""

from __future__ import annotations

from datetime import date

import pypdfium2
import pytest

from tests.law.forms.samples import sample
from tests.law.forms.samples_more import CLOSING, entries
from verifier.law.codes import Codes
from verifier.law.forms import Forms
from verifier.law.records import NoAnswer
from verifier.law.source import Source

FORMS = Forms.read(Source())
CODES = Codes.read(Source())
TODAY = date(2026, 11, 23)
OCTOBER, NOVEMBER = date(2025, 10, 31), date(2025, 11, 1)
CLOSED = "KHÓA SỔ VÀ THỐNG KÊ TỔNG SỐ VIỆC CHỨNG THỰC TRONG NĂM"
ROWS = 120


def pages(id_: str, day: date = TODAY, **changes: object) -> list[str]:
    form = FORMS.get(id_, day)
    values = {name: value for name, value in {**sample(form), **changes}.items() if value is not None}
    return texts(FORMS.drawn(form, values, audience="office"))


def texts(pdf: bytes) -> list[str]:
    with pypdfium2.PdfDocument(pdf) as document:
        return [" ".join(page.get_textpage().get_text_range().split()) for page in document]


@pytest.mark.parametrize(
    ("id_", "symbol", "day"),
    [
        ("register-copies", "SCT/BS", OCTOBER),
        ("register-copies", "SCT/BS", NOVEMBER),
        ("register-signatures", "SCT/CK,ĐC", OCTOBER),
        ("register-signatures", "SCT/CK,ĐC", NOVEMBER),
        ("register-consular", "CNLS", TODAY),
        ("register-consular", "CNXT", TODAY),
        ("register-apostille", "APOSTILLE", TODAY),
    ],
    ids=str,
)
def test_pages_have_the_columns_of_their_book(id_: str, symbol: str, day: date) -> None:
    book, form = CODES.book(symbol, day), FORMS.get(id_, day)
    table = form.field("entries")
    assert table is not None
    assert [(one.words, one.width) for one in table.columns] == [(one.words, one.width) for one in book.columns]
    assert table.numbered
    assert (form.entry.status, form.orientation, form.paper) == (book.entry.status, "landscape", "A4")


def test_many_rows_run_over_pages_with_the_head_on_each() -> None:
    found = pages("register-copies", entries=entries(ROWS))
    assert len(found) > 3
    for page in found:
        assert "Tên của bản chính giấy tờ, văn bản" in page
        assert "(1) (2) (3) (4) (5) (6) (7) (8)" in page
    whole = " ".join(found)
    assert all(f" {number:02d} {1 + number % 28:02d}/03/2026" in whole for number in range(1, ROWS + 1))
    assert "Cộng tháng 3:" in found[-1]
    assert "Cộng tháng 3:" not in " ".join(found[:-1])


def test_a_month_is_summed_and_signed_and_the_year_is_not_closed() -> None:
    (page,) = pages("register-copies")
    assert "Quyển số: 01/2026-SCT/BS Năm: 2026" in page
    assert "09 việc chứng thực (bằng chữ: chín); số bản sao đã được chứng thực: 23" in page
    assert "số phí: 92.000 đồng (bằng chữ: Chín mươi hai nghìn đồng)" in page
    assert "Định kỳ hàng tháng phải in và đóng thành sổ, đóng dấu giáp lai" in page
    assert "Người ký chứng thực (ký, ghi rõ họ tên và đóng dấu)" in page
    assert CLOSED not in page


@pytest.mark.parametrize("id_", ["register-copies", "register-signatures"])
def test_the_year_is_closed_with_totals_and_signature(id_: str) -> None:
    form = FORMS.get(id_, TODAY)
    (page,) = texts(FORMS.drawn(form, CLOSING, audience="office"))
    assert CLOSED in page
    assert "12 551 600 50 120 480.000" in page
    assert "Sổ gồm 96 trang, ghi từ số 01 đến số 600." in page
    assert "Tổng số việc chứng thực đã thực hiện trong năm 2026: 600 (bằng chữ: sáu trăm)." in page
    assert "Ngày khóa sổ: ngày 31 tháng 12 năm 2026" in page
    assert "(xác nhận, ký, ghi rõ họ tên và đóng dấu) Trần Thị Thu Hà" in page
    assert "Cộng tháng" not in page


def test_a_blank_book_has_the_closing_on_a_page_of_its_own() -> None:
    first, last = texts(FORMS.drawn(FORMS.get("register-copies", TODAY), {}, audience="office"))
    assert CLOSED not in first
    assert last.startswith(CLOSED)


def test_identity_papers_are_headed_by_their_time() -> None:
    assert "CMND/Hộ chiếu" in pages("register-signatures", OCTOBER)[0]
    new = pages("register-signatures", NOVEMBER)[0]
    assert "số giấy tờ tùy thân" in new
    assert "CMND" not in new


def test_consular_registers_are_two_books_in_both_languages() -> None:
    (page,) = pages("register-consular", book="hphls")
    assert "HPHLS - hợp pháp hóa lãnh sự" in page
    assert "Register of consular certification and legalization" in page
    assert "G08-261001-0001" in page


def test_the_register_of_apostilles_begins_with_the_convention() -> None:
    (page,) = pages("register-apostille")
    assert "Tình trạng hiệu lực của chứng nhận Apostille" in page
    assert "Bằng giấy Còn hiệu lực apostille-01.pdf VN-2026-000001" in page
    with pytest.raises(NoAnswer) as refused:
        FORMS.get("register-apostille", date(2026, 9, 10))
    assert refused.value.code == "form-not-in-force"
    assert "Công ước Apostille chưa có hiệu lực" in refused.value.params["reason_vi"]


def test_a_vietnamese_authority_answers_in_five_working_days() -> None:
    (page,) = pages("confirmation-request")
    assert "khoản 6 Điều 11 Nghị định số 111/2011/NĐ-CP" in page
    assert "trong thời hạn 05 ngày làm việc" in page
    assert "Qua" not in page
    assert "We are dealing" not in page


def test_a_foreign_authority_is_asked_through_the_ministry_in_both_languages() -> None:
    (page,) = pages(
        "confirmation-request", to="foreign", recipient="Министерство юстиции Российской Федерации",
        via="Bộ Ngoại giao (Cục Lãnh sự)",
    )  # fmt: skip
    assert "Qua / Through: Bộ Ngoại giao (Cục Lãnh sự)" in page
    assert "We are dealing with application G08-260316-0042" in page
    assert "Министерство юстиции" in page
    assert "05 ngày làm việc" not in page


def test_an_application_lists_each_paper_and_all_countries() -> None:
    (page,) = pages("consular-application")
    for words in (
        "Tên giấy tờ Name of documents", "Holder of document", "Total of Documents", "Number sign of document",
        "Authentication office", "Name of signer", "Title of signer", "Signed date", "Kind of work",
    ):  # fmt: skip
        assert words in page
    assert "Liên bang Nga, Ấn Độ" in page
    assert "Đề nghị chứng nhận giấy tờ đã được xuất trình tại Bộ Ngoại giao" in page
    assert "10/03/2026 CNLS" in page


def test_an_application_of_many_papers_takes_more_pages_with_the_head_on_each() -> None:
    form = FORMS.get("consular-application", TODAY)
    values = sample(form)
    found = pages("consular-application", papers=values["papers"] * 15)
    assert len(found) > 1
    assert all("Name of documents" in page for page in found[:2])
    assert " ".join(found).count("QH-2019/0421") == 15


def test_the_application_of_before_2026_has_the_title_that_was_found() -> None:
    assert FORMS.get("consular-application", date(2025, 12, 31)).title.vi == "TỜ KHAI HỢP PHÁP HOÁ LÃNH SỰ"


@pytest.mark.parametrize("rows", [2_001, 1_000_000])
def test_rows_without_letters_have_an_end_too(rows: int) -> None:
    form = FORMS.get("tracking-book", TODAY)
    with pytest.raises(NoAnswer, match="form-too-long"):
        FORMS.drawn(form, {"entries": [{}] * rows}, audience="office")


def test_what_is_struck_through_is_read_still_and_other_values_are_refused() -> None:
    struck = {**entries(1)[0], "struck": ("requester", "document")}
    plain, crossed = pages("register-copies", entries=entries(1)), pages("register-copies", entries=[struck])
    assert plain == crossed
    form = FORMS.get("register-copies", TODAY)
    made = [FORMS.drawn(form, {**sample(form), "entries": rows}, audience="office") for rows in (entries(1), [struck])]
    assert made[0] != made[1]
    for wrong in ("requester", ("nobody",), ["requester"]):
        with pytest.raises(NoAnswer, match="form-value-wrong"):
            pages("register-copies", entries=[{**struck, "struck": wrong}])
