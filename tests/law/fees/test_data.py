"""The data of fees: cited, dated, in both languages; and refused where one thing in it is spoiled."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.law.fees.made import FEES, TODAY, copied, procedure
from verifier.law.answers import FeeAsk
from verifier.law.fees import Fees
from verifier.law.records import BadLaw, Words
from verifier.law.source import Source

IDS = {
    "apostille",
    "certified-copy",
    "certified-ecopy",
    "consular-certification",
    "consular-legalization",
    "signature-certification",
}
PRICES = {
    "copy-first-pages": (2000, "VND"),
    "copy-later-pages": (1000, "VND"),
    "copy-most": (200_000, "VND"),
    "signature-case": (10_000, "VND"),
    "consular-certification": (30_000, "VND"),
    "consular-legalization": (30_000, "VND"),
    "consular-copy": (5000, "VND"),
    "mission-copy": (1000, "USD"),
    "mission-signature": (1000, "USD"),
}
TARIFF = 'id = "copy-later-pages"'


def test_there_is_a_fee_for_each_procedure_and_these_prices() -> None:
    assert FEES.ids == IDS
    assert {one.id: (one.amount_minor, one.currency) for one in FEES.tariffs(TODAY)} == PRICES
    assert set(PRICES) == FEES.tariff_ids


def test_prices_begin_with_their_circulars() -> None:
    assert FEES.tariffs(date(2016, 12, 31)) == ()
    assert len(FEES.tariffs(date(2017, 1, 1))) == len(PRICES)


def test_prices_know_the_procedures_that_they_are_for() -> None:
    found = {one.id: one.procedures for one in FEES.tariffs(TODAY)}
    assert found["copy-most"] == ("certified-copy", "certified-ecopy")
    assert found["consular-certification"] == ("consular-certification", "apostille")
    assert found["mission-copy"] == ("certified-copy",)


def test_everything_is_said_in_both_languages_and_cited() -> None:
    data = FEES.data
    words: list[Words] = [data.several]
    words += [said for one in data.tariffs for said in (one.words, one.line, one.unit)]
    words += [one.words for one in data.exemptions]
    words += [said for one in data.rules for said in (one.when_paid.words, one.refund.words)]
    words += [count.words for one in data.rules for count in one.counts.values()]
    words += [one.reason for one in data.absences]
    words += [one.words for one in data.abroad]
    assert all(one.vi and one.en and "!" not in one.vi + one.en for one in words)
    assert all(one.entry.note for one in data.rules)


def test_what_is_not_in_an_official_text_is_not_verified() -> None:
    rules = {one.id: one for one in FEES.data.rules}
    assert {id_ for id_, one in rules.items() if one.entry.status == "partial"} == {
        "apostille",
        "consular-certification",
        "consular-legalization",
    }
    assert {id_: one.when_paid.basis.status for id_, one in rules.items()} == {
        "apostille": "partial",
        "certified-copy": "partial",
        "certified-ecopy": "partial",
        "consular-certification": "partial",
        "consular-legalization": "partial",
        "signature-certification": "unverified",
    }
    assert all(one.paid_note for one in rules.values())
    assert {one.entry.status for one in FEES.data.tariffs if one.currency == "USD"} == {"partial"}


def test_what_holds_at_missions_is_shown_and_gives_nothing_back() -> None:
    abroad = FEES.abroad(TODAY)
    assert abroad
    assert abroad.tariffs == ("mission-copy", "mission-signature")
    assert len(abroad.exemptions) == 6
    assert "không hoàn trả lại" in abroad.refund.words.vi
    assert abroad.refund.basis.status == "verified"
    assert FEES.abroad(date(2016, 12, 31)) is None


def test_the_counts_that_a_form_asks_for_are_data() -> None:
    rule = FEES.rule("certified-copy", TODAY)
    assert [(one.name, one.default, one.least, one.most) for one in rule.counts.values()] == [
        ("pages", None, 1, 100_000),
        ("copies", 1, 1, 10_000),
    ]
    rule = FEES.rule("apostille", TODAY)
    assert [(one.name, one.default, one.least) for one in rule.counts.values()] == [
        ("documents", 1, 1),
        ("copies", 0, 0),
    ]


def test_a_new_price_stands_beside_the_old_one(tmp_path: Path) -> None:
    old = f'{TARIFF}\nvi = "Chứng thực bản sao từ bản chính: từ'
    new = old.replace(TARIFF, f"{TARIFF}\nuntil = 2027-01-01")
    later = """[[tariff]]
id = "copy-later-pages"
vi = "mới"
en = "new"
line = { vi = "từ trang 3", en = "from page 3" }
unit = { vi = "trang", en = "page" }
amount_vnd = 1500
first_page = 3
from = 2027-01-01
status = "unverified"
citation = "Thông tư mới"

