"""Public keys of machine clients: which are admitted, and by which algorithms each may sign."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from verifier.errors import BadRequest
from verifier.plain_json import read_once

TEXT_LENGTH = 16 * 1024
"""Most characters of a key as it is handed in."""
RSA_BITS = range(2048, 8193)
"""Lengths of RSA keys: the least that is still taken to be safe, and the longest that is worth our time."""
RSA_EXPONENT = 65537
"""Least public exponent (FIPS 186-5 A.1.1)."""
SIGNS = {
    ("RSA", ""): ("RS256", "PS256"),
    ("EC", "P-256"): ("ES256",),
    ("EC", "P-384"): ("ES384",),
    ("OKP", "Ed25519"): ("EdDSA", "Ed25519"),
}
"""Algorithms (RFC 7518 3.1, RFC 8037, RFC 9864) by kind and curve of the key."""
ALGORITHMS = tuple(name for names in SIGNS.values() for name in names)
KINDS: Mapping[str, type[RSAKey | ECKey | OKPKey]] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}

_CURVES = {"secp256r1": "P-256", "secp384r1": "P-384"}
_IS_PRIVATE = "It is a private key; take it out of use, and hand in only the public half of another."
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth"})
_NEEDED = {"RSA": ("kty", "n", "e"), "EC": ("kty", "crv", "x", "y"), "OKP": ("kty", "crv", "x")}


def admit_key(text: str) -> dict[str, Any]:
    """Read a public key (JWK, PEM, or the certificate that holds it) and return it as a JWK of our own making.

    Its `kid` is the SHA-256 thumbprint (RFC 7638), whatever was given. BadRequest `key-unusable` with a param `reason`:
    `private`, `symmetric`, `weak`, `kind`, `use`, `set` or `unreadable`. Of a certificate only the key counts.
    """
    told = text.strip()
    if len(told) > TEXT_LENGTH:
        raise unusable("unreadable", "It is too long.")
    pinned = ""
    if told.startswith("{"):
        given = _object(told)
        native, pinned = _from_jwk(given), _pinned(given)
    else:
        native = _from_pem(told)
    key = _strong(native)
    jwk: dict[str, Any] = {**key.as_dict(private=False), "kid": key.thumbprint(), "use": "sig"}
    if pinned and pinned not in algorithms_of(jwk):
        raise unusable("use", f"A key of this kind does not sign by {pinned[:20]!a}.")
    return {**jwk, "alg": pinned} if pinned else jwk


def algorithms_of(jwk: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the algorithms by which a registered key may sign; never those that the key did not choose."""
    possible = SIGNS.get((str(jwk.get("kty", "")), str(jwk.get("crv", ""))), ())
    pinned = jwk.get("alg")
    return tuple(name for name in possible if pinned in (None, name))


def unusable(reason: str, detail: str) -> BadRequest:
    """Return the refusal of a key."""
    return BadRequest("key-unusable", detail, reason=reason)


def _object(text: str) -> Mapping[str, Any]:
    try:
        given = read_once(text)
    except (ValueError, RecursionError):
        raise unusable("unreadable", "It begins like a JWK but is not JSON in which each name stands once.") from None
    if not isinstance(given, dict):
        raise unusable("unreadable", "It is not a JSON object.")
    return given


def _from_jwk(given: Mapping[str, Any]) -> object:
    if "keys" in given:
        raise unusable("set", "It is a set of keys (JWKS); hand in each key by itself.")
    kind = given.get("kty")
    if kind == "oct" or "k" in given:
        raise unusable("symmetric", "It is a shared secret; whoever checks with it could sign with it.")
    if _PRIVATE & given.keys():
        raise unusable(
            "private", "It is a private key; take it out of use, and hand in only the public half of another."
        )
    if not isinstance(kind, str) or kind not in KINDS:
        raise unusable("kind", "Its kind (kty) is not RSA, EC or OKP.")
    try:
        return KINDS[kind].import_key({name: given[name] for name in _NEEDED[kind]}).public_key
    except KeyError as missing:
        raise unusable("unreadable", f"It has no member {missing}.") from None
    except (JoseError, ValueError, TypeError, UnsupportedAlgorithm):
        raise unusable("unreadable", "Its members make no key of its kind.") from None


def _pinned(given: Mapping[str, Any]) -> str:
    operations = given.get("key_ops", ["verify"])
    if given.get("use", "sig") != "sig" or not isinstance(operations, list) or "verify" not in operations:
        raise unusable("use", "It is not meant for signatures (use, key_ops).")
    return str(given.get("alg", ""))


def _from_pem(text: str) -> object:
    if "PRIVATE KEY-----" in text:
        raise unusable(
            "private", "It is a private key; take it out of use, and hand in only the public half of another."
        )
    data = text.encode("utf-8", "replace")
    try:
        if "-----BEGIN CERTIFICATE-----" in text:
            return x509.load_pem_x509_certificate(data).public_key()
        return load_pem_public_key(data)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise unusable("unreadable", "It is neither a JWK nor a PEM public key or certificate.") from None


def _strong(native: object) -> RSAKey | ECKey | OKPKey:
    if isinstance(native, RSAPublicKey):
        exponent = native.public_numbers().e
        if native.key_size not in RSA_BITS or exponent < RSA_EXPONENT or exponent % 2 == 0:
            raise unusable("weak", f"An RSA key of {native.key_size} bits with exponent {exponent} is not taken.")
        return RSAKey.import_key(_pem(native))
    if isinstance(native, EllipticCurvePublicKey):
        if native.curve.name not in _CURVES:
            raise unusable("weak", f"The curve {native.curve.name} is not taken; P-256 and P-384 are.")
        return ECKey.import_key(_pem(native))
    if isinstance(native, Ed25519PublicKey):
        return OKPKey.import_key(_pem(native))
    raise unusable("kind", "It is not an RSA, P-256, P-384 or Ed25519 key.")


def _pem(native: RSAPublicKey | EllipticCurvePublicKey | Ed25519PublicKey) -> bytes:
    return native.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
