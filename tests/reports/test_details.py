from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any

import pytest

from tests.reports import samples
from tests.reports.samples import CHANGES, SAMPLES, signature, spoiled_signature, two_signatures, verdict
from tests.reports.test_catalogue import CHECK_CODES
from verifier.errors import Problem
from verifier.reports.findings import State
from verifier.reports.sentences import (
    changes,
    checks,
    checks_summary,
    circular_15,
    evidence,
    explanation,
    gaps,
    problem_text,
    signature_card,
    timeline,
    tolerated,
)
from verifier.verdict import Algorithms, Check, CheckStatus, DocumentVerdict, Indication, Signer, SubIndication

JUDGED = {name: sample for name, sample in SAMPLES.items() if isinstance(sample, DocumentVerdict)}


def strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, tuple):
        return [one for each in value for one in strings(each)]
    if is_dataclass(value):
        return [one for each in fields(value) for one in strings(getattr(value, each.name))]
    return []


def line(code: str, result: CheckStatus, lang: str = "vi", /, **params: str) -> str:
    one = signature(checks=(Check(code, result, "EN 319 102-1 5.2", params),))
    return checks(one, lang)[0].text


@pytest.mark.parametrize("name", JUDGED)
@pytest.mark.parametrize("lang", ["vi", "en"])
def test_all_that_is_printed_is_complete_and_visible(name: str, lang: str) -> None:
    sample = JUDGED[name]
    cards = tuple(signature_card(sample, one, lang) for one in sample.signatures)
    printed = strings((cards, timeline(sample, lang), gaps(sample, lang), evidence(sample, lang)))
    for hidden in ("\u202e", "\x1b", "\u200b", "{changes}", "{certificate}"):
        assert not any(hidden in one for one in printed)


def test_failed_and_warning_checks_come_first() -> None:
    mixed = (*samples.sound_checks()[:2], Check("TS_ORDER", CheckStatus.NOT_RUN, ""))
    held = (
        Check("FC_WARNING", CheckStatus.WARNING, "", {"code": "WEAK_SUBFILTER"}),
        Check("TS_DELAY", CheckStatus.FAILED, ""),
    )
    one = signature(checks=(*mixed, *held))
    assert [each.code for each in checks(one, "vi")] == [
        "TS_DELAY",
        "FC_WARNING",
        "FC_PROCESSABLE",
        "FC_COVERAGE",
        "TS_ORDER",
    ]
    assert checks_summary(one, "vi") == "1 chưa đạt, 1 cảnh báo, 2 đạt, 1 không xét"
    assert checks_summary(one, "en") == "1 not met, 1 warnings, 2 met, 1 not run"


@pytest.mark.parametrize("code", CHECK_CODES)
@pytest.mark.parametrize("status", CheckStatus)
def test_every_check_has_a_sentence_for_every_status(code: str, status: CheckStatus) -> None:
    assert line(code, status).endswith(".")
    assert line(code, status, "en").endswith(".")


def test_an_unknown_check_still_has_a_sentence() -> None:
    assert line("TOMORROW", CheckStatus.FAILED, "en", detail="new rule") == "Not met: new rule."
    assert line("TOMORROW", CheckStatus.FAILED, detail="new rule") == "Chưa đạt: chi tiết chưa có bản tiếng Việt."


def test_a_revocation_says_when_and_why() -> None:
    said = line(
        "XCV_REVOCATION",
        CheckStatus.FAILED,
        certificate="Embassy of X",
        status="revoked",
        revoked_at="2026-10-20T00:00:00Z",
        reason="keyCompromise",
        source="CRL",
    )
    assert said == "Chứng thư số Embassy of X bị thu hồi lúc 20/10/2026 07:00 UTC+7, lý do: lộ khóa bí mật (theo CRL)."


def test_missing_revocation_data_is_not_told_as_a_revocation() -> None:
    said = line("XCV_REVOCATION", CheckStatus.FAILED, certificate="Embassy of X", status="unknown")
    assert said == "Chưa có thông tin thu hồi dùng được cho chứng thư số Embassy of X."


