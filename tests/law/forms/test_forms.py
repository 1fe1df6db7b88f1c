from __future__ import annotations

import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from typing import Any

import pypdfium2
import pytest
from PIL import ImageChops

from tests.law.forms.samples import CODE, HANOI, editions, sample
from verifier.law.forms import AUDIENCES, Audience, Form, Forms
from verifier.law.records import NoAnswer
from verifier.law.source import Source

FORMS = Forms.read(Source())
TODAY, OLD_LAST, NEW_FIRST = date(2026, 11, 23), date(2025, 10, 31), date(2025, 11, 1)
AT = datetime(2026, 11, 23, 9, 5, tzinfo=HANOI)
RECEIPT = FORMS.get("receipt", TODAY)
SUPPLEMENT = FORMS.get("supplement-request", TODAY)
CLOSED_BOOKS = ("register-copies", "register-signatures")
"""Books whose closing at the end of the year stands on a page of its own."""
NEW = {
    "01": "receipt",
    "02": "supplement-request",
    "03": "refusal",
    "04": "apology",
    "05": "stop-notice",
    "06": "control-sheet",
    "07": "tracking-book",
}
OLD = {
    "01": "receipt",
    "02": "supplement-request",
    "03": "refusal",
    "04": "apology",
    "05": "control-sheet",
    "06": "tracking-book",
}


def drawn(form: Form, values: Mapping[str, Any], audience: Audience = "applicant") -> bytes:
    return FORMS.drawn(form, values, audience=audience)


def read(pdf: bytes) -> str:
    with pypdfium2.PdfDocument(pdf) as document:
        return "\n".join(page.get_textpage().get_text_range() for page in document)


def squeezed(text: str) -> str:
    return "".join(text.split())


def pages(pdf: bytes) -> int:
    with pypdfium2.PdfDocument(pdf) as document:
        return len(document)


def refused(values: Mapping[str, Any], form: Form = RECEIPT) -> NoAnswer:
    with pytest.raises(NoAnswer) as found:
        drawn(form, values)
    return found.value


def test_each_circular_has_its_forms_up_to_its_last_day() -> None:
    assert {one.number: one.id for one in FORMS.at(OLD_LAST) if one.series == "one-stop"} == OLD
    assert {one.number: one.id for one in FORMS.at(NEW_FIRST) if one.series == "one-stop"} == NEW
    assert all(FORMS.get(number, NEW_FIRST).id == id_ for number, id_ in NEW.items())
    assert FORMS.get("05", OLD_LAST).id == "control-sheet"
    assert "01/2018" in FORMS.get("01", OLD_LAST).prescribed.vi
    assert "03/2025" in FORMS.get("01", NEW_FIRST).prescribed.vi
    assert FORMS.get("apology", OLD_LAST).title.vi == "PHIẾU XIN LỖI VÀ HẸN LẠI NGÀY TRẢ KẾT QUẢ"
    assert "GIA HẠN" in FORMS.get("apology", NEW_FIRST).title.vi


def test_only_the_book_was_on_a4() -> None:
    papers = {one.id: one.paper for one in FORMS.at(OLD_LAST) if one.series == "one-stop"}
    assert {id_ for id_, paper in papers.items() if paper == "A4"} == {"tracking-book"}


def test_a_form_that_did_not_exist_yet_is_refused_with_the_reason() -> None:
    with pytest.raises(NoAnswer) as found:
        FORMS.get("stop-notice", OLD_LAST)
    assert found.value.code == "form-not-in-force"
    assert "03/2025" in found.value.params["reason_vi"]
    with pytest.raises(NoAnswer, match="form-not-in-force"):
        FORMS.get("receipt", date(1990, 1, 1))


@pytest.mark.parametrize("id_", ["", "00", "08", "recipe", "../receipt"])
def test_an_unknown_form_is_refused(id_: str) -> None:
    with pytest.raises(NoAnswer) as found:
        FORMS.get(id_, TODAY)
    assert (found.value.code, found.value.params) == ("form-unknown", {"form": id_})


def test_the_seventh_form_is_unknown_where_there_were_six() -> None:
    with pytest.raises(NoAnswer, match="form-unknown"):
        FORMS.get("07", OLD_LAST)


@pytest.mark.parametrize("form", list(editions(FORMS)), ids=lambda form: f"{form.id}-{form.entry.since}")
def test_a_blank_and_a_filled_form_are_printed_for_everyone(form: Form) -> None:
    for audience in AUDIENCES:
        copies = [one for one in form.copies if audience != "applicant" or one.audience == audience]
        usual = {len(copies) or 1, 2 if form.id in CLOSED_BOOKS else len(copies) or 1}
        assert pages(drawn(form, {}, audience)) in usual
        assert pages(drawn(form, sample(form), audience)) in usual
    text = squeezed(read(drawn(form, sample(form), form.audience)))  # type: ignore[arg-type]
    assert squeezed(form.title.vi) in text
    assert squeezed(sample(form).get("dossier", "")) in text


