"""The data of marks: complete, cited, dated; and refused where one thing in it is spoiled."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from itertools import product

import pytest

from verifier.law.marks import FOLDER, Absence, BadLaw, Marking, chapter, read_chapter, read_cover
from verifier.law.marks.records import Line
from verifier.signing.mark.letters import printable
from verifier.signing.records import Kind

TODAY = date(2026, 11, 23)
KINDS = [kind.value for kind in Kind]
VOWELS = "aăâeêioôơuưy"
TONES = ("", "\u0300", "\u0309", "\u0303", "\u0301", "\u0323")


def marking(kind: str) -> Marking:
    found = chapter(kind).at(TODAY)
    assert isinstance(found, Marking)
    return found


def lines(kind: str) -> list[Line]:
    found = marking(kind)
    sheets = [one for one in (found.sheet, found.by_hand) if one]
    return [line for part in (*found.pieces, *sheets) for line in part.lines]


def test_every_kind_has_a_file_and_every_file_a_kind() -> None:
    assert {path.stem for path in FOLDER.glob("*.toml")} == {*KINDS, "cover"}


def test_a_lawyer_finds_every_file_and_its_status_in_the_readme() -> None:
    told = (FOLDER / "README.md").read_text("utf-8")
    for kind in KINDS:
        row = next(line for line in told.splitlines() if line.startswith(f"| `{kind}.toml`"))
        assert row.split("|")[3].strip() == marking(kind).entry.status


@pytest.mark.parametrize("kind", KINDS)
def test_every_line_has_words_in_letters_that_the_fonts_have(kind: str) -> None:
    for line in lines(kind):
        assert line.citation
        said = f"{line.words.vi}{line.words.en}{line.after.vi}{line.fixed.vi}{line.fixed.en}{line.blank}{line.number}"
        assert set(said) <= printable()


def test_the_words_of_the_cover_are_in_both_languages_and_can_be_printed() -> None:
    for words in read_cover().values():
        assert words.vi
        assert words.en
        assert set(words.vi + words.en) <= printable()


def test_the_fonts_have_all_vietnamese_letters_and_their_licence() -> None:
    small = {unicodedata.normalize("NFC", vowel + tone) for vowel, tone in product(VOWELS, TONES)} | {"đ"}
    letters = small | {letter.upper() for letter in small}
    assert len(letters) == 2 * (12 * 6 + 1)
    assert letters <= printable()
    assert "\u4e2d" not in printable()
    assert "SIL OPEN FONT LICENSE Version 1.1" in (FOLDER / "fonts" / "OFL.txt").read_text("utf-8")


@pytest.mark.parametrize("kind", ["consular-certification", "consular-legalization"])
def test_the_consular_marks_have_the_nine_numbered_fields_of_the_sticker(kind: str) -> None:
    found = {line.number: (line.words.vi, line.words.en) for line in marking(kind).main.lines if line.number}
    assert list(found) == [str(number) for number in range(1, 10)]
    assert found["1"] == ("Quốc gia", "Country")
    assert found["2"] == ("do ông (bà)", "has been signed by")
    assert found["3"] == ("với chức danh", "acting in the capacity of")
    assert found["4"] == ("và con dấu của", "bear the seal/stamp of")
    assert found["5"] == ("tại", "at the")
    assert found["7"] == ("Cơ quan cấp", "by")
    assert found["8"] == ("Số", "No.")
    assert found["9"] == ("Ghi chú", "Remarks")


def test_titles_say_which_act_it_is_and_what_was_inferred() -> None:
    titles = {kind: next(line for line in lines(kind) if line.style == "title") for kind in KINDS[:2]}
    assert titles["consular-certification"].words.vi == "CHỨNG NHẬN LÃNH SỰ"
    assert titles["consular-certification"].words.en == "CONSULAR AUTHENTICATION"
    assert titles["consular-legalization"].words.vi == "HỢP PHÁP HÓA LÃNH SỰ"
    assert titles["consular-legalization"].status == "unverified"


@pytest.mark.parametrize("letter", ["a", "b", "c", "d", "đ", "e", "g", "h", "i", "k", "l"])
def test_the_apostille_has_each_content_of_article_20(letter: str) -> None:
    wanted = {
        "a": "Country", "b": "has been signed by", "c": "acting in the capacity of", "d": "bears the seal/stamp of",
        "đ": "at", "e": "the", "g": "by", "h": "No", "i": "Seal/stamp", "k": "Signature", "l": "Management No",
    }  # fmt: skip
    found = [line for line in marking("apostille").main.lines if line.covers == letter]
    assert [line.words.en for line in found] == [wanted[letter]]


def test_the_apostille_has_ten_numbers_and_its_french_heading() -> None:
    main = marking("apostille").main
    assert [line.number for line in main.lines if line.number] == [str(number) for number in range(1, 11)]
    assert [line.words.vi for line in main.lines[:2]] == ["APOSTILLE", "(Convention de La Haye du 5 octobre 1961)"]


def test_what_may_wait_for_a_switch_is_issued_by_hand_meanwhile() -> None:
    assert {kind: marking(kind).by_hand is not None for kind in KINDS} == {
        kind: bool(marking(kind).electronic_switch) for kind in KINDS
    }
    by_hand = marking("apostille").by_hand
    assert by_hand is not None
    assert (by_hand.without, by_hand.blank) == (("time", "address"), ("seal_name",))


APOSTILLE = (FOLDER / "apostille.toml").read_text("utf-8")
BY_HAND = APOSTILLE[APOSTILLE.index("[layout.by_hand]") :]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('without = ["time", "address"]', 'without = ["hour"]', "without holds 'hour'"),
        ('blank = ["seal_name"]', 'blank = ["stamp"]', "blank holds 'stamp'"),
        (BY_HAND, "", "nothing that is issued without it"),
        ('value = "document"', 'value = "paper"', "nobody says 'paper'"),
        ('blank = ["seal_name"]', 'blank = ["seal_name"]\nwhen = 1', "unknown key 'when'"),
    ],
    ids=["without", "blank", "no-by-hand", "line", "key"],
)
def test_one_spoiled_thing_of_what_is_done_by_hand_is_refused(old: str, new: str, message: str) -> None:
    assert old in APOSTILLE
    with pytest.raises(BadLaw, match=message):
        read_chapter(APOSTILLE.replace(old, new, 1), "apostille.toml")


@pytest.mark.parametrize(
    ("kind", "day", "reason"),
    [
        ("consular-certification", date(2025, 12, 31), "electronic procedure"),
        ("consular-legalization", date(1990, 1, 1), "electronic procedure"),
        ("apostille", date(2026, 9, 10), "Convention"),
    ],
)
def test_a_period_without_a_layout_says_why(kind: str, day: date, reason: str) -> None:
    found = chapter(kind).at(day)
    assert isinstance(found, Absence)
    assert reason in found.reason.en
    assert found.reason.vi


def test_a_day_that_the_data_does_not_know_has_nothing() -> None:
    assert chapter("certified-ecopy").at(date(2020, 5, 21)) is None


COPY = (FOLDER / "certified-ecopy.toml").read_text("utf-8")
SECOND = COPY[COPY.index("[[layout]]") :]
SPOILED = {
    "not-toml": ('kind = "certified-ecopy"', "kind = ", "not TOML"),
    "other-kind": ('kind = "certified-ecopy"', 'kind = "apostille"', "belongs into apostille.toml"),
    "unknown-key": ('kind = "certified-ecopy"', 'kind = "certified-ecopy"\ncolour = "red"', "unknown key 'colour'"),
    "unknown-key-of-layout": ('name = "2020-05"', 'name = "2020-05"\ncolour = "red"', "unknown key 'colour'"),
    "unknown-key-of-field": ('name = "original"', 'name = "original"\nmax = 3', "unknown key 'max'"),
    "unknown-key-of-piece": ('id = "wording"', 'id = "wording"\ncolour = "red"', "unknown key 'colour'"),
    "unknown-key-of-line": ('value = "officer"', 'value = "officer"\nbold = true', "unknown key 'bold'"),
    "no-citation": (re.search(r"citation = .*\n", COPY)[0], "", "citation is missing"),  # type: ignore[index]
    "no-status": ('status = "partial"', "", "status is missing"),
    "status": ('status = "partial"', 'status = "sure"', "status must be one of"),
    "no-from": ("from = 2020-05-22\n", "", "from is missing"),
    "from-as-text": ("from = 2020-05-22", 'from = "2020-05-22"', "from must be a date"),
    "from-with-time": ("from = 2020-05-22", "from = 2020-05-22T00:00:00Z", "from must be a date"),
    "until-before": ("from = 2020-05-22", "from = 2020-05-22\nuntil = 2020-05-22", "until does not follow"),
    "no-signature": ('signatures = ["person", "agency"]', "signatures = []", "no signatures"),
    "one-signature": ('signatures = ["person", "agency"]', 'signatures = ["person"]', "belongs to none"),
    "role": ('signatures = ["person", "agency"]', 'signatures = ["person", "clerk"]', "'clerk'"),
    "pages": ('pages = "last"', 'pages = "middle"', "pages must be one of"),
    "preference": ('"bottom-left", "bottom-right"', '"bottom-left", "centre"', "preferences"),
    "no-preference": ('["bottom-left", "bottom-right", "free", "top-left"]', "[]", "preferences"),
    "width": ("width_mm = 84", "width_mm = 0", "width_mm"),
    "width-flag": ("width_mm = 84", "width_mm = true", "width_mm"),
    "sizes": ("[10, 9, 8, 7]", "[7, 8]", "falling"),
    "template": ('template = "wording"', 'template = "../wording"', "no template"),
    "main": ("main = true\n", "", "first piece must be the main one"),
    "style": ('style = "title"', 'style = "loud"', "style must be one of"),
    "placeholder": ("{number} quyển", "{nummer} quyển", "nobody says 'nummer'"),
    "value": ('value = "officer"', 'value = "boss"', "nobody says 'boss'"),
    "empty": ('vi = "Người thực hiện chứng thực"', 'vi = ""', "vi is empty"),
    "nothing": ('value = "officer"', "", "neither words nor a value"),
    "condition": ('id = "wording"', 'id = "wording"\nwhen.original = ["yes"]', "never holds"),
    "condition-empty": ('id = "wording"', 'id = "wording"\nwhen.picture_person = []', "without a value"),
    "field-twice": ('name = "requester"', 'name = "original"', "name of a fact or of another field"),
    "field-fact": ('name = "requester"', 'name = "officer"', "name of a fact or of another field"),
    "overlap": (SECOND, SECOND + SECOND.replace("2020-05", "2024-01"), "two entries hold on 2024-01-22"),
    "no-layout": (SECOND, "", "no layout"),
}


def test_the_file_that_is_spoiled_is_valid() -> None:
    assert read_chapter(COPY, "certified-ecopy.toml") == chapter("certified-ecopy")


@pytest.mark.parametrize("name", SPOILED)
def test_one_spoiled_thing_is_refused_in_one_line(name: str) -> None:
    old, new, message = SPOILED[name]
    assert old in COPY
    with pytest.raises(BadLaw) as caught:
        read_chapter(COPY.replace(old, new, 1), "certified-ecopy.toml")
    told = str(caught.value)
    assert told.startswith("certified-ecopy.toml")
    assert message in told
    assert "\n" not in told


def test_a_change_of_law_is_a_second_entry() -> None:
    ended = COPY.replace("from = 2020-05-22", "from = 2020-05-22\nuntil = 2027-01-01", 1)
    newer = SECOND.replace("2020-05-22", "2027-01-01").replace('"2020-05"', '"2027-01"')
    both = read_chapter(ended + newer, "certified-ecopy.toml")
    editions = [getattr(both.at(day), "edition", "") for day in (TODAY, date(2026, 12, 31), date(2027, 1, 1))]
    assert editions == ["certified-ecopy/2020-05", "certified-ecopy/2020-05", "certified-ecopy/2027-01"]
