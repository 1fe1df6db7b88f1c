from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.judge.rows import Case
from tests.judge.rows.parts import FRESH_END, LEAF_2022, STAMPED, around, case, leaf_crl, stamped, unstamped
from tests.pki import AT, FRESH, SIGNED, Revoked, World, day, issue, make_crl, make_ocsp, world
from tests.pki.certificates import NOCHECK
from tests.pki.keys import ec_key
from tests.pki.world import CA, LEAF
from verifier.blocks.again import OVERDUE
from verifier.evidence import GapCode
from verifier.judge import judge
from verifier.pades.reader import read_document
from verifier.policy import Policy, make_policy
from verifier.reports.sentences import gaps
from verifier.verdict import Conclusion, DocumentVerdict, SignatureVerdict, SubIndication

POLICY = make_policy(name="revocation")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
REVOKED_ON = day(2026, 11, 10)
"""Ten days before the signature."""
RESPONDER = LEAF.but(name="Responder", key=ec_key("responder"), extended=("ocsp_signing",), extended_critical=False)
LISTS = LEAF.but(name="Issuing CA", key=ec_key("lists"), usage=frozenset({"crl_sign"}))


def judged(situation: Case, at: datetime = AT, policy: Policy = POLICY) -> DocumentVerdict:
    return judge(read_document(situation.document), situation.evidence, policy, at).verdict


def only(verdict: DocumentVerdict) -> SignatureVerdict:
    (one,) = verdict.signatures
    return one


def with_answers(here: World, *ocsps: bytes, crls: tuple[bytes, ...] = ()) -> Case:
    """Unstamped signature; these answers and lists for the signer, fresh lists for the CA."""
    made = case(unstamped(here, SIGNED), *crls, *around(here))
    return replace(made, evidence=made.evidence.plus(ocsps=ocsps))


def good(here: World, at: datetime, until: datetime | None, **more: Any) -> bytes:
    return make_ocsp(here.leaf, here.ca, at, until, **more)


# --- answers played again -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("until", [day(2026, 11, 2), day(2026, 12), None], ids=["ended", "not ended", "endless"])
def test_an_answer_from_before_the_revocation_does_not_hide_it(until: datetime | None) -> None:
    here = world()
    old = good(here, day(2026, 11, 1), until)
    newer = leaf_crl(here, Revoked(here.leaf, REVOKED_ON))
    verdict = judged(with_answers(here, old, crls=(newer,)))
    assert only(verdict).sub_indication is SubIndication.REVOKED_NO_POE
    answered = good(here, FRESH, FRESH_END, revoked=Revoked(here.leaf, REVOKED_ON))
    assert only(judged(with_answers(here, old, answered))).sub_indication is SubIndication.REVOKED_NO_POE


@pytest.mark.parametrize("until", [day(2026, 11, 2), None], ids=["ended", "endless"])
def test_an_old_answer_alone_is_stale(until: datetime | None) -> None:
    verdict = judged(with_answers(world(), good(world(), day(2026, 11, 1), until)))
    assert only(verdict).sub_indication is SubIndication.TRY_LATER
    (gap,) = verdict.gaps
    assert (gap.code, gap.params["source"]) == (GapCode.DATA_STALE, "OCSP")
    (said,) = gaps(verdict, "vi")
    assert "(21 ngày trước lúc kiểm tra)" in said.detail
    assert verdict.try_again_at == AT + OVERDUE


def test_an_old_answer_that_was_signed_anew_is_as_old_as_what_it_says() -> None:
    here = world()
    again = good(here, day(2026, 11, 1), day(2026, 11, 25), produced_at=FRESH)
    verdict = judged(with_answers(here, again, crls=(leaf_crl(here, Revoked(here.leaf, REVOKED_ON)),)))
    assert only(verdict).sub_indication is SubIndication.REVOKED_NO_POE
    strict = make_policy(name="strict", freshness="max_age", freshness_seconds=86_400 * 3)
    assert only(judged(with_answers(here, again), policy=strict)).sub_indication is SubIndication.TRY_LATER


