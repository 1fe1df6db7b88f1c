"""The worked examples of calendars hold, and there are at least five of each."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest

from verifier.law.book import LawBook
from verifier.law.calendars import Calendars
from verifier.law.examples import Example, coverage, read_examples, run
from verifier.law.source import Source

EXAMPLES = [one for one in read_examples(Source()) if one.kind == "calendar"]


@pytest.mark.parametrize("example", EXAMPLES, ids=[one.id for one in EXAMPLES])
def test_example(example: Example) -> None:
    book = cast("LawBook", SimpleNamespace(calendars=Calendars.read(Source(switches=example.switches))))
    outcome = run(book, example)
    assert outcome.passed, outcome.got


def test_each_calendar_has_five(calendars: Calendars) -> None:
    told = coverage(EXAMPLES, "calendar")
    assert {id_ for id_ in calendars.ids if told[id_] >= 5} == calendars.ids
