"""Does this key verify that signature? Certificates, CRLs and OCSP responses alike; pure, answers are cached."""

from __future__ import annotations

from functools import lru_cache

from asn1crypto.algos import SignedDigestAlgorithm
from asn1crypto.keys import PublicKeyInfo
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from pyhanko_certvalidator.errors import DSAParametersUnavailable
from pyhanko_certvalidator.sig_validate import DefaultSignatureValidator

from verifier.trust import der
from verifier.x509 import Certificate

_USUAL_EXPONENT_BITS = 17
_LARGEST_USUAL_CURVE = 91
"""Bytes of a SubjectPublicKeyInfo on P-256."""

# what the library raises for signatures that do not verify, and for keys and algorithms that do not go together
_REFUSALS = (
    InvalidSignature,
    UnsupportedAlgorithm,
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    AssertionError,
    OverflowError,
)
_VALIDATOR = DefaultSignatureValidator()


def signature_verifies(signed: bytes, signature: bytes, algorithm: bytes, public_key: bytes) -> bool:
    """Return whether `signature` over `signed` verifies; `algorithm` and `public_key` in DER.

    False where the algorithm is not supported; DSAParametersUnavailable where the DSA key has no parameters of its own.
    """
    try:
        _VALIDATOR.validate_signature(
            signature, signed, PublicKeyInfo.load(public_key), SignedDigestAlgorithm.load(algorithm)
        )
    except DSAParametersUnavailable:
        raise
    except _REFUSALS:
        return False
    return True


def object_verifies(whole: bytes, public_key: bytes) -> bool:
    """Return whether the SIGNED object (X.509 certificate, CRL or basic OCSP response, DER) verifies with the key."""
    try:
        signed, algorithm, value = list(der.only(whole).children())[:3]
    except ValueError:
        return False
    try:
        return signature_verifies(signed.whole, value.content[1:], algorithm.whole, public_key)
    except DSAParametersUnavailable:
        return False


def is_unsigned(whole: bytes) -> bool:
    """Return whether the signature value of a SIGNED object (DER) is missing or nothing but zeros."""
    try:
        return not list(der.only(whole).children())[2].content.strip(b"\0")
    except (ValueError, IndexError):
        return True


def issued_by(certificate: Certificate, issuer: Certificate) -> bool:
    """Return whether `issuer` signed `certificate`: names chain and the signature verifies."""
    return certificate.issuer_key == issuer.subject_key and signed_with(certificate, issuer.public_key) is True


@lru_cache(maxsize=16384)
def signed_with(certificate: Certificate, public_key: bytes) -> bool | None:
    """Return whether the key (SubjectPublicKeyInfo, DER) verifies the certificate's signature.

    None where the key is a DSA key without parameters: they come from further up the path (RFC 5280 6.1.4 d-f).
    """
    try:
        signed, algorithm, value = der.only(certificate.der).children()
        return signature_verifies(signed.whole, value.content[1:], algorithm.whole, public_key)
    except DSAParametersUnavailable:
        return None
    except ValueError:
        return False


@lru_cache(maxsize=16384)
def verification_cost(public_key: bytes) -> int:
    """Guess what one verification with this key (SubjectPublicKeyInfo, DER) takes, in microseconds.

    Some hostile keys cost forty times as much as honest ones: RSA with an exponent as long as the modulus.
    """
    try:
        _, bits = der.only(public_key).children()
        numbers = [one.content for one in der.only(bits.content[1:]).children()]
    except ValueError:
        numbers = []
    if len(numbers) == 2:
        modulus, exponent = (8 * len(number.lstrip(b"\0")) for number in numbers)
        return 150 + modulus * modulus * max(exponent, _USUAL_EXPONENT_BITS) // 6_000_000
    return 150 if len(public_key) <= _LARGEST_USUAL_CURVE else 500
