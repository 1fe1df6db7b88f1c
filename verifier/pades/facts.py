"""What was read from a PDF, as frozen records: facts only, no verdict. Written by `pades.reader`, read by `judge`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from verifier.verdict import Change, Changes, Coverage, RevisionNote, SignatureKind, TimestampKind, Widget
from verifier.x509 import AlgorithmUse, Certificate


@dataclass(frozen=True)
class FormatProblem:
    """Why a signature or token cannot be processed (FORMAT_FAILURE), as data."""

    code: str
    """Key of the text catalogue, e.g. `BYTERANGE_MALFORMED`, `CMS_UNREADABLE`, `SUBFILTER_UNKNOWN`."""
    detail: str = ""


@dataclass(frozen=True)
class EssReference:
    """One ESSCertID or ESSCertIDv2 of the signing-certificate attribute (RFC 5035)."""

    version: int
    digest_algorithm: str
    digest: bytes
    issuer_key: str = ""
    """Issuer name folded as in `x509.Certificate.issuer_key`; empty where issuerSerial is absent."""
    serial: int | None = None


@dataclass(frozen=True)
class SignaturePolicyReference:
    """The signature-policy-identifier attribute (RFC 5126 5.8.1)."""

    oid: str
    """Empty for an implied policy."""
    digest_algorithm: str = ""
    digest: bytes = b""


@dataclass(frozen=True)
class CmsFacts:
    """One CMS SignedData with exactly one SignerInfo (RFC 5652)."""

    sha256: str
    """Of the CMS bytes as embedded, hexadecimal; names the object in proofs of existence."""
    certificates: tuple[Certificate, ...]
    """Readable X.509 certificates of the set, in order; attribute certificates left out."""
    crls: tuple[bytes, ...]
    """CRLs of the CMS and of adbe-revocationInfoArchival, DER."""
    ocsps: tuple[bytes, ...]
    """OCSP responses likewise, DER."""
    signer_issuer_key: str
    """Issuer name of the signer identifier, folded; empty where a key identifier is used."""
    signer_serial: int | None
    signer_key_id: bytes
    digest_algorithm: str
    """Digest of the content, as `sha256`."""
    signature_use: AlgorithmUse
    signature_algorithm: bytes
    """DER of the SignedDigestAlgorithm, with parameters."""
    signature_value: bytes
    signed_attributes: bytes | None
    """DER of the SET OF signed attributes to verify; None where the CMS has none."""
    content_digest: bytes
    """Digest that was computed over the content with `digest_algorithm`; for a bare signature too."""
    message_digest: bytes | None
    """Value of the message-digest attribute; None where absent."""
    digest_matches: bool
    """Whether the content is the signed one (5.2.7 step 2). True where there is nothing to compare (no attributes)."""
    content_type: str
    """Value of the content-type attribute, e.g. `data`, `tst_info`; empty where absent."""
    signing_time: datetime | None
    ess_references: tuple[EssReference, ...]
    ess_attributes: int
    """How many signing-certificate attributes, v1 and v2 together."""
    signature_policy: SignaturePolicyReference | None = None
    attributes: frozenset[str] = frozenset()
    """Names or OIDs of all signed attributes."""
    tolerated: tuple[str, ...] = ()
    """Defects that were passed over, by code."""


@dataclass(frozen=True)
class TokenFacts:
    """One RFC 3161 time-stamp token."""

    kind: TimestampKind
    cms: CmsFacts | None
    """None where unreadable."""
    problem: FormatProblem | None
    gen_time: datetime | None
    accuracy: timedelta
    ordering: bool
    imprint_algorithm: str
    imprint_matches: bool
    """Whether the message imprint is the digest of what the token stands on."""


@dataclass(frozen=True)
class SignatureFacts:
    """One filled signature field, whatever it holds; nothing filled is ever left out."""

    id: str
    """`sig-1` … in order of the signed revision, then of the field."""
    kind: SignatureKind
    field_name: str
    sub_filter: str
    revision: int
    """The signed revision, counted from 1; the last one where it cannot be told."""
    problem: FormatProblem | None
    """Why it cannot be processed; the CMS may be None then."""
    cms: CmsFacts | None
    token: TokenFacts | None
    """For a document time stamp: the token (its `cms` is the same object as `cms`)."""
    coverage: Coverage
    changes: tuple[Change, ...]
    changes_level: Changes
    claimed_time: datetime | None
    """`/M`, else the CMS signing-time; only a claim."""
    content_timestamps: tuple[TokenFacts, ...] = ()
    signature_timestamps: tuple[TokenFacts, ...] = ()
    """In order of the attribute; also VRI `/TS` (ISO 32000-2 12.8.4.4)."""
    dictionary: Mapping[str, str] = field(default_factory=dict)
    """`Filter`, `Reason`, `Location`, `Name`, `ContactInfo`, `M` as text, where present."""
    byte_range: tuple[int, ...] = ()
    warnings: tuple[FormatProblem, ...] = ()
    """Findings that do not stop processing, e.g. `BYTERANGE_OVERLAPS`, `ATTRIBUTES_NOT_DER`."""
    doc_mdp: int | None = None
    """DocMDP permission of a certification signature: 1, 2 or 3."""
    widget: Widget | None = None


@dataclass(frozen=True)
class ValidationData:
    """What the DSS dictionary holds for the first time in one revision (ISO 32000-2 12.8.4.3)."""

    revision: int
    certificates: tuple[bytes, ...]
    crls: tuple[bytes, ...]
    ocsps: tuple[bytes, ...]


@dataclass(frozen=True)
class DocumentFacts:
    """All that judging needs of one PDF."""

    sha256: str
    size: int
    revisions: tuple[RevisionNote, ...]
    signatures: tuple[SignatureFacts, ...]
    validation_data: tuple[ValidationData, ...]
    """In order of revision; only revisions with a DSS that adds something."""
    remnants: int
    """Signature dictionaries or CMS that no field reaches."""
    changes_after_last_signature: Changes
    pages: int
    encrypted: bool = False
    tolerated: tuple[str, ...] = ()
    digests: Mapping[str, bytes] = field(default_factory=dict)
    """Further digests of the whole file, as asked for, by algorithm; evidence records rest on them."""
