from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto import core
from asn1crypto import crl as asn1_crl
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.trust.builders import (
    CA_USAGE,
    NOW,
    WEEK,
    Party,
    Revoked,
    Spec,
    authority,
    crl,
    crl_points,
    day,
    issue,
    leaf,
    name,
    root,
    scope,
)
from verifier.trust.crl import parse_crl
from verifier.trust.crl_disk import OPEN, take_in_crl
from verifier.trust.crl_entries import holds_critical_extension
from verifier.trust.revocation import RevocationData, RevocationFindings, revocation_data
from verifier.trust.usage import may_sign_crls

ROOT = root()
CA = authority(ROOT)
SIGNER = leaf(CA)
SERIAL = SIGNER.certificate.serial
WHEN = day("2025-06-01")
URL = "http://crl.example/ca.crl"
EXPIRED = leaf(CA, "Expired", end=day("2024-01-01"))
KEY_COMPROMISE = x509.ReasonFlags.key_compromise
UNKNOWN_OID = x509.ObjectIdentifier("1.2.3.4")
UNKNOWN_CRITICAL = (x509.UnrecognizedExtension(UNKNOWN_OID, b"\x05\x00"), True)
DELTA = (x509.DeltaCRLIndicator(1), True)


def ask(data: bytes, subject: Party = SIGNER, issuer: Party = CA, pool: tuple[Party, ...] = ()) -> RevocationFindings:
    helpers = [party.certificate for party in (*pool, issuer, ROOT)]
    return revocation_data(subject.certificate, issuer.certificate, [data], [], helpers)


def only(findings: RevocationFindings) -> RevocationData:
    assert findings.rejected == ()
    (datum,) = findings.accepted
    return datum


def refusal(findings: RevocationFindings) -> str:
    assert findings.accepted == ()
    return findings.rejected[0].reason if findings.rejected else ""


def expired_certs_on_crl(since: datetime) -> tuple[x509.ExtensionType, bool]:
    value = core.GeneralizedTime(since).dump()
    return x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.60"), value), False


def test_a_certificate_that_is_not_listed_is_good() -> None:
    datum = only(ask(crl(CA, Revoked(77, WHEN))))
    assert (datum.kind, datum.status, datum.revoked_at, datum.reason) == ("crl", "good", None, None)
    assert (datum.this_update, datum.next_update, datum.produced_at) == (NOW, NOW + WEEK, None)
    assert (datum.signer, datum.signer_path) == (CA.certificate, (CA.certificate,))
    assert (datum.signature_use.scheme, datum.signature_use.digest) == ("ecdsa", "sha256")
    assert not datum.before_validity


def test_an_empty_list_says_good() -> None:
    assert only(ask(crl(CA))).status == "good"


def test_a_listed_certificate_is_revoked_with_date_and_reason() -> None:
    datum = only(ask(crl(CA, Revoked(77, NOW), Revoked(SERIAL, WHEN, KEY_COMPROMISE))))
    assert (datum.status, datum.revoked_at, datum.reason) == ("revoked", WHEN, "key_compromise")


def test_an_entry_without_a_reason_revokes() -> None:
    datum = only(ask(crl(CA, Revoked(SERIAL, WHEN))))
    assert (datum.status, datum.reason) == ("revoked", None)


def test_a_hold_is_told_apart() -> None:
    datum = only(ask(crl(CA, Revoked(SERIAL, WHEN, x509.ReasonFlags.certificate_hold))))
    assert (datum.status, datum.revoked_at) == ("on_hold", WHEN)


def test_removed_from_the_list_is_good() -> None:
    datum = only(ask(crl(CA, Revoked(SERIAL, WHEN, x509.ReasonFlags.remove_from_crl))))
    assert (datum.status, datum.revoked_at, datum.reason) == ("good", None, "remove_from_crl")


