from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.pki import AT, Draft, Revoked, day, issue, make_ocsp, plain_pdf, trust_snapshot, world
from tests.pki.keys import ec_key
from tests.pki.long_crl import long_crl
from tests.pki.world import LEAF, TSA
from tests.signing.longterm.house import (
    EARLIER,
    LEAF_CRL,
    LEAF_OCSP,
    SIGNED_AT,
    SOON,
    TSA_CRL,
    WORLD,
    House,
)
from verifier.errors import CouldNotIssue
from verifier.evidence import Evidence
from verifier.judge import judge
from verifier.pades.facts import DocumentFacts
from verifier.pades.reader import read_document
from verifier.policy import make_policy
from verifier.signing.longterm.collecting import Question, collect
from verifier.signing.records import Level
from verifier.verdict import Changes, Conclusion, DocumentVerdict


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def facts(path: Path) -> DocumentFacts:
    return read_document(path.read_bytes())


def offline(path: Path, **options: Any) -> DocumentVerdict:
    """What somebody says who has but the file and the roots."""
    return judge(
        facts(path), Evidence(trust_snapshot(WORLD)), make_policy(name="test"), AT + timedelta(seconds=2)
    ).verdict


def held(path: Path) -> tuple[set[bytes], set[bytes]]:
    """CRLs and OCSP responses of the store."""
    data = facts(path).validation_data
    return {one for some in data for one in some.crls}, {one for some in data for one in some.ocsps}


def refusal(house: House, source: Path, level: Level = Level.B_LTA) -> CouldNotIssue:
    with pytest.raises(CouldNotIssue) as refused:
        house.longterm().completed(source, house.out, level)
    return refused.value


@pytest.mark.parametrize(("level", "label"), [(Level.B_LT, "PAdES-BASELINE-LT"), (Level.B_LTA, "PAdES-BASELINE-LTA")])
def test_a_signed_document_is_brought_to_its_level(house: House, level: Level, label: str) -> None:
    source = house.signed()
    done = house.longterm().completed(source, house.out, level)
    assert house.out.read_bytes().startswith(source.read_bytes())
    assert done.grown == house.out.stat().st_size - source.stat().st_size
    verdict = offline(house.out)
    assert verdict.conclusion is Conclusion.TOTAL_PASSED
    assert verdict.signatures[0].level == label
    assert verdict.signatures[0].integrity.changes in (Changes.NONE, Changes.LTA_UPDATES)
    assert len(done.stamps) == len(house.stamps.stamped) == (level is Level.B_LTA)
    assert list(house.folder.glob("scratch/*")) == []


def test_the_store_holds_chain_and_status_of_signer_and_stamp(house: House) -> None:
    house.longterm().completed(house.signed(), house.out, Level.B_LT)
    (data,) = facts(house.out).validation_data
    here = house.used
    wanted = (here.leaf, here.ca, here.root, here.tsa, here.tsa_ca, here.tsa_root)
    assert set(data.certificates) == {one.der for one in wanted}
    crls, ocsps = held(house.out)
    assert ocsps == {house.net.answers[LEAF_OCSP]}
    assert house.net.answers[LEAF_CRL] not in crls
    assert len(crls) == 3


def test_a_list_is_kept_where_no_responder_answers(house: House) -> None:
    house.net.answers[LEAF_OCSP] = 503
    house.longterm().completed(house.signed(), house.out, Level.B_LT)
    crls, ocsps = held(house.out)
    assert (house.net.answers[LEAF_CRL] in crls, ocsps) == (True, set())


def test_where_both_stand_in_the_file_nothing_is_added_for_it(house: House) -> None:
    source = house.signed("LT")
    house.longterm().completed(source, house.out, Level.B_LTA)
    assert house.net.urls == []
    assert len(facts(house.out).validation_data) == 1


@pytest.mark.parametrize(("level", "stamps"), [(Level.B_LT, 1), (Level.B_LTA, 2)])
def test_a_signature_without_a_stamp_gets_a_document_time_stamp_before_its_status(
    house: House, level: Level, stamps: int
) -> None:
    source = house.signed("B")
    done = house.longterm().completed(source, house.out, level)
    assert len(done.stamps) == stamps
    verdict = offline(house.out)
    assert {one.indication for one in verdict.signatures} == {Conclusion.TOTAL_PASSED}
    kinds = [kind for revision in verdict.revisions for kind in revision.kinds]
    assert kinds[2:4] == ["document_timestamp", "validation_data"]


@pytest.mark.parametrize(("gone", "whose"), [(TSA_CRL, "TSA 1"), (LEAF_OCSP, "Signer")])
def test_unknown_status_is_refused(house: House, gone: str, whose: str) -> None:
    house.net.answers |= {gone: 503, LEAF_CRL: 503}
    problem = refusal(house, house.signed()).problem
    assert (problem.code, problem.params["certificate"]) == ("status-unknown", whose)
    assert not house.out.exists()


