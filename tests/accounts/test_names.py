from __future__ import annotations

import unicodedata

import pytest

from verifier.accounts.names import LONGEST_NAME, clean_login, clean_name
from verifier.errors import BadRequest


@pytest.mark.parametrize(
    "name",
    [
        "Nguyễn Thị Lan",
        "Đặng Ư",
        "Y Moan Ênuôl",
        "H'Hen Niê",
        "O",
        "José Ñandú-Čapek",
        "Þórður Øye",
        "Nguyễn Văn A (2)",
        "Cổng dịch vụ công số 1, cơ sở 2",
        "ễ" * LONGEST_NAME,
    ],
)
def test_names_of_people_are_kept_as_they_are(name: str) -> None:
    assert clean_name(name) == name


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("  Nguyễn   Thị\u00a0Lan\u3000", "Nguyễn Thị Lan"),
        (unicodedata.normalize("NFD", "Nguyễn Thị Lan"), "Nguyễn Thị Lan"),
        (unicodedata.normalize("NFD", "ễ" * LONGEST_NAME), "ễ" * LONGEST_NAME),
        ("\u212bsa", "Åsa"),  # the sign of a unit, composed to the letter
    ],
)
def test_names_get_one_spelling(raw: str, name: str) -> None:
    assert clean_name(raw) == name


@pytest.mark.parametrize(
    "raw",
    [
        "",
        " \u00a0",
        "Nguyễn\u200bLan",
        "Nguyễn\u200dLan",
        "Nguyễn\u2060Lan",
        "\ufeffNguyễn",
        "Nguyễn\u00adLan",
        "Nguyễn\u202eLan",
        "Nguyễn\u2066Lan\u2069",
        "\u200fNguyễn",
        "Nguyễn\nLan",
        "Nguyễn\tLan",
        "Nguyễn\u2028Lan",
        "Nguyễn\x00Lan",
        "Nguyễn\x1b[31m",
        "Nguуễn",  # Cyrillic у
        "Αnh",  # Greek Α
        "Lаn",  # Cyrillic а
        "Lɑn",  # Latin alpha
        "Lᴀn",  # small capital
        "Ｌａｎ",
        "𝐋𝐚𝐧",
        "Ⅼan",  # Roman numeral
        "ǃLan",  # click
        "Laŉ",
        "阮氏蘭",
        "لان",
        "L\u0336a\u0336n\u0336",
        "Z" + "\u0300\u0323\u0315" * 60,
        "e" + "\u0323" * 1_000_000,
        "ễ" * (LONGEST_NAME + 1),
        "<script>alert(1)</script>",
        "Lan<b>",
        'Lan"',
        "Lan 😀",
        "Lan\ud800",
        "Lan\ue000",
        "123",
        "'; drop table person",
        "=cmd|'/c calc'!A0",
        "-Lan",
    ],
)
def test_names_that_do_not_say_what_they_seem_to_are_refused(raw: str) -> None:
    with pytest.raises(BadRequest) as refused:
        clean_name(raw)

    assert refused.value.problem.code == "name-unclear"
    assert len(refused.value.problem.detail) < 60


@pytest.mark.parametrize(
    ("raw", "login"), [("lan.nguyen", "lan.nguyen"), (" Lan_Nguyen-2 ", "lan_nguyen-2"), ("a" * 64, "a" * 64)]
)
def test_sign_in_names_are_lower_case(raw: str, login: str) -> None:
    assert clean_login(raw) == login


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "ab",
        "a" * 65,
        ".lan",
        "-lan",
        "lan nguyen",
        "lan@example.vn",
        "lân",
        "lаn",
        "lan\u200b",
        "lan\n",
        "\u212aim",  # the sign for kelvin, `k` in lower case
        "ｌａｎ",
        "lan\x00",
        "\ud800lan",
        "x" * 1_000_000,
    ],
)
def test_sign_in_names_of_anything_else_are_refused(raw: str) -> None:
    with pytest.raises(BadRequest) as refused:
        clean_login(raw)

    assert refused.value.problem.code == "login-unclear"
