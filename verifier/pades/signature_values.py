"""Does a signature value verify with a key (EN 319 102-1 5.2.7 step 3): pure cryptography, no policy."""

from __future__ import annotations

from dataclasses import dataclass

from asn1crypto import algos
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, encode_dss_signature

from verifier.pades.facts import CmsFacts
from verifier.x509 import AlgorithmUse, Certificate, algorithm_use

_HASHES: dict[str, hashes.HashAlgorithm] = {
    "md5": hashes.MD5(),  # noqa: S303 - weak ones are judged by policy, not here
    "sha1": hashes.SHA1(),  # noqa: S303
    "sha224": hashes.SHA224(),
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
    "sha512_224": hashes.SHA512_224(),
    "sha512_256": hashes.SHA512_256(),
    "sha3_224": hashes.SHA3_224(),
    "sha3_256": hashes.SHA3_256(),
    "sha3_384": hashes.SHA3_384(),
    "sha3_512": hashes.SHA3_512(),
}
_NIST = "2.16.840.1.101.3.4.3."
_PLAIN_ECDSA = "0.4.0.127.0.7.1.1.4.1."
"""BSI TR-03111: r and s side by side instead of a SEQUENCE."""
_EXTRA_USES = {
    "1.2.840.113549.1.1.15": AlgorithmUse("rsassa_pkcs1v15", "sha512_224"),
    "1.2.840.113549.1.1.16": AlgorithmUse("rsassa_pkcs1v15", "sha512_256"),
    "1.2.840.10045.2.1": AlgorithmUse("ecdsa", ""),
    _NIST + "13": AlgorithmUse("rsassa_pkcs1v15", "sha3_224"),
    _NIST + "14": AlgorithmUse("rsassa_pkcs1v15", "sha3_256"),
    _NIST + "15": AlgorithmUse("rsassa_pkcs1v15", "sha3_384"),
    _NIST + "16": AlgorithmUse("rsassa_pkcs1v15", "sha3_512"),
    _PLAIN_ECDSA + "1": AlgorithmUse("ecdsa", "sha1"),
    _PLAIN_ECDSA + "2": AlgorithmUse("ecdsa", "sha224"),
    _PLAIN_ECDSA + "3": AlgorithmUse("ecdsa", "sha256"),
    _PLAIN_ECDSA + "4": AlgorithmUse("ecdsa", "sha384"),
    _PLAIN_ECDSA + "5": AlgorithmUse("ecdsa", "sha512"),
}


@dataclass(frozen=True)
class _Message:
    """What was signed: attributes to hash, or the digest of the content itself."""

    value: bytes
    prehashed: bool

    def under(self, algorithm: hashes.HashAlgorithm) -> hashes.HashAlgorithm | Prehashed:
        if self.prehashed and len(self.value) != algorithm.digest_size:
            raise ValueError("digest is not of this algorithm")
        return Prehashed(algorithm) if self.prehashed else algorithm


def signature_use(identifier: bytes, digest_algorithm: str) -> AlgorithmUse:
    """Read a DER AlgorithmIdentifier; where it names no digest, the one of the SignerInfo is meant (RFC 5652 5.3).

    Raises ValueError where the identifier is unreadable.
    """
    parsed = algos.SignedDigestAlgorithm.load(identifier)
    use = _EXTRA_USES.get(parsed["algorithm"].dotted) or algorithm_use(parsed)
    if use.digest or use.scheme in ("ed25519", "ed448"):
        return use
    return AlgorithmUse(use.scheme, digest_algorithm)


def signature_value_verifies(cms: CmsFacts, certificate: Certificate) -> bool:
    """Return whether the value was made with the key of `certificate`; False on any mismatch or unknown algorithm.

    A SignerInfo that names one digest for the attributes and another inside its signature algorithm contradicts
    itself (RFC 5652 5.4 knows one) and does not verify.
    """
    use = cms.signature_use
    if use.digest and use.digest != cms.digest_algorithm:
        return False
    if cms.signed_attributes is None:
        message = _Message(cms.content_digest, prehashed=True)
    else:
        message = _Message(cms.signed_attributes, prehashed=False)
    try:
        key = serialization.load_der_public_key(certificate.public_key)
        _verify(key, use, cms, message)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError, KeyError, OverflowError):
        return False
    return True


def _verify(key: PublicKeyTypes, use: AlgorithmUse, cms: CmsFacts, message: _Message) -> None:
    value = cms.signature_value
    if isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey):
        if message.prehashed or use.scheme not in ("ed25519", "ed448"):
            raise ValueError("EdDSA signs the message itself")
        key.verify(value, message.value)
        return
    algorithm = _HASHES[use.digest]
    if isinstance(key, rsa.RSAPublicKey) and use.scheme == "rsassa_pkcs1v15":
        key.verify(value, message.value, padding.PKCS1v15(), message.under(algorithm))
    elif isinstance(key, rsa.RSAPublicKey) and use.scheme == "rsassa_pss":
        key.verify(value, message.value, _pss(cms.signature_algorithm), message.under(algorithm))
    elif isinstance(key, ec.EllipticCurvePublicKey) and use.scheme == "ecdsa":
        key.verify(_sequence(value, cms.signature_algorithm), message.value, ec.ECDSA(message.under(algorithm)))
    elif isinstance(key, dsa.DSAPublicKey) and use.scheme == "dsa":
        key.verify(value, message.value, message.under(algorithm))
    else:
        raise ValueError("the key is not for this algorithm")


def _pss(identifier: bytes) -> padding.PSS:
    """Read the parameters of RSASSA-PSS (RFC 4055 3.1)."""
    parameters = algos.SignedDigestAlgorithm.load(identifier)["parameters"]
    generator = parameters["mask_gen_algorithm"]
    if generator["algorithm"].native != "mgf1":
        raise ValueError("unknown mask generation function")
    inner = _HASHES[generator["parameters"]["algorithm"].native]
    return padding.PSS(mgf=padding.MGF1(inner), salt_length=int(parameters["salt_length"].native))


def _sequence(value: bytes, identifier: bytes) -> bytes:
    """Return an ECDSA value as the SEQUENCE that the library wants."""
    if not algos.SignedDigestAlgorithm.load(identifier)["algorithm"].dotted.startswith(_PLAIN_ECDSA):
        return value
    half = len(value) // 2
    return encode_dss_signature(int.from_bytes(value[:half], "big"), int.from_bytes(value[half:], "big"))