def test_a_revoked_signer_is_refused(house: House) -> None:
    revoked = Revoked(WORLD.leaf, day(2026), "key_compromise")
    house.net.answers[LEAF_OCSP] = make_ocsp(WORLD.leaf, WORLD.ca, EARLIER, SOON, revoked=revoked)
    problem = refusal(house, house.signed()).problem
    assert (problem.code, problem.params["reason"]) == ("certificate-unfit", "REVOKED_NO_POE")


def test_an_answer_of_before_the_signing_is_not_enough_where_the_policy_says_so(house: House) -> None:
    house.policy = make_policy(name="strict", freshness="max_age", freshness_seconds=45 * 60)
    old = make_ocsp(WORLD.leaf, WORLD.ca, SIGNED_AT - timedelta(minutes=46), SOON)
    house.net.answers |= {LEAF_OCSP: old, LEAF_CRL: 503}
    assert refusal(house, house.signed()).problem.code == "status-not-yet"
    house.net.answers[LEAF_OCSP] = make_ocsp(WORLD.leaf, WORLD.ca, SIGNED_AT + timedelta(minutes=1), SOON)
    house.longterm().completed(house.signed(), house.out, Level.B_LTA)


def test_a_plain_document_is_refused(house: House) -> None:
    source = house.folder / "plain.pdf"
    source.write_bytes(plain_pdf())
    assert refusal(house, source).problem.code == "nothing-signed"


def test_a_signature_of_others_may_stay_as_it_is(house: House) -> None:
    stranger = world(leaf=LEAF.but(name="Stranger", key=ec_key("stranger")))
    draft = Draft(WORLD).sign(SIGNED_AT, WORLD.cms(signer=stranger.leaf, certificates=(stranger.leaf, WORLD.ca)))
    draft.sign(SIGNED_AT, WORLD.cms(stamps=(WORLD.stamp(SIGNED_AT),)))
    source = house.folder / "two.pdf"
    source.write_bytes(draft.data)
    house.net.answers[LEAF_CRL] = 503
    assert refusal(house, source).problem.params["certificate"] == "Stranger"
    house.own = [WORLD.leaf.der]
    house.longterm().completed(source, house.out, Level.B_LTA)
    assert [one.indication.value for one in offline(house.out).signatures] == [
        "INDETERMINATE",
        "TOTAL_PASSED",
        "TOTAL_PASSED",
    ]


def test_of_all_that_is_known_the_newest_short_answer_is_kept(house: House) -> None:
    source, here = house.signed(), house.used
    older, newer = (make_ocsp(here.leaf, here.ca, EARLIER + timedelta(minutes=n), SOON) for n in (0, 1))
    crls = (*here.signer_crls(EARLIER + timedelta(minutes=2)), *here.tsa_crls(EARLIER))
    evidence = Evidence(trust_snapshot(here), crls=crls, ocsps=(older, newer))
    found = collect(source, Question(evidence, house.policy, AT))
    assert found.material.ocsps == (newer,)
    assert set(found.material.crls) == set(crls[1:])


def test_a_long_list_is_kept_for_our_own_and_not_for_others(house: House) -> None:
    source, here = house.signed(), house.used
    long = long_crl(here.ca, EARLIER, SOON, 45_000)
    crls = (long, *here.signer_crls(EARLIER)[1:], *here.tsa_crls(EARLIER))
    evidence = Evidence(trust_snapshot(here), crls=crls)
    own = collect(source, Question(evidence, house.policy, AT))
    others = collect(source, Question(evidence, house.policy, AT, own=frozenset({b"another"})))
    assert (long in own.material.crls, long in others.material.crls) == (True, False)
    assert set(others.material.crls) == set(crls[1:])


def test_a_document_time_stamp_of_others_may_stay_as_it_is(house: House) -> None:
    here, stranger = house.used, issue(TSA.but(name="Stranger", key=ec_key("stranger")))
    before = SIGNED_AT - timedelta(hours=1)
    draft = Draft(here).sign(before, here.cms(signer=issue(LEAF.but(name="Else", key=ec_key("else"))), certificates=()))
    draft.document_stamp(before, tsa=stranger)
    draft.sign(SIGNED_AT, here.cms(stamps=(here.stamp(SIGNED_AT),)))
    source = house.folder / "stamped.pdf"
    source.write_bytes(draft.data)
    house.own = [here.leaf.der]
    assert len(house.longterm().completed(source, house.out, Level.B_LTA).stamps) == 1


def test_nothing_is_written_where_no_authority_answers(house: House) -> None:
    source = house.signed()
    house.stamps.silent = True
    assert refusal(house, source).problem.code == "no-time-stamp"
    assert not house.out.exists()
    assert list(house.folder.glob("scratch/*")) == []
