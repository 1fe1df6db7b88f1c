from __future__ import annotations

import pytest

from tests.reports.samples import HOSTILE, SAMPLES, not_judged
from verifier.plain import is_hidden
from verifier.reports.text_report import render_text


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("lang", ["vi", "en"])
def test_nothing_in_a_report_steers_the_terminal(name: str, lang: str) -> None:
    report = render_text(SAMPLES[name], HOSTILE + "\n[+] Hợp lệ", lang)
    assert not [one for one in report if is_hidden(one) and one != "\n"]
    assert "\n[+] Hợp lệ\n" not in report.split("⟩", 1)[0]
    assert report.endswith("\n")


def test_both_languages_say_the_headline() -> None:
    report = render_text(SAMPLES["sub-HASH_FAILURE"], "a.pdf")
    assert "[x] Không hợp lệ" in report
    assert "[x] Not valid" in report
    assert report.index("Không hợp lệ") < report.index("Not valid")
    assert render_text(SAMPLES["sub-HASH_FAILURE"], "a.pdf", "en").index("[x] Not valid") < 200


def test_a_file_that_was_not_judged_has_its_code_and_particulars() -> None:
    report = render_text(not_judged("pdf-unreadable", "no trailer\x07"), "a.pdf", "en")
    assert "pdf-unreadable" in report
    assert "no trailer⟨U+0007⟩" in report


def test_particulars_in_english_are_not_put_before_a_reader_of_vietnamese() -> None:
    report = render_text(not_judged("pdf-unreadable", "no trailer"), "a.pdf", "vi")
    assert "no trailer" not in report
    assert report.endswith("Mã: pdf-unreadable\n")


def test_changes_say_what_to_do() -> None:
    report = render_text(SAMPLES["change-overlay"], "a.pdf")
    assert "Có lớp che phủ lên nội dung đã ký ở trang 2." in report
