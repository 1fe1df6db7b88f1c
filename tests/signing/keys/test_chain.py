"""Keys in files: every algorithm signs, a broken key says why and does not stop the others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from asn1crypto import cms
from cryptography import x509

from tests.pki.keys import Key, ec_key, ed25519_key, rsa_key
from tests.signing.keys.files import KeyFolder, identity, p384_key, private
from verifier.errors import CouldNotIssue
from verifier.signing.keys.algorithms import digest_of, verifies
from verifier.signing.keys.chain import TRIAL, KeyChain
from verifier.signing.keys.keyfile import read_key_file
from verifier.signing.records import Algorithm

Spoil = Callable[[KeyFolder], object]


def opened(keys: KeyFolder, *, development: bool = True) -> KeyChain:
    return KeyChain(read_key_file(keys.file), development=development, env={})


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_every_algorithm(algorithm: Algorithm, tmp_path: Path) -> None:
    keys = KeyFolder(tmp_path)
    own = keys.soft(algorithm=algorithm)
    chain = opened(keys)
    public = x509.load_der_x509_certificate(own.der).public_key()
    assert [one.problem for one in chain.held()] == [""]
    assert verifies(algorithm, public, chain.sign("person", b"data"), digest_of(algorithm, b"data"))
    assert not verifies(algorithm, public, chain.sign("person", b"data"), digest_of(algorithm, b"more"))


SPOILT: dict[str, tuple[str, Spoil]] = {
    "no certificate": ("certificate-unreadable", lambda keys: (keys.path / "bad.pem").unlink()),
    "empty certificate": ("certificate-unreadable", lambda keys: private(keys.path / "bad.pem", b"")),
    "no key": ("key-unavailable", lambda keys: (keys.path / "bad.p12").unlink()),
    "key open to others": ("secret-open", lambda keys: (keys.path / "bad.p12").chmod(0o644)),
    "password open to others": ("secret-open", lambda keys: (keys.path / "bad.password").chmod(0o640)),
    "other password": ("password-wrong", lambda keys: private(keys.path / "bad.password", b"other")),
    "no PKCS#12": ("password-wrong", lambda keys: private(keys.path / "bad.p12", b"nothing")),
    "password no UTF-8": ("key-unavailable", lambda keys: private(keys.path / "bad.password", b"\xff")),
}


@pytest.mark.parametrize("case", list(SPOILT))
def test_broken_key_does_not_stop_the_others(case: str, tmp_path: Path) -> None:
    code, spoil = SPOILT[case]
    keys = KeyFolder(tmp_path)
    keys.soft("bad")
    keys.soft("good")
    spoil(keys)
    chain = opened(keys)
    assert [one.problem for one in chain.held()] == [code, ""]
    assert chain.sign("good", b"data")
    with pytest.raises(CouldNotIssue) as refusal:
        chain.sign("bad", b"data")
    assert refusal.value.problem.code == code


@dataclass(frozen=True)
class Pair:
    """A certificate for one key, and the key that is in the file."""

    algorithm: Algorithm
    certified: Key
    held: Key


ECDSA, PSS = Algorithm.ECDSA_SHA256, Algorithm.RSA_PSS_SHA256
UNFIT = {
    "other key": ("key-mismatch", Pair(Algorithm.ECDSA_SHA384, p384_key("a"), p384_key("b"))),
    "other RSA key": ("key-mismatch", Pair(PSS, rsa_key("signer"), rsa_key("stranger"))),
    "key of another kind": ("key-mismatch", Pair(ECDSA, ec_key("signer"), rsa_key("signer"))),
    "ECDSA with RSA": ("algorithm-unfit", Pair(ECDSA, rsa_key("signer"), rsa_key("signer"))),
    "RSA with EC": ("algorithm-unfit", Pair(PSS, p384_key("a"), p384_key("a"))),
    "P-384 with SHA-256": ("algorithm-unfit", Pair(ECDSA, p384_key("a"), p384_key("a"))),
    "Ed25519": ("algorithm-unfit", Pair(ECDSA, ed25519_key("a"), ed25519_key("a"))),
    "RSA of 1024 bits": ("key-weak", Pair(PSS, rsa_key("short", 1024), rsa_key("short", 1024))),
}


@pytest.mark.parametrize("case", list(UNFIT))
def test_key_that_does_not_fit(case: str, tmp_path: Path) -> None:
    code, pair = UNFIT[case]
    keys = KeyFolder(tmp_path)
    keys.soft("bad", algorithm=pair.algorithm, own=replace(identity(pair.certified), key=pair.held))
    assert [one.problem for one in opened(keys).held()] == [code]


def test_key_in_a_file_is_refused_but_in_development(tmp_path: Path) -> None:
    keys = KeyFolder(tmp_path)
    keys.soft()
    chain = opened(keys, development=False)
    assert [one.problem for one in chain.held()] == ["pkcs12-refused"]
    with pytest.raises(CouldNotIssue, match="pkcs12-refused"):
        chain.sign("person", b"data")


def test_key_that_is_mended_signs_again(tmp_path: Path) -> None:
    keys = KeyFolder(tmp_path)
    keys.soft()
    (keys.path / "person.p12").chmod(0o644)
    chain = opened(keys)
    (keys.path / "person.p12").chmod(0o600)
    assert chain.sign("person", b"data")
    assert [one.problem for one in chain.held()] == [""]


def test_unknown_name(tmp_path: Path) -> None:
    keys = KeyFolder(tmp_path)
    keys.soft()
    with pytest.raises(CouldNotIssue, match="key-unavailable"):
        opened(keys).sign("other", b"data")


def test_a_trial_is_no_signed_attributes() -> None:
    with pytest.raises(ValueError):
        cms.CMSAttributes.load(TRIAL + bytes(16), strict=True)


def test_no_secret_shows(tmp_path: Path) -> None:
    keys = KeyFolder(tmp_path)
    keys.soft()
    assert "mở khóa" not in repr(read_key_file(keys.file)) + repr(opened(keys).held())
