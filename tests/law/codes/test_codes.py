"""Codes, numbers and books: what is made, what is read back, what is refused, and data that must not be used."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.law.codes import Codes, numbering
from verifier.law.marks import read_all
from verifier.law.records import BadLaw, NoAnswer
from verifier.law.source import FOLDER, Source

TODAY = date(2026, 11, 23)
OLD = date(2025, 10, 15)
CODES = Codes.read(Source())
AGENCIES = st.from_regex(r"[A-Z0-9]{1,4}(\.[A-Z0-9]{1,4}){0,5}", fullmatch=True)
DAYS = st.dates(date(2000, 1, 1), date(2099, 12, 31))


@pytest.mark.parametrize(
    ("agency", "day", "ordinal", "code"),
    [
        ("G08", TODAY, 1, "G08-261123-0001"),
        ("H38.12.34", date(2025, 9, 1), 1, "H38.12.34-250901-0001"),
        ("000.00.04.G18", OLD, 42, "000.00.04.G18-251015-0042"),
        ("G15", date(2026, 1, 1), 9999, "G15-260101-9999"),
        ("G15", date(2026, 1, 1), 10000, "G15-260101-10000"),
        ("A" * 35, TODAY, 9_999_999, f"{'A' * 35}-261123-9999999"),
    ],
    ids=["ministry", "province", "old", "last", "overflow", "longest"],
)
def test_a_dossier_code_is_agency_day_and_ordinal(agency: str, day: date, ordinal: int, code: str) -> None:
    assert CODES.dossier_code(agency, day, ordinal) == code
    read = CODES.read_dossier_code(code)
    assert read is not None
    assert (read.agency, read.day, read.ordinal, read.text) == (agency, day, ordinal, code)


@given(agency=AGENCIES, day=DAYS, ordinal=st.integers(1, 9_999_999))
def test_what_is_made_is_read_back(agency: str, day: date, ordinal: int) -> None:
    read = CODES.read_dossier_code(CODES.dossier_code(agency, day, ordinal))
    assert read is not None
    assert (read.agency, read.day, read.ordinal) == (agency, day, ordinal)


@given(st.text(max_size=60))
def test_any_text_is_a_code_or_none(text: str) -> None:
    read = CODES.read_dossier_code(text)
    assert read is None or CODES.read_dossier_code(read.text) == read


@pytest.mark.parametrize(
    ("agency", "day", "ordinal", "field"),
    [
        ("", TODAY, 1, "agency"),
        ("g08", TODAY, 1, "agency"),
        ("G08-1", TODAY, 1, "agency"),
        (".G08", TODAY, 1, "agency"),
        ("G08.", TODAY, 1, "agency"),
        ("G08..20", TODAY, 1, "agency"),
        ("Đ08", TODAY, 1, "agency"),
        ("A" * 36, TODAY, 1, "agency"),
        ("G08", TODAY, 0, "ordinal"),
        ("G08", TODAY, -1, "ordinal"),
        ("G08", TODAY, 10_000_000, "ordinal"),
        ("G08", date(1999, 12, 31), 1, "day"),
        ("G08", date(2100, 1, 1), 1, "day"),
    ],
)
def test_what_makes_no_code_is_refused(agency: str, day: date, ordinal: int, field: str) -> None:
    with pytest.raises(NoAnswer) as refused:
        CODES.dossier_code(agency, day, ordinal)
    assert (refused.value.code, refused.value.params["field"]) == ("register-code-wrong", field)


@pytest.mark.parametrize(
    ("text", "agency", "day", "ordinal"),
    [
        ("G09.20-20260609-0092637", "G09.20", date(2026, 6, 9), 92637),
        ("H56-260609-00123", "H56", date(2026, 6, 9), 123),
        ("  g08-261123-0001\n", "G08", TODAY, 1),
        ("G08-240229-0001", "G08", date(2024, 2, 29), 1),
    ],
    ids=["ministry of 2026", "five digits", "as typed", "leap day"],
)
def test_codes_of_others_are_read(text: str, agency: str, day: date, ordinal: int) -> None:
    read = CODES.read_dossier_code(text)
    assert read is not None
    assert (read.agency, read.day, read.ordinal) == (agency, day, ordinal)


@pytest.mark.parametrize(
    "text",
    [
        "", "G08", "G08-261123", "G08-261123-001", "G08-261123-00000001", "G08-261123-0000", "G08-261323-0001",
        "G08-260229-0001", "G08-2611231-0001", "-261123-0001", "G08..1-261123-0001", "G08-261123-0001-KQ(1)",
        "G08-٢٦١١٢٣-0001", "G08 261123 0001", "G0\u017f-261123-0001", f"{'A' * 36}-261123-0001", "G08-261123-0001" * 9,
    ],
)  # fmt: skip
def test_what_is_no_code_is_none(text: str) -> None:
    assert CODES.read_dossier_code(text) is None


def test_a_day_is_read_in_the_forms_that_the_data_name(tmp_path: Path) -> None:
    shutil.copytree(FOLDER / "codes", tmp_path / "codes", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    path = tmp_path / "codes/dossiers.toml"
    path.write_text(path.read_text("utf-8").replace('read = ["YYMMDD", "YYYYMMDD"]', 'read = ["YYMMDD"]'), "utf-8")
    codes = Codes.read(Source(tmp_path))
    assert codes.read_dossier_code("G08-261123-0001") is not None
    assert codes.read_dossier_code("G08-20261123-0001") is None


def test_the_day_of_a_code_is_that_of_viet_nam() -> None:
    assert Codes.day_of(datetime(2026, 11, 22, 16, 59, 59, tzinfo=UTC)) == date(2026, 11, 22)
    assert Codes.day_of(datetime(2026, 11, 22, 17, 0, tzinfo=UTC)) == TODAY


def test_a_result_has_its_own_file() -> None:
    assert CODES.result_file("G08-261123-0001", 2) == "G08-261123-0001-KQ(2)"
    for code, number, field in (("G08", 1, "code"), ("G08-261123-0001", 0, "number")):
        with pytest.raises(NoAnswer) as refused:
            CODES.result_file(code, number)
        assert refused.value.params["field"] == field


def test_books_by_day() -> None:
    assert [one.symbol for one in CODES.books(TODAY)] == [
        "SCT/BS", "SCTĐT/BS", "SCT/CK,ĐC", "SCT/CKND", "SCT/HĐ,GD", "CNLS", "HPHLS", "CNXT", "APOSTILLE",
        "VBĐ",
    ]  # fmt: skip
    assert [one.symbol for one in CODES.books(date(2016, 1, 4))] == ["SCT/BS", "SCT/CK,ĐC", "SCT/CKND", "SCT/HĐ,GD"]


@pytest.mark.parametrize(
    ("of", "symbol"),
    [
        ("certified-copy", "SCT/BS"),
        ("signature-certification", "SCT/CK,ĐC"),
        ("CNXT", "CNXT"),
        ("apostille", "APOSTILLE"),
        ("certified-ecopy", ""),
        ("consular-certification", ""),
        ("CNLS", ""),
    ],
)
def test_what_is_given_on_paper_has_its_book(of: str, symbol: str) -> None:
    found = CODES.paper_book(of, TODAY)
    assert (found.symbol if found else "") == symbol


def test_the_columns_of_copies_are_those_of_the_annex() -> None:
    assert [one.words.vi for one in CODES.book("SCT/BS", OLD).columns] == [
        "Số thứ tự/số chứng thực", "Ngày, tháng, năm chứng thực", "Họ tên của người yêu cầu chứng thực",
        "Tên của bản chính giấy tờ, văn bản", "Họ tên, chức danh người ký chứng thực",
        "Số bản sao đã được chứng thực", "Lệ phí/Phí chứng thực", "Ghi chú",
    ]  # fmt: skip
    assert [one.number for one in CODES.book("SCT/BS", OLD).columns] == list(range(1, 9))


def test_signatures_name_identity_papers_of_their_time() -> None:
    old, new = (CODES.book("SCT/CK,ĐC", day) for day in (date(2025, 10, 31), date(2025, 11, 1)))
    assert old.columns[2].words.vi == "Họ tên, số giấy CMND/Hộ chiếu của người yêu cầu chứng thực"
    assert new.columns[2].words.vi == "Họ tên, số giấy tờ tùy thân của người yêu cầu chứng thực"
    assert (old.entry.status, new.entry.status) == ("partial", "unverified")
    assert "not seen" in new.entry.note


def test_books_of_certification_are_kept_for_ever_and_say_how() -> None:
    book = CODES.book("SCT/BS", TODAY)
    assert book.years is None
    assert [one.id for one in book.rules] == ["run", "one-number", "pages", "close", "print", "keep"]
    assert {one.basis.status for one in book.rules} == {"verified"}


def test_the_register_of_apostilles_holds_what_the_decree_names() -> None:
    columns = CODES.book("APOSTILLE", date(2026, 9, 11)).columns
    points = [one.basis.citation.rpartition(" ")[2] for one in columns]
    assert points == ["a", "b", "c", "d", "đ", "e"]
    with pytest.raises(NoAnswer, match="book-unknown"):
        CODES.book("APOSTILLE", date(2026, 9, 10))


def test_numbers_are_written_by_book() -> None:
    paper, electronic = CODES.book("SCT/BS", TODAY), CODES.book("SCTĐT/BS", TODAY)
    assert [CODES.number(paper, one) for one in (1, 9, 10, 100)] == ["01", "09", "10", "100"]
    assert CODES.number(electronic, 7) == "07/ĐT"
    assert CODES.numbering.book_text("SCT/BS", 2026, 1) == "01/2026-SCT/BS"
    assert numbering() == CODES.numbering
    with pytest.raises(NoAnswer, match="register-code-wrong"):
        CODES.number(paper, 0)


def test_every_mark_enters_a_book_that_stands_here() -> None:
    markings = [marking for chapter in read_all(Source()).values() for marking in chapter.markings]
    for marking in markings:
        assert marking.entry.since is not None
        for symbol in filter(None, (marking.book, marking.book_electronic)):
            assert CODES.book(symbol, marking.entry.since).symbol == symbol


def test_statuses_of_the_portal() -> None:
    assert [one.words.vi for one in CODES.statuses] == [
        "Mới đăng ký", "Được tiếp nhận", "Không được tiếp nhận", "Đang xử lý", "Yêu cầu bổ sung giấy tờ",
        "Yêu cầu thực hiện nghĩa vụ tài chính", "Công dân yêu cầu rút hồ sơ", "Dừng xử lý", "Đã xử lý xong",
        "Đã trả kết quả",
    ]  # fmt: skip
    assert [one.code for one in CODES.statuses if one.clock == "stopped"] == [5, 6, 8]
    assert {one.code: one.end_order for one in CODES.statuses if one.end_order} == {3: 3, 7: 4, 8: 3, 9: 1, 10: 2}
    assert [one.code for one in CODES.statuses if one.end_if_accepted] == [7]
    assert CODES.status(11) is None
    assert {one.id for one in CODES.counting} == {"on-time", "second-supplement", "period"}


def test_code_lists_differ_by_interface() -> None:
    assert [one.code for one in CODES.code_list("lgsp-2020", "KenhThucHien").values] == ["1", "2", "3"]
    old, new = (CODES.code_list(one, "LoaiDoiTuong").get("1") for one in ("lgsp-2020", "ministry-2026"))
    assert old is not None
    assert new is not None
    assert (old.words.vi, new.words.vi) == ("Người dân", "Doanh nghiệp")
    for adapter, name in (("lgsp-2020", "LoaiBan"), ("lgsp-2030", "LoaiBan")):
        with pytest.raises(NoAnswer, match="list-unknown"):
            CODES.code_list(adapter, name)


def test_national_numbers() -> None:
    found = {one.id: one.procedures for one in CODES.procedures}
    assert set(found) == {
        "2.000815", "2.000884", "2.000908", "1.001308", "2.000406", "2.000238", "1.001606", "1.001590", "2.000757",
    }  # fmt: skip
    copies = CODES.national("2.000815.000.00.00.H55")
    assert copies is not None
    assert copies.procedures == ("certified-copy", "certified-ecopy")
    assert CODES.national("2.0008150") is None
    assert [one.id for one in CODES.national_of("consular-legalization")] == ["1.001308", "2.000406"]


def test_wordings_have_their_places() -> None:
    assert [one.id for one in CODES.placements("wording-copy", TODAY)] == ["last-page", "copy-whole"]
    assert [one.id for one in CODES.placements("wording-copy", date(2016, 1, 4))] == ["last-page"]
    assert "desk-signs" in [one.id for one in CODES.placements("wording-signature-one-desk", TODAY)]
    assert CODES.placements("receipt", TODAY) == ()


def test_numbers_and_places_name_what_there_is() -> None:
    procedures = frozenset(one for found in CODES.procedures for one in found.procedures) | {"apostille"}
    forms = frozenset(one for found in CODES.all_placements for one in found.wordings)
    CODES.refuse_unknown(procedures=procedures, forms=forms)
    with pytest.raises(BadLaw, match=r"^codes/national.toml: 2.000815 names 'certified-copy'"):
        CODES.refuse_unknown(procedures=frozenset(), forms=forms)
    with pytest.raises(BadLaw, match=r"^codes/wordings.toml: last-page names 'wording-copy'"):
        CODES.refuse_unknown(procedures=procedures, forms=forms - {"wording-copy"})
    with pytest.raises(BadLaw, match=r"^codes/books.toml: APOSTILLE names 'apostille'"):
        CODES.refuse_unknown(procedures=procedures - {"apostille"}, forms=forms)


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("dossiers", "digits = 4\n", "digits = 4\nodd = 1\n", "unknown key 'odd'"),
        ("dossiers", 'made = "YYMMDD"', 'made = "DDMMYY"', "made must be one of"),
        ("dossiers", "digits = 4\n", "digits = 3\n", "would not be read"),
        ("dossiers", "until = 2025-11-01", "until = 2025-11-02", "two entries hold on 2025-11-01"),
        ("dossiers", "{code}-KQ({number})", "{code}-KQ", "result_file must hold"),
        ("books", 'book = "{volume}/{year}-{symbol}"', 'book = "{volume}/{year}"', "book must hold"),
        ("books", 'number = "{number}"', 'number = "{number"', "a brace too many"),
        ("books", "until = 2025-11-01", "until = 2026-11-01", "two entries hold"),
        ("books", "width = 9 }", "width = 19 }", "do not make 100"),
        ("books", 'columns = "copies"', 'columns = "copy"', "there are no columns 'copy'"),
        ("books", 'rules = ["run", ', 'rules = ["runs", ', "there is no rule 'runs'"),
        ("books", 'rules = ["apostille-lookup"]', "rules = []", "'apostille-lookup' holds for no book"),
        ("books", 'en = "Fee", ', "", "en is missing"),
        ("books", 'on_paper = ["CNXT"]', 'on_paper = ["apostille"]', "on paper, apostille: two entries hold"),
        ("portal", "code = 2\n", "code = 1\n", "two entries hold"),
        ("portal", 'clock = "runs"', 'clock = "sleeps"', "clock must be one of"),
        ("portal", '{ code = "2", vi = "Bản điện tử"', '{ code = "1", vi = "Bản điện tử"', "a code stands twice"),
        ("portal", 'name = "HoSo"', 'name = "DichVu"', "a name stands twice"),
        ("national", 'where = "local"', 'where = "moon"', "where must be one of"),
        ("national", 'id = "2.000884"', 'id = "2.000815"', "two entries hold"),
        ("wordings", 'wordings = ["wording-translator"]', "wordings = []", "wordings is missing"),
        ("wordings", 'id = "copy-whole"', 'id = "last-page"', "two entries hold"),
    ],
)
def test_data_that_must_not_be_used(tmp_path: Path, file: str, old: str, new: str, says: str) -> None:
    shutil.copytree(FOLDER / "codes", tmp_path / "codes", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    path = tmp_path / f"codes/{file}.toml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(BadLaw) as refused:
        Codes.read(Source(tmp_path))
    assert str(refused.value).startswith(f"codes/{file}.toml")
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("file", ["dossiers", "books", "portal", "national", "wordings"])
def test_every_entry_is_cited(tmp_path: Path, file: str) -> None:
    shutil.copytree(FOLDER / "codes", tmp_path / "codes", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    path = tmp_path / f"codes/{file}.toml"
    lines = path.read_text("utf-8").splitlines()
    (first, *_) = [number for number, line in enumerate(lines) if line.startswith("citation")]
    path.write_text("\n".join(lines[:first] + lines[first + 1 :]), "utf-8")
    with pytest.raises(BadLaw, match="citation is missing"):
        Codes.read(Source(tmp_path))
