from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import load_der_x509_certificate
from lxml import etree
from signxml import DigestAlgorithm, SignatureMethod
from signxml.xades import XAdESSignatureConfiguration, XAdESVerifier

from tests.pki.certificates import Spec, issue
from tests.pki.keys import Key, rsa_key
from tests.pki.world import day
from tests.trust.lists import builder
from verifier.errors import BadRequest
from verifier.trust.lists.inspection import inspect
from verifier.trust.lists.sealing import SigningKey, seal

NOW = day(2026)
CURVES = {"p256": ec.SECP256R1(), "p384": ec.SECP384R1(), "p521": ec.SECP521R1()}


def signer(kind: str = "p256", until: int = 2035) -> tuple[SigningKey, bytes]:
    key = rsa_key(f"seal-{kind}", int(kind)) if kind.isdigit() else Key(kind, ec.generate_private_key(CURVES[kind]))
    assert isinstance(key.private, SigningKey)
    return key.private, issue(Spec(f"Operator {kind}", key, day(2020), day(until))).der


@pytest.mark.parametrize("kind", ["p256", "p384", "3072"])
def test_a_sealed_list_is_intact_and_pinned(kind: str) -> None:
    key, certificate = signer(kind)

    found = inspect(seal(builder.a_list().encode(), key, certificate, NOW), NOW + timedelta(days=300), (certificate,))

    assert (found.signature.state, found.signature.pinned, found.problems) == ("intact", True, ())


@pytest.mark.parametrize("kind", ["p256", "p384", "3072"])
def test_another_program_verifies_it(kind: str) -> None:
    key, certificate = signer(kind)
    sealed = seal(builder.a_list().encode(), key, certificate, NOW)
    method = SignatureMethod.RSA_SHA256 if kind.isdigit() else SignatureMethod.ECDSA_SHA256
    expected = XAdESSignatureConfiguration(
        expect_references=2,
        signature_methods=frozenset({method}),
        digest_algorithms=frozenset({DigestAlgorithm.SHA256}),
        location="./",
    )

    results = XAdESVerifier().verify(
        etree.fromstring(sealed),
        x509_cert=load_der_x509_certificate(certificate),
        expect_config=expected,
    )

    assert results[0].signed_xml is not None
    assert results[0].signed_xml.tag.endswith("TrustServiceStatusList")


def test_every_change_after_sealing_is_noticed() -> None:
    key, certificate = signer()
    sealed = seal(builder.a_list().encode(), key, certificate, NOW)

    for before, after in ((b">7<", b">8<"), (b"2026-01-01T00:00:00Z</xades", b"2026-01-02T00:00:00Z</xades")):
        assert before in sealed
        changed = sealed.replace(before, after, 1)
        assert inspect(changed, NOW, (certificate,)).signature.state == "broken"


@pytest.mark.parametrize("kind", ["p521", "2048"])
def test_a_key_that_is_not_fit_signs_nothing(kind: str) -> None:
    key, certificate = signer(kind)

    with pytest.raises(BadRequest) as refused:
        seal(builder.a_list().encode(), key, certificate, NOW)

    assert refused.value.problem.code == "list-key-unfit"


def test_a_key_of_another_certificate_signs_nothing() -> None:
    with pytest.raises(BadRequest) as refused:
        seal(builder.a_list().encode(), signer("p384")[0], signer()[1], NOW)

    assert refused.value.problem.code == "list-key-unfit"


def test_an_expired_certificate_signs_nothing() -> None:
    key, certificate = signer(until=2025)

    with pytest.raises(BadRequest) as refused:
        seal(builder.a_list().encode(), key, certificate, NOW)

    assert refused.value.problem.code == "list-key-expired"
