"""Why a fetch brought nothing, each way by a code of its own."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Failure(StrEnum):
    """Why a fetch brought nothing, or nothing that can be used; `reports` has a text for each."""

    TOO_SLOW = "too-slow"
    INTERRUPTED = "interrupted"
    TOO_MANY_REDIRECTS = "too-many-redirects"
    REDIRECT_EMPTY = "redirect-empty"
    QUERY_REDIRECTED = "query-redirected"
    HTTP_STATUS = "http-status"
    URL = "url-unusable"
    SCHEME = "scheme-not-http"
    USER = "url-names-user"
    PORT = "port-not-allowed"
    NOT_PUBLIC = "host-not-public"
    NOT_RESOLVED = "host-not-resolved"
    HOST = "host-unusable"
    TOO_LARGE = "too-large"
    CUT_OFF = "cut-off"
    TLS = "tls-failed"
    TLS_EXPIRED = "tls-certificate-expired"
    TLS_NAME = "tls-name-wrong"
    TLS_UNTRUSTED = "tls-not-trusted"
    NOT_REACHED = "host-not-reached"
    SILENT = "host-silent"
    RESTING = "host-resting"
    NOT_HTTP = "not-http"
    PACKING = "packing-unknown"
    NOT_UNPACKED = "not-unpacked"
    NOT_CERTIFICATES = "not-certificates"
    NOT_ISSUER = "certificate-of-another"
    TOO_MANY = "too-many-certificates"
    NOT_CRL = "not-crl"
    NOT_OCSP = "not-ocsp"
    RESPONDER_MALFORMED = "responder-malformed-request"
    RESPONDER_ERROR = "responder-internal-error"
    RESPONDER_LATER = "responder-try-later"
    RESPONDER_SIGN = "responder-sign-required"
    RESPONDER_UNAUTHORIZED = "responder-unauthorized"
    RESPONDER_STATUS = "responder-status-unknown"
    OTHER_CERTIFICATE = "responder-other-certificate"
    NONCE = "responder-nonce-differs"


_PHRASES: Mapping[Failure, str] = {
    Failure.TOO_SLOW: "too slow",
    Failure.INTERRUPTED: "interrupted",
    Failure.TOO_MANY_REDIRECTS: "too many redirects",
    Failure.REDIRECT_EMPTY: "a redirect without a target",
    Failure.QUERY_REDIRECTED: "the answer to a query was redirected",
    Failure.HTTP_STATUS: "HTTP status {status}",
    Failure.URL: "not a usable URL",
    Failure.SCHEME: "neither http nor https",
    Failure.USER: "the URL names a user",
    Failure.PORT: "port {port} is not allowed",
    Failure.NOT_PUBLIC: "the host is not on the public network",
    Failure.NOT_RESOLVED: "the name of the host cannot be resolved",
    Failure.HOST: "not a usable host name",
    Failure.TOO_LARGE: "the answer is too large",
    Failure.CUT_OFF: "the answer was cut off",
    Failure.TLS: "the TLS connection failed",
    Failure.TLS_EXPIRED: "the host's certificate is not valid now",
    Failure.TLS_NAME: "the host's certificate is for another name",
    Failure.TLS_UNTRUSTED: "the host's certificate is not trusted",
    Failure.NOT_REACHED: "the host cannot be reached",
    Failure.SILENT: "the host does not answer",
    Failure.RESTING: "the host did not answer just now and was not asked again",
    Failure.NOT_HTTP: "the answer is not HTTP",
    Failure.PACKING: "the answer is packed in an unknown way",
    Failure.NOT_UNPACKED: "the answer cannot be unpacked",
    Failure.NOT_CERTIFICATES: "the answer is no certificate",
    Failure.NOT_ISSUER: "the answer is a certificate of somebody else",
    Failure.TOO_MANY: "the answer holds too many certificates",
    Failure.NOT_CRL: "the answer is no CRL",
    Failure.NOT_OCSP: "the answer is no OCSP response",
    Failure.RESPONDER_MALFORMED: "the responder found the request malformed",
    Failure.RESPONDER_ERROR: "the responder has an internal error",
    Failure.RESPONDER_LATER: "the responder says to try later",
    Failure.RESPONDER_SIGN: "the responder wants a signed request",
    Failure.RESPONDER_UNAUTHORIZED: "the responder is not authorised for this certificate",
    Failure.RESPONDER_STATUS: "the responder gives a status that is not known",
    Failure.OTHER_CERTIFICATE: "the responder answered for another certificate",
    Failure.NONCE: "the answer repeats the nonce of another question",
}


class FetchFailed(Exception):
    """A fetch that brought nothing; `reason` is a short English phrase, safe to show."""

    dead = ""
    """The origin (`origin_of`) that could not be reached though it had time; empty where it may well live."""

    def __init__(self, failure: Failure, **params: str) -> None:
        self.failure, self.params = failure, params
        self.reason = _PHRASES[failure].format(**params)
        super().__init__(self.reason)
