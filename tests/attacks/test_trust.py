"""Attacks on what a signature rests on: certificates, revocation data, time stamps, validation data in the file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from asn1crypto import core, crl, x509

from tests.attacks.support import signed_rich, told, verdict
from tests.pki import (
    AT,
    FRESH,
    SIGNED,
    Draft,
    Identity,
    Revoked,
    World,
    day,
    fresh_evidence,
    issue,
    make_crl,
    make_ocsp,
    signed_pdf,
    trust_snapshot,
    world,
)
from tests.pki.certificates import NOCHECK
from tests.pki.keys import algorithm, ec_key
from tests.pki.keys import sign as sign_bytes
from tests.pki.world import CA, LEAF, ROOT, TSA, TSA_CA
from verifier.evidence import Evidence
from verifier.verdict import Conclusion, Indication, SubIndication

WEEK = timedelta(days=7)
LATER = FRESH + WEEK


def with_extension(one: Identity, issuer: Identity, kind: str, value: Any) -> Identity:
    """Issue the certificate of `one` again, with one extension more or in the place of the same."""
    body = one.certificate["tbs_certificate"].copy()
    kept = [each for each in body["extensions"] if each["extn_id"].native != kind]
    body["extensions"] = [*kept, {"extn_id": kind, "critical": True, "extn_value": value}]
    made = x509.Certificate(
        {
            "tbs_certificate": body,
            "signature_algorithm": algorithm(issuer.key),
            "signature_value": sign_bytes(issuer.key, body.dump(force=True)),
        }
    )
    return Identity(x509.Certificate.load(made.dump()), one.key)


def path_length(length: int) -> tuple[World, Identity]:
    """A CA that may have `length` CAs below it, and one below it."""
    here = world()
    constraint = {"ca": True, "path_len_constraint": length}
    ca = with_extension(here.ca, here.root, "basic_constraints", constraint)
    sub = issue(CA.but(name="Sub CA", key=ec_key("sub ca")), ca)
    return replace(here, ca=sub, leaf=issue(LEAF, sub)), ca


def leaf_as_ca() -> World:
    here = world()
    return replace(here, ca=here.leaf, leaf=issue(LEAF.but(name="Minister", key=ec_key("minister")), here.leaf))


def no_cert_sign() -> World:
    return world(ca=CA.but(usage=frozenset({"crl_sign"})))


def outside_of_the_names() -> World:
    here = world()
    other = x509.Name.build({"country_name": "VN", "organization_name": "Another authority"})
    subtree = {"base": x509.GeneralName("directory_name", other)}
    ca = with_extension(here.ca, here.root, "name_constraints", {"permitted_subtrees": [subtree]})
    return replace(here, ca=ca, leaf=issue(LEAF, ca))


def unknown_critical() -> World:
    here = world()
    leaf = with_extension(here.leaf, here.ca, "1.2.3.4.5.6", core.ParsableOctetString(b"\x05\x00"))
    return replace(here, leaf=leaf)


def expired_ca() -> World:
    return world(ca=CA.but(not_after=day(2025)))


def leaf_before_its_ca() -> World:
    return world(leaf=LEAF.but(not_before=day(2019), not_after=day(2020)), ca=CA.but(not_before=day(2021)))


PATHS: dict[str, Callable[[], World]] = {
    "a signer issues": leaf_as_ca,
    "no right to issue": no_cert_sign,
    "outside of the permitted names": outside_of_the_names,
    "unknown critical extension": unknown_critical,
    "CA expired": expired_ca,
    "never valid together": leaf_before_its_ca,
}


def knowing(used: World, *more: Identity) -> Evidence:
    """Fresh revocation data of everyone in the path, so that only the path itself can be wrong."""
    here = world()
    issuers = (used.ca, used.root, here.ca, *more) if used.ca.name != here.ca.name else (used.ca, used.root)
    crls = tuple(make_crl(one, FRESH, LATER) for one in dict.fromkeys(issuers))
    between = tuple(one.der for one in (used.ca, *more))
    return Evidence(trust_snapshot(here), certificates=between, crls=crls)


@pytest.mark.parametrize("name", PATHS)
def test_a_path_that_breaks_a_rule_does_not_pass(name: str) -> None:
    used = PATHS[name]()
    found = told(signed_pdf(used), knowing(used))
    assert found.conclusion is Conclusion.INDETERMINATE


def test_the_paths_are_spoiled_by_that_rule_alone() -> None:
    assert told(signed_pdf(world()), knowing(world())).conclusion is Conclusion.TOTAL_PASSED


@pytest.mark.parametrize(("length", "wanted"), [(0, Conclusion.INDETERMINATE), (1, Conclusion.TOTAL_PASSED)])
def test_a_path_is_no_longer_than_its_authorities_allow(length: int, wanted: Conclusion) -> None:
    used, above = path_length(length)
    assert told(signed_pdf(used), knowing(used, above)).conclusion is wanted


def only(crls: tuple[bytes, ...] = (), ocsps: tuple[bytes, ...] = ()) -> Evidence:
    """Knows that the CA is good; of the signer only what is given."""
    here = world()
    return Evidence(trust_snapshot(here), crls=(make_crl(here.root, FRESH, LATER), *crls), ocsps=ocsps)


def false_ca() -> Identity:
    return issue(CA.but(key=ec_key("false ca")), issue(ROOT.but(key=ec_key("false root"))))


def delegate(**changes: Any) -> Identity:
    spec = LEAF.but(name="Responder", key=ec_key("responder"), extended=("ocsp_signing",), extensions=(NOCHECK,))
    spec = spec.but(**changes)
    return issue(spec, world().ca)


def delta(issuer: Identity) -> bytes:
    """A delta CRL, which lists nothing and so says nothing of what the base lists."""
    parsed = crl.CertificateList.load(make_crl(issuer, FRESH, LATER))
    body = parsed["tbs_cert_list"]
    body["crl_extensions"].append({"extn_id": "delta_crl_indicator", "critical": True, "extn_value": 1})
    parsed["signature"] = sign_bytes(issuer.key, body.dump(force=True))
    return bytes(parsed.dump(force=True))


def status_forgeries() -> dict[str, Evidence]:
    here, false = world(), false_ca()
    other = issue(LEAF.but(name="Someone", key=ec_key("someone")), here.ca)
    sub = issue(CA.but(name="Sub CA", key=ec_key("sub ca")), here.ca)
    return {
        "nothing": only(),
        "CRL of a namesake": only((make_crl(false, FRESH, LATER),)),
        "CRL with the key of a namesake": only((make_crl(here.ca, FRESH, LATER, key=false.key),)),
        "CRL of the signer": only((make_crl(here.leaf, FRESH, LATER),)),
        "CRL of another authority": only((make_crl(here.tsa_ca, FRESH, LATER),)),
        "delta CRL alone": only((delta(here.ca),)),
        "CRL of tomorrow": only((make_crl(here.ca, AT + timedelta(hours=1), LATER),)),
        "old CRL": only((make_crl(here.ca, day(2026, 1, 1), day(2026, 1, 8)),)),
        "OCSP of a namesake": only(ocsps=(make_ocsp(here.leaf, false, FRESH, LATER),)),
        "OCSP with the key of a namesake": only(ocsps=(make_ocsp(here.leaf, here.ca, FRESH, LATER, key=false.key),)),
        "OCSP for someone else": only(ocsps=(make_ocsp(other, here.ca, FRESH, LATER),)),
        "OCSP by another signer of the CA": only(ocsps=(make_ocsp(here.leaf, here.ca, FRESH, LATER, responder=other),)),
        "OCSP by the signer": only(ocsps=(make_ocsp(here.leaf, here.ca, FRESH, LATER, responder=here.leaf),)),
        "OCSP by a CA below": only(ocsps=(make_ocsp(here.leaf, here.ca, FRESH, LATER, responder=sub),)),
        "OCSP by an expired responder": only(
            ocsps=(make_ocsp(here.leaf, here.ca, FRESH, LATER, responder=delegate(not_after=day(2025))),)
        ),
        "OCSP that knows nothing": only(ocsps=(make_ocsp(here.leaf, here.ca, FRESH, LATER, unknown=True),)),
    }


@pytest.mark.parametrize("name", status_forgeries())
def test_a_status_that_is_not_the_authoritys_is_none(name: str) -> None:
    found = told(signed_pdf(), status_forgeries()[name])
    assert found.conclusion is Conclusion.INDETERMINATE
    assert found.sub in (SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE, SubIndication.TRY_LATER)


def test_the_authoritys_status_is_one() -> None:
    here = world()
    right = (
        only((make_crl(here.ca, FRESH, LATER),)),
        only(ocsps=(make_ocsp(here.leaf, here.ca, FRESH, LATER),)),
        only(ocsps=(make_ocsp(here.leaf, here.ca, FRESH, LATER, responder=delegate()),)),
    )
    assert {told(signed_pdf(), one).conclusion for one in right} == {Conclusion.TOTAL_PASSED}


def revocations() -> dict[str, Evidence]:
    here = world()
    bad = Revoked(here.leaf, day(2026, 2))
    undone = Revoked(here.leaf, day(2026, 3), "remove_from_crl")
    before = FRESH - timedelta(days=1)
    good_ocsp = make_ocsp(here.leaf, here.ca, FRESH, LATER)
    return {
        "listed": only((make_crl(here.ca, FRESH, LATER, bad),)),
        "listed, then undone in the same list": only((make_crl(here.ca, FRESH, LATER, bad, undone),)),
        "delta beside the list": only((make_crl(here.ca, FRESH, LATER, bad), delta(here.ca))),
        "an older list beside a newer answer": only((make_crl(here.ca, before, LATER, bad),), (good_ocsp,)),
        "both of the same time": only((make_crl(here.ca, FRESH, LATER, bad), make_crl(here.ca, FRESH, LATER))),
    }


@pytest.mark.parametrize("name", revocations())
def test_a_revocation_is_not_hidden(name: str) -> None:
    found = told(signed_pdf(), revocations()[name])
    assert found.conclusion is not Conclusion.TOTAL_PASSED


# --- time -----------------------------------------------------------------------------------------------------------


def expired() -> World:
    """The signer's certificate ended before the judging."""
    return world(leaf=LEAF.but(not_after=day(2026, 11, 21)))


