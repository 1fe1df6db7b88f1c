"""The wire types as OpenAPI tells them; a test holds them against what the reports write."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from verifier.verdict import (
    Changes,
    CheckStatus,
    Conclusion,
    Coverage,
    Indication,
    SignatureKind,
    SubIndication,
    TimestampKind,
)

Params = dict[str, str]
TIME = "2026-11-20T08:00:00Z"


class Wire(BaseModel):
    """A record in which every field is always there."""

    model_config = ConfigDict(extra="forbid")


class ProblemNote(Wire):
    """Why a file could not be judged. This says nothing about the document."""

    code: str = Field(examples=["not-a-pdf"])
    title: str
    detail: str
    title_vi: str
    detail_vi: str
    next_step: str
    next_step_vi: str
    particulars: str
    params: Params


class Integrity(Wire):
    """What exactly was signed, and what came afterwards."""

    intact: bool
    cryptographically_valid: bool
    coverage: Coverage
    changes: Changes
    revision: int = Field(description="The signed revision, counted from 1.")


class Signer(Wire):
    """The certificate's own words; nothing here is vouched for."""

    subject: str
    common_name: str
    issuer: str
    serial: str = Field(description="Hexadecimal, lower case.")
    organization: str
    country: str


class Authority(Wire):
    """Whether the signer is an authority that the trust store recognises, and whether an act may rest on it."""

    status: str = Field(
        description="`recognised`, `not_competent`, `withdrawn`, `unknown`, `not_notified` or `not_checked`.",
        examples=["not_checked"],
    )
    name: str = Field(description="As registered; empty where none was identified.")
    reason: str = Field(description="A code; empty where nothing was checked.", examples=["competent"])
    id: str = Field(description="In the register of authorities.")
    country: str = Field(description="ISO 3166-1 alpha-2.")
    kind: str = Field(examples=["embassy"])
    basis: str = Field(
        description="By Decree 111/2011 Art. 15a(4): `a` or `b`, the act may rest on this signature; `c`, it needs a "
        "confirmation; empty where neither is said.",
        examples=["b"],
    )
    specimen: str = Field(description="Which specimen of the authority fits the certificate.")
    params: Params


class Algorithms(Wire):
    """Algorithms of the signature itself."""

    digest: str
    signature: str
    key_bits: int


class Timestamp(Wire):
    """One time-stamp token (RFC 3161)."""

    kind: TimestampKind
    time: str | None = Field(examples=[TIME])
    intact: bool
    indication: Indication
    sub_indication: SubIndication | None
    issuer: str


class CheckNote(Wire):
    """One thing that was checked."""

    code: str = Field(examples=["XCV_REVOCATION"])
    status: CheckStatus
    citation: str = Field(examples=["EN 319 102-1 5.2.6 step 1"])
    params: Params


class ChangeNote(Wire):
    """One difference that a later revision made to the signed one."""

    change_class: str = Field(alias="class")
    level: Changes
    revision: int
    params: Params


class Process(Wire):
    """What one validation process says by itself."""

    indication: Indication
    sub_indication: SubIndication | None


class Processes(Wire):
    """The three processes of EN 319 102-1 clause 5."""

    basic: Process
    with_time: Process
    archival: Process


class Widget(Wire):
    """Where the signature shows: left, bottom, right, top in points of the unrotated page."""

    page: int
    rect: list[float] = Field(min_length=4, max_length=4)


class Signature(Wire):
    """One signature or document time stamp; none is ever left out."""

    id: str
    kind: SignatureKind
    sub_filter: str
    level: str = Field(examples=["PAdES-BASELINE-LT"])
    indication: Conclusion
    sub_indication: SubIndication | None
    integrity: Integrity
    signer: Signer
    authority: Authority
    algorithms: Algorithms
    claimed_signing_time: str | None
    best_signature_time: str | None
    timestamps: list[Timestamp]
    checks: list[CheckNote]
    field: str
    changes_found: list[ChangeNote]
    processes: Processes
    widget: Widget | None
    try_again_at: str | None = Field(
        description="When judging again may say more; null where time alone brings nothing.", examples=[TIME]
    )


class Gap(Wire):
    """Something that was not known, or was set aside."""

    kind: str
    subject: str
    reason: str
    code: str
    params: dict[str, str]


class EvidenceIds(Wire):
    """What the verdict rests on: together the key of its replay."""

    document: str
    trust_snapshot: str
    policy: str
    engine: str
    at: str
    objects: list[str]


class Revision(Wire):
    """One revision of the file."""

    number: int
    end: int
    kinds: list[str]


class Report(Wire):
    """The verdict on one file; the same object that the command line writes."""

    file: str
    sha256: str
    kind: str
    outcome: Literal["judged", "not_judged"]
    problem: ProblemNote | None
    conclusion: Conclusion | None
    changes_after_last_signature: Literal["none", "permitted", "suspicious"] | None
    signature_remnants: int
    revisions: int
    signatures: list[Signature]
    gaps: list[Gap]
    evidence: EvidenceIds
    last_changes_level: Changes | None
    revision_history: list[Revision]
    tolerated: list[str]
    try_again_at: str | None = Field(
        description="Of an undecided document: the earliest such instant over all signatures.", examples=[TIME]
    )


