"""What the answers tell beside the fee of authorities at home."""

from datetime import date

import pytest

from verifier.law import telling
from verifier.law.answers import FeeAsk
from verifier.law.book import law_book

LAW = law_book().at(date(2026, 11, 23))


@pytest.mark.parametrize(
    ("procedure", "ask", "prices"),
    [
        ("certified-copy", FeeAsk(pages=(3,)), {"mission-copy": (1000, "USD")}),
        ("signature-certification", FeeAsk(), {"mission-signature": (1000, "USD")}),
        ("consular-legalization", FeeAsk(documents=1), {}),
    ],
)
def test_a_fee_tells_what_missions_charge(procedure: str, ask: FeeAsk, prices: dict[str, tuple[int, str]]) -> None:
    abroad = telling.fee(LAW, procedure, ask)["abroad"]

    assert {one["id"]: (one["amount_minor"], one["currency"]) for one in abroad["prices"]} == prices
    assert "không hoàn trả lại" in abroad["refund"]
    assert {one["id"] for one in abroad["exemptions"]} > {"mission-guests", "mission-merit"}


def test_missions_charge_nothing_for_what_they_do_not_do() -> None:
    assert telling.fee(LAW, "apostille", FeeAsk(documents=1))["abroad"] is None
