from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from asn1crypto import core
from cryptography import x509
from hypothesis import given, settings
from hypothesis import strategies as st

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
    ocsp_response,
    root,
    scope,
)
from verifier.trust.findings import RevocationData, RevocationFindings
from verifier.trust.revocation import revocation_data

Extensions = list[tuple[x509.ExtensionType, bool]]

ROOT = root()
CA = authority(ROOT)
SIGNER = leaf(CA)
SERIAL = SIGNER.certificate.serial
WHEN = day("2025-06-01")
DAY = timedelta(days=1)
URL = "http://crl.example/part.crl"
HOLD = x509.ReasonFlags.certificate_hold
LIFTED = x509.ReasonFlags.remove_from_crl
KEY_COMPROMISE = x509.ReasonFlags.key_compromise
KEYS = frozenset({KEY_COMPROMISE, x509.ReasonFlags.ca_compromise})
REST = frozenset(x509.ReasonFlags) - KEYS - {x509.ReasonFlags.unspecified, LIFTED}


def full(
    number: int, *entries: Revoked, at: datetime = NOW, more: Sequence[tuple[x509.ExtensionType, bool]] = ()
) -> bytes:
    return crl(CA, *entries, at=at, extra=[(x509.CRLNumber(number), False), *more])


def delta(
    number: int,
    *entries: Revoked,
    base: int = 1,
    at: datetime = NOW + DAY,
    lasts: timedelta = DAY,
    more: Sequence[tuple[x509.ExtensionType, bool]] = (),
    issuer: Party = CA,
) -> bytes:
    numbers: Extensions = [(x509.CRLNumber(number), False), (x509.DeltaCRLIndicator(base), True)]
    return crl(issuer, *entries, at=at, lasts=lasts, extra=[*numbers, *more])


def part(reasons: frozenset[x509.ReasonFlags], *entries: Revoked, at: datetime = NOW, lasts: timedelta = WEEK) -> bytes:
    return crl(CA, *entries, at=at, lasts=lasts, extra=[scope(reasons=reasons)])


def ask(
    *data: bytes, subject: Party = SIGNER, pool: Sequence[Party] = (), ocsps: Sequence[bytes] = ()
) -> RevocationFindings:
    helpers = [party.certificate for party in (*pool, CA, ROOT)]
    return revocation_data(subject.certificate, CA.certificate, data, ocsps, helpers)


def latest(findings: RevocationFindings) -> RevocationData:
    return findings.accepted[0]


def refusals(findings: RevocationFindings) -> list[str]:
    return [one.reason for one in findings.rejected]


# --- delta on its base -------------------------------------------------------------------------------------------


def test_a_delta_carries_its_base_on() -> None:
    findings = ask(full(1), delta(2))
    datum = latest(findings)
    assert findings.rejected == ()
    assert (datum.status, datum.this_update, datum.next_update) == ("good", NOW + DAY, NOW + 2 * DAY)
    assert {one.this_update for one in datum.objects} == {NOW, NOW + DAY}
    assert findings.accepted[1].objects == (findings.accepted[1],)


def test_it_is_current_no_longer_than_the_base() -> None:
    datum = latest(ask(full(1), delta(2, lasts=9 * DAY)))
    assert datum.next_update == NOW + WEEK


@pytest.mark.parametrize("number", [1, 2])
def test_a_delta_may_continue_a_later_base_than_it_names(number: int) -> None:
    assert latest(ask(full(number), delta(2, base=1))).this_update == NOW + DAY


@pytest.mark.parametrize(
    "changes",
    [
        {"base": 2},  # the base is older than the one that the delta builds on
        {"number": 0},  # the base is newer than the delta
        {"at": NOW - DAY},
        {"more": [scope(users=True)]},
        {"more": [scope(urls=[URL])]},
    ],
    ids=["older base", "newer base", "delta of before", "other scope", "other point"],
)
def test_a_delta_that_does_not_fit_the_base_changes_nothing(changes: dict[str, object]) -> None:
    arguments: dict[str, object] = {"number": 3, **changes}
    findings = ask(full(1), delta(**arguments))  # type: ignore[arg-type]
    assert latest(findings).this_update == NOW
    assert len(findings.accepted) == 1
    assert refusals(findings) in (["delta-crl"], ["out-of-scope"])