def test_a_best_time_that_nothing_proves_is_said_so() -> None:
    assert line("LTV_BEST_SIGNATURE_TIME", CheckStatus.OK, time="2026-11-18T07:03:00Z", kind="current").startswith(
        "Chưa có bằng chứng"
    )
    assert "được chứng minh" in line("LTV_BEST_SIGNATURE_TIME", CheckStatus.OK, time="2026-10-02T02:16:00Z")


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"algorithm": "sha1", "until": "2012-08-01", "object": "digest of the signed data"},
         "SHA-1 dùng cho mã băm của dữ liệu được ký hết an toàn từ 01/08/2012."),
        ({"algorithm": "rsassa_pkcs1v15/sha256", "key_bits": "1024", "object": "certificate of X CA"},
         "RSA (PKCS#1 v1.5) 1024 bit, SHA-256 dùng cho chứng thư số của X CA hết an toàn ở mọi thời điểm, theo chính"),
        ({"algorithm": "1.2.3", "key_bits": "0", "object": "something new", "until": "soon"},
         "1.2.3 dùng cho something new hết an toàn từ soon."),
    ],
)  # fmt: skip
def test_weak_algorithms_are_named_in_words(params: dict[str, str], said: str) -> None:
    assert line("SAV_ALGORITHMS", CheckStatus.FAILED, **params).startswith(said)


def test_classes_of_changes_in_a_check_are_named_in_words() -> None:
    said = line("CHANGES_SUSPICIOUS", CheckStatus.FAILED, changes="overlay, content_changed")
    assert said.endswith("Lớp che phủ, Nội dung trang bị sửa.")


@pytest.mark.parametrize("change_class", CHANGES)
def test_every_change_says_what_it_means_and_what_to_do(change_class: str) -> None:
    (said,) = changes(samples.with_change(change_class).signatures[0], "vi")
    assert said.revision == 2
    assert all((said.title, said.found, said.means, said.do, said.level_word))
    assert "—" not in said.found


def test_a_filled_field_says_from_what_to_what() -> None:
    (said,) = changes(samples.with_change("form_filled").signatures[0], "vi")
    assert said.found == 'Trường "Số tiền" đổi từ "1.000" thành "9.000".'


@pytest.mark.parametrize("change_class", CHANGES)
def test_a_change_without_particulars_has_a_shorter_sentence(change_class: str) -> None:
    one = samples.with_change(change_class).signatures[0]
    (said,) = changes(replace(one, changes=(replace(one.changes[0], params={}),)), "vi")
    assert "—" not in said.found.replace('"—"', "" if change_class == "form_filled" else "—")


def test_a_field_that_was_empty_says_so() -> None:
    one = samples.with_change("form_filled").signatures[0]
    filled = replace(one.changes[0], params={"field": "Số", "old": "", "new": "12"})
    (said,) = changes(replace(one, changes=(filled,)), "vi")
    assert said.found == 'Trường "Số" đổi từ "(trống)" thành "12".'


@pytest.mark.parametrize("sub", SubIndication)
@pytest.mark.parametrize("lang", ["vi", "en"])
def test_every_sub_indication_is_explained_without_a_gap(sub: SubIndication, lang: str) -> None:
    said = explanation(spoiled_signature(sub), lang)
    assert said is not None
    assert said.code == sub.value
    assert all("—" not in text for text in (said.found, said.means, said.do, said.applicant))


def test_a_sound_signature_needs_no_explanation() -> None:
    assert explanation(signature(), "vi") is None


def test_the_facts_of_circular_15() -> None:
    first, second = circular_15(two_signatures(), "vi")
    assert [fact.label for fact in first.rows] == [
        "Kết quả",
        "Người ký",
        "Thời gian ký (người ký khai)",
        "Thời gian ký được chứng minh (không muộn hơn)",
        "Tính toàn vẹn",
    ]
    assert first.rows[0].text == "Hợp lệ"
    assert first.rows[1].text == "Embassy of X"
    assert (first.rows[2].text, first.rows[2].iso) == ("02/10/2026 09:15 giờ Hà Nội (UTC+7)", "2026-10-02T02:15:00Z")
    assert first.rows[3].iso == "2026-10-02T02:16:00Z"
    assert first.rows[4].text.startswith("Có bổ sung được phép")
    assert second.which == "Chữ ký 2"


