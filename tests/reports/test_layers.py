from __future__ import annotations

from dataclasses import replace

import pytest

from tests.reports import samples
from tests.reports.samples import SAMPLES, two_signatures, verdict
from verifier.reports.findings import State
from verifier.reports.layers import Layer, layers
from verifier.verdict import Changes, Check, CheckStatus, Coverage, SubIndication


def rows(name: str, lang: str = "vi") -> tuple[Layer, ...]:
    return layers(SAMPLES[name], lang)


@pytest.mark.parametrize("name", SAMPLES)
def test_there_are_three_rows_in_order_or_none(name: str) -> None:
    found = rows(name)
    assert [row.number for row in found] in ([1, 2, 3], [])
    assert [row.name for row in found] in (["Toàn vẹn", "Chữ ký", "Thẩm quyền"], [])
    assert all(row.word and row.reason for row in found)
    assert all("{" not in row.reason for row in found)


@pytest.mark.parametrize("name", ["no-signature", "remnants", "timestamp-only", "not-judged-empty-file"])
def test_what_is_not_signed_or_not_judged_has_no_rows(name: str) -> None:
    assert rows(name) == ()


def test_a_sound_signature_says_what_it_covers_and_how_old_its_status_is() -> None:
    integrity, signature, authority = rows("passed")
    assert (integrity.word, integrity.state) == ("Còn nguyên vẹn", State.VALID)
    assert integrity.reason == "chữ ký bao trùm toàn bộ tệp"
    assert signature.word == "Hợp lệ"
    expected = "chưa bị thu hồi, theo OCSP lập lúc 18/11/2026 13:58 UTC+7 (5 phút trước lúc kiểm tra)"
    assert signature.reason == expected
    assert (authority.word, authority.state) == ("Không xét", State.UNCHECKED)


def test_the_status_of_another_certificate_is_not_shown_for_the_signer() -> None:
    one = samples.signature()
    other = Check("XCV_REVOCATION", CheckStatus.OK, "", {"certificate": "X CA", "this_update": "2026-01-01T00:00:00Z"})
    checks = tuple(check for check in one.checks if check.code != "XCV_REVOCATION")
    said = layers(verdict(replace(one, checks=(*checks, other))), "vi")[1]
    assert said.reason == "mọi kiểm tra đều đạt"


@pytest.mark.parametrize(
    ("name", "word", "state"),
    [
        ("change-lta_updates", "Có bổ sung được phép", State.VALID),
        ("change-form_filled", "Có bổ sung được phép", State.VALID),
        ("change-metadata", "Có thay đổi cần xem", State.INFO),
        ("change-stamped_between", "Có thay đổi cần xem", State.UNKNOWN),
        ("change-font_changed", "Có thay đổi cần xem", State.UNKNOWN),
        ("change-overlay", "Đã bị thay đổi", State.INVALID),
        ("change-docmdp_violated", "Đã bị thay đổi", State.INVALID),
        ("sub-HASH_FAILURE", "Đã bị thay đổi", State.INVALID),
        ("sub-FORMAT_FAILURE", "Không rõ phạm vi ký", State.UNKNOWN),
        ("sub-SIG_CRYPTO_FAILURE", "Không rõ phạm vi ký", State.UNKNOWN),
        ("sub-NO_SIGNING_CERTIFICATE_FOUND", "Không rõ phạm vi ký", State.UNKNOWN),
        ("sub-REVOKED_NO_POE", "Còn nguyên vẹn", State.VALID),
        ("second-signature-failed", "Đã bị thay đổi", State.INVALID),
    ],
)
def test_the_word_of_layer_1(name: str, word: str, state: State) -> None:
    assert (rows(name)[0].word, rows(name)[0].state) == (word, state)


def test_a_weak_algorithm_leaves_integrity_told() -> None:
    integrity, signature, _ = rows("sub-CRYPTO_CONSTRAINTS_FAILURE")
    assert (integrity.word, signature.word) == ("Còn nguyên vẹn", "Chưa đủ căn cứ")


def test_layer_2_keeps_its_word_where_layer_3_holds_back() -> None:
    said = rows("authority-not_notified")
    assert [row.word for row in said[1:]] == ["Hợp lệ", "Chưa được thông báo qua đường ngoại giao"]
    assert said[2].state is State.UNKNOWN


def test_layer_2_keeps_its_word_where_changes_hold_back() -> None:
    assert rows("change-overlay")[1].word == "Hợp lệ"


def test_remnants_show_in_layer_1() -> None:
    said = layers(verdict(samples.signature(), signature_remnants=3), "vi")[0]
    assert (said.word, said.state) == ("Có thay đổi cần xem", State.UNKNOWN)
    assert "3 chữ ký đã bị gỡ" in said.reason


def test_the_rows_of_one_signature_are_its_own() -> None:
    sample = two_signatures(SubIndication.HASH_FAILURE)
    first, second = (layers(sample, "vi", signature=one) for one in sample.signatures[:2])
    assert (first[1].word, second[1].word) == ("Hợp lệ", "Không hợp lệ")
    assert second[0].reason == "nội dung không khớp với nội dung đã ký"


def test_the_rows_of_the_file_name_the_signature() -> None:
    assert rows("second-signature-failed")[0].reason.startswith("Chữ ký 2: ")


def test_suspicious_without_a_named_change_is_to_be_looked_at() -> None:
    one = samples.signature()
    held = replace(one, integrity=replace(one.integrity, changes=Changes.SUSPICIOUS))
    assert layers(verdict(held), "vi")[0].word == "Có thay đổi cần xem"


def test_partial_coverage_is_said() -> None:
    one = samples.signature()
    part = replace(one, integrity=replace(one.integrity, coverage=Coverage.CONTIGUOUS_FROM_START))
    assert "chỉ một phần" in layers(verdict(part), "vi")[0].reason
