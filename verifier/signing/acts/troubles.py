"""What becomes of an act that cannot go on: it waits, is tried a few times more, or is given up."""

from __future__ import annotations

from datetime import timedelta

from verifier.errors import Problem

WAITS = frozenset(
    {
        "no-time-stamp",
        "clock-off",
        "status-unknown",
        "status-not-yet",
        "certificate-status-unknown",
        "signer-absent",
        "signer-busy",
        "signer-refused",
        "token-absent",
        "busy",
        "unavailable",
        "trust-store-missing",
        "trust-store-empty",
        "trust-store-unreadable",
        "snapshot-unknown",
        "snapshot-broken",
        "policy-unreadable",
    }
)
"""Nothing is wrong with the act itself: it goes on when others answer again, or the operator has done something."""
A_FEW_TIMES = frozenset({"internal-error", "budget-exhausted", "key-unavailable", "signer-fault"})
"""May have been an accident."""
FEW = 5
"""Attempts at one step after which an accident counts as lasting."""
FIRST = timedelta(seconds=10)
MOST = timedelta(minutes=10)
SHIFTS = 16
"""Doublings after which the pause grows no more."""


def waits(problem: Problem, attempts: int) -> bool:
    """Tell whether an act is tried again after `attempts` attempts at its present step, this one included."""
    return problem.code in WAITS or (problem.code in A_FEW_TIMES and attempts < FEW)


def pause(attempts: int) -> timedelta:
    """Return how long to wait after so many attempts at one step: 10 s, 20 s … 10 min."""
    doubled: timedelta = FIRST * 2 ** min(attempts - 1, SHIFTS)
    return min(doubled, MOST)