def stamped_by(stamper: Callable[[bytes], bytes], used: World) -> bytes:
    draft = Draft(used).sign(cms=used.cms(stamps=(stamper,)))
    return draft.dss((*used.signer_crls(SIGNED + timedelta(minutes=1)), *used.tsa_crls(FRESH))).data


def tokens() -> dict[str, Callable[[bytes], bytes]]:
    used = expired()
    plain = issue(TSA.but(name="TSA plain", extended_critical=False), used.tsa_ca)
    none = issue(TSA.but(name="TSA none", extended=()), used.tsa_ca)
    mixed = issue(TSA.but(name="TSA mixed", extended=("time_stamping", "code_signing")), used.tsa_ca)
    false = issue(TSA.but(key=ec_key("false tsa")), issue(TSA_CA.but(key=ec_key("false tsa ca"))))
    moment = SIGNED + timedelta(seconds=5)
    return {
        "of another signature": lambda _: used.stamp(moment)(b"another signature value"),
        "of a namesake": used.stamp(moment, tsa=false),
        "with another key": used.stamp(moment, key=ec_key("thief")),
        "for which no usage is said": used.stamp(moment, tsa=none),
        "whose usage is not critical": used.stamp(moment, tsa=plain),
        "whose usage is mixed": used.stamp(moment, tsa=mixed),
        "by the signer": used.stamp(moment, tsa=used.leaf),
        "before the authority existed": used.stamp(day(2006)),
    }