@pytest.mark.parametrize("turned", [True, False])
@pytest.mark.parametrize(
    ("lighter", "graver", "status"),
    [
        (x509.ReasonFlags.remove_from_crl, KEY_COMPROMISE, "revoked"),
        (x509.ReasonFlags.certificate_hold, KEY_COMPROMISE, "revoked"),
        (x509.ReasonFlags.certificate_hold, None, "revoked"),
        (x509.ReasonFlags.remove_from_crl, x509.ReasonFlags.certificate_hold, "on_hold"),
    ],
)
def test_of_two_entries_the_graver_counts(
    turned: bool,  # noqa: FBT001
    lighter: x509.ReasonFlags,
    graver: x509.ReasonFlags | None,
    status: str,
    tmp_path: Path,
) -> None:
    entries = [Revoked(SERIAL, WHEN, lighter), Revoked(SERIAL, WHEN, graver)]
    listed = crl(CA, *(reversed(entries) if turned else entries))
    assert only(ask(listed)).status == status
    (tmp_path / "in").write_bytes(listed)
    issuer_key = parse_crl(listed).issuer_key
    stored = take_in_crl(tmp_path / "in", tmp_path).stored
    assert OPEN.index(stored).entry(SERIAL, issuer_key) == parse_crl(listed).entry(SERIAL, issuer_key)


def test_the_list_of_another_issuer_is_passed_over() -> None:
    findings = ask(crl(authority(ROOT, "Other CA"), Revoked(SERIAL, WHEN)))
    assert findings == RevocationFindings((), ())


def test_a_list_by_another_key_of_the_same_name_is_refused() -> None:
    assert refusal(ask(crl(CA, signer="forger"))) == "signature-not-by-issuer"
    forger = authority(root(key_name="forged root"), key_name="forger")
    assert refusal(ask(crl(forger), pool=(forger,))) == "signature-not-by-issuer"


def test_a_changed_list_is_refused() -> None:
    sound = crl(CA, Revoked(SERIAL, WHEN))
    assert refusal(ask(sound.replace(b"250601", b"290601"))) == "signature-not-by-issuer"


@pytest.mark.parametrize("data", [b"", b"\x30\x00", b"not a list", b"\x30\x80\x00\x00"])
def test_what_is_no_list_is_unreadable(data: bytes) -> None:
    assert refusal(ask(data)) == "unreadable"


def test_a_list_cut_short_is_unreadable() -> None:
    assert refusal(ask(crl(CA)[:-1])) == "unreadable"


def test_an_issuer_that_may_not_sign_lists_is_refused() -> None:
    ca = authority(ROOT, usages=frozenset({"key_cert_sign"}))
    assert refusal(ask(crl(ca), leaf(ca), ca)) == "crl-sign-not-allowed"
    assert may_sign_crls(CA.certificate)
    assert not may_sign_crls(ca.certificate)


def test_a_second_key_of_the_ca_for_lists_is_accepted() -> None:
    for_lists = issue(Spec("CA", key_name="for lists", usages=frozenset({"crl_sign"}), serial=5), ROOT)
    datum = only(ask(crl(for_lists), pool=(for_lists,)))
    assert datum.signer_path == (for_lists.certificate, ROOT.certificate)


def test_a_key_that_the_ca_made_for_its_lists_is_accepted() -> None:
    for_lists = issue(Spec("CA", key_name="for lists", usages=frozenset({"crl_sign"}), serial=5), CA)
    assert only(ask(crl(for_lists), pool=(for_lists,))).signer_path == (for_lists.certificate, CA.certificate)


def test_a_second_key_without_the_usage_is_refused() -> None:
    for_lists = issue(Spec("CA", key_name="for lists", serial=5), ROOT)
    assert refusal(ask(crl(for_lists), pool=(for_lists,))) == "crl-sign-not-allowed"


# --- dates -------------------------------------------------------------------------------------------------------


def test_a_list_older_than_the_certificate_is_marked() -> None:
    young = leaf(CA, start=NOW + WEEK)
    assert only(ask(crl(CA), young)).before_validity
    assert not only(ask(crl(CA), leaf(CA, start=NOW))).before_validity


def test_a_list_made_after_expiry_does_not_speak_for_the_certificate() -> None:
    assert refusal(ask(crl(CA), EXPIRED)) == "expired-not-covered"
    assert only(ask(crl(CA, at=EXPIRED.certificate.not_after), EXPIRED)).status == "good"


