"""Whom we trust, at one moment: anchors, trust services, notified authorities, algorithm dates; frozen records.

Nothing here reasons, reads a clock or a file. Every entry says where it came from (`Origin`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


class AnchorUse(StrEnum):
    """What a trust anchor is trusted for."""

    SIGNATURE = "signature"
    TIMESTAMP = "timestamp"


class Branch(StrEnum):
    """Which rules an anchor's certificates fall under (law of the three branches)."""

    VN_PUBLIC = "vn-public"
    """Public certification authorities under the root of NEAC (chữ ký số công cộng)."""
    VN_GOVERNMENT = "vn-government"
    """The Government Cipher Committee's own root (chữ ký số chuyên dùng công vụ)."""
    FOREIGN = "foreign"
    """Notified through diplomatic channels, or in a recognised foreign trusted list."""
    OWN = "own"


VIETNAMESE = frozenset({Branch.VN_PUBLIC, Branch.VN_GOVERNMENT})
"""Branches of Vietnamese law."""


# --- where it came from ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Origin:
    """Where an entry of a snapshot came from."""

    kind: str = "folder"
    """`folder` (kept by hand), `file`, `list` (a trusted list), `form`."""
    name: str = ""
    """File name, address or number of the document it was read from."""
    scheme: str = ""
    """Id of the scheme (`Scheme.id`), for `list`; empty otherwise, as for the next four."""
    sequence: int | None = None
    sha256: str = ""
    """Of the file or list as it came, hexadecimal."""
    issued: datetime | None = None
    next_update: datetime | None = None
    came_at: datetime | None = None
    """When it was taken over here; None for what is kept by hand in a folder."""
    by: str = ""
    """Who proposed or imported it; `refresh` where the service fetched it by itself."""
    approved_by: str = ""


BY_HAND = Origin()


@dataclass(frozen=True)
class Span:
    """A stretch of time, from `start` on until before `end`; None where it has no bound."""

    start: datetime | None = None
    end: datetime | None = None

    def holds(self, instant: datetime) -> bool:
        """Whether the instant lies within."""
        return (self.start is None or self.start <= instant) and (self.end is None or instant < self.end)


# --- anchors and trust services ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Anchor:
    """A trust anchor (RFC 5280 6.1.1): a certificate whose own signature is never tested."""

    certificate: bytes
    """DER."""
    name: str
    uses: frozenset[AnchorUse] = frozenset(AnchorUse)
    trusted_until: datetime | None = None
    """Sunset date (EN 319 102-1 5.2.6 step 3): trust ended at this instant; None where it goes on."""
    branch: str = ""
    """A `Branch`, or empty for a plain folder of certificates."""
    source: str = ""
    """Where it came from, for people: file, list, note verbale."""
    spans: tuple[Span, ...] = ()
    """When it is trusted, in order of time (status history of its service); empty for always until `trusted_until`,
    which is then the end of the last span."""
    service: str = ""
    """Id of the trust service it stands for (`TrustService.id`); empty for an anchor kept by hand."""
    origin: Origin = BY_HAND

    def trusted_at(self, instant: datetime) -> bool:
        """Whether trust in it holds at the instant."""
        if self.trusted_until is not None and self.trusted_until <= instant:
            return False
        return not self.spans or any(span.holds(instant) for span in self.spans)


@dataclass(frozen=True)
class Scheme:
    """A trusted list that is followed, or a list of lists (ETSI TS 119 612)."""

    id: str
    """Kebab-case, as `eu`, `eu-de`, `vn-neac`."""
    name: str
    location: str
    """Address of the list; empty where it comes as a file only."""
    territory: str
    """Scheme territory that the list must name."""
    branch: str
    pins: tuple[bytes, ...]
    """Certificates in DER that may sign the list."""
    kind: str = "list"
    """`list` or `list_of_lists`."""
    parent: str = ""
    """Id of the list of lists that points to it; empty where it is pinned by hand."""
    refresh: str = "by-hand"
    """`automatic`: a newer list with a pinned signature is taken over by itself; `by-hand`: two people do it."""
    brings_authorities: bool = False
    """Whether entries of the register of authorities in it are taken over too: lists that such a service publishes."""
    sequence: int | None = None
    """Of the list in use; None where none came yet, as for the next four."""
    sha256: str = ""
    issued: datetime | None = None
    next_update: datetime | None = None
    origin: Origin = BY_HAND


@dataclass(frozen=True)
class ServiceStatus:
    """What a list says of a service from one instant on."""

    status: str
    """URI (TS 119 612 5.5.4)."""
    since: datetime | None
    service_type: str
    """URI (TS 119 612 5.5.1)."""
    qualifiers: tuple[str, ...] = ()
    """URIs of its qualifiers and additional information (5.5.9)."""


@dataclass(frozen=True)
class TrustService:
    """A trust service with its whole status history."""

    id: str
    """SHA-256 over scheme, certificates and names, first 16 hexadecimal digits."""
    scheme: str
    territory: str
    provider: str
    name: str
    certificates: tuple[bytes, ...]
    """DER."""
    history: tuple[ServiceStatus, ...]
    """The present status first."""
    key_ids: tuple[bytes, ...] = ()
    subjects: tuple[str, ...] = ()
    origin: Origin = BY_HAND


# --- the register of authorities ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Notification:
    """How something became known (Circular 01/2012/TT-BNG Art. 8; seed 003 item 4b)."""

    channel: str = ""
    """`note_verbale` (công hàm), `treaty`, `law` (by Vietnamese law), `list` (a recognised trusted list), or empty."""
    number: str = ""
    dated: date | None = None
    note: str = ""


