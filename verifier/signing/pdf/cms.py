"""CMS signatures (RFC 5652) of the PAdES baseline (EN 319 142-1 6.3), in DER; whoever holds the key signs elsewhere.

`attributes` gives the bytes to be signed, `signed` joins them with the signature, `with_token` adds a time stamp.
"""

from __future__ import annotations

import hashlib
from typing import Any

from asn1crypto import algos, cms, core, tsp, x509

from verifier.signing.records import Algorithm

SIGNED_DATA_VERSION = "v1"
"""With certificates of X.509 alone, content of type data and issuerAndSerialNumber (RFC 5652 5.1)."""


def attributes(digest: bytes, certificate: bytes, algorithm: Algorithm) -> bytes:
    """Return DER of the signed attributes (SET OF, tag 0x31), exactly the bytes that are signed (RFC 5652 5.4).

    Content type, message digest and signing-certificate-v2. No signing time: PAdES has it in /M and forbids it here
    (EN 319 142-1 6.3). The reference to the certificate is a hash only: issuerSerial should not be there
    (EN 319 122-1 5.2.2.3, and 6.3 of either).
    """
    if len(digest) != hashlib.new(algorithm.digest).digest_size:
        raise ValueError("the digest is not of this algorithm")
    found = [
        {"type": "content_type", "values": ["data"]},
        {"type": "message_digest", "values": [digest]},
        {"type": "signing_certificate_v2", "values": [{"certs": [_reference(certificate, algorithm.digest)]}]},
    ]
    made = sorted((cms.CMSAttribute(each) for each in found), key=lambda each: bytes(each.dump()))
    return bytes(cms.CMSAttributes(made).dump())


def _reference(certificate: bytes, digest: str) -> tsp.ESSCertIDv2:
    fields: dict[str, Any] = {"cert_hash": hashlib.new(digest, certificate).digest()}
    if digest != "sha256":  # the default, which DER leaves out (RFC 5035)
        fields["hash_algorithm"] = algos.DigestAlgorithm({"algorithm": digest})
    return tsp.ESSCertIDv2(fields)


def signed(
    attributes: bytes,
    signature: bytes,
    certificate: bytes,
    chain: tuple[bytes, ...],
    algorithm: Algorithm,
    token: bytes = b"",
) -> bytes:
    """Return a detached CMS with one signer, the certificates of its path, and a signature time stamp if given."""
    own = x509.Certificate.load(certificate)
    info: dict[str, Any] = {
        "version": "v1",
        "sid": cms.SignerIdentifier(
            "issuer_and_serial_number", {"issuer": own.issuer, "serial_number": own.serial_number}
        ),
        "digest_algorithm": {"algorithm": algorithm.digest},
        "signed_attrs": cms.CMSAttributes.load(attributes),
        "signature_algorithm": signature_algorithm(algorithm),
        "signature": signature,
    }
    certificates = sorted(dict.fromkeys((certificate, *chain)))
    made = cms.SignedData(
        {
            "version": SIGNED_DATA_VERSION,
            "digest_algorithms": [{"algorithm": algorithm.digest}],
            "encap_content_info": {"content_type": "data"},
            "certificates": [x509.Certificate.load(each) for each in certificates],
            "signer_infos": [info],
        }
    )
    whole = bytes(cms.ContentInfo({"content_type": "signed_data", "content": made}).dump())
    return with_token(whole, token) if token else whole


def with_token(cms_: bytes, token: bytes) -> bytes:
    """Return a CMS whose signer has this signature time stamp (EN 319 122-1 5.3), in place of any other."""
    whole = cms.ContentInfo.load(cms_)
    (info,) = whole["content"]["signer_infos"]
    info["unsigned_attrs"] = cms.CMSAttributes(
        [{"type": "signature_time_stamp_token", "values": [cms.ContentInfo.load(token)]}]
    )
    return bytes(whole.dump())  # forced, each layer would be encoded again for every layer around it


def signature_of(cms_: bytes) -> bytes:
    """Return the signature value of a CMS with one signer: what a signature time stamp is over."""
    (info,) = cms.ContentInfo.load(cms_)["content"]["signer_infos"]
    return bytes(info["signature"].native)


def signature_algorithm(algorithm: Algorithm) -> algos.SignedDigestAlgorithm:
    """Return the AlgorithmIdentifier: NULL for PKCS#1 v1.5 (RFC 8017 A.2.4), none for ECDSA, all said for PSS.

    PSS: mask by MGF1 with the same digest, salt as long as the digest (RFC 4055 3.1).
    """
    digest = algorithm.digest
    if algorithm.value.startswith("ecdsa-"):
        return algos.SignedDigestAlgorithm({"algorithm": f"{digest}_ecdsa"})
    if algorithm.value.startswith("rsa-pkcs1-"):
        return algos.SignedDigestAlgorithm({"algorithm": f"{digest}_rsa", "parameters": core.Null()})
    hashed = {"algorithm": digest, "parameters": core.Null()}
    parameters = algos.RSASSAPSSParams(
        {
            "hash_algorithm": hashed,
            "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": hashed},
            "salt_length": hashlib.new(digest).digest_size,
        }
    )
    return algos.SignedDigestAlgorithm({"algorithm": "rsassa_pss", "parameters": parameters})
