from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.pki import AT, world
from verifier.blocks.freshness import fresh, speaks_for
from verifier.policy import make_policy
from verifier.trust.findings import RevocationData
from verifier.x509 import AlgorithmUse, Certificate

DAY = timedelta(days=1)
DATUM = RevocationData(
    kind="ocsp",
    sha256="",
    this_update=AT - DAY,
    next_update=AT + DAY,
    produced_at=AT - DAY,
    status="good",
    revoked_at=None,
    reason=None,
    signer=Certificate.parse(world().ca.der),
    signer_path=(),
    signature_use=AlgorithmUse("ecdsa", "sha256"),
    covers_expired_since=None,
    before_validity=False,
)
ENDLESS = replace(DATUM, next_update=None)


@pytest.mark.parametrize(
    ("policy", "datum", "instant", "good"),
    [
        ({}, DATUM, AT, True),
        ({}, DATUM, AT + DAY, False),  # at nextUpdate itself it is too late
        ({}, DATUM, AT + DAY - timedelta(seconds=1), True),
        ({}, DATUM, AT - 9 * DAY, True),  # issued after the instant
        ({}, ENDLESS, AT - timedelta(seconds=1), True),
        ({}, ENDLESS, AT, False),
        ({"seconds_without_next_update": 0}, ENDLESS, AT - DAY, False),
        ({"seconds_without_next_update": 0}, DATUM, AT, True),
        ({"freshness": "max_age", "freshness_seconds": 0}, DATUM, AT - DAY, False),
        ({"freshness": "max_age", "freshness_seconds": 0}, DATUM, AT - DAY - timedelta(seconds=1), True),
        ({"freshness": "max_age", "freshness_seconds": 3600}, DATUM, AT, False),
        ({"freshness": "off"}, ENDLESS, AT + 99 * DAY, True),
    ],
)
def test_freshness(policy: dict[str, object], datum: RevocationData, instant: datetime, good: bool) -> None:  # noqa: FBT001
    assert fresh(datum, instant, make_policy(name="test", **policy)) is good


def test_a_datum_speaks_for_what_was_before_it_and_until_its_end() -> None:
    assert speaks_for(DATUM, AT - 9 * DAY)
    assert speaks_for(DATUM, AT + DAY)
    assert not speaks_for(DATUM, AT + 2 * DAY)
    assert not speaks_for(ENDLESS, AT)
