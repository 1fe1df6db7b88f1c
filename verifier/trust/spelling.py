"""One certificate in several spellings: bytes that differ though its issuer signed the same; pure.

The issuer signs the inner part alone. Whoever holds a certificate can change what stands around it, its lengths and
the value of an ECDSA signature (n - s holds where s does), and it verifies as before under another SHA-256. What is
known of a certificate by its SHA-256, above all that it was withdrawn, must not be shaken off so.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache

from asn1crypto import algos, core

from verifier.x509 import Certificate

_SEQUENCE, _BIT_STRING = b"\x30", b"\x03"
_ORDERS = tuple(
    int(order, 16)
    for order in (
        "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551",  # P-256
        "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973",  # P-384
        (
            "01FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFA"  # P-521
            "51868783BF2F966B7FCC0148F709A5D03BB5C9B8899C47AEBB6FB71E91386409"
        ),
        "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141",  # secp256k1
        "A9FB57DBA1EEA9BC3E660A909D838D718C397AA3B561A6F7901E0E82974856A7",  # brainpoolP256r1
        "8CB91E82A3386D280F5D6F7E50E641DF152F7109ED5456B31F166E6CAC0425A7CF3AB6AF6B7FC3103B883202E9046565",  # P384r1
        (
            "AADD9DB8DBE9C48B3FD4E6AE33C9FC07CB308DB3B3C9D20ED6639CCA70330870"  # brainpoolP512r1
            "553E5C414CA92619418661197FAC10471DB1D381085DDADDB58796829CA90069"
        ),
    )
)
"""Of the groups of usual curves (FIPS 186-5, SEC 2, RFC 5639)."""


@lru_cache(maxsize=4096)
def spellings(certificate: Certificate) -> frozenset[str]:
    """Return the SHA-256, hexadecimal, of a certificate as it came and of all spellings that its issuer may have made.

    Those are in DER, with the algorithm as the signed part names it and either value of an ECDSA signature.
    """
    found = {certificate.sha256}
    try:
        signed, value = certificate.asn1["tbs_certificate"], certificate.asn1["signature_value"].native
        algorithm = signed["signature"].dump()
        values = {value, *_other_values(value)}
    except (ValueError, TypeError, KeyError):
        return frozenset(found)
    inner = signed.dump() + algorithm
    found |= {_sha256(_tagged(_SEQUENCE, inner + _tagged(_BIT_STRING, b"\0" + one))) for one in values}
    return frozenset(found)


def _other_values(value: bytes) -> list[bytes]:
    """Return the values that verify where this one does, if it is one of ECDSA; also as other lengths spell them."""
    try:
        pair = algos.DSASignature.load(value)
        r, s = int(pair["r"].native), int(pair["s"].native)
    except (ValueError, TypeError, KeyError):
        return []
    return [_pair(r, one) for one in (s, *(order - s for order in _ORDERS if 0 < s < order))]


def _pair(r: int, s: int) -> bytes:
    return bytes(algos.DSASignature({"r": core.Integer(r), "s": core.Integer(s)}).dump())


def _tagged(tag: bytes, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return tag + bytes([size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return tag + bytes([0x80 | len(length)]) + length + content


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
