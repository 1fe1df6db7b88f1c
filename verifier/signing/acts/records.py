"""The words of the act as pages and the API see them: frozen records, and what `Issuing` is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from verifier.errors import Problem
from verifier.signing.ports import Completes, Draws, Fits, Judges, Layout, Signs, Stamps
from verifier.signing.records import Drawing, Kind, Level, Place, Placement, Role
from verifier.signing.space.records import Covered
from verifier.storage.issuances import Issuance, IssuanceBatch
from verifier.storage.keys import KeyRing


@dataclass(frozen=True)
class Parts:
    """What an act needs of its surroundings."""

    signs: Signs
    draws: Draws
    stamps: Stamps
    completes: Completes
    judges: Judges
    fitness: Fits
    ring: KeyRing
    """The check codes are derived from it."""
    law_sha256: str
    """Hash of the law book, kept with each decision."""
    public_url: str
    """Address of the service, without a slash at its end; the QR code holds one below it."""
    level: Level = Level.B_LTA
    """Level of what is released where the officer says nothing else."""
    electronic_book: bool = False
    """Whether kinds that may have a separate electronic book have it."""


@dataclass(frozen=True)
class Preview:
    """How an ordered act will look. Its number is not known yet: `0000` stands in its place."""

    issuance: Issuance
    layout: Layout
    placement: Placement
    reasons: tuple[str, ...]
    """Codes of why it goes on a cover; empty on a page."""
    places: Mapping[str, Place]
    """By id of the piece; on a cover those of the cover's pages."""
    alternatives: Mapping[str, Place]
    """Other places for the main piece, as `space.records.LaidOut.alternatives`."""
    covering: tuple[Covered, ...]
    """What the mark would cover; empty where it covers nothing."""
    page_sizes: Mapping[int, tuple[float, float]]
    """Width and height in mm, as seen, of the pages that were looked at."""
    pages: int
    """How many there are; of the cover, where it goes on one."""
    chosen: Mapping[str, str]
    """By id of the piece, the preference by which it was placed; `by-hand` where the officer said so."""
    main: str
    """Id of the main piece, which the officer moves."""
    drawing: Drawing
    """Of the main piece."""
    texts: Mapping[str, str]
    """All words of each piece, one line a line, by id of the piece."""


@dataclass(frozen=True)
class ForecastKey:
    """A key that would sign."""

    role: Role
    name: str
    """As the signer process knows it; empty where there is none."""
    subject: str = ""
    """Of its certificate, RFC 4514."""
    certificate_sha256: str = ""
    ends: datetime | None = None
    """When the certificate ends."""
    problem: Problem | None = None
    """Why it cannot sign now."""


@dataclass(frozen=True)
class Forecast:
    """What confirming will do, as far as it is known before."""

    ids: tuple[UUID, ...]
    book: str
    """As printed, as `quyển số` would be written; empty where several kinds are confirmed at once."""
    number: str
    """The next number as printed; another officer may take it before."""
    last_number: str
    """The last one, where several are confirmed; else the same."""
    keys: tuple[ForecastKey, ...]
    """In the order in which they sign."""
    level: Level
    problems: tuple[Problem, ...] = ()
    """What stands in the way; confirming is refused while there is any."""


@dataclass(frozen=True)
class BatchState:
    """How far a batch is."""

    batch: IssuanceBatch
    acts: tuple[Issuance, ...]
    """In the order in which they came; one that could not be ordered stands there as `cancelled` with its problem."""
    counts: Mapping[str, int]
    """Acts by state."""

    @property
    def total(self) -> int:
        """Return how many acts it has."""
        return sum(self.counts.values())

    @property
    def over(self) -> int:
        """Return how many acts are released or cancelled."""
        return self.counts.get("released", 0) + self.counts.get("cancelled", 0)


class Standing(StrEnum):
    """What holds of a released document."""

    IN_FORCE = "in-force"
    ANNULLED = "annulled"
    REPLACED = "replaced"


@dataclass(frozen=True)
class Issued:
    """What the public learns of a released document: whoever has its code or the file itself."""

    id: UUID
    kind: Kind
    number: str
    """As printed."""
    book: str
    """As printed; empty where the kind shows none."""
    authority_vi: str
    authority_en: str
    released_at: datetime
    sha256: str
    """Of the released file."""
    standing: Standing
    since: datetime | None = None
    """When it was annulled or replaced."""
    ground: str = ""
    """Why it was annulled or replaced."""
    decision: str = field(default="")
    """Number of the decision by which it was annulled."""
    replacement: str = ""
    """Number, as printed, of the one that took its place."""
