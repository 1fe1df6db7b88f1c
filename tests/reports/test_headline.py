from __future__ import annotations

from dataclasses import replace

import pytest

from tests.reports import samples
from tests.reports.samples import CHANGES, FAILED_SUBS, SAMPLES, signature, two_signatures, verdict
from verifier.reports.catalogue import has
from verifier.reports.findings import State, change_level
from verifier.reports.headline import Headline, headline
from verifier.verdict import (
    Changes,
    Check,
    CheckStatus,
    Conclusion,
    Coverage,
    DocumentVerdict,
    Indication,
    SubIndication,
)

NOT_FORGERY = {"vi": "Đây chưa phải là dấu hiệu giả mạo.", "en": "This is not a sign of forgery."}
SILENT = {
    SubIndication.CRYPTO_CONSTRAINTS_FAILURE,
    SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE,
    SubIndication.NO_POE,
    SubIndication.REVOKED_CA_NO_POE,
}


def of(name: str, lang: str = "vi") -> Headline:
    return headline(SAMPLES[name], lang)


def test_valid_needs_a_recognised_authority() -> None:
    said = of("authority-recognised")
    assert (said.word, said.state) == ("Hợp lệ", State.VALID)
    assert "Embassy of X in Ha Noi" in said.sentence
    assert "02/10/2026 09:16 giờ Hà Nội (UTC+7)" in said.sentence


def test_without_a_register_it_is_valid_as_to_the_signature() -> None:
    assert of("passed").word == "Hợp lệ về chữ ký"
    assert "thẩm quyền của người ký chưa được xem xét" in of("passed").sentence


def test_an_asked_register_that_gave_no_answer_leaves_no_green() -> None:
    said = headline(SAMPLES["passed"], "vi", authorities_asked=True)
    assert (said.word, said.state) == ("Chưa đủ căn cứ", State.UNKNOWN)


@pytest.mark.parametrize("status", ["not_competent", "withdrawn", "unknown", "not_notified", "surprise"])
def test_no_green_where_the_authority_is_not_recognised(status: str) -> None:
    said = headline(samples.with_authority(status), "vi", authorities_asked=True)
    assert said.state is State.UNKNOWN
    assert said.sentence.startswith("Chữ ký đúng và tài liệu còn nguyên vẹn, nhưng ")


def test_one_signer_who_is_not_recognised_is_enough_and_is_named() -> None:
    both = two_signatures()
    first = replace(both.signatures[0], authority=replace(both.signatures[0].authority, status="recognised"))
    second = replace(both.signatures[1], authority=replace(both.signatures[1].authority, status="unknown"))
    said = headline(replace(both, signatures=(first, second, both.signatures[2])), "vi")
    assert said.state is State.UNKNOWN
    assert "Chữ ký 2" in said.sentence


def test_claimed_and_proven_times_are_different_words() -> None:
    assert "được chứng minh" in of("passed").sentence
    assert "do người ký khai" in of("passed-without-timestamp").sentence
    assert "được chứng minh" not in of("passed-without-timestamp").sentence


@pytest.mark.parametrize("sub", SubIndication)
@pytest.mark.parametrize("lang", ["vi", "en"])
def test_each_sub_indication_has_its_word_sentence_and_bracket(sub: SubIndication, lang: str) -> None:
    said = of(f"sub-{sub.value}", lang)
    failed = sub in FAILED_SUBS
    assert said.state is (State.INVALID if failed else State.UNKNOWN)
    assert (
        said.word
        == {
            "vi": "Không hợp lệ" if failed else "Chưa đủ căn cứ",
            "en": "Not valid" if failed else "Not enough grounds",
        }[lang]
    )
    assert said.bracket == ("" if failed or sub in SILENT else NOT_FORGERY[lang])
    assert "—" not in said.sentence + said.next_step
    assert sub.value not in said.sentence


@pytest.mark.parametrize("change_class", CHANGES)
def test_each_change_class_has_its_word(change_class: str) -> None:
    sample = samples.with_change(change_class)
    said = headline(sample, "vi")
    held_back = CHANGES[change_class][0] is Changes.SUSPICIOUS or change_class in ("stamped_between", "remnants")
    assert said.state is (State.UNKNOWN if held_back else State.VALID)
    assert said.bracket == ""


def test_a_permitted_change_is_named_in_the_sentence() -> None:
    assert "(Điền biểu mẫu)" in of("change-form_filled").sentence


def test_a_suspicious_change_is_said_before_what_else_is_missing() -> None:
    sample = samples.with_sub_indication(SubIndication.NO_CERTIFICATE_CHAIN_FOUND)
    one = sample.signatures[0]
    changed = samples.with_change("overlay").signatures[0]
    both = replace(one, changes=changed.changes, integrity=changed.integrity)
    said = headline(replace(sample, signatures=(both,)), "vi")
    assert said.sentence.index("Lớp che phủ") < said.sentence.index("gốc tin cậy")
    assert said.bracket == ""


def test_a_change_that_the_judge_fails_is_invalid() -> None:
    sample = replace(samples.with_change("overlay"), conclusion=Conclusion.TOTAL_FAILED)
    said = headline(sample, "vi")
    assert said.state is State.INVALID
    assert "Lớp che phủ" in said.sentence


def test_the_worst_of_several_signatures_wins_and_is_named() -> None:
    assert of("second-signature-failed").sentence.startswith("Chữ ký 2: ")
    assert "Chữ ký 2 chưa đủ căn cứ vì " in of("second-signature-undecided").sentence
    assert of("passed-two-signatures").state is State.VALID


