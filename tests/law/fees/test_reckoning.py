"""Fees are reckoned by count and price, line by line; what does not fit is refused and never ignored."""

from __future__ import annotations

from collections import Counter
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.law.fees.made import FEES, MOST, TODAY, procedure, reckoned
from verifier.law.answers import FeeAsk
from verifier.law.records import NoAnswer

COPIES = ("certified-copy", "certified-ecopy")
PAPERS = ("consular-certification", "consular-legalization", "apostille")
SINCE = {
    "certified-copy": date(2017, 1, 1),
    "certified-ecopy": date(2020, 5, 22),
    "signature-certification": date(2017, 1, 1),
    "consular-certification": date(2026, 1, 1),
    "consular-legalization": date(2026, 1, 1),
    "apostille": date(2026, 9, 11),
}
pages = st.integers(1, 100_000)
originals = st.lists(st.integers(1, 400), min_size=1, max_size=8)
few = st.integers(1, 50)


def copy_fee(*counts: int, copies: int | None = None, id_: str = "certified-copy") -> int:
    return reckoned(id_, FeeAsk(pages=counts, copies=copies)).amount_vnd


@pytest.mark.parametrize(
    ("count", "amount"),
    [(1, 2000), (2, 4000), (3, 5000), (197, 199_000), (198, 200_000), (199, 200_000), (500, 200_000)],
)
def test_one_copy_costs_what_the_circular_says(count: int, amount: int) -> None:
    assert copy_fee(count) == copy_fee(count, id_="certified-ecopy") == amount


@pytest.mark.parametrize(
    ("count", "lines"),
    [
        (2, [("copy-first-pages", 2)]),
        (3, [("copy-first-pages", 2), ("copy-later-pages", 1)]),
        (198, [("copy-first-pages", 2), ("copy-later-pages", 196)]),
        (199, [("copy-most", 1)]),
    ],
)
def test_a_copy_is_reckoned_by_pages_until_the_most_binds(count: int, lines: list[tuple[str, int]]) -> None:
    assert [(one.id, one.count) for one in reckoned("certified-copy", FeeAsk(pages=(count,))).lines] == lines


@given(pages)
def test_one_copy_follows_the_formula(count: int) -> None:
    assert copy_fee(count) == min(MOST, 2000 * min(count, 2) + 1000 * max(0, count - 2))


@given(pages, st.integers(0, 1000))
def test_more_pages_never_cost_less_and_no_copy_costs_more_than_the_most(count: int, more: int) -> None:
    assert copy_fee(count) <= copy_fee(min(count + more, 100_000)) <= MOST


@given(originals, few)
def test_originals_and_copies_are_reckoned_each_for_itself(counts: list[int], copies: int) -> None:
    assert copy_fee(*counts, copies=copies) == copies * sum(copy_fee(one) for one in counts)


@given(st.sampled_from(COPIES), originals, few)
def test_every_line_of_a_copy_is_count_times_price_and_the_lines_make_the_sum(
    id_: str,
    counts: list[int],
    copies: int,
) -> None:
    fee = reckoned(id_, FeeAsk(pages=tuple(counts), copies=copies))
    assert all(one.amount_vnd == one.count * one.unit_vnd and one.count > 0 for one in fee.lines)
    assert fee.amount_vnd == sum(one.amount_vnd for one in fee.lines)
    assert all(type(number) is int for one in fee.lines for number in (one.count, one.unit_vnd, one.amount_vnd))
    told = Counter({one.id: 0 for one in fee.lines})
    for one in fee.lines:
        told[one.id] += one.count
    under = [one for one in counts if one <= 198]
    assert told["copy-first-pages"] == copies * sum(min(one, 2) for one in under)
    assert told["copy-later-pages"] == copies * sum(max(0, one - 2) for one in under)
    assert told["copy-most"] == copies * (len(counts) - len(under))


@given(st.sampled_from(PAPERS), st.integers(1, 10_000), st.integers(0, 10_000))
def test_papers_and_copies_issued_beside_are_counted_apart(id_: str, documents: int, copies: int) -> None:
    fee = reckoned(id_, FeeAsk(documents=documents, copies=copies))
    assert fee.amount_vnd == 30_000 * documents + 5000 * copies
    assert [one.count for one in fee.lines] == [one for one in (documents, copies) if one]


