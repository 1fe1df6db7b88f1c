"""The words of a judgement (ETSI EN 319 102-1): frozen records, no reasoning.

Every record here is data that `reports` renders and that JSON carries; see `reports/json_report.py` for the wire form.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from verifier.errors import Problem


class Indication(StrEnum):
    """Status of a building block or process (EN 319 102-1 clause 5.1.2)."""

    PASSED = "PASSED"
    INDETERMINATE = "INDETERMINATE"
    FAILED = "FAILED"


class Conclusion(StrEnum):
    """Final answer for a signature or a document: the renamed indication, or that nothing is signed."""

    TOTAL_PASSED = "TOTAL_PASSED"
    INDETERMINATE = "INDETERMINATE"
    TOTAL_FAILED = "TOTAL_FAILED"
    NO_SIGNATURE = "NO_SIGNATURE"


class SubIndication(StrEnum):
    """Reasons of EN 319 102-1 Table 6, spelled as there."""

    FORMAT_FAILURE = "FORMAT_FAILURE"
    HASH_FAILURE = "HASH_FAILURE"
    SIG_CRYPTO_FAILURE = "SIG_CRYPTO_FAILURE"
    REVOKED = "REVOKED"
    EXPIRED = "EXPIRED"
    NOT_YET_VALID = "NOT_YET_VALID"
    SIG_CONSTRAINTS_FAILURE = "SIG_CONSTRAINTS_FAILURE"
    CHAIN_CONSTRAINTS_FAILURE = "CHAIN_CONSTRAINTS_FAILURE"
    CERTIFICATE_CHAIN_GENERAL_FAILURE = "CERTIFICATE_CHAIN_GENERAL_FAILURE"
    CRYPTO_CONSTRAINTS_FAILURE = "CRYPTO_CONSTRAINTS_FAILURE"
    CRYPTO_CONSTRAINTS_FAILURE_NO_POE = "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"
    POLICY_PROCESSING_ERROR = "POLICY_PROCESSING_ERROR"
    SIGNATURE_POLICY_NOT_AVAILABLE = "SIGNATURE_POLICY_NOT_AVAILABLE"
    TIMESTAMP_ORDER_FAILURE = "TIMESTAMP_ORDER_FAILURE"
    NO_SIGNING_CERTIFICATE_FOUND = "NO_SIGNING_CERTIFICATE_FOUND"
    NO_CERTIFICATE_CHAIN_FOUND = "NO_CERTIFICATE_CHAIN_FOUND"
    NO_CERTIFICATE_CHAIN_FOUND_NO_POE = "NO_CERTIFICATE_CHAIN_FOUND_NO_POE"
    REVOKED_NO_POE = "REVOKED_NO_POE"
    REVOKED_CA_NO_POE = "REVOKED_CA_NO_POE"
    OUT_OF_BOUNDS_NOT_REVOKED = "OUT_OF_BOUNDS_NOT_REVOKED"
    OUT_OF_BOUNDS_NO_POE = "OUT_OF_BOUNDS_NO_POE"
    REVOCATION_OUT_OF_BOUNDS_NO_POE = "REVOCATION_OUT_OF_BOUNDS_NO_POE"
    NO_POE = "NO_POE"
    TRY_LATER = "TRY_LATER"
    SIGNED_DATA_NOT_FOUND = "SIGNED_DATA_NOT_FOUND"


class CheckStatus(StrEnum):
    """Outcome of one check."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    NOT_RUN = "not_run"


class SignatureKind(StrEnum):
    """What a signature dictionary holds (ISO 32000-2 12.8.1, 12.8.5)."""

    SIGNATURE = "signature"
    DOCUMENT_TIMESTAMP = "document_timestamp"


class TimestampKind(StrEnum):
    """Where a time-stamp token (RFC 3161) stands and what it proves."""

    SIGNATURE = "signature"
    CONTENT = "content"
    DOCUMENT = "document"


