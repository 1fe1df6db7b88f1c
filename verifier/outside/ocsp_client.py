"""Questions to OCSP responders and their answers (RFC 6960 4, RFC 5019, RFC 9654): what to send, whether it is for us.

Whether an answer can be believed is for the judge to say.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from asn1crypto import algos, core, ocsp

from verifier.outside.fetch import Failure, FetchFailed, Request
from verifier.trust import der
from verifier.trust.findings import RejectedError
from verifier.trust.ocsp import is_for, key_hash, parse_ocsp
from verifier.x509 import Certificate

NONCE_BYTES = 32
"""RFC 9654 2.1 asks for so many, and for no more from a client that does not know its responder."""
HEADERS = (("Content-Type", "application/ocsp-request"),)
SECOND_TRY = frozenset({Failure.RESPONDER_UNAUTHORIZED, Failure.RESPONDER_MALFORMED, Failure.OTHER_CERTIFICATE})
"""Failures after which the certificate is named by SHA-256: the responder may know no other."""
_OCTET_STRING = 0x04
_STATUS = {
    "malformed_request": Failure.RESPONDER_MALFORMED,
    "internal_error": Failure.RESPONDER_ERROR,
    "try_later": Failure.RESPONDER_LATER,
    "sign_required": Failure.RESPONDER_SIGN,
    "unauthorized": Failure.RESPONDER_UNAUTHORIZED,
}


@dataclass(frozen=True)
class OcspQuestion:
    """One certificate, to be asked about at one responder."""

    url: str
    certificate: Certificate
    issuer: Certificate
    nonce: bytes = b""
    """What the answer should repeat; empty to ask without, so that answers made in advance fit."""
    hash_name: str = "sha1"
    """Hash that names the issuer. SHA-1 first (RFC 5019 2.1.1): it identifies, it protects nothing."""

    def request(self) -> Request:
        """Return what to send."""
        body = ocsp_request(self.certificate, self.issuer, self.hash_name, self.nonce)
        return Request(self.url, "POST", body, HEADERS)

    def read(self, data: bytes) -> bytes:
        """Return the answer; FetchFailed where it is none, not for this certificate, or repeats another nonce.

        An answer without a nonce was made in advance: how old it may be is the judge's matter.
        """
        _require_successful(data)
        try:
            response = parse_ocsp(data)
        except RejectedError:
            raise FetchFailed(Failure.NOT_OCSP) from None
        if self.nonce and not _repeats(data, self.nonce):
            raise FetchFailed(Failure.NONCE)
        if not any(is_for(one.cert_id, self.certificate, self.issuer) for one in response.answers):
            raise FetchFailed(Failure.OTHER_CERTIFICATE)
        return data

    def leaves_open(self, data: bytes) -> bool:
        """Return whether the responder says that it does not know this certificate."""
        mine = [one for one in parse_ocsp(data).answers if is_for(one.cert_id, self.certificate, self.issuer)]
        return all(one.status == "unknown" for one in mine)


def nonce_for(secret: bytes, url: str, certificate: bytes) -> bytes:
    """Return the nonce of one question: the same for the same question, not to be guessed without the secret."""
    return hashlib.blake2b(url.encode() + certificate, key=secret, digest_size=NONCE_BYTES).digest()


def ocsp_request(certificate: Certificate, issuer: Certificate, hash_name: str = "sha1", nonce: bytes = b"") -> bytes:
    """Build a request for one certificate (RFC 6960 4.1.1), DER."""
    identity = ocsp.CertId(
        {
            "hash_algorithm": algos.DigestAlgorithm({"algorithm": hash_name, "parameters": core.Null()}),
            "issuer_name_hash": hashlib.new(hash_name, issuer.asn1.subject.dump()).digest(),
            "issuer_key_hash": key_hash(issuer, hash_name),
            "serial_number": certificate.serial,
        }
    )
    body = {"request_list": [ocsp.Request({"req_cert": identity})]}
    if nonce:
        body["request_extensions"] = [{"extn_id": "nonce", "extn_value": core.OctetString(nonce)}]
    return bytes(ocsp.OCSPRequest({"tbs_request": ocsp.TBSRequest(body)}).dump())


def _require_successful(data: bytes) -> None:
    # asn1crypto, since responders that write fractions of a second (RFC 5280 4.1.2.5.2 has none) are still understood
    try:
        status = ocsp.OCSPResponse.load(data, strict=True)["response_status"].native
    except (ValueError, TypeError, KeyError):
        raise FetchFailed(Failure.NOT_OCSP) from None
    if status != "successful":
        raise FetchFailed(_STATUS.get(status, Failure.RESPONDER_STATUS))


def _repeats(data: bytes, nonce: bytes) -> bool:
    """Return whether the answer repeats the nonce or has none; some write it without the inner string."""
    basic = ocsp.OCSPResponse.load(data)["response_bytes"]["response"].parsed
    for extension in basic["tbs_response_data"]["response_extensions"] or ():
        if extension["extn_id"].native == "nonce":
            *_, value = der.only(extension.dump()).children()
            return value.content in (nonce, der.encoded(_OCTET_STRING, nonce))
    return True
