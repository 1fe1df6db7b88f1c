from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.trust.builders import day, leaf, root
from verifier.snapshot import Anchor, Span
from verifier.trust.building import build_chains
from verifier.trust.standing import last_end, spans_of, trusted_at, trusted_by

A, B, C, D = (day(f"20{year}-01-01") for year in (20, 21, 22, 23))
JUST_BEFORE = timedelta(microseconds=1)
ROOT = root()


def anchor(*spans: tuple[datetime | None, datetime | None], until: datetime | None = None) -> Anchor:
    return Anchor(ROOT.der, "Root", trusted_until=until, spans=tuple(Span(*span) for span in spans))


@pytest.mark.parametrize(
    ("one", "instant", "trusted"),
    [
        (anchor(), A, True),
        (anchor(until=B), B - JUST_BEFORE, True),
        (anchor(until=B), B, False),
        (anchor((A, B)), A - JUST_BEFORE, False),
        (anchor((A, B)), A, True),
        (anchor((A, B)), B, False),
        (anchor((A, B), (C, None)), B + JUST_BEFORE, False),
        (anchor((A, B), (C, None)), D, True),
        (anchor((A, B), (C, None), until=D), D, False),
        (anchor((A, None), until=B), B, False),
    ],
)
def test_an_anchor_is_trusted_within_its_spans_and_until_its_end(one: Anchor, instant: datetime, trusted: bool) -> None:  # noqa: FBT001
    assert trusted_at((one,), instant) is trusted
    assert one.trusted_at(instant) is trusted


def test_spans_are_cut_off_where_trust_ended() -> None:
    assert list(spans_of(anchor((A, B), (C, None), until=B))) == [Span(A, B)]
    assert list(spans_of(anchor((None, None), until=B))) == [Span(None, B)]
    assert list(spans_of(anchor((B, B)))) == []


def test_any_of_several_anchors_counts() -> None:
    both = (anchor((A, B)), anchor((C, D)))
    assert [trusted_at(both, instant) for instant in (A, B, C, D)] == [True, False, True, False]
    assert trusted_at((), A) is False


def test_who_was_ever_trusted_by_an_instant() -> None:
    assert [trusted_by((anchor((B, C)),), instant) for instant in (A, B, D)] == [False, True, True]
    assert trusted_by((anchor(until=A),), A - timedelta(days=999))


def test_the_last_end_before_an_instant() -> None:
    both = (anchor((A, B)), anchor((A, D)))
    assert [last_end(both, instant) for instant in (A, B, C, D)] == [None, B, B, D]
    assert last_end((anchor(),), D) is None


def test_one_certificate_as_several_anchors_is_one_path() -> None:
    withdrawn, granted = anchor(until=A), anchor((C, None))
    (chain,) = build_chains(leaf(ROOT).certificate, [], [withdrawn, granted])
    assert chain.anchors == (withdrawn, granted)
    assert [chain.trusted_at(instant) for instant in (A - JUST_BEFORE, B, C)] == [True, False, True]
    assert chain.anchor_at(D) == granted
    assert chain.anchor_at(B) == withdrawn