@pytest.mark.parametrize(("late", "reason"), [(0, ""), (1, "expired-not-covered")])
def test_a_list_that_keeps_expired_certificates_speaks_for_them(late: int, reason: str) -> None:
    since = EXPIRED.certificate.not_after + timedelta(seconds=late)
    findings = ask(crl(CA, extra=[expired_certs_on_crl(since)]), EXPIRED)
    assert refusal(findings) == reason if reason else only(findings).covers_expired_since == since


def test_a_revocation_is_told_after_expiry_too() -> None:
    revoked = Revoked(EXPIRED.certificate.serial, day("2023-01-01"))
    assert only(ask(crl(CA, revoked), EXPIRED)).status == "revoked"


def test_a_list_made_outside_the_validity_of_its_signer_is_refused() -> None:
    ca = authority(ROOT, end=NOW - WEEK)
    assert refusal(ask(crl(ca), leaf(ca), ca)) == "produced-outside-signer-validity"


# --- scope -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "limits", "reason"),
    [
        ("signer", scope(users=True), ""),
        ("ca", scope(users=True), "out-of-scope"),
        ("ca", scope(authorities=True), ""),
        ("signer", scope(authorities=True), "out-of-scope"),
        ("signer", scope(attributes=True), "out-of-scope"),
        ("signer", scope(reasons=frozenset({KEY_COMPROMISE})), "partial-reasons"),
        ("signer", DELTA, "delta-crl"),
        ("signer", UNKNOWN_CRITICAL, "unknown-critical-extension"),
        ("signer", (UNKNOWN_CRITICAL[0], False), ""),
    ],
)
def test_a_limited_list_says_good_only_within_its_limits(
    kind: str, limits: tuple[x509.ExtensionType, bool], reason: str
) -> None:
    subject = authority(CA, "Sub CA") if kind == "ca" else SIGNER
    findings = ask(crl(CA, extra=[limits]), subject)
    assert refusal(findings) == reason if reason else only(findings).status == "good"


@pytest.mark.parametrize("limits", [scope(reasons=frozenset({KEY_COMPROMISE})), DELTA, scope(authorities=True)])
def test_a_limited_list_still_revokes(limits: tuple[x509.ExtensionType, bool]) -> None:
    assert only(ask(crl(CA, Revoked(SERIAL, WHEN), extra=[limits]))).status == "revoked"


def test_a_list_that_is_not_understood_does_not_even_revoke() -> None:
    assert refusal(ask(crl(CA, Revoked(SERIAL, WHEN), extra=[UNKNOWN_CRITICAL]))) == "unknown-critical-extension"


@pytest.mark.parametrize("serial", [SERIAL, 77])
def test_an_entry_that_is_not_understood_spoils_the_list(serial: int) -> None:
    data = crl(CA, Revoked(serial, WHEN, extra=(UNKNOWN_CRITICAL,)))
    assert refusal(ask(data)) == "entries-unreadable"


def test_critical_entries_that_are_understood_are_read() -> None:
    invalid_since = (x509.InvalidityDate(WHEN.replace(tzinfo=None)), True)
    data = crl(CA, Revoked(77, WHEN), Revoked(SERIAL, WHEN, KEY_COMPROMISE, extra=(invalid_since,)))
    assert only(ask(data)).reason == "key_compromise"


@pytest.mark.parametrize(
    ("points", "reason"),
    [
        ((URL,), ""),
        (("http://other.example/", URL), ""),
        (("http://other.example/",), "out-of-scope"),
        ((), "out-of-scope"),
    ],
)
def test_a_partitioned_list_must_be_the_one_the_certificate_names(points: tuple[str, ...], reason: str) -> None:
    subject = leaf(CA, extra=(crl_points(*points),)) if points else SIGNER
    findings = ask(crl(CA, extra=[scope(urls=[URL])]), subject)
    assert refusal(findings) == reason if reason else only(findings).status == "good"


def test_a_distribution_point_for_some_reasons_makes_its_list_partial() -> None:
    names = [x509.UniformResourceIdentifier(URL)]
    point = x509.DistributionPoint(names, None, frozenset({KEY_COMPROMISE}), None)
    subject = leaf(CA, extra=((x509.CRLDistributionPoints([point]), False),))
    assert refusal(ask(crl(CA, extra=[scope(urls=[URL])]), subject)) == "partial-reasons"


