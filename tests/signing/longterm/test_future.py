from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.outside.net import Net
from tests.pki import AT, Draft, day, issue, make_ocsp, trust_snapshot, world
from tests.pki.keys import ec_key
from tests.pki.world import CA, LEAF, ROOT, TSA, TSA_CA, TSA_ROOT
from tests.signing.longterm.house import (
    EARLIER,
    LEAF_CRL,
    LEAF_OCSP,
    ROOT_CRL,
    SIGNED_AT,
    TSA_CRL,
    TSA_ROOT_CRL,
    YEARS_ON,
    Authority,
    House,
    answers,
)
from verifier.errors import CouldNotIssue
from verifier.evidence import Evidence
from verifier.policy import make_policy
from verifier.signing.longterm.collecting import Question, collect
from verifier.signing.records import Level
from verifier.snapshot import AlgorithmRule, AlgorithmSuite

SHORT_LIVED = world(
    root=ROOT,
    ca=CA.but(crl_urls=(ROOT_CRL,), not_after=day(2032)),
    leaf=LEAF.but(ocsp_urls=(LEAF_OCSP,), crl_urls=(LEAF_CRL,), not_after=day(2029)),
    tsa_root=TSA_ROOT,
    tsa_ca=TSA_CA.but(crl_urls=(TSA_ROOT_CRL,), not_after=day(2033)),
    tsa=TSA.but(crl_urls=(TSA_CRL,), not_after=day(2031)),
)
"""All of whose certificates have ended in ten years."""


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path, SHORT_LIVED, net=Net(answers(SHORT_LIVED)), stamps=Authority(used=SHORT_LIVED))


def completed(house: House, level: Level = Level.B_LTA) -> Path:
    house.longterm().completed(house.signed(), house.out, level)
    return house.out


def why(house: House, path: Path) -> str:
    with pytest.raises(CouldNotIssue) as refused:
        house.longterm().lasting(path, YEARS_ON)
    assert refused.value.problem.code == "would-not-last"
    return refused.value.problem.params["why"]


@pytest.mark.parametrize("level", list(Level))
def test_what_was_completed_lasts(house: House, level: Level) -> None:
    path = completed(house, level)
    before = path.read_bytes()
    house.longterm().lasting(path, YEARS_ON)
    assert path.read_bytes() == before
    assert list(house.folder.glob("scratch/*")) == []


def test_the_status_of_the_archive_stamp_is_asked_for_today(house: House) -> None:
    house.stamps.tsa = issue(
        TSA.but(name="Other TSA", key=ec_key("other-tsa"), crl_urls=(TSA_CRL,), not_after=day(2031)), SHORT_LIVED.tsa_ca
    )
    path = completed(house)
    house.longterm().lasting(path, YEARS_ON)
    house.net.answers[TSA_CRL] = 503
    house.longterm().lasting(path, YEARS_ON)  # the list of the CA stands in the file for the signature's stamp


def test_a_signature_without_status_in_the_file_does_not_last(house: House) -> None:
    assert why(house, house.signed()) == "status-missing"


def test_a_chain_that_is_not_in_the_file_does_not_last(house: House) -> None:
    here = SHORT_LIVED
    cms = here.cms(certificates=(here.leaf,), stamps=(here.stamp(SIGNED_AT + timedelta(seconds=5)),))
    draft = Draft(here).sign(SIGNED_AT, cms)
    draft.dss((*here.signer_crls(EARLIER), *here.tsa_crls(EARLIER)))
    path = house.folder / "chainless.pdf"
    path.write_bytes(draft.document_stamp(AT).data)
    house.trust = replace(trust_snapshot(here), intermediates=(here.ca.der,))
    assert why(house, path) == "chain-missing"


def test_an_algorithm_that_ends_before_the_first_stamp_does_not_last(house: House) -> None:
    path = completed(house)
    trust = trust_snapshot(SHORT_LIVED)
    suite = trust.suites["ts119312"]
    rules = tuple(rule for rule in suite.rules if rule.algorithm != "ecdsa")
    ended = AlgorithmRule("ecdsa", 256, SIGNED_AT - timedelta(days=1))
    house.trust = replace(trust, suites={"ts119312": AlgorithmSuite(suite.name, (*rules, ended))})
    assert why(house, path) in ("algorithm-ends", "no-time-to-renew")


def test_an_algorithm_that_ends_within_the_ten_years_does(house: House) -> None:
    path = completed(house)
    trust = trust_snapshot(SHORT_LIVED)
    suite = trust.suites["ts119312"]
    rules = tuple(rule for rule in suite.rules if rule.algorithm != "ecdsa")
    ends = AlgorithmRule("ecdsa", 256, day(2028))
    house.trust = replace(trust, suites={"ts119312": AlgorithmSuite(suite.name, (*rules, ends))})
    house.longterm().lasting(path, YEARS_ON)


def test_status_that_was_over_when_it_was_signed_does_not_outlast_the_certificate(house: House) -> None:
    here = house.used
    house.policy = make_policy(name="lenient", freshness="max_age", freshness_seconds=864_000)
    over = make_ocsp(here.leaf, here.ca, SIGNED_AT - timedelta(days=2), SIGNED_AT - timedelta(days=1))
    house.net.answers |= {LEAF_OCSP: over, LEAF_CRL: 503}
    assert why(house, completed(house)) == "proof-too-late"