@given(st.integers(1, 10_000))
def test_cases_cost_the_same_each(cases: int) -> None:
    assert reckoned("signature-certification", FeeAsk(cases=cases)).amount_vnd == 10_000 * cases


@pytest.mark.parametrize("id_", [*PAPERS, "signature-certification"])
def test_where_nothing_is_said_it_is_one(id_: str) -> None:
    (line,) = reckoned(id_, FeeAsk()).lines
    assert line.count == 1


def test_a_line_names_its_original_only_where_there_are_several() -> None:
    (alone,) = reckoned("certified-copy", FeeAsk(pages=(2,))).lines
    first, second = reckoned("certified-copy", FeeAsk(pages=(2, 199), copies=2)).lines
    assert (alone.what.vi, alone.what.en) == ("trang 1–2", "pages 1–2")
    assert (first.what.vi, first.what.en) == ("Bản chính 1: trang 1–2", "Original 1: pages 1–2")
    assert (second.what.vi, second.count) == ("Bản chính 2: mức tối đa một bản", 2)


def test_a_line_cites_the_law_of_the_procedure_where_it_says_so() -> None:
    (paper,) = reckoned("certified-copy", FeeAsk(pages=(2,))).lines
    (electronic,) = reckoned("certified-ecopy", FeeAsk(pages=(2,))).lines
    (apostille,) = reckoned("apostille", FeeAsk()).lines
    assert paper.basis.citation == "Thông tư 226/2016/TT-BTC Điều 4 số thứ tự 1"
    assert electronic.basis.citation.startswith("Nghị định 45/2020/NĐ-CP Điều 10 khoản 3; ")
    assert "293/2026" in apostille.basis.citation
    assert "Apostille" in apostille.what.vi
    assert apostille.basis.status == "partial"


@pytest.mark.parametrize("id_", COPIES)
@pytest.mark.parametrize(
    ("ask", "code", "field"),
    [
        (FeeAsk(), "count-missing", "pages"),
        (FeeAsk(copies=2), "count-missing", "pages"),
        (FeeAsk(pages=(0,)), "count-wrong", "pages"),
        (FeeAsk(pages=(3, -1)), "count-wrong", "pages"),
        (FeeAsk(pages=(100_001,)), "count-wrong", "pages"),
        (FeeAsk(pages=(1,) * 1001), "count-wrong", "pages"),
        (FeeAsk(pages=(True,)), "count-wrong", "pages"),
        (FeeAsk(pages=(1,), copies=0), "count-wrong", "copies"),
        (FeeAsk(pages=(1,), copies=10_001), "count-wrong", "copies"),
        (FeeAsk(pages=(1,), cases=1), "count-unused", "cases"),
        (FeeAsk(pages=(1,), documents=1), "count-unused", "documents"),
        (FeeAsk(pages=(1,), documents=0), "count-unused", "documents"),
    ],
)
def test_copies_refuse_what_does_not_fit(id_: str, ask: FeeAsk, code: str, field: str) -> None:
    with pytest.raises(NoAnswer) as refused:
        reckoned(id_, ask)
    assert (refused.value.code, refused.value.params) == (code, {"field": field})


@pytest.mark.parametrize("id_", PAPERS)
@pytest.mark.parametrize(
    ("ask", "code", "field"),
    [
        (FeeAsk(documents=0), "count-wrong", "documents"),
        (FeeAsk(documents=-4), "count-wrong", "documents"),
        (FeeAsk(documents=10_001), "count-wrong", "documents"),
        (FeeAsk(copies=-1), "count-wrong", "copies"),
        (FeeAsk(pages=(3,)), "count-unused", "pages"),
        (FeeAsk(cases=1), "count-unused", "cases"),
    ],
)
def test_papers_refuse_what_does_not_fit(id_: str, ask: FeeAsk, code: str, field: str) -> None:
    with pytest.raises(NoAnswer) as refused:
        reckoned(id_, ask)
    assert (refused.value.code, refused.value.params) == (code, {"field": field})