@dataclass(frozen=True)
class SubjectRule:
    """Which signing certificates are meant. Every part that is given must hold; a rule without parts fits nothing.

    Texts are compared folded: without case, accents, punctuation and white space. Of several values one is enough.
    """

    certificate_sha256: tuple[str, ...] = ()
    """The very certificates."""
    issuer_sha256: tuple[str, ...] = ()
    """CA certificates of which one stands on the path, the anchor included."""
    branch: tuple[str, ...] = ()
    """`Branch` of the path's anchor."""
    organization: tuple[str, ...] = ()
    unit: tuple[str, ...] = ()
    common_name: tuple[str, ...] = ()
    locality: tuple[str, ...] = ()
    country: tuple[str, ...] = ()
    organization_identifier: tuple[str, ...] = ()
    serial_number: tuple[str, ...] = ()
    uid: tuple[str, ...] = ()
    """As `MST:0100112437`, `MNS:…`; prefix and value both count."""
    policy: tuple[str, ...] = ()
    """OIDs of certificate policies."""


@dataclass(frozen=True)
class Specimen:
    """One way in which an authority signs or seals: the digital counterpart of a specimen signature or seal.

    Mẫu chữ ký, mẫu con dấu (Circular 01/2012/TT-BNG Art. 8); each has its own dates of effect.
    """

    id: str
    kind: str
    """`signature` (a person signs) or `seal` (the authority itself)."""
    rule: SubjectRule
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    """First instant at which it no longer holds."""
    holder: str = ""
    """The person; empty for a seal."""
    title: str = ""
    notification: Notification = field(default_factory=Notification)


@dataclass(frozen=True)
class Power:
    """What an authority may sign (thẩm quyền): kinds of document, territory, capacity."""

    documents: tuple[str, ...] = ("*",)
    """Codes of kinds of document; `*` for any."""
    territory: tuple[str, ...] = ()
    """ISO 3166-1 (or -2) codes; empty for its whole country."""
    capacity: str = ""
    """In what capacity, for people; empty where nothing is said."""
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    citation: str = ""


@dataclass(frozen=True)
class NotifiedAuthority:
    """An authority behind certificates: foreign and notified, or Vietnamese and competent by law."""

    id: str
    """Kebab-case, unique."""
    country: str
    """ISO 3166-1 alpha-2 of the state it belongs to."""
    kind: str
    """`ministry_of_foreign_affairs`, `embassy`, `consulate`, `consular_body` (another body with consular functions),
    `notary`, `court`, `registry`, `ministry`, `people_committee`, `agency`, `other`."""
    names: tuple[tuple[str, str], ...]
    """Language and name: own language, `vi`, `en`."""
    specimens: tuple[Specimen, ...]
    powers: tuple[Power, ...]
    seat: str = ""
    """ISO code of the state in which it works, where that is another: `VN` for a foreign mission in Viet Nam."""
    notification: Notification = field(default_factory=Notification)
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    succeeds: tuple[str, ...] = ()
    """Ids of authorities whose place it took."""
    origin: Origin = BY_HAND

    def name(self, lang: str) -> str:
        """Return the name in a language, else in English, else the first."""
        known = dict(self.names)
        return known.get(lang) or known.get("en") or (self.names[0][1] if self.names else self.id)


@dataclass(frozen=True)
class Filing:
    """For what and where a document is handed in: decides who is competent (seed 003 item 4b)."""

    document_kind: str = ""
    """Code of the kind of document; empty where nobody said it."""
    at: str = "home"
    """`home`: a competent authority in Viet Nam; `mission`: a Vietnamese mission abroad; empty where nobody said it."""
    states: tuple[str, ...] = ()
    """For a mission: ISO codes of the host state and of those to which it is accredited concurrently."""


# --- algorithms --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class AlgorithmRule:
    """Until when one algorithm, at and above a key size, is reliable (ETSI TS 119 312)."""

    algorithm: str
    """A digest (`sha256`) or a scheme (`rsassa_pkcs1v15`), spelled as in `x509.AlgorithmUse`."""
    min_bits: int
    """Least key size the rule is for; 0 for digests."""
    until: datetime | None
    """First instant at which it is no longer reliable; None for no end."""
    with_digest: str = ""
    """The rule is only for this digest, where not empty."""


@dataclass(frozen=True)
class AlgorithmSuite:
    """Algorithm strength by date. An algorithm without a rule is unreliable at every date."""

    name: str
    rules: tuple[AlgorithmRule, ...]


# --- all of it ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class TrustSnapshot:
    """Whom we trust, at one moment, immutable."""

    id: str
    """SHA-256 of the canonical content, hexadecimal."""
    anchors: tuple[Anchor, ...]
    """All of them: kept by hand, notified, and those that stand for services of trusted lists."""
    intermediates: tuple[bytes, ...] = ()
    """CA certificates in DER that help to build paths and are not trusted by themselves."""
    suites: Mapping[str, AlgorithmSuite] = field(default_factory=dict)
    schemes: tuple[Scheme, ...] = ()
    services: tuple[TrustService, ...] = ()
    authorities: tuple[NotifiedAuthority, ...] = ()

    @property
    def authorities_asked(self) -> bool:
        """Whether a register of authorities is held (layer 3)."""
        return bool(self.authorities)