@pytest.mark.parametrize("name", tokens())
def test_a_forged_time_stamp_proves_nothing(name: str) -> None:
    used = expired()
    found = verdict(stamped_by(tokens()[name], used), fresh_evidence(used))
    assert found.conclusion is Conclusion.INDETERMINATE
    assert found.signatures[0].best_signature_time == AT


def test_a_right_time_stamp_proves_it() -> None:
    used = expired()
    found = verdict(stamped_by(used.stamp(SIGNED + timedelta(seconds=5)), used), fresh_evidence(used))
    assert found.conclusion is Conclusion.TOTAL_PASSED


@pytest.mark.parametrize("ahead", [timedelta(hours=1), timedelta(days=400)])
def test_a_time_stamp_of_the_future_does_not_move_the_best_time(ahead: timedelta) -> None:
    used = world()
    found = verdict(stamped_by(used.stamp(AT + ahead), used), fresh_evidence(used))
    assert found.signatures[0].best_signature_time == AT
    assert [one.indication for one in found.signatures[0].timestamps] != [Indication.PASSED]


def test_a_claimed_time_proves_nothing() -> None:
    used = expired()
    claimed: datetime = SIGNED
    found = verdict(Draft(used).sign(claimed, used.cms(signing_time=claimed)).data, fresh_evidence(used))
    assert found.conclusion is Conclusion.INDETERMINATE
    assert found.signatures[0].best_signature_time == AT


def test_a_validation_store_of_ten_thousand_entries_changes_nothing() -> None:
    made = signed_rich()
    junk = tuple(b"junk %d" % number for number in range(10_000))
    made.add_dss(junk[:3_400], junk[3_400:6_700], junk[6_700:])
    found = told(made.data)
    assert found.conclusion is Conclusion.TOTAL_PASSED
    assert found.classes == ("lta_updates",)
