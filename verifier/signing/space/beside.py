"""Places that depend on something else: over the left third of another piece, and between two lines of the document.

Decree 30/2020/NĐ-CP Annex I: II.7(d), the person's signature stands between title and name; II.8(a), the seal covers
about a third of it on the left.
"""

from __future__ import annotations

from itertools import product

from verifier.signing.records import Place
from verifier.signing.space.choosing import BETWEEN_MM, Room, within
from verifier.signing.space.records import Asked
from verifier.signing.space.text import Text

SHARE = 1 / 3
"""Of the other piece's width that is covered."""
SHARES = (SHARE, 0.3, 0.36, 0.27, 0.4, 0.25)
"""Tried in turn: "about a third"."""
LIFTS_MM = (0.0, -2.0, 2.0, -4.0, 4.0, -6.0, 6.0)
"""How far it may stand off the other piece's middle, tried in turn; down is positive."""
OFF_CENTRE_MM = 40.0
"""Most that the middles of two lines of a signature block may lie apart."""
OVERLAP_MM = 0.5
"""Most that the lower line may reach into the upper one, as letters with marks do."""


def beside(room: Room, piece: Asked, other: Place) -> Place | None:
    """Return the place over the left third of `other`, which must be none of the room's own others.

    One that covers nothing of the document if there is such a one, else the exact one: by law the seal stands there,
    and on paper it lies over what is printed. None where that is off the page or over another piece or a field.
    """
    tried = [_over(piece, other, share, lift) for share, lift in product(SHARES, LIFTS_MM)]
    for place in tried:
        if room.fits(place, 0.0):
            return place
    exact = tried[0]
    blocked = any(overlap(exact, one) for one in (*room.others, *room.seen.fields))
    return None if blocked or not within(room.seen, exact, 0.0) else exact


def between(room: Room, piece: Asked, text: Text, upper: str, lower: str) -> Place | None:
    """Return the place in the middle between two lines, the last such pair of a page; None where there is no room."""
    for under in reversed(text.found(lower)):
        over = [one for one in text.found(upper) if _above(one, under)]
        if not over:
            continue
        nearest = max(over, key=lambda one: one.top_mm + one.height_mm)
        place = _amid(piece, nearest, under)
        if place is not None and room.fits(place, 0.0):
            return place
    return None


def overlap(one: Place, other: Place) -> bool:
    """Tell whether two places of one page share an area."""
    return (
        one.left_mm < other.left_mm + other.width_mm
        and other.left_mm < one.left_mm + one.width_mm
        and one.top_mm < other.top_mm + other.height_mm
        and other.top_mm < one.top_mm + one.height_mm
    )


def _over(piece: Asked, other: Place, share: float, lift: float) -> Place:
    left = other.left_mm + share * other.width_mm - piece.width_mm
    top = other.top_mm + (other.height_mm - piece.height_mm) / 2 + lift
    return Place(other.page, left, top, piece.width_mm, piece.height_mm)


def _above(upper: Place, lower: Place) -> bool:
    apart = abs(upper.left_mm + upper.width_mm / 2 - lower.left_mm - lower.width_mm / 2)
    return upper.top_mm + upper.height_mm <= lower.top_mm + OVERLAP_MM and apart <= OFF_CENTRE_MM


def _amid(piece: Asked, upper: Place, lower: Place) -> Place | None:
    start, end = upper.top_mm + upper.height_mm, lower.top_mm
    if end - start < piece.height_mm + 2 * BETWEEN_MM:
        return None
    middle = (upper.left_mm + upper.width_mm / 2 + lower.left_mm + lower.width_mm / 2) / 2
    top = (start + end - piece.height_mm) / 2
    return Place(lower.page, middle - piece.width_mm / 2, top, piece.width_mm, piece.height_mm)
