"""Revocation freshness checker (EN 319 102-1 clause 5.2.5)."""

from __future__ import annotations

from datetime import datetime, timedelta

from verifier.policy import Policy
from verifier.trust.revocation import RevocationData


def fresh(datum: RevocationData, instant: datetime, policy: Policy) -> bool:
    """Whether the datum is recent enough to speak for `instant`: thisUpdate > instant − greatest age, strictly.

    The greatest age is the policy's, else nextUpdate − thisUpdate. For data without nextUpdate the policy says
    `seconds_without_next_update`; where that is 0 they are not fresh (step 1).
    """
    if policy.freshness == "off":
        return True
    age = _greatest_age(datum, policy)
    return age is not None and datum.this_update > instant - age


def speaks_for(datum: RevocationData, instant: datetime) -> bool:
    """Whether the datum was issued at or after `instant`, or was still current then, whatever the policy on age."""
    return datum.this_update >= instant or (datum.next_update is not None and datum.next_update >= instant)


def _greatest_age(datum: RevocationData, policy: Policy) -> timedelta | None:
    if policy.freshness == "max_age":
        return timedelta(seconds=policy.freshness_seconds)
    if datum.next_update is not None:
        return datum.next_update - datum.this_update
    allowed = policy.seconds_without_next_update
    return timedelta(seconds=allowed) if allowed else None
