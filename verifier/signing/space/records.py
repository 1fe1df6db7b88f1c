"""The words of placing: what asks for room on a page, what it would cover, and where all of it goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from verifier.signing.records import Piece, Place


@dataclass(frozen=True)
class Asked:
    """A visible part of a mark that asks for room."""

    id: str
    width_mm: float
    height_mm: float
    pages: str
    """`first`, `last`, or `any` (first, last, then the others)."""
    preferences: tuple[str, ...]
    """As `Piece.preferences`."""
    main: bool = False
    """The one that the officer moves."""
    required: bool = True
    """Whether all fails (`no-room`) where there is no room for it; else it is left out."""

    @classmethod
    def of(cls, piece: Piece) -> Asked:
        """Return what a drawn piece asks for."""
        drawing = piece.drawing
        return cls(
            piece.id, drawing.width_mm, drawing.height_mm, piece.pages, piece.preferences, piece.main, piece.required
        )


@dataclass(frozen=True)
class Covered:
    """What lies under a place."""

    place: Place
    text_lines: int = 0
    pictures: int = 0
    """But not those that are most of their page: they are a scan of it."""
    fields: int = 0
    """Form fields and signature fields, visible or not."""
    ink: float = 0.0
    """Share of the place that is not the page's background, 0 to 1."""
    notes: int = 0
    """Annotations that are no form fields."""

    @property
    def clear(self) -> bool:
        """Whether it covers nothing."""
        return not (self.text_lines or self.pictures or self.fields or self.notes or self.ink)


@dataclass(frozen=True)
class LaidOut:
    """Where the parts of a mark go."""

    places: Mapping[str, Place]
    """By id; without the parts that are not required and found no room."""
    covering: tuple[Covered, ...]
    """What the places cover, only those that do cover something; but not what is laid over another piece by law."""
    alternatives: Mapping[str, Place]
    """Where else the main part may go and covers nothing: by name of the preference; `last-page`; and `recommended`
    where the officer placed it by hand."""
    page_sizes: Mapping[int, tuple[float, float]]
    """Width and height in mm, as seen, of the pages that were looked at."""
    pages: int = 0
    """How many there are."""
    chosen: Mapping[str, str] = field(default_factory=dict)
    """By id, the preference by which it was placed; `by-hand` where the officer said so."""


class Box(NamedTuple):
    """A rectangle on a page as seen, in mm from its top left corner."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True)
class Leaf:
    """A page as it is shown to the officer."""

    number: int
    """Counted from 1."""
    pages: int
    """How many the document has."""
    width_mm: float
    height_mm: float
    taken: tuple[Box, ...]
    """Where something is."""
