"""QR codes as vector paths."""

from __future__ import annotations

import re
from collections.abc import Sequence

import segno

QUIET = 4
"""Modules left light around the code (ISO/IEC 18004)."""


def coded(text: str) -> tuple[bytes, ...]:
    """Return the rows of modules (1 is dark) of the code for a text, at error correction M or better.

    `segno.DataOverflowError` where it is too long for any code.
    """
    return tuple(bytes(row) for row in segno.make_qr(text, error="m").matrix)


def picture(rows: Sequence[bytes]) -> str:
    """Return the code as SVG: dark modules of one path on a light square, quiet zone within."""
    edge = len(rows) + 2 * QUIET
    path = "".join(
        f"M{found.start() + QUIET} {y + QUIET}h{len(found[0])}v1h-{len(found[0])}z"
        for y, row in enumerate(rows)
        for found in re.finditer(rb"\x01+", row)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{edge}" height="{edge}" viewBox="0 0 {edge} {edge}">'
        f'<path fill="#fff" d="M0 0h{edge}v{edge}h-{edge}z"/><path fill="#000" d="{path}"/></svg>'
    )
