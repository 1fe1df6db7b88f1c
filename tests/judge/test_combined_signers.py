from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from cryptography import x509

from tests.pki import plain_pdf
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
    issue,
    leaf,
    root,
    scope,
)
from verifier.blocks.crypto import revocation_uses
from verifier.blocks.material import Material, Status
from verifier.blocks.notes import Notes
from verifier.blocks.poe import ProofsOfExistence
from verifier.blocks.xcv import Times, validate_certificate
from verifier.evidence import Evidence
from verifier.pades.reader import read_document
from verifier.policy import make_policy
from verifier.snapshot import AnchorUse
from verifier.trust.store import snapshot_of
from verifier.verdict import SubIndication

ROOT = root()
CA = authority(ROOT)
LISTS = issue(Spec("Lists", usages=CA_USAGE), ROOT)
SIGNER = leaf(CA, extra=(crl_points(issuer="Lists"),))
KEYS = frozenset({x509.ReasonFlags.key_compromise, x509.ReasonFlags.ca_compromise})
REST = frozenset(x509.ReasonFlags) - KEYS - {x509.ReasonFlags.unspecified, x509.ReasonFlags.remove_from_crl}
AT = NOW + timedelta(days=1)
ALL_OF_ROOT = crl(ROOT)
EMPTY = read_document(plain_pdf())


def material(*crls: bytes, at: datetime = AT) -> Material:
    trust = snapshot_of((ROOT.anchor,))
    certificates = (CA.der, LISTS.der)
    return Material(EMPTY, Evidence(trust, certificates, crls), make_policy(name="p"), at)


def status(*crls: bytes, subject: Party = SIGNER, at: datetime = AT) -> Status:
    known = material(*crls, at=at)
    (chain,) = known.chains(subject.certificate, AnchorUse.SIGNATURE)
    return known.status(subject.certificate, chain.path[1:])


def halves(*, foreign_first: bool) -> tuple[bytes, bytes]:
    """The reasons between the CA and another issuer of lists; either has the older half, which leads."""
    early, late = NOW - timedelta(hours=1), NOW
    foreign = crl(LISTS, at=early if foreign_first else late, extra=[scope(indirect=True, reasons=KEYS)])
    return foreign, crl(CA, at=late if foreign_first else early, extra=[scope(reasons=REST)])


@pytest.mark.parametrize("foreign_first", [True, False])
def test_every_signer_of_what_is_put_together_must_be_good(foreign_first: bool) -> None:  # noqa: FBT001
    both = halves(foreign_first=foreign_first)
    (datum,) = status(*both, ALL_OF_ROOT).data
    assert (datum.status, len(datum.objects)) == ("good", 2)
    revoked = crl(ROOT, Revoked(LISTS.certificate.serial, NOW - WEEK))
    found = status(*both, revoked)
    assert found.latest is None
    assert [one.split(" ")[1] for one in found.rejected] == ["signer-revoked"]
    assert status(*both).latest is None


@pytest.mark.parametrize("foreign_first", [True, False])
def test_every_signature_of_what_is_put_together_counts(foreign_first: bool) -> None:  # noqa: FBT001
    both = halves(foreign_first=foreign_first)
    known = material(*both, ALL_OF_ROOT)
    (datum,) = status(*both, ALL_OF_ROOT).data
    uses = revocation_uses(known, [datum])
    assert {use.object for use in uses} == {"CRL by CA", "CRL by Lists"}
    assert {use.object_id for use in uses} == {part.sha256 for part in datum.objects}
    # no proof of existence speaks for the whole under its own name
    assert ProofsOfExistence(AT).plus({part.sha256 for part in datum.objects}, NOW).of(datum.sha256) == AT


def test_an_issuer_of_lists_that_is_in_the_path_is_judged_with_it() -> None:
    subject = leaf(CA, extra=(crl_points(issuer="Root"),))
    (datum,) = status(crl(ROOT, extra=[scope(indirect=True)]), subject=subject).data
    assert (datum.status, datum.signer) == ("good", ROOT.certificate)


def test_a_list_does_not_vouch_for_who_signed_it() -> None:
    lists = issue(Spec("Lists", usages=CA_USAGE, extra=(crl_points(issuer="Lists"),)), ROOT)
    known = Material(
        EMPTY,
        Evidence(snapshot_of((ROOT.anchor,)), (CA.der, lists.der), (crl(lists, extra=[scope(indirect=True)]),)),
        make_policy(name="p"),
        AT,
    )
    (chain,) = known.chains(SIGNER.certificate, AnchorUse.SIGNATURE)
    found = known.status(SIGNER.certificate, chain.path[1:])
    assert found.latest is None
    assert [one.split(" ")[1] for one in found.rejected] == ["signer-status-unknown"]


def test_what_is_put_together_with_a_part_of_the_future_waits_for_it() -> None:
    later = crl(CA, at=AT + timedelta(hours=1), extra=[scope(reasons=REST)])
    found = status(halves(foreign_first=True)[0], later, ALL_OF_ROOT)
    assert (found.latest, found.later) == (None, AT + timedelta(hours=1))


@pytest.mark.parametrize("foreign_first", [True, False])
def test_every_signer_of_what_is_put_together_must_be_valid_still(foreign_first: bool) -> None:  # noqa: FBT001
    both = halves(foreign_first=foreign_first)
    ended = issue(Spec("Lists", usages=CA_USAGE, end=NOW + timedelta(hours=1)), ROOT)
    for lists, sub in ((LISTS, None), (ended, SubIndication.REVOCATION_OUT_OF_BOUNDS_NO_POE)):
        evidence = Evidence(snapshot_of((ROOT.anchor,)), (CA.der, lists.der), (*both, ALL_OF_ROOT))
        known = Material(EMPTY, evidence, make_policy(name="p"), AT)
        xcv = validate_certificate(known, SIGNER.certificate, AnchorUse.SIGNATURE, Times(), Notes())
        assert xcv.result.sub_indication is sub