def test_status_that_is_too_old_today_is_not_made_good_by_time(tmp_path: Path) -> None:
    here = world(leaf=LEAF.but(not_after=day(2043)))
    house = House(tmp_path, here, net=Net({}), stamps=Authority(used=here))
    old = SIGNED_AT - timedelta(days=30)
    draft = Draft(here).sign(SIGNED_AT, here.cms(stamps=(here.stamp(SIGNED_AT),)))
    draft.dss((*here.signer_crls(old), *here.tsa_crls(EARLIER)), certificates=(here.ca.der, here.tsa_ca.der))
    path = tmp_path / "old.pdf"
    path.write_bytes(draft.data)
    assert why(house, path) == "status-missing"


def test_no_time_is_left_to_renew(house: House) -> None:
    path = completed(house)
    house.now = day(2031) - timedelta(hours=1)
    assert why(house, path) == "no-time-to-renew"


def test_a_bare_signature_does_not_last(house: House) -> None:
    assert why(house, house.signed("B")) == "status-missing"


def test_due_is_before_the_stamp_ends_less_a_margin(house: House) -> None:
    path = completed(house)
    assert house.longterm().due(path) == day(2031) - timedelta(days=90)


def test_a_ca_that_ends_sooner_must_be_asked_once_more(tmp_path: Path) -> None:
    here = world(
        ca=CA.but(crl_urls=(ROOT_CRL,), not_after=day(2030)),
        leaf=LEAF.but(ocsp_urls=(LEAF_OCSP,), not_after=day(2029)),
        tsa=TSA.but(crl_urls=(TSA_CRL,), not_after=day(2032)),
        tsa_ca=TSA_CA.but(crl_urls=(TSA_ROOT_CRL,), not_after=day(2033)),
    )
    house = House(tmp_path, here, net=Net(answers(here)), stamps=Authority(used=here))
    path, renewed = completed(house), tmp_path / "renewed.pdf"
    assert house.longterm().due(path) == day(2030) - timedelta(days=90)
    house.now, house.stamps.at = day(2028), day(2028)
    house.net = Net(answers(here, day(2027, 12, 31), day(2028, 1, 7)))
    assert house.longterm().renewed(path, renewed).renew_before == day(2032) - timedelta(days=90)
    # when all but the authority of the newest stamp has ended, it stands, and without the renewal it would not
    asked = Question(Evidence(trust_snapshot(here), crls=here.tsa_crls(day(2031))), house.policy, day(2031, 1, 2))
    assert {one.indication.value for one in collect(renewed, asked).standings} == {"TOTAL_PASSED"}
    assert "INDETERMINATE" in {one.indication.value for one in collect(path, asked).standings}


def test_without_an_archive_stamp_the_first_end_of_all_counts(house: House) -> None:
    path = completed(house, Level.B_LT)
    assert house.longterm().due(path) == day(2029) - timedelta(days=90)


def test_due_is_before_an_algorithm_ends(house: House) -> None:
    path = completed(house)
    trust = trust_snapshot(SHORT_LIVED)
    suite = trust.suites["ts119312"]
    rules = tuple(rule for rule in suite.rules if rule.algorithm != "sha256")
    ends = AlgorithmRule("sha256", 0, day(2028))
    house.trust = replace(trust, suites={"ts119312": AlgorithmSuite(suite.name, (*rules, ends))})
    assert house.longterm().due(path) == day(2028) - timedelta(days=90)


def test_renewed_in_time_it_stands_after_the_first_authority_ended(house: House) -> None:
    path, renewed = completed(house), house.folder / "renewed.pdf"
    later = TSA.but(name="TSA of 2030", key=ec_key("tsa-2030"), crl_urls=(TSA_CRL,), not_after=day(2032, 6))
    house.now, house.net = day(2030, 9), Net(answers(SHORT_LIVED, day(2030, 8, 31), day(2030, 9, 7)))
    house.stamps = Authority(day(2030, 9), issue(later, SHORT_LIVED.tsa_ca), SHORT_LIVED)
    done = house.longterm().renewed(path, renewed)
    assert renewed.read_bytes().startswith(path.read_bytes())
    assert (done.conclusion, len(done.stamps)) == ("TOTAL_PASSED", 1)
    assert done.renew_before == day(2032, 6) - timedelta(days=90)
    # the first authority has ended in 2031; whoever judges asks for the status of the second, and of nobody else
    crls = SHORT_LIVED.tsa_crls(day(2031, 5, 31))
    asked = Question(Evidence(trust_snapshot(SHORT_LIVED), crls=crls), house.policy, day(2031, 6))
    assert {one.indication.value for one in collect(renewed, asked).standings} == {"TOTAL_PASSED"}
    assert {one.indication.value for one in collect(path, asked).standings} == {"INDETERMINATE"}


def test_renewed_too_late_is_refused(house: House) -> None:
    path = completed(house)
    house.now, house.stamps.at = day(2034), day(2034)
    house.net = Net(answers(SHORT_LIVED, day(2033, 12, 31), day(2034, 1, 7)))
    with pytest.raises(CouldNotIssue) as refused:
        house.longterm().renewed(path, house.folder / "renewed.pdf")
    assert refused.value.problem.code == "certificate-unfit"
    assert not (house.folder / "renewed.pdf").exists()