[[exemption]]"""
    fees = Fees.read(copied(tmp_path, (old, new), ("[[exemption]]", later)))
    assert fees.tariff("copy-later-pages", date(2026, 12, 31)).amount_minor == 1000
    assert fees.tariff("copy-later-pages", date(2027, 1, 1)).amount_minor == 1500
    asked, copy = FeeAsk(pages=(3,)), procedure("certified-copy")
    assert fees.fee(copy, date(2026, 12, 31), asked).amount_vnd == 5000
    assert fees.fee(copy, date(2027, 1, 1), asked).amount_vnd == 5500


def spoil(old: str, new: str, said: str) -> object:
    return pytest.param(old, new, said, id=said.replace(" ", "-")[:40])


SPOILS = [
    spoil("[limits]", "surplus = 1\n[limits]", "unknown key 'surplus'"),
    spoil("originals = 1_000", "originals = 0", "originals must be a whole number of at least 1"),
    spoil("originals = 1_000 ", "lines = 1_000\noriginals = 1_000 ", "unknown key 'lines'"),
    spoil("Bản chính {number}: {line}", "Bản chính {number}", "several must name {number} and {line}"),
    spoil("Original {number}: {line}", "Original {number} {page}: {line}", "must name {number} and {line} in both"),
    spoil("amount_vnd = 2000", "amount_vnd = 2000.5", "amount_vnd has the wrong type"),
    spoil("amount_vnd = 2000", "amount_vnd = -2000", "amount_vnd must be a whole number of at least 1"),
    spoil("amount_vnd = 2000", "amount_cents = 2000", "amount_vnd is missing"),
    spoil("last_page = 2", "last_page = 2\ncolour = 1", "unknown key 'colour'"),
    spoil("first_page = 1\n", "", "last_page does not follow first_page"),
    spoil("last_page = 2", "last_page = 3", "the pages of 'copy-later-pages' do not follow those before it"),
    spoil("first_page = 3", "first_page = 3\nlast_page = 9", "the last pages have no tariff"),
    spoil('currency = "USD"', 'currency = "EUR"', "currency must be one of VND, USD"),
    spoil('citation = "Thông tư 226/2016/TT-BTC Điều 4 số thứ tự 2"\n', "", "citation is missing"),
    spoil('status = "verified"', 'status = "sure"', "status must be one of"),
    spoil("from = 2017-01-01", "from = 2017-01-01\nuntil = 2016-01-01", "until does not follow from"),
    spoil(TARIFF, 'id = "copy-first-pages"', "tariff copy-first-pages: two entries hold on 2017-01-01"),
    spoil('id = "consular-treaty"', 'id = "consular-reciprocity"', "exemption consular-reciprocity: two entries hold"),
    spoil('[[refund]]\nid = "consular"', '[[refund]]\nid = "certification"', "certification stands twice"),
    spoil('refund = "consular"', 'refund = "all"', "refund must be one of"),
    spoil('tariff = "signature-case"', 'tariff = "signature"', "fee signature-certification names 'signature'"),
    spoil('tariff = "signature-case"', 'tariff = "mission-signature"', "which is no tariff for it"),
    spoil('tariff = "signature-case"', 'tariff = "copy-later-pages"', "charges the tariff 'copy-later-pages' without"),
    spoil('most = "copy-most"', 'most = "most"', "fee certified-copy names 'most'"),
    spoil('exemptions = ["consular-treaty"', 'exemptions = ["treaty"', "names 'treaty', which is no exemption for it"),
    spoil('exemptions = ["mission-guests"', 'exemptions = ["guests"', "abroad names 'guests'"),
    spoil('tariffs = ["mission-copy"', 'tariffs = ["copy-most"', "abroad names 'copy-most'"),
    spoil('tariffs = ["mission-copy", ', "tariffs = [", "no fee takes the tariff 'mission-copy'"),
    spoil('id = "before-acceptance"', 'id = "whenever"', "id must be one of at-filing"),
    spoil('count = "cases"', 'count = "documents"', "each count must stand once"),
    spoil('count = "cases"', 'count = "pages"', "count must be one of copies, documents, cases"),
    spoil('name = "cases"', 'name = "hours"', "name must be one of pages"),
    spoil('name = "pages"', 'name = "pages"\ndefault = 1', "pages have no default"),
    spoil("default = 1", "default = 0", "default must be a whole number of at least 1"),
    spoil("until = 2017-01-01", "until = 2018-01-01", "fee certified-copy: two entries hold on 2017-01-01"),
    spoil("from = 2020-05-22", "from = 2016-05-22", "'copy-first-pages', which does not hold on 2016-05-22"),
    spoil('id = "signature-case"', 'id = "signature-case"\nuntil = 2027-01-01', "which does not hold on 2027-01-01"),
    spoil("[limits]", "[limits", "not TOML"),
]


@pytest.mark.parametrize(("old", "new", "said"), SPOILS)
def test_one_spoiled_thing_is_one_line_that_names_the_file(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(BadLaw) as refused:
        Fees.read(copied(tmp_path, (old, new)))
    line = str(refused.value)
    assert line.startswith("fees/fees.toml")
    assert said in line
    assert "\n" not in line


def test_a_missing_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(BadLaw, match=r"^fees/fees\.toml: cannot be read$"):
        Fees.read(Source(tmp_path))
