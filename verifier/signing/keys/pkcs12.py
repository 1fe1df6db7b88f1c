"""Keys in PKCS#12 files, for development only: whoever can read the file has the key."""

from __future__ import annotations

from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12

from verifier.errors import CouldNotIssue
from verifier.signing.keys.algorithms import HASHES, padding_of
from verifier.signing.keys.keyfile import InFile, read_private, secret_in
from verifier.signing.records import Algorithm

Sign = Callable[[bytes], bytes]
"""Signs a digest."""


def signing_key(where: InFile, algorithm: Algorithm) -> Sign:
    """Open the file. CouldNotIssue `secret-open`, `password-wrong`, `key-unavailable`."""
    try:
        content, password = read_private(where.file), secret_in(where.password_file)
    except PermissionError as error:
        raise CouldNotIssue("secret-open", str(error)) from None
    except (OSError, UnicodeDecodeError) as error:
        raise CouldNotIssue("key-unavailable", f"its file cannot be read ({type(error).__name__})") from None
    try:
        private = load_pkcs12(content, password.encode()).key
    except ValueError:
        raise CouldNotIssue("password-wrong", "the file does not open with its password, or is broken") from None
    if isinstance(private, rsa.RSAPrivateKey):
        return _rsa(private, algorithm)
    if isinstance(private, ec.EllipticCurvePrivateKey):
        return _ec(private, algorithm)
    raise CouldNotIssue("key-unavailable", "the file holds no RSA or EC key")


def _rsa(private: rsa.RSAPrivateKey, algorithm: Algorithm) -> Sign:
    hashed, padded = Prehashed(HASHES[algorithm.digest]), padding_of(algorithm)
    return lambda digest: private.sign(digest, padded, hashed)


def _ec(private: ec.EllipticCurvePrivateKey, algorithm: Algorithm) -> Sign:
    hashed = ec.ECDSA(Prehashed(HASHES[algorithm.digest]))
    return lambda digest: private.sign(digest, hashed)