def test_numbers_are_needed() -> None:
    assert refusals(ask(crl(CA), delta(2))) == ["delta-crl"]
    unnumbered = crl(CA, at=NOW + DAY, extra=[(x509.DeltaCRLIndicator(1), True)])
    assert refusals(ask(full(1), unnumbered)) == ["delta-crl"]


def test_a_delta_by_another_key_of_the_issuer_does_not_fit() -> None:
    second = issue(Spec("CA", key_name="second", ca=True, usages=CA_USAGE, serial=5), ROOT)
    findings = ask(full(1), delta(2, issuer=second), pool=(second,))
    assert refusals(findings) == ["delta-crl"]
    assert latest(findings).this_update == NOW


def test_a_delta_alone_is_no_answer() -> None:
    for entries in ((), (Revoked(SERIAL, WHEN, LIFTED),)):
        findings = ask(delta(2, *entries))
        assert (findings.accepted, refusals(findings)) == ((), ["delta-crl"])


def test_the_entries_of_the_delta_win() -> None:
    assert latest(ask(full(1), delta(2, Revoked(SERIAL, WHEN)))).status == "revoked"
    assert latest(ask(full(1), delta(2, Revoked(SERIAL, WHEN, HOLD)))).status == "on_hold"


def test_a_delta_lifts_a_hold() -> None:
    datum = latest(ask(full(1, Revoked(SERIAL, WHEN, HOLD)), delta(2, Revoked(SERIAL, WHEN, LIFTED))))
    assert (datum.status, datum.this_update, datum.revoked_at) == ("good", NOW + DAY, None)


def test_a_hold_that_the_delta_leaves_goes_on() -> None:
    good_between = ocsp_response(SIGNER, CA)
    findings = ask(full(1, Revoked(SERIAL, WHEN, HOLD), at=NOW - DAY), delta(2), ocsps=[good_between])
    assert (latest(findings).status, latest(findings).this_update) == ("on_hold", NOW + DAY)


def test_no_delta_lifts_a_revocation() -> None:
    findings = ask(full(1, Revoked(SERIAL, WHEN, KEY_COMPROMISE)), delta(2, Revoked(SERIAL, WHEN, LIFTED)))
    assert {one.status for one in findings.accepted} == {"revoked"}


def test_of_two_bases_the_newest_counts() -> None:
    findings = ask(full(1), full(2, Revoked(SERIAL, WHEN, HOLD), at=NOW + timedelta(hours=1)), delta(3))
    assert latest(findings).status == "on_hold"


def test_a_base_that_does_not_cover_the_certificate_makes_no_answer() -> None:
    only_cas = [scope(authorities=True)]
    findings = ask(full(1, more=only_cas), delta(2, more=only_cas))
    assert findings.accepted == ()
    assert set(refusals(findings)) == {"out-of-scope"}


def test_what_expired_must_be_covered_by_the_delta_too() -> None:
    expired = leaf(CA, "Expired", end=NOW + timedelta(hours=1))
    findings = ask(full(1), delta(2), subject=expired)
    assert latest(findings).this_update == NOW
    assert refusals(findings) == ["expired-not-covered"]


def expired_certs_on_crl(since: datetime) -> tuple[x509.ExtensionType, bool]:
    value = core.GeneralizedTime(since).dump()
    return x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.60"), value), False


def test_expired_certificates_are_covered_where_base_and_delta_cover_them() -> None:
    early, late = expired_certs_on_crl(day("2021-01-01")), expired_certs_on_crl(day("2022-01-01"))
    assert latest(ask(full(1, more=[early]), delta(2, more=[late]))).covers_expired_since == day("2022-01-01")
    assert latest(ask(full(1, more=[early]), delta(2))).covers_expired_since is None
    assert latest(ask(full(1), delta(2, more=[late]))).covers_expired_since is None