def test_a_list_named_after_the_issuer_is_every_certificates_list() -> None:
    point = x509.IssuingDistributionPoint([x509.DirectoryName(name("CA"))], None, False, False, None, False, False)
    assert only(ask(crl(CA, extra=[(point, True)]))).status == "good"


# --- indirect lists ----------------------------------------------------------------------------------------------

LISTS = issue(Spec("Lists", usages=frozenset({"crl_sign"})), ROOT)
ELSEWHERE = leaf(CA, "Elsewhere", extra=(crl_points(issuer="Lists"),))
OF_CA = (x509.CertificateIssuer([x509.DirectoryName(name("CA"))]), True)
OF_OTHER = (x509.CertificateIssuer([x509.DirectoryName(name("Other CA"))]), True)
INDIRECT = scope(indirect=True)


def test_an_indirect_list_speaks_for_certificates_that_name_its_issuer() -> None:
    data = crl(LISTS, extra=[INDIRECT])
    assert only(ask(data, ELSEWHERE, pool=(LISTS,))).signer_path == (LISTS.certificate, ROOT.certificate)
    assert ask(data, SIGNER, pool=(LISTS,)) == RevocationFindings((), ())


def test_an_entry_of_an_indirect_list_holds_for_its_issuer_and_those_after_it() -> None:
    serial = ELSEWHERE.certificate.serial
    named = Revoked(77, WHEN, extra=(OF_CA,))
    assert only(ask(crl(LISTS, named, Revoked(serial, WHEN), extra=[INDIRECT]), ELSEWHERE, pool=(LISTS,))).status == (
        "revoked"
    )
    other = replace(named, extra=(OF_OTHER,))
    assert only(ask(crl(LISTS, other, Revoked(serial, WHEN), extra=[INDIRECT]), ELSEWHERE, pool=(LISTS,))).status == (
        "good"
    )
    assert only(ask(crl(LISTS, Revoked(serial, WHEN), extra=[INDIRECT]), ELSEWHERE, pool=(LISTS,))).status == "good"


def test_a_list_of_another_issuer_must_say_that_it_is_indirect() -> None:
    assert refusal(ask(crl(LISTS), ELSEWHERE, pool=(LISTS,))) == "out-of-scope"


def test_a_crl_issuer_that_nobody_above_vouches_for_is_refused() -> None:
    stranger = issue(Spec("Lists", key_name="stranger", usages=CA_USAGE), root("Strange root"))
    data = crl(stranger, extra=[INDIRECT])
    assert refusal(ask(data, ELSEWHERE, pool=(stranger,))) == "signature-not-by-issuer"


# --- several -----------------------------------------------------------------------------------------------------


def test_the_newest_data_comes_first_and_doubles_once() -> None:
    lists = [crl(CA, at=NOW), crl(CA, at=NOW + WEEK), crl(CA, at=NOW - WEEK), crl(CA, at=NOW)]
    findings = revocation_data(SIGNER.certificate, CA.certificate, [*lists, lists[0]], [], [])
    times = [datum.this_update for datum in findings.accepted]
    assert times[0] == NOW + WEEK
    assert times == sorted(times, reverse=True)


def test_at_the_same_instant_the_graver_status_comes_first() -> None:
    lists = [crl(CA), crl(CA, Revoked(SERIAL, WHEN)), crl(CA, Revoked(77, WHEN))]
    findings = revocation_data(SIGNER.certificate, CA.certificate, lists, [], [])
    assert [datum.status for datum in findings.accepted] == ["revoked", "good", "good"]


def test_serial_numbers_are_compared_exactly() -> None:
    listed = crl(CA, Revoked(0x7F0102, WHEN))
    assert only(ask(listed, leaf(CA, serial=0x7F0102))).status == "revoked"
    assert only(ask(listed, leaf(CA, serial=0x7F0103))).status == "good"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", False),
        (b"\x01\x01\xff", False),
        (b"random\x01\x01\xffserial", False),
        (bytes.fromhex("0603551d15") + b"\x01\x01\xff", True),
        (b"\x01\x01\xff" + bytes.fromhex("06032a0304") + b"\x01\x01\xff", True),
    ],
)
def test_critical_entries_are_noticed_without_reading_all(data: bytes, expected: bool) -> None:  # noqa: FBT001
    assert holds_critical_extension(data, 0, len(data)) is expected


