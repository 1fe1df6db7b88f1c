"""When judging again may say more by itself: what EN 319 102-1 5.2.6 steps 4a and 4c ask to be told with TRY_LATER."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from verifier.blocks.basic import Basic
from verifier.blocks.freshness import fresh
from verifier.blocks.material import Material, Status
from verifier.blocks.stamps import CURABLE, Stamp
from verifier.blocks.xcv import chain_status
from verifier.verdict import Indication, ProcessResult, SubIndication

OVERDUE = timedelta(hours=1)
"""How long to wait for data whose nextUpdate has passed, or that name none: nobody knows when they come."""
HELD = timedelta(days=1)
"""How long to wait where a hold names no nextUpdate."""
_BY_PROOF = (*CURABLE, SubIndication.SIG_CONSTRAINTS_FAILURE)
"""Reasons that a time stamp may cure, so that one that waits for its own data is worth waiting for."""

Stamped = tuple[Stamp, ProcessResult]
"""A time stamp and its final status."""


def try_again_at(
    material: Material, basic: Basic, result: ProcessResult, best_time: datetime, stamps: Iterable[Stamped] = ()
) -> datetime | None:
    """Return the earliest instant after which more may be known of a signature, None where time alone brings nothing.

    `result` is the final status of the signature, `stamps` the time stamps that may prove when it was made.
    """
    if result.indication is not Indication.INDETERMINATE:
        return None
    found = [_own(material, basic, result, best_time)]
    if result.sub_indication in _BY_PROOF:
        found += [_own(material, stamp.basic, status, material.at) for stamp, status in stamps]
    return min((instant for instant in found if instant is not None), default=None)


def _own(material: Material, basic: Basic, result: ProcessResult, instant: datetime) -> datetime | None:
    """As `try_again_at`, by the revocation data of one chain: when the last of what it lacks is expected."""
    if basic.xcv is None or basic.xcv.chain is None or material.path_problem(basic.xcv.chain):
        return None
    statuses = [status for _, _, status in chain_status(material, basic.xcv.chain).statuses]
    if result.sub_indication is SubIndication.TRY_LATER:
        unsettled = [one for one in statuses if one.holding or not _is_fresh(material, one, instant)]
        return max((_expected(one, material.at) for one in unsettled), default=None)
    if result.sub_indication is SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE:
        # what is of after the instant of judging counts as soon as it is judged after that
        later = [status.later for status in statuses if status.latest is None]
        known = [instant for instant in later if instant is not None]
        return max(known) if known and len(known) == len(later) else None
    return None


def _is_fresh(material: Material, status: Status, instant: datetime) -> bool:
    return any(fresh(datum, instant, material.policy) for datum in status.data)


def _expected(status: Status, at: datetime) -> datetime:
    """When newer data are due: nextUpdate, or after a while where that has passed or is not named."""
    due = status.latest.next_update if status.latest else None
    if due is not None and due > at:
        return due
    return at + (HELD if status.holding and due is None else OVERDUE)
