"""QR codes as vector paths."""

from __future__ import annotations

import re

import segno

from verifier.errors import CouldNotIssue

QUIET = 4
"""Modules left light around the code (ISO/IEC 18004)."""
MODULE_MM = 0.33
"""Smallest module that an office scanner and a telephone read from paper."""
LEAST_MM = 16.0
"""Smallest edge of a code with its quiet zone."""
_ADDRESS = re.compile(r"https?://[\x21-\x7e]+")


def matrix(address: str, edge_mm: float) -> tuple[bytes, ...]:
    """Return the rows of modules (1 is dark) of the code for an address, at error correction M or better.

    CouldNotIssue: `qr-too-long` where its modules would be smaller than `MODULE_MM` at this edge (params `length`),
    `mark-unprintable` (param `field`) where it is no http address in ASCII.
    """
    if not _ADDRESS.fullmatch(address):
        raise CouldNotIssue("mark-unprintable", "the check address is no http address in ASCII", field="address")
    try:
        code = segno.make_qr(address, error="m")
    except segno.DataOverflowError:
        raise _too_long(address) from None
    rows = tuple(bytes(row) for row in code.matrix)
    if max(edge_mm, LEAST_MM) / (len(rows) + 2 * QUIET) < MODULE_MM:
        raise _too_long(address)
    return rows


def picture(rows: tuple[bytes, ...]) -> str:
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


def _too_long(address: str) -> CouldNotIssue:
    return CouldNotIssue("qr-too-long", f"an address of {len(address)} characters", length=str(len(address)))