def test_labels_stand_in_reading_order_with_their_values() -> None:
    text = squeezed(read(drawn(RECEIPT, sample(RECEIPT))))
    told = [
        "Mẫu số 01",
        "SỞ NGOẠI VỤ",
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Hải Phòng, ngày 23 tháng 11 năm 2026",
        "GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ",
        f"Mã hồ sơ: {CODE}",
        "Liên 2: Giao khách hàng",
        "Tiếp nhận hồ sơ của: Nguyễn Thị Bích Ngọc",
        "(1) Tờ khai chứng nhận lãnh sự",
        "2. Số lượng hồ sơ: 01 (bộ)",
        "4. Thời gian nhận hồ sơ: 09 giờ 05 phút, ngày 23 tháng 11 năm 2026",
        "5. Thời gian trả kết quả giải quyết hồ sơ: 17 giờ 00 phút, ngày 25 tháng 11 năm 2026",
        "Phí, lệ phí (nếu có): 60.000 đồng",
        "NGƯỜI NỘP HỒ SƠ",
        "Trần Quốc Việt",
    ]
    places = [text.index(squeezed(one)) for one in told]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("day", "told"),
    [
        (date(2026, 1, 5), "ngày 05 tháng 01 năm 2026"),
        (date(2026, 2, 28), "ngày 28 tháng 02 năm 2026"),
        (date(2026, 3, 9), "ngày 09 tháng 3 năm 2026"),
        (date(2026, 10, 10), "ngày 10 tháng 10 năm 2026"),
    ],
)
def test_days_and_the_first_months_have_a_nought(day: date, told: str) -> None:
    assert squeezed(told) in squeezed(read(drawn(RECEIPT, {"issued": day})))


def test_a_sum_is_said_in_figures_and_in_words() -> None:
    form = FORMS.get("fee-receipt", TODAY)
    text = squeezed(read(drawn(form, {**sample(form), "total": 1_005_000})))
    assert squeezed("1.005.000") in text
    assert squeezed("Một triệu không trăm linh năm nghìn đồng") in text


def test_an_unverified_form_reaches_an_applicant_without_number_and_circular() -> None:
    assert SUPPLEMENT.entry.status == "unverified"
    for audience in ("applicant", "office"):
        text = read(drawn(SUPPLEMENT, sample(SUPPLEMENT), audience))
        assert "Biểu mẫu do cơ quan lập" in text
        assert not re.search(r"Mẫu số|TT-VPCP|Chữ ký số của Tổ chức|XÁC MINH", text)


def test_an_administrator_sees_the_number_and_that_it_is_not_verified() -> None:
    text = read(drawn(SUPPLEMENT, sample(SUPPLEMENT), "administrator"))
    assert "Mẫu số 02" in text
    assert "CHƯA XÁC MINH: supplement-request/unverified" in text
    assert "KHÔNG DÙNG CHO HỒ SƠ" in text
    assert "Biểu mẫu do cơ quan lập" not in text


def test_a_partly_verified_form_has_its_number_and_says_what_was_added() -> None:
    text = read(drawn(RECEIPT, sample(RECEIPT)))
    assert "Mẫu số 01" in text
    assert "03/2025/TT-VPCP" in text
    assert "60.000 đồng (*)" in text
    assert "(*) Nội dung do cơ quan ghi thêm." in text
    assert text.count("(*)") == 2
    review = read(drawn(RECEIPT, sample(RECEIPT), "administrator"))
    assert "(*)" not in review
    assert "XÁC MINH MỘT PHẦN: receipt/partial" in review


def red_share(pdf: bytes) -> float:
    """Share of the rows of points whose left margin is red."""
    with pypdfium2.PdfDocument(pdf) as document:
        image = document[0].render(scale=1).to_pil().convert("RGB")
    red, green, _ = image.crop((0, 60, 37, image.height - 60)).split()
    rows = ImageChops.subtract(red, green).point(lambda more: 255 * (more > 25)).getprojection()[1]
    return sum(rows) / len(rows)


def test_only_an_administrator_sees_bars_in_the_margin() -> None:
    assert red_share(drawn(SUPPLEMENT, {}, "administrator")) > 0.2
    assert red_share(drawn(RECEIPT, {}, "administrator")) > 0.05
    assert red_share(drawn(SUPPLEMENT, {}, "applicant")) == 0
    assert red_share(drawn(RECEIPT, {}, "office")) == 0


