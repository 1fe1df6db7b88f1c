"""What revocation data says about one certificate, as frozen records."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from verifier.x509 import AlgorithmUse, Certificate


@dataclass(frozen=True)
class RevocationData:
    """One accepted CRL or OCSP answer about one certificate (EN 319 102-1 5.2.6 step 4)."""

    kind: str
    """`crl` or `ocsp`."""
    sha256: str
    """Of the object's bytes as given, hexadecimal; those of all its parts joined by `+` where it was put together."""
    this_update: datetime
    """Issuance time of the status information."""
    next_update: datetime | None
    produced_at: datetime | None
    """When the OCSP answer was signed; None for CRLs."""
    status: str
    """`good`, `revoked` or `on_hold`."""
    revoked_at: datetime | None
    """Since when it is revoked or on hold; None where good."""
    reason: str | None
    """CRLReason (RFC 5280 5.3.1) as `key_compromise`; None where none is given."""
    signer: Certificate
    """Who signed it: the CA itself, a CRL issuer or an OCSP responder."""
    signer_path: tuple[Certificate, ...]
    """From the signer to the certificate that vouches for it: `(ca,)`, `(responder, ca)`, `(CRL issuer, its CA)`."""
    signature_use: AlgorithmUse
    covers_expired_since: datetime | None
    """Certificates that expired at or after this still get a status; None where nothing is said."""
    before_validity: bool
    """Issued before the certificate's notBefore: good for telling that it is revoked, not that it is not."""
    parts: tuple[RevocationData, ...] = ()
    """What it was put together of: a delta and its base, lists that share the reasons; empty where it is one object.

    It is then as recent, and as long current, as its weakest part; each part has its own signer and signature.
    """

    @property
    def objects(self) -> tuple[RevocationData, ...]:
        """Every object that it rests on, itself where it is one."""
        return self.parts or (self,)

    @property
    def issued_at(self) -> datetime:
        """When the object was made: producedAt, else thisUpdate (EN 319 102-1 5.2.5 NOTE 3)."""
        return self.produced_at or self.this_update


class Rejection(StrEnum):
    """Why a CRL or OCSP response cannot be used; `reports` has a text for each."""

    UNREADABLE = "unreadable"
    UNSIGNED = "unsigned"
    SIGNATURE = "signature-not-by-issuer"
    OTHER_KEY = "issuer-key-differs"
    SIGNER_UNKNOWN = "signer-not-found"
    CRL_SIGN = "crl-sign-not-allowed"
    RESPONDER = "responder-not-authorised"
    SCOPE = "out-of-scope"
    REASONS = "partial-reasons"
    DELTA = "delta-crl"
    CRITICAL_EXTENSION = "unknown-critical-extension"
    ENTRIES = "entries-unreadable"
    EXPIRED = "expired-not-covered"
    STATUS = "status-unknown"
    SIGNER_VALIDITY = "produced-outside-signer-validity"
    CERTIFICATE_HASH = "certificate-hash-mismatch"
    CERT_ID = "certificate-id-hash"
    STATUS_LATER = "status-after-production"
    ENDS_FIRST = "ends-before-it-begins"
    PRODUCED_LATE = "produced-after-its-end"
    NOT_SUCCESSFUL = "not-successful"
    MALFORMED_REQUEST = "responder-malformed-request"
    RESPONDER_ERROR = "responder-internal-error"
    RESPONDER_LATER = "responder-try-later"
    RESPONDER_SIGN = "responder-sign-required"
    UNAUTHORIZED = "responder-unauthorized"


@dataclass(frozen=True)
class RejectedData:
    """One CRL or OCSP response that names the issuer or certificate but cannot be used, and why."""

    sha256: str
    kind: str
    """`crl` or `ocsp`."""
    reason: Rejection
    this_update: datetime | None = None
    """Of when its status information is; None where that cannot be read."""


@dataclass(frozen=True)
class RevocationFindings:
    """Everything known about one certificate's revocation."""

    accepted: tuple[RevocationData, ...]
    """Newest status information first; at the same instant the graver status first."""
    rejected: tuple[RejectedData, ...]


class RejectedError(ValueError):
    """Raised within this package where an object cannot be used."""

    def __init__(self, reason: Rejection) -> None:
        super().__init__(reason.value)
        self.reason = reason
