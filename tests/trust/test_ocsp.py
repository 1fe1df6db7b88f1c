from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from asn1crypto import core, ocsp

from tests.trust.builders import (
    GOOD,
    NOW,
    REVOKED,
    UNKNOWN_CRITICAL,
    WEEK,
    OcspSpec,
    Party,
    authority,
    crl,
    day,
    leaf,
    ocsp_response,
    responder,
    root,
)
from verifier.trust.revocation import RevocationData, RevocationFindings, revocation_data

ROOT = root()
CA = authority(ROOT)
SIGNER = leaf(CA)
RESPONDER = responder(CA)
EXPIRED = leaf(CA, "Expired", end=day("2024-01-01"))


def ask(data: bytes, subject: Party = SIGNER, issuer: Party = CA, pool: tuple[Party, ...] = ()) -> RevocationFindings:
    return revocation_data(subject.certificate, issuer.certificate, [], [data], [party.certificate for party in pool])


def only(findings: RevocationFindings) -> RevocationData:
    assert findings.rejected == ()
    (datum,) = findings.accepted
    return datum


def refusal(findings: RevocationFindings) -> str:
    assert findings.accepted == ()
    return findings.rejected[0].reason if findings.rejected else ""


def test_the_issuer_says_good() -> None:
    data = ocsp_response(SIGNER, CA, GOOD.but(produced_at=NOW + timedelta(hours=1)))
    datum = only(ask(data))
    assert (datum.kind, datum.status, datum.revoked_at, datum.reason) == ("ocsp", "good", None, None)
    assert (datum.this_update, datum.next_update) == (NOW, NOW + WEEK)
    assert datum.produced_at == datum.issued_at == NOW + timedelta(hours=1)
    assert datum.signer_path == (CA.certificate,)
    assert datum.sha256 == hashlib.sha256(data).hexdigest()


def test_a_delegated_responder_says_good() -> None:
    assert only(ask(ocsp_response(SIGNER, CA, signer=RESPONDER))).signer_path == (
        RESPONDER.certificate,
        CA.certificate,
    )


def test_the_inner_part_alone_is_read() -> None:
    assert only(ask(ocsp_response(SIGNER, CA, basic=True))).status == "good"


@pytest.mark.parametrize("name", ["sha1", "sha256", "sha384", "sha512"])
def test_the_certificate_is_named_with_a_known_hash(name: str) -> None:
    assert only(ask(ocsp_response(SIGNER, CA, GOOD.but(cert_id_hash=name)))).status == "good"


@pytest.mark.parametrize("name", ["md5", "sha224"])
def test_an_answer_that_names_the_certificate_with_another_hash_is_refused(name: str) -> None:
    assert refusal(ask(ocsp_response(SIGNER, CA, GOOD.but(cert_id_hash=name)))) == "certificate-id-hash"
    assert ask(ocsp_response(leaf(CA, "Other"), CA, GOOD.but(cert_id_hash=name))) == RevocationFindings((), ())


@pytest.mark.parametrize("signer", [None, RESPONDER])
def test_the_responder_may_be_given_by_name(signer: Party | None) -> None:
    assert only(ask(ocsp_response(SIGNER, CA, GOOD.but(by_name=True), signer=signer))).status == "good"


def test_no_next_update_is_told() -> None:
    assert only(ask(ocsp_response(SIGNER, CA, GOOD.but(lasts=None)))).next_update is None


def test_revoked_with_date_and_reason() -> None:
    datum = only(ask(ocsp_response(SIGNER, CA, REVOKED)))
    assert (datum.status, datum.revoked_at, datum.reason) == ("revoked", day("2025-06-01"), "key_compromise")


@pytest.mark.parametrize(
    ("reason", "revoked_at", "status"),
    [
        ("certificate_hold", day("2025-06-01"), "on_hold"),
        ("certificate_hold", datetime(1970, 1, 1, tzinfo=UTC), "revoked"),
        ("remove_from_crl", day("2025-06-01"), "good"),
    ],
)
def test_hold_removal_and_never_issued(reason: str, revoked_at: datetime, status: str) -> None:
    datum = only(ask(ocsp_response(SIGNER, CA, REVOKED.but(reason=reason, revoked_at=revoked_at))))
    assert datum.status == status


def test_a_status_that_is_unknown_is_refused() -> None:
    assert refusal(ask(ocsp_response(SIGNER, CA, OcspSpec("unknown")))) == "status-unknown"


def test_an_answer_for_another_certificate_is_passed_over() -> None:
    assert ask(ocsp_response(leaf(CA, "Other"), CA)) == RevocationFindings((), ())


def test_an_answer_for_an_issuer_of_the_same_name_with_another_key_is_refused() -> None:
    other = authority(ROOT, key_name="other")
    assert refusal(ask(ocsp_response(leaf(other), other))) == "issuer-key-differs"


def test_an_answer_for_another_issuer_is_passed_over() -> None:
    other = authority(ROOT, "Other CA")
    assert ask(ocsp_response(leaf(other), other)) == RevocationFindings((), ())


def test_the_right_answer_of_several_is_taken() -> None:
    data = ocsp_response([leaf(CA, "Other"), SIGNER], CA)
    assert only(ask(data)).status == "good"


def test_a_signature_by_another_key_is_refused() -> None:
    assert refusal(ask(ocsp_response(SIGNER, CA, signed_by="forger"))) == "signature-not-by-issuer"
    assert refusal(ask(ocsp_response(SIGNER, CA, signer=RESPONDER, signed_by="forger"))) == "signature-not-by-issuer"


