from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.plain import escape_json, is_hidden, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Nguyễn Thị Bích Ngọc", "Nguyễn Thị Bích Ngọc"),
        ("Nguye\u0302\u0303n", "Nguyễn"),
        ("a\nb", "a⟨U+000A⟩b"),
        ("\x1b[31m", "⟨U+001B⟩[31m"),
        ("gnp\u202eexe", "gnp⟨U+202E⟩exe"),
        ("a\u200bb", "a⟨U+200B⟩b"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("\udcff", "⟨U+DCFF⟩"),
        ("東京 ₫ 😀", "東京 ₫ 😀"),
    ],
)
def test_hidden_characters_are_written_out(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text())
def test_nothing_hidden_is_left_and_twice_is_once(text: str) -> None:
    shown = visible(text)
    assert not [one for one in shown if is_hidden(one) and one not in "\u200c\u200d"]
    assert visible(shown) == shown


@given(st.text(st.characters()))
def test_escaped_json_keeps_its_value_and_hides_nothing(text: str) -> None:
    line = escape_json(json.dumps({"name": text}, ensure_ascii=False))
    assert json.loads(line) == {"name": text}
    assert not any(is_hidden(one) for one in line)
