from __future__ import annotations

import unicodedata

import pytest
from argon2 import PasswordHasher

from verifier.accounts.passwords import LONGEST, SHORTEST, Argon2, check
from verifier.errors import BadRequest

ABOUT = ("lan.nguyen", "Nguyễn Thị Lan", "Đại sứ quán Việt Nam tại Xứ Thử", "Embassy of Viet Nam in Testland")
CHEAP = Argon2(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.mark.parametrize(
    "password",
    [
        "chim sáo hót vườn bưởi 41",
        "correct horse battery staple",
        "X7$kq9!zLw2m",
        "Кот гуляет под дождём ночью",
        "🦆🐘🌵🎻🚲🍋🪁🧩🛶🥁🪙🧊",
        "9$kV2-wR6&tB" + "ồ" * 100,
        "\x00\ud800 not what people type",
    ],
)
def test_what_is_long_and_hard_to_guess_is_taken_whatever_it_is_made_of(password: str) -> None:
    check(password, ABOUT)


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("", "password-too-short"),
        ("X7$kq9!zLw2", "password-too-short"),
        ("e\u0302\u0323" * (SHORTEST - 1), "password-too-short"),  # one letter each, once composed
        ("X7$kq9!zLw2m" * 11, "password-too-long"),
        ("x" * 1_000_000, "password-too-long"),
        ("e" + "\u0323" * 1_000_000, "password-too-long"),
        ("123456a@123456a@", "password-known"),
        ("Matkhau@123456", "password-known"),
        ("mật khẩu của tôi", "password-known"),
        ("anhyeuem123456", "password-known"),
        ("Verifier2026!!", "password-known"),
        ("legalisation2026", "password-known"),
        ("passwordpassword", "password-known"),
        ("aaaaaaaaaaaaaaaa", "password-known"),
        ("abcdefghijklmnop", "password-known"),
        ("ab" * (LONGEST // 2), "password-known"),
        ("lan.nguyen.2024!", "password-known"),
        ("Nguyễn Thị Lan", "password-known"),
        ("lan thị nguyễn #7", "password-known"),
        ("LanThiNguyen#1990", "password-known"),
        ("Đại sứ quán Việt Nam tại Xứ Thử", "password-known"),
        ("EmbassyOfVietNam1", "password-known"),
    ],
)
def test_a_password_that_will_be_guessed_is_refused(password: str, code: str) -> None:
    with pytest.raises(BadRequest) as refused:
        check(password, ABOUT)

    assert refused.value.problem.code == code
    assert password not in str(refused.value) or not password


def test_words_about_one_person_are_nothing_to_another() -> None:
    with pytest.raises(BadRequest):
        check("quockhanhtruong#1", ("khanh.truong", "Trương Quốc Khánh"))

    check("quockhanhtruong#1 bờ ao", ("lan.nguyen",))


def test_a_password_fits_however_its_marks_are_typed() -> None:
    kept = CHEAP.hashed(unicodedata.normalize("NFC", "Việt ngữ"))

    assert CHEAP.fits(kept, unicodedata.normalize("NFD", "Việt ngữ"))
    assert not CHEAP.fits(kept, "Viet ngu")


def test_something_that_is_no_hash_fits_nothing() -> None:
    assert not CHEAP.fits("", "")
    assert not CHEAP.fits("$argon2id$broken", "X7$kq9!zLw2m")


def test_the_standard_is_the_second_recommendation_of_rfc_9106_and_weaker_hashes_are_outdated() -> None:
    kept = Argon2().hashed("X7$kq9!zLw2m")

    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert Argon2().outdated(CHEAP.hashed("X7$kq9!zLw2m"))
    assert not Argon2().outdated(kept)
