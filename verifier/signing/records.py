"""The words of issuing: kinds of acts, what is ordered, drawn, placed and signed; frozen records, nothing here acts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

MM_PER_POINT = 25.4 / 72
"""ISO 32000: a point of default user space is 1/72 inch."""


class Kind(StrEnum):
    """What is issued; also the id of its procedure, but for the agency's own document."""

    CONSULAR_CERTIFICATION = "consular-certification"
    """Chứng nhận lãnh sự (Decree 111/2011/NĐ-CP Art. 2(1))."""
    CONSULAR_LEGALIZATION = "consular-legalization"
    """Hợp pháp hóa lãnh sự (Art. 2(2))."""
    CERTIFIED_ECOPY = "certified-ecopy"
    """Chứng thực bản sao điện tử từ bản chính (Decree 45/2020/NĐ-CP Art. 10)."""
    AGENCY_DOCUMENT = "agency-document"
    """The agency's own electronic document (Decree 30/2020/NĐ-CP Annex I)."""
    APOSTILLE = "apostille"
    """Chứng nhận Apostille (Decree 293/2026/NĐ-CP)."""


class Role(StrEnum):
    """Whose signature it is; each is made at most once an act, the person's first."""

    PERSON = "person"
    """Người có thẩm quyền, người thực hiện chứng thực."""
    AGENCY = "agency"
    """Cơ quan, tổ chức."""


class Level(StrEnum):
    """PAdES baseline level (ETSI EN 319 142-1) at which a document is released."""

    B_LT = "B-LT"
    B_LTA = "B-LTA"


class Algorithm(StrEnum):
    """Signature algorithm with its digest; SHA-256 or better (Circular 15/2025/TT-BKHCN)."""

    RSA_PSS_SHA256 = "rsa-pss-sha256"
    RSA_PSS_SHA384 = "rsa-pss-sha384"
    RSA_PSS_SHA512 = "rsa-pss-sha512"
    RSA_PKCS1_SHA256 = "rsa-pkcs1-sha256"
    RSA_PKCS1_SHA384 = "rsa-pkcs1-sha384"
    RSA_PKCS1_SHA512 = "rsa-pkcs1-sha512"
    ECDSA_SHA256 = "ecdsa-sha256"
    """On P-256."""
    ECDSA_SHA384 = "ecdsa-sha384"
    """On P-384."""

    @property
    def digest(self) -> str:
        """Name of the digest, as `sha256`."""
        return self.value.rsplit("-", 1)[1]


# --- where it stands ---------------------------------------------------------------------------------------------


class Placement(StrEnum):
    """Where the mark stands."""

    PAGE = "page"
    """On a page of the document itself, as an incremental update."""
    ALLONGE = "allonge"
    """On a signed cover that holds the document unchanged (tờ bìa chứng nhận đính kèm)."""


@dataclass(frozen=True)
class Wish:
    """Where the officer wants the mark; the default leaves it to the preferences of the layout."""

    placement: Placement | None = None
    """None: on a page where that may be, else on a cover."""
    page: int | None = None
    """Counted from 1; with `left_mm` and `top_mm` set by hand."""
    left_mm: float | None = None
    """From the left edge of the page as it is seen (crop box, after its rotation)."""
    top_mm: float | None = None


@dataclass(frozen=True)
class Place:
    """A rectangle on a page as it is seen: millimetres from the top left corner of the crop box, after rotation."""

    page: int
    """Counted from 1."""
    left_mm: float
    top_mm: float
    width_mm: float
    height_mm: float


@dataclass(frozen=True)
class Drawing:
    """Something drawn by typst: one page of vector graphics with embedded subset fonts."""

    pdf: bytes = field(repr=False)
    width_mm: float
    height_mm: float
    text: str
    """All its words in reading order, one line a line; the alternative text of the appearance."""
    lang: str = "vi"


@dataclass(frozen=True)
class Piece:
    """One visible part of a mark."""

    id: str
    """As the layout names it: `mark`, `top-line`, `wording`, `signature-picture`, `seal-picture`."""
    role: Role
    """Whose signature field has it as its appearance."""
    drawing: Drawing
    pages: str
    """`first`, `last`, or `any` (first page with room, in the order of the preferences)."""
    preferences: tuple[str, ...]
    """Names of places in the order in which they are tried: `top-right`, `top-left`, `bottom-left`, `bottom-right`,
    `free` (anywhere free), `beside:ID` (over the left third of another piece), `between:TITLE|NAME`."""
    main: bool = False
    """The one that the officer moves."""
    required: bool = True
    """Whether the document goes on a cover where there is no room for it."""


