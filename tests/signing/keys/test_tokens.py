"""Keys on a PKCS#11 token: algorithms, parallel sessions, a wrong PIN, a token that goes and comes back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from tests.pki.certificates import Identity
from tests.pki.keys import rsa_key
from tests.signing.keys.files import KeyFolder, identity, private
from tests.signing.keys.softhsm import PIN, SoftHsm, add_token_key, needs_softhsm
from verifier.errors import CouldNotIssue
from verifier.signing.keys.algorithms import digest_of, verifies
from verifier.signing.keys.chain import KeyChain
from verifier.signing.keys.keyfile import read_key_file
from verifier.signing.records import Algorithm

pytestmark = needs_softhsm


@pytest.fixture
def hsm(tmp_path: Path) -> SoftHsm:
    return SoftHsm(tmp_path / "hsm")


@pytest.fixture
def keys(tmp_path: Path) -> KeyFolder:
    (tmp_path / "keys").mkdir(mode=0o700)
    return KeyFolder(tmp_path / "keys")


@pytest.fixture
def opened(keys: KeyFolder, hsm: SoftHsm) -> Iterator[Callable[[], KeyChain]]:
    made: list[KeyChain] = []

    def chain() -> KeyChain:
        made.append(KeyChain(read_key_file(keys.file), development=False, env=hsm.env))
        return made[-1]

    yield chain
    for one in made:
        one.close()


def right(own: Identity, algorithm: Algorithm, signature: bytes, data: bytes) -> bool:
    public = x509.load_der_x509_certificate(own.der).public_key()
    return verifies(algorithm, public, signature, digest_of(algorithm, data))


def code_of(act: Callable[[], object]) -> str:
    with pytest.raises(CouldNotIssue) as refusal:
        act()
    return refusal.value.problem.code


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_every_algorithm(algorithm: Algorithm, keys: KeyFolder, hsm: SoftHsm, opened: Callable[[], KeyChain]) -> None:
    own = add_token_key(keys, hsm, algorithm=algorithm)
    chain = opened()
    assert [one.problem for one in chain.held()] == [""]
    assert right(own, algorithm, chain.sign("agency", b"data"), b"data")
    assert not right(own, algorithm, chain.sign("agency", b"data"), b"other data")


def test_eight_threads_share_four_sessions(keys: KeyFolder, hsm: SoftHsm, opened: Callable[[], KeyChain]) -> None:
    own = add_token_key(keys, hsm)
    chain = opened()
    every = [f"document {number}".encode() for number in range(64)]
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda data: chain.sign("agency", data), every))
    pairs = zip(made, every, strict=True)
    assert all(right(own, Algorithm.RSA_PKCS1_SHA256, one, data) for one, data in pairs)


def test_two_keys_on_one_token(keys: KeyFolder, hsm: SoftHsm, opened: Callable[[], KeyChain]) -> None:
    first = add_token_key(keys, hsm, "person", algorithm=Algorithm.ECDSA_SHA256)
    second = add_token_key(keys, hsm, "agency", algorithm=Algorithm.ECDSA_SHA384, key_label=None, key_id="02")
    chain = opened()
    assert right(first, Algorithm.ECDSA_SHA256, chain.sign("person", b"1"), b"1")
    assert right(second, Algorithm.ECDSA_SHA384, chain.sign("agency", b"2"), b"2")


def test_wrong_pin_is_tried_once(keys: KeyFolder, hsm: SoftHsm, opened: Callable[[], KeyChain]) -> None:
    add_token_key(keys, hsm)
    private(keys.path / "pin", b"111111")
    chain = opened()
    with hsm.gone():  # whoever tries again sees that
        assert {code_of(lambda: chain.sign("agency", b"data")) for _ in range(20)} == {"pin-wrong"}
        assert [one.problem for one in chain.held()] == ["pin-wrong"]
    private(keys.path / "pin", PIN.encode())
    assert chain.sign("agency", b"data")
    assert [one.problem for one in chain.held()] == [""]


def test_token_goes_and_comes_back(keys: KeyFolder, hsm: SoftHsm, opened: Callable[[], KeyChain]) -> None:
    own = add_token_key(keys, hsm)
    chain = opened()
    assert chain.sign("agency", b"before")
    with hsm.gone():
        assert code_of(lambda: chain.sign("agency", b"data")) == "token-absent"
        assert [one.problem for one in chain.held()] == ["token-absent"]
    assert right(own, Algorithm.RSA_PKCS1_SHA256, chain.sign("agency", b"after"), b"after")
    assert [one.problem for one in chain.held()] == [""]


def test_token_absent_at_the_start_is_found_later(
    keys: KeyFolder, hsm: SoftHsm, opened: Callable[[], KeyChain]
) -> None:
    add_token_key(keys, hsm)
    with hsm.gone():
        chain = opened()
        assert [one.problem for one in chain.held()] == ["token-absent"]
    assert [one.problem for one in chain.held()] == [""]


def test_sign_after_the_token_was_away_unnoticed(keys: KeyFolder, hsm: SoftHsm, opened: Callable[[], KeyChain]) -> None:
    add_token_key(keys, hsm)
    chain = opened()
    with hsm.gone():
        pass
    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(lambda _: chain.sign("agency", b"data"), range(16)))


def test_child_that_was_killed_is_replaced(keys: KeyFolder, hsm: SoftHsm, opened: Callable[[], KeyChain]) -> None:
    add_token_key(keys, hsm)
    chain = opened()
    for child in next(iter(chain._tokens._tokens.values()))._free:
        child._process.kill()
        child._process.wait()
    assert chain.sign("agency", b"data")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"key_label": "other"}, "key-missing"),
        ({"token": "other"}, "token-absent"),
        ({"module": "/usr/lib/no-such-module.so"}, "key-unavailable"),
        ({"pin_file": "no-such-file"}, "key-unavailable"),
        ({"algorithm": "ecdsa-sha256"}, "algorithm-unfit"),
    ],
)
def test_what_cannot_sign_says_why(
    changes: dict[str, Any], code: str, keys: KeyFolder, hsm: SoftHsm, opened: Callable[[], KeyChain]
) -> None:
    add_token_key(keys, hsm)
    keys.entries[0].update(changes)
    keys.write()
    chain = opened()
    assert [one.problem for one in chain.held()] == [code]
    assert code_of(lambda: chain.sign("agency", b"data")) == code


def test_certificate_of_another_key(keys: KeyFolder, hsm: SoftHsm, opened: Callable[[], KeyChain]) -> None:
    add_token_key(keys, hsm, own=identity(rsa_key("stranger")))
    chain = opened()
    assert [one.problem for one in chain.held()] == ["key-mismatch"]
    assert code_of(lambda: chain.sign("agency", b"data")) == "key-mismatch"


def test_pin_open_to_others(keys: KeyFolder, hsm: SoftHsm, opened: Callable[[], KeyChain]) -> None:
    add_token_key(keys, hsm)
    (keys.path / "pin").chmod(0o640)
    assert [one.problem for one in opened().held()] == ["secret-open"]
