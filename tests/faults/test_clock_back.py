"""The clock was set back: what was issued after the instant of judging is set aside and told, never used."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.pki import AT, FRESH, Draft, fresh_evidence, signed_pdf, world
from verifier.evidence import Evidence, GapCode, GapKind
from verifier.judge import Judgement, judge
from verifier.pades.reader import read_document
from verifier.policy import make_policy
from verifier.verdict import Conclusion, SubIndication

HERE = world()
POLICY = make_policy(name="clock")
EARLY = FRESH - timedelta(days=3)
"""Before any of the revocation data and of the time stamps was made."""


def judged(data: bytes, evidence: Evidence, at: datetime) -> Judgement:
    return judge(read_document(data), evidence, POLICY, at)


@pytest.mark.parametrize("level", ["B", "T", "LT", "LTA"])
def test_evidence_of_after_the_instant_of_judging_is_not_used(level: str) -> None:
    data = signed_pdf(HERE, level)
    evidence = fresh_evidence(HERE)
    assert judged(data, evidence, AT).verdict.conclusion is Conclusion.TOTAL_PASSED
    early = judged(data, evidence, EARLY)
    assert early.verdict.conclusion is Conclusion.INDETERMINATE
    told = {gap.code for gap in early.gaps if gap.kind is GapKind.SET_ASIDE}
    assert GapCode.DATA_LATER in told
    assert (GapCode.STAMP_LATER in told) is (level != "B")


def test_a_stamp_of_the_future_proves_nothing() -> None:
    data = Draft(HERE).sign(AT, HERE.cms(stamps=(HERE.stamp(AT + timedelta(hours=1)),))).data
    (signature,) = judged(data, fresh_evidence(HERE), AT).verdict.signatures
    assert signature.best_signature_time == AT
    assert signature.timestamps[0].sub_indication is SubIndication.NO_POE


def test_a_receipt_of_after_the_instant_of_judging_counts_as_none() -> None:
    data, evidence = signed_pdf(HERE, "B"), fresh_evidence(HERE)
    later = replace(evidence, received_at=AT + timedelta(days=30))
    assert judged(data, later, AT) == judged(data, evidence, AT)
    earlier = replace(evidence, received_at=AT - timedelta(hours=1))
    assert judged(data, earlier, AT).verdict.signatures[0].best_signature_time == earlier.received_at


def test_judging_too_early_leaves_nothing_behind() -> None:
    data, evidence = signed_pdf(HERE, "LTA"), fresh_evidence(HERE)
    first = judged(data, evidence, AT)
    judged(data, evidence, EARLY)
    assert judged(data, evidence, AT) == first