def test_a_best_time_that_is_only_the_check_itself_is_not_proven() -> None:
    sample = SAMPLES["passed-without-timestamp"]
    assert isinstance(sample, DocumentVerdict)
    facts = circular_15(sample, "vi")[0].rows
    assert facts[3].text == "chưa được chứng minh"
    assert facts[3].iso == ""


def test_the_card_of_a_signature() -> None:
    sample = two_signatures(SubIndication.REVOKED_NO_POE)
    card = signature_card(sample, sample.signatures[1], "vi")
    assert (card.number, card.title, card.state, card.word) == (2, "Chữ ký 2", State.UNKNOWN, "Chưa đủ căn cứ")
    assert card.signer == "Department of Y"
    assert card.authority == "Không xét"
    assert card.explanation is not None
    assert [process.code for process in card.processes] == ["INDETERMINATE / REVOKED_NO_POE"] * 3
    assert card.widget is not None


def test_the_card_names_the_authority_as_registered() -> None:
    sample = samples.with_authority("recognised")
    assert signature_card(sample, sample.signatures[0], "vi").authority == "Embassy of X in Ha Noi"


def test_a_signature_that_could_not_be_processed_has_a_card_all_the_same() -> None:
    empty = Signer("", "", "", "", "", "")
    one = spoiled_signature(
        SubIndication.FORMAT_FAILURE, signer=empty, algorithms=Algorithms("", "", 0), timestamps=(), level="NOT-ETSI"
    )
    card = signature_card(verdict(one), one, "vi")
    assert card.signer == "chưa xác định được"
    assert "định dạng ngoài chuẩn" in card.level


def test_the_timeline_goes_by_revisions() -> None:
    entries = timeline(two_signatures(), "vi")
    assert [(each.revision, each.kind) for each in entries] == [
        (1, "revision"),
        (1, "signature"),
        (1, "timestamp"),
        (2, "signature"),
        (2, "timestamp"),
        (3, "revision"),
        (4, "document_timestamp"),
    ]
    assert [each.time_kind for each in entries] == ["", "claimed", "proven", "claimed", "proven", "", "proven"]
    assert entries[5].detail == "bổ sung dữ liệu kiểm tra"


def test_a_signature_of_an_unlisted_revision_stays_in_the_timeline() -> None:
    sample = verdict(signature(integrity=replace(signature().integrity, revision=9)))
    assert (9, "signature") in [(each.revision, each.kind) for each in timeline(sample, "vi")]


def test_a_stamp_that_was_not_accepted_proves_nothing_in_the_timeline() -> None:
    bad = samples.timestamp(indication=Indication.INDETERMINATE, sub_indication=SubIndication.NO_POE)
    entry = timeline(verdict(signature(timestamps=(bad,))), "vi")[-1]
    assert (entry.kind, entry.time_kind, entry.state) == ("timestamp", "stated", State.UNKNOWN)


def test_gaps_and_tolerated_defects_are_said() -> None:
    sample = samples.with_gaps()
    assert gaps(sample, "vi")[0].title == "Thiếu thông tin thu hồi"
    assert len(gaps(sample, "en")) == 5
    assert tolerated(replace(sample, tolerated=("hybrid-xref", "NEW")), "en") == (
        "the file uses a hybrid cross-reference table",
        "NEW",
    )


def test_the_evidence_names_what_a_replay_needs() -> None:
    facts = evidence(samples.with_gaps(), "en")
    assert [fact.text for fact in facts[:4]] == [samples.DOCUMENT, samples.SNAPSHOT, samples.POLICY, "0.1.0"]
    assert facts[4].iso == "2026-11-18T07:03:00Z"


def test_a_problem_in_words() -> None:
    said = problem_text(Problem("too-large", "", {"limit": "100"}), "vi")
    assert said.detail == "Tệp lớn hơn giới hạn (100 MB)."
    assert problem_text(Problem("busy"), "en").do == "Try again in 60 seconds."