class Coverage(StrEnum):
    """Which part of the file the ByteRange covers, worst last."""

    ENTIRE_FILE = "entire_file"
    ENTIRE_REVISION = "entire_revision"
    CONTIGUOUS_FROM_START = "contiguous_from_start"
    UNCLEAR = "unclear"


class Changes(StrEnum):
    """How grave the changes after a signature are, worst last."""

    NONE = "none"
    LTA_UPDATES = "lta_updates"
    PERMITTED = "permitted"
    SUSPICIOUS = "suspicious"

    @classmethod
    def worst(cls, levels: list[Changes]) -> Changes:
        """Return the gravest of `levels`, NONE where there are none."""
        order = list(cls)
        return max(levels, key=order.index, default=cls.NONE)


@dataclass(frozen=True)
class Check:
    """One thing that was checked."""

    code: str
    """Key of the text catalogue, e.g. `XCV_REVOCATION_FRESH`."""
    status: CheckStatus
    citation: str
    """Clause that asks for it, e.g. `EN 319 102-1 5.2.6 step 4`."""
    params: Mapping[str, str] = field(default_factory=dict)
    """Values for the text's placeholders."""


@dataclass(frozen=True)
class Change:
    """One difference that a later revision made to the signed one."""

    change_class: str
    """Class of the text catalogue, e.g. `form_filled`, `lta_updates`, `content_changed`, `annotation_added`."""
    level: Changes
    revision: int
    """The revision that made it, counted from 1."""
    params: Mapping[str, str] = field(default_factory=dict)
    """Particulars: page, field, object, old and new value."""


@dataclass(frozen=True)
class Integrity:
    """Layer 1: what exactly was signed and what came afterwards."""

    intact: bool
    """The digest of the covered bytes equals the signed one."""
    cryptographically_valid: bool
    """The signature value verifies with the signing certificate's key."""
    coverage: Coverage
    changes: Changes
    revision: int
    """The signed revision, counted from 1."""


@dataclass(frozen=True)
class Signer:
    """The certificate's own words on its subject; nothing here is vouched for."""

    subject: str
    common_name: str
    issuer: str
    serial: str
    """Serial number in lower-case hexadecimal."""
    organization: str
    country: str


