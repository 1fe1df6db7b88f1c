"""Certificate files as people have them: DER, PEM with one or more certificates, PKCS #7 bundles."""

from __future__ import annotations

import base64
import binascii
import re
import threading
import warnings
from functools import lru_cache

from asn1crypto import cms
from cryptography import x509
from cryptography.utils import CryptographyDeprecationWarning

from verifier.x509 import Certificate

SUFFIXES = frozenset({".pem", ".crt", ".cer", ".der", ".p7b", ".p7c"})
"""File names by which a file says that it holds certificates; in lower case."""
_QUIET = threading.Lock()
_BEGIN = b"-----BEGIN "
_PEM = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----\s([^-]*)-----END \1-----")
_CERTIFICATE_LABELS = (b"CERTIFICATE", b"X509 CERTIFICATE")
_BUNDLE_LABELS = (b"PKCS7", b"CMS")
_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
"""The content type at the beginning of every PKCS #7 bundle."""


def read_certificates(data: bytes) -> tuple[bytes, ...]:
    """Return the certificates in a file, in DER and file order; ValueError where there is none or one is broken."""
    if _BEGIN in data:
        blocks = _PEM.findall(data)
        if len(blocks) != data.count(_BEGIN):
            raise ValueError("a PEM block in it has no end")
        found = [der for label, body in blocks for der in _pem_block(label, _decoded(body))]
    else:
        found = _bundle(data) if _SIGNED_DATA in data[:32] else [data]
    if not found:
        raise ValueError("no certificate in it")
    if not all(_is_certificate(der) for der in found):
        raise ValueError("a certificate in it is broken")
    return tuple(found)


def _pem_block(label: bytes, der: bytes) -> list[bytes]:
    if label in _CERTIFICATE_LABELS:
        return [der]
    return _bundle(der) if label in _BUNDLE_LABELS else []


def _decoded(body: bytes) -> bytes:
    try:
        return base64.b64decode(b"".join(body.split()), validate=True)
    except binascii.Error as error:
        raise ValueError(f"broken base64: {error}") from None


def _bundle(data: bytes) -> list[bytes]:
    try:
        content = cms.ContentInfo.load(data)
        if content["content_type"].native != "signed_data":
            return []
        choices = content["content"]["certificates"]
        return [choice.chosen.dump() for choice in choices if choice.name == "certificate"]
    except (ValueError, TypeError, KeyError):
        return []


def _is_certificate(der: bytes) -> bool:
    """Whether these bytes are a certificate: by the fast reader, else by the tolerant one that judging uses."""
    if load_quickly(der) is not None:
        return True
    try:
        certificate = Certificate.parse(der)
        # what path building and validation need
        _ = (certificate.subject_key, certificate.issuer_key, certificate.public_key, certificate.signature_use)
        _ = (certificate.key_bits, certificate.is_ca, certificate.extension_oids)
    except (ValueError, TypeError, KeyError):
        return False
    return True


@lru_cache(maxsize=16)
def load_quickly(der: bytes) -> x509.Certificate | None:
    """Read a certificate in some microseconds; None where the strict reader refuses it, which the tolerant may not."""
    with _QUIET, warnings.catch_warnings():
        # odd serial numbers and key parameters of old roots are no reason to complain on standard error
        warnings.simplefilter("ignore", CryptographyDeprecationWarning)
        try:
            return x509.load_der_x509_certificate(der)
        except (ValueError, TypeError):
            return None


def common_name(der: bytes) -> str:
    """Return a certificate's common name, else its whole subject; empty where the name cannot be read."""
    quick = load_quickly(der)
    try:
        names = quick.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME) if quick else []
        return str(names[0].value) if names else Certificate(der).common_name
    except (ValueError, TypeError, KeyError):
        return ""
