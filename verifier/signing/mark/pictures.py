"""Pictures of a signature or a seal: looked at before they are drawn, and wrapped so that no file is needed."""

from __future__ import annotations

import base64
import struct

from verifier.errors import CouldNotIssue
from verifier.signing.records import MarkFacts, Role

LEAST_MM, MOST_MM = 5.0, 80.0
"""Widths in which a signature or a seal may be shown."""
MOST_PIXELS = 4000
"""Along either side."""
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PER_METRE = 1


def picture(facts: MarkFacts, role: Role) -> dict[str, str | float]:
    """Return a picture for the templates: SVG that holds it, and its width in millimetres.

    CouldNotIssue: `mark-picture-bad` where it is no PNG of sensible size, `mark-picture-size` where nobody says how
    wide it is: a seal is shown in its true size (Decree 30/2020/NĐ-CP Annex I II.8(a)). Both with the param `role`.
    """
    png = facts.pictures[role]
    pixels = _pixels(png)
    if pixels is None or not all(1 <= side <= MOST_PIXELS for side in pixels):
        raise CouldNotIssue("mark-picture-bad", "no PNG of sensible size", role=role)
    wide, high = pixels
    width_mm = facts.pictures_mm.get(role) or _told(png, wide)
    if width_mm is None or not LEAST_MM <= width_mm <= MOST_MM:
        raise CouldNotIssue("mark-picture-size", f"a width of {width_mm} mm", role=role)
    data = base64.b64encode(png).decode()
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}" viewBox="0 0 {wide} {high}">'
        f'<image width="{wide}" height="{high}" href="data:image/png;base64,{data}"/></svg>'
    )
    return {"svg": svg, "width_mm": width_mm}


def _pixels(png: bytes) -> tuple[int, int] | None:
    """Width and height of the header (PNG, 11.2.1)."""
    if not png.startswith(_SIGNATURE) or png[12:16] != b"IHDR" or len(png) < 33:
        return None
    wide, high = struct.unpack_from(">II", png, 16)
    return wide, high


def _told(png: bytes, wide: int) -> float | None:
    """Width in mm by the physical dimensions (PNG, 11.3.4.3); None where the file does not say them."""
    at = len(_SIGNATURE)
    while at + 12 <= len(png) and png[at + 4 : at + 8] != b"IDAT":
        length = struct.unpack_from(">I", png, at)[0]
        if png[at + 4 : at + 8] == b"pHYs" and length == 9:
            per_unit, _, unit = struct.unpack_from(">IIB", png, at + 8)
            return 1000 * wide / per_unit if unit == _PER_METRE and per_unit else None
        at += 12 + length
    return None