@pytest.mark.parametrize(
    ("ask", "code", "field"),
    [
        (FeeAsk(cases=0), "count-wrong", "cases"),
        (FeeAsk(cases=10_001), "count-wrong", "cases"),
        (FeeAsk(pages=(3,)), "count-unused", "pages"),
        (FeeAsk(copies=1), "count-unused", "copies"),
        (FeeAsk(documents=1), "count-unused", "documents"),
    ],
)
def test_signatures_refuse_what_does_not_fit(ask: FeeAsk, code: str, field: str) -> None:
    with pytest.raises(NoAnswer) as refused:
        reckoned("signature-certification", ask)
    assert (refused.value.code, refused.value.params) == (code, {"field": field})


def test_the_greatest_question_is_still_reckoned() -> None:
    assert copy_fee(*[100_000] * 1000, copies=10_000) == MOST * 1000 * 10_000


@pytest.mark.parametrize("id_", sorted(SINCE))
def test_a_fee_holds_from_its_first_day_on(id_: str) -> None:
    since = SINCE[id_]
    ask = FeeAsk(pages=(1,)) if id_ in COPIES else FeeAsk()
    assert reckoned(id_, ask, since).amount_vnd > 0
    assert reckoned(id_, ask, date(9999, 12, 31)).amount_vnd > 0
    with pytest.raises(NoAnswer) as refused:
        reckoned(id_, ask, date.fromordinal(since.toordinal() - 1))
    assert refused.value.code in {"fee-not-in-force", "fee-unknown"}


def test_before_the_circular_the_reason_is_told_in_both_languages() -> None:
    with pytest.raises(NoAnswer) as refused:
        reckoned("certified-copy", FeeAsk(pages=(1,)), date(2016, 12, 31))
    assert refused.value.code == "fee-not-in-force"
    assert refused.value.params["procedure"] == "certified-copy"
    assert "158/2015" in refused.value.params["reason_vi"]
    assert "158/2015" in refused.value.params["reason_en"]


def test_an_unknown_fee_and_an_unknown_price_are_refused() -> None:
    with pytest.raises(NoAnswer, match="fee-unknown"):
        FEES.fee(procedure("will"), TODAY, FeeAsk())
    with pytest.raises(NoAnswer, match="tariff-unknown"):
        FEES.tariff("will", TODAY)


def test_the_answer_says_when_it_is_paid_who_is_exempt_and_what_is_given_back() -> None:
    paid = {id_: reckoned(id_, FeeAsk(pages=(1,) if id_ in COPIES else ())) for id_ in SINCE}
    assert {id_: fee.when_paid.id for id_, fee in paid.items()} == {
        "certified-copy": "at-return",
        "certified-ecopy": "at-return",
        "signature-certification": "at-return",
        "consular-certification": "before-acceptance",
        "consular-legalization": "before-acceptance",
        "apostille": "at-filing",
    }
    treaty = ["consular-treaty", "consular-reciprocity"]
    assert {id_: [one.id for one in fee.exemptions] for id_, fee in paid.items()} == {
        id_: treaty if id_ in PAPERS else [] for id_ in SINCE
    }
    assert all(fee.refund.vi and fee.refund.en and fee.refund_basis.citation for fee in paid.values())
    assert paid["certified-copy"].refund_basis.status == "unverified"
    assert "biên lai" in paid["certified-copy"].when_paid.words.vi


@given(st.lists(st.integers(1, 300), min_size=2, max_size=2, unique=True).map(sorted))
def test_the_price_of_a_page_rises_by_one_or_two_thousand_until_the_most(counts: list[int]) -> None:
    steps = [copy_fee(after) - copy_fee(before) for before, after in pairwise(range(counts[0], counts[1] + 1))]
    assert set(steps) <= {0, 1000, 2000}


def test_a_thousand_originals_are_enough_in_one_question() -> None:
    assert copy_fee(*[2] * 1000) == 4_000_000
    with pytest.raises(NoAnswer, match="count-wrong") as refused:
        copy_fee(*[2] * 1001)
    assert refused.value.params == {"field": "pages"}