def test_a_certificate_that_is_younger_than_the_base_is_covered_by_the_delta() -> None:
    young = leaf(CA, start=NOW + timedelta(hours=1))
    findings = ask(full(1), delta(2), subject=young)
    assert [one.before_validity for one in findings.accepted] == [False, True]
    assert latest(ask(part(KEYS), part(REST, at=NOW + DAY), subject=young)).before_validity


# --- lists that share the reasons --------------------------------------------------------------------------------


def test_lists_for_all_reasons_together_say_good() -> None:
    findings = ask(part(KEYS, at=NOW + DAY, lasts=DAY), part(REST))
    (datum,) = findings.accepted
    assert findings.rejected == ()
    assert (datum.status, datum.this_update, datum.next_update) == ("good", NOW, NOW + 2 * DAY)
    assert len(datum.objects) == 2


@pytest.mark.parametrize("left", sorted(REST, key=str))
def test_one_reason_that_is_left_spoils_it(left: x509.ReasonFlags) -> None:
    findings = ask(part(KEYS), part(REST - {left}))
    assert findings.accepted == ()
    assert refusals(findings) == ["partial-reasons", "partial-reasons"]


def test_a_part_that_lists_the_certificate_revokes_it() -> None:
    findings = ask(part(KEYS), part(REST), part(KEYS, Revoked(SERIAL, WHEN), at=NOW - DAY))
    assert {one.status for one in findings.accepted} == {"good", "revoked"}


def test_the_oldest_part_that_is_needed_sets_the_time() -> None:
    findings = ask(part(KEYS, at=NOW - WEEK), part(REST, at=NOW + DAY), part(KEYS, at=NOW - DAY))
    assert latest(findings).this_update == NOW - DAY


def test_a_hold_stands_until_all_parts_are_newer() -> None:
    held = part(REST, Revoked(SERIAL, WHEN, HOLD))
    lifted = part(REST, at=NOW + 2 * DAY)
    assert latest(ask(held, lifted, part(KEYS, at=NOW - DAY))).status == "on_hold"
    assert latest(ask(held, lifted, part(KEYS, at=NOW + DAY))).status == "good"


def test_parts_may_be_deltas_on_their_bases() -> None:
    limit = [scope(reasons=KEYS)]
    findings = ask(full(1, more=limit), delta(2, more=limit), part(REST, at=NOW + 2 * DAY))
    datum = latest(findings)
    assert (datum.status, datum.this_update, len(datum.objects)) == ("good", NOW + DAY, 3)
    assert findings.rejected == ()


def test_points_limit_what_their_lists_speak_for() -> None:
    names = [x509.UniformResourceIdentifier(URL)]
    others = [x509.UniformResourceIdentifier("http://crl.example/rest.crl")]
    points = [x509.DistributionPoint(names, None, KEYS, None), x509.DistributionPoint(others, None, REST, None)]
    subject = leaf(CA, extra=((x509.CRLDistributionPoints(points), False),))
    first, second = crl(CA, extra=[scope(urls=[URL])]), crl(CA, extra=[scope(urls=["http://crl.example/rest.crl"])])
    assert refusals(ask(first, subject=subject)) == ["partial-reasons"]
    assert latest(ask(first, second, subject=subject)).status == "good"


def test_what_another_crl_issuer_is_named_for_limits_its_list() -> None:
    lists = issue(Spec("Lists", usages=CA_USAGE), ROOT)
    point = x509.DistributionPoint(None, None, KEYS, [x509.DirectoryName(name("Lists"))])
    subject = leaf(CA, extra=((x509.CRLDistributionPoints([point]), False),))
    findings = ask(crl(lists, extra=[scope(indirect=True)]), subject=subject, pool=(lists,))
    assert (findings.accepted, refusals(findings)) == ((), ["partial-reasons"])


