from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from markupsafe import escape

from tests.web.law.support import law_app
from verifier.law.book import law_book, read_book
from verifier.law.procedures.records import Channel, Component, Told
from verifier.law.source import FOLDER, Source
from verifier.web.law.countries import in_order

TODAY = date(2026, 11, 23)
DAYS = ("2015-04-10", "2017-01-01", "2025-07-01", "2025-10-15", "2026-01-01", "2026-09-11", "2026-11-23", "2027-02-01")
TWO = "calc=fee&pages=4,2&copies=2&calc=deadline&received=2026-11-23T15:30&channel=counter"


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize("day", DAYS)
def test_every_procedure_of_every_day_has_its_page(visitor: FlaskClient, day: str, lang: str) -> None:
    listed = visitor.get(f"/procedures?at={day}&lang={lang}")
    assert listed.status_code == 200
    for procedure in law_book().procedures.ids:
        page = visitor.get(f"/procedures/{procedure}?at={day}&lang={lang}")
        held = f"/procedures/{procedure}?at={day}" in listed.text
        assert page.status_code == (200 if held else 404)
        assert page.text.count("<h1>") == 1


def test_the_list_says_what_each_costs_and_takes(visitor: FlaskClient) -> None:
    text = text_of(visitor.get("/procedures").text)

    assert "2.000 đ/trang (trang 1–2), 1.000 đ/trang (từ trang 3), tối đa 200.000 đ/bản" in text
    assert "10.000 đ/trường hợp" in text
    assert "trong ngày làm việc tiếp theo nếu tiếp nhận sau 15 giờ" in text


def test_what_is_not_in_force_says_why(visitor: FlaskClient) -> None:
    listed, page = visitor.get("/procedures?at=2026-09-10"), visitor.get("/procedures/apostille?at=2026-09-10")

    for answer in (listed, page):
        assert "Chứng nhận Apostille" in answer.text
        assert "11/9/2026" in answer.text or "11/09/2026" in answer.text
    assert page.status_code == 404


def test_what_there_is_not_is_no_page(visitor: FlaskClient) -> None:
    assert visitor.get("/procedures/none").status_code == 404
    assert visitor.get("/procedures?at=never").status_code == 400


def test_both_calculators_answer_at_once_and_keep_what_was_typed(visitor: FlaskClient) -> None:
    page = visitor.get(f"/procedures/certified-copy?{TWO}")
    text = text_of(page.text)

    assert page.status_code == 200
    assert "Tổng cộng 20.000 đ" in text
    assert "Trước 17 giờ 00, thứ Tư ngày 25/11/2026" in text
    assert "Ngày Văn hóa Việt Nam" in text
    assert 'name="pages" value="4,2"' in page.text
    assert 'name="received" value="2026-11-23T15:30"' in page.text
    assert page.text.count('<input type="hidden" name="calc"') == 2


def test_the_days_are_said_in_english_too(visitor: FlaskClient) -> None:
    text = text_of(visitor.get(f"/procedures/certified-copy?{TWO}&lang=en").text)

    assert "By 17:00 on Wednesday 25 Nov 2026" in text
    assert "Total VND 20,000" in text


def test_a_day_of_which_it_is_not_certain_is_told(visitor: FlaskClient) -> None:
    text = text_of(visitor.get(f"/procedures/certified-copy?{TWO}").text)

    assert "Thứ Hai ngày 23/11/2026: Có đề xuất" in text


def test_only_what_an_applicant_meets_is_numbered_and_the_work_of_the_office_is_folded(visitor: FlaskClient) -> None:
    page = visitor.get(f"/procedures/certified-copy?{TWO}").text
    events, _, rest = page.partition('class="law-events"')[2].partition("</ol>")
    folded = rest.partition("Các bước trong cơ quan")[2].partition("</details>")[0]

    assert [one[:1] for one in events.split('aria-hidden="true">')[1:]] == ["1", "2"]
    assert page.count('<g class="dot ') == 2
    assert "mục tiêu nội bộ" in folded
    assert folded.count("<time ") > 1


def test_a_slip_is_said_once_and_only_where_law_names_one(visitor: FlaskClient) -> None:
    copy = visitor.get(f"/procedures/certified-copy?{TWO}").text
    consular = visitor.get(
        "/procedures/consular-certification?calc=deadline&received=2026-11-19T16:00&accepted=2026-11-19T16:30"
    ).text

    assert copy.partition('id="deadline"')[2].partition('id="refusal"')[0].count("phiếu hẹn") == 1
    assert "Trước 17 giờ 00" in consular
    assert "đưa ông/bà phiếu hẹn" not in consular


