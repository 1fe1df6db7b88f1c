"""What the act of issuing needs of its surroundings; implemented beside it, and by stand-ins in tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Protocol
from uuid import UUID

from verifier.check import Checked
from verifier.errors import Problem
from verifier.signing.records import CoverFacts, Drawing, HeldKey, Kind, Level, MarkFacts, Piece, Role, Stamped


class Signs(Protocol):
    """The signer process, as the web process knows it. CouldNotIssue with the code of what is wrong, everywhere."""

    def keys(self) -> tuple[HeldKey, ...]:
        """Return the keys that it holds; `signer-absent` where it does not answer."""

    def confirm(self, token: str, issuances: Sequence[UUID]) -> UUID:
        """Prove by the officer's session token that these ordered acts are confirmed; return the mandate's id.

        The signer process itself looks the session up: open, the officer's own, proved within five minutes. Refused:
        `session-over`, `step-up-needed`, `not-allowed` (no grant for a signature that the kind needs), `not-found`.
        """

    def sign(self, issuance: UUID, role: Role, attributes: bytes) -> bytes:
        """Return the signature over DER of the signed attributes, whose message digest the act must hold.

        Refused: `no-mandate`, `mandate-over`, `digest-mismatch`, `not-allowed`, `key-unavailable`, `token-absent`,
        `pin-wrong`, `key-mismatch`. Asked again for the same digest it answers again: nothing is lost by a crash.
        """


@dataclass(frozen=True)
class Layout:
    """How a kind is marked at a date: what data says, beside the drawing."""

    kind: Kind
    edition: str
    """Name of the layout's data file and entry, as `consular-certification/2026-01`."""
    status: str
    """`verified`, `partial` or `unverified`."""
    citation: str
    book: str
    """Symbol of the register book, as `SCT/BS`."""
    book_electronic: str
    """Symbol of the separate electronic book, where that is kept; empty where there is none."""
    signatures: tuple[Role, ...]
    """Which signatures the act has, in order."""
    fields: tuple[str, ...]
    """Names of what must be said (`MarkFacts.said`)."""
    optional: tuple[str, ...]
    """Names of what may be said."""
    width_mm: float
    """Of the main piece."""
    made: frozenset[str] = frozenset()
    """Names of what the service says by itself (`acts.facts.MANAGEMENT`); officers neither must nor may say it."""


class Draws(Protocol):
    """Draws marks. CouldNotIssue: `mark-field-missing` (param `field`), `mark-too-long`, `qr-too-long`, `no-layout`."""

    def layout(self, kind: Kind, at: date) -> Layout:
        """Return the layout in force on a day; `no-layout` where there is none, with the reason."""

    def pieces(self, facts: MarkFacts) -> tuple[Piece, ...]:
        """Draw the visible parts, the main one first."""

    def cover(self, facts: MarkFacts, about: CoverFacts) -> tuple[bytes, tuple[Piece, ...]]:
        """Draw the cover (allonge): one PDF page or more with room kept for the pieces, and the pieces."""

    def sheet(self, facts: MarkFacts) -> Drawing:
        """Draw the paper carrier: the mark as a printable A4 sheet with QR code."""


class Stamps(Protocol):
    """Asks time-stamping authorities in order."""

    def token(self, data: bytes, algorithm: str = "sha256") -> Stamped:
        """Return a checked token over the digest of `data`; CouldNotIssue `no-time-stamp` where all fail."""


@dataclass(frozen=True)
class Completed:
    """A document brought to a level."""

    level: Level
    grown: int
    """Bytes added."""
    stamps: tuple[Stamped, ...]


class Completes(Protocol):
    """Adds what keeps signatures valid."""

    def completed(self, source: Path, out: Path, level: Level) -> Completed:
        """Write `source` with validation data, and for B-LTA an archive time stamp; CouldNotIssue where it cannot.

        `no-time-stamp`, `status-unknown` (no revocation data could be had), `certificate-unfit`.
        """

    def lasting(self, path: Path, at: datetime) -> None:
        """Refuse (`would-not-last`) what would not be valid at `at`, assuming renewals in time."""


class Judges(Protocol):
    """Our own judge, with everything gathered."""

    def judged(self, path: Path, file_name: str) -> Checked:
        """Judge a file now."""


class Fits(Protocol):
    """Looks whether the certificate of a key may sign such an act now."""

    def problem(self, key: HeldKey, kind: Kind) -> Problem | None:
        """Return why not; None where its path and status were checked and are good."""