class Progress(Wire):
    """A file that is still being judged."""

    state: Literal["received", "judging"]
    step: int = Field(description="Counted from 1.")
    steps: int
    received_at: str
    expires_at: str


class Entry(Wire):
    """One validation of the authority, without its report."""

    id: str
    file: str
    sha256: str
    size: int = Field(description="Bytes.")
    received_at: str = Field(examples=[TIME])
    state: Literal["received", "judging", "done", "failed"]
    conclusion: Conclusion | None
    href: str = Field(description="Where its report is.")


class Listing(Wire):
    """Validations of the client's authority, the newest first."""

    validations: list[Entry]
    next: str | None = Field(description="Where older ones are; null where there are none.")


class TrustedAnchor(Wire):
    """A trust anchor."""

    branch: str = Field(description="vn-public, vn-government, foreign, own, or empty.")
    name: str
    sha256: str = Field(description="Of the certificate in DER.")
    uses: list[Literal["signature", "timestamp"]]
    trusted_until: str | None = Field(description="When trust in it ended or ends; null where it goes on.")
    scheme: str = Field(description="Id of the trusted list it comes from; empty where people brought it in.")


class FollowedList(Wire):
    """A trusted list (ETSI TS 119 612) that is followed."""

    id: str
    name: str
    territory: str
    branch: str
    location: str
    sequence: int | None = Field(description="Of the edition in use; null where none came yet, as for the next two.")
    issued: str | None
    next_update: str | None
    sha256: str = Field(description="Of the edition in use; empty where none came yet.")


class Trust(Wire):
    """Whom the service trusts now."""

    snapshot: str = Field(description="SHA-256 of the canonical content; every verdict names the one it rests on.")
    since: str | None = Field(examples=[TIME])
    anchors: list[TrustedAnchor]
    lists: list[FollowedList]
    services: int = Field(description="Trust services of all lists.")
    authorities: int = Field(description="Entries of the register of authorities.")


class AccessToken(Wire):
    """An access token (RFC 6749 5.1)."""

    access_token: str
    token_type: Literal["Bearer"]
    expires_in: int = Field(description="Seconds.")
    scope: str = Field(description="Scopes, separated by spaces.")


class TokenError(Wire):
    """Why no token was given (RFC 6749 5.2)."""

    error: str = Field(examples=["invalid_client"])
    error_description: str


class ServerMetadata(Wire):
    """What a client must know to get a token (RFC 8414)."""

    issuer: str
    token_endpoint: str
    token_endpoint_auth_methods_supported: list[str]
    token_endpoint_auth_signing_alg_values_supported: list[str]
    grant_types_supported: list[str]
    response_types_supported: list[str]
    scopes_supported: list[str]
    service_documentation: str


class ProblemDocument(Wire):
    """A refusal (RFC 9457), in English and Vietnamese at once."""

    type: str = Field(examples=["/problems/not-a-pdf"])
    title: str
    status: int
    detail: str
    next_step: str
    title_vi: str
    detail_vi: str
    next_step_vi: str
    code: str
    particulars: str
    params: Params


class ListStanding(Wire):
    """How a trusted list that is followed stands."""

    scheme: str = Field(examples=["vn-neac"])
    state: Literal["fine", "soon", "failing", "overdue"] = Field(
        description="soon: NextUpdate is near, or a newer list waits for two people. failing: a newer list cannot be "
        "fetched, the one in use still holds. overdue: NextUpdate has passed, or no list came yet."
    )
    sequence: int | None
    age_seconds: int | None = Field(description="Since the list in use was issued.")
    next_update: str | None = Field(examples=[TIME])
    seconds_left: int | None = Field(description="Until NextUpdate; negative after it.")
    good_at: str | None = Field(examples=[TIME], description="When a good list was last found at its address.")
    failures: int = Field(description="Attempts in a row that failed.")
    problem: str = Field(description="Code of what is wrong; empty where nothing is.")


class TrustStanding(Wire):
    """How trust stands: the snapshot in use and the lists that are followed, the worst first."""

    snapshot: str = Field(description="SHA-256 of the trust snapshot in use; empty where there is none.")
    age_seconds: int | None = Field(description="Since it came into use.")
    anchors: int
    state: Literal["fine", "soon", "failing", "overdue"] = Field(description="Of the worst list.")
    lists: list[ListStanding]


class Readiness(Wire):
    """Whether files can be judged now; for every part `ok` or what is wrong with it."""

    status: Literal["ready", "not_ready"]
    checks: dict[str, str]
    trust: TrustStanding | None = None


MODELS: tuple[type[BaseModel], ...] = (
    Report,
    Progress,
    Listing,
    ProblemDocument,
    Trust,
    AccessToken,
    TokenError,
    ServerMetadata,
    Readiness,
)