def test_a_list_that_the_fast_reader_refuses_is_walked() -> None:
    # the algorithm inside and outside differ in form: RFC 5280 forbids it, the signature is sound
    sound = crl(CA, Revoked(77, NOW), Revoked(SERIAL, WHEN, KEY_COMPROMISE))
    listed = asn1_crl.CertificateList.load(sound)
    tbs = listed["tbs_cert_list"]
    tbs["signature"] = {"algorithm": "sha384_ecdsa"}
    body = tbs.dump(force=True)
    listed["tbs_cert_list"] = asn1_crl.TbsCertList.load(body)
    listed["signature"] = CA.key.sign(body, ec.ECDSA(hashes.SHA256()))
    odd = listed.dump(force=True)
    with pytest.raises(ValueError):
        x509.load_der_x509_crl(odd)
    assert only(ask(odd)).reason == "key_compromise"
    assert only(ask(odd, leaf(CA, "Other"))).status == "good"


def _partition(name_in_list: x509.IssuingDistributionPoint, point: x509.DistributionPoint) -> str:
    """Reason why a list with this scope does not answer for a certificate with this point; empty where it does."""
    subject = leaf(CA, extra=((x509.CRLDistributionPoints([point]), False),))
    return refusal_or_nothing(ask(crl(CA, extra=[(name_in_list, True)]), subject))


def refusal_or_nothing(findings: RevocationFindings) -> str:
    return findings.rejected[0].reason if findings.rejected else ""


def _relative(text: str) -> x509.RelativeDistinguishedName:
    return x509.RelativeDistinguishedName([x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, text)])


@pytest.mark.parametrize(("unit", "reason"), [("Part 1", ""), ("Part 2", "out-of-scope")])
def test_a_point_may_be_named_relative_to_the_issuer(unit: str, reason: str) -> None:
    scope_of_list = x509.IssuingDistributionPoint(None, _relative("Part 1"), False, False, None, False, False)
    whole = x509.Name([*name("CA"), x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, unit)])
    relative = x509.DistributionPoint(None, _relative(unit), None, None)
    absolute = x509.DistributionPoint([x509.DirectoryName(whole)], None, None, None)
    assert _partition(scope_of_list, relative) == reason
    assert _partition(scope_of_list, absolute) == reason


@pytest.mark.parametrize(
    ("issuer", "reason"), [("Lists", ""), ("Other lists", "out-of-scope")], ids=["its own point", "another's point"]
)
def test_the_point_of_another_crl_issuer_does_not_name_a_list(issuer: str, reason: str) -> None:
    points = x509.CRLDistributionPoints(
        [
            x509.DistributionPoint(
                [x509.UniformResourceIdentifier(URL)], None, None, [x509.DirectoryName(name(issuer))]
            ),
            x509.DistributionPoint(
                [x509.UniformResourceIdentifier("http://x/")], None, None, [x509.DirectoryName(name("Lists"))]
            ),
        ]
    )
    subject = leaf(CA, "Elsewhere", extra=((points, False),))
    data = crl(LISTS, extra=[scope(indirect=True, urls=[URL])])
    assert refusal_or_nothing(ask(data, subject, pool=(LISTS,))) == reason


def test_a_point_without_a_name_stands_for_its_crl_issuer() -> None:
    own = x509.IssuingDistributionPoint([x509.DirectoryName(name("Lists"))], None, False, False, None, True, False)
    assert only(ask(crl(LISTS, extra=[(own, True)]), ELSEWHERE, pool=(LISTS,))).status == "good"


def test_unreadable_points_name_no_list() -> None:
    broken = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.31"), b"\x30\x04\x30\x02\xa0\x05")
    subject = leaf(CA, extra=((broken, False),))
    assert refusal(ask(crl(CA, extra=[scope(urls=[URL])]), subject)) == "out-of-scope"
    assert only(ask(crl(CA), subject)).status == "good"


def test_an_unreadable_scope_is_refused() -> None:
    broken = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.28"), b"\x30\x03\x02\x01")
    assert refusal(ask(crl(CA, extra=[(broken, True)]))) == "unreadable"
