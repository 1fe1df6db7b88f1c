from __future__ import annotations

from datetime import timedelta

import pytest
from asn1crypto import crl as asn1_crl
from asn1crypto import ocsp
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from tests.trust.builders import (
    GOOD,
    NOW,
    REVOKED,
    UNKNOWN_CRITICAL,
    WEEK,
    OcspSpec,
    Party,
    Revoked,
    authority,
    crl,
    day,
    leaf,
    ocsp_response,
    responder,
    root,
)
from verifier.trust.findings import RevocationFindings
from verifier.trust.revocation import revocation_data

ROOT = root()
CA = authority(ROOT)
SIGNER = leaf(CA)
OTHER_KEY = authority(ROOT, key_name="another key")
HOUR = timedelta(hours=1)


def ask(*ocsps: bytes, crls: tuple[bytes, ...] = (), subject: Party = SIGNER) -> RevocationFindings:
    return revocation_data(subject.certificate, CA.certificate, crls, ocsps, [CA.certificate, ROOT.certificate])


def refusals(findings: RevocationFindings) -> list[str]:
    assert findings.accepted == ()
    return [one.reason for one in findings.rejected]


def without_signature(response: bytes) -> bytes:
    bare = ocsp.OCSPResponse.load(response)["response_bytes"]["response"].parsed
    bare["signature"] = b""
    return bytes(bare.dump(force=True))


DATES = [
    (OcspSpec(at=NOW + HOUR, produced_at=NOW), "status-after-production"),
    (OcspSpec(lasts=-HOUR), "ends-before-it-begins"),
    (OcspSpec(lasts=HOUR, produced_at=NOW + 2 * HOUR), "produced-after-its-end"),
]


@pytest.mark.parametrize(("spec", "reason"), DATES, ids=[reason for _, reason in DATES])
def test_a_good_answer_whose_dates_do_not_fit_is_refused(spec: OcspSpec, reason: str) -> None:
    findings = ask(ocsp_response(SIGNER, CA, spec))
    assert refusals(findings) == [reason]
    assert findings.rejected[0].this_update == spec.at


@pytest.mark.parametrize(("spec", "reason"), DATES, ids=[reason for _, reason in DATES])
def test_it_revokes_all_the_same(spec: OcspSpec, reason: str) -> None:
    found = ask(ocsp_response(SIGNER, CA, spec.but(status="revoked")))
    assert ([one.status for one in found.accepted], reason in {why for _, why in DATES}) == (["revoked"], True)


@pytest.mark.parametrize("produced", [NOW, NOW + WEEK])
def test_dates_at_the_edge_fit(produced: object) -> None:
    assert ask(ocsp_response(SIGNER, CA, GOOD.but(produced_at=produced))).rejected == ()


def test_a_list_that_ends_before_it_begins_is_refused_unless_it_revokes() -> None:
    def ending(*entries: Revoked) -> bytes:
        listed = asn1_crl.CertificateList.load(crl(CA, *entries))
        tbs = listed["tbs_cert_list"]
        tbs["next_update"] = asn1_crl.Time(name="utc_time", value=NOW - HOUR)
        return _signed_again(listed, tbs)

    assert refusals(ask(crls=(ending(),))) == ["ends-before-it-begins"]
    (datum,) = ask(crls=(ending(Revoked(SIGNER.certificate.serial, day("2025-06-01"))),)).accepted
    assert datum.status == "revoked"


def _signed_again(listed: asn1_crl.CertificateList, tbs: asn1_crl.TbsCertList) -> bytes:
    body = tbs.dump(force=True)
    listed["tbs_cert_list"] = asn1_crl.TbsCertList.load(body)
    listed["signature"] = CA.key.sign(body, ec.ECDSA(hashes.SHA256()))
    return bytes(listed.dump(force=True))


def test_an_answer_without_a_signature_is_told_from_a_broken_one() -> None:
    sound = ocsp_response(SIGNER, CA)
    assert refusals(ask(without_signature(sound))) == ["unsigned"]
    assert refusals(ask(sound[:-4] + b"\0\0\0\0")) == ["signature-not-by-issuer"]


