from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.reports.samples import on_hold, spoiled_signature, verdict
from verifier.reports.sentences import headline, signature_card
from verifier.reports.text_report import render_text
from verifier.verdict import DocumentVerdict, SubIndication

DUE = datetime(2026, 11, 19, 5, 30, tzinfo=UTC)


def waiting(again: datetime | None) -> DocumentVerdict:
    return verdict(replace(spoiled_signature(SubIndication.TRY_LATER), try_again_at=again), try_again_at=again)


@pytest.mark.parametrize(
    ("lang", "step"),
    [("vi", "Kiểm tra lại sau 19/11/2026 12:30 UTC+7."), ("en", "Check again after 19 Nov 2026, 12:30 UTC+7.")],
)
def test_the_next_step_says_when(lang: str, step: str) -> None:
    assert headline(waiting(DUE), lang).next_step == step


@pytest.mark.parametrize(
    ("lang", "step"),
    [("vi", "Kiểm tra lại khi có thông tin thu hồi mới."), ("en", "Check again when there is new revocation data.")],
)
def test_where_nobody_knows_when_no_time_is_invented(lang: str, step: str) -> None:
    assert headline(waiting(None), lang).next_step == step


def test_the_card_and_the_text_report_say_when() -> None:
    sample = waiting(DUE)
    card = signature_card(sample, sample.signatures[0], "vi")
    assert card.again is not None
    assert (card.again.label, card.again.iso) == ("Kiểm tra lại sau", "2026-11-19T05:30:00Z")
    assert "Kiểm tra lại sau: 19/11/2026 12:30 giờ Hà Nội (UTC+7)" in render_text(sample, "a.pdf")
    assert signature_card(waiting(None), waiting(None).signatures[0], "vi").again is None


def test_a_certificate_on_hold_is_not_called_stale() -> None:
    said = headline(on_hold(), "en")
    assert "the certificate of X Issuing CA is suspended" in said.sentence
    assert "fresh" not in said.sentence
    assert said.next_step.startswith("Check again after 19 Nov 2026, 07:00 UTC+7")
    assert "tạm dừng" in headline(on_hold(), "vi").sentence
