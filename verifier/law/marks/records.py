"""How marks are laid out: the records that the data files of this folder are read into; frozen, nothing here acts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from verifier.law.records import Absence, Entry, Words


@dataclass(frozen=True)
class Choice:
    """One of the values that a field may have."""

    value: str
    words: Words


@dataclass(frozen=True)
class Asked:
    """Something that the officer says, because only a person can read it on the document."""

    name: str
    label: Words
    required: bool
    limit: int
    """Most characters (Unicode, NFC)."""
    made: bool = False
    """Whether the service makes it where the officer does not say it; it is required all the same."""
    choices: tuple[Choice, ...] = ()
    """Empty where any text may be said; else the first is meant where nothing is said."""
    unless: Mapping[str, tuple[str, ...]] | None = None
    """Said of another field that takes the requirement away, as `{"certified": ("seal",)}`."""


@dataclass(frozen=True)
class Line:
    """One line of a piece, in the order in which it is read."""

    style: str
    """How it is drawn; one of `STYLES`."""
    number: str
    """Printed number of a field, as `1`; empty where it has none."""
    words: Words
    """Printed text with `{names}` of facts."""
    value: str
    """Name of the fact that follows the words; empty where none does."""
    fixed: Words
    """What follows the words in place of a fact."""
    after: Words
    """What follows the value."""
    blank: str
    """What is printed where an optional value is not said; the line is left out where this is empty."""
    when: Mapping[str, tuple[str, ...]]
    """Only where another field is said so."""
    status: str
    citation: str
    covers: str
    """Letter of the article's list that the line answers, as `l`; empty where there is none."""


@dataclass(frozen=True)
class Rule:
    """One visible part of a mark: where it may stand and what it says."""

    id: str
    role: str
    pages: str
    preferences: tuple[str, ...]
    width_mm: float
    max_height_mm: float
    template: str
    main: bool
    required: bool
    sizes: tuple[float, ...]
    """Letter sizes in points, tried in turn until the height fits."""
    qr_mm: float
    """Edge of the QR code with its quiet zone; 0: none."""
    when: Mapping[str, tuple[str, ...]]
    """Only where a field is said so; `picture_person`, `picture_agency`: whether there is a picture, `yes` or `no`."""
    pictures: tuple[str, ...]
    """Roles whose pictures are shown where there are any."""
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Sheet:
    """What the paper carrier says beside the mark."""

    template: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class ByHand:
    """The certificate on paper, signed and sealed by hand: the main piece on a sheet, without what is electronic."""

    template: str
    without: tuple[str, ...]
    """Facts that are not said: lines that follow with one of them are left out."""
    blank: tuple[str, ...]
    """Facts in whose place room is left: the words of their lines stay."""
    lines: tuple[Line, ...]
    """What stands below the certificate."""


@dataclass(frozen=True)
class Marking:
    """How a kind of act is marked in a period."""

    kind: str
    name: str
    entry: Entry
    book: str
    book_electronic: str
    signatures: tuple[str, ...]
    fields: tuple[Asked, ...]
    pieces: tuple[Rule, ...]
    sheet: Sheet | None
    """The paper carrier of an electronic act; None where there is none."""
    by_hand: ByHand | None
    """None where the act is electronic always."""
    electronic_switch: str
    """Name of the setting without which the mark is drawn on paper alone; empty where there is none."""

    @property
    def edition(self) -> str:
        """Name of the data file and of the entry in it, as `consular-certification/2026-01`."""
        return f"{self.kind}/{self.name}"

    @property
    def main(self) -> Rule:
        """The piece that the officer moves."""
        return next(piece for piece in self.pieces if piece.main)


@dataclass(frozen=True)
class Chapter:
    """All that one data file says of a kind."""

    kind: str
    markings: tuple[Marking, ...]
    absences: tuple[Absence, ...]

    def at(self, day: date) -> Marking | Absence | None:
        """Return what holds on a day; None where the file says nothing of it."""
        entries: tuple[Marking | Absence, ...] = (*self.markings, *self.absences)
        return next((one for one in entries if one.entry.holds(day)), None)


ROLES = ("person", "agency")
PAGES = ("first", "last", "any")
STYLES = (
    "issuer", "title", "heading", "row", "half", "between", "signature", "name", "note", "check", "line", "strong",
    "paragraph", "management", "seal", "alt",
)  # fmt: skip
"""issuer: who prints it; title, heading: of the mark; row, half: numbered field, half of one; between: sentence
between fields; signature, name: beside the place of signature; note: small print; check: the address; line, strong,
paragraph: plain, bold, running text; management, seal: of an Apostille; alt: in the alternative text only."""
SINGLE = (
    "number", "book", "date", "day", "month", "year", "time", "officer", "signature_name", "seal_name", "address",
    "sha256", "dossier", "document",
)  # fmt: skip
"""Facts that read the same in both languages."""
DOUBLE = ("authority", "place", "title")
"""Facts with a Vietnamese and an English form."""
PICTURED = {"picture_person": ("no", "yes"), "picture_agency": ("no", "yes")}
"""Conditions that no field says: whether there is a picture."""