def test_a_changed_answer_is_refused() -> None:
    sound = ocsp_response(SIGNER, CA, REVOKED)
    assert refusal(ask(sound.replace(b"20250601", b"20290601"))) == "signature-not-by-issuer"


def test_a_responder_without_the_usage_is_refused() -> None:
    plain = leaf(CA, "Plain")
    assert refusal(ask(ocsp_response(SIGNER, CA, signer=plain))) == "responder-not-authorised"


def test_a_responder_of_another_ca_is_refused() -> None:
    stranger = responder(authority(ROOT, key_name="other"))
    assert refusal(ask(ocsp_response(SIGNER, CA, signer=stranger))) == "responder-not-authorised"
    above = responder(ROOT)
    assert refusal(ask(ocsp_response(SIGNER, CA, signer=above), pool=(ROOT,))) == "responder-not-authorised"


def test_a_responder_known_from_elsewhere_is_found() -> None:
    data = ocsp_response(SIGNER, CA, signer=RESPONDER)
    bare = ocsp.OCSPResponse.load(data)["response_bytes"]["response"].parsed
    bare["certs"] = None
    assert refusal(ask(bare.dump(force=True))) == "signer-not-found"
    assert only(ask(bare.dump(force=True), pool=(RESPONDER,))).signer == RESPONDER.certificate


@pytest.mark.parametrize("where", ["response_extensions", "single_extensions"])
def test_an_unknown_critical_extension_is_refused(where: str) -> None:
    spec = GOOD.but(**{where: (UNKNOWN_CRITICAL,)})
    assert refusal(ask(ocsp_response(SIGNER, CA, spec))) == "unknown-critical-extension"


def test_an_unknown_extension_that_is_not_critical_and_a_nonce_are_passed_over() -> None:
    nonce = {"extn_id": "nonce", "extn_value": core.OctetString(b"12345678")}
    spec = GOOD.but(single_extensions=({**UNKNOWN_CRITICAL, "critical": False},), response_extensions=(nonce,))
    assert only(ask(ocsp_response(SIGNER, CA, spec))).status == "good"


def test_an_answer_made_outside_the_validity_of_its_responder_is_refused() -> None:
    late = responder(CA, start=NOW + WEEK)
    assert refusal(ask(ocsp_response(SIGNER, CA, signer=late))) == "produced-outside-signer-validity"
    fitting = GOOD.but(produced_at=NOW + WEEK)
    assert only(ask(ocsp_response(SIGNER, CA, fitting, signer=late))).status == "good"


# --- expired certificates ----------------------------------------------------------------------------------------


def test_an_answer_made_after_expiry_does_not_speak_for_the_certificate() -> None:
    assert refusal(ask(ocsp_response(EXPIRED, CA), EXPIRED)) == "expired-not-covered"


def test_an_archive_cutoff_speaks_for_what_expired_since() -> None:
    cutoff = EXPIRED.certificate.not_after
    assert (
        only(ask(ocsp_response(EXPIRED, CA, GOOD.but(archive_cutoff=cutoff)), EXPIRED)).covers_expired_since == cutoff
    )
    later = GOOD.but(archive_cutoff=cutoff + timedelta(seconds=1))
    assert refusal(ask(ocsp_response(EXPIRED, CA, later), EXPIRED)) == "expired-not-covered"


def test_a_stated_certificate_hash_speaks_for_an_expired_certificate() -> None:
    right = GOOD.but(certificate_hash=hashlib.sha256(EXPIRED.der).digest())
    assert only(ask(ocsp_response(EXPIRED, CA, right), EXPIRED)).status == "good"


def test_a_wrong_certificate_hash_is_refused() -> None:
    wrong = GOOD.but(certificate_hash=hashlib.sha256(b"another").digest())
    assert refusal(ask(ocsp_response(SIGNER, CA, wrong))) == "certificate-hash-mismatch"


def test_a_revocation_is_told_after_expiry_too() -> None:
    revoked = REVOKED.but(revoked_at=day("2023-01-01"))
    assert only(ask(ocsp_response(EXPIRED, CA, revoked), EXPIRED)).status == "revoked"


def test_an_answer_older_than_the_certificate_is_marked() -> None:
    assert only(
        ask(ocsp_response(SIGNER, CA, GOOD.but(at=day("2019-12-31"), lasts=None, produced_at=NOW)))
    ).before_validity


# --- unreadable --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [b"", b"\x30\x00", b"not an answer", b"\x30\x03\x0a\x01\x00"])
def test_what_is_no_response_is_unreadable(data: bytes) -> None:
    assert refusal(ask(data)) == "unreadable"


def test_a_response_cut_short_is_unreadable() -> None:
    assert refusal(ask(ocsp_response(SIGNER, CA)[:-1])) == "unreadable"


def test_a_responder_that_could_not_answer_is_told() -> None:
    for status, reason in (
        ("malformed_request", "responder-malformed-request"),
        ("internal_error", "responder-internal-error"),
        ("try_later", "responder-try-later"),
        ("sign_required", "responder-sign-required"),
        ("unauthorized", "responder-unauthorized"),
    ):
        assert refusal(ask(ocsp.OCSPResponse({"response_status": status}).dump())) == reason


def test_lists_and_answers_stand_together_newest_first() -> None:
    answer = ocsp_response(SIGNER, CA, GOOD.but(at=NOW - WEEK, lasts=3 * WEEK, produced_at=NOW + WEEK))
    findings = revocation_data(SIGNER.certificate, CA.certificate, [crl(CA)], [answer], [])
    assert [datum.kind for datum in findings.accepted] == ["crl", "ocsp"]
