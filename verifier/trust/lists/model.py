"""What a trusted list says (ETSI TS 119 612 clause 5), as frozen records; nothing here decides whom to trust."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

REGISTER = "urn:verifier:register:1"
"""Name space of entries of the register of authorities that stand in a list as extensions."""
ENTRY = f"{{{REGISTER}}}Entry"
BRANCH = "urn:verifier:branch:"
"""Before the branch of an anchor, in the additional information of its service."""

LONGEST_NUMBER = 18
"""Digits of a sequence number; what is longer counts nothing."""


class ListKind(StrEnum):
    """What a file lists."""

    LIST = "list"
    """Trust services."""
    LIST_OF_LISTS = "list_of_lists"
    """Other lists."""


@dataclass(frozen=True)
class ListProblem:
    """Something about a list that is wrong or was not understood."""

    code: str
    """Kebab-case, e.g. `next-update-passed`."""
    detail: str = ""
    """One English sentence with the particulars; may hold text of the list."""


@dataclass(frozen=True)
class Text:
    """A text in one language."""

    language: str
    """Of `xml:lang`, in lower case; empty where the list gives none."""
    value: str


@dataclass(frozen=True)
class Identity:
    """Who a service is (clause 5.5.3): the same entity, named in one or several ways."""

    certificates: tuple[bytes, ...] = ()
    """In DER; each was read once, so that `x509.Certificate.parse` takes it."""
    key_ids: tuple[bytes, ...] = ()
    """Subject key identifiers."""
    subjects: tuple[str, ...] = ()
    """Distinguished names, as the list writes them."""
    others: tuple[str, ...] = ()
    """Names of elements for which this program has no record, e.g. `TLServiceIdentifier`."""


@dataclass(frozen=True)
class Extension:
    """An extension of a service (clause 5.5.9)."""

    kind: str
    """Local name of what it holds, as `Qualifications`; empty where it holds nothing."""
    critical: bool
    values: tuple[str, ...]
    """URIs of qualifiers or of additional information; the text where it holds nothing but text."""
    xml: bytes
    """The whole extension, exclusive canonical XML."""


@dataclass(frozen=True)
class ServiceState:
    """What was known of a service from one instant on (clauses 5.5 and 5.6)."""

    service_type: str
    names: tuple[Text, ...]
    identity: Identity
    status: str
    since: datetime | None
    """Start of this status, UTC; None where the list does not say it."""
    extensions: tuple[Extension, ...] = ()


@dataclass(frozen=True)
class Service:
    """A trust service with its whole history."""

    states: tuple[ServiceState, ...]
    """The present one first, then earlier ones, latest first; never empty."""
    supply_points: tuple[str, ...] = ()

    def state_at(self, instant: datetime) -> ServiceState | None:
        """Return what held at `instant` (a status holds from its first instant on); None before the first one."""
        begun = [state for state in self.states if state.since is not None and state.since <= instant]
        return max(begun, key=lambda state: state.since or instant, default=None)


@dataclass(frozen=True)
class Provider:
    """A trust service provider (clause 5.4)."""

    names: tuple[Text, ...]
    trade_names: tuple[Text, ...]
    information: tuple[Text, ...]
    """Addresses of pages."""
    services: tuple[Service, ...]


@dataclass(frozen=True)
class Pointer:
    """Where another list is, and who signs it (clause 5.3.13)."""

    location: str
    certificates: tuple[bytes, ...]
    """Of its scheme operator, in DER."""
    territory: str = ""
    list_type: str = ""
    mime_type: str = ""
    operators: tuple[Text, ...] = ()
    others: tuple[str, ...] = ()
    """Names of elements for which this program has no record."""


@dataclass(frozen=True)
class TrustedList:
    """A trusted list or a list of lists."""

    kind: ListKind
    version: str
    """Version of the format, as `5` or `6`; empty where absent, as for the next three."""
    list_type: str
    territory: str
    sequence: str
    issued: datetime | None
    next_update: datetime | None
    """None where absent, or where the list says that it is the last one."""
    operators: tuple[Text, ...]
    scheme_names: tuple[Text, ...]
    providers: tuple[Provider, ...]
    pointers: tuple[Pointer, ...]
    locations: tuple[str, ...] = ()
    """Where the list is published; pivots of a list of lists stand among `scheme_pages`."""
    scheme_pages: tuple[Text, ...] = ()
    problems: tuple[ListProblem, ...] = ()
    """In the order in which they were met."""
    written: Mapping[str, str] = field(default_factory=dict)
    """`issued` and `next_update` as the list writes them."""
    entries: tuple[str, ...] = ()
    """Entries of a register of authorities that it carries along, as JSON (see `writing`)."""

    @property
    def number(self) -> int | None:
        """The sequence number; None where it is no clear one."""
        clear = self.sequence.isascii() and self.sequence.isdigit() and len(self.sequence) <= LONGEST_NUMBER
        return int(self.sequence) if clear else None

    @property
    def services(self) -> tuple[Service, ...]:
        """All services that could be read, of all providers."""
        return tuple(service for provider in self.providers for service in provider.services)


class SignatureState(StrEnum):
    """What became of the signature on a list."""

    INTACT = "intact"
    BROKEN = "broken"
    MISSING = "missing"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class ListSignature:
    """The signature on a list, verified with the certificate that it brings along."""

    state: SignatureState
    certificate: bytes = b""
    """Of the signer, in DER; empty where there is none."""
    signer: str = ""
    """Subject of that certificate."""
    pinned: bool = False
    """The signature is intact and the certificate is one of those that were given."""
    algorithm: str = ""
    """As `rsa-sha256`; empty where it was not understood."""
    signed: bytes = b""
    """The list without its signature, in the canonical bytes that were signed; empty unless intact."""
    problems: tuple[ListProblem, ...] = ()
