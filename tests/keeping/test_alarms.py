from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.accounts.support import AT
from verifier.keeping.alarms import NEVER_CAME, SOON, WAITS, ListState, Severity, TrustState, state
from verifier.snapshot import Anchor, Scheme, TrustSnapshot
from verifier.storage.trust import TrustSource

GRACE = timedelta(hours=72)
SCHEME = Scheme(
    "vn-neac",
    "NEAC",
    "https://tsl.example/VN.xml",
    "VN",
    "vn-public",
    (b"pin",),
    sequence=7,
    sha256="a" * 64,
    issued=AT - timedelta(days=10),
    next_update=AT + timedelta(days=20),
)
SOURCE = TrustSource("vn-neac", SCHEME.location, AT, AT, AT + timedelta(hours=20), 0, "")
TRUST = TrustSnapshot("f" * 64, (Anchor(b"der", "NEAC"),), schemes=(SCHEME,))


def stands(scheme: Scheme = SCHEME, source: TrustSource | None = SOURCE) -> tuple[TrustState, ListState]:
    found = state(replace(TRUST, schemes=(scheme,)), () if source is None else (source,), AT, GRACE)
    return found, found.lists[0]


def left(span: timedelta) -> Scheme:
    return replace(SCHEME, next_update=AT + span)


def failing(problem: str = "host-silent", failures: int = 3) -> TrustSource:
    return replace(SOURCE, problem=problem, failures=failures, good_at=AT - timedelta(days=2))


def test_a_good_list_is_fine() -> None:
    found, one = stands()
    assert (found.severity, found.trouble, found.anchors, found.snapshot) == (Severity.FINE, "", 1, "f" * 64)
    assert (one.age, one.left, one.problem) == (timedelta(days=10), timedelta(days=20), "")


@pytest.mark.parametrize(
    ("scheme", "source", "severity", "problem"),
    [
        (SCHEME, None, Severity.FINE, ""),
        (replace(SCHEME, next_update=None), SOURCE, Severity.FINE, ""),
        (left(SOON), SOURCE, Severity.SOON, ""),
        (SCHEME, replace(SOURCE, problem=WAITS, params={"sequence": "8"}), Severity.SOON, WAITS),
        (SCHEME, replace(SOURCE, problem=WAITS, params={"sequence": "7"}), Severity.FINE, ""),
        (replace(SCHEME, sequence=None, next_update=None, issued=None), None, Severity.SOON, NEVER_CAME),
        (SCHEME, failing(), Severity.FAILING, "host-silent"),
        (left(SOON), failing("list-signature-broken"), Severity.FAILING, "list-signature-broken"),
        (left(timedelta()), SOURCE, Severity.OVERDUE, ""),
        (left(-timedelta(days=1)), failing("next-update-passed"), Severity.OVERDUE, "next-update-passed"),
        (replace(SCHEME, sequence=None, next_update=None, issued=None), failing(), Severity.OVERDUE, "host-silent"),
    ],
    ids=range(11),
)
def test_how_bad_it_is(scheme: Scheme, source: TrustSource | None, severity: Severity, problem: str) -> None:
    found, one = stands(scheme, source)
    assert (one.severity, one.problem, found.severity) == (severity, problem, severity)
    assert found.trouble == ""


def test_beyond_the_grace_nothing_is_judged_by_it() -> None:
    assert stands(left(-GRACE))[0].trouble == ""
    found, _ = stands(left(-GRACE - timedelta(seconds=1)))
    assert (found.trouble, found.too_old) == ("trust-list-overdue", ("vn-neac",))


def test_without_anchors_nothing_is_judged() -> None:
    assert state(replace(TRUST, anchors=()), (), AT, GRACE).trouble == "trust-store-empty"


def test_the_worst_list_stands_first() -> None:
    schemes = (SCHEME, replace(left(-timedelta(days=1)), id="eu-de"), replace(left(SOON), id="eu-at"))
    found = state(replace(TRUST, schemes=schemes), (), AT, GRACE, AT - timedelta(hours=5))
    assert [one.scheme for one in found.lists] == ["eu-de", "eu-at", "vn-neac"]
    assert (found.severity, found.count(Severity.SOON), found.age) == (Severity.OVERDUE, 1, timedelta(hours=5))


def test_a_clock_that_was_set_back_makes_nothing_younger_than_it_is() -> None:
    found = state(TRUST, (SOURCE,), AT - timedelta(days=400), GRACE, AT)
    assert (found.age, found.lists[0].age, found.severity) == (timedelta(), timedelta(), Severity.FINE)