def test_a_list_without_a_signature_is_told_from_a_broken_one() -> None:
    listed = asn1_crl.CertificateList.load(crl(CA))
    listed["signature"] = b""
    assert refusals(ask(crls=(bytes(listed.dump(force=True)),))) == ["unsigned"]
    assert refusals(ask(crls=(crl(CA, signer="forger"),))) == ["signature-not-by-issuer"]


def test_a_list_of_an_issuer_of_the_same_name_with_another_key_is_told() -> None:
    key_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(OTHER_KEY.key.public_key())
    assert refusals(ask(crls=(crl(OTHER_KEY, extra=[(key_id, False)]),))) == ["issuer-key-differs"]
    own = x509.AuthorityKeyIdentifier.from_issuer_public_key(CA.key.public_key())
    assert refusals(ask(crls=(crl(OTHER_KEY, extra=[(own, False)]),))) == ["signature-not-by-issuer"]
    assert ask(crls=(crl(CA, extra=[(own, False)]),)).rejected == ()


def test_an_answer_of_an_issuer_of_the_same_name_with_another_key_is_told() -> None:
    assert refusals(ask(ocsp_response(leaf(OTHER_KEY), OTHER_KEY))) == ["issuer-key-differs"]


def test_an_answer_that_names_our_issuer_but_is_signed_by_another_key_is_refused() -> None:
    delegated = responder(OTHER_KEY)
    assert refusals(ask(ocsp_response(SIGNER, CA, signer=delegated))) == ["responder-not-authorised"]
    assert refusals(ask(ocsp_response(SIGNER, CA, signed_by="another key"))) == ["signature-not-by-issuer"]


def test_an_answer_by_a_responder_that_is_not_at_hand() -> None:
    bare = ocsp.OCSPResponse.load(ocsp_response(SIGNER, CA, signer=responder(CA)))["response_bytes"]["response"].parsed
    bare["certs"] = None
    assert refusals(ask(bare.dump(force=True))) == ["signer-not-found"]


@pytest.mark.parametrize("early", [True, False], ids=["not valid yet", "expired"])
def test_a_responder_outside_its_validity_when_it_answered(early: bool) -> None:  # noqa: FBT001
    delegated = responder(CA, start=NOW + HOUR) if early else responder(CA, end=NOW - HOUR)
    for spec in (GOOD, REVOKED):
        assert refusals(ask(ocsp_response(SIGNER, CA, spec, signer=delegated))) == ["produced-outside-signer-validity"]


def test_an_answer_that_cannot_be_used_does_not_hide_one_that_revokes() -> None:
    revoked = ocsp.OCSPResponse.load(ocsp_response(SIGNER, CA, REVOKED))["response_bytes"]["response"].parsed
    unknown = ocsp.OCSPResponse.load(ocsp_response(SIGNER, CA, OcspSpec("unknown")))["response_bytes"][
        "response"
    ].parsed
    body = revoked["tbs_response_data"]
    for first in (True, False):
        both = [unknown["tbs_response_data"]["responses"][0], revoked["tbs_response_data"]["responses"][0]]
        found = ask(_answering(body, both if first else both[::-1]))
        assert [one.status for one in found.accepted] == ["revoked"]
        assert [one.reason for one in found.rejected] == ["status-unknown"]


def _answering(body: ocsp.ResponseData, singles: list[ocsp.SingleResponse]) -> bytes:
    made = ocsp.ResponseData(
        {"responder_id": body["responder_id"], "produced_at": body["produced_at"], "responses": singles}
    )
    basic = ocsp.BasicOCSPResponse(
        {
            "tbs_response_data": made,
            "signature_algorithm": {"algorithm": "sha256_ecdsa"},
            "signature": CA.key.sign(made.dump(), ec.ECDSA(hashes.SHA256())),
        }
    )
    return bytes(basic.dump())


def test_every_refusal_tells_of_when_the_data_is() -> None:
    spec = GOOD.but(response_extensions=(UNKNOWN_CRITICAL,))
    found = ask(ocsp_response(SIGNER, CA, spec), b"junk", crls=(crl(CA, signer="forger"), b"junk"))
    told = {(one.kind, one.reason.value): one.this_update for one in found.rejected}
    assert told == {
        ("crl", "signature-not-by-issuer"): NOW,
        ("crl", "unreadable"): None,
        ("ocsp", "unknown-critical-extension"): NOW,
        ("ocsp", "unreadable"): None,
    }
