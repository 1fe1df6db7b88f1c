from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from tests.accounts.machines import Key, public_pem
from tests.accounts.support import AT
from verifier.accounts.client_keys import TEXT_LENGTH, admit_key, algorithms_of
from verifier.errors import BadRequest

RSA, P256 = RSAKey.generate_key(2048), ECKey.generate_key("P-256")
P384, ED25519 = ECKey.generate_key("P-384"), OKPKey.generate_key("Ed25519")
KEYS: dict[str, Key] = {"rsa": RSA, "p256": P256, "p384": P384, "ed25519": ED25519}


def refusal(text: str) -> str:
    with pytest.raises(BadRequest) as refused:
        admit_key(text)
    assert refused.value.problem.code == "key-unusable"
    return refused.value.problem.params["reason"]


def jwk(key: Key = P256, **changes: Any) -> str:
    return json.dumps({**key.as_dict(private=False), **changes})


def spki(key: Any) -> str:
    text: bytes = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return text.decode()


def certificate() -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "portal")])
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, AT, AT + timedelta(days=1))
    return made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()


@pytest.mark.parametrize(
    ("name", "algorithms"),
    [
        ("rsa", ("RS256", "PS256")),
        ("p256", ("ES256",)),
        ("p384", ("ES384",)),
        ("ed25519", ("EdDSA", "Ed25519")),
    ],
)
def test_a_public_key_is_admitted_as_jwk_or_pem_under_its_thumbprint(name: str, algorithms: tuple[str, ...]) -> None:
    key = KEYS[name]

    from_jwk, from_pem = admit_key(jwk(key, kid="mine")), admit_key(f"\n {public_pem(key)}\n")

    assert from_jwk == from_pem
    assert from_jwk["kid"] == key.thumbprint()
    assert not {"d", "p", "q"} & from_jwk.keys()
    assert algorithms_of(from_jwk) == algorithms


def test_a_certificate_brings_its_key() -> None:
    assert admit_key(certificate())["crv"] == "P-256"


def test_a_key_may_be_for_one_algorithm_only() -> None:
    admitted = admit_key(jwk(RSA, alg="PS256"))

    assert algorithms_of(admitted) == ("PS256",)


def test_members_that_nobody_asked_for_are_left_out() -> None:
    admitted = admit_key(jwk(RSA, x5c=["a"], note="<b>", key_ops=["verify"]))

    assert admitted.keys() == {"kty", "n", "e", "kid", "use"}


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
def test_a_private_key_is_refused_as_such(key: Key) -> None:
    assert refusal(json.dumps(key.as_dict(private=True))) == "private"
    assert refusal(key.as_pem(private=True).decode()) == "private"


def test_the_refusal_of_a_private_key_does_not_repeat_it() -> None:
    text = P256.as_pem(private=True).decode()

    with pytest.raises(BadRequest) as refused:
        admit_key(text)

    assert text.splitlines()[1] not in str(refused.value.problem)


def test_a_shared_secret_is_refused() -> None:
    assert refusal(json.dumps(OctKey.generate_key(256).as_dict(private=True))) == "symmetric"
    assert refusal(json.dumps({"kty": "oct"})) == "symmetric"


@pytest.mark.parametrize(
    "text",
    [
        spki(rsa.generate_private_key(65537, 1024)),
        spki(rsa.generate_private_key(3, 2048)),
        spki(ec.generate_private_key(ec.SECP192R1())),
        spki(ec.generate_private_key(ec.SECP521R1())),
        spki(ec.generate_private_key(ec.SECP256K1())),
        jwk(ECKey.generate_key("secp256k1")),
    ],
    ids=["rsa1024", "e3", "p192", "p521", "k1", "k1-jwk"],
)
def test_weak_keys_and_other_curves_are_refused(text: str) -> None:
    assert refusal(text) == "weak"


def test_keys_of_another_kind_are_refused() -> None:
    assert refusal(spki(dsa.generate_private_key(2048))) == "kind"
    assert refusal(jwk(OKPKey.generate_key("X25519"))) == "kind"
    assert refusal(jwk(OKPKey.generate_key("Ed448"))) == "kind"
    assert refusal(jwk(kty="AKP")) == "kind"
    assert refusal(jwk(kty=["EC"])) == "kind"


@pytest.mark.parametrize("changes", [{"use": "enc"}, {"alg": "HS256"}, {"alg": "none"}, {"alg": "RS256"}, {"alg": 1}])
def test_keys_for_another_use_are_refused(changes: dict[str, Any]) -> None:
    assert refusal(jwk(**changes)) == "use"


@pytest.mark.parametrize("operations", [["encrypt"], [], "sign", None, 1])
def test_key_operations_must_hold_verify(operations: object) -> None:
    assert refusal(jwk(key_ops=operations)) == "use"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "key",
        "{",
        "{" * 5000,
        '{"a":' * 3000,
        "ssh-rsa AAAA",
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----",
        "-----BEGIN CERTIFICATE-----\n\ud800\n-----END CERTIFICATE-----",
        jwk(y=P384.as_dict()["y"]),
        jwk(x="!"),
        jwk(x=1),
        jwk(crv="P-999"),
        jwk(crv=["P-256"]),
        jwk(y="A" * 43),
        jwk()[:-1] + ', "kty": "EC"}',
        json.dumps({"kty": "RSA", "n": "", "e": "AQAB"}),
        json.dumps({"kty": "RSA", "n": "AQAB"}),
        public_pem(P256) + "x" * TEXT_LENGTH,
    ],
    ids=lambda _: "key",
)
def test_what_is_no_key_is_refused(text: str) -> None:
    assert refusal(text) == "unreadable"


def test_a_set_of_keys_is_refused() -> None:
    assert refusal(json.dumps({"keys": [json.loads(jwk())]})) == "set"