def test_the_postmark_is_told_where_it_counts(visitor: FlaskClient) -> None:
    hint = "Gửi bưu điện: giờ trên dấu bưu điện."

    assert hint in visitor.get("/procedures/certified-copy").text
    assert hint not in visitor.get("/procedures/consular-certification").text
    assert hint not in visitor.get("/procedures/apostille").text


def test_a_clock_that_has_not_started_is_said_to_be_so(visitor: FlaskClient) -> None:
    page = visitor.get("/procedures/consular-legalization?calc=deadline&received=2026-11-23T10:00&papers=2")

    assert page.status_code == 200
    assert "Thời hạn chưa bắt đầu tính" in page.text
    assert '<svg viewBox="0 0 400' not in page.text


@pytest.mark.parametrize(
    ("query", "field", "vi", "en"),
    [
        ("calc=fee&pages=", "pages", "Hãy nhập số này.", "Enter this number."),
        ("calc=fee&pages=two", "pages", "Hãy nhập số nguyên từ 1 trở lên.", "Enter whole numbers of at least 1."),
        ("calc=fee&pages=2&copies=-1", "copies", "Hãy nhập số nguyên", "Enter whole numbers"),
        ("calc=deadline&received=", "received", "Hãy nhập ngày và giờ nộp hồ sơ.", "Enter day and hour of filing."),
        (
            "calc=deadline&received=2026-13-01T10:00",
            "received",
            "Hãy nhập ngày và giờ, ví dụ",
            "Enter day and hour, as",
        ),
        (
            "calc=deadline&received=2026-11-23T10:00&channel=x",
            "channel",
            "Hãy chọn một cách nộp",
            "Choose one of the ways to file.",
        ),
        (
            "calc=deadline&received=2026-11-23T10:00&authority=x",
            "authority",
            "Hãy chọn một lịch",
            "Choose one of the cal",
        ),
        ("calc=deadline&received=2014-11-23T10:00", "received", "2015", "2015"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(visitor: FlaskClient, query: str, field: str, vi: str, en: str) -> None:
    for lang, words in (("vi", vi), ("en", en)):
        page = visitor.get(f"/procedures/certified-copy?{query}&lang={lang}")
        error = re.search(rf'<p class="error-text" id="{field}-error">([^<]*)</p>', page.text)
        assert page.status_code == 422
        assert error is not None
        assert words in error[1]
        assert f'<a href="#{field}">' in page.text


def test_what_was_filed_before_the_law_is_told_why(visitor: FlaskClient) -> None:
    page = visitor.get("/procedures/apostille?calc=deadline&received=2026-09-10T10:00")

    assert page.status_code == 422
    assert "11/9/2026" in page.text or "11/09/2026" in page.text


@pytest.mark.parametrize("procedure", law_book().procedures.ids)
def test_what_is_unverified_is_never_shown_as_law(visitor: FlaskClient, procedure: str) -> None:
    found = law_book().at(TODAY).procedure(procedure)
    page = visitor.get(f"/procedures/{procedure}").text
    rules = [one for one in found.rules if one.reader == "applicant"]
    told: list[Told | Channel | Component] = [*rules, *found.places, *found.channels, *found.components]
    cited = {one.basis.citation for one in told if one.basis.status != "unverified"}

    for one in told:
        if one.basis.status == "unverified":
            assert one.basis.citation in cited or f">{escape(one.basis.citation)}<" not in page
            after = page.partition(escape(one.words.vi))[2]
            assert "Hãy hỏi cơ quan tiếp nhận để biết quy định chính xác." in after[:600]
    assert all(f">{escape(one)}<" in page for one in cited)


@pytest.mark.parametrize("procedure", law_book().procedures.ids)
def test_how_the_office_works_is_not_told_to_applicants_but_to_programs(visitor: FlaskClient, procedure: str) -> None:
    page = visitor.get(f"/procedures/{procedure}").text
    rules = visitor.get(f"/api/v1/law/procedures/{procedure}").json["rules"]  # type: ignore[index]
    by_reader = {one: [rule for rule in rules if rule["reader"] == one] for one in ("applicant", "office")}

    assert all(escape(rule["text"]) in page for rule in by_reader["applicant"])
    assert not any(escape(rule["text"]) in page for rule in by_reader["office"])
    assert "second-supplement" in [rule["id"] for rule in by_reader["office"]]


def test_the_answer_of_the_fee_calculator_marks_what_is_unverified(visitor: FlaskClient) -> None:
    answer = visitor.get("/procedures/signature-certification?calc=fee&cases=1").text.partition("law-answer")[2]

    assert "Hãy hỏi cơ quan tiếp nhận để biết quy định chính xác." in answer.partition("</form>")[0]


@pytest.mark.parametrize(
    ("procedure", "price"),
    [
        ("certified-copy", "10 USD/bản"),
        ("signature-certification", "10 USD/bản"),
        ("consular-certification", ""),
        ("apostille", None),
    ],
)
def test_what_missions_charge_is_told_where_missions_do_it(
    visitor: FlaskClient, procedure: str, price: str | None
) -> None:
    cost = visitor.get(f"/procedures/{procedure}").text.partition('id="cost"')[2].partition('id="time"')[0]

    assert ("bằng đô la Mỹ" in cost) is (price is not None)
    assert ("không hoàn trả lại" in cost) is (price is not None)
    assert (price or "") in cost
    assert ("USD" in cost) is bool(price)


def test_three_questions_lead_to_the_procedure(visitor: FlaskClient) -> None:
    asked = visitor.get("/procedures/which")
    france = visitor.get("/procedures/which?issued_in=VN&used_in=FR")
    here = visitor.get("/procedures/which?issued_in=VN&used_in=VN")
    missing = visitor.get("/procedures/which?issued_in=VN")

    assert asked.text.partition('<details class="fold">')[0].count("<select") == 2
    assert 'href="/procedures/apostille"' in france.text
    assert 'href="/procedures/certified-copy"' in here.text
    assert missing.status_code == 422
    assert 'id="used_in-error"' in missing.text


def test_countries_stand_in_the_order_of_the_alphabet() -> None:
    names = [name for _, name in in_order(law_book().branches.countries.values(), "vi")]

    assert names[0] == "Việt Nam"
    assert (
        names.index("Ai Cập") < names.index("Angola") < names.index("Áo") < names.index("Ấn Độ") < names.index("Ba Lan")
    )
    assert names.index("Cuba") < names.index("Đan Mạch") < names.index("Ecuador")


def test_visitors_find_the_procedures_from_every_page(visitor: FlaskClient) -> None:
    for path in ("/verify", "/procedures", "/nothing"):
        assert 'class="enter" href="/procedures"' in visitor.get(path, headers={"Accept": "text/html"}).text


def test_a_switch_that_is_on_changes_the_page(tmp_path: Path) -> None:
    on = read_book(Source(FOLDER, frozenset({"swap-2026-11-23"})))
    page = law_app(tmp_path, book=on).test_client().get(f"/procedures/certified-copy?{TWO}")

    assert "Có đề xuất cho nghỉ thứ Hai 23/11/2026" not in page.text


def test_a_paper_for_several_countries_is_answered_for_each(visitor: FlaskClient) -> None:
    answer = visitor.get("/procedures/which?issued_in=VN&used_in=LA&used_in=&used_in=FR").text
    assert "Cấp tại Việt Nam, dùng tại Lào" in answer
    assert "Cấp tại Việt Nam, dùng tại Pháp" in answer
    assert [answer.count(f'<option value="{code}" selected') for code in ("LA", "FR", "VN")] == [1, 1, 1]
    alone = visitor.get("/procedures/which?issued_in=VN&used_in=LA").text
    assert '<details class="fold">' in alone
    assert '<details class="fold" open>' in answer


def test_kinds_of_documents_are_offered_where_a_file_is_handed_in(visitor: FlaskClient) -> None:
    vietnamese = visitor.get("/verify").text
    assert 'list="document-kinds"' in vietnamese
    assert '<option value="diploma">' in vietnamese


def test_a_price_has_the_name_that_the_procedure_gives_it(visitor: FlaskClient) -> None:
    prices = [visitor.get(f"/procedures/{one}?at=2026-11-23").text for one in ("apostille", "consular-certification")]
    apostille, consular = (one.partition('<ul class="law-prices">')[2].partition("</ul>")[0] for one in prices)
    assert "<span>Chứng nhận Apostille" in apostille
    assert "<span>Chứng nhận lãnh sự" not in apostille
    assert "<span>Chứng nhận lãnh sự" in consular
