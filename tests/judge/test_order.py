"""Order of content and signature time stamps (RFC 3161 2.4.2), seen from the process with time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.pki import AT, SIGNED, Draft, Identity, fresh_evidence, world
from verifier.judge import judge
from verifier.pades.reader import read_document
from verifier.policy import make_policy
from verifier.verdict import SubIndication

HERE = world()


@pytest.mark.parametrize(
    ("seconds", "accuracy", "ordering", "other", "broken"),
    [
        (30, 0, False, None, True),
        (0, 0, False, None, False),
        (-30, 0, False, None, False),
        (30, 60, False, None, False),  # accuracy can explain it
        (90, 60, False, None, True),
        (30, 60, True, None, True),  # the unit itself says that its tokens stand in order
        (30, 60, True, HERE.tsa2, False),  # which says nothing about another's
    ],
)
def test_a_content_stamp_later_than_the_signature_stamp(
    seconds: int,
    accuracy: int,
    ordering: bool,  # noqa: FBT001
    other: Identity | None,
    broken: bool,  # noqa: FBT001
) -> None:
    after = SIGNED + timedelta(seconds=seconds)
    content = HERE.stamp(after, tsa=other, accuracy_seconds=accuracy, ordering=ordering)
    later = HERE.stamp(SIGNED, ordering=ordering)
    data = Draft(HERE).sign(SIGNED, HERE.cms(content_stamps=(content,), stamps=(later,))).data
    verdict = judge(read_document(data), fresh_evidence(HERE), make_policy(name="order"), AT).verdict
    found = verdict.signatures[0].processes.with_time.sub_indication
    assert found == (SubIndication.TIMESTAMP_ORDER_FAILURE if broken else None)


def test_an_accuracy_beyond_all_dates() -> None:
    stamp = HERE.stamp(SIGNED, accuracy_seconds=10**13)
    data = Draft(HERE).sign(SIGNED, HERE.cms(content_stamps=(stamp,), stamps=(stamp,))).data
    verdict = judge(read_document(data), fresh_evidence(HERE), make_policy(name="order"), AT).verdict
    assert verdict.signatures[0].processes.with_time.sub_indication is not SubIndication.TIMESTAMP_ORDER_FAILURE