def test_signatures_with_the_same_fault_are_named_together() -> None:
    bad = samples.spoiled_signature(SubIndication.HASH_FAILURE)
    said = headline(verdict(bad, replace(bad, id="sig-2")), "vi")
    assert said.sentence.startswith("Chữ ký 1, 2: ")


def test_an_undecided_time_stamp_alone_does_not_hold_back() -> None:
    sample = two_signatures()
    stamp = replace(
        sample.signatures[2],
        indication=Conclusion.INDETERMINATE,
        sub_indication=SubIndication.NO_CERTIFICATE_CHAIN_FOUND,
    )
    assert headline(replace(sample, signatures=(*sample.signatures[:2], stamp)), "vi").state is State.VALID


def test_a_broken_time_stamp_is_named() -> None:
    sample = two_signatures()
    stamp = replace(sample.signatures[2], indication=Conclusion.TOTAL_FAILED, sub_indication=SubIndication.HASH_FAILURE)
    held = replace(sample, signatures=(*sample.signatures[:2], stamp), conclusion=Conclusion.INDETERMINATE)
    assert "Dấu thời gian 3" in headline(held, "vi").sentence


def test_a_partial_coverage_is_said() -> None:
    one = signature()
    part = replace(one, integrity=replace(one.integrity, coverage=Coverage.CONTIGUOUS_FROM_START))
    said = headline(verdict(part, conclusion=Conclusion.INDETERMINATE), "vi")
    assert "chỉ bao trùm một phần" in said.sentence
    assert said.bracket == ""


def test_an_undecided_verdict_without_a_reason_is_still_undecided() -> None:
    bare = signature(indication=Conclusion.INDETERMINATE, processes=samples.processes(Indication.INDETERMINATE))
    assert headline(verdict(bare), "vi").state is State.UNKNOWN


def test_remnants_beside_a_sound_signature_hold_back() -> None:
    said = headline(verdict(signature(), signature_remnants=1), "vi")
    assert (said.state, said.bracket) == (State.UNKNOWN, "")
    assert "dấu vết của 1 chữ ký" in said.sentence


def test_no_signature_is_no_conclusion() -> None:
    assert of("no-signature").state is State.UNSIGNED
    assert "không phải là chữ ký số" in of("no-signature").sentence
    assert "dấu vết của 2 chữ ký đã bị gỡ" in of("remnants").sentence
    assert "chỉ có dấu thời gian" in of("timestamp-only").sentence


@pytest.mark.parametrize("name", [name for name in SAMPLES if name.startswith(("not-judged", "not-a-pdf"))])
def test_what_was_not_judged_says_nothing_about_the_document(name: str) -> None:
    said = of(name)
    assert (said.word, said.state) == ("Chưa kiểm tra được", State.UNCHECKED)
    assert said.bracket == "Kết quả này không nói gì về tài liệu."
    assert "—" not in said.sentence + said.next_step


@pytest.mark.parametrize("kind", ["scan", "docx", "xml", "zip"])
def test_each_kind_of_file_gets_its_own_advice(kind: str) -> None:
    said = of(f"not-a-pdf-{kind}")
    others = {of(f"not-a-pdf-{other}").next_step for other in ("scan", "docx", "xml", "zip") if other != kind}
    assert said.next_step not in others


def test_an_unknown_problem_gets_general_words_with_its_code() -> None:
    assert "(sun-storm)" in headline(samples.not_judged("sun-storm"), "vi").sentence


def test_missing_revocation_data_is_not_told_as_a_broken_path() -> None:
    check = Check(
        "XCV_REVOCATION",
        CheckStatus.FAILED,
        "EN 319 102-1 5.2.6 step 4",
        {"certificate": "Embassy of X", "status": "unknown", "detail": "no CRL or OCSP response at hand"},
    )
    one = samples.spoiled_signature(SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE, checks=(check,))
    assert "chưa có thông tin thu hồi dùng được" in headline(verdict(one), "vi").sentence
    span = {"certificate": "Embassy of X", "from": "2021-01-01T00:00:00Z", "until": "2023-01-01T00:00:00Z"}
    expired = Check("XCV_VALIDITY", CheckStatus.FAILED, "EN 319 102-1 5.2.6 step 7", span)
    said = headline(verdict(replace(one, checks=(check, expired))), "vi")
    assert "ngoài thời hạn (01/01/2021" in said.sentence
    assert "dấu thời gian" in said.next_step


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("lang", ["vi", "en"])
def test_no_sample_leaves_a_placeholder_or_hidden_character(name: str, lang: str) -> None:
    said = headline(SAMPLES[name], lang)
    everything = said.word + said.sentence + said.next_step + said.bracket
    assert "{" not in everything
    assert "\u202e" not in everything
    assert "\x1b" not in everything


def test_a_suspicious_level_overrides_a_mild_class_and_a_permitted_one_a_grave_class() -> None:
    filled = samples.with_change("form_filled").signatures[0].changes[0]
    overlay = samples.with_change("overlay").signatures[0].changes[0]
    assert change_level(replace(filled, level=Changes.SUSPICIOUS)) == "forbidden"
    assert change_level(replace(overlay, level=Changes.PERMITTED)) == "look"
    assert change_level(replace(overlay, level=Changes.LTA_UPDATES)) == "allowed"


def test_the_samples_cover_every_text_of_the_five_words() -> None:
    assert all(has(f"headlines.word.{word}") for word in ("valid", "invalid", "unknown", "unchecked", "unsigned"))
    assert isinstance(SAMPLES["passed"], DocumentVerdict)