# --- what is said -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class MarkFacts:
    """All that a mark may say. What a layout needs and does not find is an error, never an empty line."""

    kind: Kind
    number: str
    """As printed, e.g. `01` or `01/ĐT`."""
    book: str
    """As printed, e.g. `01/2026-SCT/BS`; empty where the kind has no book on the mark."""
    at: datetime
    """When it is issued, in the authority's time zone."""
    authority_vi: str
    authority_en: str
    place_vi: str
    place_en: str
    officer: str
    title_vi: str
    title_en: str
    signature_name: str
    """What stands with the signature, as `TL. BỘ TRƯỞNG`; Vietnamese."""
    seal_name: str
    check_url: str
    """Address that the QR code holds."""
    document_sha256: str
    """Of the document as it came in."""
    dossier: str = ""
    document: str = ""
    """Name and number of the document, where a certificate on paper is fixed to it."""
    said: Mapping[str, str] = field(default_factory=dict)
    """What the officer said, by name of the layout's fields: `country`, `signed_by`, `capacity`, `seal_of`,
    `remarks`, `document_number`, `copy_form`, `management_number`, …"""
    pictures: Mapping[Role, bytes] = field(default_factory=dict, repr=False)
    """PNG with transparent background, where the grant has one: the person's signature, the seal."""
    pictures_mm: Mapping[Role, float] = field(default_factory=dict)
    """Widths in which they are shown, as the grant says; else what the PNG itself says of its resolution holds."""


@dataclass(frozen=True)
class CoverFacts:
    """What a cover says of the document that it holds."""

    file_name: str
    size: int
    sha256: str
    media_type: str
    reasons: tuple[str, ...]
    """Codes of why it could not be extended (`Hindrance` of `pdf.extension`), or `no-room`, `wished`."""
    findings: tuple[tuple[str, str], ...]
    """The verdict on the document in sentences, (Vietnamese, English), first the conclusion."""


# --- signing -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Field:
    """A signature field to add, with its appearance."""

    name: str
    """Unique in the document."""
    role: Role
    place: Place | None
    """None: invisible."""
    drawing: Drawing | None
    reserved: int = 16_384
    """Bytes kept for the CMS."""
    name_told: str = ""
    """/Name of the signature dictionary."""
    reason: str = ""
    location: str = ""
    at: datetime | None = None
    """/M, claimed time."""


@dataclass(frozen=True)
class Prepared:
    """A document with room for a CMS; its byte range is final."""

    digest: bytes
    """Of the byte range."""
    algorithm: str
    """Of the digest, as `sha256`."""
    contents_start: int
    """Offset of the `<` of /Contents."""
    contents_end: int
    """Offset behind its `>`."""


@dataclass(frozen=True)
class Material:
    """What goes into the document security store (EN 319 142-1 5.4.2), DER each."""

    certificates: tuple[bytes, ...] = ()
    crls: tuple[bytes, ...] = ()
    ocsps: tuple[bytes, ...] = ()


@dataclass(frozen=True)
class HeldKey:
    """A key that the signer process holds."""

    name: str
    authority: str
    """Code of the authority that owns it."""
    role: Role
    algorithm: Algorithm
    certificate: bytes
    """DER."""
    chain: tuple[bytes, ...]
    """Issuers, DER, without the root or with it."""
    backend: str
    """`pkcs11` or `pkcs12`."""
    problem: str = ""
    """Code of why it cannot sign now, as `token-absent`; empty where it can."""


@dataclass(frozen=True)
class Stamped:
    """A time-stamp token (RFC 3161), checked."""

    token: bytes
    """DER of the ContentInfo."""
    at: datetime
    tsa: str
    """Address that gave it."""
    failures: tuple[tuple[str, str], ...] = ()
    """Addresses asked before, and code of why each gave none."""


# --- the act -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Order:
    """What an officer asks for."""

    kind: Kind
    dossier: str = ""
    level: Level = Level.B_LTA
    wish: Wish = Wish()
    said: Mapping[str, str] = field(default_factory=dict)
    """As `MarkFacts.said`."""
    replaces: UUID | None = None
    """The issuance that this one takes the place of."""
    request: str = ""
    """Hashes of the caller's key and of what was asked under it, so that asking again makes no second act."""


class State(StrEnum):
    """How far an act is. Everything up to `judged` is the service's move, but `ordered`, which is the officer's."""

    ORDERED = "ordered"
    """Judged and laid out; the officer has not confirmed yet. No number."""
    CONFIRMED = "confirmed"
    """The officer confirmed with a step-up; the signer process holds the mandate."""
    NUMBERED = "numbered"
    """A number is taken; its entry in the book is reserved."""
    PREPARED = "prepared"
    """The mark is drawn; the hash that the first signature signs is stored."""
    PERSON_SIGNED = "person-signed"
    """Signed by the person (where the kind has such a signature); the hash for the agency's is stored."""
    AGENCY_SIGNED = "agency-signed"
    """B-B or B-T, not released; may wait here for a time stamp."""
    COMPLETED = "completed"
    """B-LT or B-LTA; not judged yet."""
    JUDGED = "judged"
    """Our own judge accepts it, now and in the simulated future."""
    RELEASED = "released"
    """Entered in the register and given out."""
    CANCELLED = "cancelled"
    """Abandoned; its number, where it had one, stays in the book with the reason."""


OPEN = (State.CONFIRMED, State.NUMBERED, State.PREPARED, State.PERSON_SIGNED, State.AGENCY_SIGNED, State.COMPLETED,
        State.JUDGED)  # fmt: skip
"""States in which it is the service's move."""
