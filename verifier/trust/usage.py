"""What a certificate may be used for, by its own extensions (RFC 3161, RFC 6960)."""

from __future__ import annotations

from verifier.x509 import Certificate

TIME_STAMPING = "1.3.6.1.5.5.7.3.8"
OCSP_SIGNING = "1.3.6.1.5.5.7.3.9"
_EXTENDED_KEY_USAGE = "2.5.29.37"


def timestamp_usage_ok(certificate: Certificate) -> bool:
    """Return whether this may sign time stamps: the one extended key usage is timeStamping, critical (RFC 3161 2.3)."""
    try:
        usages = certificate.extended_key_usage
    except (ValueError, TypeError, KeyError):
        return False
    return usages == frozenset({TIME_STAMPING}) and _EXTENDED_KEY_USAGE in _critical(certificate)


def may_sign_crls(certificate: Certificate) -> bool:
    """Return whether key usage, where there is one, allows signing CRLs (RFC 5280 6.3.3 f)."""
    return _has_usage(certificate, "crl_sign")


def may_answer_ocsp(certificate: Certificate) -> bool:
    """Return whether a delegated responder has the extended key usage OCSPSigning (RFC 6960 4.2.2.2)."""
    try:
        return OCSP_SIGNING in (certificate.extended_key_usage or ())
    except (ValueError, TypeError, KeyError):
        return False


def _has_usage(certificate: Certificate, usage: str) -> bool:
    try:
        usages = certificate.key_usage
    except (ValueError, TypeError, KeyError):
        return False
    return usages is None or usage in usages


def _critical(certificate: Certificate) -> frozenset[str]:
    return frozenset(
        extension["extn_id"].dotted
        for extension in certificate.asn1["tbs_certificate"]["extensions"]
        if extension["critical"].native
    )
