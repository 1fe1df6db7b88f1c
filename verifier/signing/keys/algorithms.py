"""Signature algorithms: which key each needs, what a token is asked for, and the check of what came out."""

from __future__ import annotations

import hashlib

from asn1crypto import algos, core
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, encode_dss_signature

from verifier.signing.records import Algorithm

LEAST_RSA_BITS = 2048
"""Circular 15/2025/TT-BKHCN; ETSI TS 119 312."""

HASHES: dict[str, hashes.HashAlgorithm] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
CURVES: dict[Algorithm, type[ec.EllipticCurve]] = {
    Algorithm.ECDSA_SHA256: ec.SECP256R1,
    Algorithm.ECDSA_SHA384: ec.SECP384R1,
}


def is_pss(algorithm: Algorithm) -> bool:
    """Tell whether it is RSASSA-PSS (RFC 8017 8.1); salt as long as the digest, MGF1 with the same hash."""
    return algorithm.value.startswith("rsa-pss-")


def unfit(algorithm: Algorithm, public: PublicKeyTypes) -> str:
    """Return the code of why a key cannot be used so: `key-weak` or `algorithm-unfit`; empty where it can."""
    if isinstance(public, rsa.RSAPublicKey):
        if algorithm in CURVES:
            return "algorithm-unfit"
        return "key-weak" if public.key_size < LEAST_RSA_BITS else ""
    if isinstance(public, ec.EllipticCurvePublicKey):
        wanted = CURVES.get(algorithm)
        return "" if wanted is not None and isinstance(public.curve, wanted) else "algorithm-unfit"
    return "algorithm-unfit"


def digest_of(algorithm: Algorithm, data: bytes) -> bytes:
    """Return the digest that is signed."""
    return hashlib.new(algorithm.digest, data).digest()


def digest_info(algorithm: Algorithm, digest: bytes) -> bytes:
    """Return DER of DigestInfo, what PKCS #1 v1.5 signs (RFC 8017 9.2)."""
    named = {"algorithm": algorithm.digest, "parameters": core.Null()}
    return bytes(algos.DigestInfo({"digest_algorithm": named, "digest": digest}).dump())


def der_of_raw(raw: bytes) -> bytes:
    """Return DER of an ECDSA signature that a token gave as r and s, one behind the other (PKCS#11 6.3.1)."""
    half = len(raw) // 2
    return encode_dss_signature(int.from_bytes(raw[:half], "big"), int.from_bytes(raw[half:], "big"))


def verifies(algorithm: Algorithm, public: PublicKeyTypes, signature: bytes, digest: bytes) -> bool:
    """Tell whether a signature over a digest is of this key."""
    hashed = Prehashed(HASHES[algorithm.digest])
    try:
        if isinstance(public, rsa.RSAPublicKey):
            public.verify(signature, digest, padding_of(algorithm), hashed)
        elif isinstance(public, ec.EllipticCurvePublicKey):
            public.verify(signature, digest, ec.ECDSA(hashed))
        else:
            return False
    except InvalidSignature:
        return False
    return True


def padding_of(algorithm: Algorithm) -> padding.AsymmetricPadding:
    """Return the padding of an RSA signature."""
    if not is_pss(algorithm):
        return padding.PKCS1v15()
    hashed = HASHES[algorithm.digest]
    return padding.PSS(padding.MGF1(hashed), hashed.digest_size)
