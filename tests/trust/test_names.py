from __future__ import annotations

import pytest
from asn1crypto import core, keys
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from tests.trust.builders import Party, authority, leaf, name, root
from verifier.trust.names import name_fault
from verifier.trust.path import Chain, PathInputs, check_path
from verifier.x509 import Certificate

ROOT = root()
OTHER = x509.DirectoryName(name("Elsewhere"))


def hosts(*names: str) -> tuple[tuple[x509.ExtensionType, bool], ...]:
    return ((x509.SubjectAlternativeName([x509.DNSName(one) for one in names]), False),)


def mail(*names: str) -> tuple[tuple[x509.ExtensionType, bool], ...]:
    return ((x509.SubjectAlternativeName(list(map(x509.RFC822Name._init_without_validation, names))), False),)


def limits(
    permitted: list[x509.GeneralName] | None = None, excluded: list[x509.GeneralName] | None = None
) -> tuple[tuple[x509.ExtensionType, bool], ...]:
    return ((x509.NameConstraints(permitted, excluded), True),)


def dns(*names: str) -> list[x509.GeneralName]:
    return [x509.DNSName(one) for one in names]


def code(signer: Party, *above: Party) -> str:
    parties = (signer, *above, ROOT)
    problem = check_path(Chain(tuple(one.certificate for one in parties), ROOT.anchor), PathInputs())
    return problem.code if problem else ""


def under(
    constraints: tuple[tuple[x509.ExtensionType, bool], ...], names: tuple[tuple[x509.ExtensionType, bool], ...]
) -> str:
    ca = authority(ROOT, extra=constraints)
    return code(leaf(ca, extra=names), ca)


@pytest.mark.parametrize(
    ("constraints", "names", "good"),
    [
        (limits(dns("example.vn")), hosts("a.example.vn"), True),
        (limits(dns("example.vn")), hosts("a.example.vn."), True),
        (limits(dns("example.vn")), hosts("*.example.vn"), True),
        (limits(dns("a.example.vn")), hosts("*.example.vn"), False),
        (limits(None, dns("a.example.vn")), hosts("*.example.vn"), False),
        (limits(None, dns("a.example.vn")), hosts("*.example.org"), True),
        (limits(None, dns("a.example.vn")), hosts("b*.example.vn"), False),
        (limits(dns("example.vn")), hosts(".example.vn"), False),
        (limits(dns("example.vn")), hosts("a..example.vn"), False),
        (limits(None, dns(".example.vn")), hosts("a.example.vn"), False),
        (limits(None, dns(".example.vn")), (), True),
        (limits([x509.RFC822Name("example.vn")]), mail("a@example.vn"), True),
        (limits([x509.RFC822Name("example.vn")]), mail("a@b@example.vn"), False),
        (limits([x509.RFC822Name("example.vn")]), mail("@example.vn"), False),
        (limits(None, [OTHER]), mail("a@b@example.vn"), True),
        (limits(None, [OTHER]), hosts("a..example.vn"), True),
    ],
)
def test_names_that_constraints_cannot_judge_are_refused(
    constraints: tuple[tuple[x509.ExtensionType, bool], ...],
    names: tuple[tuple[x509.ExtensionType, bool], ...],
    good: bool,  # noqa: FBT001
) -> None:
    assert under(constraints, names) == ("" if good else "NAME_CONSTRAINTS")


def test_constraints_bind_what_stands_below_them_only() -> None:
    upper = authority(ROOT, "Upper", extra=hosts("a..example.vn"))
    ca = authority(upper, extra=limits(None, dns("example.org")))
    assert code(leaf(ca), ca, upper) == ""


def test_a_thousand_constraints_are_held() -> None:
    many = dns(*(f"h{n}.example" for n in range(1000)))
    assert under(limits(None, many), hosts("other.example", "h1.example.org")) == ""
    assert under(limits(None, many), hosts("a.h999.example")) == "NAME_CONSTRAINTS"


def test_a_thousand_names_under_many_constraints_are_refused_unlooked_at() -> None:
    ca = authority(ROOT, extra=limits(None, dns(*(f"h{n}.example" for n in range(100)))))
    signer = leaf(ca, extra=hosts(*(f"h{n}.test" for n in range(1000))))
    assert name_fault((signer.certificate, ca.certificate, ROOT.certificate)).startswith("too many")


def test_constraints_stand_in_certificates_of_authorities_only() -> None:
    ca = authority(ROOT)
    assert code(leaf(ca, extra=limits(None, [OTHER])), ca) == "NAME_CONSTRAINTS"


def test_empty_constraints_are_refused() -> None:
    empty = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.30"), b"\x30\x00")
    assert under(((empty, True),), ()) == "NAME_CONSTRAINTS"


def test_a_key_that_spells_out_its_curve_is_refused() -> None:
    ca = authority(ROOT)
    signer = leaf(ca)
    assert code(signer, ca) == ""
    assert code(_with_spelled_out_curve(signer, ca), ca) == "KEY_PARAMETERS"


def _with_spelled_out_curve(signer: Party, ca: Party) -> Party:
    certificate = asn1.Certificate.load(signer.der)
    curve = keys.SpecifiedECDomain(
        {
            "version": 1,
            "field_id": {"field_type": "prime_field", "parameters": core.Integer(2**256 - 2**224 + 2**192 + 2**96 - 1)},
            "curve": {"a": b"\1" * 32, "b": b"\2" * 32},
            "base": keys.ECPoint(b"\4" + b"\3" * 64),
            "order": 2**256 - 2**32,
        }
    )
    body = certificate["tbs_certificate"]
    body["subject_public_key_info"]["algorithm"]["parameters"] = keys.ECDomainParameters("specified", curve)
    value = ca.key.sign(body.dump(force=True), ec.ECDSA(hashes.SHA256()))
    whole = asn1.Certificate(
        {
            "tbs_certificate": body,
            "signature_algorithm": certificate["signature_algorithm"],
            "signature_value": value,
        }
    )
    return Party(Certificate.parse(whole.dump()), signer.key)
