"""Every worked example comes out as its lawyer wrote it, there are enough of them, and each would notice a change."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

import pytest

from verifier.law.book import law_book
from verifier.law.examples import KINDS, Example, Outcome, coverage, read_examples, run, same
from verifier.law.source import FOLDER, Source

EXAMPLES = read_examples(Source())
BY_ID = {one.id: one for one in EXAMPLES}
LEAST = 5


@cache
def outcome(id_: str) -> Outcome:
    example = BY_ID[id_]
    return run(law_book(example.switches), example)


def spoiled(value: Any) -> Any:
    """Something of the same type that is not the same."""
    if isinstance(value, Mapping):
        key = next(iter(value), "")
        return {**value, key: spoiled(value[key])} if key else {"surplus": 1}
    if isinstance(value, list):
        return [*value[:-1], spoiled(value[-1])] if value else ["surplus"]
    if isinstance(value, bool):
        return not value
    if isinstance(value, (date, datetime)):
        return value + timedelta(days=1)
    return value + 1 if isinstance(value, int) else f"{value}."


@pytest.mark.parametrize("id_", BY_ID)
def test_the_law_answers_as_the_example_says(id_: str) -> None:
    came = outcome(id_)
    assert came.passed, f"{came.example.words.vi}\nexpected {came.example.expect}\ngot {came.got}"


@pytest.mark.parametrize("kind", KINDS)
def test_an_example_with_another_expectation_fails(kind: str) -> None:
    for example in (one for one in EXAMPLES if one.kind == kind):
        for key, value in example.expect.items():
            assert not same({**example.expect, key: spoiled(value)}, outcome(example.id).got), (example.id, key)


def test_every_example_has_its_own_id() -> None:
    assert len(BY_ID) == len(EXAMPLES)


def subjects() -> list[tuple[str, str]]:
    book = law_book()
    found = [("fee", one) for one in (*book.fees.ids, *book.fees.tariff_ids)]
    found += [("deadline", one) for one in (*book.deadlines.ids, *book.deadlines.term_ids)]
    found += [("ground", one) for one in book.grounds.ground_ids]
    found += [("branch", one) for one in book.branches.rule_ids]
    return sorted(set(found))


def test_each_fee_price_deadline_term_and_ground_has_at_least_five() -> None:
    counted = {kind: coverage(EXAMPLES, kind) for kind in KINDS}
    short = {(kind, one): counted[kind].get(one, 0) for kind, one in subjects() if counted[kind].get(one, 0) < LEAST}
    assert short == {}


def test_every_example_illustrates_something_that_there_is() -> None:
    book = law_book()
    known: Mapping[str, set[str]] = {
        "fee": {*book.fees.ids, *book.fees.tariff_ids},
        "deadline": {*book.deadlines.ids, *book.deadlines.term_ids},
        "ground": {*book.grounds.ground_ids},
        "calendar": {*book.calendars.ids},
        "branch": {*book.branches.rule_ids},
    }
    strange = [
        (one.id, subject)
        for one in EXAMPLES
        for subject in (one.subject, *one.also)
        if one.kind in known and subject not in known[one.kind] and "refused" not in one.expect
    ]
    assert strange == []


@pytest.mark.parametrize("id_", [one.id for one in EXAMPLES if one.kind == "fee" and "refused" not in one.expect])
def test_an_example_of_a_fee_takes_the_prices_that_it_says_it_illustrates(id_: str) -> None:
    came = outcome(id_)
    lines = {line["id"] for line in came.got.get("lines", ())}
    shown = {came.example.ask.get("procedure"), came.example.ask.get("tariff"), *lines}
    # the edges: where the most does not bind yet, no copies are issued, or a price in dollars is no part of the fee
    shown |= {came.example.subject} & {"copy-most", "consular-copy", "mission-copy", "mission-signature"}
    assert {came.example.subject, *came.example.also} <= shown


def test_the_readme_tells_every_file() -> None:
    told = (FOLDER / "examples" / "README.md").read_text("utf-8")
    for path in (FOLDER / "examples").glob("*.toml"):
        assert f"| `{path.name}` |" in told


def test_titles_are_in_both_languages() -> None:
    assert [one.id for one in EXAMPLES if not one.words.en] == []


def first(kind: str) -> Example:
    return next(one for one in EXAMPLES if one.kind == kind)


def test_an_outcome_keeps_the_whole_answer() -> None:
    came = outcome(first("fee").id)
    assert set(came.got) > set(came.example.expect)