@dataclass(frozen=True)
class AuthorityVerdict:
    """Layer 3: is the signer an authority that the trust store recognises?

    It says whom the certificate names and what the register tells of them; whether the signature holds is layer 2.
    """

    status: str = "not_checked"
    """`recognised`, `not_competent`, `withdrawn`, `unknown`, `not_notified` or `not_checked`."""
    name: str = ""
    """Of the authority as registered, in Vietnamese where there is such a name; empty where none was identified."""
    reason: str = ""
    """A code, one of `trust.authority.Reason`; empty where nothing was checked."""
    id: str = ""
    """Of the authority in the register."""
    country: str = ""
    kind: str = ""
    basis: str = ""
    """On what the act may rest (Decree 111/2011 Art. 15a(4)): `a` or `b` on this signature, `c` on a confirmation;
    empty where on neither: nothing was checked, or the authority is not competent for the kind of document."""
    specimen: str = ""
    """Id of the specimen that fits the certificate."""
    params: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Particulars for the texts: names, dates, notification, who signs and in what capacity."""


@dataclass(frozen=True)
class Algorithms:
    """Algorithms of the signature itself."""

    digest: str
    signature: str
    key_bits: int


@dataclass(frozen=True)
class TimestampVerdict:
    """One time-stamp token and how it was judged (EN 319 102-1 clause 5.4)."""

    kind: TimestampKind
    time: datetime | None
    """genTime; None where the token cannot be read."""
    intact: bool
    """Imprint and signature value are right."""
    indication: Indication
    sub_indication: SubIndication | None
    issuer: str


@dataclass(frozen=True)
class ProcessResult:
    """Result of one of the three validation processes, or of a building block."""

    indication: Indication
    sub_indication: SubIndication | None = None

    @property
    def conclusion(self) -> Conclusion:
        """The final word (clause 5.1.2): PASSED and FAILED become TOTAL_PASSED and TOTAL_FAILED."""
        return {
            Indication.PASSED: Conclusion.TOTAL_PASSED,
            Indication.FAILED: Conclusion.TOTAL_FAILED,
            Indication.INDETERMINATE: Conclusion.INDETERMINATE,
        }[self.indication]


@dataclass(frozen=True)
class Processes:
    """What each process of EN 319 102-1 clause 5 says by itself."""

    basic: ProcessResult
    with_time: ProcessResult
    archival: ProcessResult


@dataclass(frozen=True)
class Widget:
    """Where a signature shows on a page."""

    page: int
    """Page, counted from 1."""
    rect: tuple[float, float, float, float]
    """Left, bottom, right, top in points of the unrotated page."""


@dataclass(frozen=True)
class SignatureVerdict:
    """Everything said about one signature or document time stamp."""

    id: str
    kind: SignatureKind
    field_name: str
    sub_filter: str
    level: str
    """`PAdES-BASELINE-B|T|LT|LTA`, `PKCS7-B|T|LT|LTA`, `DOCUMENT-TIMESTAMP` or `NOT-ETSI`."""
    indication: Conclusion
    sub_indication: SubIndication | None
    integrity: Integrity
    signer: Signer
    authority: AuthorityVerdict
    algorithms: Algorithms
    claimed_signing_time: datetime | None
    best_signature_time: datetime | None
    timestamps: tuple[TimestampVerdict, ...]
    checks: tuple[Check, ...]
    changes: tuple[Change, ...]
    """What later revisions changed, oldest first."""
    processes: Processes
    widget: Widget | None = None
    try_again_at: datetime | None = None
    """When judging again may say more by itself, after `at`; None where time brings nothing (5.2.6 step 4a, c)."""


@dataclass(frozen=True)
class GapNote:
    """Something that was not known or was set aside when judging."""

    kind: str
    """`revocation`, `issuer`, `set_aside`, `fetch_failed`, `not_readable` …"""
    subject: str
    reason: str
    """In English; shown where there is no text for `code`."""
    code: str = ""
    """Key of the text catalogue, one of `evidence.GapCode`."""
    params: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Values for the text's placeholders."""


@dataclass(frozen=True)
class RevisionNote:
    """One revision of the file, for the timeline."""

    number: int
    """Counted from 1."""
    end: int
    """Offset of the first byte after it."""
    kinds: tuple[str, ...]
    """What it brought: `document`, `signature`, `document_timestamp`, `validation_data`, `form`, `annotation`, …"""


@dataclass(frozen=True)
class EvidenceNote:
    """What the verdict rests on; together the key of its replay."""

    document: str
    """SHA-256 of the file, hexadecimal, as all hashes here."""
    trust_snapshot: str
    policy: str
    engine: str
    at: datetime
    objects: tuple[str, ...] = ()
    """SHA-256 of every certificate, CRL and OCSP response that did not stand in the document, sorted."""


@dataclass(frozen=True)
class DocumentVerdict:
    """The verdict on one file that could be judged."""

    sha256: str
    kind: str
    conclusion: Conclusion
    changes_after_last_signature: Changes
    signature_remnants: int
    revisions: tuple[RevisionNote, ...]
    signatures: tuple[SignatureVerdict, ...]
    gaps: tuple[GapNote, ...]
    evidence: EvidenceNote
    tolerated: tuple[str, ...] = ()
    """Defects of the file that a tolerant reader passed over, by code."""
    try_again_at: datetime | None = None
    """Of an undecided document: the earliest such instant over all signatures, None where there is none."""


@dataclass(frozen=True)
class NotJudged:
    """A file on which no verdict was reached, and why."""

    sha256: str
    kind: str
    problem: Problem


Outcome = DocumentVerdict | NotJudged