def test_data_of_an_issuer_of_the_same_name_with_another_key_says_nothing() -> None:
    here = world()
    other = issue(CA.but(key=ec_key("another ca")), here.root)
    sham = make_ocsp(issue(LEAF, other), other, FRESH, FRESH_END)
    verdict = judged(with_answers(here, sham, crls=(make_crl(other, FRESH, FRESH_END),)))
    assert only(verdict).sub_indication is SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE
    (gap,) = verdict.gaps
    moment = FRESH.isoformat()
    assert gap.code == GapCode.DATA_REFUSED
    assert gap.params["data"] == f"crl issuer-key-differs {moment}, ocsp issuer-key-differs {moment}"
    assert gap.reason == f"CRL of {moment}: issuer key differs; OCSP of {moment}: issuer key differs"
    for lang, age in (("vi", "1 ngày trước lúc kiểm tra"), ("en", "1 days before the check")):
        (said,) = gaps(verdict, lang)
        assert len(re.findall(age, said.detail)) == 2
        assert "OCSP" in said.detail
        assert "CRL" in said.detail


def test_what_was_refused_is_told_beside_what_is_stale() -> None:
    here = world()
    made = with_answers(
        here, good(here, day(2026, 11, 1), None), crls=(leaf_crl(world(ca=CA.but(key=ec_key("another ca")))),)
    )
    codes = {gap.code: gap for gap in judged(made).gaps}
    assert set(codes) == {GapCode.DATA_STALE, GapCode.DATA_REFUSED}
    assert codes[GapCode.DATA_REFUSED].params["data"] == f"crl issuer-key-differs {FRESH.isoformat()}"


# --- who signed the data ------------------------------------------------------------------------------------------


def test_a_responder_that_need_not_be_asked_about() -> None:
    here = world()
    responder = issue(RESPONDER.but(extensions=(NOCHECK,)), here.ca)
    made = with_answers(here, good(here, FRESH, FRESH_END, responder=responder))
    assert judged(made).conclusion is Conclusion.TOTAL_PASSED


@pytest.mark.parametrize(
    ("when", "revoked", "refusal"),
    [
        (None, None, "signer-status-unknown"),
        (FRESH, "key_compromise", "signer-revoked"),
        (FRESH, "certificate_hold", "signer-revoked"),
        (day(2026, 10), None, "signer-status-stale"),
        (FRESH, None, ""),
    ],
    ids=["unknown", "revoked", "on hold", "stale", "good"],
)
def test_a_responder_must_be_known_not_to_be_revoked(when: datetime | None, revoked: str | None, refusal: str) -> None:
    here = world()
    responder = issue(RESPONDER, here.ca)
    entry = Revoked(responder, REVOKED_ON, revoked) if revoked else None
    about = () if when is None else (make_ocsp(responder, here.ca, when, when + 2 * DAY, revoked=entry),)
    verdict = judged(with_answers(here, good(here, FRESH, FRESH_END, responder=responder), *about))
    if not refusal:
        assert verdict.conclusion is Conclusion.TOTAL_PASSED
        return
    assert only(verdict).sub_indication is SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE
    assert f"ocsp {refusal} {FRESH.isoformat()}" in {gap.params.get("data") for gap in verdict.gaps}


def test_who_signs_lists_must_be_asked_about_whatever_its_certificate_promises() -> None:
    here = world()
    for_lists = issue(LISTS.but(extensions=(NOCHECK,), serial=9), here.root)
    listed = make_crl(for_lists, FRESH, FRESH_END)
    made = case(unstamped(here, SIGNED), listed)
    made = replace(made, evidence=made.evidence.plus(certificates=(for_lists.der,)))
    verdict = judged(made)
    assert only(verdict).sub_indication is SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE
    assert "crl signer-status-unknown" in str(verdict.gaps)
    known = replace(made, evidence=made.evidence.plus(crls=around(here)))
    assert judged(known).conclusion is Conclusion.TOTAL_PASSED


# --- when to try again ---------------------------------------------------------------------------------------------


def test_what_is_decided_needs_no_second_try() -> None:
    here = world()
    for crls in ((leaf_crl(here),), (leaf_crl(here, Revoked(here.leaf, REVOKED_ON)),)):
        verdict = judged(with_answers(here, crls=crls))
        assert verdict.try_again_at is None
        assert only(verdict).try_again_at is None


