from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.judge.rows import Case
from tests.judge.rows.parts import (
    ARCHIVED,
    FRESH_END,
    OLD,
    around,
    case,
    unstamped,
)
from tests.pki import AT, FRESH, SIGNED, Revoked, World, day, make_crl, world
from verifier.blocks.again import OVERDUE
from verifier.judge import judge
from verifier.pades.reader import read_document
from verifier.policy import make_policy
from verifier.verdict import Conclusion, DocumentVerdict, SubIndication

POLICY = make_policy(name="combined")
KEYS = frozenset({"key_compromise", "ca_compromise"})
REST = frozenset(
    {
        "affiliation_changed",
        "superseded",
        "cessation_of_operation",
        "certificate_hold",
        "privilege_withdrawn",
        "aa_compromise",
    }
)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def judged(situation: Case) -> DocumentVerdict:
    return judge(read_document(situation.document), situation.evidence, POLICY, AT).verdict


def part(here: World, reasons: frozenset[str], at: datetime, until: datetime, *revoked: Revoked) -> bytes:
    scope = {
        "extn_id": "issuing_distribution_point",
        "critical": True,
        "extn_value": {"only_some_reasons": set(reasons)},
    }
    return make_crl(here.ca, at, until, *revoked, extensions=(scope,))


def delta(here: World, at: datetime, until: datetime, *revoked: Revoked, number: int = 2) -> bytes:
    base: dict[str, Any] = {"extn_id": "delta_crl_indicator", "critical": True, "extn_value": 1}
    return make_crl(here.ca, at, until, *revoked, number=number, extensions=(base,))


def with_lists(*crls: bytes) -> DocumentVerdict:
    here = world()
    return judged(case(unstamped(here, SIGNED), *crls, *around(here)))


def test_lists_that_share_the_reasons_are_enough() -> None:
    here = world()
    both = part(here, KEYS, FRESH, FRESH_END), part(here, REST, FRESH, FRESH_END)
    assert with_lists(*both).conclusion is Conclusion.TOTAL_PASSED
    for alone in both:
        assert with_lists(alone).signatures[0].sub_indication is SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE


@pytest.mark.parametrize("stale_first", [True, False])
def test_a_stale_part_makes_the_whole_stale(stale_first: bool) -> None:  # noqa: FBT001
    here = world()
    spans = [(day(2026, 11, 1), day(2026, 11, 8)), (FRESH, FRESH_END)]
    (one, one_end), (other, other_end) = spans if stale_first else spans[::-1]
    verdict = with_lists(part(here, KEYS, one, one_end), part(here, REST, other, other_end))
    assert verdict.signatures[0].sub_indication is SubIndication.TRY_LATER
    assert verdict.try_again_at == AT + OVERDUE


def test_a_part_that_revokes_is_believed() -> None:
    here = world()
    revoked = Revoked(here.leaf, day(2026, 11, 10))
    verdict = with_lists(part(here, KEYS, FRESH, FRESH_END, revoked), part(here, REST, FRESH, FRESH_END))
    assert verdict.signatures[0].sub_indication is SubIndication.REVOKED_NO_POE


def test_a_delta_makes_an_older_list_recent_while_that_is_current() -> None:
    here = world()
    recent = make_policy(name="recent", freshness="max_age", freshness_seconds=86_400 * 3)
    base, newer = make_crl(here.ca, day(2026, 11, 16), FRESH_END), delta(here, FRESH, FRESH_END)
    made = case(unstamped(here, SIGNED), base, *around(here))
    document = read_document(made.document)
    assert judge(document, made.evidence, recent, AT).verdict.conclusion is Conclusion.INDETERMINATE
    more = made.evidence.plus(crls=(newer,))
    assert judge(document, more, recent, AT).verdict.conclusion is Conclusion.TOTAL_PASSED


def test_a_delta_does_not_outlive_its_base() -> None:
    here = world()
    base = make_crl(here.ca, day(2026, 11, 10), day(2026, 11, 17))
    verdict = with_lists(base, delta(here, FRESH, FRESH_END))
    assert verdict.signatures[0].sub_indication is SubIndication.TRY_LATER


def test_what_the_delta_revokes_is_revoked_whatever_the_base_says() -> None:
    here = world()
    base = make_crl(here.ca, FRESH, FRESH_END)
    verdict = with_lists(base, delta(here, FRESH + HOUR, FRESH_END, Revoked(here.leaf, day(2026, 11, 10))))
    assert verdict.signatures[0].sub_indication is SubIndication.REVOKED_NO_POE


def test_every_part_must_be_proved_to_be_older_than_the_revocation_of_the_ca() -> None:
    here = world()
    first, second = part(here, KEYS, OLD, day(2024)), part(here, REST, OLD, day(2024))
    ca_revoked = around(here, Revoked(here.ca, day(2023)))
    whole = unstamped(here).dss((first, second)).document_stamp(ARCHIVED)
    assert judged(case(whole, *ca_revoked)).conclusion is Conclusion.TOTAL_PASSED
    for inside, beside in ((first, second), (second, first)):
        partly = unstamped(here).dss((inside,)).document_stamp(ARCHIVED)
        assert judged(case(partly, beside, *ca_revoked)).conclusion is Conclusion.INDETERMINATE
