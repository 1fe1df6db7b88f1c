"""Filing a dossier, its completeness, acceptance, assignment, forwarding, withdrawal and stop (tiếp nhận hồ sơ)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from verifier.cases.kernel import Done, Turn
from verifier.cases.records import Applicant


@dataclass(frozen=True, kw_only=True)
class FiledPaper:
    """One paper as it is filed; fields as `records.Paper`."""

    name: str
    work: str = ""
    type: str = ""
    holder: str = ""
    copies: int = 1
    serial: str = ""
    office: str = ""
    signer: str = ""
    title: str = ""
    signed_on: date | None = None
    countries: tuple[str, ...] = ()
    issuing_country: str = ""
    document_kind: str = ""
    language: str = ""
    pages: int | None = None
    file: UUID | None = None
    """The upload that is the paper."""
    translation: UUID | None = None
    """The upload that is its translation."""


@dataclass(frozen=True, kw_only=True)
class FiledComponent:
    """Another component of the dossier that is brought."""

    component: str
    file: UUID | None = None
    """None where it was shown, or is data."""


@dataclass(frozen=True, kw_only=True)
class Filing:
    """A dossier as it is filed."""

    procedure: str
    channel: str
    applicant: Applicant
    papers: tuple[FiledPaper, ...]
    components: tuple[FiledComponent, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    delivery: str = ""
    purpose: str = ""
    note: str = ""
    external: str = ""
    identity: str = ""
    """Subject of the electronic identity that the portal vouches for; kept as an HMAC only."""


def accepted(turn: Turn) -> Done:
    """Accept the case: the clock starts, receipt and appointment go out."""
    raise NotImplementedError