def test_an_applicant_gets_one_copy_and_the_office_both() -> None:
    text = read(drawn(RECEIPT, {}, "applicant"))
    assert "Liên 2" in text
    assert "Liên 1" not in text
    assert "Liên 1" in read(drawn(RECEIPT, {}, "office"))
    assert "Liên 2" in read(drawn(RECEIPT, {}, "office"))


def test_the_pages_of_each_copy_are_counted_for_themselves() -> None:
    pdf = drawn(RECEIPT, {**sample(RECEIPT), "components": ["Giấy khai sinh"] * 40}, "office")
    assert pages(pdf) == 4
    assert re.findall(r"Trang \d", read(pdf)) == ["Trang 2", "Trang 2"]


def test_a_nonsense_audience_is_refused() -> None:
    with pytest.raises(NoAnswer, match="form-audience-unknown"):
        drawn(RECEIPT, {}, "public")  # type: ignore[arg-type]


WRONG: Mapping[str, tuple[str, Any]] = {
    "a number for a text": ("applicant", 7),
    "a list for a text": ("applicant", ["x"]),
    "a text for a list": ("components", "x"),
    "numbers in a list": ("components", [1]),
    "a text for a count": ("sets", "1"),
    "less than nothing": ("sets", -1),
    "a flag for a count": ("sets", True),
    "a broken number": ("fee", 1.5),
    "too large a sum": ("fee", 10**18),
    "a naive time": ("received", datetime(2026, 11, 23, 9, 5)),  # noqa: DTZ001 -- what is refused
    "a day for a time": ("received", TODAY),
    "a time for a day": ("issued", AT),
    "a code with blanks": ("dossier", "G08 1"),
    "a code of other letters": ("dossier", "Ặ"),
    "too long a code": ("dossier", "A" * 65),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_value_of_another_kind_is_refused(name: str) -> None:
    field, value = WRONG[name]
    found = refused({field: value})
    assert (found.code, found.params["field"]) == ("form-value-wrong", field)
    assert found.params["label_vi"]


def test_cells_are_checked_as_fields_are() -> None:
    form = FORMS.get("control-sheet", TODAY)
    assert refused({"moves": [{"outcome": "soon"}]}, form).code == "form-value-wrong"
    assert refused({"moves": [{"when": AT}]}, form).params["field"] == "moves.when"
    assert refused({"moves": ["x"]}, form).code == "form-value-wrong"
    assert refused({"moves": {"from": "x"}}, form).code == "form-value-wrong"
    assert refused({"moves": [{"giver": "\u202e"}]}, form).code == "form-unprintable"


def test_an_unknown_value_is_refused_by_its_name() -> None:
    found = refused({"adress": "x"})
    assert (found.code, found.params["field"]) == ("form-value-unknown", "adress")
    assert refused({7: "x"}).code == "form-value-unknown"  # type: ignore[dict-item]


def test_nothing_said_is_as_not_said() -> None:
    nothing: Mapping[str, Any] = {"applicant": "", "components": [], "sets": None, "dossier": "", "address": " \n "}
    assert drawn(RECEIPT, nothing) == drawn(RECEIPT, {})


@pytest.mark.parametrize("letter", ["\x00", "\x07", "\u202e", "\u200b", "\u4e2d", "\ud800", "\ufeff", "\U0001f600"])
def test_letters_that_cannot_be_printed_are_refused(letter: str) -> None:
    found = refused({"components": ["Giấy", f"khai{letter}sinh"]})
    assert (found.code, found.params["letter"]) == ("form-unprintable", f"U+{ord(letter):04X}")


HOSTILE = (
    "#set page(width: 1pt)",
    '#read("/marks/common.typ")',
    "*đậm* _nghiêng_ $x^2$ `raw` <nhãn> @nhãn",
    "= Tiêu đề // chú thích /* */",
    "\\u{41} {authority} {dossier.words}",
    '"}, {"t": "x"}] ‹script›',
    "-- --- ... ~ ' \"",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_what_looks_like_markup_is_printed_as_it_is(text: str) -> None:
    assert squeezed(text) in squeezed(read(drawn(RECEIPT, {**sample(RECEIPT), "request": text})))


@pytest.mark.parametrize("unit", ["Ẵ", "Nguyễn Thị NGỠI "], ids=["one word", "many words"])
@pytest.mark.parametrize("field", ["authority", "request", "officer"])
def test_ten_thousand_letters_take_more_pages_and_none_is_lost(field: str, unit: str) -> None:
    times = 10_000 // len(unit)
    values = {name: value for name, value in sample(RECEIPT).items() if name not in {"authority", "request", "officer"}}
    pdf = drawn(RECEIPT, {**values, field: unit * times})
    assert pages(pdf) > 1
    assert squeezed(read(pdf)).count(squeezed(unit)[-3:]) == times
    assert "Trang 2" in read(pdf)


def test_a_long_word_in_a_cell_breaks_and_stays_in_its_column() -> None:
    form = FORMS.get("tracking-book", TODAY)
    pdf = drawn(form, {"entries": [{"applicant": "Ẫ" * 60, "agency": "Ẵ" * 60}]}, "office")
    with pypdfium2.PdfDocument(pdf) as document:
        text = document[0].get_textpage()
        boxes = [(text.get_text_range(at, 1), text.get_charbox(at)) for at in range(text.count_chars())]
    right = max(box[2] for letter, box in boxes if letter == "Ẫ")
    left = min(box[0] for letter, box in boxes if letter == "Ẵ")
    assert right < left


def test_many_rows_take_more_pages_and_keep_the_headings() -> None:
    form = FORMS.get("tracking-book", TODAY)
    pdf = drawn(form, {"entries": [{"number": one} for one in range(100)]}, "office")
    text = read(pdf)
    assert pages(pdf) > 2
    assert text.count("Cơ quan chủ") == pages(pdf)


def test_too_much_is_refused() -> None:
    assert refused({"request": "x" * 20_001}).params["limit"] == "20000"
    assert refused({"components": ["x" * 20_000] * 26}).params["limit"] == "500000"


def test_line_breaks_are_kept() -> None:
    text = read(drawn(RECEIPT, {"request": "Một\r\nHai\nBa"}))
    assert re.search(r"Một\s*\r?\nHai\s*\r?\nBa", text)


def test_a_chosen_line_is_ticked_and_a_blank_form_ticks_none() -> None:
    form = FORMS.get("fee-receipt", TODAY)
    assert len({drawn(form, {**sample(form), "method": one}) for one in ("cash", "transfer", "portal")}) == 3


def test_a_bilingual_form_has_both_languages_and_another_only_one() -> None:
    notice = FORMS.get("fee-notice", TODAY)
    text = squeezed(read(drawn(notice, sample(notice))))
    assert squeezed("Kính gửi / To: Bà Nguyễn Thị Bích Ngọc") in text
    assert squeezed("Independence - Freedom - Happiness") in text
    assert "Freedom" not in read(drawn(RECEIPT, sample(RECEIPT)))


def test_the_same_values_make_the_same_bytes_in_any_thread() -> None:
    forms = list(editions(FORMS))[::6]
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda form: drawn(form, sample(form)), forms * 2))
    assert made == [drawn(form, sample(form)) for form in forms] * 2


