from __future__ import annotations

import re
from dataclasses import replace

import pytest

from tests.reports.samples import GAPS, SAMPLES, gap_note, signature, verdict, with_gaps
from verifier.blocks.material import Refusal
from verifier.evidence import GapCode
from verifier.outside.fetch import Failure
from verifier.reports.catalogue import LANGUAGES, MISSING, catalogue, entries, has, needs
from verifier.reports.json_report import from_json, to_json
from verifier.reports.sentences import GapLine, checks, gaps
from verifier.reports.text_report import render_text
from verifier.trust.findings import Rejection
from verifier.verdict import Check, CheckStatus, DocumentVerdict, GapNote

REFUSALS = [*Rejection, *Refusal]
TOLERATED = [
    "ber-encoding",
    "bytes-before-header",
    "certificate-unreadable",
    "field-unreadable",
    "hybrid-xref",
    "strict-reading-failed",
    "trailing-bytes",
    "unsigned-attributes-unreadable",
    "xref-rebuilt",
]
ENGLISH = re.compile(r"(?i)(?<![\w-])(the|is|are|was|not|of|its|it|cannot|and|by|which|that|has|does)(?![\w-])")
"""Words of English that are none of Vietnamese."""
NAMES = re.compile(
    r"(Embassy|Department|Ministry of Foreign Affairs) of [XY]|X Issuing CA|http://\S+|\(UTC\+7\)|\[[^]]*\]|[A-Z]+(_[A-Z]+)+"
)


def line(note: GapNote, lang: str = "vi") -> GapLine:
    (found,) = gaps(replace(with_gaps(), gaps=(note,)), lang)
    return found


@pytest.mark.parametrize("code", GapCode)
def test_every_gap_has_a_text_that_its_params_fill(code: GapCode) -> None:
    assert needs(f"gaps.gap.{code}") == set(GAPS[code]) - {"status", "at"}
    for lang in LANGUAGES:
        said = line(gap_note(code), lang)
        assert said.detail_lang == ""
        assert MISSING not in said.detail
        assert "{" not in said.detail


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("refusal", REFUSALS)
def test_every_refusal_has_a_text(refusal: str, lang: str) -> None:
    assert has(f"gaps.refused.{refusal}")
    assert refusal not in line(gap_note(GapCode.DATA_REFUSED, data=f"crl {refusal}"), lang).detail


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("failure", Failure)
def test_every_failure_to_fetch_has_a_text(failure: Failure, lang: str) -> None:
    assert has(f"gaps.fetch.{failure}")
    said = line(gap_note(GapCode.FETCH_FAILED, failure=failure, port="8080"), lang).detail
    assert lang == "en" or failure not in said
    assert MISSING not in said


def test_no_text_is_left_over() -> None:
    assert set(entries("gaps")) == {"gap", "subject", "refused", "fetch"}
    spoken = {f"gap.{code}" for code in GapCode} | {f"refused.{one}" for one in REFUSALS}
    spoken |= {f"fetch.{one}" for one in Failure} | {
        "gap.one-refused",
        "gap.one-refused-dated",
        "refused.other",
        "fetch.other",
    }
    assert not [code for group, code in _texts() if group != "subject" and f"{group}.{code}" not in spoken]


def _texts() -> list[tuple[str, str]]:
    split = [one.split(".") for one in catalogue().texts if one.startswith("gaps.")]
    return [(group, code) for _, group, code in split]


def test_several_refusals_are_told_one_by_one() -> None:
    said = line(gap_note(GapCode.DATA_REFUSED)).detail
    assert said.endswith(
        "CRL lập lúc 01/11/2026 07:00 UTC+7 (17 ngày trước lúc kiểm tra): "
        "lập sau khi chứng thư hết hạn và không còn theo dõi chứng thư đã hết hạn; "
        "OCSP (chứng thư của bên ký thông tin này bị thu hồi hoặc tạm dừng)"
    )


def test_a_refusal_and_a_failure_of_tomorrow_get_general_words() -> None:
    assert line(gap_note(GapCode.DATA_REFUSED, data="crl new-rule")).detail.endswith("CRL (không dùng được)")
    assert line(gap_note(GapCode.FETCH_FAILED, failure="new")).detail == "đã hỏi http://crl.example/x.crl: không được"


