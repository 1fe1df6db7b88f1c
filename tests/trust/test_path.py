from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from asn1crypto import x509 as asn1
from cryptography import x509

from tests.trust.builders import NOW, Party, Spec, authority, day, issue, leaf, name, root
from verifier.trust.path import Chain, PathInputs, check_path

ROOT = root()
CA = authority(ROOT)
POLICY = x509.PolicyInformation(x509.ObjectIdentifier("1.2.3.4"), None)
UNKNOWN = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
ONLY_VIETNAM = x509.NameConstraints([x509.DirectoryName(x509.Name(list(name("x"))[:1]))], None)
ONLY_ELSEWHERE = x509.NameConstraints([x509.DirectoryName(name("Elsewhere"))], None)
NOT_VIETNAM = x509.NameConstraints(None, [x509.DirectoryName(x509.Name(list(name("x"))[:1]))])


def code(parties: Sequence[Party], inputs: PathInputs | None = None) -> str:
    """Code of the problem, empty where the path holds; leaf first."""
    problem = check_path(chain_of(parties), inputs or PathInputs())
    return "" if problem is None else problem.code


def chain_of(parties: Sequence[Party]) -> Chain:
    return Chain(tuple(party.certificate for party in parties), parties[-1].anchor)


def under(ca: Party, **changes: Any) -> list[Party]:
    return [leaf(ca, **changes), ca, ROOT]


def test_a_sound_path_holds() -> None:
    assert code(under(CA)) == ""


def test_an_anchor_alone_holds_whatever_it_says() -> None:
    assert code([issue(Spec("Odd", extra=((UNKNOWN, True),)))]) == ""


def test_a_signature_that_does_not_verify_breaks_the_path() -> None:
    assert code([*under(authority(ROOT, key_name="x"))[:1], CA, ROOT]) == "SIGNATURE"


def test_names_must_chain() -> None:
    stray = issue(Spec("Signer"), authority(ROOT, "Elsewhere", key_name="CA"))
    assert code([stray, CA, ROOT]) == "NAME_CHAINING"


def test_an_issuer_that_is_no_ca_breaks_the_path() -> None:
    middle = authority(ROOT, ca=False)
    problem = check_path(chain_of(under(middle)))
    assert problem is not None
    assert (problem.code, problem.certificate) == ("NOT_A_CA", middle.certificate)


def test_an_issuer_without_basic_constraints_breaks_the_path() -> None:
    assert code(under(authority(ROOT, ca=None))) == "NOT_A_CA"


def test_an_issuer_that_may_not_sign_certificates_breaks_the_path() -> None:
    assert code(under(authority(ROOT, usages=frozenset({"crl_sign"})))) == "KEY_CERT_SIGN"


def test_path_length_is_kept() -> None:
    upper = authority(ROOT, "Upper", path_length=0)
    lower = authority(upper, "Lower")
    assert code([leaf(lower), lower, upper, ROOT]) == "PATH_LENGTH"
    assert code([leaf(upper), upper, ROOT]) == ""


def test_the_path_length_of_the_anchor_is_kept() -> None:
    short = root(path_length=0)
    assert code([leaf(CA), CA, short]) == "PATH_LENGTH"
    assert code([leaf(short), short]) == ""


@pytest.mark.parametrize(
    ("constraints", "expected"),
    [(ONLY_VIETNAM, ""), (ONLY_ELSEWHERE, "NAME_CONSTRAINTS"), (NOT_VIETNAM, "NAME_CONSTRAINTS")],
)
def test_name_constraints_are_kept(constraints: x509.NameConstraints, expected: str) -> None:
    constrained = ((constraints, True),)
    assert code(under(authority(ROOT, extra=constrained))) == expected
    anchor = root("Narrow", extra=constrained)
    assert code([leaf(anchor), anchor]) == expected


def test_too_many_name_constraints_are_refused_unchecked() -> None:
    many = x509.NameConstraints(None, [x509.DNSName(f"h{n}.example") for n in range(2000)])
    names = x509.SubjectAlternativeName([x509.DNSName(f"h{n}.test") for n in range(2000)])
    constrained = authority(ROOT, extra=((many, True),))
    assert code(under(constrained, extra=((names, False),))) == "NAME_CONSTRAINTS"