def test_a_crl_issuer_that_is_no_name_means_no_list() -> None:
    point = x509.DistributionPoint(
        [x509.UniformResourceIdentifier(URL)], None, None, [x509.UniformResourceIdentifier("http://issuer.example/")]
    )
    subject = leaf(CA, extra=((x509.CRLDistributionPoints([point]), False),))
    assert refusals(ask(crl(CA, extra=[scope(urls=[URL])]), subject=subject)) == ["out-of-scope"]


def test_two_issuers_may_share_the_reasons() -> None:
    lists = issue(Spec("Lists", usages=CA_USAGE), ROOT)
    subject = leaf(CA, extra=(crl_points(issuer="Lists"),))
    foreign = crl(lists, extra=[scope(indirect=True, reasons=KEYS)])
    datum = latest(ask(foreign, part(REST), subject=subject, pool=(lists,)))
    assert datum.status == "good"
    assert {one.signer.common_name for one in datum.objects} == {"CA", "Lists"}


# --- what must hold whatever is at hand --------------------------------------------------------------------------

BAD: dict[str, bytes] = {
    "full hold": full(3, Revoked(SERIAL, WHEN, HOLD), at=NOW + 3 * DAY),
    "full": full(1, Revoked(SERIAL, WHEN)),
    "delta": delta(2, Revoked(SERIAL, WHEN)),
    "part": part(KEYS, Revoked(SERIAL, WHEN)),
    "cas only": crl(CA, Revoked(SERIAL, WHEN), extra=[scope(authorities=True)]),
}
GOOD = {
    "full": full(1),
    "later full": full(4, at=NOW + 2 * DAY),
    "delta": delta(2),
    "lifting": delta(5, Revoked(SERIAL, WHEN, LIFTED), at=NOW + 3 * DAY),
    "keys": part(KEYS),
    "rest": part(REST, at=NOW + DAY),
    "stale": full(1, at=NOW - 52 * WEEK),
    "later part": part(KEYS, at=NOW + 3 * DAY),
}
HALVES = {
    "delta": delta(2),
    "lifting": delta(5, Revoked(SERIAL, WHEN, LIFTED)),
    "keys": part(KEYS),
    "later keys": part(KEYS, at=NOW + DAY),
    "more keys": part(KEYS | {x509.ReasonFlags.superseded}),
    "cas only": crl(CA, extra=[scope(authorities=True)]),
    "elsewhere": crl(CA, extra=[scope(urls=["http://elsewhere.example/"])]),
    "forged": crl(CA, signer="forger"),
    "junk": b"junk",
}
bounded = settings(max_examples=150, deadline=None, derandomize=True, database=None)


@bounded
@given(st.permutations(sorted({*BAD.values(), *GOOD.values(), *HALVES.values()})), st.integers(0, 21))
def test_the_order_never_matters(objects: list[bytes], count: int) -> None:
    some = objects[:count]
    assert ask(*some) == ask(*reversed(some)) == ask(*sorted(some))


@bounded
@given(st.sets(st.sampled_from(sorted(HALVES.values()))))
def test_halves_never_make_a_whole(objects: set[bytes]) -> None:
    assert not [one for one in ask(*objects).accepted if one.status == "good"]


@bounded
@given(st.sets(st.sampled_from(sorted({*GOOD.values(), *HALVES.values()}))), st.sampled_from(sorted(BAD)))
def test_nothing_hides_a_revocation(objects: set[bytes], kind: str) -> None:
    found = ask(*objects, BAD[kind])
    assert any(one.status != "good" for one in found.accepted)
    if kind != "full hold":
        assert any(one.status == "revoked" for one in found.accepted)


@bounded
@given(st.sets(st.sampled_from(sorted({*GOOD.values(), *HALVES.values()}))))
def test_what_is_put_together_is_as_old_as_its_weakest_part(objects: set[bytes]) -> None:
    for datum in ask(*objects).accepted:
        whole = [one for one in datum.objects if one.next_update]
        assert datum.next_update == min(one.next_update for one in whole if one.next_update)
        assert datum.this_update <= max(one.this_update for one in whole)
        assert datum.sha256 == "+".join(sorted(one.sha256 for one in whole))