def test_a_gap_without_a_text_shows_the_reason_as_english() -> None:
    said = line(GapNote("revocation", "Embassy of X", "a reason of tomorrow", "of-tomorrow"))
    assert (said.detail, said.detail_lang) == ("a reason of tomorrow", "en")
    assert line(GapNote("revocation", "Embassy of X", "an old reason"), "en").detail_lang == ""


def test_a_root_that_is_not_trusted_was_found_all_the_same() -> None:
    assert line(gap_note(GapCode.ROOT_NOT_ANCHOR, "issuer")).title == "Chứng thư gốc chưa được tin cậy"
    assert line(gap_note(GapCode.ISSUER_UNKNOWN, "issuer")).title == "Không tìm thấy tổ chức cấp"


def test_what_is_no_certificate_is_named_in_words() -> None:
    said = line(gap_note(GapCode.RECORD_ORDER, "set_aside", "evidence record"))
    assert (said.title, said.subject) == ("Chứng cứ không được dùng", "bản ghi chứng cứ")


def test_age_is_told_only_where_it_is_known() -> None:
    said = line(gap_note(GapCode.DATA_STALE), "en").detail
    assert "issued at 1 Nov 2026, 07:00 UTC+7 (17 days before the check)" in said
    assert "before the check" not in line(gap_note(GapCode.DATA_STALE, at="2026-10-01T00:00:00+00:00"), "en").detail
    assert "before the check" not in line(gap_note(GapCode.DATA_STALE, at=""), "en").detail
    undated = line(gap_note(GapCode.DATA_REFUSED, data="crl delta-crl tomorrow"), "en").detail
    assert undated.endswith("CRL (it is a delta, which only lists changes, and no full list that it fits is at hand)")


def test_times_are_written_for_the_reader() -> None:
    assert "01/11/2026 07:00 UTC+7" in line(gap_note(GapCode.DATA_STALE)).detail
    assert "1 Nov 2026, 07:00 UTC+7" in line(gap_note(GapCode.DATA_STALE), "en").detail


def test_a_check_says_why_there_is_no_status() -> None:
    params = {"certificate": "Embassy of X", "status": "unknown", "detail": "crl: delta crl", "code": "data-refused"}
    one = signature(checks=(Check("XCV_REVOCATION", CheckStatus.FAILED, "", {**params, "data": "crl delta-crl"}),))
    assert "danh sách delta" in checks(one, "vi")[0].text
    assert checks(one, "en")[0].text.startswith("Whether certificate Embassy of X was revoked is not known: ")


@pytest.mark.parametrize("code", ["KEY_USAGE", "TIMESTAMP_USAGE"])
def test_a_check_says_why_the_key_may_not_be_used_so(code: str) -> None:
    params = {"certificate": "Embassy of X", "code": code, "detail": "in English"}
    said = checks(signature(checks=(Check("XCV_KEY_USAGE", CheckStatus.FAILED, "", params),)), "vi")[0].text
    assert "in English" not in said
    assert code not in said


@pytest.mark.parametrize("code", TOLERATED)
def test_every_tolerated_defect_has_a_text(code: str) -> None:
    assert has(f"words.tolerated.{code}")


def test_gaps_survive_the_json() -> None:
    sample = SAMPLES["every-gap"]
    data = to_json(sample, "a.pdf")
    assert from_json(data) == sample
    (first, *_) = data["gaps"] if isinstance(data["gaps"], list) else []
    assert list(first) == ["kind", "subject", "reason", "code", "params"]


def test_reports_from_before_the_codes_are_still_read() -> None:
    data = to_json(SAMPLES["gaps"], "a.pdf")
    data["gaps"] = [{"kind": "revocation", "subject": "X", "reason": "no data"}]
    again = from_json(data)
    assert isinstance(again, DocumentVerdict)
    assert again.gaps == (GapNote("revocation", "X", "no data"),)


@pytest.mark.parametrize("name", SAMPLES)
def test_vietnamese_reports_hold_no_english_sentence(name: str) -> None:
    sample = SAMPLES[name]
    spoken = render_text(sample, "a.pdf").split("\n\n")
    # the headline stands in both languages: title, Vietnamese, English, then the facts
    facts = NAMES.sub("", "\n".join(spoken[:2] + spoken[3:]))
    assert [one for one in facts.splitlines() if ENGLISH.search(one)] == []


def test_the_guard_against_english_finds_some() -> None:
    foreign = replace(verdict(signature()), gaps=(GapNote("revocation", "X", "the issuer is not known"),))
    assert ENGLISH.search(render_text(foreign, "a.pdf").split("\n\n", 3)[3])
