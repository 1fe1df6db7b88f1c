from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.accounts.support import AT
from verifier.keeping.timing import (
    FIRST_PAUSE,
    JITTER,
    LONGEST,
    LONGEST_PAUSE,
    LONGEST_PAUSE_SOON,
    SHORTEST,
    after_failure,
    after_success,
    due,
)
from verifier.snapshot import Scheme
from verifier.storage.trust import TrustSource

FAR = AT + timedelta(days=90)
SCHEME = Scheme("vn-neac", "NEAC", "https://tsl.example/VN.xml", "VN", "vn-public", (b"pin",), next_update=FAR)


def source(next_try_at: timedelta, location: str = SCHEME.location) -> TrustSource:
    return TrustSource(SCHEME.id, location, AT, AT, AT + next_try_at, 0, "")


def least(pause: timedelta) -> timedelta:
    return pause * (1 - JITTER)


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        (None, True),
        (source(timedelta()), True),
        (source(timedelta(seconds=1)), False),
        (source(LONGEST), False),
        (source(LONGEST + timedelta(seconds=1)), True),
        (source(timedelta(days=400)), True),
        (source(timedelta(days=-400)), True),
        (source(timedelta(hours=1), "https://elsewhere.example/"), True),
    ],
    ids=("never", "now", "later", "a day", "clock set back", "clock set back far", "clock set forward", "moved"),
)
def test_when_a_list_is_due(source: TrustSource | None, *, wanted: bool) -> None:
    assert due(SCHEME, source, AT) is wanted


@pytest.mark.parametrize(
    ("left", "pause"),
    [
        (timedelta(days=90), LONGEST),
        (timedelta(days=1), timedelta(hours=12)),
        (timedelta(minutes=30), SHORTEST),
        (timedelta(days=-1), SHORTEST),
        (None, LONGEST),
    ],
)
def test_a_good_list_is_fetched_daily_and_sooner_near_its_next_update(left: timedelta | None, pause: timedelta) -> None:
    planned = after_success(SCHEME, None if left is None else AT + left, AT) - AT
    assert least(pause) <= planned <= pause


def test_a_list_that_fails_is_tried_later_and_later() -> None:
    pauses = [after_failure(SCHEME, failures, AT) - AT for failures in range(1, 20)]
    assert least(FIRST_PAUSE) <= pauses[0] <= FIRST_PAUSE
    assert pauses[:4] == sorted(pauses[:4])
    assert least(LONGEST_PAUSE) <= pauses[-1] <= LONGEST_PAUSE


@pytest.mark.parametrize("left", [timedelta(days=2), timedelta(days=-9)])
def test_a_list_that_is_about_to_end_is_tried_hourly(left: timedelta) -> None:
    ending = replace(SCHEME, next_update=AT + left)
    assert after_failure(ending, 19, AT) - AT <= LONGEST_PAUSE_SOON


def test_schemes_are_spread_and_the_same_scheme_always_has_its_own_time() -> None:
    planned = {after_success(replace(SCHEME, id=f"eu-{n}"), FAR, AT) for n in range(30)}
    assert len(planned) == 30
    assert after_success(SCHEME, FAR, AT) == after_success(SCHEME, FAR, AT)
