"""What a certificate may be used for, beyond path validation."""

from __future__ import annotations

from verifier.x509 import Certificate

TIME_STAMPING = "1.3.6.1.5.5.7.3.8"


def timestamping_fault(certificate: Certificate) -> str:
    """Why this is not a time-stamping unit's certificate (RFC 3161 2.3), empty where it is one.

    The extended key usage must be present, critical, and hold time stamping alone.
    """
    if certificate.extended_key_usage is None:
        return "extended key usage is absent"
    if certificate.extended_key_usage != {TIME_STAMPING}:
        return "extended key usage is not time stamping alone"
    extensions = certificate.asn1["tbs_certificate"]["extensions"]
    critical = any(e["critical"].native for e in extensions if e["extn_id"].native == "extended_key_usage")
    return "" if critical else "extended key usage is not critical"
