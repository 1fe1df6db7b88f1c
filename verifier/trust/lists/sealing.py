"""Signing a trusted list: XAdES baseline B, enveloped, exclusive canonical form (ETSI TS 119 612 5.7.1 and annex B)."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import load_der_public_key
from lxml import etree

from verifier.errors import BadRequest
from verifier.trust.lists.making import Maker
from verifier.trust.lists.xml import canonical, copy_of, parse
from verifier.x509 import Certificate

SigningKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
MINIMUM_RSA_BITS = 3072
"""Of a key that signs a list: it is to be believed for years (ETSI TS 119 312)."""
_DS = "http://www.w3.org/2000/09/xmldsig#"
_XADES = "http://uri.etsi.org/01903/v1.3.2#"
_MORE = "http://www.w3.org/2001/04/xmldsig-more#"
_EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
_ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
_SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
_PROPERTIES_ID = "signed-properties"
_D = Maker(_DS, {"ds": _DS})
_X = Maker(_XADES, {"xades": _XADES, "ds": _DS})


def seal(unsigned: bytes, key: SigningKey, certificate: bytes, at: datetime) -> bytes:
    """Return the list with its signature, made by `key` whose certificate (DER) it names, at the instant `at`.

    BadRequest `list-key-unfit` where the key is not the certificate's, too short or of a curve that is not P-256 or
    P-384; `list-key-expired` where the certificate is not valid at `at`.
    """
    _require_fit(key, Certificate.parse(certificate), at)
    root = parse(unsigned)
    properties = _properties(certificate, at)
    signature = _D.Signature(Id="signature")
    root.append(signature)
    whole = canonical(parse(unsigned))
    info = _signed_info(key, whole, canonical(copy_of(properties)))
    signature.append(info)
    value = _value(key, canonical(copy_of(info)))
    signature.append(_D.SignatureValue(base64.b64encode(value).decode()))
    data = _D.X509Data(_D.X509Certificate(base64.b64encode(certificate).decode()))
    signature.append(_D.KeyInfo(data))
    signature.append(_D.Object(_X.QualifyingProperties(properties, Target="#signature")))
    return bytes(etree.tostring(root.getroottree(), xml_declaration=True, encoding="UTF-8"))


def _require_fit(key: SigningKey, certificate: Certificate, at: datetime) -> None:
    if load_der_public_key(certificate.public_key) != key.public_key():
        raise BadRequest("list-key-unfit", "the key is not the one of the certificate")
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size < MINIMUM_RSA_BITS:
        raise BadRequest("list-key-unfit", f"an RSA key needs at least {MINIMUM_RSA_BITS} bits")
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name not in ("secp256r1", "secp384r1"):
        raise BadRequest("list-key-unfit", "an elliptic curve key must be of P-256 or P-384")
    if not certificate.valid_at(at):
        raise BadRequest("list-key-expired", "the certificate that would sign the list is not valid now")


def _signed_info(key: SigningKey, whole: bytes, properties: bytes) -> etree._Element:
    method = f"{_MORE}{'rsa' if isinstance(key, rsa.RSAPrivateKey) else 'ecdsa'}-sha256"
    return _D.SignedInfo(
        _D.CanonicalizationMethod(Algorithm=_EXCLUSIVE),
        _D.SignatureMethod(Algorithm=method),
        _reference("", (_ENVELOPED, _EXCLUSIVE), whole, Id="list-reference"),
        _reference(f"#{_PROPERTIES_ID}", (_EXCLUSIVE,), properties, Type="http://uri.etsi.org/01903#SignedProperties"),
    )


def _reference(uri: str, transforms: Iterable[str], data: bytes, **attributes: str) -> etree._Element:
    return _D.Reference(
        _D.Transforms(*(_D.Transform(Algorithm=one) for one in transforms)),
        *_digest(data),
        URI=uri,
        **attributes,
    )


def _digest(data: bytes) -> tuple[etree._Element, etree._Element]:
    value = base64.b64encode(hashlib.sha256(data).digest()).decode()
    return _D.DigestMethod(Algorithm=_SHA256), _D.DigestValue(value)


def _properties(certificate: bytes, at: datetime) -> etree._Element:
    """The signed properties: when, and by which certificate (EN 319 132-1 5.2.1, 5.2.2); of what kind the list is."""
    return _X.SignedProperties(
        _X.SignedSignatureProperties(
            _X.SigningTime(at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")),
            _X.SigningCertificateV2(_X.Cert(_X.CertDigest(*_digest(certificate)))),
        ),
        _X.SignedDataObjectProperties(_X.DataObjectFormat(_X.MimeType("text/xml"), ObjectReference="#list-reference")),
        Id=_PROPERTIES_ID,
    )


def _value(key: SigningKey, data: bytes) -> bytes:
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(data, padding.PKCS1v15(), hashes.SHA256())
    size = (key.curve.key_size + 7) // 8
    numbers = decode_dss_signature(key.sign(data, ec.ECDSA(hashes.SHA256())))
    return b"".join(number.to_bytes(size, "big") for number in numbers)