def test_data_that_the_policy_finds_too_old_are_due_at_their_next_update() -> None:
    here = world()
    strict = make_policy(name="strict", freshness="max_age", freshness_seconds=3600)
    verdict = judged(with_answers(here, crls=(leaf_crl(here, until=FRESH_END - DAY),)), policy=strict)
    assert only(verdict).sub_indication is SubIndication.TRY_LATER
    # the list of the CA is due a day later, and without it nothing can be said
    assert only(verdict).try_again_at == verdict.try_again_at == FRESH_END


def test_a_hold_may_be_lifted_with_the_next_list() -> None:
    here = world()
    held = leaf_crl(here, Revoked(here.leaf, REVOKED_ON, "certificate_hold"))
    made = with_answers(here, crls=(held,))
    verdict = judged(made)
    assert only(verdict).sub_indication is SubIndication.TRY_LATER
    assert verdict.try_again_at == FRESH_END
    lifted = make_crl(here.ca, FRESH_END, FRESH_END + DAY)
    later = make_crl(here.root, FRESH_END, FRESH_END + DAY)
    again = replace(made, evidence=made.evidence.plus(crls=(lifted, later)))
    assert judged(again, FRESH_END + HOUR).conclusion is Conclusion.TOTAL_PASSED


def test_a_hold_without_a_next_update_is_looked_at_daily() -> None:
    here = world()
    held = good(here, FRESH, None, revoked=Revoked(here.leaf, REVOKED_ON, "certificate_hold"))
    assert judged(with_answers(here, held)).try_again_at == AT + DAY


def test_data_of_after_the_instant_count_once_it_is_reached() -> None:
    here = world()
    later = AT + DAY
    made = with_answers(here, crls=(make_crl(here.ca, later, later + DAY),))
    verdict = judged(made)
    assert only(verdict).sub_indication is SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE
    assert verdict.try_again_at == later
    assert judged(made, later).conclusion is Conclusion.TOTAL_PASSED


def test_where_nothing_is_at_hand_nobody_knows_when() -> None:
    assert judged(with_answers(world())).try_again_at is None


def test_a_time_stamp_that_waits_makes_its_signature_wait() -> None:
    here = world(leaf=LEAF_2022)
    telling = make_crl(here.ca, FRESH, FRESH_END, expired_certs_since=day(2010))
    stale = here.tsa_crls(day(2020), day(2020, 2))
    made = case(stamped(here, STAMPED), telling, make_crl(here.root, FRESH, FRESH_END), *stale)
    verdict = judged(made)
    assert only(verdict).sub_indication is SubIndication.OUT_OF_BOUNDS_NOT_REVOKED
    assert verdict.try_again_at == AT + OVERDUE
    assert only(judged(made)).timestamps[0].sub_indication is SubIndication.TRY_LATER
    again = replace(made, evidence=made.evidence.plus(crls=here.tsa_crls(FRESH)))
    assert judged(again).conclusion is Conclusion.TOTAL_PASSED


def test_the_earliest_of_several_signatures_counts() -> None:
    here = world()
    second = issue(LEAF.but(name="Second signer", key=ec_key("second")), here.ca)
    draft = unstamped(here, SIGNED).sign(SIGNED, here.cms(signer=second, certificates=(second, here.ca)))
    hold = Revoked(here.leaf, REVOKED_ON, "certificate_hold")
    early = make_ocsp(here.leaf, here.ca, FRESH, AT + HOUR, revoked=hold)
    late = make_ocsp(second, here.ca, FRESH, AT + 2 * HOUR, revoked=Revoked(second, REVOKED_ON, "certificate_hold"))
    made = case(draft, *around(here))
    verdict = judged(replace(made, evidence=made.evidence.plus(ocsps=(late, early))))
    assert [one.try_again_at for one in verdict.signatures] == [AT + HOUR, AT + 2 * HOUR]
    assert verdict.try_again_at == AT + HOUR


@pytest.mark.parametrize("at", [AT, FRESH_END, FRESH_END + 30 * DAY])
def test_it_lies_after_the_instant_of_judging(at: datetime) -> None:
    here = world()
    verdict = judged(with_answers(here, crls=(leaf_crl(here),)), at)
    assert (verdict.try_again_at is None) == (at == AT)
    assert verdict.try_again_at is None or verdict.try_again_at > at
