"""Keys of the test PKI and signing with them: the same key for the same name on every run, no key in the repository."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache

from asn1crypto import algos, keys
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551

HASHES: dict[str, hashes.HashAlgorithm] = {
    "md5": hashes.MD5(),  # what must be refused has to be made first
    "sha1": hashes.SHA1(),
    "sha224": hashes.SHA224(),
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
    "sha3_256": hashes.SHA3_256(),
}


@dataclass(frozen=True)
class Key:
    """A private key with its name."""

    name: str
    private: PrivateKey

    @property
    def public(self) -> keys.PublicKeyInfo:
        """SubjectPublicKeyInfo."""
        der = self.private.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return keys.PublicKeyInfo.load(der)


@cache
def ec_key(name: str) -> Key:
    """P-256 key derived from `name`: the same in every run."""
    seed = int.from_bytes(hashlib.sha512(name.encode()).digest(), "big")
    return Key(name, ec.derive_private_key(seed % (P256_ORDER - 1) + 1, ec.SECP256R1()))


@cache
def ed25519_key(name: str) -> Key:
    """Ed25519 key derived from `name`."""
    return Key(name, ed25519.Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest()))


@cache
def ed448_key(name: str) -> Key:
    """Ed448 key derived from `name`."""
    return Key(name, ed448.Ed448PrivateKey.from_private_bytes(hashlib.shake_256(name.encode()).digest(57)))


@cache
def rsa_key(name: str = "rsa", bits: int = 2048) -> Key:
    """RSA key, made once a process (some tenths of a second), so share names; new in every run."""
    return Key(name, rsa.generate_private_key(public_exponent=65537, key_size=bits))


def algorithm(key: Key, digest: str = "sha256", *, pss: bool = False) -> algos.SignedDigestAlgorithm:
    """AlgorithmIdentifier of a signature by `key`."""
    private = key.private
    if isinstance(private, ed25519.Ed25519PrivateKey):
        return algos.SignedDigestAlgorithm({"algorithm": "ed25519"})
    if isinstance(private, ed448.Ed448PrivateKey):
        return algos.SignedDigestAlgorithm({"algorithm": "ed448"})
    if isinstance(private, ec.EllipticCurvePrivateKey):
        return algos.SignedDigestAlgorithm({"algorithm": f"{digest}_ecdsa"})
    if not pss:
        return algos.SignedDigestAlgorithm({"algorithm": f"{digest}_rsa"})
    named = {"algorithm": digest}
    parameters = {
        "hash_algorithm": named,
        "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": named},
        "salt_length": HASHES[digest].digest_size,
    }
    return algos.SignedDigestAlgorithm({"algorithm": "rsassa_pss", "parameters": parameters})


def sign(key: Key, data: bytes, digest: str = "sha256", *, pss: bool = False) -> bytes:
    """Signature value over `data`."""
    private, hashed = key.private, HASHES[digest]
    if isinstance(private, ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey):
        return private.sign(data)
    if isinstance(private, ec.EllipticCurvePrivateKey):
        return private.sign(data, ec.ECDSA(hashed, deterministic_signing=True))
    if pss:
        return private.sign(data, padding.PSS(padding.MGF1(hashed), hashed.digest_size), hashed)
    return private.sign(data, padding.PKCS1v15(), hashed)


def digest_of(data: bytes, digest: str) -> bytes:
    """Digest of `data` under the ASN.1 name `digest`."""
    return hashlib.new(digest, data).digest()
