from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.law.numerals import day_in_words, dong_in_words, figures, in_words

DIGITS = {
    "không": 0, "một": 1, "mốt": 1, "hai": 2, "ba": 3, "bốn": 4, "tư": 4, "năm": 5, "lăm": 5, "sáu": 6, "bảy": 7,
    "tám": 8, "chín": 9,
}  # fmt: skip
SCALES = {"nghìn": 10**3, "triệu": 10**6}


def read(words: str) -> int:
    """Read a number as a listener does: digits, mươi, trăm, then the scale; tỷ takes all that was said before it."""
    whole = part = digit = 0
    for word in words.split():
        if word in DIGITS:
            digit = DIGITS[word]
        elif word == "mười":
            part, digit = part + 10, 0
        elif word == "mươi":
            part, digit = part + 10 * digit, 0
        elif word == "trăm":
            part, digit = part + 100 * digit, 0
        elif word in SCALES:
            whole, part, digit = whole + (part + digit) * SCALES[word], 0, 0
        elif word == "tỷ":
            whole, part, digit = (whole + part + digit) * 10**9, 0, 0
        else:
            assert word == "linh", word
    return whole + part + digit


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "không"),
        (4, "bốn"),
        (10, "mười"),
        (14, "mười bốn"),
        (15, "mười lăm"),
        (20, "hai mươi"),
        (21, "hai mươi mốt"),
        (24, "hai mươi tư"),
        (25, "hai mươi lăm"),
        (101, "một trăm linh một"),
        (105, "một trăm linh năm"),
        (111, "một trăm mười một"),
        (1000, "một nghìn"),
        (1005, "một nghìn không trăm linh năm"),
        (30_000, "ba mươi nghìn"),
        (198_000, "một trăm chín mươi tám nghìn"),
        (1_000_005, "một triệu không trăm linh năm"),
        (1_005_000, "một triệu không trăm linh năm nghìn"),
        (1_000_000_000, "một tỷ"),
        (2_001_000_000, "hai tỷ không trăm linh một triệu"),
        (10**12, "một nghìn tỷ"),
        (10**18, "một tỷ tỷ"),
    ],
)
def test_numbers_are_said_as_one_says_them(number: int, words: str) -> None:
    assert in_words(number) == words


@given(st.integers(0, 10**15) | st.integers(0, 10**4) | st.integers(0, 10**9).map(lambda n: n * 1000))
def test_a_number_is_heard_as_it_was(number: int) -> None:
    assert read(in_words(number)) == number


@given(st.integers(0, 10**12), st.integers(0, 10**12))
def test_two_numbers_never_sound_alike(one: int, other: int) -> None:
    assert (in_words(one) == in_words(other)) == (one == other)


@given(st.integers(0, 10**12))
def test_sums_begin_large_and_end_with_dong(amount: int) -> None:
    words = dong_in_words(amount)
    assert words[0].isupper()
    assert words.endswith(" đồng")
    assert words[1:-5] == in_words(amount)[1:]


@given(st.integers(0, 10**15))
def test_figures_have_a_point_before_every_three(number: int) -> None:
    assert int(figures(number).replace(".", "")) == number
    assert all(len(group) == 3 for group in figures(number).split(".")[1:])


def test_a_day_is_said_with_its_year_in_words() -> None:
    assert day_in_words(date(2026, 4, 21)) == "ngày hai mươi mốt tháng tư năm hai nghìn không trăm hai mươi sáu"


def test_there_is_no_sum_below_nothing() -> None:
    with pytest.raises(ValueError, match="at least 0"):
        in_words(-1)
