from __future__ import annotations

from typing import Any

import pytest

from tests.pades.changes_support import CONTENT, PAGE, SignedFile, page
from verifier.pades.changes.syntax import DUPLICATE, Name, Ref, UnusualSyntaxError, read_object, read_value
from verifier.verdict import Changes


@pytest.mark.parametrize(
    ("written", "value"),
    [
        (b"12", 12),
        (b"-1.5 ", -1.5),
        (b".5]", 0.5),
        (b"/Name>", Name("/Name")),
        (b"/ ", Name("/")),
        (b"12 0 R/", Ref(12, 0)),
        (b"[12 0 R 7 0]", [Ref(12, 0), 7, 0]),
        (b"(text)", b"text"),
        (b"<48 >"[:3] + b">", b"\x48"),
        (b"<4>", b"\x40"),
        (b"<< /A null /B true\n/C << /D [ ] >> >>", {"/A": None, "/B": True, "/C": {"/D": []}}),
        (b"<</A/B/C(x)/D<00>>>", {"/A": Name("/B"), "/C": b"x", "/D": b"\0"}),
        (b"<< /A 1 /A 2 >>", {"/A": 1, DUPLICATE: True}),
    ],
)
def test_plain_syntax_is_read(written: bytes, value: Any) -> None:
    found, _ = read_value(written, 0)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    "written",
    [
        b"",
        b"% comment\n12",
        b"(a\\)b)",
        b"(a (nested) b)",
        b"/A#20B",
        b"<4G>",
        b"12abc",
        b"truest",
        b"<< /A >>",
        b"<< 1 2 >>",
        b"[1 2",
        b"[1 >>",
        b">>",
        b"[" * 200,
    ],
)
def test_anything_unusual_is_left_to_the_thorough_reader(written: bytes) -> None:
    with pytest.raises(UnusualSyntaxError):
        read_value(written, 0)


STREAM = b"7 0 obj\n<< /Length 8 0 R >>\nstream\nabc\nendstream\nendobj"


@pytest.mark.parametrize(
    ("written", "length", "span"),
    [
        (b"7 0 obj 12 endobj", None, None),
        (STREAM, 3, (35, 38)),
        (STREAM.replace(b"stream\nabc", b"stream\r\nabc"), 3, (36, 39)),
    ],
)
def test_objects_are_read_with_the_place_of_their_bytes(written: bytes, length: Any, span: Any) -> None:
    assert read_object(written, 0, Ref(7, 0), lambda _: length)[1] == span


@pytest.mark.parametrize(
    ("written", "length"),
    [
        (STREAM, 2),
        (STREAM, None),
        (STREAM, -3),
        (STREAM.replace(b"7 0", b"9 0"), 3),
        (STREAM.replace(b"stream\nabc", b"stream\rabc"), 3),
        (b"7 0 obj 12 13 endobj", None),
    ],
)
def test_odd_objects_are_left_to_the_thorough_reader(written: bytes, length: Any) -> None:
    with pytest.raises(UnusualSyntaxError):
        read_object(written, 0, Ref(7, 0), lambda _: length)


def test_page_rewritten_with_a_key_twice_is_suspicious() -> None:
    twice = page().replace(b"/Contents 5 0 R", b"/Contents 5 0 R /Contents 31 0 R")
    made = SignedFile.new().then({PAGE: twice})
    assert made.level() is Changes.SUSPICIOUS


def test_page_that_had_a_key_twice_may_be_cleaned() -> None:
    twice = page().replace(b"/Contents 5 0 R", b"/Contents 5 0 R /Contents 5 0 R")
    assert SignedFile.new({PAGE: twice}).then({PAGE: page()}).changes() == ()


@pytest.mark.parametrize("odd", [b"% comment\n", b"/X (a\\(b) "])
def test_unusually_written_objects_are_compared_too(odd: bytes) -> None:
    text = b"<< " + odd + b"/Length 3 >>\nstream\nabc\nendstream"
    made = SignedFile.new({CONTENT: text}).then({CONTENT: text.replace(b"abc", b"abd")})
    assert made.classes() == ["content_changed"]
