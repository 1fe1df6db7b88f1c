from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pyotp
import pytest

from tests.accounts.support import AT, SECRET, code_at
from tests.support.postgres import RING
from verifier.accounts import second_factor as totp
from verifier.accounts.second_factor import Judged, judge

STEP = int(AT.timestamp()) // 30


@pytest.mark.parametrize(
    ("second", "code"),
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (2000000000, "279037")],
)
def test_codes_are_those_of_rfc_6238_appendix_b(second: int, code: str) -> None:
    secret = base64.b32encode(b"12345678901234567890").decode()

    assert judge(secret, code, datetime.fromtimestamp(second, UTC), 0) == (Judged.RIGHT, second // 30)


@pytest.mark.parametrize(
    ("seconds", "judged"),
    [(-60, Judged.WRONG), (-30, Judged.RIGHT), (0, Judged.RIGHT), (30, Judged.RIGHT), (60, Judged.WRONG)],
)
def test_one_step_before_and_after_ours_is_taken(seconds: int, judged: Judged) -> None:
    assert judge(SECRET, code_at(AT + timedelta(seconds=seconds)), AT, 0)[0] is judged


@pytest.mark.parametrize(
    ("last", "judged"),
    [(STEP - 1, Judged.RIGHT), (STEP, Judged.REPLAYED), (STEP + 1, Judged.REPLAYED), (STEP + 10**6, Judged.REPLAYED)],
)
def test_a_code_is_worth_nothing_once_it_or_a_later_one_was_used(last: int, judged: Judged) -> None:
    assert judge(SECRET, code_at(AT), AT, last) == (judged, STEP if judged is Judged.RIGHT else last)


@pytest.mark.parametrize("form", ["{0} ", " {1} {2}", "{1}\u00a0{2}"])
def test_blanks_in_a_code_do_not_matter(form: str) -> None:
    code = code_at(AT)

    assert judge(SECRET, form.format(code, code[:3], code[3:]), AT, 0)[0] is Judged.RIGHT


@pytest.mark.parametrize(
    "code", ["", "12345", "1234567", "１２３４５６", "abcdef", "-12345", "1" * 10**6, "\ud800", "𝟏𝟐𝟑𝟒𝟓𝟔"]
)
def test_what_is_no_code_is_wrong(code: str) -> None:
    assert judge(SECRET, code, AT, 0) == (Judged.WRONG, 0)


def test_the_very_first_step_of_time_has_none_before_it() -> None:
    start = datetime.fromtimestamp(0, UTC)

    assert judge(SECRET, pyotp.TOTP(SECRET).at(30), start, 0) == (Judged.RIGHT, 1)


def test_the_app_is_told_issuer_and_name() -> None:
    told = totp.enrolment(SECRET, "lan.nguyen", "Kiểm tra")

    assert told.uri == f"otpauth://totp/Ki%E1%BB%83m%20tra:lan.nguyen?secret={SECRET}&issuer=Ki%E1%BB%83m%20tra"
    assert SECRET not in repr(told)


def test_each_session_has_a_secret_of_its_own_of_160_bits() -> None:
    one, other = (totp.secret_for(RING, name, None) for name in (b"one", b"other"))

    assert one != other
    assert one == totp.secret_for(RING, b"one", None)
    assert len(base64.b32decode(one)) == 20


def test_recovery_codes_have_80_bits_in_letters_that_cannot_be_confused() -> None:
    codes = totp.new_recovery_codes()

    assert len(set(codes)) == 10
    for code in codes:
        assert len(code.replace("-", "")) * 5 == 80
        assert not set(code) & set("ILOUilou")


@pytest.mark.parametrize(
    "typed",
    ["0123-4567-89AB-CDE1", "0123456789abcde1", " o123 4567 89ab cdeI ", "0l23-4567-89AB-CDEi", "0123–4567—89AB.CDE1"],
)
def test_recovery_codes_may_be_typed_in_many_ways(typed: str) -> None:
    assert totp.plain_recovery_code(typed) == "0123456789ABCDE1"