def test_a_dated_sheet_claims_pdf_a_and_is_tagged_and_named() -> None:
    pdf = FORMS.drawn(RECEIPT, sample(RECEIPT), audience="applicant", at=AT)
    assert b"<pdfaid:part>3</pdfaid:part>" in pdf
    assert b"2026-11-23T02:05:00" in pdf
    assert b"/MarkInfo" in pdf
    assert b"/Lang(vi" in pdf.replace(b" ", b"")
    with pypdfium2.PdfDocument(pdf) as document:
        assert document.get_metadata_value("Title") == RECEIPT.title.vi
    undated = drawn(RECEIPT, sample(RECEIPT))
    assert b"pdfaid" not in undated


def test_every_font_is_embedded() -> None:
    for form in editions(FORMS):
        pdf = drawn(form, sample(form))
        assert len(re.findall(rb"/FontFile[23] ", pdf)) == len(re.findall(rb"/Type\s*/FontDescriptor", pdf)) > 0
        assert set(re.findall(rb"/FontName/[A-Z]+\+(\w+)", pdf.replace(b" ", b""))) <= {b"Tinos", b"Tinos-Bold"}


def test_codes_for_machines_are_drawn_only_where_there_is_one() -> None:
    assert drawn(RECEIPT, {"dossier": CODE}) != drawn(RECEIPT, {})
    assert len(drawn(RECEIPT, {"dossier": "A" * 64})) > 0


def test_what_must_be_said_is_told_of_every_field() -> None:
    needed = {one.id for one in RECEIPT.fields if one.required}
    assert needed == {
        *("authority", "place", "issued", "dossier", "applicant", "request", "components", "sets", "received", "due")
    }
    assert all(one.words.vi and one.words.en for form in editions(FORMS) for one in form.fields)