@pytest.mark.parametrize("place", ["leaf", "ca"])
def test_an_unknown_critical_extension_breaks_the_path(place: str) -> None:
    extra = ((UNKNOWN, True),)
    parties = under(CA, extra=extra) if place == "leaf" else under(authority(ROOT, extra=extra))
    problem = check_path(chain_of(parties))
    assert problem is not None
    assert problem.code == "UNKNOWN_CRITICAL_EXTENSION"
    assert problem.certificate == parties[0 if place == "leaf" else 1].certificate


def test_an_unknown_extension_that_is_not_critical_is_passed_over() -> None:
    assert code(under(CA, extra=((UNKNOWN, False),))) == ""


@pytest.mark.parametrize(("count", "expected"), [(2, ""), (3000, "POLICY"), (12000, "POLICY")])
def test_too_many_policies_are_refused_unlooked_at(count: int, expected: str) -> None:
    some = [x509.PolicyInformation(x509.ObjectIdentifier(f"1.2.3.{n}"), None) for n in range(count)]
    extra = ((x509.CertificatePolicies(some), False),)
    assert code(under(authority(ROOT, extra=extra), extra=extra)) == expected


def test_a_bomb_of_policy_mappings_is_refused_unlooked_at() -> None:
    pairs = [(f"1.2.3.{one}", f"1.2.4.{other}") for one in range(50) for other in range(50)]
    mapped = [{"issuer_domain_policy": one, "subject_domain_policy": other} for one, other in pairs]
    bomb = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.33"), asn1.PolicyMappings(mapped).dump())
    policies = x509.CertificatePolicies([POLICY])
    assert code(under(authority(ROOT, extra=((bomb, False), (policies, False))))) == "POLICY"


def test_a_required_policy_must_be_there() -> None:
    required = x509.PolicyConstraints(require_explicit_policy=0, inhibit_policy_mapping=None)
    policies = x509.CertificatePolicies([POLICY])
    demanding = authority(ROOT, extra=((required, True), (policies, False)))
    assert code(under(demanding)) == "POLICY"
    assert code(under(demanding, extra=((policies, False),))) == ""


def test_the_user_may_demand_a_policy() -> None:
    demanded = PathInputs(frozenset({"1.2.3.4"}), explicit_policy=True)
    assert code(under(CA), demanded) == "POLICY"
    policies = ((x509.CertificatePolicies([POLICY]), False),)
    assert code(under(authority(ROOT, extra=policies), extra=policies), demanded) == ""


def test_a_path_that_was_never_valid_as_a_whole_is_told() -> None:
    past = authority(ROOT, end=day("2021-01-01"))
    assert code(under(past, start=day("2022-01-01"))) == "VALIDITY_NO_INTERSECTION"


def test_expired_certificates_are_no_matter_here() -> None:
    past = authority(ROOT, end=day("2021-01-01"))
    assert code(under(past)) == ""


def test_the_dates_of_the_anchor_are_no_matter() -> None:
    assert code([leaf(CA), CA, root(start=day("2010-01-01"), end=day("2011-01-01"))]) == ""
    assert code([leaf(CA), CA, root(start=NOW)]) == ""


def test_a_doubled_extension_breaks_the_path() -> None:
    sound = leaf(CA, extra=((UNKNOWN, False), (_other("1.2.3.5"), False)))
    doubled = sound.der.replace(bytes.fromhex("06032a0305"), bytes.fromhex("06032a0304"))
    party = Party(type(sound.certificate).parse(doubled), sound.key)
    assert code([sound, CA, ROOT]) == ""
    assert code([party, CA, ROOT]) == "DUPLICATE_EXTENSION"


def test_an_unreadable_extension_is_told_and_not_raised() -> None:
    broken = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.32"), b"\x30\x03\x02\x01")
    assert code(under(CA, extra=((broken, False),))) == "PATH_UNREADABLE"


def test_key_usage_may_be_absent() -> None:
    assert code(under(CA, usages=None)) == ""
    assert code(under(authority(ROOT, usages=None))) == ""


def _other(oid: str) -> x509.UnrecognizedExtension:
    return x509.UnrecognizedExtension(x509.ObjectIdentifier(oid), b"\x05\x00")
